"""What a page says of one delivery in words: what is missing, what is waited for, the clocks, and what to search for."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import translation

from apps.deliveries import clocks, missing
from apps.deliveries.ladder import ladder
from apps.deliveries.models import Delivery
from apps.deliveries.search_keys import search_keys
from apps.deliveries.states import State
from apps.ledger.models import Event, Reference

RECEIVED = datetime(2024, 2, 1, 9, 12, tzinfo=UTC)
NOW = RECEIVED + timedelta(days=10)


@pytest.fixture(autouse=True)
def in_english():
    with translation.override("en"):
        yield


def after(**length):
    return RECEIVED + timedelta(**length)


def known(state=State.UNCONFIRMED, direction="inbound", **columns):
    return Delivery(
        **{
            "pk": 1,
            "direction": direction,
            "state": state,
            "channel": "portal",
            "since": RECEIVED,
            "first_at": RECEIVED,
            "clock": NOW,
            "receipted_at": RECEIVED,
            **columns,
        }
    )


def told(delivery, *events):
    return missing.sentence(delivery, ladder(delivery, events))


@pytest.mark.parametrize(
    ("delivery", "sentence"),
    [
        (known(), "Receipt given 01.02.2024 10:12; the case system has no record of it."),
        (known(fetched_at=after(hours=1)), "Said to be delivered 01.02.2024 11:12; the case system has no record of it."),
        (known(posted_at=after(days=1)), "Sent as a letter 02.02.2024 10:12; the case system has no record of it."),
        (known(State.ARRIVED, registered_at=after(days=1)), "Registered in the case system 02.02.2024 10:12. Nothing is missing."),
        (known(State.PARTLY_REGISTERED, registered_at=after(days=1), children=3, case_count=1), "Registered 02.02.2024 10:12, but for 1 of 3 children."),
        (
            known(State.OPENED_LATE, available_at=RECEIVED, opened_at=after(days=9)),
            "Opened 10.02.2024 10:12, 9 days after it came; the case system has no record of it.",
        ),
        (
            known(State.REMOVED, registered_at=after(days=1), last_registered_at=after(days=1), withdrawn_at=after(days=2)),
            "Registered 02.02.2024 10:12, but the registration was withdrawn 03.02.2024 10:12.",
        ),
        (
            known(State.REMOVED, removed_at=after(days=3), since=after(days=3)),
            "Receipt given 01.02.2024 10:12; removed 04.02.2024 10:12, and nobody had opened it.",
        ),
        (known(State.UNKNOWN, receipted_at=None), "No record says that it was sent, received or opened."),
        (known(State.UNOPENED, "outbound"), "Receipt given 01.02.2024 10:12; the recipient has not opened it."),
        (
            known(State.HANDED_OVER, "outbound", fetched_at=after(hours=1)),
            "Said to be delivered 01.02.2024 11:12; the recipient's system or the post has it, and nothing shows that anybody opened it.",
        ),
    ],
)
def test_the_strongest_evidence_is_said_first_and_then_what_is_missing(delivery, sentence):
    assert told(delivery) == sentence


def test_a_fetching_is_told_from_a_claim_by_its_event():
    delivery = known(fetched_at=after(hours=1))

    assert told(delivery, Event(code="fetched", occurred_at=after(hours=1), by_day=False)).startswith("Fetched by the recipient's system")


def test_every_state_has_its_sentence_in_both_directions():
    for direction in ("inbound", "outbound"):
        states = set(State) - ({State.HANDED_OVER} if direction == "inbound" else {State.PARTLY_REGISTERED, State.OPENED_LATE})
        assert states <= set(missing.LACKING[direction])
        for state in states:
            assert told(known(state, direction))


@pytest.mark.parametrize(
    ("reaches", "words"),
    [
        (None, "No data from the case system have come yet"),
        (after(days=4), "The case system's data cover this"),
        (after(days=2), "The case system's data do not reach this day yet"),
    ],
)
def test_missing_and_not_yet_covered_are_told_apart(reaches, words):
    assert missing.coverage(known(waits_until=after(days=3)), reaches).startswith(words)


def test_what_is_waited_for_and_what_should_have_come_are_told_apart():
    delivery = known(State.IN_TRANSIT, waits_until=after(days=3))

    assert missing.waiting(delivery, after(days=1)).words == "Waiting for its registration in the case system until"
    assert missing.waiting(delivery, after(days=4)).words == "It should have been registered in the case system by"


def shown(delivery, now=NOW):
    return {clock.name: (clock.manner, clock.number) for clock in clocks.clocks(delivery, now)}


def test_the_clocks_are_negative_when_late():
    assert shown(known(), now=after(days=10)) == {"One week to review": ("late", "−3 days"), "Three weeks to answer": ("running", "11 days")}


def test_the_carriers_copy_counts_down_and_then_says_that_it_is_gone():
    delivery = known(gone_at=after(days=30))

    before, soon, gone = (clocks.clocks(delivery, after(days=days))[0] for days in (10, 29, 31))

    assert (before.name, before.manner, before.number) == ("The portal's copy", "running", "20 days")
    assert (soon.manner, soon.number) == ("soon", "1 day")
    assert gone.manner == "gone"
    assert gone.words.startswith("expired on 02.03.2024.")


@pytest.mark.parametrize(("days", "manner"), [(6, "kept"), (8, "late")])
def test_a_conclusion_ends_the_clocks_in_time_or_too_late(days, manner):
    assert shown(known(concluded_at=after(days=days)))["One week to review"] == (manner, "")


@pytest.mark.parametrize("category", ["notice", "case_document", "other"])
def test_only_reports_are_reviewed_and_answered(category):
    assert shown(known(category=category)) == {}


def test_a_message_that_goes_out_has_no_week_and_no_answer():
    assert shown(known(direction="outbound")) == {}


def test_the_search_keys_are_what_the_records_give_and_nothing_else():
    references = [Reference(namespace="portal", value="2f6c8f5e"), Reference(namespace="case", value="4601:17")]

    keys = search_keys(known(reporter="public", children=2), references, {"journalnummer": ["24/117"], "feilkode": ["E1"]})

    assert [(str(key.label), key.value) for key in keys] == [
        ("Received, three days to each side", "29.01.2024–04.02.2024"),
        ("Reporter", "Public"),
        ("Children", "2"),
        ("Journal number", "24/117"),
        ("Portal reference", "2f6c8f5e"),
        ("Case system's reference", "4601:17"),
    ]
