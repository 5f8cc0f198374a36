import secrets
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

from allauth.mfa.models import Authenticator
from django.contrib.sessions.models import Session
from django.db import IntegrityError, transaction
from django.db.models import F, QuerySet
from django.db.models.functions import Greatest

from apps.accounts import lockout, queries
from apps.accounts.models import Membership, SignIn, User
from apps.accounts.roles import NATIONAL, Permission, Role
from apps.audit import actions as audit
from apps.audit.verbs import Actor, Kind, Verb
from apps.registry import actions as registry
from apps.registry.addressing import Area
from apps.registry.models import Service

PASSWORD_BYTES = 12
DEVICE_LENGTH = 200
COME_BACK = timedelta(hours=12)


class EmailTaken(Exception):
    """Another person signs in with this address."""


class AlreadyMember(Exception):
    """The person holds this role in this service already."""


class AlreadyEnded(Exception):
    """The membership was over before."""


class RoleOutOfPlace(Exception):
    """A national role belongs to no service, every other role to one."""


class NotForOneself(Exception):
    """Nobody gives a role to themselves, whoever they are."""


class OutOfOrder(Exception):
    """A role begins no earlier than it is given, and ends after it begins."""


class NotTheirs(Exception):
    """Somebody for whom, or an area of a service for which (`args[0]` is the list of areas), the person does not answer."""


class Invitation(NamedTuple):
    """`password` is to be told once to a new person; empty for someone who could sign in before."""

    membership: Membership
    password: str


@transaction.atomic
def create_person(*, email: str, full_name: str, password: str | None, by: User | None, now: datetime, is_demo: bool = False) -> User:
    """A person who can sign in and, so far, belongs nowhere. `by` is None for set-up. Raises EmailTaken.

    Without a password they sign in where OIDC says who they are; of the demo's people no second factor is asked.
    """
    try:
        with transaction.atomic():
            made = User.objects.create_user(email, password, full_name=full_name, date_joined=now, is_demo=is_demo)
    except IntegrityError as error:
        raise EmailTaken(email) from error
    audit.record(verb=Verb.INVITED, by=by, about=(Kind.PERSON, made.pk), now=now)
    return made


@transaction.atomic
def invite(
    *, email: str, full_name: str, role: Role, service: Service | None, by: User, now: datetime, begins: datetime | None = None, ends: datetime | None = None
) -> Invitation:
    """Give a role to the person with this address, who gets an account and a first password when there was none. Dates and errors as those of `grant`."""
    user = User.objects.filter(email=email.strip().lower()).first()
    password = "" if user else secrets.token_urlsafe(PASSWORD_BYTES)
    if not user:
        user = create_person(email=email, full_name=full_name, password=password, by=by, now=now)
        User.objects.filter(pk=user.pk).update(has_first_password=True)
    return Invitation(grant(user=user, role=role, service=service, by=by, now=now, begins=begins, ends=ends), password)


@transaction.atomic
def grant(
    *, user: User, role: Role, service: Service | None, by: User | None, now: datetime, begins: datetime | None = None, ends: datetime | None = None
) -> Membership:
    """Let a person hold a role in a service from `begins` (or `now`) until before `ends`, both aware. `by` is None for set-up.

    Raises RoleOutOfPlace, NotForOneself, OutOfOrder, AlreadyMember.
    """
    if (service is None) != (role in NATIONAL):
        raise RoleOutOfPlace(role)
    if by == user:
        raise NotForOneself
    dates = {name: moment.isoformat() for name, moment in (("begins", begins), ("ends", ends)) if moment}
    begins = begins or now
    if begins < now or (ends and ends <= begins):
        raise OutOfOrder
    try:
        with transaction.atomic():
            membership = Membership.objects.create(user=user, service=service, role=role, valid_from=begins, valid_to=ends, granted_by=by)
    except IntegrityError as error:
        raise AlreadyMember from error
    audit.record(verb=Verb.GRANTED, by=by, services=[membership.service_id], about=(Kind.PERSON, user.pk), now=now, role=membership.role, **dates)
    return membership


