"""Who gets where: every page and every command, asked for by every role, about one's own service and about another's.

A page or a command that is not in these tables fails the test: whoever adds one says here who it is for.
"""

import io
import json
import re
from collections.abc import Callable
from contextlib import contextmanager
from datetime import date
from itertools import zip_longest
from pathlib import Path
from typing import NamedTuple

import pytest
from django.apps import apps
from django.core.management import call_command, get_commands
from django.db import transaction
from django.test import Client
from django.urls import get_resolver, reverse

from apps.accounts import in_view, queries
from apps.accounts.models import Membership
from apps.accounts.roles import NATIONAL, ROLE_PERMISSIONS, SUPERUSER_PERMISSIONS, Permission, Role
from apps.breaches import models as breached
from apps.calls import models as called
from apps.decisions import models as decided
from apps.deliveries import models as delivered
from apps.feeds import models as fed
from apps.handovers import models as handed
from apps.incidents import models as reviewed
from apps.ledger import models as kept
from apps.ledger.models import Import
from apps.letters import models as printed_on
from apps.outages import models as marked
from apps.readiness import actions as readiness
from apps.readiness import models as opened
from apps.registry.models import Service
from apps.reports import actions as reports
from apps.reports import models as signed
from apps.statements import models as stated
from apps.watch import canaries
from apps.watch import models as watched
from apps.worklists import many, saving
from apps.worklists import models as worked
from tests import scenes
from tests.pages import alarm, breach, call, decide, drawn, offered, outage, printed, review, signed_in
from tests.statements.told import issue

pytestmark = pytest.mark.django_db

SIGN_IN = reverse("account_login")
LONG_AGO = date(2024, 1, 1)
EVERYBODY, SIGNED_IN, MEMBERS = "everybody", "whoever is signed in", "whoever belongs somewhere"
P = Permission


class Page(NamedTuple):
    """Whom it lets in, how it is asked for, and what of: the kind of thing that its address names, and the rest of the address."""

    lets_in: str | Permission
    method: str = "get"
    about: str = ""
    args: tuple[str, ...] = ()


