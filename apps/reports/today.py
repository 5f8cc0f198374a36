"""The few numbers that matter today. Each carries the address of exactly the rows it counts."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Max, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone

from apps.deliveries import queries as deliveries
from apps.deliveries.models import Delivery
from apps.feeds import arrangements
from apps.feeds.catalogue import FORMATS
from apps.feeds.models import Feed
from apps.feeds.rhythm import BEHIND
from apps.ledger.models import Coverage, Direction, Import, ImportState
from apps.registry.models import Service

CASE_SYSTEM_FORMATS = [name for name, format in FORMATS.items() if format.is_case_system]


@dataclass(frozen=True)
class Work:
    """Open deliveries of one direction: all of them, those whose copy is gone within 7 days, those new since yesterday, and looks the person may give."""

    open: int = 0
    running_out: int = 0
    new: int = 0
    looks: int = 0


def yesterday(*, now: datetime) -> datetime:
    """The first moment of yesterday in Oslo."""
    today = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    return timezone.make_aware(today.replace(tzinfo=None) - timedelta(days=1))


def work(open_deliveries: QuerySet[Delivery], *, may_look: Iterable[int], proposed_by_me: object, now: datetime) -> dict[str, Work]:
    """The numbers by direction, in one query. `may_look` are the services where the person may give a second look, on what others proposed."""
    mine = Q(look_waits=True, service__in=may_look) & ~Q(pk__in=proposed_by_me)
    counted = (
        open_deliveries.order_by()
        .values("direction")
        .annotate(
            open=Count("pk"),
            running_out=Count("pk", filter=Q(gone_at__gt=now, gone_at__lte=now + deliveries.RUNNING_OUT)),
            new=Count("pk", filter=Q(since__gte=yesterday(now=now))),
            looks=Count("pk", filter=mine),
        )
    )
    found = {row.pop("direction"): Work(**row) for row in counted}
    return {direction: found.get(direction, Work()) for direction in Direction.values}


def feeds_behind(*, services: Iterable[int], now: datetime) -> int:
    """Feeds of these services of which a file was expected and has not come; one query."""
    return sum(standing in BEHIND for standing in arrangements.standings(Feed.objects.filter(service__in=services), now=now).values())


@dataclass(frozen=True)
class Files:
    """Imports that began and are not finished, those of them that stopped and will not go on without somebody, and files that wait for a person's yes."""

    unfinished: int
    needs_a_person: int
    waiting: int


def files(imports: QuerySet[Import]) -> Files:
    unread = imports.unread().order_by().values_list("state").annotate(count=Count("pk"))
    counts = dict(unread)
    waiting = counts.pop(ImportState.PREVIEWED, 0)
    return Files(unfinished=sum(counts.values()), needs_a_person=counts.get(ImportState.NEEDS_A_PERSON, 0), waiting=waiting)


def reach(*, services: Iterable[int]) -> QuerySet[Service]:
    """Each service with `reaches_at`, how far its case system's data reach, and `last_at`, when a file of it was last complete; those that reach least first."""
    complete = Import.objects.complete().filter(service=OuterRef("pk"), format__in=CASE_SYSTEM_FORMATS, direction=Direction.INBOUND)
    return (
        Service.objects.filter(pk__in=list(services))
        .annotate(
            reaches_at=Subquery(Coverage.objects.filter(service=OuterRef("pk")).values("reaches_at")),
            last_at=Subquery(complete.values("service").annotate(last=Max("finished_at")).values("last")),
        )
        .order_by("reaches_at", "name")
    )