@transaction.atomic
def end_membership(*, membership: Membership, by: User | None, now: datetime) -> None:
    """From `now` on the person no longer holds the role; that they held it stays known. One that had not begun never will. Raises AlreadyEnded."""
    if not Membership.objects.not_over(now).filter(pk=membership.pk).update(valid_to=Greatest(now, F("valid_from")), ended_by=by):
        raise AlreadyEnded
    services = [membership.service_id]
    audit.record(verb=Verb.MEMBERSHIP_ENDED, by=by, services=services, about=(Kind.PERSON, membership.user_id), now=now, role=membership.role)


@transaction.atomic
def follow_claims(*, user: User, roles: Collection[tuple[Role, str | None]], now: datetime) -> None:
    """Give the person the roles (in services by code) that their identity provider's claims give, and take those it gave before and no longer does."""
    wanted = {(role.value, service.pk if service else None) for role, service in queries.places(roles=roles, now=now)}
    held = Membership.objects.at(now).filter(user=user)
    for membership in held.filter(from_claims=True):
        if (membership.role, membership.service_id) not in wanted:
            Membership.objects.filter(pk=membership.pk).update(valid_to=now)
            _tell_of_claims(Verb.MEMBERSHIP_ENDED, membership, now)
    for role, service in sorted(wanted - set(held.values_list("role", "service")), key=str):
        _tell_of_claims(Verb.GRANTED, Membership.objects.create(user=user, service_id=service, role=role, valid_from=now, from_claims=True), now)


@transaction.atomic
def choose_keys(*, user: User, uses_keys: bool) -> None:
    """Whether single keys do something on the person's pages, or nothing (WCAG 2.1.4)."""
    User.objects.filter(pk=user.pk).update(uses_keys=uses_keys)


def choose_language(*, user: User, language: str) -> None:
    """The language of every page from now on, on every machine the person signs in on."""
    User.objects.filter(pk=user.pk).update(language=language)


@transaction.atomic
def renew_password(*, user: User, by: User, now: datetime) -> str:
    """A new first password for someone who lost theirs; their sessions end. Raises NotTheirs unless `by` answers for the person."""
    _have_answer(user=user, by=by, now=now)
    password = secrets.token_urlsafe(PASSWORD_BYTES)
    user.set_password(password)
    user.has_first_password = True
    user.save(update_fields=["password", "has_first_password"])
    end_sign_ins(sign_ins=user.sign_ins.all(), by=by, now=now)
    audit.record(verb=Verb.PASSWORD_RENEWED, by=by, about=(Kind.PERSON, user.pk), now=now)
    return password


@transaction.atomic
def note_own_password(*, user: User) -> None:
    """The person has chosen their password themselves, so that nobody else knows it."""
    User.objects.filter(pk=user.pk).update(has_first_password=False)


@transaction.atomic
def take_second_factor(*, user: User, by: User, now: datetime) -> None:
    """Someone lost theirs: at their next sign-in they set up a new one; their sessions end. Raises NotTheirs unless `by` answers for the person."""
    _have_answer(user=user, by=by, now=now)
    Authenticator.objects.filter(user=user).delete()
    end_sign_ins(sign_ins=user.sign_ins.all(), by=by, now=now)
    audit.record(verb=Verb.FACTOR_REMOVED, by=by, about=(Kind.PERSON, user.pk), now=now)


@transaction.atomic
def unlock(*, user: User, by: User, now: datetime) -> None:
    """Let someone who was locked out try again. Raises NotTheirs unless `by` answers for the person."""
    _have_answer(user=user, by=by, now=now)
    audit.record(verb=Verb.UNLOCKED, by=by, about=(Kind.PERSON, user.pk), now=now, attempts=lockout.open_account(user.email))


@transaction.atomic
def unlock_source(*, source: str, by: User, now: datetime) -> None:
    """Let people sign in from this network again; it belongs to no service, so it takes who manages everywhere. Raises NotTheirs."""
    if not queries.scope_at(user=by, now=now).everywhere(Permission.MANAGE_MEMBERS):
        raise NotTheirs
    audit.record(verb=Verb.UNLOCKED, by=by, now=now, attempts=lockout.open_source(source))


@transaction.atomic
def shut_out(*, user: User, by: User, now: datetime) -> None:
    """The person is signed out at their next request and cannot sign in until let in; memberships stay. Raises NotTheirs unless `by` answers for them."""
    _have_answer(user=user, by=by, now=now)
    User.objects.filter(pk=user.pk).update(is_active=False)
    end_sign_ins(sign_ins=user.sign_ins.all(), by=by, now=now)
    audit.record(verb=Verb.DISABLED, by=by, about=(Kind.PERSON, user.pk), now=now)


