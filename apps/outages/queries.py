"""Which outages and faults something falls in, and which case system a service used."""

from collections.abc import Collection
from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Greatest
from django.utils import timezone

from apps.deliveries.models import Delivery
from apps.outages.models import Outage, OutageQuerySet, Usage


def windows(*, channel: str, between: tuple[datetime, datetime], service: int | None = None) -> OutageQuerySet:
    """The outages and faults that stand and touch the time from `between[0]` to `between[1]` (aware) on a channel, the earliest first.

    An empty channel asks for all. With a service (its id) only those of it or of all services, and those of a case system only where the service used it
    in that version at the time, and nothing had mended it yet. What is of other services is behind the wall, whatever is asked.
    """
    begin, end = between
    found = Outage.objects.standing().filter(Q(ends_at__isnull=True) | Q(ends_at__gt=begin), begins_at__lte=end)
    if channel:
        found = found.filter(channel__in=["", channel])
    if service is not None:
        used = at_work(begin, end).filter(service=service, system__iexact=OuterRef("system"))
        suits = Q(system="") | Q(Exists(used), version="") | Exists(used.filter(version__iexact=OuterRef("version")))
        found = found.filter(suits, Q(service__isnull=True) | Q(service=service))
    return found.select_related("service").order_by("begins_at", "pk")


def with_falls(deliveries: QuerySet[Delivery]) -> QuerySet[Delivery]:
    """`may_fall_in`: whether an outage or a fault touches a delivery's way, whoever used which case system: read with it, so that few pages ask `windows`."""
    ends = Greatest(OuterRef("first_at"), OuterRef("progress_at"))
    touching = Outage.objects.standing().filter(
        Q(ends_at__isnull=True) | Q(ends_at__gt=OuterRef("first_at")),
        Q(service__isnull=True) | Q(service=OuterRef("service")),
        Q(channel="") | Q(channel=OuterRef("channel")),
        begins_at__lte=ends,
    )
    return deliveries.annotate(may_fall_in=Exists(touching))


def at_work(begin: datetime, end: datetime) -> QuerySet[Usage]:
    """The case systems in use, and not mended yet, at some time of a window; the day of a patch belongs to it, since its hour is not known."""
    first, last = timezone.localdate(begin), timezone.localdate(end)
    return Usage.objects.filter(Q(patched_on__isnull=True) | Q(patched_on__gte=first), Q(ended_on__isnull=True) | Q(ended_on__gte=first), adopted_on__lte=last)


def usages(*, services: Collection[int]) -> QuerySet[Usage]:
    """What these services use and used, by name and day."""
    return Usage.objects.filter(service__in=services).select_related("service").order_by("service__name", "service__code", "adopted_on", "pk")


def used_by(*, service: int, at: datetime) -> Usage | None:
    """The case system that a service used at a moment; of two the one adopted last."""
    return at_work(at, at).filter(service=service).order_by("-adopted_on", "-pk").first()
