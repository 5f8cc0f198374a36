"""How old the open work is, how each channel does week by week, and what changed since yesterday: counted in the database, one query each."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple

from django.db.models import BooleanField, Case, Count, Q, QuerySet, Sum, Value, When
from django.db.models.functions import Coalesce, TruncWeek
from django.utils import timezone

from apps.deliveries import ages
from apps.deliveries import queries as deliveries
from apps.deliveries.models import Delivery, Tally
from apps.deliveries.states import NEEDS_A_PERSON, State
from apps.reports.today import yesterday
from apps.ui.filters import start_of
from apps.worklists.catalogue import Worklist

WEEKS = 12
WEEK = timedelta(days=7)
DAYS_AHEAD = 7


class Waiting(NamedTuple):
    """What tells open deliveries apart. `age` and `held` are places in ages.BANDS; `gone_in` is the days until the carrier's copy goes, from today on."""

    state: str
    look_waits: bool
    age: int
    held: int
    gone_in: int | None
    runs_out: bool
    is_reopened: bool

    @classmethod
    def counted(cls, state: str, look_waits: bool, age: int, held: int, gone: int | None, runs_out: bool, is_reopened: bool) -> "Waiting":
        """From the places that the database gives: bands from the oldest on; days from 1 on, with 0 for what is gone and one more for what comes later."""
        last = len(ages.BANDS) - 1
        return cls(state, look_waits, last - age, last - held, gone - 1 if gone and gone <= DAYS_AHEAD else None, runs_out, is_reopened)


@dataclass
class Passage:
    """The deliveries of one channel that any source first told of in one week."""

    received: int = 0
    arrived: int = 0
    in_transit: int = 0
    open: int = 0


Passages = dict[tuple[str, int], Passage]


def waiting(open_deliveries: QuerySet[Delivery], *, now: datetime) -> Counter[Waiting]:
    """Open deliveries by what tells them apart."""
    days = [start_of(ages.day(ago=-ahead, now=now)) for ahead in range(DAYS_AHEAD + 1)]
    kinds = (
        open_deliveries.order_by()
        .annotate(
            age=ages.band_bucket("first_at", now=now),
            held=ages.band_bucket("since", now=now),
            gone=ages.bucket("gone_at", days),
            runs_out=truth(Q(gone_at__gt=now, gone_at__lte=now + deliveries.RUNNING_OUT)),
            is_reopened=truth(Q(reopened_at__isnull=False)),
        )
        .values_list("state", "look_waits", "age", "held", "gone", "runs_out", "is_reopened")
    )
    tally: Counter[Waiting] = Counter()
    for *kind, count in kinds.annotate(count=Count("pk")):
        tally[Waiting.counted(*kind)] += count
    return tally


def truth(condition: Q) -> Case:
    return Case(When(condition, then=Value(True)), default=Value(False), output_field=BooleanField())


def mondays(*, now: datetime) -> list[date]:
    """The first days of the last WEEKS weeks in Oslo, that of `now` last."""
    today = timezone.localdate(now)
    latest = today - timedelta(days=today.weekday())
    return [latest - WEEK * ago for ago in reversed(range(WEEKS))]


def passages(tallied: QuerySet[Tally], *, now: datetime) -> Passages:
    """The deliveries of the last WEEKS weeks by channel and by the place of their week, from the earliest on; one query of the tally."""
    weeks = mondays(now=now)
    states = {"arrived": [State.ARRIVED], "in_transit": [State.IN_TRANSIT], "open": NEEDS_A_PERSON}
    counts = {name: Coalesce(Sum("number", filter=Q(state__in=of)), 0) for name, of in states.items()}
    rows = tallied.of_any().filter(first_day__gte=weeks[0], first_day__lt=weeks[-1] + WEEK).annotate(monday=TruncWeek("first_day"))
    by_week = rows.values_list("channel", "monday").annotate(received=Sum("number"), **counts)
    return {(channel, weeks.index(monday)): Passage(*numbers) for channel, monday, *numbers in by_week}


def changed(rows: QuerySet[Delivery], *, now: datetime) -> Counter[str]:
    """The deliveries that have been in their state since yesterday or later, by state.

    By the time of the event or the deadline that decided the state: a file that came today may tell of what happened long before, and that is not here.
    """
    recent = rows.order_by().filter(since__gte=yesterday(now=now))
    return Counter(dict(recent.values_list("state").annotate(count=Count("pk"))))


def on_list(tally: Counter[Waiting], worklist: Worklist, **kind: object) -> int:
    """How many of these are on the worklist and of this kind."""
    return sum(
        count for one, count in tally.items() if worklist.holds(one.state, one.look_waits) and all(getattr(one, name) == value for name, value in kind.items())
    )
