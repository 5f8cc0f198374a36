"""Whether Framme itself is well. `checks` needs no scope: the worker has counted, and it reads what that wrote down."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import DEFAULT_DB_ALIAS, DatabaseError, connections
from django.db.migrations.executor import MigrationExecutor
from django.db.models import Max

from apps.feeds import arrangements
from apps.feeds.models import Feed
from apps.feeds.rhythm import Standing
from apps.ledger.invariants import LONGEST_WAIT
from apps.ledger.models import Import
from apps.registry.models import Service
from apps.watch.models import Pulse

# The worker looks each minute; three looks that did not come are no chance.
LONGEST_PAUSE = timedelta(minutes=3)


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
    waits = last.owed_since is not None and now - last.owed_since > LONGEST_WAIT
    return [
        *found,
        Check("worker", now - last.at < LONGEST_PAUSE, {"last": last.at.isoformat()}),
        Check("owed", not waits, {"count": last.owed, "since": last.owed_since and last.owed_since.isoformat()}),
        Check("imports", not last.needs_a_person, {"need_a_person": last.needs_a_person}, is_told=True),
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
