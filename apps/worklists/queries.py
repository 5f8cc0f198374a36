"""What worklists show: their counts in one query, their rows in order, and the item that comes next."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Case, Count, F, Max, Q, QuerySet, Value, When, Window
from django.db.models.functions import Lag, RowNumber

from apps.deliveries import queries as deliveries
from apps.deliveries.models import Delivery
from apps.ledger.models import Coverage, Import
from apps.worklists.catalogue import Worklist

Kind = tuple[str, str, bool, bool]


@dataclass(frozen=True)
class Tally:
    """How many deliveries of each kind: (direction, state, look waits, covered) -> count. Every number of a worklist page is a sum of these.

    `unfiltered` counts the same without the page's filter.
    """

    counts: dict[Kind, int]
    unfiltered: dict[Kind, int]

    def of(self, worklist: Worklist, direction: str, covered: bool | None = None) -> int:
        return total(self.counts, worklist, direction, covered)

    def all_of(self, worklist: Worklist, direction: str) -> int:
        return total(self.unfiltered, worklist, direction, None)


def total(counts: dict[Kind, int], worklist: Worklist, direction: str, covered: bool | None) -> int:
    return sum(
        count
        for (where, state, look_waits, is_covered), count in counts.items()
        if where == direction and worklist.holds(state, look_waits) and covered in (None, is_covered)
    )


def tally(open_deliveries: QuerySet[Delivery], *, filtered: QuerySet[Delivery] | None = None) -> Tally:
    """The counts of all worklists over these open deliveries, both directions, and over those of them that a filter leaves; one query."""
    kinds = open_deliveries.order_by().annotate(is_covered=deliveries.IS_COVERED).values_list("direction", "state", "look_waits", "is_covered")
    left = Count("pk", filter=Q(pk__in=filtered.order_by().values("pk"))) if filtered is not None else Count("pk")
    rows = list(kinds.annotate(counted=Count("pk"), left=left))
    return Tally(counts={tuple(kind): left for *kind, _all, left in rows}, unfiltered={tuple(kind): count for *kind, count, _left in rows})


def listed(open_deliveries: QuerySet[Delivery], *, worklist: Worklist, direction: str, covered: bool | None, now: datetime) -> QuerySet[Delivery]:
    """The rows of one worklist, in the order in which something can still be saved; `covered` None gives both parts."""
    rows = open_deliveries.filter(worklist.rows, direction=direction)
    if covered is not None:
        rows = rows.annotate(counts_as_covered=deliveries.IS_COVERED).filter(counts_as_covered=covered)
    return deliveries.in_rescue_order(rows, now=now)


@dataclass(frozen=True)
class Next:
    """The item that follows on a list, its place on it, and how many the list has now."""

    delivery: int
    place: int
    count: int


def next_open(*, ordered: QuerySet[Delivery], after: int, came_last: bool) -> Next | None:
    """The item behind delivery `after`, which may have left the list: its place is kept by the order alone. None behind the last.

    `ordered` is a worklist as its page shows it. `came_last` says in which part the item stood when it was opened: the decision may just have been that the
    child is followed up already, and the walk goes on from where it was. It is the caller who has seen to it that the person may see `after`.
    """
    order: Any = ordered.query.order_by  # whatever a queryset can be ordered by
    here, there = ordered.order_by().values("pk"), Delivery.objects.filter(pk=after).values("pk")
    both = Delivery.objects.filter(pk__in=here.union(there))
    placed = both.annotate(
        comes_last=Case(When(pk=after, then=Value(came_last)), default=F("child_known")),
        place=Window(RowNumber(), order_by=order),
        before=Window(Lag("pk"), order_by=order),
    )
    found = placed.filter(before=after).values_list("pk", "place").first()
    if found is None:
        return None
    following, place = found
    has_left = not ordered.filter(pk=after).exists()
    return Next(following, place - has_left, ordered.count())


def last_proof(*, services: Iterable[int]) -> tuple[datetime | None, datetime | None]:
    """When an import of these services was last complete, and how far the case system's data reach for all of them (None when for one they reach nowhere)."""
    services = list(services)
    proven = Import.objects.complete().filter(service__in=services).aggregate(at=Max("finished_at"))["at"]
    reaches = list(Coverage.objects.filter(service__in=services).values_list("reaches_at", flat=True))
    return proven, min(reaches) if len(reaches) == len(services) and reaches else None
