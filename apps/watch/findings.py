"""What somebody must see to, as it is now: one query for each kind of alarm, over all services. The beat holds it against the alarms that are open."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.db.models import Min

from apps.feeds import arrangements, rhythm
from apps.feeds.models import Feed
from apps.feeds.rhythm import BEHIND, Standing
from apps.ledger.models import Coverage, Import, ImportState, Owed
from apps.registry import queries as registry
from apps.watch import canaries
from apps.watch.counting import start_of
from apps.watch.models import Level, Rhythm, Stream, What

LONGEST_IMPORT = timedelta(hours=1)
LONGEST_UNANSWERED = timedelta(days=2)  # a file that waits for a person's yes
LONGEST_OWED = timedelta(hours=1)
# Which carrier's copies a format tells of, by the policy that says for how long they are kept.
KEPT_BY = {
    "portal-history": "portal_retention",
    "portal-list": "portal_retention",
    "altinn": "altinn_retention",
    "altinn-events": "altinn_retention",
    "svarut-status": "svarut_retention",
    "svarut-history": "svarut_retention",
    "svarinn": "svarut_retention",
}
OF_STREAM = {Stream.FEED: What.QUIET, Stream.SERVICE: What.QUIET, Stream.CONFIRMED: What.UNCONFIRMED, Stream.READ: What.UNREAD}

MANY = 3  # services, and half of those that hear by a way: so many at once are hardly each for itself

Cause = tuple[int | None, str, int | None, int | None]


@dataclass(frozen=True)
class Finding:
    """`figures` are numbers and times (ISO) alone; words.py says them. Without a service it is about all of them."""

    service: int | None
    what: What
    level: Level
    since: datetime
    feed: int | None = None
    feed_import: int | None = None
    figures: dict[str, object] = field(default_factory=dict)

    @property
    def cause(self) -> Cause:
        return self.service, str(self.what), self.feed, self.feed_import


def find(*, now: datetime) -> list[Finding]:
    """Everything that stands now; `now` is aware. Needs the scope of an operator."""
    overdue = list(overdue_files(now))
    silent = [*overdue, *told_once(overdue, list(streams()))]
    return [*silent, *same_way(silent), *unreconciled(now), *never_completed(now), *owed(now), *lost_canaries(now)]


def told_once(overdue: list[Finding], found: list[Finding]) -> Iterator[Finding]:
    """Of a feed whose file is overdue nobody need be told as well that its messages are few, nor of a service what is said of one of its feeds already."""
    late = {finding.feed for finding in overdue}
    said = {finding.service for finding in [*overdue, *found] if finding.feed}
    for finding in found:
        if finding.what != What.QUIET or (finding.feed not in late if finding.feed else finding.service not in said):
            yield finding


def same_way(found: list[Finding]) -> Iterator[Finding]:
    """Where many services hear nothing by the same way at once the fault is hardly theirs: said once, of all services. Each service is told of its own too."""
    behind = {finding.feed: finding for finding in found if finding.feed and finding.what in (What.OVERDUE, What.QUIET)}
    if len(behind) < MANY:
        return
    by_format: dict[str, dict[int, list[Finding]]] = {}
    for feed, service, format in Feed.objects.values_list("pk", "service", "format"):
        findings = by_format.setdefault(format, {}).setdefault(service, [])
        findings += [behind[feed]] if feed in behind else []
    ways = {format: [sum(map(bool, services.values())), len(services)] for format, services in sorted(by_format.items())}
    ways = {format: counts for format, counts in ways.items() if counts[0] >= MANY and 2 * counts[0] >= counts[1]}
    if ways:
        since = min(finding.since for format in ways for findings in by_format[format].values() for finding in findings)
        yield Finding(None, What.SAME_WAY, Level.STANDS, since, figures={"ways": ways})


def overdue_files(now: datetime) -> Iterator[Finding]:
    for feed in arrangements.with_latest(Feed.objects.filter(expected_every__isnull=False)):
        standing = arrangements.standing(feed, now=now)
        if standing in BEHIND:
            latest = feed.latest_at or feed.created_at  # type: ignore[attr-defined]
            due = rhythm.expected_on(latest.astimezone(rhythm.OSLO).date(), feed.expected_every or 1, in_working_days=feed.expected_in == "working")
            level = Level.SILENT if standing == Standing.SILENT else Level.LATE
            figures = {"latest": latest.isoformat(), "due": due.isoformat(), "has_come": feed.latest_at is not None}  # type: ignore[attr-defined]
            yield Finding(feed.service_id, What.OVERDUE, level, rhythm.end_of(due), feed=feed.pk, figures=figures)


def streams() -> Iterator[Finding]:
    for row in Rhythm.objects.exclude(level="").only("service", "stream", "feed", "level", "verdict"):
        since = start_of(date.fromisoformat(row.verdict["since"]))
        yield Finding(row.service_id, OF_STREAM[Stream(row.stream)], Level(row.level), since, feed=row.feed_id, figures=row.verdict)


def unreconciled(now: datetime) -> Iterator[Finding]:
    """Services whose case system's data end more than half of a carrier's time ago: what is lost then can still be had, and not for long."""
    reaches = dict(Coverage.objects.values_list("service", "reaches_at"))
    shortest: dict[int, timedelta] = {}
    began: dict[int, datetime] = {}
    brought = (
        Import.objects.complete().filter(format__in=KEPT_BY, direction="inbound").order_by().values_list("service", "format").annotate(at=Min("received_at"))
    )
    kept: dict[str, timedelta] = {}
    for service, format, first in brought:
        if KEPT_BY[format] not in kept:
            kept[KEPT_BY[format]] = registry.policy(name=KEPT_BY[format], at=now)
        shortest[service] = min(shortest.get(service, timedelta.max), kept[KEPT_BY[format]])
        began[service] = min(began.get(service, first), first)
    for service, time in shortest.items():
        since = reaches.get(service, began[service])
        if now - since > time / 2:
            figures = {"reaches": since.isoformat() if service in reaches else None, "kept_days": time.days}
            yield Finding(service, What.UNRECONCILED, Level.STANDS, since, figures=figures)


def never_completed(now: datetime) -> Iterator[Finding]:
    """Files that were begun and not read to their end; one that only waits for a person's yes has longer."""
    for one in Import.objects.unread().only("service", "state", "received_at"):
        waits = LONGEST_UNANSWERED if one.state == ImportState.PREVIEWED else LONGEST_IMPORT
        if one.state == ImportState.NEEDS_A_PERSON or now - one.received_at > waits:
            yield Finding(one.service_id, What.NEVER_COMPLETED, Level.STANDS, one.received_at, feed_import=one.pk, figures={"state": one.state})


def owed(now: datetime) -> Iterator[Finding]:
    waiting = Owed.objects.filter(owed_since__lt=now - LONGEST_OWED).order_by().values_list("service").annotate(since=Min("owed_since"))
    for service, since in waiting:
        yield Finding(service, What.OWED, Level.STANDS, since)


def lost_canaries(now: datetime) -> Iterator[Finding]:
    for service, count, since in canaries.overdue(now=now):
        yield Finding(service, What.CANARY, Level.STANDS, since, figures={"count": count})