PAGES = {
    "today": Page(MEMBERS),
    "watch:status": Page(MEMBERS),
    "watch:alarms": Page(P.SEE_IMPORTS),
    "watch:alarm": Page(P.SEE_IMPORTS, about="alarm"),
    "watch:arrange": Page(P.MANAGE_MEMBERS),
    "watch:rhythm": Page(P.SEE_IMPORTS),
    "watch:canaries": Page(P.TAKE_ON_ALARMS),
    "watch:canary-withdraw": Page(P.TAKE_ON_ALARMS, "post", "canary"),
    "in-view": Page(SIGNED_IN, "post"),
    "account_login": Page(EVERYBODY),
    "account_logout": Page(EVERYBODY),
    "account_inactive": Page(EVERYBODY),
    "account_reset_password": Page(EVERYBODY),
    "account_change_password": Page(SIGNED_IN),
    "account_reauthenticate": Page(SIGNED_IN),
    "mfa_authenticate": Page(EVERYBODY),
    "mfa_login_webauthn": Page(EVERYBODY),
    "mfa_reauthenticate": Page(SIGNED_IN),
    "mfa_reauthenticate_webauthn": Page(SIGNED_IN),
    "mfa_index": Page(SIGNED_IN),
    "mfa_activate_totp": Page(SIGNED_IN),
    "mfa_deactivate_totp": Page(SIGNED_IN),
    "mfa_list_webauthn": Page(SIGNED_IN),
    "mfa_add_webauthn": Page(SIGNED_IN),
    "mfa_edit_webauthn": Page(SIGNED_IN, about="passkey"),
    "mfa_remove_webauthn": Page(SIGNED_IN, about="passkey"),
    "mfa_view_recovery_codes": Page(SIGNED_IN),
    "mfa_generate_recovery_codes": Page(SIGNED_IN),
    "openid_connect_login": Page(EVERYBODY, args=("oidc",)),
    "openid_connect_callback": Page(EVERYBODY, args=("oidc",)),
    "socialaccount_login_cancelled": Page(EVERYBODY),
    "overview:page": Page(P.SEE_OVERVIEW),
    "overview:controls": Page(P.SEE_OVERVIEW),
    "overview:sign": Page(P.SIGN_CONTROLS),
    "overview:control": Page(P.SEE_OVERVIEW, about="control"),
    "worklists:start": Page(SIGNED_IN),
    "worklists:list": Page(P.SEE_DELIVERIES, args=("inbound", "open")),
    "worklists:next": Page(P.SEE_DELIVERIES, args=("inbound", "open")),
    "worklists:many": Page(P.DECIDE, "post", args=("inbound", "open")),
    "worklists:views": Page(P.SEE_DELIVERIES),
    "worklists:remove-view": Page(P.SEE_DELIVERIES, "post", "view"),
    "worklists:batch": Page(P.SEE_DELIVERIES, about="batch"),
    "worklists:take-back": Page(P.DECIDE, "post", "batch"),
    "worklists:claim": Page(P.DECIDE, "post", "delivery"),
    "worklists:release": Page(P.DECIDE, "post", "delivery"),
    "worklists:assign": Page(P.ASSIGN, about="delivery"),
    "worklists:hand-over": Page(P.DECIDE, about="delivery"),
    "worklists:recall": Page(P.DECIDE, "post", "delivery"),
    "worklists:pause": Page(P.DECIDE, about="delivery"),
    "worklists:resume": Page(P.DECIDE, "post", "delivery"),
    "deliveries:list": Page(P.SEE_DELIVERIES),
    "deliveries:search": Page(P.SEE_DELIVERIES),
    "deliveries:day-sheet": Page(P.SEE_DELIVERIES),
    "deliveries:suggestions": Page(P.SEE_DELIVERIES),
    "deliveries:shortfall": Page(P.SEE_DELIVERIES),
    "deliveries:detail": Page(P.SEE_DELIVERIES, about="delivery"),
    "deliveries:journal": Page(P.EXPORT, about="delivery"),
    "calls:list": Page(P.SEE_DELIVERIES),
    "calls:search": Page(P.SEE_DELIVERIES),
    "calls:note": Page(P.DECIDE, "post"),
    "calls:detail": Page(P.SEE_DELIVERIES, about="call"),
    "calls:answer": Page(P.DECIDE, "post", "call"),
    "calls:find": Page(P.DECIDE, "post", "call"),
    "letters:resend": Page(P.SEE_DELIVERIES),
    "letters:print": Page(P.DECIDE, "post"),
    "letters:printing": Page(P.SEE_DELIVERIES, about="printing"),
    "letters:track": Page(P.DECIDE, "post", "letter"),
    "letters:write": Page(P.DECIDE, args=("nb",)),
    "handovers:list": Page(P.SEE_DELIVERIES),
    "handovers:detail": Page(P.SEE_DELIVERIES, about="offer"),
    "handovers:accept": Page(P.DECIDE, "post", "offer"),
    "handovers:decline": Page(P.DECIDE, "post", "offer"),
    "decisions:decide": Page(P.DECIDE, "post", "delivery"),
    "decisions:tie": Page(P.DECIDE, "post", "delivery"),
    "decisions:untie": Page(P.DECIDE, "post", "delivery"),
    "decisions:drawn": Page(P.SEE_DELIVERIES),
    "decisions:look-again": Page(P.SECOND_LOOK, about="drawn"),
    "decisions:look": Page(P.SECOND_LOOK, about="decision"),
    "decisions:withdraw": Page(P.DECIDE, "post", "decision"),
    "imports:list": Page(P.SEE_IMPORTS),
    "imports:upload": Page(P.IMPORT_FILES),
    "imports:rejected": Page(P.SEE_REJECTIONS),
    "imports:feeds": Page(P.SEE_IMPORTS),
    "imports:feed-add": Page(P.IMPORT_FILES),
    "imports:feed": Page(P.SEE_IMPORTS, about="feed"),
    "imports:statuses": Page(P.IMPORT_FILES, about="feed"),
    "imports:sources": Page(P.SEE_IMPORTS),
    "imports:key-make": Page(P.IMPORT_FILES, "post", "feed"),
    "imports:key-end": Page(P.IMPORT_FILES, "post", "feed", args=(0,)),
    "api:description": Page(EVERYBODY),
    "api:hand-in": Page(EVERYBODY, "post", args=("4601.portal-list",)),
    "api:import": Page(EVERYBODY, args=("4601.portal-list", 1)),
    "api:canary": Page(EVERYBODY, "post", args=("4601.portal-list",)),
    "api:push": Page(EVERYBODY, "post", args=("framme_1_nothing",)),
    "imports:detail": Page(P.SEE_IMPORTS, about="import"),
    "imports:progress": Page(P.SEE_IMPORTS, about="import"),
    "imports:deal-with": Page(P.SEE_REJECTIONS, "post", "import"),
    "imports:approve": Page(P.IMPORT_FILES, "post", "import"),
    "imports:mapping": Page(P.IMPORT_FILES, "post", "import"),
    "imports:otherwise": Page(P.IMPORT_FILES, "post", "import"),
    "imports:cancel": Page(P.IMPORT_FILES, "post", "import"),
    "imports:undo": Page(P.IMPORT_FILES, about="import"),
    "imports:repair": Page(P.IMPORT_FILES, about="import"),
    "imports:correct": Page(P.IMPORT_FILES, "post", "import"),
    "imports:replace": Page(P.IMPORT_FILES, "post", "import"),
    "imports:repair-file": Page(P.IMPORT_FILES, about="import"),
    "imports:repair-hand-in": Page(P.IMPORT_FILES, "post", "import"),
    "imports:place": Page(P.IMPORT_FILES, "post", "import"),
    "imports:displace": Page(P.IMPORT_FILES, "post", "import"),
    "imports:lines": Page(P.SEE_IMPORTS, about="import"),
    "imports:try-again": Page(P.IMPORT_FILES, "post", "import"),
    "reports:figures": Page(P.SEE_FIGURES),
    "incidents:list": Page(P.SEE_FIGURES),
    "incidents:open": Page(P.REVIEW_INCIDENTS),
    "incidents:review": Page(P.SEE_FIGURES, about="review"),
    "incidents:freeze": Page(P.REVIEW_INCIDENTS, "post", "review"),
    "incidents:claim": Page(P.REVIEW_INCIDENTS, "post", "review"),
    "incidents:task": Page(P.SEE_DELIVERIES, about="task"),
    "incidents:messages": Page(P.SEE_DELIVERIES, about="task"),
    "incidents:answer": Page(P.ANSWER_REVIEWS, "post", "task"),
    "incidents:ask": Page(P.ANSWER_REVIEWS, "post", "task"),
    "incidents:reply": Page(P.ANSWER_REVIEWS, "post", "task"),
    "incidents:patch": Page(P.ANSWER_REVIEWS, "post", "task"),
    "breaches:list": Page(P.SEE_BREACHES),
    "breaches:new": Page(P.REPORT_BREACHES),
    "breaches:detail": Page(P.SEE_BREACHES, about="breach"),
    "breaches:draft": Page(P.REPORT_BREACHES, "post", "breach"),
    "breaches:tell": Page(P.REPORT_BREACHES, "post", "breach"),
    "breaches:supplement": Page(P.REPORT_BREACHES, "post", "breach"),
    "breaches:affected": Page(P.REPORT_BREACHES, "post", "breach"),
    "breaches:affected-told": Page(P.REPORT_BREACHES, "post", "breach"),
    "outages:list": Page(P.SEE_FIGURES),
    "outages:file": Page(P.REVIEW_INCIDENTS, "post"),
    "outages:systems": Page(P.SEE_FIGURES),
    "outages:take-back": Page(P.REVIEW_INCIDENTS, "post", "outage"),
    "statements:list": Page(P.SEE_DELIVERIES),
    "statements:new": Page(P.ISSUE_STATEMENTS),
    "statements:between": Page(P.SEE_DELIVERIES),
    "statements:between-messages": Page(P.SEE_DELIVERIES),
    "statements:between-moved": Page(P.SEE_DELIVERIES),
    "statements:detail": Page(P.SEE_DELIVERIES, about="statement"),
    "statements:messages": Page(P.SEE_DELIVERIES, about="statement"),
    "statements:difference": Page(P.SEE_DELIVERIES, about="statement"),
    "statements:moved": Page(P.SEE_DELIVERIES, about="statement"),
    "readiness:page": Page(P.SEE_DELIVERIES),
    "readiness:prove": Page(P.ASSIGN, "post"),
    "readiness:end": Page(P.ASSIGN, "post", "proof"),
    "readiness:leave": Page(P.ASSIGN, "post"),
    "readiness:take-up": Page(P.ASSIGN, "post", "unused"),
    "reports:across": Page(P.SEE_ACROSS),
    "trail:list": Page(P.SEE_TRAIL),
    "trail:denied": Page(P.SEE_TRAIL),
    "trail:unusual": Page(P.SEE_TRAIL),
    "trail:person": Page(P.SEE_TRAIL, about="person"),
    "trail:message": Page(P.SEE_TRAIL, about="delivery"),
    "accounts:people": Page(P.MANAGE_MEMBERS),
    "accounts:membership-end": Page(P.MANAGE_MEMBERS, "post", "membership"),
    "accounts:source-unlock": Page(P.MANAGE_MEMBERS, "post"),
    "accounts:person": Page(P.MANAGE_MEMBERS, about="person"),
    "accounts:password-renew": Page(P.MANAGE_MEMBERS, "post", "person"),
    "accounts:second-factor-take": Page(P.MANAGE_MEMBERS, "post", "person"),
    "accounts:unlock": Page(P.MANAGE_MEMBERS, "post", "person"),
    "accounts:shut-out": Page(P.MANAGE_MEMBERS, "post", "person"),
    "accounts:let-in": Page(P.MANAGE_MEMBERS, "post", "person"),
    "accounts:services": Page(P.MANAGE_SERVICES),
    "accounts:permissions": Page(SIGNED_IN),
    "accounts:elsewhere": Page(SIGNED_IN),
    "accounts:sign-ins": Page(SIGNED_IN),
    "accounts:sign-in-end": Page(SIGNED_IN, "post", "sign-in"),
    "accounts:sign-ins-end": Page(SIGNED_IN, "post"),
    "accounts:keys": Page(SIGNED_IN, "post"),
    "accounts:stay": Page(SIGNED_IN, "post"),
    "accounts:unsent": Page(SIGNED_IN),
    "accounts:unsent-keep": Page(EVERYBODY, "post"),
    "accounts:unsent-forget": Page(SIGNED_IN, "post"),
    "accounts:language": Page(EVERYBODY, "post"),
}
# Pages that ask who one is, again, before they say whether there is such a thing.
ASKS_AGAIN = {"accounts:password-renew", "accounts:second-factor-take", "accounts:unlock", "accounts:let-in", "accounts:source-unlock"}
FOR_EVERYWHERE = {"accounts:source-unlock"}  # for those who manage everywhere
# There only while the file, the line or the key that is named waits for somebody; and of a service's own outages nothing for who speaks for all of them.
WAITING = {"imports:mapping", "imports:otherwise", "imports:replace", "imports:place", "imports:displace", "imports:key-end", "outages:take-back"}
SHARED = {"review"}  # belongs to no service and names no message
TOKEN = re.compile(rb'(?<=csrfmiddlewaretoken" value=")[^"]+|(?<=X-CSRFToken": ")[^"]+')

