"""Which feeds had told anything of which days when a statement was made: a number without it cannot be told from silence."""

from collections.abc import Collection, Iterable, Iterator
from datetime import date, datetime, timedelta
from functools import partial
from itertools import chain

from django.db import connection
from django.utils import timezone

from apps.feeds.models import Feed
from apps.ledger import halves, standing
from apps.ledger.models import Direction
from apps.ledger.standing import condition
from apps.reports.untold import Sources
from apps.statements.models import Statement
from apps.statements.past import DAY, Moment, Period, period_of

# By the hour first, which no day in Oslo begins within: what day it was is worked out for a few of them and not for every event.
TOLD = """
SELECT DISTINCT source, outbound, (hour AT TIME ZONE 'Europe/Oslo')::date
  FROM (SELECT e.source, e.outbound, date_bin('1 hour', e.occurred_at, '2000-01-01 00:00+00') AS hour
          FROM ledger_event e
         WHERE e.service_id = %(service)s AND e.source NOT IN ('person', 'call') AND e.learned_at <= %(known_at)s
           AND e.occurred_at >= %(begins)s AND e.occurred_at < %(ends)s AND {stands} AND {of_half}
         GROUP BY 1, 2, 3) AS hours
"""
STANDS = condition("e", "event", known_at="%(known_at)s::timestamptz")
# Each session reads one half of the table, and not all of it for one half of what it holds.
HALVES = ("e.ctid < %(middle)s::tid", "e.ctid >= %(middle)s::tid")
MIDDLE = "SELECT format('(%%s,0)', pg_relation_size('ledger_event') / current_setting('block_size')::bigint / 2)"
# How far the case system's data reached: a file can prove no more than what had happened when it came.
REACH = """
SELECT max(least(i.reaches_at, i.finished_at))
  FROM ledger_import i
  LEFT JOIN ledger_undoing u ON u.import_id = i.id AND u.learned_at <= %(known_at)s
 WHERE i.service_id = %(service)s AND i.finished_at <= %(known_at)s AND i.reaches_at IS NOT NULL AND i.state IN ('complete', 'undone') AND u.id IS NULL
"""
# Of which directions a file had come since the period began: what came before could tell nothing of it.
COME = """
SELECT i.service_id, i.direction
  FROM ledger_import i
  LEFT JOIN ledger_undoing u ON u.import_id = i.id AND u.learned_at <= %(known_at)s
 WHERE i.service_id = ANY (%(services)s) AND i.finished_at <= %(known_at)s AND i.finished_at >= %(begins)s AND i.state IN ('complete', 'undone') AND u.id IS NULL
 GROUP BY 1, 2
"""


def come(*, services: Collection[int], at: Moment, period: Period) -> dict[int, Sources]:
    """What had come of each of these services that could tell of the period."""
    begins, _ends = period.bounds
    values = {"services": list(services), "known_at": at.known_at, "begins": begins}
    found = dict.fromkeys(services, Sources())
    with connection.cursor() as cursor:
        cursor.execute(COME, values)
        for service, direction in cursor.fetchall():
            found[service] |= Sources(frozenset({direction}))
        for service in services:
            cursor.execute(REACH, values | {"service": service})
            found[service] |= Sources(frozenset(), reaches_into(cursor.fetchone()[0], begins))
    return found


def reaches_into(reaches_at: datetime | None, begins: datetime) -> bool:
    return reaches_at is not None and reaches_at >= begins


def had_come(statement: Statement) -> Sources:
    """What had come when a statement was made, as it says itself; of the first statements only the feeds that told anything are known."""
    kept, (begins, _ends) = statement.coverage, period_of(statement).bounds
    reaches_at = datetime.fromisoformat(kept["reaches_at"]) if kept["reaches_at"] else None
    directions = kept.get("directions", [feed["direction"] for feed in kept["feeds"] if feed["days"]])
    return Sources(frozenset(directions), reaches_into(reaches_at, begins))


def covered(*, service_id: int, at: Moment, period: Period) -> dict[str, object]:
    """By feed: of how many of the period's days (up to the clock) it had told anything, and the spans of days of which it had told nothing.

    `directions` are those of which a file had come. `reaches_at` is how far the case system's data reached (ISO, UTC), None when there were none: then nothing can be said to have arrived.
    """
    begins, ends = period.bounds
    values = {"service": service_id, "known_at": at.known_at, "begins": begins, "ends": min(ends, at.as_of)}
    days: dict[tuple[str, str], set[date]] = {}
    for format, direction in Feed.objects.filter(service=service_id, created_at__lte=at.known_at).values_list("format", "direction"):
        days[format, direction] = set()
    with connection.cursor() as cursor:
        cursor.execute(MIDDLE, [])
        values["middle"] = cursor.fetchone()[0]
    stands = STANDS if standing.is_any_undone(service_id=service_id) else "true"
    for source, outbound, day in chain.from_iterable(halves.each(partial(told, values, stands))):
        days.setdefault((source, Direction.OUTBOUND if outbound else Direction.INBOUND), set()).add(day)
    with connection.cursor() as cursor:
        cursor.execute(REACH, values)
        reaches_at: datetime | None = cursor.fetchone()[0]
    wanted = list(each_day(period.from_day, min(period.to_day, timezone.localdate(at.as_of))))
    return {
        "days": len(wanted),
        "directions": sorted(come(services=[service_id], at=at, period=period)[service_id].directions),
        "reaches_at": reaches_at.isoformat() if reaches_at else None,
        "feeds": [
            {"format": format, "direction": str(direction), "days": len(told), "silent": spans(day for day in wanted if day not in told)}
            for (format, direction), told in sorted(days.items())
        ],
    }


def told(values: dict[str, object], stands: str, half: int | None) -> list[tuple[str, bool, date]]:
    """Source, whether it tells of what goes from the service, and day, each once; by the events in one half of their table, or in all of it."""
    of_half = "true" if half is None else HALVES[half]
    with connection.cursor() as cursor:
        cursor.execute(TOLD.format(stands=stands, of_half=of_half), values)
        return cursor.fetchall()


def each_day(first: date, last: date) -> Iterator[date]:
    while first <= last:
        yield first
        first += DAY


def spans(days: Iterable[date]) -> list[list[str]]:
    """Sorted days as the first and last of each unbroken row of them."""
    found: list[list[date]] = []
    for day in days:
        if found and day - found[-1][1] == timedelta(days=1):
            found[-1][1] = day
        else:
            found.append([day, day])
    return [[first.isoformat(), last.isoformat()] for first, last in found]
