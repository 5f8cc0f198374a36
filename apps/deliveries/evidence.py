"""Everything known about one delivery, read for one page: references, events with their lines, the ladder, what is missing, clocks, search keys."""

from dataclasses import dataclass
from datetime import datetime

from apps.deliveries import clocks, missing, search_keys
from apps.deliveries.ladder import Rung, ladder
from apps.deliveries.models import Delivery
from apps.ledger.models import Coverage, Event, Particulars, Reference

# More than this of one message is a fault of a source; the page says how many it leaves out.
MOST_EVENTS = 500


@dataclass(frozen=True)
class Evidence:
    """Times are aware; `attributes` holds every value that any record gave, by the source's own name."""

    delivery: Delivery
    references: list[Reference]
    events: list[Event]
    events_left_out: int
    ladder: list[Rung]
    missing: str
    coverage: str
    waiting: missing.Waiting | None
    clocks: list[clocks.Clock]
    search_keys: list[search_keys.SearchKey]
    attributes: dict[str, list[str]]
    received_at: datetime | None
    known_at: datetime | None


def evidence(*, delivery: Delivery, now: datetime) -> Evidence:
    """What the records say of a delivery at the clock `now`; people's own facts are among the events. Five queries."""
    references = list(Reference.objects.filter(delivery=delivery.pk).order_by("namespace", "value"))
    events, left_out = events_of(delivery)
    attributes = attributes_of(delivery)
    rungs = ladder(delivery, events)
    reaches_at = Coverage.objects.filter(service=delivery.service_id).values_list("reaches_at", flat=True).first()
    seen = [at for at in (delivery.opened_at, delivery.registered_at, delivery.concluded_at) if at]
    return Evidence(
        delivery=delivery,
        references=references,
        events=events,
        events_left_out=left_out,
        ladder=rungs,
        missing=missing.sentence(delivery, rungs),
        coverage=missing.coverage(delivery, reaches_at),
        waiting=missing.waiting(delivery, now),
        clocks=clocks.clocks(delivery, now),
        search_keys=search_keys.search_keys(delivery, references, attributes),
        attributes=attributes,
        received_at=clocks.received_at(delivery),
        known_at=min(seen, default=None),
    )


def events_of(delivery: Delivery) -> tuple[list[Event], int]:
    """In the order they happened; of two at one moment, the one learned first."""
    events = Event.objects.filter(reference__delivery=delivery.pk).select_related("feed_import", "reference").order_by("occurred_at", "id")
    shown = list(events[: MOST_EVENTS + 1])
    return shown[:MOST_EVENTS], events.count() - MOST_EVENTS if len(shown) > MOST_EVENTS else 0


def attributes_of(delivery: Delivery) -> dict[str, list[str]]:
    """Each attribute with its different values, in the order the ledger learned them."""
    told: dict[str, list[str]] = {}
    for attributes in Particulars.objects.filter(reference__delivery=delivery.pk).order_by("pk").values_list("attributes", flat=True):
        for name, value in attributes.items():
            values = told.setdefault(name, [])
            if str(value) not in values:
                values.append(str(value))
    return told
