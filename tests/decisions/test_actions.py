"""What a person may do about a delivery, and what follows from it."""

from datetime import date, timedelta

import psycopg
import pytest
from django.db import DatabaseError, IntegrityError, OperationalError, connection, transaction

from apps.accounts.roles import Role
from apps.decisions import actions as decisions
from apps.decisions import pointing, queries
from apps.decisions.models import Decision, SecondLook
from apps.decisions.outcomes import RULES
from apps.ledger.models import Event, Reference
from tests import scenes
from tests.decisions.test_outcomes import COMPLETE
from tests.scenes import NOW, RECEIVED

LATER = NOW + timedelta(hours=1)


def decide(delivery, by, outcome="test_message", version=None, now=NOW, **fields):
    version = queries.version(delivery) if version is None else version
    return decisions.decide(
        delivery=delivery, outcome=outcome, fields={"reason": "It says TEST in the portal.", **fields}, by=by, now=now, expected_version=version
    )


def look(decision, by, agrees=True, now=LATER, reason="I see the same."):
    return decisions.give_second_look(decision=decision, agrees=agrees, reason=reason, by=by, now=now)


def codes(delivery):
    return list(Event.objects.filter(reference__delivery=delivery.pk, source="person").order_by("id").values_list("code", "native"))


# -- deciding


def test_a_closing_outcome_waits_for_its_second_look_and_the_item_keeps_its_state(report, caseworker):
    decision = decide(report, caseworker)

    seen = scenes.again(report)
    assert (seen.state, seen.look_waits, seen.decision_stands) == ("unconfirmed", True, False)
    assert seen.gone_at == report.gone_at
    assert codes(report) == [("proposed", "test_message")]
    assert queries.waiting(seen) == decision
    assert queries.standing(seen) is None


def test_a_decision_stands_when_another_person_agrees(report, caseworker, reviewer):
    decision = decide(report, caseworker)

    look(decision, reviewer)

    seen = scenes.again(report)
    assert (seen.state, seen.outcome, seen.look_waits, seen.decided_at) == ("settled", "test_message", False, LATER)
    assert codes(report) == [("proposed", "test_message"), ("decided", "test_message")]
    assert queries.standing(seen) == decision
    assert queries.broken_evidence() == []


def test_a_decision_that_is_not_agreed_with_goes_back_to_the_queue(report, caseworker, reviewer):
    decision = decide(report, caseworker)

    look(decision, reviewer, agrees=False, reason="It names a child.")

    seen = scenes.again(report)
    assert (seen.state, seen.look_waits, seen.decision_stands) == ("unconfirmed", False, False)
    assert codes(report)[-1] == ("returned", "test_message")
    assert queries.waiting(seen) is None


def test_after_it_came_back_it_can_be_decided_again(report, caseworker, reviewer):
    look(decide(report, caseworker), reviewer, agrees=False)

    again = decide(report, caseworker, now=LATER, reason="The sender confirms that it was a test.")

    assert queries.waiting(scenes.again(report)) == again


@pytest.mark.parametrize("outcome", ["child_known", "resent", "sender_contacted", "supplier_asked", "note"])
def test_an_outcome_that_does_not_close_is_only_noted(outcome, report, caseworker):
    decision = decide(report, caseworker, outcome, **{**COMPLETE, "other_delivery": None})

    seen = scenes.again(report)
    assert (seen.state, seen.look_waits) == ("unconfirmed", False)
    assert codes(report) == [("noted", outcome)]
    assert (decision.closes, decision.needs_look) == (False, False)


def test_a_known_child_sorts_the_delivery_after_the_others_and_leaves_it_open(report, caseworker):
    decide(report, caseworker, "child_known", children=2)

    seen = scenes.again(report)
    assert (seen.child_known, seen.state) == (True, "unconfirmed")


def test_a_misaddressed_message_stays_open_until_its_recipient_confirms(report, caseworker):
    passed_on = decide(report, caseworker, "misaddressed", passed_on_to="Voss")
    confirmed = decide(report, caseworker, "misaddressed", passed_on_to="Voss", confirmed_day=date(2024, 2, 7))

    assert not passed_on.closes
    assert confirmed.closes
    assert codes(report) == [("noted", "misaddressed"), ("proposed", "misaddressed")]


