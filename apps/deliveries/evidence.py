"""Everything known about one delivery, read for one page: references, events with their lines, the ladder, what is missing, clocks, search keys."""

from dataclasses import dataclass
from datetime import datetime

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, QuerySet
from django.db.models.functions import JSONObject
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from apps.deliveries import clocks, missing, search_keys
from apps.deliveries.ladder import Rung, ladder
from apps.deliveries.models import Category, Delivery
from apps.deliveries.queries import RANK
from apps.deliveries.states import State
from apps.deliveries.words import PARTICULARS, REOPENED, YES_AND_NO
from apps.ledger import meanings, words
from apps.ledger.models import Coverage, Event, Particulars, Reference

# More than this of one message is a fault of a source; the page says how many it leaves out.
MOST_EVENTS = 500
MOST_REFERENCES = 200


@dataclass(frozen=True)
class Evidence:
    """Times are aware; `particulars` are labels with every value that any record gave."""

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
    particulars: list[tuple[str | Promise, list[str | Promise]]]
    received_at: datetime | None
    known_at: datetime | None

    @property
    def title(self) -> str | Promise:
        return _("Message") if self.delivery.category == Category.UNKNOWN else Category(self.delivery.category).label

    @property
    def version(self) -> int | None:
        """The ledger's sequence of the last thing a person did; 0 when nobody has done anything, None where not all events were read."""
        return None if self.events_left_out else max((event.pk for event in self.events if event.source == "person"), default=0)

    @property
    def known_by_day(self) -> bool:
        return self.is_by_day(self.known_at)

    @property
    def since_by_day(self) -> bool:
        return self.is_by_day(self.delivery.since)

    def is_by_day(self, at: datetime | None) -> bool:
        """Whether what was told of this moment is its day alone."""
        return any(event.by_day and event.occurred_at == at for event in self.events)

    @property
    def has_arrived(self) -> bool:
        return self.delivery.state == State.ARRIVED

    @property
    def reopened(self) -> str | Promise:
        return REOPENED.get(self.delivery.reopened_by, "")


def evidence(*, delivery: Delivery, now: datetime) -> Evidence:
    """What the records say of a delivery at the clock `now`; people's own facts are among the events.

    One query for a delivery that came with `told_of` itself, else four; and one more where the meaning of a status hangs on what other records say,
    or nobody knew it.
    """
    references = references_of(delivery)
    events, left_out = events_of(delivery)
    attributes = attributes_of(delivery)
    read_again(events)
    rungs = ladder(delivery, events)
    coverage: Coverage | None = getattr(delivery.service, "coverage", None)  # a query only where the caller has not asked for it with the delivery
    reaches_at = coverage.reaches_at if coverage else None
    seen = [at for at in (delivery.opened_at, delivery.registered_at, delivery.concluded_at) if at]
    seen += [event.occurred_at for event in events if event.source == "person"]
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
        particulars=[(label, [YES_AND_NO.get(value, value) for value in attributes[name]]) for name, label in PARTICULARS.items() if name in attributes],
        received_at=clocks.received_at(delivery),
        known_at=min(seen, default=None),
    )


def told_of(deliveries: QuerySet[Delivery]) -> QuerySet[Delivery]:
    """Deliveries that bring along, in the one query, what `evidence` would ask for next: coverage, references, and what records say besides."""
    named = _references(OuterRef("pk")).values(named=JSONObject(id="id", namespace="namespace", value="value"))
    said = _particulars(OuterRef("pk")).values("attributes")
    return deliveries.select_related("service__coverage").annotate(named=ArraySubquery(named), said=ArraySubquery(said))


def references_of(delivery: Delivery) -> list[Reference]:
    """The reference that names the message to people first."""
    if hasattr(delivery, "named"):
        return [Reference(service_id=delivery.service_id, delivery=delivery.pk, **one) for one in delivery.named]
    return list(_references(delivery.pk))


def _references(delivery: int | OuterRef) -> QuerySet[Reference]:
    return Reference.objects.filter(delivery=delivery).order_by(RANK, "pk")[:MOST_REFERENCES]


def _particulars(delivery: int | OuterRef) -> QuerySet[Particulars]:
    return Particulars.objects.standing().filter(reference__delivery=delivery).order_by("pk")


def events_of(delivery: Delivery) -> tuple[list[Event], int]:
    """In the order they happened; of two at one moment, the one learned first."""
    events = Event.objects.standing().filter(reference__delivery=delivery.pk).select_related("feed_import", "reference").order_by("occurred_at", "id")
    shown = list(events[: MOST_EVENTS + 1])
    return shown[:MOST_EVENTS], events.count() - MOST_EVENTS if len(shown) > MOST_EVENTS else 0


def read_again(events: list[Event]) -> None:
    """Give statuses the code that they have by what any record says of the message, and by what somebody said of them, as the fold reads them."""
    words.read(events)
    hanging = [event for event in events if (event.source, event.native) in meanings.MEANINGS]
    said: dict[int, dict[str, str]] = {event.reference_id: {} for event in hanging}
    for home, attributes in Particulars.objects.standing().filter(reference__in=said).values_list("reference", "attributes") if hanging else ():
        said[home] = {name: min(attributes.get(name, value), value) for name, value in (attributes | said[home]).items()}
    for event in hanging:
        event.code = meanings.code(event.source, event.native, said[event.reference_id], event.code)


def attributes_of(delivery: Delivery) -> dict[str, list[str]]:
    """Each attribute with its different values, in the order the ledger learned them."""
    told: dict[str, list[str]] = {}
    said = delivery.said if hasattr(delivery, "said") else _particulars(delivery.pk).values_list("attributes", flat=True)
    for attributes in said:
        for name, value in attributes.items():
            values = told.setdefault(name, [])
            if str(value) not in values:
                values.append(str(value))
    return told
