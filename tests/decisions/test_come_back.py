"""What comes back to people: whoever differed and whoever is contradicted hears of it on their start page, and why."""

import json
from datetime import timedelta
from html import unescape

import pytest
import time_machine
from django.urls import reverse

from apps.calls import actions as calls
from apps.decisions import actions as decisions
from apps.decisions import queries, ties
from apps.deliveries import actions as deliveries
from apps.deliveries import invariants as of_deliveries
from apps.deliveries.models import Delivery
from apps.ledger.models import Reference
from tests import scenes
from tests.pages import call, signed_in
from tests.scenes import NOW, RECEIVED

HOUR = timedelta(hours=1)
TODAY = reverse("today")
READ = {"category": "notice", "read_by": "mottaksleder"}


@pytest.fixture(autouse=True)
def at_a_fixed_time(db, settings):
    settings.LANGUAGE_CODE = "en"
    with time_machine.travel(NOW + 2 * HOUR, tick=False):
        yield


@pytest.fixture
def stranger(bergen):
    return scenes.person("Stine", "caseworker", of=bergen)


def decide(delivery, by, outcome="other_document", now=NOW, **fields):
    said = {"reason": "Lest.", **(READ if outcome == "other_document" else {}), **fields}
    seen = queries.version(delivery)
    return decisions.decide(delivery=delivery, outcome=outcome, fields=said, by=by, now=now, expected_version=seen)


def look(decision, by, agrees=True):
    return decisions.give_second_look(decision=decision, agrees=agrees, outcome=None if agrees else "", reason="Sett.", by=by, now=NOW + HOUR)


def concerns(user):
    return [one.delivery for one in signed_in(user).get(TODAY).context["came_back"]]


def reasons(user):
    return [str(one.why) for one in signed_in(user).get(TODAY).context["came_back"]]


# -- two people who differ


def test_a_difference_goes_back_to_both_and_the_manager_until_somebody_decides_anew(report, caseworker, reviewer, lena, stranger):
    look(decide(report, caseworker), reviewer, agrees=False)

    assert [concerns(user) for user in (caseworker, reviewer, lena, stranger)] == [[report.pk], [report.pk], [report.pk], []]
    signed_in(caseworker).get(reverse("deliveries:detail", args=[report.pk]))
    assert concerns(caseworker) == [report.pk]
    decide(scenes.again(report), stranger, now=NOW + HOUR)
    assert [concerns(user) for user in (caseworker, reviewer, lena)] == [[], [], []]


def test_a_difference_about_what_has_arrived_since_concerns_nobody(bergen, report, caseworker, reviewer):
    look(decide(report, caseworker), reviewer, agrees=False)

    scenes.registration(bergen, at=RECEIVED, portal=Reference.objects.get(pk=report.pk).value, case="9")

    assert concerns(caseworker) == []


def test_whoever_agreed_is_no_difference(report, caseworker, reviewer, lena):
    look(decide(report, caseworker), reviewer)

    assert [concerns(user) for user in (caseworker, reviewer, lena)] == [[], [], []]


def test_any_change_to_the_message_begins_the_look_again(report, caseworker, reviewer, stranger):
    decision = decide(report, caseworker)
    seen = queries.known(report)
    decide(scenes.again(report), stranger, "note", reason="Ringte skolen.")

    with pytest.raises(decisions.NewEvidence):
        decisions.review(decision=decision, outcome="other_document", pointed_at="", reason="Sett.", by=reviewer, now=NOW + HOUR, expected_known=seen)


# -- the five ways in which what was settled opens again


def letter(service):
    """Lies in Altinn, where nobody has opened it."""
    told = {"resourceinstance": scenes.uuid(), "time": RECEIVED.isoformat(), "id": scenes.uuid(), "type": "no.altinn.correspondence.correspondencepublished"}
    scenes.bring_in_file(service, "altinn-events", "events.json", json.dumps(told), vantage="recipient")
    return scenes.known_as(told["resourceinstance"])


def removed(service, delivery):
    named = Reference.objects.get(pk=delivery.pk).value
    at = (NOW + HOUR).isoformat()
    told = {"resourceinstance": named, "time": at, "id": scenes.uuid(), "type": "no.altinn.correspondence.correspondencepurged"}
    scenes.bring_in_file(service, "altinn-events", "more.json", json.dumps(told), now=NOW + HOUR, vantage="recipient")


def failed(service, delivery):
    row = {"bekymringsmeldingId": Reference.objects.get(pk=delivery.pk).value, "tidspunkt": scenes.wall(NOW + HOUR), "tilstand": "AVVIST_FAGSYSTEM"}
    scenes.bring_in(service, "portal-history", row, now=NOW + HOUR)


def withdrawn(service, delivery):
    portal = Reference.objects.get(pk=delivery.pk, namespace="portal").value
    at = scenes.wall(NOW + HOUR)
    scenes.bring_in(
        service, "mottakslogg", {"bekymringsmeldingId": portal, "resultat": "slettet", "slettetTidspunkt": at, "mottattTidspunkt": at}, now=NOW + HOUR
    )


def called(service, delivery):
    call(service, delivery, scenes.person("Kari", "caseworker", of=service), now=NOW + HOUR)


def is_anothers(service, delivery):
    """The case system's log names the registration for another report of the portal's."""
    other = scenes.report(service)
    scenes.registration(service, at=RECEIVED, portal=Reference.objects.get(pk=other.pk).value, case="17", now=NOW + HOUR)