def test_only_what_the_outcome_asks_for_is_kept(report, caseworker):
    decision = decide(report, caseworker, "note", **{**COMPLETE, "reason": "  Called twice.  "})

    decision.refresh_from_db()
    assert decision.reason == "Called twice."
    assert (decision.case_reference, decision.children, decision.read_by, decision.other_delivery) == ("", None, "", None)


@pytest.mark.parametrize("outcome", [outcome for outcome, rule in RULES.items() if rule.needed("inbound")])
def test_an_outcome_without_what_it_needs_is_refused_and_leaves_nothing(outcome, report, caseworker):
    with pytest.raises(decisions.Incomplete) as refused:
        decide(report, caseworker, outcome, reason="")

    assert set(refused.value.problems) == set(RULES[outcome].needed("inbound"))
    assert codes(report) == []


def test_an_unknown_outcome_is_refused_beside_its_field(report, caseworker):
    with pytest.raises(decisions.Incomplete) as refused:
        decide(report, caseworker, "archive_for_ever")

    assert set(refused.value.problems) == {"outcome"}


def test_a_sender_that_the_records_name_must_be_asked_before_a_report_is_lost(bergen, caseworker):
    named = scenes.report(bergen, sender="964338531")

    with pytest.raises(decisions.Incomplete) as refused:
        decide(named, caseworker, "lost", tried="The portal.", sender_asked=False)

    assert set(refused.value.problems) == {"sender_asked"}


def test_a_message_that_has_arrived_needs_no_decision(bergen, report, caseworker):
    portal = Reference.objects.get(delivery=report.pk).value
    scenes.registration(bergen, at=RECEIVED, portal=portal, case="9001")

    with pytest.raises(decisions.AlreadyArrived):
        decide(scenes.again(report), caseworker)


# -- who may


@pytest.mark.parametrize("role", [Role.REVIEWER, Role.IMPORT_ADMINISTRATOR, Role.AUDITOR])
def test_who_has_no_role_that_decides_cannot(role, bergen, report):
    with pytest.raises(decisions.NotAllowed):
        decide(report, scenes.person("Ivar", role, of=bergen))


def test_a_caseworker_of_another_service_cannot_decide(report):
    stranger = scenes.person("Siri", Role.CASEWORKER, of=scenes.service("5001"))

    with pytest.raises(decisions.NotAllowed):
        decide(report, stranger)


@pytest.mark.parametrize("role", [Role.CASEWORKER, Role.MANAGER])
def test_nobody_gives_the_second_look_on_their_own_decision(role, bergen, report):
    both = scenes.person("Eva", role, Role.REVIEWER, of=bergen)
    decision = decide(report, both)

    with pytest.raises(decisions.NeedsAnotherPerson):
        look(decision, both)


def test_the_database_itself_refuses_a_look_by_the_one_who_decided(report, caseworker, reviewer):
    decision = decide(report, caseworker)
    other = decisions.recorded(report, "decided", "test_message", caseworker, NOW)

    with pytest.raises(DatabaseError, match="another person"), transaction.atomic():
        SecondLook.objects.create(service=report.service, decision=decision, event=other, agrees=True, reason="Mine.", by=caseworker, at=NOW)


@pytest.mark.parametrize("role", [Role.IMPORT_ADMINISTRATOR, Role.AUDITOR])
def test_who_has_no_role_that_looks_cannot_give_a_second_look(role, bergen, report, caseworker):
    decision = decide(report, caseworker)

    with pytest.raises(decisions.NotAllowed):
        look(decision, scenes.person("Ivar", role, of=bergen))


def test_a_second_look_says_why(report, caseworker, reviewer):
    decision = decide(report, caseworker)

    with pytest.raises(decisions.Incomplete):
        look(decision, reviewer, reason="  ")


