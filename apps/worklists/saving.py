"""Ways of looking at a worklist, kept under a name: by oneself, for one's service, or for everybody. What is kept is an address, and no row."""

from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import Case, IntegerField, Q, QuerySet, Value, When
from django.http import QueryDict
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from apps.accounts import queries as accounts
from apps.accounts.models import User
from apps.accounts.roles import Permission, Role
from apps.audit import actions as audit
from apps.audit.verbs import Verb
from apps.registry.models import Service
from apps.ui import texts
from apps.worklists.actions import NotAllowed, Unfit
from apps.worklists.models import Reach, SavedView

# Where one is in a list and what one searched for is no way of looking at it.
NOT_KEPT = ("page", "view", "format", "reference", "known")
LONGEST = 1000
SHARED_BY = {Reach.SERVICE: Permission.ASSIGN, Reach.ALL: Permission.MANAGE_SERVICES}


@dataclass(frozen=True)
class Address:
    """A worklist with what of its query is kept."""

    direction: str
    slug: str
    query: str


@dataclass(frozen=True)
class Seen:
    """A kept view as the list shows it: whether what is shown is still that."""

    view: SavedView
    is_modified: bool


def kept(query: QueryDict) -> str:
    """What of a query is a way of looking, in one order, so that two can be compared."""
    return urlencode(sorted((name, value) for name, values in query.lists() if name not in NOT_KEPT for value in values if value))


def url(view: SavedView) -> str:
    asked = "&".join(filter(None, (view.query, f"view={view.pk}")))
    return f"{reverse('worklists:list', args=[view.direction, view.slug])}?{asked}"


def visible(*, user: User) -> QuerySet[SavedView]:
    """One's own, those of one's services and those for everybody, by name."""
    mine = Q(reach=Reach.PRIVATE, owner=user) | Q(reach=Reach.SERVICE, service__in=accounts.visible_services(user)) | Q(reach=Reach.ALL)
    return SavedView.objects.filter(mine).select_related("owner", "service").order_by("name", "pk")


def seen(*, user: User, direction: str, slug: str, query: QueryDict) -> Seen | None:
    """The view that an address names; no query where it names none."""
    asked = query.get("view", "")
    view = visible(user=user).filter(pk=asked).first() if asked.isdecimal() and len(asked) < 19 else None
    return Seen(view, (view.direction, view.slug, view.query) != (direction, slug, kept(query))) if view else None


def default(*, user: User) -> SavedView | None:
    """What the worklists open with: the view of the person's first role, their service's before everybody's."""
    roles = accounts.scope(user).roles
    if not roles:
        return None
    rank = Case(*(When(default_for=role, then=Value(place)) for place, role in enumerate(roles)), output_field=IntegerField())
    return visible(user=user).filter(default_for__in=roles).annotate(rank=rank).order_by("rank", "reach", "pk").last()


def reaches(*, user: User, service: Service | None) -> list[tuple[str, object]]:
    """How far a view may be shared by this person; with a service only where one is in view."""
    mine = accounts.scope(user)
    may = [
        (Reach.PRIVATE, True),
        (Reach.SERVICE, service is not None and mine.may(Permission.ASSIGN, service.pk)),
        (Reach.ALL, mine.may(Permission.MANAGE_SERVICES)),
    ]
    return [(reach.value, reach.label) for reach, holds in may if holds]


@transaction.atomic
def keep(*, address: Address, name: str, reach: str, service: Service | None, by: User, now: datetime, default_for: str = "") -> SavedView:
    """Keep a way of looking. The same name again is the same view, changed; a role's former default is one no longer. Raises NotAllowed, Unfit."""
    name = name.strip()
    wrong = texts.unfit(name, 80) if name else _("Give it a name.")
    if wrong:
        raise Unfit(name=wrong)
    if len(address.query) > LONGEST:
        raise Unfit(name=_("This is filtered by more than can be kept."))
    if default_for and (reach == Reach.PRIVATE or default_for not in Role.values):
        raise Unfit(default_for=_("Only what others see too."))
    if reach not in dict(reaches(user=by, service=service)):
        raise NotAllowed
    where = service if reach == Reach.SERVICE else None
    if default_for:
        SavedView.objects.filter(service=where, default_for=default_for).exclude(reach=Reach.PRIVATE).update(default_for="")
    of_mine = {"owner": by} if reach == Reach.PRIVATE else {}
    told = {"direction": address.direction, "slug": address.slug, "query": address.query, "default_for": default_for, "kept_at": now}
    try:
        with transaction.atomic():
            view, _is_new = SavedView.objects.update_or_create(
                reach=reach, service=where, name=name, **of_mine, defaults=told, create_defaults={**told, "owner": by}
            )
    except IntegrityError:  # of two at the same moment, one
        raise Unfit(name=_("There is one of that name already.")) from None
    audit.record(verb=Verb.VIEW_KEPT, by=by, services=[where.pk] if where else audit.NATIONAL, now=now, view=view.pk)
    return view


@transaction.atomic
def remove(*, view: SavedView, by: User, now: datetime) -> None:
    """One's own, or what one may share. Raises NotAllowed."""
    mine = accounts.scope(by)
    permission = SHARED_BY.get(Reach(view.reach))
    if view.owner_id != by.pk and not (permission and mine.may(permission, view.service_id)):
        raise NotAllowed
    number = view.pk
    view.delete()
    audit.record(verb=Verb.VIEW_REMOVED, by=by, services=[view.service_id] if view.service_id else audit.NATIONAL, now=now, view=number)
