"""How many receipted reports can at most be among the registrations that nothing ties to any: what is left over was certainly never registered.

Needs no name, no id and no click. A report can only have been registered by a reporter of its kind, on a day from `before` days before it was received
to the end of its wait. Each registration stands for one report, so a largest possible matching of the two is more than the truth, and what it leaves over
is less. The windows are intervals, so giving every registration to the waiting report that may wait the shortest is such a matching.
"""

import heapq
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from django.db import connection

from apps.deliveries.candidates import CALENDAR, RECEIVED, REGISTRATIONS, SEEKING, local_day, window
from apps.deliveries.clocks import HAS_REVIEW
from apps.deliveries.folding import listed
from apps.deliveries.models import Reporter
from apps.ledger.models import Direction
from apps.registry import calendar
from apps.registry import queries as registry

EVER = 0  # a wait that ends with the case system's data


class Wait(NamedTuple):
    """So many reports, each of which can have been registered from the first to the last day."""

    first: date
    last: date
    count: int = 1


class Reports(NamedTuple):
    """So many reports received on a day by a kind of reporter (Reporter)."""

    day: date
    reporter: str
    count: int


class Registrations(NamedTuple):
    """So many registrations of a day, and by whom they can be."""

    day: date
    may_be_private: bool
    may_be_public: bool
    count: int

    def can_be(self, reporter: str) -> bool:
        """A report of which nobody says who sent it can be any of them."""
        return {Reporter.PRIVATE.value: self.may_be_private, Reporter.PUBLIC.value: self.may_be_public}.get(reporter, True)


@dataclass(frozen=True)
class Known:
    """What a service's sources say: reports with a receipt and without any registration, registrations without any report, and what the case system covers.

    `years` are those in which it has registered anything at all, tied or not; `begins` is the first such day and `reaches` the last day that its data reach.
    """

    reports: Collection[Reports]
    registrations: Collection[Registrations]
    years: frozenset[int]
    begins: date | None
    reaches: date | None

    def covers(self, day: date, until: date) -> bool:
        """A year of which the case system says nothing at all proves nothing missing."""
        if self.begins is None or self.reaches is None:
            return False
        return self.begins <= day and until <= self.reaches and {day.year, until.year} <= self.years


@dataclass(frozen=True)
class Rules:
    """`within` in working days, or EVER; `before` in days: the case system's dates may lie before the receipt."""

    within: int
    before: int

    def wait(self, reports: Reports, known: Known) -> Wait:
        ends = calendar.working_days_after(reports.day, self.within) if self.within else known.reaches or reports.day
        return Wait(reports.day - timedelta(days=self.before), ends, reports.count)


@dataclass(frozen=True)
class Line:
    """`reports` of one kind or one week; at most `matched` of them can be among the `registrations` in their windows."""

    name: object
    reports: int
    registrations: int
    matched: int

    @property
    def missing(self) -> int:
        return self.reports - self.matched


@dataclass(frozen=True)
class Shortfall:
    """By kind of reporter over the whole period, whose sum is what is certain, and by week (Monday): what is certain by itself is less than over all of them.

    `left_out` reports are of days that the case system's data do not cover.
    """

    kinds: list[Line]
    weeks: list[Line]
    left_out: int

    @property
    def reports(self) -> int:
        return sum(line.reports for line in self.kinds)

    @property
    def missing(self) -> int:
        return sum(line.missing for line in self.kinds)


def matched(waits: Iterable[Wait], registrations: Iterable[tuple[date, int]]) -> int:
    """How many reports can at most be registered: day by day each registration goes to the waiting report whose wait ends first."""
    coming = sorted(waits)
    waiting: list[tuple[date, int]] = []
    met, place = 0, 0
    for day, count in sorted(registrations):
        while place < len(coming) and coming[place].first <= day:
            heapq.heappush(waiting, (coming[place].last, coming[place].count))
            place += 1
        left = count
        while left and waiting:
            last, there = heapq.heappop(waiting)
            if last < day:
                continue
            taken = min(there, left)
            met, left = met + taken, left - taken
            if there > taken:
                heapq.heappush(waiting, (last, there - taken))
    return met


def shortfall(known: Known, *, first: date, last: date, rules: Rules) -> Shortfall:
    """What is certainly missing of the reports received from `first` to `last`."""
    asked = [reports for reports in known.reports if first <= reports.day <= last]
    counted = [reports for reports in asked if known.covers(reports.day, rules.wait(reports, known).last)]
    kinds = [line(kind, [one for one in counted if one.reporter == kind], known, rules) for kind in sorted({one.reporter for one in counted})]
    by_week: dict[date, list[Reports]] = {}
    for reports in counted:
        by_week.setdefault(reports.day - timedelta(days=reports.day.weekday()), []).append(reports)
    return Shortfall(
        kinds=kinds,
        weeks=[week_of(monday, by_week[monday], known, rules) for monday in sorted(by_week)],
        left_out=sum(reports.count for reports in asked) - sum(reports.count for reports in counted),
    )


