"""The streams counted day by day from what came in, and judged: one statement for each kind of stream, however many services have news.

A stream is counted again when a file of its service was completed or taken back since, and once a day. Today is never counted, for it is not over.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from typing import Any

from django.db import connection
from django.db.models import Max

from apps.feeds.models import Feed
from apps.feeds.rhythm import OSLO
from apps.ledger import canaries
from apps.ledger.models import Import, ImportState
from apps.registry import queries as registry
from apps.watch import rhythm
from apps.watch.models import Level, Rhythm, Stream

LOOKED_BACK = 364  # days of history, so that a year's holidays are known
AT_ONCE = 50  # services; so a night in which all must be counted again is spread over some minutes, and the worker still looks each minute
SETTLES = timedelta(minutes=15)  # what an import brought is folded a little after it is complete
SHARES_OF_READ = (1, 7, 28)  # days; a burst of unread letters is seen soon
DAY = timedelta(days=1)

# Test messages of our own are no sign that others come.
OF_FEEDS = f"""
WITH canary AS (
    SELECT r.id FROM ({canaries.standing()}) c JOIN ledger_reference r ON r.service_id = c.service_id AND r.value = c.value AND r.namespace = c.namespace
)
SELECT f.id, (e.occurred_at AT TIME ZONE 'Europe/Oslo')::date AS day, count(DISTINCT e.reference_id), 0
  FROM feeds_feed f
  JOIN ledger_import i ON (i.service_id, i.format, i.direction, i.vantage) = (f.service_id, f.format, f.direction, f.vantage) AND i.state = 'complete'
  JOIN ledger_event e ON e.import_id = i.id AND e.service_id = f.service_id
 WHERE f.service_id = ANY (%(services)s) AND e.occurred_at >= %(begin)s AND e.occurred_at < %(end)s AND e.reference_id NOT IN (SELECT id FROM canary)
 GROUP BY f.id, day
"""
OF_SERVICES = """
SELECT d.service_id, (d.first_at AT TIME ZONE 'Europe/Oslo')::date AS day, count(*), 0
  FROM deliveries_delivery d
 WHERE d.service_id = ANY (%(services)s) AND d.direction = 'inbound' AND d.first_at >= %(begin)s AND d.first_at < %(end)s
 GROUP BY d.service_id, day
"""
# Of those that should be registered by now where the case system's data reach: those that are, and those that are not.
CONFIRMED = """
SELECT d.service_id, (d.waits_until AT TIME ZONE 'Europe/Oslo')::date AS day, count(*), count(*) FILTER (WHERE d.registered_at IS NULL)
  FROM deliveries_delivery d
  JOIN ledger_coverage c ON c.service_id = d.service_id
 WHERE d.service_id = ANY (%(services)s) AND d.direction = 'inbound' AND NOT d.source_missing
   AND d.first_at >= %(begin)s AND d.waits_until >= %(begin)s AND d.waits_until < least(%(end)s, c.reaches_at)
 GROUP BY d.service_id, day
"""
READ = """
SELECT d.service_id, ((d.available_at + %(grace)s) AT TIME ZONE 'Europe/Oslo')::date AS day, count(*),
       count(*) FILTER (WHERE d.unread_at IS NOT NULL OR d.opened_at IS NULL AND d.fetched_at IS NULL OR d.opened_at > d.available_at + %(grace)s)
  FROM deliveries_delivery d
 WHERE d.service_id = ANY (%(services)s) AND d.direction = 'inbound'
   AND d.first_at >= %(begin)s AND d.available_at + %(grace)s >= %(begin)s AND d.available_at + %(grace)s < %(end)s
 GROUP BY d.service_id, day
