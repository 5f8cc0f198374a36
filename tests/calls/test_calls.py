""" "I sent it on that day, have you got it?": found, noted, opened as a gap of its own, answered."""

from datetime import date, datetime, timedelta

import pytest
import time_machine
from django.urls import reverse

from apps.audit.models import Entry
from apps.calls import actions, invariants, queries
from apps.calls.models import Call
from apps.decisions import actions as decisions
from apps.decisions import invariants as of_decisions
from apps.decisions import ties
from apps.deliveries import actions as deliveries
from apps.deliveries import invariants as of_deliveries
from apps.deliveries.models import Delivery
from apps.ledger import invariants as of_the_ledger
from apps.ledger.models import Event, Reference
from tests import scenes
from tests.pages import call as noted
from tests.pages import decide, signed_in
from tests.scenes import NOW, RECEIVED

DAY = timedelta(days=1)
THURSDAY = date(2024, 2, 1)
LIST, SEARCH, NOTE = reverse("calls:list"), reverse("calls:search"), reverse("calls:note")
ASKED = {"first_day": "2024-02-01", "way": "portal", "reporter": "public"}


@pytest.fixture(autouse=True)
def at_a_fixed_time(db, settings):
    settings.LANGUAGE_CODE = "en"
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def client(caseworker):
    return signed_in(caseworker)


def note(service, by, delivery=None, **more):
    return noted(service, delivery, by, **more)


def message(call):
    return Delivery.objects.get(pk=Reference.objects.get(pk=call.reference_id).delivery)


def text(response):
    return " ".join(response.content.decode().split())


def broken():
    kept = (*invariants.INVARIANTS, *of_decisions.INVARIANTS, *of_deliveries.INVARIANTS, *of_the_ledger.INVARIANTS)
    return [(one.id, word) for one in kept for word in one.offending(NOW) if one.id in ("I2", "I3", "I4", "I5")]


# -- what a call does


def test_a_message_that_nobody_knew_gets_a_gap_of_its_own_on_the_worklist(bergen, caseworker):
    call = note(bergen, caseworker)

    gap = message(call)
    assert (gap.state, gap.channel, gap.reporter, gap.direction) == ("unconfirmed", "call", "public", "inbound")
    assert gap.sent_at == datetime.fromisoformat("2024-02-01T00:00:00+01:00")
    assert (gap.source_missing, gap.receipted_at, gap.gone_at) == (False, None, None)
    assert Delivery.objects.open().get() == gap
    assert broken() == []


def test_a_gap_of_today_is_still_within_the_time_it_may_take(bergen, caseworker):
    gap = message(note(bergen, caseworker, first_day=NOW.date(), last_day=NOW.date()))

    assert gap.state == "in_transit"


def test_a_rebuilt_gap_is_the_same(bergen, caseworker):
    gap = message(note(bergen, caseworker))
    before = Delivery.objects.filter(pk=gap.pk).values().get()

    deliveries.rebuild(now=NOW)

    assert Delivery.objects.filter(pk=gap.pk).values().get() == before


def test_a_call_on_an_open_message_is_noted_and_changes_no_state(bergen, caseworker, report):
    call = note(bergen, caseworker, report)

    assert (message(call), message(call).state) == (report, "unconfirmed")
    assert not call.opens
    assert Entry.objects.get(verb="called").person_id == caseworker.pk
    assert broken() == []


def test_a_call_on_a_settled_message_opens_it_again_and_says_why(bergen, caseworker, report):
    decision = decide(report, caseworker)
    decisions.give_second_look(decision=decision, agrees=True, reason="Står PRØVE.", by=scenes.person("Berit", "reviewer", of=bergen), now=NOW)
    assert scenes.again(report).state == "settled"

    note(bergen, caseworker, report, now=NOW + DAY)

    assert (scenes.again(report).state, scenes.again(report).reopened_by) == ("unconfirmed", "sender_called")


def test_a_call_on_an_arrived_message_leaves_it_arrived(bergen, caseworker, report):
    scenes.registration(bergen, at=RECEIVED, portal=Reference.objects.get(pk=report.pk).value, case="17")

    note(bergen, caseworker, report)

    assert scenes.again(report).state == "arrived"