@transaction.atomic
def let_in(*, user: User, by: User, now: datetime) -> None:
    """The person can sign in again. Raises NotTheirs unless `by` answers for them."""
    _have_answer(user=user, by=by, now=now)
    User.objects.filter(pk=user.pk).update(is_active=True)
    audit.record(verb=Verb.ENABLED, by=by, about=(Kind.PERSON, user.pk), now=now)


@transaction.atomic
def make_service(*, code: str, name: str, areas: Iterable[tuple[str, str]], by: User, now: datetime) -> Service:
    """Make a service out of areas whose services `by` administrates; raises NotTheirs, and as the registry's `make_service`.

    Whoever works in a service that ends by this goes along in the same roles; `by` administrates the new one's imports.
    """
    wanted = [Area(*area) for area in areas]
    holders = queries.holders(areas=wanted, now=now)
    theirs = set(queries.services(user=by, permission=Permission.MANAGE_SERVICES, now=now))
    if foreign := [area for area in wanted if holders.get(area) not in theirs]:
        raise NotTheirs(foreign)

    service = registry.make_service(code=code, name=name, areas=wanted, by=by.email, now=now)
    ended = Service.objects.filter(pk__in=[holder.pk for holder in holders.values()], valid_to__isnull=False)
    joining = set(Membership.objects.at(now).filter(service__in=ended).values_list("user_id", "role"))
    if not by.is_superuser:
        joining.add((by.pk, Role.IMPORT_ADMINISTRATOR.value))
    Membership.objects.bulk_create(Membership(user_id=user, service=service, role=role, valid_from=now, granted_by=by) for user, role in sorted(joining))
    areas_told = [f"{area.municipality}/{area.district}" for area in wanted]
    audit.record(verb=Verb.SERVICE_MADE, by=by, services=[service.pk], about=(Kind.SERVICE, service.pk), now=now, areas=areas_told)
    for user, role in sorted(joining):
        audit.record(verb=Verb.GRANTED, by=by, services=[service.pk], about=(Kind.PERSON, user), now=now, role=role)
    return service


@transaction.atomic
def begin_sign_in(*, user: User, session_key: str, source: str | None, device: str, now: datetime) -> SignIn:
    """Note a session that the person began, and forget theirs that are over. `device` is what the browser says of itself."""
    open_ones = Session.objects.filter(expire_date__gt=now).values("session_key")
    SignIn.objects.filter(user=user).exclude(session_key__in=open_ones).delete()
    return SignIn.objects.create(user=user, session_key=session_key, began_at=now, source=source, device=device[:DEVICE_LENGTH])


@transaction.atomic
def forget_ended(*, now: datetime) -> None:
    """Sessions that are over long enough for nobody to come back for what they had typed; attempts to sign in that no longer count."""
    Session.objects.filter(expire_date__lt=now - COME_BACK).delete()
    SignIn.objects.exclude(session_key__in=Session.objects.values("session_key")).delete()
    lockout.forget(before=now - COME_BACK)


@transaction.atomic
def follow_sign_in(*, session_key: str, to: str) -> None:
    """The session goes on under another key, as it does when somebody changes their own password."""
    SignIn.objects.filter(session_key=session_key).update(session_key=to)


@transaction.atomic
def end_sign_ins(*, sign_ins: QuerySet[SignIn], by: User, now: datetime) -> int:
    """Whoever holds these sessions is signed out at their next request; returns how many were ended."""
    keys = list(sign_ins.values_list("session_key", flat=True))
    Session.objects.filter(session_key__in=keys).delete()
    ended = list(SignIn.objects.filter(session_key__in=keys).values_list("user", flat=True))
    SignIn.objects.filter(session_key__in=keys).delete()
    for user in ended:
        audit.record(verb=Verb.SESSION_ENDED, by=by, about=(Kind.PERSON, user), now=now)
    return len(ended)


def _tell_of_claims(verb: Verb, membership: Membership, now: datetime) -> None:
    audit.record(
        verb=verb, by=Actor.WORKER, services=[membership.service_id], about=(Kind.PERSON, membership.user_id), now=now, role=membership.role, why="claims"
    )


def _have_answer(*, user: User, by: User, now: datetime) -> None:
    if not queries.answers_for(user=user, by=by, now=now):
        raise NotTheirs
