"""Fetching from the carriers without files: when a connector's time has come, one run at a time for a feed, and the cursor that moves with the bytes alone."""

import io
from collections.abc import Callable, Collection
from datetime import UTC, datetime, timedelta

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from apps.audit.verbs import Actor
from apps.feeds import actions, names
from apps.feeds.connectors.catalogue import CONNECTORS
from apps.feeds.connectors.client import Session
from apps.feeds.connectors.connection import Connection
from apps.feeds.connectors.failures import Failed, NotThere
from apps.feeds.connectors.pulling import Known, Pulled
from apps.feeds.models import Feed, Fetching, Mishap
from apps.feeds.sources.redaction import redact
from apps.ledger.models import Event, Reference
from apps.walls import scope

LEASE = timedelta(minutes=10)
LONGEST_TURN = timedelta(minutes=5)
NEVER = datetime.min.replace(tzinfo=UTC)
LONGEST_DETAIL = 200
TOLD_AGAIN = timedelta(days=1)  # the same mishap is not noted more often
# For how long a carrier may still have something to say about a message.
CHANGES_FOR = {"portal": timedelta(days=45), "svarut": timedelta(days=100)}
# After these nothing that a carrier's history can still say would be news to anybody.
FINISHED = ("opened", "downloaded", "opened_elsewhere", "replied", "confirmed", "purged_by_recipient", "purged_by_sender", "purged_by_platform")

log = structlog.get_logger("framme.fetching")


class LostClaim(Exception):
    """Another run took over: what this one fetched last must not be kept."""


def connection_of(feed: Feed) -> Connection | None:
    """How the settings say that the feed is fetched, if they do."""
    return next((each for each in settings.CONNECTIONS if each.feed == names.name(feed)), None)


def fetch_due(*, clock: Callable[[], datetime], session_of: Callable[[Connection], Session] = Session) -> int:
    """Run the connectors whose time has come, one after the other, the one that has waited longest first; returns how many ran.

    Only one place does this at a time, and not for longer than LONGEST_TURN: a carrier that is slow keeps other carriers waiting, and no import.
    """
    began = clock()
    if Fetching.objects.filter(lease_until__gt=began).exists():
        return 0
    ran = 0
    for feed in due(now=began):
        if clock() - began > LONGEST_TURN:
            break
        ran += fetch(feed_id=feed.pk, clock=clock, session_of=session_of) is not None
    return ran


def due(*, now: datetime) -> list[Feed]:
    """The feeds whose last run ended long enough ago, those that never ran first."""
    found: list[tuple[datetime, Feed]] = []
    for connection in settings.CONNECTIONS:
        feed = feed_for(connection, now)
        if feed is None:
            log.warning("a connector is set up for a service that is not there", connector=connection.connector)
            continue
        ended_at = Fetching.objects.filter(feed=feed).values_list("ended_at", flat=True).first() or NEVER
        if ended_at <= now - timedelta(minutes=connection.every):
            found.append((ended_at, feed))
    return [feed for _ended_at, feed in sorted(found, key=lambda one: (one[0], one[1].pk))]


def feed_for(connection: Connection, now: datetime) -> Feed | None:
    """The feed that a connection fetches for, made if nobody added it; None when there is no such service."""
    try:
        service = names.service_named(connection.feed)
    except names.UnknownFeed:
        return None
    asked = {name: value for name, value in names.asked(connection.feed).items() if name != "service__code"}
    feed, _ = Feed.objects.get_or_create(service=service, **asked, defaults={"created_at": now})
    return feed


