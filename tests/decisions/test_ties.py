"""A person ties a message to a registration that no reference ties it to, and unties it: one tie and nothing else."""

from datetime import timedelta

import pytest
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.audit.models import Entry
from apps.decisions import actions, queries, ties
from apps.deliveries import actions as deliveries
from apps.deliveries.models import Delivery
from apps.ledger import actions as ledger
from apps.ledger import invariants as of_the_ledger
from apps.ledger.models import Event, Reference
from tests import scenes
from tests.decisions.test_actions import decide
from tests.deliveries.test_candidates import DAY, THURSDAY, registered
from tests.scenes import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _in_english(settings):
    settings.LANGUAGE_CODE = "en"


@pytest.fixture
def registration(bergen):
    (one,) = registered(bergen, THURSDAY, codes=(11,))
    return one


def tie(delivery, registration, by, **more):
    delivery = scenes.again(delivery)
    asked = {"expected_version": queries.version(delivery), **more}
    return ties.accept(delivery=delivery, registration=registration.pk, by=by, now=NOW, **asked)


def undo(delivery, by):
    delivery = scenes.again(delivery)
    (one,) = ties.by_people(delivery)
    return ties.undo(delivery=delivery, tie=one.tie.pk, by=by, now=NOW + timedelta(hours=1))


# -- what a tie does


def test_a_tied_message_has_arrived_and_the_trail_says_who_did_it(report, registration, caseworker):
    together = tie(report, registration, caseworker)

    assert (together.state, together.registered_at is not None) == ("arrived", True)
    assert scenes.again(registration) == together
    (one,) = ties.by_people(together)
    assert (one.who, one.decision) == (str(caseworker), None)
    assert Entry.objects.get(verb="tied").person_id == caseworker.pk
    assert Event.objects.filter(code="tied").count() == 1


def test_an_undone_tie_leaves_both_as_they_were(report, registration, caseworker):
    before = [(one.pk, one.state) for one in (scenes.again(report), scenes.again(registration))]
    tie(report, registration, caseworker)

    undo(report, caseworker)

    assert [(one.pk, one.state) for one in (scenes.again(report), scenes.again(registration))] == before
    assert ties.by_people(scenes.again(report)) == []
    assert Entry.objects.filter(verb="untied").count() == 1


def test_a_report_about_three_children_takes_three_registrations(scenes, bergen, caseworker):
    report = scenes.report(bergen, children=3)
    siblings = registered(bergen, THURSDAY, THURSDAY, THURSDAY, codes=(11,))

    states = [tie(report, one, caseworker).state for one in siblings]

    assert states == ["partly_registered", "partly_registered", "arrived"]


def test_a_registration_far_from_the_day_of_receipt_is_left_to_a_decision(bergen, report, caseworker):
    (late,) = registered(bergen, THURSDAY + 5 * DAY, codes=(11,))

    with pytest.raises(ties.TooFarApart):
        tie(report, late, caseworker)

    assert scenes.again(report).state == "unconfirmed"


def test_what_is_tied_already_is_not_free(bergen, report, registration, caseworker):
    tie(scenes.report(bergen), registration, caseworker)

    with pytest.raises(ties.NotFree):
        tie(report, registration, caseworker)


def test_a_registration_that_a_waiting_decision_names_is_not_tied_to_another(bergen, report, caseworker):
    (late,) = registered(bergen, THURSDAY + 5 * DAY, codes=(11,))
    other = scenes.report(bergen, received=scenes.RECEIVED + 5 * DAY, now=NOW)
    decide(report, caseworker, "found_registered", case_reference=Reference.objects.get(pk=late.pk).value)

    with pytest.raises(actions.pointing.ReferenceTaken):
        tie(other, late, caseworker)


def test_nothing_is_tied_while_a_decision_waits_for_its_look(report, registration, caseworker):
    decide(report, caseworker, "test_message")

    with pytest.raises(actions.AlreadyDecided):
        tie(report, registration, caseworker)


def test_whoever_saw_an_older_page_ties_nothing(report, registration, caseworker):
    decide(report, caseworker, "note")

    with pytest.raises(actions.ChangedMeanwhile):
        tie(report, registration, caseworker, expected_version=0)


def test_another_services_registration_is_not_there(report, caseworker):
    (foreign,) = registered(scenes.service("3907"), THURSDAY, orgnr="916882807")

    with pytest.raises(ties.NotFree):
        tie(report, foreign, caseworker)


def test_a_reviewer_may_tie_and_untie_nothing(report, registration, caseworker, reviewer):
    with pytest.raises(actions.NotAllowed):
        tie(report, registration, reviewer)
    tie(report, registration, caseworker)
    with pytest.raises(actions.NotAllowed):
        undo(report, reviewer)


def test_a_tie_that_follows_from_a_decision_is_undone_by_withdrawing_that(report, registration, caseworker):
    decide(report, caseworker, "found_registered", case_reference=Reference.objects.get(pk=registration.pk).value)

    with pytest.raises(ties.MadeByDecision):
        undo(report, caseworker)


# -- the page


def page(delivery):
    return reverse("deliveries:detail", args=[delivery.pk])


