"""What may be said of a channel: that somebody opened it on a day, that they can no longer, that the service does not use it, and that it does all the same."""

from collections.abc import Mapping
from datetime import date, datetime

from django.db import transaction
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.accounts.queries import may
from apps.accounts.roles import Permission
from apps.audit import actions as audit
from apps.audit.verbs import Kind, Verb
from apps.feeds import arrangements
from apps.readiness.models import LONGEST, REASON_LIMIT, Channel, Proof, Unused
from apps.registry.models import Service
from apps.ui import texts
from apps.watch import reminders
from apps.watch.models import Reminds


class NotAllowed(Exception):
    """The person has no role that gives this in the service."""


class NotKept(Exception):
    """What was said cannot be; `problems` says why, field by field."""

    def __init__(self, problems: Mapping[str, str | Promise]) -> None:
        super().__init__(dict(problems))
        self.problems = dict(problems)


@transaction.atomic
def prove(*, service: Service, channel: str, person: int, proven_on: date, expires_on: date | None, by: User, now: datetime) -> Proof:
    """Keep that a member of the service opened a channel on a day, and until when that holds (None: until said otherwise). Raises NotAllowed, NotKept."""
    allow(by, service, now)
    problems: dict[str, str | Promise] = {}
    if channel not in Channel.values:
        problems["channel"] = _("Choose a channel.")
    if not arrangements.members(service=service, now=now).filter(pk=person).exists():
        problems["person"] = _("Choose somebody who belongs to the service.")
    if proven_on > timezone.localdate(now):
        problems["proven_on"] = _("A day that has not come yet proves nothing.")
    if expires_on and expires_on < proven_on:
        problems["expires_on"] = _("This lies before the day on which it was proven.")
    if problems:
        raise NotKept(problems)
    forget(service.pk, channel, person)
    kept = Proof.objects.create(service=service, channel=channel, person_id=person, proven_on=proven_on, expires_on=expires_on, by=by, at=now)
    told(kept, by, now)
    return kept


@transaction.atomic
def end(*, proof: Proof, by: User, now: datetime) -> Proof:
    """Keep that a person can open the channel no longer. Raises NotAllowed."""
    allow(by, proof.service, now)
    forget(proof.service_id, proof.channel, proof.person_id)
    said = {"service": proof.service, "channel": proof.channel, "person": proof.person, "proven_on": proof.proven_on, "expires_on": proof.expires_on}
    over = Proof.objects.create(**said, is_over=True, by=by, at=now)
    told(over, by, now)
    return over


@transaction.atomic
def leave(*, service: Service, channel: str, until: date | None, reason: str, by: User, now: datetime) -> Unused:
    """Keep that the service does not use a channel from the Oslo day of `now` until a day, a year ahead at most, and why. Raises NotAllowed, NotKept."""
    allow(by, service, now)
    today, reason = timezone.localdate(now), reason.strip()
    problems: dict[str, str | Promise] = {}
    if channel not in Channel.values:
        problems["channel"] = _("Choose a channel.")
    if until is None or not today <= until <= today + LONGEST:
        problems["until"] = _("Give a day that is at most a year ahead: then it is said anew.")
    if not reason:
        problems["reason"] = _("This is needed.")
    elif wrong := texts.unfit(reason, REASON_LIMIT):
        problems["reason"] = wrong
    if problems or until is None:
        raise NotKept(problems)
    forget_unused(service.pk, channel)
    said = Unused.objects.create(service=service, channel=channel, since=today, until=until, reason=reason, by=by, at=now)
    told_of_use(said, by, now)
    return said


@transaction.atomic
def take_up(*, unused: Unused, by: User, now: datetime) -> Unused:
    """Keep that the service uses the channel all the same. Raises NotAllowed."""
    allow(by, unused.service, now)
    kept = {name: getattr(unused, name) for name in ("service", "channel", "since", "until", "reason")}
    forget_unused(unused.service_id, unused.channel)
    over = Unused.objects.create(**kept, is_over=True, by=by, at=now)
    told_of_use(over, by, now)
    return over


def told_of_use(unused: Unused, by: User, now: datetime) -> None:
    details = {"channel": unused.channel, "until": unused.until.isoformat(), "is_over": unused.is_over}
    audit.record(verb=Verb.CHANNEL_UNUSED, by=by, services=[unused.service_id], about=(Kind.SERVICE, unused.service_id), now=now, **details)


def forget(service: int, channel: str, person: int) -> None:
    """Nobody is reminded any more of what was proven before."""
    before = Proof.objects.filter(service=service, channel=channel, person=person).values_list("pk", flat=True)
    reminders.forget(reminds=Reminds.ACCESS, subjects=list(before))


def forget_unused(service: int, channel: str) -> None:
    """Nor of what was said before of a channel's use."""
    before = Unused.objects.filter(service=service, channel=channel).values_list("pk", flat=True)
    reminders.forget(reminds=Reminds.UNUSED, subjects=list(before))


def told(proof: Proof, by: User, now: datetime) -> None:
    details = {"channel": proof.channel, "proven_on": proof.proven_on.isoformat(), "is_over": proof.is_over}
    audit.record(verb=Verb.ACCESS_PROVEN, by=by, services=[proof.service_id], about=(Kind.PERSON, proof.person_id), now=now, **details)


def allow(by: User, service: Service, now: datetime) -> None:
    if not may(user=by, permission=Permission.ASSIGN, service=service, now=now):
        raise NotAllowed