def test_a_decision_is_looked_at_once(report, caseworker, reviewer):
    decision = decide(report, caseworker)
    look(decision, reviewer)

    with pytest.raises(decisions.NothingWaits):
        look(decision, reviewer, agrees=False)


# -- two at once


def test_a_second_decision_while_one_waits_is_refused_and_says_which(report, caseworker, bergen):
    first = decide(report, caseworker)

    with pytest.raises(decisions.AlreadyDecided) as refused:
        decide(report, scenes.person("Nils", Role.CASEWORKER, of=bergen), "lost", tried="All.", sender_asked=False)

    assert refused.value.decision == first


def test_a_settled_delivery_is_not_decided_again_before_the_first_is_withdrawn(report, caseworker, reviewer):
    first = decide(report, caseworker)
    look(first, reviewer)

    with pytest.raises(decisions.AlreadyDecided) as refused:
        decide(scenes.again(report), caseworker)

    assert refused.value.decision == first


def test_a_decision_on_an_old_page_is_refused_and_says_what_has_happened_since(report, caseworker, bergen):
    old = queries.version(report)
    note = decide(report, scenes.person("Nils", Role.CASEWORKER, of=bergen), "note", reason="The sender calls back at two.")

    with pytest.raises(decisions.ChangedMeanwhile) as refused:
        decide(report, caseworker, version=old)

    assert refused.value.last == note


def test_notes_do_not_stand_in_each_others_way(report, caseworker):
    old = queries.version(report)
    decide(report, caseworker, "note", version=old)

    decide(report, caseworker, "note", version=old, reason="And another.")

    assert len(codes(report)) == 2


def test_the_database_lets_one_decision_follow_what_both_saw(report, caseworker):
    first = decide(report, caseworker)
    event = decisions.recorded(report, "proposed", "test_message", caseworker, NOW)

    with pytest.raises(IntegrityError), transaction.atomic():
        Decision.objects.create(
            service=report.service,
            reference_id=report.pk,
            event=event,
            follows=first.follows,
            outcome="test_message",
            closes=True,
            needs_look=True,
            reason="Late.",
            by=caseworker,
            at=NOW,
        )


@pytest.mark.parametrize("change", [lambda d: d.delete(), lambda d: Decision.objects.filter(pk=d.pk).update(reason="Another reason.")])
def test_a_decision_is_never_changed_or_removed(change, report, caseworker):
    decision = decide(report, caseworker)

    with pytest.raises(DatabaseError), transaction.atomic():
        change(decision)


@pytest.mark.parametrize(("outcome", "without"), [("test_message", "reason"), ("lost", "tried"), ("other_document", "read_by")])
def test_the_database_itself_refuses_an_outcome_without_its_evidence(outcome, without, report, caseworker):
    event = decisions.recorded(report, "proposed", outcome, caseworker, NOW)
    evidence = {"reason": "Why.", "tried": "All.", "read_by": "leader", "category": "notice", without: ""}

    with pytest.raises(IntegrityError), transaction.atomic():
        Decision.objects.create(
            service=report.service,
            reference_id=report.pk,
            event=event,
            follows=0,
            outcome=outcome,
            closes=True,
            needs_look=True,
            by=caseworker,
            at=NOW,
            **evidence,
        )


# -- withdrawing


def test_withdrawing_is_another_decision_and_opens_the_delivery(report, caseworker, reviewer):
    decision = decide(report, caseworker)
    look(decision, reviewer)

    withdrawal = decisions.withdraw(decision=decision, reason="It was no test after all.", by=caseworker, now=LATER + timedelta(hours=1))

    seen = scenes.again(report)
    assert withdrawal.withdraws == decision
    assert (seen.state, seen.decision_stands) == ("unconfirmed", False)
    assert codes(report)[-1] == ("withdrawn", "test_message")
    assert queries.standing(seen) is None
    assert Decision.objects.filter(pk=decision.pk).exists()


def test_a_decision_that_waits_can_be_withdrawn_and_no_longer_waits(report, caseworker, reviewer):
    decision = decide(report, caseworker)

    decisions.withdraw(decision=decision, reason="Chose the wrong line.", by=caseworker, now=LATER)

    assert not scenes.again(report).look_waits
    with pytest.raises(decisions.NothingWaits):
        look(decision, reviewer, now=LATER)