def test_what_is_found_later_is_tied_to_the_gap_and_can_be_untied(bergen, caseworker, report):
    call = note(bergen, caseworker)
    gap = message(call).pk

    together = actions.find(call=call, delivery=report, by=caseworker, now=NOW)

    assert (together.channel, together.receipted_at is not None) == ("portal", True)
    assert not Delivery.objects.filter(pk=gap).exclude(pk=together.pk).exists()
    (tie,) = ties.by_people(together)
    ties.undo(delivery=together, tie=tie.tie.pk, by=caseworker, now=NOW + DAY)
    assert {message(call).channel, scenes.again(report).channel} == {"call", "portal"}
    assert broken() == []


def test_a_call_on_a_known_message_has_nothing_to_find(bergen, caseworker, report):
    call = note(bergen, caseworker, report)

    with pytest.raises(actions.AlreadyFound):
        actions.find(call=call, delivery=scenes.report(bergen), by=caseworker, now=NOW)


def test_a_registration_is_not_tied_to_a_gap_by_its_number_alone(bergen, caseworker):
    call = note(bergen, caseworker)
    scenes.registration(bergen, at=RECEIVED, case="17")

    with pytest.raises(actions.IsRegistration):
        actions.find(call=call, delivery=scenes.known_as("4601:17"), by=caseworker, now=NOW)


def test_a_search_that_asks_nothing_is_no_mistake(client):
    assert client.get(SEARCH, {"service": "4601"}).status_code == 200
    assert client.get(SEARCH, {"first_day": "31.02.2024"}).status_code == 400


def test_another_services_message_is_not_there(bergen, caseworker):
    foreign = scenes.report(scenes.service("3907"))

    with pytest.raises(actions.NotThere):
        note(bergen, caseworker, foreign)


@pytest.mark.parametrize("role", ["reviewer", "auditor", "import_administrator"])
def test_who_may_not_decide_notes_no_call(bergen, role):
    with pytest.raises(actions.NotAllowed):
        note(bergen, scenes.person("Rolf", role, of=bergen))


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("text", "Gjelder 01818012345", "This looks like a national identity number."),
        ("text", "født 01.81.80-12345", "This looks like a national identity number."),
        ("text", "x" * 4001, "The text is too long"),
        ("text", "a\x00b", "The text holds a character that cannot be kept."),
        ("last_day", THURSDAY - DAY, "The last day lies before the first."),
        ("last_day", THURSDAY + 30 * DAY, "The day lies ahead."),
        ("way", "pigeon", "Choose how."),
        ("reporter", "", "Choose what kind of reporter it is."),
    ],
)
def test_what_cannot_be_kept_is_refused_beside_its_field(bergen, caseworker, field, value, sentence):
    with pytest.raises(actions.Incomplete) as refused:
        note(bergen, caseworker, **{field: value})

    assert sentence in str(refused.value.problems[field])
    assert not Call.objects.exists()


def test_a_call_is_answered_once(bergen, caseworker, report):
    call = note(bergen, caseworker, report)
    given = {"call": call, "day": NOW.date(), "how": "phone", "text": "Bedt om å sende på nytt.", "by": caseworker, "now": NOW}

    actions.answer(**given)

    assert not Call.objects.unanswered().exists()
    with pytest.raises(actions.AlreadyAnswered):
        actions.answer(**given)


# -- what is found


def found(bergen, **asked):
    asked = {"first_day": THURSDAY, "last_day": THURSDAY, "way": "unknown", "reporter": "unknown", **asked}
    return list(queries.fitting(Delivery.objects.filter(service=bergen), **asked))


def test_messages_are_found_by_day_way_and_kind_without_a_name(bergen):
    public = scenes.report(bergen)
    private = scenes.report(bergen, kind="PRIVAT", received=RECEIVED + DAY)
    scenes.report(bergen, received=RECEIVED + 3 * DAY)
    scenes.registration(bergen, at=RECEIVED, case="17")
    letter = scenes.known_as("4601:17")

    assert set(found(bergen)) == {public, private, letter}
    assert found(bergen, way="portal", reporter="private") == [private]
    assert found(bergen, way="portal", reporter="public") == [public]
    assert found(bergen, first_day=THURSDAY - 9 * DAY, last_day=THURSDAY - 5 * DAY) == []


