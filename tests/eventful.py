"""A service in which something of everything has happened, for tests that look at every table."""

import io
import json
from datetime import date, timedelta

from django.test import override_settings

from apps.audit import actions as audit
from apps.audit.verbs import Kind, Verb
from apps.breaches import actions as breaches
from apps.calls import actions as calls
from apps.decisions import actions as decisions
from apps.decisions import draws
from apps.decisions.models import Drawn
from apps.deliveries import actions as deliveries
from apps.feeds import actions as feeds
from apps.feeds import keys
from apps.feeds.models import Feed
from apps.handovers import actions as handovers
from apps.handovers.models import Offer
from apps.incidents import actions as incidents
from apps.ledger import actions as ledger
from apps.ledger import words
from apps.ledger.models import Import, Reference
from apps.letters import actions as letters
from apps.outages import actions as outages
from apps.readiness import actions as readiness
from apps.reports import actions as reports
from apps.watch import actions as watch
from apps.watch import canaries as canary
from apps.watch import sending, telling
from apps.watch.models import Alarm
from apps.worklists import actions as worklists
from apps.worklists import many
from tests import scenes
from tests.pages import breach, call, outage, printed, review
from tests.statements.told import issue

DAY = timedelta(days=1)


def of_everything():
    """A service in which something of everything has happened: imports with repeats and bad lines, ties, decisions of every kind of way."""
    service = scenes.service("4601")
    anne, berit = scenes.person("Anne", "caseworker", of=service), scenes.person("Berit", "reviewer", of=service)
    arrived, closed, returned, noted, found = (scenes.report(service, sender="964338531") for _ in range(5))
    scenes.registration(service, at=scenes.RECEIVED, portal=portal_id(arrived), case="17")
    histories(service, portal_id(arrived), portal_id(closed))
    carriers(service, anne)
    bad_lines(service)
    letter = decide(closed, "other_document", anne, category="notice", read_by="mottaksleder")
    decisions.give_second_look(decision=letter, agrees=True, reason="Lest i postsystemet.", by=berit, now=scenes.NOW + DAY)
    test = decide(returned, "test_message", anne)
    decisions.give_second_look(decision=test, agrees=False, outcome="", reason="Den handler om et barn.", by=berit, now=scenes.NOW + DAY)
    decide(noted, "note", anne)
    decisions.withdraw(decision=decide(scenes.again(noted), "test_message", anne), reason="Feil melding.", by=anne, now=scenes.NOW + DAY)
    scenes.registration(service, at=scenes.RECEIVED, case="18")
    decide(found, "found_registered", anne, case_reference="18")
    ties(service, scenes.report(service), scenes.report(service))
    asked_for(service, noted, anne)
    on_paper(service, anne)
    in_turn(service, anne)
    between_services(service, anne)
    by_chance(service)
    bad = Import.objects.filter(rejected__gt=0).first()
    feeds.deal_with(feed_import=bad, line=bad.rejections.last().line, reason="Ringt avsender.", by=anne, now=scenes.NOW)
    keys.make(feed=Feed.objects.filter(service=service).first(), name="Fagsystemet", days=30, by=anne, now=scenes.NOW)
    reviewed(service, noted)
    watched(service, anne)
    told_late(service)
    gone_through(service)
    trail(service, anne, found)
    return service


def watched(service, anne):
    """Alarms that stand, one of them taken on and one that has ended, and somebody who was told."""
    lena = scenes.person("Lena", "manager", of=service)
    watch.arrange(service=service, escalate_after=12, escalate_urgent_after=2, wants_digest=True, by=lena, now=scenes.NOW)
    with override_settings(SENDS_MAIL=True):
        watch.beat(now=scenes.NOW + 30 * DAY)
        telling.send_due(clock=lambda: scenes.NOW + 30 * DAY, ways=sending.WAYS)
    standing = Alarm.objects.filter(service=service).first()
    watch.acknowledge(alarm=standing, until=scenes.NOW + 31 * DAY, reason="Ringt leverandøren.", by=anne, now=scenes.NOW + 30 * DAY)
    canary.register(service=service, namespace="portal", value=scenes.uuid(), by=anne, now=scenes.NOW)


