"""Whatever people see and do is in the trail: who, what, about which thing, in which service, and nothing that names anybody."""

import io
import json

import pytest
from django.core.management import call_command
from django.db import ProgrammingError, connection, transaction
from django.urls import reverse

from apps.accounts import actions as accounts
from apps.accounts.models import Membership
from apps.accounts.roles import Role
from apps.audit.models import Entry
from apps.decisions import actions as decisions
from apps.decisions.models import Decision
from apps.feeds import actions as feeds
from apps.ledger.models import Reference
from config.embedded import RUNTIME
from tests import pages, scenes

pytestmark = pytest.mark.django_db


@pytest.fixture
def bergen():
    return scenes.service("4601")


@pytest.fixture
def anne(bergen):
    return scenes.person("Anne", Role.CASEWORKER, Role.IMPORT_ADMINISTRATOR, of=bergen)


@pytest.fixture
def berit(bergen):
    return scenes.person("Berit", Role.MANAGER, of=bergen)


@pytest.fixture
def report(bergen):
    return scenes.report(bergen)


@pytest.fixture
def told():
    """Gives what has been told since, as (verb, person, kind, object, service, details)."""
    before = Entry.objects.count()

    def since():
        return [
            (entry.verb, entry.person_id or entry.actor, entry.kind, entry.object_id, entry.service_id, json.loads(entry.text)["details"])
            for entry in Entry.objects.order_by("pk")[before:]
        ]

    return since


def address(name, *args, **query):
    return reverse(name, args=args) + ("?" + "&".join(f"{key}={value}" for key, value in query.items()) if query else "")


def test_seeing_a_delivery(bergen, anne, report, told):
    pages.signed_in(anne).get(address("deliveries:detail", report.pk))

    assert told() == [("viewed", anne.pk, "delivery", report.pk, bergen.pk, {})]


def test_what_may_not_be_seen_is_not_told_as_seen(report, told):
    outsider = scenes.person("Olga", Role.CASEWORKER, of=scenes.service("0301"))
    seen = told()

    assert pages.signed_in(outsider).get(address("deliveries:detail", report.pk)).status_code == 404
    *before, (verb, *_) = told()
    assert (before, verb) == (seen, "denied")


def test_a_page_that_comes_back_with_what_was_wrong_was_seen_too(bergen, anne, report, told):
    answer = pages.signed_in(anne).post(address("decisions:decide", report.pk), {"outcome": "lost", "reason": ""})

    assert answer.status_code == 422
    assert told() == [("viewed", anne.pk, "delivery", report.pk, bergen.pk, {})]


def test_opening_a_list_with_its_filter_and_how_many_it_found(bergen, anne, report, told):
    url = address("deliveries:list", channel="portal", state="")
    pages.signed_in(anne).get(url)

    assert told() == [("listed", anne.pk, "", None, bergen.pk, {"list": "/deliveries/", "filter": {"channel": "portal"}, "count": 1})]


def test_searching_with_what_was_typed_but_no_identity_number(bergen, anne, report, told):
    pages.signed_in(anne).get(address("deliveries:search", reference="01818012345"), follow=True)

    assert told() == [("searched", anne.pk, "", None, bergen.pk, {"list": "/deliveries/", "filter": {"reference": "[fnr]"}, "count": 0})]


def test_a_search_that_leads_straight_to_a_delivery(bergen, anne, report, told):
    reference = Reference.objects.get(delivery=report.pk).value
    pages.signed_in(anne).get(address("deliveries:search", reference=reference), follow=True)

    assert [verb for verb, *_ in told()] == ["searched", "viewed"]
    assert told()[0][-1] == {"filter": {"reference": reference}, "count": 1}


def test_taking_a_list_out_with_its_filter_and_size(bergen, anne, report, told):
    list(pages.signed_in(anne).get(address("deliveries:list", format="csv", channel="portal")).streaming_content)

    assert told() == [("exported", anne.pk, "", None, bergen.pk, {"list": "/deliveries/", "filter": {"format": "csv", "channel": "portal"}, "count": 1})]


def test_decisions_looks_and_withdrawals(bergen, anne, berit, report, told):
    decision = pages.decide(report, anne, "other_document", category="notice", read_by="mottaksleder")
    decisions.give_second_look(decision=decision, agrees=True, reason="Lest.", by=berit, now=scenes.NOW)
    decisions.withdraw(decision=decision, reason="Feil.", by=anne, now=scenes.NOW)

    about = ("delivery", report.pk, bergen.pk)
    assert told() == [
        ("decided", anne.pk, *about, {"outcome": "other_document", "code": "proposed"}),
        ("looked", berit.pk, *about, {"decision": decision.pk, "agrees": True}),
        ("withdrew", anne.pk, *about, {"decision": decision.pk}),
    ]