def text(response):
    return " ".join(response.content.decode().split())


def test_the_page_shows_candidates_and_ties_one_with_one_click(client, report, registration, caseworker):
    client.force_login(caseworker)
    shown = client.get(page(report))

    assert "Could be one of these registrations" in text(shown)
    assert 'data-key="t"' in text(shown)
    sent = client.post(reverse("decisions:tie", args=[report.pk]), {"registration": registration.pk, "version": shown.context["version"]}, follow=True)

    assert "the message and the registration are one" in text(sent)
    assert "Undo this tie" in text(sent)
    assert "Registered in the case system 01.02.2024. Nothing is missing." in text(sent)
    assert "01.02.2024 00:00" not in text(sent)
    (one,) = sent.context["ties"]
    back = client.post(reverse("decisions:untie", args=[report.pk]), {"tie": one.tie.pk}, follow=True)
    assert "The tie is undone" in text(back)
    told = {line.event.code: line.by for line in back.context["events"]}
    assert (told["tied"], told["untied"]) == (str(caseworker), str(caseworker))
    assert scenes.again(report).state == "unconfirmed"


def test_what_cannot_be_tied_is_refused_with_what_to_do(client, bergen, report, caseworker):
    (late,) = registered(bergen, THURSDAY + 5 * DAY, codes=(11,))
    client.force_login(caseworker)
    assert 'data-key="t"' not in text(client.get(page(report)))

    sent = client.post(reverse("decisions:tie", args=[report.pk]), {"registration": late.pk, "version": 0})
    nonsense = client.post(reverse("decisions:tie", args=[report.pk]), {"registration": "x" * 9, "version": "-1"})

    assert (sent.status_code, nonsense.status_code) == (422, 409)
    assert "another person has to look" in text(sent)
    assert Event.objects.filter(code="tied").count() == 0


def test_an_arrived_message_shows_no_candidates(client, report, registration, caseworker):
    together = tie(report, registration, caseworker)
    client.force_login(caseworker)

    assert client.get(page(together)).context["candidates"] is None


def test_a_second_look_sees_the_candidates_and_ties_none(client, bergen, report, registration, caseworker, reviewer):
    decision = decide(report, caseworker, "test_message")
    client.force_login(reviewer)

    shown = client.get(reverse("decisions:look", args=[decision.pk]))

    assert "Could be one of these registrations" in text(shown)
    assert reverse("decisions:tie", args=[report.pk]) not in text(shown)


# -- one tie undone leaves the neighbours untouched

STEPS = st.lists(st.tuples(st.booleans(), st.integers(0, 5), st.integers(0, 5)), min_size=1, max_size=14)


@settings(max_examples=25, derandomize=True, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(steps=STEPS, undone=st.integers(0, 20))
def test_undoing_one_tie_touches_only_what_it_held_together(bergen, six, steps, undone):
    """Any history of ties and unties; then one tie in force is undone: every other message is column for column what it was."""
    told = six()
    for ties_them, one, other in steps:
        if one != other:
            (ledger.tie if ties_them else ledger.untie)(service=bergen, one=told[one], **named(told[other]), by="7", now=NOW)
    deliveries.reconcile(service=bergen, deliveries=told, now=NOW)
    in_force = list(of_people(told))
    if not in_force:
        return
    before, sets = columns(told), parts(told, in_force)
    chosen = in_force[undone % len(in_force)]

    homes = ledger.untie(service=bergen, one=chosen[0], **named(chosen[1]), by="7", now=NOW)
    deliveries.reconcile(service=bergen, deliveries=homes, now=NOW)

    left = parts(told, [pair for pair in in_force if pair != chosen])
    assert {home: Reference.objects.get(pk=home).delivery for home in told} == left
    untouched = [home for home in told if chosen[0] not in sets_of(home, sets)]
    assert {home: columns(told)[home] for home in untouched} == {home: before[home] for home in untouched}
    assert [word for one in of_the_ledger.INVARIANTS if one.id == "I3" for word in one.offending(NOW)] == []


@pytest.fixture
def six(bergen):
    """Makes six messages that nothing ties yet; gives their homes."""

    def make():
        rows = [{"bekymringsmeldingId": scenes.uuid(), "innsendt": scenes.wall(scenes.RECEIVED), "skjemaType": "PRIVAT"} for _ in range(6)]
        scenes.bring_in(bergen, "portal-list", *rows)
        return [Reference.objects.get(value=row["bekymringsmeldingId"]).pk for row in rows]

    return make


def named(home):
    one = Reference.objects.get(pk=home)
    return {"namespace": one.namespace, "value": one.value}


def of_people(homes):
    return ledger.queries.ties(homes=homes).filter(feed_import__isnull=True).values_list("one", "other")


def parts(homes, pairs):
    return ledger.joining.parts(homes, pairs)


def sets_of(home, sets):
    return {other for other, smallest in sets.items() if smallest == sets[home]}


def columns(homes):
    """What is stored of the delivery of each home, and None where it belongs to another's."""
    stored = {row["id"]: row for row in Delivery.objects.filter(pk__in=homes).values()}
    return {home: stored.get(home) for home in homes}