def test_a_withdrawal_says_why_and_happens_once(report, caseworker):
    decision = decide(report, caseworker)

    with pytest.raises(decisions.Incomplete):
        decisions.withdraw(decision=decision, reason="", by=caseworker, now=LATER)
    decisions.withdraw(decision=decision, reason="Chose the wrong line.", by=caseworker, now=LATER)
    with pytest.raises(decisions.NothingToWithdraw):
        decisions.withdraw(decision=decision, reason="Again.", by=caseworker, now=LATER)


def test_who_may_not_decide_may_not_withdraw(report, caseworker, reviewer):
    decision = decide(report, caseworker)

    with pytest.raises(decisions.NotAllowed):
        decisions.withdraw(decision=decision, reason="I think so.", by=reviewer, now=LATER)


# -- the case system's reference


@pytest.mark.parametrize(("days", "needs_look"), [(0, False), (3, False), (-3, False), (4, True), (-4, True)])
def test_a_registration_that_the_ledger_shows_within_three_days_needs_no_second_look(days, needs_look, bergen, report, caseworker):
    scenes.registration(bergen, at=RECEIVED + timedelta(days=days), case="9001")

    decision = decide(report, caseworker, "found_registered", case_reference="9001")

    assert (decision.needs_look, decision.case_reference) == (needs_look, "4601:9001")


def test_what_stands_is_tied_so_that_the_registration_itself_is_the_evidence(bergen, report, caseworker):
    scenes.registration(bergen, at=RECEIVED, case="9001")

    decide(report, caseworker, "found_registered", case_reference="9001")

    assert scenes.known_as("4601:9001") == scenes.again(report)
    assert (scenes.again(report).state, scenes.again(report).registered_at) == ("arrived", RECEIVED)
    assert queries.broken_evidence() == []


def test_withdrawing_parts_the_report_from_a_registration_that_was_another_ones(bergen, report, caseworker):
    scenes.registration(bergen, at=RECEIVED, case="9001")
    registered = scenes.known_as("4601:9001")
    decision = decide(report, caseworker, "found_registered", case_reference="9001")

    decisions.withdraw(decision=decision, reason="That was the neighbour's child.", by=caseworker, now=LATER)

    assert (scenes.again(report).state, scenes.again(report).registered_at) == ("unconfirmed", None)
    assert scenes.known_as("4601:9001") == registered
    assert scenes.again(registered).state == "arrived"
    assert codes(report)[-2:] == [("withdrawn", "found_registered"), ("untied", "case")]


def test_withdrawing_leaves_what_a_record_says_too(bergen, report, caseworker):
    scenes.registration(bergen, at=RECEIVED, case="9001")
    decision = decide(report, caseworker, "found_registered", case_reference="9001")
    portal = Reference.objects.get(delivery=scenes.again(report).pk, namespace="portal").value
    scenes.registration(bergen, at=RECEIVED, case="9001", portal=portal)

    decisions.withdraw(decision=decision, reason="Pressed by mistake.", by=caseworker, now=LATER)

    assert scenes.known_as("4601:9001") == scenes.again(report)
    assert scenes.again(report).state == "arrived"


def test_a_reference_that_no_file_shows_waits_for_a_look_and_is_tied_only_then(report, caseworker, reviewer):
    decision = decide(report, caseworker, "found_registered", case_reference="777")
    assert not Reference.objects.filter(namespace="case").exists()

    look(decision, reviewer)

    seen = scenes.known_as("4601:777")
    assert seen == scenes.again(report)
    assert (seen.state, seen.review_at) == ("settled", LATER + timedelta(days=30))


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("17", "4601:17"),
        (" 17 ", "4601:17"),
        ("964338531:17", "964338531:17"),
        ("2F6C8F5E-0D42-4E5F-8F0A-1A2B3C4D5E6F", "2f6c8f5e-0d42-4e5f-8f0a-1a2b3c4d5e6f"),
    ],
)
def test_a_reference_is_written_in_full(typed, kept, report, caseworker):
    assert decide(report, caseworker, "found_registered", case_reference=typed).case_reference == kept


