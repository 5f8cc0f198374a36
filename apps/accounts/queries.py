from collections.abc import Collection, Iterable
from datetime import datetime
from typing import NamedTuple

from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.models import Session
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from apps.accounts.models import SECOND_FACTORS, Membership, SignIn, User
from apps.accounts.roles import Permission, Role, roles_with
from apps.accounts.scope import Scope
from apps.registry import queries as registry
from apps.registry.addressing import Area
from apps.registry.models import Service, ServiceArea

Person = User | AnonymousUser


class Answer(NamedTuple):
    """One permission in one place: whether the person has it, and which roles give it."""

    permission: Permission
    may: bool
    roles: tuple[Role, ...]


class Place(NamedTuple):
    """A service (None: all of them, by a national role) with the person's roles there, and the answer for each permission."""

    service: Service | None
    roles: list[Role]
    answers: list[Answer]


# Asked with every request; written by hand it costs less than the plain lookup it stands for, where the annotation of the ORM cost twice as much.
SIGNED_IN = """
SELECT person.*, EXISTS (SELECT FROM mfa_authenticator factor WHERE factor.user_id = person.id AND factor.type = ANY (%s)) AS has_second_factor
  FROM accounts_user person WHERE person.id = %s
"""


def signed_in(user_id: int) -> User | None:
    """The person of a session, with `has_second_factor`."""
    return next(iter(User.objects.raw(SIGNED_IN, [[str(kind) for kind in SECOND_FACTORS], user_id])), None)


def scope_at(*, user: Person, now: datetime) -> Scope:
    """What the person may do at `now` (aware): memberships that hold then, nothing for someone signed out or shut out. One query."""
    if not user.is_active:
        return Scope()
    memberships = list(Membership.objects.at(now).filter(user=user.pk).select_related("service"))
    held = frozenset((one.service_id, Role(one.role)) for one in memberships)
    return Scope(held, user.is_superuser, {one.service_id: one.service for one in memberships if one.service_id})


def scope(user: Person) -> Scope:
    """What the person of this request may do now.

    Kept on the user object, which lives as long as its request; the clock is read here, since every page of the request must give the same answer.
    """
    known: Scope | None = getattr(user, "_scope", None)
    if known is None:
        known = user._scope = scope_at(user=user, now=timezone.now())  # type: ignore[union-attr]
    return known


def may(*, user: Person, permission: Permission, service: Service | None = None, now: datetime) -> bool:
    """Whether the person may do this in a service; without one, in any. `now` is aware."""
    return scope_at(user=user, now=now).may(permission, service.pk if service else None)


def services(*, user: Person, permission: Permission, now: datetime) -> QuerySet[Service]:
    """The services where the person may do this at `now`; ended services too, since their messages are still somebody's."""
    return _services(scope_at(user=user, now=now), permission)


def visible_services(user: Person, permission: Permission = Permission.SEE_DELIVERIES) -> Collection[int] | QuerySet:
    """For `.filter(service__in=...)`: where the person of this request may see rows of the kind that the permission names.

    Plain ids, so that PostgreSQL can plan for the few services a person has; a subquery only for those who may everywhere.
    """
    mine = scope(user)
    return Service.objects.values("pk") if mine.everywhere(permission) else mine.services(permission)


def services_seen(user: Person) -> list[Service]:
    """The services whose messages the person of this request may see, by name."""
    mine = scope(user)
    if mine.everywhere(Permission.SEE_DELIVERIES):
        return list(Service.objects.order_by("name", "code"))
    return sorted((mine.named[service] for service in mine.services(Permission.SEE_DELIVERIES)), key=lambda service: (service.name, service.code))


def members(*, services: QuerySet[Service], nationally: bool = False, now: datetime) -> QuerySet[Membership]:
    """Who belongs to the services at `now` or will, those with a role for all of them too when asked `nationally`; by service and name."""
    places = Q(service__in=services) | Q(service__isnull=True) if nationally else Q(service__in=services)
    return Membership.objects.not_over(now).filter(places).select_related("user", "service").order_by("service__name", "user__full_name", "role")