# Each command of ours, and how it may be asked about one service alone; the others are the operator's, about everything or nothing of a service's.
COMMANDS: dict[str, Callable[[Service], list[str]] | None] = {
    "deliveries": lambda service: ["--service", service.code],
    "rejections": lambda service: ["--import", str(Import.objects.filter(service=service).first().pk)],
    "import_feed": None,  # writes for the one service that it names; see below
    "reconcile": None,
    "figures": None,
    "verify": None,
    "audit_anchor": None,
    "setup": None,
    "serve": None,
    "demo": None,
}


def named_pages():
    def walk(patterns, namespace=""):
        for pattern in patterns.url_patterns:
            if hasattr(pattern, "url_patterns"):
                yield from walk(pattern, f"{pattern.namespace}:" if pattern.namespace else namespace)
            else:
                yield namespace + pattern.name

    return set(walk(get_resolver()))


class Place:
    """A service with a message, a decision that waits for its look, an import with a rejected line, and people."""

    def __init__(self, code):
        self.service = scenes.service(code)
        self.delivery = scenes.report(self.service)
        self.portal = kept.Reference.objects.get(pk=self.delivery.pk).value
        self.manager = scenes.person("Lena", Role.MANAGER, of=self.service)
        self.decider = scenes.person("Dag", Role.CASEWORKER, of=self.service)
        self.decision = decide(self.delivery, self.decider)
        self.member = scenes.person("Mia", Role.REVIEWER, of=self.service)
        self.printing = printed(self.service, scenes.letter(self.service), by=self.decider)
        self.task = review(self.service, self.delivery, by=self.manager)
        self.things = {
            "proof": self.proof(),
            "unused": readiness.leave(
                service=self.service, channel="svarut", until=scenes.NOW.date(), reason="Alt går gjennom portalen.", by=self.manager, now=scenes.NOW
            ),
            "printing": self.printing,
            "letter": self.printing.letters.get(),
            "delivery": self.delivery,
            "decision": self.decision,
            "call": call(self.service, self.delivery, self.decider),
            "import": Import.objects.filter(service=self.service).first(),
            "alarm": alarm(self.service),
            "drawn": drawn(self.service),
            "offer": offered(self.service, from_=scenes.service("3907")),
            "canary": canaries.register(service=self.service, namespace="portal", value=scenes.uuid(), by=self.decider, now=scenes.NOW),
            "feed": fed.Feed.objects.filter(service=self.service).first(),
            "batch": many.claim(service=self.service, ids=[self.delivery.pk], listed="/worklists/inbound/open/", by=self.decider, now=scenes.NOW),
            "view": saving.keep(
                address=saving.Address("inbound", "open", "sort=since"), name="Eldst", reach="service", service=self.service, by=self.manager, now=scenes.NOW
            ),
            "review": self.task.review,
            "task": self.task,
            "outage": outage(self.service),
            "breach": breach(self.service, by=self.manager),
            "statement": issue(self.service, by=self.manager),
            "control": reports.sign_control(service=self.service, first_day=LONG_AGO, last_day=LONG_AGO, note="", by=self.manager, now=scenes.NOW),
            "membership": Membership.objects.get(user=self.member),
            "person": self.member,
        }

    def proof(self):
        said = {"channel": "altinn", "proven_on": scenes.NOW.date(), "expires_on": None, "now": scenes.NOW}
        return readiness.prove(service=self.service, person=self.manager.pk, by=self.manager, **said)


