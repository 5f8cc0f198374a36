"""How a feed is arranged: which feeds there are, how often a file is expected of each, and who sees to it that one comes."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from apps.accounts.models import Membership, User
from apps.audit import actions as audit
from apps.audit.verbs import Kind, Verb
from apps.feeds import rhythm
from apps.feeds.models import Days, Feed, Mishap
from apps.feeds.rhythm import Standing
from apps.ledger.models import Import, ImportState
from apps.registry.models import Service

LONGEST_CADENCE = 366
LATELY = timedelta(days=7)


class NotAMember(Exception):
    """The person does not belong to the feed's service now."""


class NoCadence(Exception):
    """A cadence is a whole number of days, from 1 to LONGEST_CADENCE."""


@transaction.atomic
def add(*, service: Service, format: str, direction: str, vantage: str, by: User, now: datetime) -> Feed:
    """The feed, made now if nothing has come by it yet and nobody added it before."""
    asked = {"format": format, "direction": direction, "vantage": vantage}
    feed, is_new = Feed.objects.get_or_create(service=service, **asked, defaults={"created_at": now})
    if is_new:
        told(feed, by, now, **asked)
    return feed


@transaction.atomic
def arrange(*, feed: Feed, expected_every: int | None, expected_in: str, responsible: User | None, by: User, now: datetime) -> None:
    """Say how often a file is expected (None: nobody knows) and who sees to it. Raises NotAMember, NoCadence."""
    if expected_every is not None and not 0 < expected_every <= LONGEST_CADENCE:
        raise NoCadence(expected_every)
    if responsible and not members(service=feed.service, now=now).filter(pk=responsible.pk).exists():
        raise NotAMember(responsible.pk)
    feed.expected_every, feed.expected_in, feed.responsible = expected_every, Days(expected_in), responsible
    feed.save(update_fields=["expected_every", "expected_in", "responsible"])
    told(feed, by, now, expected_every=expected_every, expected_in=expected_in, responsible=responsible.pk if responsible else None)


def told(feed: Feed, by: User, now: datetime, **details: object) -> None:
    audit.record(verb=Verb.ARRANGED, by=by, services=[feed.service_id], about=(Kind.FEED, feed.pk), now=now, **details)


def members(*, service: Service, now: datetime) -> QuerySet[User]:
    """Who belongs to the service at `now`, by name."""
    held = Membership.objects.at(now).filter(service=service)
    return User.objects.filter(pk__in=held.values("user"), is_active=True).order_by("full_name")


def with_latest(feeds: QuerySet[Feed]) -> QuerySet[Feed]:
    """`latest_at`: when the last file came that was brought in whole, unset when none ever was."""
    same = {name: OuterRef(name) for name in ("service", "format", "direction", "vantage")}
    latest = Import.objects.filter(**same, state=ImportState.COMPLETE).order_by("-received_at").values("received_at")[:1]
    return feeds.annotate(latest_at=Subquery(latest))


def with_mishaps(feeds: QuerySet[Feed], *, now: datetime) -> QuerySet[Feed]:
    """`went_wrong`: how often something did in the week before `now`."""
    lately = Mishap.objects.filter(feed=OuterRef("pk"), at__gt=now - LATELY).order_by().values("feed").annotate(count=Count("pk")).values("count")
    return feeds.annotate(went_wrong=Coalesce(Subquery(lately), 0))


def standing(feed: Feed, *, now: datetime) -> Standing:
    """Whether a feed `with_latest` keeps its rhythm at `now` (aware)."""
    latest_at = feed.latest_at or feed.created_at  # type: ignore[attr-defined]
    return rhythm.standing(latest_at=latest_at, expected_every=feed.expected_every, in_working_days=feed.expected_in == Days.WORKING, now=now)


def standings(feeds: QuerySet[Feed], *, now: datetime) -> dict[int, Standing]:
    """The same for each of the feeds, by id; one query."""
    return {feed.pk: standing(feed, now=now) for feed in with_latest(feeds)}