def test_others_of_the_same_days_and_way_are_the_cohort(bergen, caseworker, report):
    other = scenes.report(bergen, kind="PRIVAT")
    call = note(bergen, caseworker, report)

    assert list(queries.cohort(Delivery.objects.all(), call)) == [other]


# -- the pages


def test_from_the_question_to_the_answer(client, bergen, report):
    shown = client.get(SEARCH, ASKED)
    assert [row["id"] for row in shown.context["rows"]] == [report.pk]

    noted = client.post(NOTE, {**ASKED, "last_day": "2024-02-01", "service": "4601", "delivery": report.pk, "text": ""}, follow=True)
    assert "We cannot show that the report you say you sent on 01.02.2024 has reached us." in text(noted)

    call = Call.objects.get()
    answered = client.post(reverse("calls:answer", args=[call.pk]), {"day": "2024-02-08", "how": "phone", "text": ""}, follow=True)
    assert "Answered on" in text(answered)
    assert "(in time)" in text(answered)
    again = client.post(reverse("calls:answer", args=[call.pk]), {"day": "2024-02-08", "how": "phone", "text": ""})
    assert again.status_code == 409


def test_a_call_that_fits_nothing_opens_a_gap_from_the_page_and_is_found_later(client, bergen, report):
    opened = client.post(NOTE, {**ASKED, "first_day": "2024-01-20", "last_day": "2024-01-20", "service": "4601", "delivery": "", "text": ""}, follow=True)
    assert "it has a gap of its own" in text(opened)
    call = Call.objects.get()

    page = client.get(reverse("deliveries:detail", args=[call.reference_id]))
    assert page.status_code == 200
    assert "A reporter&#x27;s call" in text(page)
    unknown = client.post(reverse("calls:find", args=[call.pk]), {"delivery": "nothing"})
    assert unknown.status_code == 422
    tied = client.post(reverse("calls:find", args=[call.pk]), {"delivery": str(report.pk)}, follow=True)
    assert "The call and the message are one." in text(tied)


def test_an_identity_number_is_refused_beside_the_field_and_the_text_is_kept(client, report):
    response = client.post(NOTE, {**ASKED, "last_day": "2024-02-01", "service": "4601", "delivery": "", "text": "barnet 01818012345"})

    assert response.status_code == 422
    assert "This looks like a national identity number." in text(response)
    assert "barnet 01818012345" in text(response)
    assert Event.objects.filter(code="called").count() == 0


def test_the_register_lists_calls_and_those_not_answered(client, bergen, caseworker, report):
    call = note(bergen, caseworker, report)

    assert call.number in text(client.get(LIST, {"answered": "no"}))
    assert call.number not in text(client.get(LIST, {"answered": "yes"}))


def test_the_pages_take_few_queries(client, bergen, caseworker, report, django_assert_max_num_queries):
    call = note(bergen, caseworker, report)
    client.get(LIST)

    for page, query, most in ((LIST, {}, 10), (SEARCH, ASKED, 8), (reverse("calls:detail", args=[call.pk]), {}, 10)):
        with django_assert_max_num_queries(most):
            client.get(page, query)


def test_foreign_and_absent_calls_answer_alike(bergen, caseworker, report):
    call = note(bergen, caseworker, report)
    stranger = signed_in(scenes.person("Siri", "caseworker", of=scenes.service("5001")))

    assert stranger.get(reverse("calls:detail", args=[call.pk])).status_code == 404
    assert stranger.get(reverse("calls:detail", args=[2**40])).status_code == 404
    refused = stranger.post(NOTE, {**ASKED, "last_day": "2024-02-01", "service": "4601", "delivery": report.pk, "text": ""})
    assert refused.status_code == 404


def test_an_answer_ends_the_messages_clock_of_three_weeks(client, bergen, caseworker, report):
    call = note(bergen, caseworker, report)
    actions.answer(call=call, day=NOW.date(), how="phone", text="", by=caseworker, now=NOW)

    page = client.get(reverse("deliveries:detail", args=[report.pk]))

    clocks = {clock.name: (clock.words, clock.manner) for clock in page.context["known"].clocks}
    assert clocks["Three weeks to answer"] == ("answered 08.02.2024, in time", "kept")
    assert call.number in text(page)