def told_late(service):
    """A breach with the numbers of a statement, of which the authority was told on the fourth day, and those affected too."""
    lena, later = scenes.person("Lena", "manager", of=service), scenes.NOW + 4 * DAY
    noted = breach(service, by=lena, statement=issue(service, by=lena))
    breaches.tell(breach=noted, told_at=later, text="Kvittering 17.", late_reason="Helg.", by=lena, now=later)
    breaches.supplement(breach=noted, text="Tre meldinger er funnet.", by=lena, now=later)
    breaches.decide_affected(breach=noted, is_high_risk=True, text="Barnas vern.", by=lena, now=later)
    breaches.tell_affected(breach=noted, told_at=later, text="Kontaktpersonene, i brev.", undecided_reason="", by=lena, now=later)


def gone_through(service):
    """A manager signs the control of the first week of February."""
    lena = scenes.person("Lena", "manager", of=service)
    reports.sign_control(service=service, first_day=date(2024, 2, 1), last_day=date(2024, 2, 7), note="Gått gjennom.", by=lena, now=scenes.NOW)


def asked_for(service, delivery, by):
    """Two reporters call: about a message that is known, and about one that nobody knows."""
    known, _unknown = call(service, delivery, by), call(service, None, by)
    calls.answer(call=known, day=scenes.NOW.date(), how="phone", text="", by=by, now=scenes.NOW)


def in_turn(service, by):
    """One message of two that are worked on at once is put aside."""
    taken, aside = scenes.report(service), scenes.report(service)
    many.claim(service=service, ids=[taken.pk, aside.pk], listed="/worklists/inbound/open/", by=by, now=scenes.NOW)
    worklists.pause(delivery=aside, until=scenes.NOW + DAY, reason="Venter på svar fra skolen.", by=by, now=scenes.NOW)


def between_services(service, by):
    """One message is handed over to another service and taken over there; one comes from it, and is sent back; and one each way is taken back."""
    other = scenes.service("3203")
    theirs = scenes.person("Stine", "caseworker", of=other)
    handovers.offer(delivery=scenes.report(service), to=other, reason="Barnet bor der.", by=by, now=scenes.NOW)
    handovers.offer(delivery=scenes.report(other), to=service, reason="Barnet bor her.", by=theirs, now=scenes.NOW)
    handovers.carry(now=scenes.NOW)
    handovers.accept(offer=Offer.objects.get(service=other), by=theirs, now=scenes.NOW)
    handovers.decline(offer=Offer.objects.get(service=service), reason="Ukjent her.", by=by, now=scenes.NOW)
    for sender, to, who in ((service, other, by), (other, service, theirs)):
        delivery = scenes.report(sender)
        handovers.offer(delivery=delivery, to=to, reason="Barnet bor der.", by=who, now=scenes.NOW)
        handovers.take_back(delivery=delivery, by=who, now=scenes.NOW)
    handovers.carry(now=scenes.NOW)


def by_chance(service):
    """What was closed is drawn from, and what was drawn is looked at again by somebody else."""
    draws.draw_due(now=scenes.NOW + 7 * DAY)
    drawn = Drawn.objects.select_related("decision").filter(service=service).first()
    kari, said = scenes.person("Kari", "reviewer", of=service), drawn.decision
    draws.look_again(drawn=drawn, outcome=said.outcome, pointed_at=said.case_reference, reason="Lest.", by=kari, now=scenes.NOW + 7 * DAY)


def on_paper(service, by):
    """A letter in the service's own words, which the post follows."""
    letters.write(service=service, language="nb", subject="Brev fra {service}", body="Vi sendte {reference} den {sent}.", by=by, now=scenes.NOW)
    printing = printed(service, scenes.letter(service), by=by)
    letters.track(letter=printing.letters.get(), number="RR123456785NO", by=by, now=scenes.NOW)


def reviewed(service, loss):
    """An outage, and a review of what else it may have hit: answered, and the supplier has answered too."""
    lena, today = scenes.person("Lena", "manager", of=service), scenes.NOW.date()
    said = {"channel": "altinn", "proven_on": today, "expires_on": None}
    readiness.end(proof=readiness.prove(service=service, person=lena.pk, **said, by=lena, now=scenes.NOW), by=lena, now=scenes.NOW)
    unused = readiness.leave(service=service, channel="svarut", until=today, reason="Alt går gjennom portalen.", by=lena, now=scenes.NOW)
    readiness.take_up(unused=unused, by=lena, now=scenes.NOW)
    marked = outage(service)
    outages.take_back(outage=outage(service, corrects=marked), by=lena, now=scenes.NOW)
    task = review(service, scenes.again(loss), by=lena)
    question = incidents.ask(task=task, day=today, text="Hvilke meldinger ble ikke lagret?", by=lena, now=scenes.NOW)
    incidents.reply(question=question, day=today, text="Ingen, så vidt vi ser.", by=lena, now=scenes.NOW)
    incidents.answer(task=task, count=0, method="supplier", text="", by=lena, now=scenes.NOW)
    said = {"number": 7, "unit": "reports", "teller": "press", "said_by": "Lokalavisa", "said_on": today, "source": "Nyhet"}
    incidents.claim(review=task.review, **said, by=lena, now=scenes.NOW)


