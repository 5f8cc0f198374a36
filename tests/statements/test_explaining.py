"""The difference between two statements, message by message, each with one cause."""

import pytest

from apps.decisions import actions as decisions
from apps.feeds import undoing
from apps.ledger import actions as ledger
from apps.ledger import words
from apps.ledger.models import Reference
from apps.registry.models import Policy
from apps.statements import explaining
from apps.statements.causes import Cause
from apps.statements.figuring import total
from apps.watch import canaries
from tests.pages import reports
from tests.statements.told import DAY, causes, explained, issue, settle


@pytest.fixture
def told(bergen, manager):
    """Issues a statement at a time."""
    return lambda now, **more: issue(bergen, by=manager, now=now, **more)


def portal_id(delivery):
    return Reference.objects.get(delivery=delivery.pk, namespace="portal").value


def registered(scenes, bergen, delivery, *, now, **more):
    return scenes.registration(bergen, at=scenes.RECEIVED, portal=portal_id(delivery), now=now, **more)


def test_what_nothing_was_learned_of_was_overtaken_by_the_clock(scenes, told, bergen):
    reports(bergen, 1, 2, 20)

    assert causes(told(scenes.NOW), told(scenes.NOW + 5 * DAY)) == {"clock": 2}


def test_two_at_the_same_moment_differ_in_nothing(scenes, told, bergen):
    reports(bergen, 1, 20)

    assert causes(told(scenes.NOW), told(scenes.NOW)) == {}


def test_a_file_that_came_later_is_a_late_feed(scenes, told, bergen):
    old, _other = reports(bergen, 20, 20)
    earlier = told(scenes.NOW)
    registered(scenes, bergen, old, case="17", now=scenes.NOW + DAY)
    scenes.report(bergen, now=scenes.NOW + DAY)

    assert causes(earlier, told(scenes.NOW + 2 * DAY)) == {"late_feed": 2}


def test_what_turned_out_to_be_a_test_of_our_own_is_told_as_that(scenes, told, bergen, caseworker, manager):
    one, _other = reports(bergen, 20, 20)
    earlier = told(scenes.NOW)
    for person in (caseworker, manager):
        canaries.register(service=bergen, namespace="portal", value=portal_id(one), by=person, now=scenes.NOW + DAY)

    assert causes(earlier, told(scenes.NOW + 2 * DAY)) == {"canary": 1}


def test_a_late_file_that_changes_nothing_is_no_cause_of_what_the_clock_did(scenes, told, bergen):
    [young] = reports(bergen, 1)
    earlier = told(scenes.NOW)
    row = {"bekymringsmeldingId": portal_id(young), "tidspunkt": scenes.wall(scenes.NOW - DAY), "tilstand": "AKSEPTERT"}
    scenes.bring_in(bergen, "portal-history", row, now=scenes.NOW + DAY)

    assert causes(earlier, told(scenes.NOW + 9 * DAY)) == {"clock": 1}


def test_a_decision_and_its_withdrawal(scenes, told, bergen, caseworker, reviewer):
    [report] = reports(bergen, 20)
    first = told(scenes.NOW)
    decision = settle(report, by=caseworker, look_by=reviewer, now=scenes.NOW + DAY)
    second = told(scenes.NOW + 2 * DAY)
    decisions.withdraw(decision=decision, reason="Feil melding.", by=caseworker, now=scenes.NOW + 3 * DAY)

    assert causes(first, second) == {"decision": 1}
    assert causes(second, told(scenes.NOW + 4 * DAY)) == {"withdrawn_decision": 1}
    assert causes(first, told(scenes.NOW + 4 * DAY)) == {}


def test_two_messages_that_turn_out_to_be_one_and_then_two_again(scenes, told, bergen):
    one, other = reports(bergen, 20, 20)
    named = {"service": bergen, "one": one.pk, "namespace": "portal", "value": portal_id(other), "by": "7"}
    first = told(scenes.NOW)
    ledger.tie(**named, now=scenes.NOW + DAY)
    second = told(scenes.NOW + 2 * DAY)
    ledger.untie(**named, now=scenes.NOW + 3 * DAY)

    assert causes(first, second) == {"new_tie": 1}
    assert causes(second, told(scenes.NOW + 4 * DAY)) == {"undone_tie": 1}


