"""What tests of pages share: a client that is signed in, several reports at once, and the rows that a list shows."""

from datetime import timedelta

from django.test import Client
from django.utils import timezone

from apps.accounts import actions as accounts
from apps.breaches import actions as breaches
from apps.breaches.actions import Noted
from apps.calls import actions as calls
from apps.decisions import actions as decisions
from apps.decisions import draws, queries
from apps.decisions.models import Drawn
from apps.handovers import actions as handovers
from apps.handovers.models import Offer
from apps.incidents import actions as incidents
from apps.incidents.models import Task
from apps.letters import actions as letters
from apps.outages import actions as outages
from apps.watch import actions as watch
from apps.watch.findings import Finding
from apps.watch.models import Alarm, Level, What
from tests import scenes


def signed_in(user):
    client = Client()
    client.force_login(user)
    return client


def reports(service, *days, kind="OFFENTLIG"):
    """Reports that nothing shows to have arrived, received so many days before scenes.NOW, brought in as one file; in that order."""
    made = [(scenes.uuid(), scenes.NOW - timedelta(days=ago)) for ago in days]
    rows = [{"bekymringsmeldingId": portal, "innsendt": scenes.wall(at), "skjemaType": kind, "antallBarn": 1} for portal, at in made]
    scenes.bring_in(service, "portal-list", *rows)
    return [scenes.known_as(portal) for portal, _at in made]


def asked(captured):
    """How many times a page asked the database something: its entry into the scope, which is made beneath Django, and the trail among them, and not where its
    transaction begins and ends."""
    frame = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE")
    return 1 + sum(not one["sql"].startswith(frame) for one in captured.captured_queries)


def shown(response):
    """The ids of the rows on a list, in order."""
    return [row.record["id"] for row in response.context["table"].paginated_rows]


def decide(delivery, by, outcome="test_message", **fields):
    """Decide something that waits for a second look, or note something."""
    fields = {"reason": "The portal says TEST.", **fields}
    return decisions.decide(delivery=delivery, outcome=outcome, fields=fields, by=by, now=scenes.NOW, expected_version=queries.version(delivery))


def grant(user, service, role="caseworker"):
    accounts.grant(user=user, role=role, service=service, by=None, now=scenes.RECEIVED)


def call(service, delivery, by, **more):
    """A reporter's call about a message that was received on the day of scenes.RECEIVED."""
    day = scenes.RECEIVED.date()
    said = {"first_day": day, "last_day": day, "way": "portal", "reporter": "public", "text": "", "now": scenes.NOW, **more}
    return calls.note(service=service, delivery=delivery, by=by, **said)


def printed(service, *deliveries, by, **more):
    """Letters of these messages from the service."""
    told = {"language": "nb", "is_again": False, **more}
    return letters.print_letters(service=service, deliveries=[one.pk for one in deliveries], by=by, now=scenes.NOW, **told)


def outage(service, **other):
    """The portal let the service down on the day of scenes.RECEIVED."""
    day = scenes.RECEIVED.date()
    told = {"kind": "outage", "channel": "portal", "system": "", "version": "", "precision": "day", "what": "Portalen var nede.", **other}
    said = {"said_by": "KS", "said_on": day, "source": "Driftsmelding 17"}
    return outages.mark(service=service, first_day=day, last_day=day, **told, **said, by=None, now=scenes.NOW)


def review(service, loss, *, by):
    """The task of the service in a review of what else may have been lost with a message, which has been frozen."""
    days = {"begins": scenes.RECEIVED.date(), "ends": scenes.RECEIVED.date(), "due_on": scenes.NOW.date()}
    criteria = {"title": "Portalens tap", "direction": "inbound", "channel": "portal", "system": "", "version": "", "services": [service], **days}
    opened = incidents.open_review(**criteria, delivery=loss, by=by, now=scenes.NOW)
    incidents.freeze(review=opened, by=by, now=scenes.NOW)
    return Task.objects.select_related("review", "service").get(review=opened, service=service)


def breach(service, *, by, statement=None, now=scenes.NOW, **other):
    """A breach of which the service became aware at scenes.NOW; its numbers are the statement's, or not known."""
    days = {} if statement else {"from_day": scenes.RECEIVED.date(), "to_day": scenes.NOW.date()}
    noted = {
        "aware_at": scenes.NOW,
        "noticed_by": "Mottaksleder",
        "nature": "Meldinger ble ikke lagret i fagsystemet.",
        "direction": "inbound",
        "consequences": "Barn kan ha fått hjelp for sent.",
        "measures": "Meldingene hentes på nytt.",
        "contact": "Personvernombudet, 55 55 55 55",
        **dict.fromkeys(("records", "persons", "from_day", "to_day")),
    }
    return breaches.note(service=service, noted=Noted(**{**noted, **days, **other}), statement=statement, by=by, now=now)


def alarm(service):
    """An alarm that stands because work has waited too long."""
    found = [Finding(service.pk, What.OWED, Level.STANDS, scenes.RECEIVED)]
    watch.settle(found=found, now=scenes.NOW)
    return Alarm.objects.get(service=service, what=What.OWED)


def offered(to, *, from_):
    """A message that another service has handed over to this one, as this one sees it."""
    by, report = scenes.person("Olga", "caseworker", of=from_), scenes.report(from_)
    made = handovers.offer(delivery=report, to=to, reason="Barnet bor der.", by=by, now=scenes.NOW)
    handovers.carry(now=scenes.NOW)
    return Offer.objects.get(number=made.number)


def drawn(service):
    """A closed message of the service that chance has chosen for another look."""
    one, other = (scenes.person(name, "caseworker", of=service) for name in ("Arne", "Bodil"))
    decision = decide(scenes.report(service), one)
    decisions.give_second_look(decision=decision, agrees=True, reason="Sett.", by=other, now=scenes.NOW)
    draws.draw(service=service, week=timezone.localdate(scenes.NOW - timedelta(days=3)), now=scenes.NOW + timedelta(days=7))
    return Drawn.objects.get(decision=decision)