def test_a_registration_tied_to_another_report_cannot_stand_for_this_one(bergen, report, caseworker):
    other = scenes.report(bergen, received=RECEIVED + timedelta(hours=2))
    portal = Reference.objects.get(delivery=other.pk).value
    scenes.registration(bergen, at=RECEIVED, portal=portal, case="9001")

    with pytest.raises(pointing.ReferenceTaken) as refused:
        decide(report, caseworker, "found_registered", case_reference="9001")

    assert refused.value.details == {"delivery": other.pk}
    assert codes(report) == []


def test_a_reference_that_waits_for_a_look_elsewhere_is_taken_too(bergen, report, caseworker):
    decide(scenes.report(bergen), caseworker, "found_registered", case_reference="777")

    with pytest.raises(pointing.ReferenceTaken):
        decide(report, caseworker, "recovered", case_reference="777")


def test_a_reference_taken_while_it_waited_is_refused_at_the_look(bergen, report, caseworker, reviewer):
    decision = decide(report, caseworker, "found_registered", case_reference="9001")
    other = Reference.objects.get(delivery=scenes.report(bergen).pk).value
    scenes.registration(bergen, at=RECEIVED, portal=other, case="9001", now=LATER)

    with pytest.raises(pointing.ReferenceTaken):
        look(decision, reviewer, now=LATER)


def test_two_registrations_that_end_alike_must_be_written_in_full(bergen, report, caseworker):
    scenes.registration(bergen, at=RECEIVED, case="9001")
    Reference.objects.create(pk=10**6, service=bergen, namespace="case", value="964338531:9001", delivery=10**6)

    with pytest.raises(pointing.ReferenceAmbiguous):
        decide(report, caseworker, "found_registered", case_reference="9001")


# -- sent twice


@pytest.fixture
def arrived(bergen):
    other = scenes.report(bergen, received=RECEIVED + timedelta(minutes=5))
    scenes.registration(bergen, at=RECEIVED, portal=Reference.objects.get(delivery=other.pk).value, case="9001")
    return scenes.again(other)


def test_a_repetition_points_at_one_that_has_arrived(report, arrived, caseworker):
    decision = decide(report, caseworker, "duplicate", other_delivery=str(arrived.pk))

    assert decision.other_delivery_id == arrived.pk
    assert decision.needs_look


def test_the_other_message_may_be_named_by_its_reference(report, arrived, caseworker):
    portal = Reference.objects.get(delivery=arrived.pk, namespace="portal").value

    assert decide(report, caseworker, "duplicate", other_delivery=portal.upper()).other_delivery_id == arrived.pk


def test_a_message_that_has_not_arrived_cannot_stand_for_another(bergen, report, caseworker):
    with pytest.raises(pointing.NotArrived):
        decide(report, caseworker, "duplicate", other_delivery=str(scenes.report(bergen).pk))


def test_a_message_is_no_repetition_of_itself(report, caseworker):
    with pytest.raises(pointing.Circular):
        decide(report, caseworker, "duplicate", other_delivery=str(report.pk))


def test_two_messages_do_not_stand_for_each_other(bergen, report, arrived, caseworker, reviewer):
    look(decide(report, caseworker, "duplicate", other_delivery=str(arrived.pk)), reviewer)
    portal = Reference.objects.get(delivery=arrived.pk, namespace="portal").value
    scenes.registration(bergen, at=RECEIVED, portal=portal, resultat="slettet", slettetTidspunkt=scenes.wall(LATER), now=LATER)

    with pytest.raises(pointing.Circular):
        decide(scenes.again(arrived), caseworker, "duplicate", other_delivery=str(report.pk), now=LATER)


@pytest.mark.parametrize("typed", ["123456789", "no such reference", "9" * 30])
def test_a_message_that_is_not_there_is_said_so(typed, report, caseworker):
    with pytest.raises(pointing.NoSuchDelivery):
        decide(report, caseworker, "duplicate", other_delivery=typed)


