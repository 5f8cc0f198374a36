"""Whose entries a person may see, and the names of those who are in them."""

from collections import Counter
from collections.abc import Collection, Iterable
from datetime import datetime

from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from apps.accounts import queries as accounts
from apps.accounts.models import Membership, User
from apps.accounts.roles import Permission
from apps.audit import queries as audit
from apps.audit.models import Entry
from apps.audit.verbs import Verb
from apps.ledger.models import Reference
from apps.registry.models import Service
from apps.trail import volumes
from apps.trail.volumes import UnusualDay


def services(user: User) -> list[Service]:
    """Those whose trail the person of this request may see, by name."""
    return list(Service.objects.filter(pk__in=accounts.visible_services(user, Permission.SEE_TRAIL)).order_by("name", "code"))


def entries(*, services: Collection[int]) -> QuerySet[Entry]:
    """What concerns these services, and what belongs to none but concerns the people who belong to them or ever did."""
    return audit.of_services(services=services, people=members(services=services))


def members(*, services: Collection[int]) -> list[int]:
    return sorted(set(Membership.objects.filter(service__in=services).values_list("user_id", flat=True)))


def names(people: Iterable[int | None]) -> dict[int, str]:
    """By id; whoever has no name is called by their address."""
    return {user.pk: str(user) for user in User.objects.filter(pk__in={person for person in people if person})}


def service_names(services: Iterable[int | None]) -> dict[int | None, str]:
    return dict(Service.objects.filter(pk__in={service for service in services if service}).values_list("pk", "name"))


def people(entries: QuerySet[Entry], *, services: Collection[int], asked: str) -> list[tuple[str, str]]:
    """Ids and names for a choice: who belongs to these services or ever did, and who is asked for, if these entries name them."""
    known = set(members(services=services))
    if asked.isascii() and asked.isdecimal() and len(asked) < 19 and entries.filter(person_id=int(asked)).exists():
        known.add(int(asked))
    return sorted(((str(person), name) for person, name in names(known).items()), key=lambda choice: choice[1])


def homes(delivery: int) -> list[int]:
    """Every id that the delivery has or had: what was seen under another stays with it when messages are joined."""
    joined = Reference.objects.filter(pk=delivery).values("delivery")
    return sorted({delivery, *Reference.objects.filter(Q(delivery__in=joined) | Q(delivery=delivery)).values_list("pk", flat=True)})


def deeds(entries: QuerySet[Entry], *, person: int, since: datetime) -> Counter[str]:
    """How many entries of each verb name the person as who did it, since then."""
    return Counter(dict(entries.filter(person_id=person, at__gte=since).values_list("verb").annotate(count=Count("pk"))))


def besides(entries: QuerySet[Entry]) -> Counter[int | None]:
    """How many of these entries tell of something else than viewing, by person."""
    return Counter(dict(entries.exclude(verb=Verb.VIEWED).order_by().values_list("person_id").annotate(count=Count("pk"))))


def unusual(entries: QuerySet[Entry], *, now: datetime) -> list[UnusualDay]:
    """The unusual days of the last 30, as `volumes` has them."""
    counts = audit.views_by_day(entries, since=now - volumes.SHOWN - volumes.USUAL)
    return volumes.unusual(counts, since=timezone.localdate(now - volumes.SHOWN))
