"""What may be said of who can open a channel: that they did on a day, and that they can no longer."""

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
from apps.readiness.models import Channel, Proof
from apps.registry.models import Service


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
    kept = Proof.objects.create(service=service, channel=channel, person_id=person, proven_on=proven_on, expires_on=expires_on, by=by, at=now)
    told(kept, by, now)
    return kept


@transaction.atomic
def end(*, proof: Proof, by: User, now: datetime) -> Proof:
    """Keep that a person can open the channel no longer. Raises NotAllowed."""
    allow(by, proof.service, now)
    said = {"service": proof.service, "channel": proof.channel, "person": proof.person, "proven_on": proof.proven_on, "expires_on": proof.expires_on}
    over = Proof.objects.create(**said, is_over=True, by=by, at=now)
    told(over, by, now)
    return over


def told(proof: Proof, by: User, now: datetime) -> None:
    details = {"channel": proof.channel, "proven_on": proof.proven_on.isoformat(), "is_over": proof.is_over}
    audit.record(verb=Verb.ACCESS_PROVEN, by=by, services=[proof.service_id], about=(Kind.PERSON, proof.person_id), now=now, **details)


def allow(by: User, service: Service, now: datetime) -> None:
    if not may(user=by, permission=Permission.ASSIGN, service=service, now=now):
        raise NotAllowed
