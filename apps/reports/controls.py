"""What a manager signs for a period: what came in it and how that stands, and for which days no complete file of a source had told anything."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import Count
from django.utils import timezone

from apps.deliveries.models import Delivery
from apps.deliveries.states import NEEDS_A_PERSON, State
from apps.feeds.models import Days, Feed, Rejection
from apps.ledger.models import Direction, Import, ImportState
from apps.registry.calendar import is_working_day
from apps.registry.models import Service
from apps.ui.filters import start_of

DAY = timedelta(days=1)

# How each state counts in a control; "unknown" counts as received alone.
COUNTS_AS: dict[str, str] = {
    State.ARRIVED: "arrived",
    State.SETTLED: "settled",
    State.HANDED_OVER: "handed_over",
    State.IN_TRANSIT: "in_transit",
    State.UNKNOWN: "unknown",
    **dict.fromkeys(NEEDS_A_PERSON, "open"),
}
NUMBERS = ("received", "arrived", "settled", "handed_over", "in_transit", "unknown", "open", "look_waits")

# The first and the last moment that the lines of each complete file tell of, repeated lines too; unset for a file that had none.
TOLD = """
SELECT i.format, i.direction, i.vantage, i.received_at, i.reaches_at, least(e.first, d.first), greatest(e.last, d.last)
  FROM ledger_import i
  LEFT JOIN LATERAL (SELECT min(occurred_at) AS first, max(occurred_at) AS last FROM ledger_event WHERE import_id = i.id AND occurred_at <= i.received_at) e ON true
  LEFT JOIN LATERAL (SELECT min(e.occurred_at) AS first, max(e.occurred_at) AS last
                       FROM ledger_duplicate d
                       JOIN ledger_event e ON e.id = d.event_id
                      WHERE d.import_id = i.id AND e.occurred_at <= i.received_at) d ON true
 WHERE i.service_id = %s AND i.state = %s
 ORDER BY i.received_at
"""


class Told(NamedTuple):
    """One complete file: when it came, how far it says that it reaches, and the first and last moment its lines tell of. Aware."""

    received_at: datetime
    reaches_at: datetime | None
    first_at: datetime | None
    last_at: datetime | None


@dataclass(frozen=True)
class Source:
    """A feed, and the days of the period that no complete file of it covers, ascending."""

    format: str
    direction: str
    vantage: str
    missing: list[date]

    def kept(self) -> dict[str, Any]:
        return {"format": self.format, "direction": self.direction, "vantage": self.vantage, "missing": [day.isoformat() for day in self.missing]}


@dataclass(frozen=True)
class Proposal:
    """What would be signed."""

    numbers: dict[str, dict[str, int]]
    sources: list[Source]
    unfinished: int
    rejected: int


def proposed(*, service: Service, first_day: date, last_day: date) -> Proposal:
    """What there is to sign of a service for these days in Oslo, both included."""
    received = Import.objects.filter(service=service, received_at__gte=start_of(first_day), received_at__lt=start_of(last_day + DAY))
    lines = Rejection.objects.open().filter(service=service, feed_import__in=received.values("pk"))
    return Proposal(
        counted(service=service, first_day=first_day, last_day=last_day),
        sources(service=service, first_day=first_day, last_day=last_day),
        received.unread().count(),
        lines.count(),
    )


def counted(*, service: Service, first_day: date, last_day: date) -> dict[str, dict[str, int]]:
    """By direction: how many any source first told of on these days, and how these stand now. All but `look_waits`, which is a part of `open`, add up."""
    rows = Delivery.objects.filter(service=service, first_at__gte=start_of(first_day), first_at__lt=start_of(last_day + DAY))
    tally: dict[str, Counter[str]] = {direction: Counter() for direction in Direction.values}
    for direction, state, look_waits, count in rows.order_by().values_list("direction", "state", "look_waits").annotate(count=Count("pk")):
        kind = COUNTS_AS[state]
        tally[direction].update({"received": count, kind: count, "look_waits": count if look_waits and kind == "open" else 0})
    return {direction: {name: counts[name] for name in NUMBERS} for direction, counts in tally.items()}


def sources(*, service: Service, first_day: date, last_day: date) -> list[Source]:
    """Every feed of the service with the days of the period that it has not told of."""
    told: dict[tuple[str, str, str], list[Told]] = {}
    with connection.cursor() as cursor:
        cursor.execute(TOLD, [service.pk, ImportState.COMPLETE])
        for format, direction, vantage, *file in cursor.fetchall():
            told.setdefault((format, direction, vantage), []).append(Told(*file))
    return [
        Source(feed.format, feed.direction, feed.vantage, list(uncovered(feed, told.get((feed.format, feed.direction, feed.vantage), []), first_day, last_day)))
        for feed in Feed.objects.filter(service=service).order_by("direction", "format", "vantage")
    ]


def uncovered(feed: Feed, files: list[Told], first_day: date, last_day: date) -> Iterator[date]:
    """The days that no file covers. Where files are expected on working days only, other days need none."""
    covered = list(spans(files))
    for number in range((last_day - first_day).days + 1):
        day = first_day + DAY * number
        if feed.expected_in == Days.WORKING and not is_working_day(day):
            continue
        if not any(begin <= day <= end for begin, end in covered):
            yield day


def spans(files: Iterable[Told]) -> Iterator[tuple[date, date]]:
    """The days that each file covers: from the first that it tells of to the last, or as far as it says that it reaches. A file without lines says that
    nothing happened since the one before it. Files stand in the order in which they came.
    """
    before: date | None = None
    for file in files:
        came = timezone.localdate(file.received_at)
        if file.first_at and file.last_at:
            yield timezone.localdate(file.first_at), max(timezone.localdate(at) for at in (file.last_at, file.reaches_at) if at)
        else:
            yield before or came, came
        before = came