@pytest.fixture
def bergen():
    return Place("4601")


@pytest.fixture
def asker():
    return Place("3203")


def somebody(role, place):
    if role in NATIONAL:
        user = scenes.person("Nina", of=place.service)
        Membership.objects.create(user=user, service=None, role=role, valid_from=scenes.RECEIVED)
        return user
    if role in Role.values:
        return scenes.person("Rolf", role, of=place.service)
    user = scenes.person("Olga", of=place.service)
    type(user).objects.filter(pk=user.pk).update(is_superuser=role == "superuser")
    return type(user).objects.get(pk=user.pk)


def permissions(role):
    return SUPERUSER_PERMISSIONS if role == "superuser" else ROLE_PERMISSIONS.get(role, frozenset())


def is_let_in(page, role):
    if isinstance(page.lets_in, Permission):
        return page.lets_in in permissions(role)
    return page.lets_in != MEMBERS or role != "nobody"


@contextmanager
def undone():
    """Not by a block of its own: what is told of a denied attempt asks for the outermost."""
    before = transaction.savepoint()
    yield
    transaction.savepoint_rollback(before)


def asked(client, name, number=None):
    """The answer and its body, by a browser that has done nothing else since it signed in."""
    page, kept_cookies = PAGES[name], client.cookies.output(header="")
    client.raise_request_exception = False
    with undone():
        response = getattr(client, page.method)(reverse(name, args=[number, *page.args] if page.about else page.args))
        body = b"".join(response.streaming_content) if response.streaming else response.content
    client.cookies.clear()
    client.cookies.load(kept_cookies)
    # Two answers to the same question differ in the token of their forms, which is another one every time, and here in the address that was asked for.
    return response, TOKEN.sub(b"", body).replace(response.wsgi_request.path.encode(), b"")