def test_a_message_of_another_service_is_not_there(report, caseworker):
    foreign = scenes.report(scenes.service("5001"))

    with pytest.raises(pointing.NoSuchDelivery):
        decide(report, caseworker, "duplicate", other_delivery=str(foreign.pk))


# -- a verdict of one's own


@pytest.mark.parametrize(("outcome", "agrees"), [("test_message", True), ("other_document", False), ("", False)])
def test_the_same_verdict_given_blind_agrees_and_another_returns(outcome, agrees, report, caseworker, reviewer):
    decision = decide(report, caseworker)

    seen = decisions.review(decision=decision, outcome=outcome, pointed_at="", reason="By the log.", by=reviewer, now=LATER)

    assert (seen.agrees, seen.outcome) == (agrees, outcome)


@pytest.mark.parametrize(("typed", "agrees"), [("777", True), ("778", False)])
def test_the_same_outcome_by_another_reference_is_another_verdict(typed, agrees, report, caseworker, reviewer):
    decision = decide(report, caseworker, "found_registered", case_reference="777")

    seen = decisions.review(decision=decision, outcome="found_registered", pointed_at=typed, reason="Searched.", by=reviewer, now=LATER)

    assert seen.agrees is agrees


# -- opening again


@pytest.fixture
def settled(report, caseworker, reviewer):
    look(decide(report, caseworker, "other_document", category="notice", read_by="team leader"), reviewer)
    assert scenes.again(report).state == "settled"
    return report


def status(bergen, delivery, state, at):
    portal = Reference.objects.get(delivery=delivery.pk, namespace="portal").value
    scenes.bring_in(bergen, "portal-history", {"bekymringsmeldingId": portal, "tidspunkt": scenes.wall(at), "tilstand": state}, now=at)


def test_a_delivery_opens_again_when_later_evidence_contradicts_the_decision_and_says_why(bergen, settled):
    status(bergen, settled, "AVVIST_FAGSYSTEM", LATER + timedelta(days=1))

    seen = scenes.again(settled)
    assert (seen.state, seen.decision_stands, seen.reopened_by) == ("failed", False, "failed_after_delivery")
    assert queries.standing(seen) is None


def test_what_opened_again_can_be_decided_again_and_then_stands(bergen, settled, caseworker, reviewer):
    status(bergen, settled, "AVVIST_FAGSYSTEM", LATER + timedelta(days=1))

    again = decide(scenes.again(settled), caseworker, now=LATER + timedelta(days=2))
    look(again, reviewer, now=LATER + timedelta(days=3))

    assert scenes.again(settled).state == "settled"
    assert queries.standing(scenes.again(settled)) == again


def test_evidence_that_does_not_contradict_leaves_it_settled(bergen, settled):
    status(bergen, settled, "SENDT_FAGSYSTEM", LATER + timedelta(days=1))

    assert scenes.again(settled).state == "settled"


# -- proof


def test_a_settled_delivery_whose_look_is_missing_is_broken_evidence(report, caseworker):
    decide(report, caseworker)
    decisions.recorded(report, "decided", "test_message", caseworker, LATER)
    decisions.deliveries.reconcile(service=report.service, deliveries=[report.pk], now=LATER)

    broken = queries.broken_evidence()

    assert [(row.delivery, row.service) for row in broken] == [(report.pk, "4601")]


# -- one at a time


def test_a_second_person_waits_until_the_first_is_done_with_the_delivery(report, caseworker):
    settings = connection.get_connection_params()
    names = {name: settings[name] for name in ("dbname", "user", "password", "host", "port") if settings.get(name)}

    with psycopg.connect(**names) as first, connection.cursor() as cursor:
        first.execute("SELECT pg_advisory_xact_lock(%s)", [report.pk])
        cursor.execute("SET LOCAL lock_timeout = '50ms'")
        with pytest.raises(OperationalError, match="lock timeout"), transaction.atomic():
            decide(report, caseworker)
        first.rollback()

    assert decide(report, caseworker).pk
