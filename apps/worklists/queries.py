"""What worklists show: their counts in one query, and their rows in order."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Exists, Max, Q, QuerySet

from apps.deliveries import queries as deliveries
from apps.deliveries.models import Delivery
from apps.ledger.models import Coverage, Import
from apps.worklists import queues
from apps.worklists.catalogue import Worklist
from apps.worklists.models import Act, Step

Kind = tuple[str, str, bool, bool, str]
MOST_STEPS = 50


@dataclass(frozen=True)
class Tally:
    """How many deliveries of each kind: (direction, state, look waits, covered, queue) -> count. Every number of a worklist page is a sum of these.

    `unfiltered` counts the same without the page's filter.
    """

    counts: dict[Kind, int]
    unfiltered: dict[Kind, int]

    def of(self, worklist: Worklist, direction: str, covered: bool | None = None, queue: str | None = None) -> int:
        return total(self.counts, worklist, direction, covered, queue)

    def all_of(self, worklist: Worklist, direction: str) -> int:
        return total(self.unfiltered, worklist, direction, None, None)


def total(counts: dict[Kind, int], worklist: Worklist, direction: str, covered: bool | None, queue: str | None) -> int:
    return sum(
        count
        for (where, state, look_waits, is_covered, turn), count in counts.items()
        if where == direction and worklist.holds(state, look_waits) and covered in (None, is_covered) and queue in (None, turn)
    )


def tally(open_deliveries: QuerySet[Delivery], *, person: int | None, now: datetime, filtered: QuerySet[Delivery] | None = None) -> Tally:
    """The counts of all worklists over these open deliveries, both directions, and over those of them that a filter leaves; one query.

    The queues are those of `person`, the id of whoever looks; for None, nothing is anybody's own.
    """
    turned = open_deliveries.order_by().annotate(is_covered=deliveries.IS_COVERED, queue=queues.queue(person=person, now=now))
    kinds = turned.values_list("direction", "state", "look_waits", "is_covered", "queue")
    left = Count("pk", filter=Q(pk__in=filtered.order_by().values("pk"))) if filtered is not None else Count("pk")
    rows = list(kinds.annotate(counted=Count("pk"), left=left))
    return Tally(counts={tuple(kind): left for *kind, _all, left in rows}, unfiltered={tuple(kind): count for *kind, count, _left in rows})


def listed(
    open_deliveries: QuerySet[Delivery],
    *,
    worklist: Worklist,
    direction: str,
    covered: bool | None,
    now: datetime,
    queue: str | None = None,
    person: int | None = None,
) -> QuerySet[Delivery]:
    """The rows of one worklist, in the order in which something can still be saved; `covered` None gives both parts, `queue` None all queues of `person`."""
    rows = open_deliveries.filter(worklist.rows, direction=direction)
    if covered is not None:
        rows = rows.annotate(counts_as_covered=deliveries.IS_COVERED).filter(counts_as_covered=covered)
    if queue is not None:
        rows = rows.annotate(queue=queues.queue(person=person, now=now)).filter(queue=queue)
    return deliveries.in_rescue_order(rows, now=now)


def last_proof(*, services: Iterable[int]) -> tuple[datetime | None, datetime | None]:
    """When an import of these services was last complete, and how far the case system's data reach for all of them (None when for one they reach nowhere)."""
    services = list(services)
    proven = Import.objects.complete().filter(service__in=services).aggregate(at=Max("finished_at"))["at"]
    reaches = list(Coverage.objects.filter(service__in=services).values_list("reaches_at", flat=True))
    return proven, min(reaches) if len(reaches) == len(services) and reaches else None


def steps(*, delivery: Delivery, now: datetime) -> list[Step]:
    """Whose turn the delivery has been, the latest first, at most MOST_STEPS; each with `is_aside`, whether the delivery is put aside now. One query."""
    aside = queues.pauses(now=now).filter(reference__delivery=delivery.pk)
    done = Step.objects.filter(reference__delivery=delivery.pk).select_related("by", "person").annotate(is_aside=Exists(aside))
    return list(done.order_by("-pk")[:MOST_STEPS])


def holds(steps: Iterable[Step], *, now: datetime) -> Step | None:
    """The step by which somebody has the delivery at `now`; None when nobody has."""
    last = next((step for step in steps if step.act in (Act.CLAIMED, Act.ASSIGNED, Act.RELEASED)), None)
    return last if last and last.until and last.until > now else None


def is_aside(steps: Iterable[Step]) -> Step | None:
    """The step by which the delivery is put aside; None when it is not, or not any more."""
    last = next((step for step in steps if step.act in (Act.PAUSED, Act.RESUMED)), None)
    return last if last and last.act == Act.PAUSED and last.is_aside else None  # type: ignore[attr-defined]
