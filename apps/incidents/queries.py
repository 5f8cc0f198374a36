"""What a review may concern and what became of it: exactly, within the services of a person, or across all as the wall tells it to national coordinators."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone

from apps.deliveries.models import Delivery
from apps.incidents import cohort
from apps.incidents.models import Answer, Member, Review, Task
from apps.ledger.models import Reference
from apps.outages.models import Usage
from apps.registry.models import Service

HIDDEN = None  # stands for a number from one to four, which is not told across services
FEWEST, MOST = 1, 4
MOST_BEFORE = 9  # that are not told before freezing, when all others are told in tens


class Total(NamedTuple):
    """A sum over services of which some hide theirs: from `least` to `most`. A sum that were exact would give away what one of them hides."""

    least: int
    most: int

    @property
    def is_exact(self) -> bool:
        return self.least == self.most


@dataclass(frozen=True)
class Concerned:
    """One service that an incident may concern: the days on which, how many messages, and how many of them needed a person; HIDDEN where it is not told."""

    service: Service
    first_day: date
    last_day: date
    number: int | None
    in_doubt: int | None


@dataclass(frozen=True)
class Progress(Concerned):
    """What became of a service's task. Without `answered_at` nobody has answered, and `count` means nothing; days are Oslo's.

    `reminders` is on how many occasions somebody was reminded by mail, the last time at `reminded_at`.
    """

    task: int
    frozen_at: datetime
    answered_at: datetime | None
    count: int | None
    method: str
    asked_on: date | None
    replied_on: date | None
    patched_on: date | None
    reminded_at: datetime | None
    reminders: int
    is_behind: bool = False

    @property
    def is_answered(self) -> bool:
        return self.answered_at is not None


def concerned(*, review: Review, services: Collection[int] | None, now: datetime) -> list[Concerned]:
    """What freezing would keep: in these services (ids) exactly, or (None) in all in tens, as the wall tells it. By name; a service without any message too.

    Raises DatabaseError where all are asked for by whoever is no national coordinator.
    """
    if services is None:
        rows = _asked("SELECT * FROM wall.cohort(%s, %s)", [review.pk, now])
    else:
        sql = cohort.COUNT.format(review="%(review)s", services="%(services)s::bigint[]")
        rows = _asked(sql, {"review": review.pk, "services": list(services)})
    return _by_name(Concerned(service, *rest) for service, *rest in _with_services(rows))


def progress(*, review: Review, services: Collection[int] | None, now: datetime) -> list[Progress]:
    """The tasks of a review with what was answered: in these services, or (None) in all, told across the wall. By name. Raises as `concerned`."""
    if services is None:
        rows = _asked("SELECT * FROM wall.progress(%s, %s)", [review.pk, now])
    else:
        sql = cohort.PROGRESS.format(review="%(review)s", services="%(services)s::bigint[]")
        rows = _asked(sql, {"review": review.pk, "services": list(services)})
    is_due = review.due_on < timezone.localdate(now)
    told = (
        Progress(service, first, last, number, in_doubt, task, frozen_at, answered_at, count, method or "", *rest)
        for service, task, first, last, number, in_doubt, frozen_at, answered_at, count, method, *rest in _with_services(rows)
    )
    return _by_name(replace(one, is_behind=is_due and not one.is_answered) for one in told)


def unsaid(*, review: Review, services: Collection[int] | None) -> QuerySet[Service]:
    """The services (of these, or None: of all) of which nobody has said what case system they used in the days of a review, by name.

    They are in no cohort, and nobody knows whether they should be. None where the fault was not a case system's.
    """
    if not review.system:
        return Service.objects.none()
    used = Usage.objects.filter(Q(ended_on__isnull=True) | Q(ended_on__gte=review.begins), service=OuterRef("pk"), adopted_on__lte=review.ends)
    running = Q(valid_from__isnull=True) | Q(valid_from__lte=review.ends), Q(valid_to__isnull=True) | Q(valid_to__gt=review.begins)
    found = Service.objects.filter(*running).exclude(Exists(used)).order_by("name", "code")
    for wanted in (review.services or None, services):
        found = found if wanted is None else found.filter(pk__in=wanted)
    return found


def total(numbers: Iterable[int | None]) -> Total:
    """The sum of what services told, HIDDEN ones among them."""
    return _sum(numbers, MOST, 0, 0)


def rough_total(numbers: Iterable[int | None]) -> Total:
    """The sum of what was told in tens: 50 are 45 to 54."""
    return _sum(numbers, MOST_BEFORE, 5, 4)


def _sum(numbers: Iterable[int | None], most: int, less: int, more: int) -> Total:
    told = list(numbers)
    hidden, known = told.count(HIDDEN), [number for number in told if number]
    return Total(sum(known) - less * len(known) + FEWEST * hidden, sum(known) + more * len(known) + most * hidden)


def messages(*, task: Task, in_doubt: bool = False) -> QuerySet[Delivery]:
    """The deliveries that the messages of a frozen cohort are now; `in_doubt` those alone that needed a person then."""
    members = Member.objects.filter(task=task)
    if in_doubt:
        members = members.filter(state__in=cohort.NEEDS_A_PERSON)
    return Delivery.objects.filter(service=task.service_id, pk__in=Reference.objects.filter(pk__in=members.values("reference")).values("delivery"))


def tasks(*, services: Collection[int]) -> QuerySet[Task]:
    """The tasks of these services, the latest first, each with `count` and `answered_at` of the answer that stands."""
    standing = Answer.objects.filter(task=OuterRef("pk")).order_by("-pk")
    found = Task.objects.filter(service__in=services).select_related("review", "service").order_by("-pk")
    return found.annotate(answered_at=Subquery(standing.values("at")[:1]), count=Subquery(standing.values("count")[:1]))


def _asked(sql: str, params: list[Any] | dict[str, Any]) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchall()


def _with_services(rows: list[tuple]) -> Iterable[tuple]:
    services = Service.objects.in_bulk([service for service, *_rest in rows])
    return ((services[service], *rest) for service, *rest in rows)


def _by_name(rows):  # type: ignore[no-untyped-def]
    return sorted(rows, key=lambda row: (row.service.name, row.service.code))