def line(kind: str, reports: Collection[Reports], known: Known, rules: Rules) -> Line:
    """One kind of reporter: a registration that can be of two kinds is offered to both, which only makes what is missing less."""
    waits = [rules.wait(each, known) for each in reports]
    fitting = [(one.day, one.count) for one in known.registrations if one.can_be(kind)]
    first, last = min(wait.first for wait in waits), max(wait.last for wait in waits)
    within = [(day, count) for day, count in fitting if first <= day <= last]
    return Line(
        Reporter(kind).label if kind else Reporter.UNKNOWN.label,
        sum(wait.count for wait in waits),
        sum(count for _day, count in within),
        matched(waits, within),
    )


def week_of(monday: date, reports: Collection[Reports], known: Known, rules: Rules) -> Line:
    kinds = [line(kind, [one for one in reports if one.reporter == kind], known, rules) for kind in {one.reporter for one in reports}]
    registered = sum(one.count for one in known.registrations if monday <= one.day < monday + timedelta(days=7))
    return Line(monday, sum(kind.reports for kind in kinds), registered, sum(kind.matched for kind in kinds))


# -- what the sources say

REPORTS_BY_DAY = f"""
SELECT d.service_id, ({RECEIVED} AT TIME ZONE 'Europe/Oslo')::date, d.reporter, count(*)
  FROM deliveries_delivery d
 WHERE d.service_id = ANY (%(services)s) AND d.direction = '{Direction.INBOUND}' AND NOT d.source_missing AND d.category IN {listed(HAS_REVIEW)}
   AND d.receipted_at IS NOT NULL AND d.registered_at IS NULL AND d.state IN {listed(SEEKING)}
   AND d.first_at BETWEEN %(first)s AND %(last)s
 GROUP BY 1, 2, 3
"""
REGISTRATIONS_BY_DAY = f"""
WITH {CALENDAR},
registration AS ({REGISTRATIONS.format(around="d.service_id = ANY (%(services)s) AND d.registered_at BETWEEN %(first)s AND %(last)s")})
SELECT service_id, day, may_be_private, may_be_public, count(*) FROM registration GROUP BY 1, 2, 3, 4
"""
COVERED = f"""
SELECT d.service_id, min((d.registered_at AT TIME ZONE 'Europe/Oslo')::date),
       array_agg(DISTINCT extract(year FROM d.registered_at AT TIME ZONE 'Europe/Oslo')::int),
       (SELECT c.reaches_at FROM ledger_coverage c WHERE c.service_id = d.service_id)
  FROM deliveries_delivery d
 WHERE d.service_id = ANY (%(services)s) AND d.direction = '{Direction.INBOUND}' AND d.registered_at IS NOT NULL
 GROUP BY 1
"""


def known(*, services: Collection[int], first: date, last: date, now: datetime) -> dict[int, Known]:
    """By service: the reports received from `first` to `last`, and every registration that could be one of them. Three queries."""
    start, end = datetime.combine(first - timedelta(days=31), datetime.min.time(), now.tzinfo), now
    asked: dict[str, Any] = {"services": list(services), "first": start, "last": end, **window(start, end, now)}
    covered = {service: (begins, years, reaches_at) for service, begins, years, reaches_at in rows(COVERED, asked)}
    reports: dict[int, list[Reports]] = {service: [] for service in services}
    registrations: dict[int, list[Registrations]] = {service: [] for service in services}
    for service, *cell in rows(REPORTS_BY_DAY, asked):
        reports[service].append(Reports(*cell))
    for service, *cell in rows(REGISTRATIONS_BY_DAY, asked):
        registrations[service].append(Registrations(*cell))
    return {service: known_of(reports[service], registrations[service], covered.get(service)) for service in services}


def known_of(reports: Collection[Reports], registrations: Collection[Registrations], covered: tuple[date, list[int], datetime | None] | None) -> Known:
    """A service that has registered nothing at all covers no day, however far its data reach."""
    begins, years, reaches_at = covered or (None, [], None)
    # The day on which the data end is not whole.
    reaches = local_day(reaches_at) - timedelta(days=1) if reaches_at else None
    return Known(reports, registrations, frozenset(years), begins, reaches)


def rules(*, within: int, now: datetime) -> Rules:
    """The rules as the policies have them at `now`. Raises registry.PolicyMissing."""
    return Rules(within=within, before=registry.policy(name="shortfall_before", at=now).days)


def rows(sql: str, params: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchall()
