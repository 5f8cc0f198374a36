"""Whether Framme itself is well. `checks` needs no scope: the worker has counted, and it reads what that wrote down."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import DEFAULT_DB_ALIAS, DatabaseError, connections
from django.db.migrations.executor import MigrationExecutor
from django.db.models import Count, Max, Q
from django.utils import timezone

from apps.feeds import arrangements
from apps.feeds.models import Feed
from apps.feeds.rhythm import Standing
from apps.ledger.invariants import LONGEST_WAIT
from apps.ledger.models import Import
from apps.registry import queries as registry
from apps.registry import school_holidays
from apps.registry.models import Service
from apps.watch.counting import LOOKED_BACK
from apps.watch.models import Alarm, Arrangement, Pulse, Rhythm

# The worker looks each minute; three looks that did not come are no chance.
LONGEST_PAUSE = timedelta(minutes=3)
LONGEST_UNTOLD = timedelta(hours=2)
SHOWN_DAYS = 28


@dataclass(frozen=True)
class Check:
    """One thing that must hold, and what was found, in figures and times (ISO, UTC). What is only `told` makes nobody less ready."""

    name: str
    holds: bool
    found: dict[str, object]
    is_told: bool = False


def pulse() -> Pulse | None:
    return Pulse.objects.first()


def checks(*, now: datetime) -> list[Check]:
    """The database answers and is up to date; the worker looks; nothing is owed for too long; and, told only, which feeds are behind. `now` is aware."""
    try:
        unapplied = _unapplied()
        last = pulse() if not unapplied else None
    except DatabaseError as error:
        return [Check("database", False, {"error": type(error).__name__})]
    found = [Check("database", True, {}), Check("migrations", not unapplied, {"unapplied": unapplied})]
    if last is None:
        return [*found, Check("worker", False, {"last": None})]
    is_untold = last.untold_since is not None and now - last.untold_since > LONGEST_UNTOLD
    waits = last.owed_since is not None and now - last.owed_since > LONGEST_WAIT
    return [
        *found,
        Check("worker", now - last.at < LONGEST_PAUSE, {"last": last.at.isoformat()}),
        Check("owed", not waits, {"count": last.owed, "since": last.owed_since and last.owed_since.isoformat()}),
        Check("imports", not last.needs_a_person, {"need_a_person": last.needs_a_person}, is_told=True),
        Check("tellings", not is_untold, {"since": last.untold_since and last.untold_since.isoformat()}, is_told=True),
        Check("feeds", not last.silent, {"late": last.late, "silent": last.silent}, is_told=True),
    ]


def _unapplied() -> int:
    executor = MigrationExecutor(connections[DEFAULT_DB_ALIAS])
    return len(executor.migration_plan(executor.loader.graph.leaf_nodes()))


@dataclass(frozen=True)
class Proof:
    """One service: when an import of it was last complete, and how many of its feeds are late and silent."""

    service: Service
    complete_at: datetime | None
    late: int
    silent: int


def proofs(*, services: Iterable[int], now: datetime) -> list[Proof]:
    """One for each of the services, by name; three queries. Needs their scope."""
    ids = list(services)
    complete = dict(Import.objects.complete().filter(service__in=ids).values_list("service").annotate(at=Max("finished_at")))
    feeds = arrangements.with_latest(Feed.objects.filter(service__in=ids))
    standings = Counter((feed.service_id, arrangements.standing(feed, now=now)) for feed in feeds)
    return [
        Proof(service, complete.get(service.pk), standings[service.pk, Standing.LATE], standings[service.pk, Standing.SILENT])
        for service in Service.objects.filter(pk__in=ids).order_by("name")
    ]


def arrangement(service: Service) -> dict[str, object]:
    """How the service is told of alarms: as it has arranged it, or as the defaults say."""
    arranged = Arrangement.objects.filter(service=service).first() or Arrangement()
    return {name: getattr(arranged, name) for name in ("escalate_after", "escalate_urgent_after", "wants_digest")}


@dataclass(frozen=True)
class Expected:
    """One stream: what came in the last SHOWN_DAYS, and the usual number a week."""

    rhythm: Rhythm
    total: int
    a_week: float


def rhythms(*, services: Iterable[int]) -> list[Expected]:
    """The streams of these services, by service and kind; one query. Needs their scope."""
    rows = Rhythm.objects.filter(service__in=list(services)).select_related("service", "feed").order_by("service__name", "stream", "feed__format", "pk")
    return [Expected(row, sum(row.counts[-SHOWN_DAYS:]), 7 * sum(row.counts) / len(row.counts)) for row in rows if row.counts]


@dataclass(frozen=True)
class Holidays:
    """Whose school holidays a service's streams are held against: its county's in the years that the table knows, else the common weeks (no county)."""

    service: Service
    county: str
    winter: list[int]
    autumn: list[int]


def holidays(*, services: Iterable[int], now: datetime) -> list[Holidays]:
    """One for each of the services, by name, of the years that are looked back on; two queries."""
    ids, today = list(services), timezone.localdate(now)
    counties = registry.counties(services=ids, on=today)
    years = range((today - timedelta(days=LOOKED_BACK)).year, today.year + 1)
    return [
        Holidays(service, county, **school_holidays.known_years(county, years))
        for service in Service.objects.filter(pk__in=ids).order_by("name")
        for county in [counties.get(service.pk, "")]
    ]


def of_all_services() -> list[Alarm]:
    """The alarms about all services that stand."""
    return list(Alarm.objects.open().of_all_services().order_by("raised_at", "pk"))


def open_alarms(*, services: Iterable[int]) -> tuple[int, int]:
    """How many alarms of these services stand, and how many of them nobody has taken on; one query."""
    counted = Alarm.objects.open().filter(service__in=list(services)).aggregate(all=Count("pk"), waiting=Count("pk", filter=Q(acknowledged_until__isnull=True)))
    return counted["all"], counted["waiting"]