def difference(one, other):
    """The lines in which two pages differ."""
    return [pair for pair in zip_longest(one.splitlines(), other.splitlines()) if pair[0] != pair[1]]


def leads_to_sign_in(response):
    return response.status_code == 302 and response.url.startswith(SIGN_IN)


def test_every_page_is_in_the_matrix():
    assert named_pages() == PAGES.keys()


def test_every_command_is_in_the_matrix():
    ours = {name for name, app in get_commands().items() if str(app).startswith(("apps.", "config"))}

    assert ours == COMMANDS.keys()


def test_nobody_gets_anywhere_without_signing_in(bergen, subtests):
    for name, page in PAGES.items():
        with subtests.test(name):
            response, _body = asked(Client(), name, bergen.things.get(page.about, bergen.delivery).pk)

            assert leads_to_sign_in(response) or page.lets_in == EVERYBODY


@pytest.mark.parametrize("role", [*Role.values, "superuser", "nobody"])
def test_each_role_gets_to_its_pages_in_its_own_service_and_nowhere_in_another(bergen, asker, role, subtests):
    user = somebody(role, bergen)
    client = signed_in(user)

    for name, page in PAGES.items():
        with subtests.test(name):
            own, _body = asked(client, name, bergen.things[page.about].pk if page.about in bergen.things else 0)

            assert own.status_code < 500
            if not is_let_in(page, role):
                assert own.status_code == 403
            elif name not in FOR_EVERYWHERE | WAITING and isinstance(page.lets_in, Permission):
                assert own.status_code not in (403, 404)
            else:
                assert own.status_code != 403 or name in FOR_EVERYWHERE
            if page.about in SHARED:
                continue
            if page.about in asker.things and is_let_in(page, role):
                foreign, told = asked(client, name, asker.things[page.about].pk)
                absent, told_of_none = asked(client, name, 2**40)
                if role == "superuser":
                    continue  # manages everybody, in every service
                assert foreign.status_code == absent.status_code
                assert foreign.status_code == 404 or name in ASKS_AGAIN
                assert difference(told, told_of_none) == []
            elif page.about in asker.things:
                foreign, _told = asked(client, name, asker.things[page.about].pk)
                assert foreign.status_code == 403