def fetch(*, feed_id: int, clock: Callable[[], datetime], session_of: Callable[[Connection], Session] = Session) -> Fetching | None:
    """One run of a feed's connector; None when somebody else runs it, or the settings name none. What fails is noted, and tried again when its time comes."""
    feed = Feed.objects.select_related("service").get(pk=feed_id)
    connection = connection_of(feed)
    with scope.operator(by="feeds.fetch", services=[feed.service_id]):
        standing = claim(feed, clock()) if connection else None
        if connection is None or standing is None:
            return None
        failure = None
        try:
            for pulled in CONNECTORS[connection.connector].pull(session_of(connection), standing.cursor, known(feed, clock()), clock()):
                keep(standing, connection, pulled, clock())
        except LostClaim:
            return None
        except Failed as failed:
            failure = (failed.code, failed.details)
        except (NotThere, AttributeError, KeyError, TypeError, ValueError) as odd:  # an answer of another shape than the interface has
            log.exception("a carrier's answer could not be understood", connector=connection.connector)
            failure = ("carrier_odd", {"found": type(odd).__name__})
        end(standing, failure, clock())
    standing.refresh_from_db()
    return standing


@transaction.atomic
def claim(feed: Feed, now: datetime) -> Fetching | None:
    """Take the run for a lease, if nobody has it."""
    Fetching.objects.get_or_create(feed=feed, defaults={"service_id": feed.service_id})
    free = Q(lease_until__isnull=True) | Q(lease_until__lte=now)
    standing = Fetching.objects.select_for_update(skip_locked=True, of=("self",)).select_related("feed__service").filter(free, feed=feed).first()
    if standing is None:
        return None
    standing.fence += 1
    standing.lease_until = now + LEASE
    standing.save(update_fields=["fence", "lease_until"])
    return standing


@transaction.atomic
def keep(standing: Fetching, connection: Connection, pulled: Pulled, now: datetime) -> None:
    """Keep what was fetched as an import that is owed, and move the cursor, both or neither. Raises LostClaim."""
    moved = {"cursor": pulled.cursor} if pulled.cursor is not None else {}
    if not Fetching.objects.filter(pk=standing.pk, fence=standing.fence).update(lease_until=now + LEASE, **moved):
        raise LostClaim
    feed = standing.feed
    if pulled.body:
        actions.receive_file(
            service=feed.service,
            format=feed.format,
            direction=feed.direction,
            vantage=feed.vantage,
            file_name=f"{connection.connector} {now:%Y-%m-%dT%H%M%SZ}.json",
            stream=io.BytesIO(pulled.body),
            by=actions.Way(f"connector {connection.connector}", Actor.WORKER),
            now=now,
        )
    for code, details in pulled.findings:
        note(feed, code, details, now)


@transaction.atomic
def end(standing: Fetching, failure: tuple[str, dict[str, str]] | None, now: datetime) -> None:
    """The run is over, to its end or not."""
    told = {"code": failure[0], "details": failure[1]} if failure else None
    Fetching.objects.filter(pk=standing.pk, fence=standing.fence).update(ended_at=now, failure=told, lease_until=None)
    if failure:
        note(standing.feed, *failure, now)


def note(feed: Feed, code: str, details: dict[str, str], now: datetime) -> None:
    """What the carrier's own words are part of is kept as what files say is: redacted, and without what no page can show."""
    details = {name: redact("".join(letter for letter in value if letter.isprintable()), LONGEST_DETAIL) for name, value in details.items()}
    if not feed.mishaps.filter(code=code, details=details, at__gt=now - TOLD_AGAIN).exists():
        Mishap.objects.create(service_id=feed.service_id, feed=feed, at=now, code=code, details=details)


def known(feed: Feed, now: datetime) -> Known:
    """What the ledger of the feed's service knows of messages, as connectors ask it."""

    def after(namespace: str, number: int, limit: int) -> list[tuple[int, str]]:
        recent = Event.objects.filter(reference=OuterRef("pk"), occurred_at__gt=now - CHANGES_FOR[namespace])
        found = Reference.objects.filter(Exists(recent), service=feed.service_id, namespace=namespace, pk__gt=number)
        return list(found.order_by("pk").values_list("pk", "value")[:limit])

    def finished(namespace: str, values: Collection[str]) -> set[str]:
        over = Event.objects.standing().filter(reference=OuterRef("pk"), code__in=FINISHED)
        named = Reference.objects.filter(
            Exists(over), service=feed.service_id, namespace=namespace, value__in=[value.lower() for value in values if "\0" not in value]
        )
        gone = set(named.values_list("value", flat=True))
        return {value for value in values if value.lower() in gone}

    return Known(after, finished)