def test_a_record_that_names_two_known_messages_ties_them(scenes, told, bergen):
    portal, message = scenes.uuid(), scenes.uuid()
    at = {"tidspunkt": scenes.wall(scenes.RECEIVED)}
    scenes.bring_in(bergen, "portal-history", {"bekymringsmeldingId": portal, **at, "tilstand": "AKSEPTERT"})
    sent = {"bekymringsmeldingId": scenes.uuid(), "meldingId": message, **at, "tilstand": "SENDT_FAGSYSTEM"}
    scenes.bring_in(bergen, "portal-history", sent)
    first = told(scenes.NOW)
    scenes.bring_in(bergen, "portal-history", {"bekymringsmeldingId": portal, "meldingId": message, **at, "tilstand": "SENDT_FAGSYSTEM"}, now=scenes.NOW + DAY)

    assert causes(first, told(scenes.NOW + DAY)) == {"new_tie": 1}


def test_a_file_that_was_taken_back_is_a_correction(scenes, told, bergen, manager):
    [report] = reports(bergen, 20)
    wrong = registered(scenes, bergen, report, case="17", now=scenes.NOW)
    first = told(scenes.NOW)
    undoing.undo(feed_import=wrong, reason="Feil fil.", by=manager, now=scenes.NOW + DAY)

    assert causes(first, told(scenes.NOW + 2 * DAY)) == {"correction": 1}


def test_a_status_that_somebody_explained_is_a_correction(scenes, told, bergen, manager):
    [report] = reports(bergen, 20)
    scenes.bring_in(bergen, "portal-history", {"bekymringsmeldingId": portal_id(report), "tidspunkt": scenes.wall(scenes.NOW), "tilstand": "STANSET"})
    first = told(scenes.NOW)
    words.say(service=bergen, source="portal-history", native="STANSET", code="failed", reason="Portalen sier det.", by=manager, now=scenes.NOW + DAY)

    assert causes(first, told(scenes.NOW + 2 * DAY)) == {"correction": 1}


def test_other_durations_are_told_from_the_clock(scenes, told, bergen):
    reports(bergen, 4, 20)
    first = told(scenes.NOW, as_of=scenes.NOW - DAY, known_at=scenes.NOW)
    Policy.objects.filter(name="register_grace").update(hours=24 * 30)
    second = told(scenes.NOW)
    Policy.objects.filter(name="register_grace").update(hours=72)

    assert causes(first, second) == {"changed_policy": 1}


def test_the_causes_of_every_figure_add_up_to_its_difference(scenes, told, bergen, caseworker, reviewer):
    a, b, c, d, _young = reports(bergen, 20, 20, 20, 20, 1)
    first = told(scenes.NOW)
    registered(scenes, bergen, a, case="17", now=scenes.NOW + DAY)
    settle(b, by=caseworker, look_by=reviewer, now=scenes.NOW + DAY)
    ledger.tie(service=bergen, one=c.pk, namespace="portal", value=portal_id(d), by="7", now=scenes.NOW + DAY)

    found = explained(first, told(scenes.NOW + 5 * DAY))

    assert {cause: count for cause, count in found.counts.items() if count} == {Cause.LATE_FEED: 1, Cause.DECISION: 1, Cause.NEW_TIE: 1, Cause.CLOCK: 1}
    assert total(found.figures.values()) == found.whole
    assert found.whole["inbound"]["deliveries"] == {"": -1}
    [(moved, turn)] = explaining.rows(turns=[turn for turn in found.turns if turn.cause == Cause.DECISION], first=0, count=10)
    assert (moved, turn.was.state, turn.became.state) == (b.pk, "unconfirmed", "settled")