@pytest.mark.parametrize("kind", ["foreign", "absent"])
def test_what_is_anothers_is_as_absent_as_what_never_was(bergen, asker, kind, client):
    """Byte for byte, at the pages that people share."""
    client.force_login(somebody(Role.MANAGER, bergen))

    for name in ("deliveries:detail", "decisions:look", "imports:detail", "imports:lines", "imports:progress", "accounts:person"):
        _response, of_another = asked(client, name, asker.things[PAGES[name].about].pk)
        _response, of_none = asked(client, name, 2**40)

        assert of_another == of_none


# -- the second wall alone


FILTERED = (
    breached.OfServices,
    opened.OfServices,
    delivered.DeliveryQuerySet,
    delivered.TallyQuerySet,
    fed.FeedQuerySet,
    fed.RejectionQuerySet,
    kept.ImportQuerySet,
    decided.OfServices,
    called.CallQuerySet,
    printed_on.LetterQuerySet,
    reviewed.OfServices,
    marked.OutageQuerySet,
    handed.OfServices,
    signed.ControlQuerySet,
    stated.StatementQuerySet,
    worked.OfServices,
    watched.Watched,
)


@pytest.fixture
def without_the_first_wall(monkeypatch):
    """As if everybody had forgotten every filter."""
    for place in (queries, delivered, fed, kept, decided, called, printed_on, reviewed, marked, watched, handed, signed, stated, worked, opened, breached):
        monkeypatch.setattr(place, "visible_services", lambda user, permission=None: Service.objects.values("pk"))
    monkeypatch.setattr(in_view, "service_ids", lambda request: list(Service.objects.values_list("pk", flat=True)))
    for querysets in FILTERED:
        monkeypatch.setattr(querysets, "visible_to", lambda self, user: self)