def test_a_file_handed_in_and_brought_in(bergen, anne, told):
    stream = io.BytesIO(b"bekymringsmeldingId;innsendt;kommunenummer\nx;2024-02-01T10:00:00;4601\n")
    received = feeds.receive_file(service=bergen, format="portal-list", file_name="barn.csv", stream=stream, by=anne, now=scenes.NOW)
    feeds.run(feed_import_id=received.feed_import.pk, clock=lambda: scenes.NOW)
    feeds.deal_with(feed_import=received.feed_import, reason="Ringte.", by=anne, now=scenes.NOW, line=2)

    about = ("import", received.feed_import.pk, bergen.pk)
    assert told() == [
        ("received", anne.pk, *about, {"format": "portal-list", "is_new": True}),
        ("completed", "worker", *about, {"counted": 1, "read": 1, "accepted": 0, "duplicate": 0, "rejected": 1}),
        ("dealt_with", anne.pk, *about, {"count": 1, "line": 2}),
    ]


def test_a_file_that_could_not_be_read(bergen, told, tmp_path):
    (tmp_path / "x.json").write_text("[{")

    with pytest.raises(SystemExit):
        call_command("import_feed", "portal-list", str(tmp_path / "x.json"), service="4601", stdout=io.StringIO())

    assert [(verb, who) for verb, who, *_ in told()] == [("received", "operator"), ("refused", "worker")]


def test_the_pages_of_an_import_and_its_lines(bergen, anne, report, told):
    feed_import = bergen.imports.get()
    client = pages.signed_in(anne)
    client.get(address("imports:detail", feed_import.pk))
    client.get(address("imports:lines", feed_import.pk))

    about = ("import", feed_import.pk, bergen.pk)
    assert told() == [("viewed", anne.pk, *about, {}), ("viewed", anne.pk, *about, {"lines": "all", "after": 0})]


def test_a_new_person_and_their_roles(bergen, berit, told):
    invited = accounts.invite(email="dag@example.no", full_name="Dag", role=Role.REVIEWER, service=bergen, by=berit, now=scenes.NOW)
    accounts.end_membership(membership=invited.membership, by=berit, now=scenes.NOW)

    dag = ("person", invited.membership.user_id)
    assert told() == [
        ("invited", berit.pk, *dag, None, {}),
        ("granted", berit.pk, *dag, bergen.pk, {"role": "reviewer"}),
        ("membership_ended", berit.pk, *dag, bergen.pk, {"role": "reviewer"}),
    ]


def test_a_new_password(anne, berit, told):
    accounts.renew_password(user=anne, by=berit, now=scenes.NOW)

    assert told() == [("password_renewed", berit.pk, "person", anne.pk, None, {})]


def test_signing_in_failing_to_and_signing_out(client, anne, told):
    def sign_in(password, login=anne.email):
        client.post(reverse("account_login"), {"login": login, "password": password})

    sign_in("feil")
    sign_in("feil", "ukjent@example.no")
    sign_in(scenes.PASSWORD)
    client.post(reverse("account_logout"))

    assert [entry[:5] for entry in told()] == [
        ("sign_in_failed", "nobody", "person", anne.pk, None),
        ("sign_in_failed", "nobody", "", None, None),
        ("signed_in", anne.pk, "", None, None),
        ("signed_out", anne.pk, "", None, None),
    ]


def test_nothing_in_the_trail_names_anybody(bergen, anne, berit, report):
    client = pages.signed_in(berit)
    client.post(reverse("accounts:people"), {"email": "dag@example.no", "full_name": "Dag Dal", "role": "reviewer", "service": bergen.pk})
    client.post(reverse("decisions:decide", args=[report.pk]), {"outcome": "note", "reason": "Kari ringte.", "version": 0})

    everything = "\n".join(Entry.objects.values_list("text", flat=True))
    names = ["@", "Dag", "Kari", "Prøve", *Membership.objects.values_list("user__full_name", flat=True)]
    assert [name for name in names if name in everything] == []


def test_what_commands_print(bergen, report, told, capsys):
    call_command("deliveries", service="4601", state="unconfirmed")
    call_command("rejections")

    assert [entry[:5] for entry in told()] == [("exported", "operator", "", None, bergen.pk), ("exported", "operator", "", None, None)]
    assert told()[0][-1] == {"list": "deliveries", "filter": {"service": "4601", "state": "unconfirmed"}}


@pytest.fixture
def _nothing_can_be_told(anne, report):
    with connection.cursor() as cursor:
        cursor.execute(f"RESET ROLE; REVOKE INSERT ON audit_entry FROM {RUNTIME}; SET ROLE {RUNTIME}")


@pytest.mark.usefixtures("_nothing_can_be_told")
@pytest.mark.parametrize("name", ["deliveries:detail", "deliveries:list"])
def test_what_cannot_be_told_is_not_shown(anne, report, name):
    with pytest.raises(ProgrammingError, match="audit_entry"), transaction.atomic():
        pages.signed_in(anne).get(address(name, *([report.pk] if name == "deliveries:detail" else [])))


@pytest.mark.usefixtures("_nothing_can_be_told")
def test_what_cannot_be_told_is_not_done(anne, report):
    with pytest.raises(ProgrammingError, match="audit_entry"):
        pages.decide(report, anne, "note")

    assert not Decision.objects.exists()