def trail(service, anne, delivery):
    """Two views that are sealed, and one that is not yet."""
    for number in range(3):
        audit.record(verb=Verb.VIEWED, by=anne, services=[service.pk], about=(Kind.DELIVERY, delivery.pk), now=scenes.NOW)
        if number == 1:
            audit.seal(now=scenes.NOW)


def decide(delivery, outcome, by, **fields):
    seen = decisions.queries.version(delivery)
    return decisions.decide(delivery=delivery, outcome=outcome, fields={"reason": "Gått gjennom.", **fields}, by=by, now=scenes.NOW, expected_version=seen)


def portal_id(delivery):
    return Reference.objects.get(delivery=delivery.pk, namespace="portal").value


def histories(service, *reports):
    """The portal's own history, with two sendings each, brought in twice in different files."""
    sent = [
        {"bekymringsmeldingId": report, "meldingId": scenes.uuid(), "tidspunkt": scenes.wall(scenes.RECEIVED), "tilstand": "SENDT_FAGSYSTEM"}
        for report in reports
        for _ in range(2)
    ]
    taken = {"bekymringsmeldingId": reports[0], "tidspunkt": scenes.wall(scenes.RECEIVED + DAY), "tilstand": "AKSEPTERT"}
    scenes.bring_in(service, "portal-history", *sent)
    scenes.bring_in(service, "portal-history", *sent, taken, now=scenes.NOW + timedelta(hours=1))


def ties(service, one, other):
    """Said by a person to be one message, and one that the case system knows; the first is taken back."""
    said = {"service": service, "one": one.pk, "namespace": "portal", "value": portal_id(other), "by": "7"}
    ledger.tie(**said, now=scenes.NOW)
    ledger.tie(service=service, one=other.pk, namespace="case", value="4601:19", by="7", now=scenes.NOW)
    parted = ledger.untie(**said, now=scenes.NOW + DAY)
    deliveries.reconcile(service=service, deliveries=parted, now=scenes.NOW + DAY)


def carriers(service, by):
    """A message of eFormidling with its receipt, a status that nobody knew until somebody said what it means, and two events of Altinn that differ by their ids
    alone.
    """
    at = "2024-02-01T10:12:00+01:00"
    message = {"messageId": scenes.uuid(), "messageStatuses": [{"status": "SENDT", "lastUpdate": at}]}
    brought_in_only(service, "eformidling", json.dumps(message), json.dumps(message | {"processIdentifier": "arkivmelding:response:ver1.0"}))
    brought_in_only(service, "eformidling", json.dumps(message | {"messageStatuses": [{"status": "RETUR", "lastUpdate": at}]}))
    words.say(service=service, source="eformidling", native="RETUR", code="failed", reason="Leverandøren sier det.", by=by, now=scenes.NOW)
    event = {"type": "no.altinn.correspondence.attachmentdownloaded", "time": at, "resourceinstance": scenes.uuid()}
    brought_in_only(service, "altinn-events", *[json.dumps(event | {"id": scenes.uuid()}) for _ in range(2)])


def bad_lines(service):
    brought_in_only(
        service, "portal-list", "bekymringsmeldingId;innsendt", "not-a-uuid;2024-02-01", f"{scenes.uuid()};2024-02-31", f"{scenes.uuid()};2024-02-01"
    )
    deliveries.reconcile_owed(now=scenes.NOW)


def brought_in_only(service, format, *lines):
    """Imported, and not reconciled yet."""
    stream = io.BytesIO("\n".join([*lines, ""]).encode())
    received = feeds.receive_file(service=service, format=format, file_name="file.csv", stream=stream, by="import@example.no", now=scenes.NOW)
    done = feeds.run(feed_import_id=received.feed_import.pk, clock=lambda: scenes.NOW)
    assert done.state == "complete"