WAYS = {
    "removed unread": (letter, "other_document", removed, "removed", "the contents were removed unread"),
    "failed after it was delivered": (scenes.report, "other_document", failed, "failed", "the delivery failed after all"),
    "registration withdrawn": (scenes.report, "other_document", withdrawn, "removed", "the registration was taken back"),
    "receipt of another": (scenes.report, "found_registered", is_anothers, "partly_registered", "the registration turned out to be another message's"),
    "the sender called": (scenes.report, "other_document", called, "unconfirmed", "the sender called"),
}


@pytest.mark.parametrize("way", WAYS)
def test_what_was_settled_opens_again_once_says_why_and_tells_who_decided(way, bergen, caseworker, reviewer, stranger):
    make, outcome, contradict, state, why = WAYS[way]
    message = make(bergen)
    look(decide(message, caseworker, outcome, **({"case_reference": "17"} if outcome == "found_registered" else {})), reviewer)
    assert scenes.again(message).state == "settled"
    assert reasons(caseworker) == []

    contradict(bergen, message)

    assert (scenes.again(message).state, scenes.again(message).decision_stands) == (state, False)
    assert [reasons(user) for user in (caseworker, reviewer, stranger)] == [[why], [why], []]
    page = signed_in(caseworker).get(reverse("deliveries:detail", args=[message.pk]), follow=True)
    assert why in unescape(page.content.decode())
    assert [reasons(user) for user in (caseworker, reviewer)] == [[], [why]]
    assert [word for one in of_deliveries.INVARIANTS for word in one.offending(NOW + HOUR) if one.id in ("I4", "I5")] == []


def test_it_opens_once_and_a_new_decision_stands(bergen, report, caseworker, reviewer):
    look(decide(report, caseworker), reviewer)
    failed(bergen, report)

    again = decide(scenes.again(report), caseworker, now=NOW + HOUR)
    look(again, reviewer)

    assert scenes.again(report).state == "settled"
    assert reasons(caseworker) == reasons(reviewer) == []


def test_seen_before_it_was_decided_again_is_not_seen_afterwards(bergen, report, caseworker, reviewer):
    look(decide(report, caseworker), reviewer)
    failed(bergen, report)
    signed_in(caseworker).get(reverse("deliveries:detail", args=[report.pk]))
    with time_machine.travel(NOW + 3 * HOUR, tick=False):
        seen = decide(scenes.again(report), caseworker, now=NOW + 3 * HOUR)
        decisions.give_second_look(decision=seen, agrees=True, reason="Sett.", by=reviewer, now=NOW + 3 * HOUR)
        call(bergen, report, caseworker, now=NOW + 3 * HOUR)

        assert reasons(caseworker) == ["the sender called"]


# -- a registration that is another message's


def shared(bergen, caseworker, reviewer):
    report = scenes.report(bergen)
    look(decide(report, caseworker, "found_registered", case_reference="17"), reviewer)
    is_anothers(bergen, report)
    return report


def test_the_tie_to_anothers_registration_is_undone_and_the_message_stays_open(bergen, caseworker, reviewer):
    report = shared(bergen, caseworker, reviewer)
    together = scenes.again(report)
    [tie] = ties.by_people(together)

    ties.undo(delivery=together, tie=tie.tie.pk, by=caseworker, now=NOW + HOUR)

    alone = scenes.again(report)
    assert (alone.state, alone.reopened_by) == ("unconfirmed", "tie_undone")
    assert set(Delivery.objects.exclude(pk=alone.pk).values_list("state", flat=True)) == {"arrived"}


def test_a_tie_by_hand_hides_no_second_message_either(bergen, caseworker):
    scenes.registration(bergen, at=RECEIVED, case="17")
    report, registered = scenes.report(bergen), scenes.known_as("4601:17")
    ties.accept(delivery=report, registration=registered.pk, by=caseworker, now=NOW, expected_version=0)
    assert scenes.again(report).state == "arrived"

    is_anothers(bergen, report)

    page = signed_in(caseworker).get(reverse("deliveries:detail", args=[report.pk]), follow=True)
    assert scenes.again(report).state == "partly_registered"
    assert "this registration is another message" in page.content.decode()


def test_two_reports_that_records_register_each_are_both_registered(bergen, caseworker):
    """One registration that the case system names for both is the case system's own word."""
    one, other = scenes.report(bergen), scenes.report(bergen)
    for report in (one, other):
        scenes.registration(bergen, at=RECEIVED, portal=Reference.objects.get(pk=report.pk).value, case="17")

    assert scenes.again(one).state == scenes.again(other).state == "arrived"


def test_what_was_found_and_no_file_shows_comes_back_too(bergen, report, caseworker, reviewer):
    look(decide(report, caseworker, "found_registered", case_reference="17"), reviewer)
    later = NOW + timedelta(days=31)

    with time_machine.travel(later, tick=False):
        deliveries.reconcile_due(now=later)

        assert reasons(caseworker) == ["no file from the case system has shown the registration"]


def test_an_answered_call_is_no_news(bergen, report, caseworker, reviewer):
    heard = call(bergen, report, caseworker)
    look(decide(scenes.again(report), caseworker), reviewer)

    calls.answer(call=heard, day=NOW.date(), how="phone", text="", by=caseworker, now=NOW + HOUR)

    assert scenes.again(report).state == "settled"


def test_what_one_has_seen_takes_no_place_from_what_one_has_not(bergen, caseworker, reviewer):
    made = [scenes.report(bergen) for _number in range(3)]
    for one in made:
        look(decide(one, caseworker), reviewer)
        called(bergen, one)
    client = signed_in(caseworker)

    for one in made[1:]:
        client.get(reverse("deliveries:detail", args=[one.pk]))

    assert concerns(caseworker) == [made[0].pk]