def secrets_of(place) -> set[str]:
    """What only somebody of the service may read: the references of its messages."""
    return set(kept.Reference.objects.filter(service=place.service).values_list("value", flat=True))


@pytest.mark.parametrize("role", [Role.MANAGER, Role.AUDITOR, Role.NATIONAL_COORDINATOR])
def test_with_every_filter_forgotten_nothing_of_another_service_is_shown(bergen, asker, role, without_the_first_wall, subtests):
    secrets = secrets_of(asker)
    client = signed_in(somebody(role, bergen))
    assert secrets

    for name, page in PAGES.items():
        if page.method == "get" and page.lets_in != EVERYBODY:
            with subtests.test(name):
                _response, body = asked(client, name, asker.things[page.about].pk if page.about in asker.things else 0)

                # Refused as a whole is fine, too: what cannot be told to the trail of that service is not shown.
                assert not [secret for secret in secrets if secret in body.decode()]


def test_with_every_filter_forgotten_searches_and_exports_find_nothing_of_another_service(bergen, asker, without_the_first_wall, subtests):
    client = signed_in(somebody(Role.MANAGER, bergen))
    portal = asker.portal
    theirs = reverse("deliveries:detail", args=[asker.delivery.pk])

    client.raise_request_exception = False
    for address in (
        f"{reverse('deliveries:search')}?reference={portal}",
        f"{reverse('deliveries:list')}?reference={portal}",
        f"{reverse('worklists:next', args=['inbound', 'open'])}?after={bergen.delivery.pk}",
    ):
        with subtests.test(address):
            response = client.get(address, follow=True)

            assert theirs not in [url for url, _status in response.redirect_chain]
            assert theirs not in response.content.decode()
    for name in ("deliveries:list", "worklists:list"):
        with subtests.test(name):
            response = client.get(reverse(name, args=PAGES[name].args), {"format": "csv"})

            assert portal not in (b"".join(response.streaming_content) if response.streaming else response.content).decode()


def test_commands_about_one_service_say_nothing_of_another(bergen, asker, subtests):
    secrets = secrets_of(asker)

    for name, about in COMMANDS.items():
        if about:
            with subtests.test(name):
                out = io.StringIO()
                call_command(name, *about(bergen.service), stdout=out)

                assert not [secret for secret in secrets if secret in out.getvalue()]


def test_an_import_for_one_service_reaches_no_other(bergen, asker, tmp_path: Path, capsys):
    """A file that names a message of another service makes one of its own."""
    portal = asker.portal
    (tmp_path / "list.csv").write_text(f"bekymringsmeldingId;innsendt\n{portal};2024-02-01T10:12:00\n")

    call_command("import_feed", "portal-list", str(tmp_path / "list.csv"), "--service", "4601", "--json")

    assert json.loads(capsys.readouterr().out)["accepted"] == 1
    assert set(kept.Reference.objects.filter(value=portal).values_list("service__code", flat=True)) == {"4601", "3203"}


def test_every_way_to_forget_a_filter_is_forgotten_here():
    """Whichever model learns to say what is visible, the tests above must take that away too."""
    managers = [getattr(model, "objects", None) for model in apps.get_models()]
    filtered = {type(manager.all()) for manager in managers if manager is not None and hasattr(manager.all(), "visible_to")}

    assert filtered == set(FILTERED)