"""

Counts = dict[int, dict[date, tuple[int, int]]]


def today(now: datetime) -> date:
    return now.astimezone(OSLO).date()


def start_of(day: date) -> datetime:
    return datetime.combine(day, time.min, OSLO)


def with_news(*, now: datetime) -> list[int]:
    """The services whose streams must be counted again at `now`, at most AT_ONCE, first those that were never counted and then those that waited longest."""
    counted = dict(Rhythm.objects.order_by().values_list("service").annotate(at=Max("counted_at")))
    done = Import.objects.filter(state__in=(ImportState.COMPLETE, ImportState.UNDONE)).order_by().values_list("service").annotate(at=Max("finished_at"))
    fresh = {service for service, at in done if at and (service not in counted or counted[service] < at + SETTLES)}
    wanted = fresh | {service for service, at in counted.items() if today(at) < today(now)}
    return sorted(wanted, key=lambda service: (service in counted, counted.get(service, now), service))[:AT_ONCE]


def count(*, services: Iterable[int], now: datetime) -> int:
    """Count and judge every stream of these services; returns how many. Runs in the caller's transaction, in an operator's scope."""
    ids = list(services)
    if not ids:
        return 0
    last = today(now) - DAY
    asked = {
        "services": ids,
        "begin": start_of(last - DAY * (LOOKED_BACK - 1)),
        "end": start_of(last + DAY),
        "grace": registry.policies(at=now).open_grace,
    }
    feeds = list(Feed.objects.filter(service__in=ids))
    files = arrivals(ids, now)
    counties = registry.counties(services=ids, on=today(now))
    found = [
        row
        for made in (
            streams_of_feeds(feeds, counted(OF_FEEDS, asked), files, counties, now),
            streams_of_services(feeds, counted(OF_SERVICES, asked), files, counties, now),
            shares(Stream.CONFIRMED, counted(CONFIRMED, asked), rhythm.WINDOWS, now),
            shares(Stream.READ, counted(READ, asked), SHARES_OF_READ, now),
        )
        for row in made
    ]
    Rhythm.objects.filter(service__in=ids).delete()
    Rhythm.objects.bulk_create(found, batch_size=500)
    return len(found)


def counted(statement: str, asked: dict[str, Any]) -> Counts:
    found: Counts = defaultdict(dict)
    with connection.cursor() as cursor:
        cursor.execute(statement, asked)
        for subject, day, due, amiss in cursor.fetchall():
            found[subject][day] = (due, amiss)
    return found


class Arrivals:
    """When the files of one feed came, and what that says: `nil_days` of which they said nothing, and up to which day messages should be here."""

    def __init__(self, came: list[tuple[datetime, datetime | None, int]], now: datetime) -> None:
        days = [today(received) for received, _reaches, _read in came]
        self.nil_days = {
            day for number, (_received, _reaches, read) in enumerate(came) if not read for day in between(days[number - 1] if number else None, days[number])
        }
        reached = [today(reaches or received) for received, reaches, _read in came]
        # So old the newest facts usually are when the next file comes: as long as the longest pause that there has been.
        lag = max(((later - before).days for before, later in pairwise(days)), default=None)
        covered = max(reached, default=None)
        ends = [covered - DAY] if covered else []
        if lag is not None:
            ends.append(today(now) - DAY * (lag + 1))
        self.until = min(max(ends), today(now) - DAY) if ends else None


def between(before: date | None, day: date) -> Iterable[date]:
    """The days that a file of this day speaks for: those since the file before it."""
    first = day if before is None or before >= day else before + DAY
    return (first + DAY * number for number in range((day - first).days + 1))


def arrivals(services: list[int], now: datetime) -> dict[tuple[int, str, str, str], Arrivals]:
    """By service, format, direction and vantage."""
    came: dict[tuple[int, str, str, str], list[tuple[datetime, datetime | None, int]]] = defaultdict(list)
    files = Import.objects.complete().filter(service__in=services, received_at__gt=now - DAY * LOOKED_BACK, repair__isnull=True).order_by("received_at")
    for *key, received, reaches, read in files.values_list("service", "format", "direction", "vantage", "received_at", "reaches_at", "read"):
        service, format, direction, vantage = key
        came[service, format, direction, vantage].append((received, reaches, read or 0))
    return {key: Arrivals(files, now) for key, files in came.items()}


def key(feed: Feed) -> tuple[int, str, str, str]:
    return feed.service_id, feed.format, feed.direction, feed.vantage


def streams_of_feeds(
    feeds: list[Feed], counts: Counts, files: dict[tuple[int, str, str, str], Arrivals], counties: dict[int, str], now: datetime
) -> Iterable[Rhythm]:
    of_service: dict[int, int] = defaultdict(int)
    for feed in feeds:
        of_service[feed.service_id] += 1
    for feed in feeds:
        came = files.get(key(feed))
        if counts.get(feed.pk) and came:
            county = counties.get(feed.service_id, "")
            yield stream(Stream.FEED, feed.service_id, feed, counts[feed.pk], came.nil_days, came.until, of_service[feed.service_id] + 1, county, now)


def streams_of_services(
    feeds: list[Feed], counts: Counts, files: dict[tuple[int, str, str, str], Arrivals], counties: dict[int, str], now: datetime
) -> Iterable[Rhythm]:
    """All ways together, where there are several: few messages on each may be enough together."""
    for service, by_day in counts.items():
        came = [files[key(feed)] for feed in feeds if feed.service_id == service and feed.direction == "inbound" and key(feed) in files]
        ends = [one.until for one in came if one.until]
        if len(came) > 1 and ends:
            nil = set.intersection(*(one.nil_days for one in came))
            yield stream(Stream.SERVICE, service, None, by_day, nil, min(ends), len(came) + 1, counties.get(service, ""), now)


def stream(
    kind: Stream,
    service: int,
    feed: Feed | None,
    by_day: dict[date, tuple[int, int]],
    nil_days: set[date],
    until: date | None,
    streams: int,
    county: str,
    now: datetime,
) -> Rhythm:
    first, last = min(by_day), today(now) - DAY
    counts = [by_day.get(first + DAY * number, (0, 0))[0] for number in range((last - first).days + 1)]
    history = rhythm.History(first, counts, nil_days, county)
    verdict = history.judged(until, streams) if until else None
    return Rhythm(
        service_id=service,
        stream=kind,
        feed=feed,
        counted_at=now,
        first_day=first,
        counts=counts,
        nil_days=sorted(nil_days),
        **told(verdict),
        patience=history.patience(streams) or {},
    )


def shares(kind: Stream, counts: Counts, windows: Iterable[int], now: datetime) -> Iterable[Rhythm]:
    for service, by_day in counts.items():
        first, last = min(by_day), max(by_day)
        days = [by_day.get(first + DAY * number, (0, 0)) for number in range((last - first).days + 1)]
        due, amiss = [one for one, _ in days], [wrong for _, wrong in days]
        verdict = rhythm.Share(first, due, amiss).judged(last, tuple(windows))
        yield Rhythm(service_id=service, stream=kind, counted_at=now, first_day=first, counts=due, amiss=amiss, **told(verdict))


def told(verdict: rhythm.Verdict | None) -> dict[str, Any]:
    """The verdict as a row keeps it."""
    if verdict is None:
        return {"level": "", "verdict": {}}
    said = {
        "since": verdict.since.isoformat(),
        "until": verdict.until.isoformat(),
        "expected": round(verdict.expected, 1),
        "got": verdict.got,
        "chance": verdict.chance,
    }
    return {"level": Level(verdict.level) if verdict.level else "", "verdict": said}