def who_may(*, permission: Permission, service: Service, now: datetime) -> QuerySet[User]:
    """The people whose role in this very service gives the permission at `now`, by name."""
    held = Membership.objects.at(now).filter(user=OuterRef("pk"), service=service, role__in=roles_with(permission))
    return User.objects.filter(Exists(held), is_active=True).order_by("full_name", "pk")


def places(*, roles: Collection[tuple[Role, str | None]], now: datetime) -> set[tuple[Role, Service | None]]:
    """These roles with the services of their codes, without those of services that are not there, or no longer on the Oslo day of `now`."""
    there = Service.objects.filter(Q(valid_to__isnull=True) | Q(valid_to__gt=timezone.localdate(now)), code__in={code for _role, code in roles if code})
    by_code = {service.code: service for service in there}
    return {(role, by_code.get(code) if code else None) for role, code in roles if code is None or code in by_code}


def people(*, by: User, now: datetime) -> QuerySet[User]:
    """The people whom `by` can see under People: of the services they manage, now or ever; everybody for who manages everywhere."""
    if scope_at(user=by, now=now).everywhere(Permission.MANAGE_MEMBERS):
        return User.objects.all()
    managed = services(user=by, permission=Permission.MANAGE_MEMBERS, now=now)
    return User.objects.filter(Exists(Membership.objects.filter(user=OuterRef("pk"), service__in=managed)))


def explained(user: Person) -> list[Place]:
    """What the person of this request may do and may not, in each place where they hold a role, by its name."""
    mine = scope(user)
    held: dict[int | None, list[Role]] = {}
    for service, role in sorted(mine.held, key=lambda one: list(Role).index(one[1])):
        held.setdefault(service, []).append(role)
    places = [Place(mine.named[service] if service else None, roles, _answers(roles)) for service, roles in held.items()]
    return sorted(places, key=lambda place: (place.service is not None, str(place.service)))


def sign_ins(*, user: User, now: datetime) -> QuerySet[SignIn]:
    """The person's sessions that are open at `now`, the latest first."""
    return SignIn.objects.filter(user=user, session_key__in=Session.objects.filter(expire_date__gt=now).values("session_key")).order_by("-began_at")


def areas(*, services: QuerySet[Service], now: datetime) -> list[ServiceArea]:
    """What these services cover on the Oslo day of `now`, by number."""
    mine = set(services)
    return [area for area in registry.areas_served(on=timezone.localdate(now)) if area.service in mine]


def answers_for(*, user: User, by: User, now: datetime) -> bool:
    """Whether `by` may deal with a person's account (password, second factor, lock-out, shutting out), which opens all their services.

    Only who manages every service the person belongs to. Never one's own this way, never a superuser's.
    """
    if by == user or user.is_superuser:
        return False
    manager = scope_at(user=by, now=now)
    theirs = set(Membership.objects.at(now).filter(user=user.pk).values_list("service_id", flat=True))  # of somebody shut out, too
    return manager.everywhere(Permission.MANAGE_MEMBERS) or (bool(theirs) and theirs <= set(manager.services(Permission.MANAGE_MEMBERS)))


def holders(*, areas: Iterable[Area], now: datetime) -> dict[Area, Service]:
    """Which service each area belongs to on the Oslo day of `now`; a district without a service of its own belongs to its municipality's."""
    served = {Area(area.municipality_id, area.district): area.service for area in registry.areas_served(on=timezone.localdate(now))}
    found = {area: served.get(area) or served.get(Area(area.municipality)) for area in areas}
    return {area: service for area, service in found.items() if service}


def _answers(roles: Collection[Role]) -> list[Answer]:
    return [Answer(permission, not set(roles).isdisjoint(roles_with(permission)), roles_with(permission)) for permission in Permission]


def _services(mine: Scope, permission: Permission) -> QuerySet[Service]:
    return Service.objects.all() if mine.everywhere(permission) else Service.objects.filter(pk__in=mine.services(permission))
