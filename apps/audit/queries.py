"""What may be asked of the trail. Whose entries somebody may see is said by who asks."""

from collections.abc import Collection
from datetime import datetime
from typing import TypedDict

from django.db.models import Count, Max, Min, Q, QuerySet
from django.db.models.functions import TruncDate

from apps.audit.models import Entry
from apps.audit.verbs import Kind, Verb


class Seen(TypedDict):
    """How often a person viewed a thing, and when first and last (aware)."""

    person_id: int
    count: int
    first: datetime
    last: datetime


def of_services(*, services: Collection[int], people: Collection[int]) -> QuerySet[Entry]:
    """Entries about these services; of those that belong to none, what these people did or had done to them, and what nobody that is known did."""
    about_nobody = Q(person_id__isnull=True) & ~Q(kind=Kind.PERSON)
    national = Q(person_id__in=people) | Q(kind=Kind.PERSON, object_id__in=people) | about_nobody
    return Entry.objects.filter(Q(service_id__in=services) | Q(service_id__isnull=True) & national)


def seen_by(*, kind: Kind, ids: Collection[int], services: Collection[int]) -> QuerySet[Entry, Seen]:
    """Who viewed a thing that is or was known by these ids, the latest first."""
    views = Entry.objects.filter(verb=Verb.VIEWED, kind=kind, object_id__in=ids, service_id__in=services, person_id__isnull=False)
    return views.values("person_id").annotate(count=Count("pk"), first=Min("at"), last=Max("at")).order_by("-last", "person_id")  # type: ignore[return-value]


def last_told(*, kind: Kind, ids: Collection[int], person: int, detail: str) -> dict[int, datetime]:
    """When the person last viewed each of the things with this detail in the entry; those that they never viewed so are left out."""
    views = Entry.objects.filter(verb=Verb.VIEWED, kind=kind, object_id__in=ids, person_id=person, text__contains=f'"{detail}":')
    return dict(views.values_list("object_id").annotate(last=Max("at")))


def doers(*, verbs: Collection[Verb], kind: Kind, ids: Collection[int], services: Collection[int]) -> dict[datetime, int]:
    """Which person did one of these things, by the moment of it, to what is or was known by these ids."""
    done = Entry.objects.filter(verb__in=verbs, kind=kind, object_id__in=ids, service_id__in=services, person_id__isnull=False)
    return {at: person for at, person in done.order_by("pk").values_list("at", "person_id") if person}


def views_by_day(entries: QuerySet[Entry], *, since: datetime) -> QuerySet:
    """(person, day in Oslo, messages viewed) among these entries since then, by person and day."""
    views = entries.filter(verb=Verb.VIEWED, kind=Kind.DELIVERY, person_id__isnull=False, at__gte=since)
    return views.annotate(day=TruncDate("at")).values_list("person_id", "day").annotate(count=Count("pk")).order_by("person_id", "day")
