"""The evidence ladder as a page shows it: which rungs are filled, empty or crossed, and by which event."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import translation

from apps.deliveries.ladder import ladder
from apps.deliveries.models import Delivery
from apps.deliveries.states import State
from apps.deliveries.words import EVENTS
from apps.ledger import codes
from apps.ledger.models import Event

DAY = datetime(2024, 2, 1, 9, tzinfo=UTC)


def after(hours):
    return DAY + timedelta(hours=hours)


def known(direction="inbound", **columns):
    return Delivery(pk=1, direction=direction, state=State.UNCONFIRMED, since=DAY, first_at=DAY, clock=DAY, **columns)


def event(code, hours, source="portal-history"):
    return Event(code=code, occurred_at=after(hours), source=source, by_day=False)


def manners(delivery, *events):
    return {rung.step.name: rung.manner for rung in ladder(delivery, events) if rung.manner != "empty"}


def test_an_incoming_message_has_six_rungs_and_an_outgoing_one_five():
    assert [rung.step.name for rung in ladder(known(), [])] == ["sent", "receipted", "available", "fetched", "opened", "registered"]
    assert [rung.step.name for rung in ladder(known("outbound"), [])] == ["sent", "receipted", "available", "fetched", "opened"]


def test_a_weaker_rung_is_not_filled_by_a_stronger_one():
    assert manners(known(registered_at=after(1)), event("registered", 1)) == {"registered": "filled"}


def test_a_rung_carries_the_event_that_gave_its_time():
    early, late = event("opened", 2), event("opened", 5)

    rung = next(rung for rung in ladder(known(opened_at=after(2)), [early, late]) if rung.is_filled)

    assert rung.event is early


@pytest.mark.parametrize(
    ("column", "code", "label"),
    [
        ("fetched_at", "delivered_claimed", "Said to be delivered"),
        ("fetched_at", "fetched", "Fetched"),
        ("posted_at", "print_sent", "Sent as a letter"),
        ("available_at", "published", "Made available"),
    ],
)
def test_a_claim_and_a_letter_are_called_what_they_are(column, code, label):
    rung = next(rung for rung in ladder(known(**{column: after(1)}), [event(code, 1)]) if rung.is_filled)

    with translation.override("en"):
        assert rung.label == label


@pytest.mark.parametrize(
    ("columns", "crossed"),
    [
        ({"registered_at": after(1), "last_registered_at": after(1), "withdrawn_at": after(2)}, {"registered": "crossed"}),
        ({"registered_at": after(1), "last_registered_at": after(3), "withdrawn_at": after(2)}, {"registered": "filled"}),
        ({"removed_at": after(5)}, {"opened": "crossed"}),
        ({"opened_at": after(4), "removed_at": after(5)}, {"opened": "filled"}),
        ({"opened_at": after(6), "removed_at": after(5)}, {"opened": "crossed"}),
        ({"unread_at": after(5)}, {"opened": "crossed"}),
        ({"opened_at": after(6), "unread_at": after(5)}, {"opened": "filled"}),
    ],
)
def test_what_speaks_against_a_rung_crosses_it(columns, crossed):
    assert manners(known(**columns)) == crossed


@pytest.mark.parametrize(
    ("code", "rung"),
    [("rejected", "fetched"), ("failed", "available"), ("expired", "available"), ("print_rejected", "available")],
)
def test_a_failure_that_nothing_came_after_crosses_the_rung_it_stopped(code, rung):
    delivery = known(receipted_at=after(0), progress_at=after(0), failed_at=after(3))

    assert manners(delivery, event("receipted", 0), event(code, 3)) == {"receipted": "filled", rung: "crossed"}


def test_a_failure_that_was_mended_crosses_nothing():
    delivery = known(receipted_at=after(0), fetched_at=after(5), progress_at=after(5), failed_at=after(3))

    assert "crossed" not in manners(delivery, event("rejected", 3)).values()


def test_every_code_has_its_words():
    assert set(codes.ALL) == set(EVENTS)
