"""What people do about whose turn a delivery is: take it, let it go, give it to somebody or to another service, put it aside. Nothing here closes anything.

Each is a step that stays and a row that says how it is now, and is told to the trail, all in one transaction.
"""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.accounts.queries import may
from apps.accounts.roles import Permission
from apps.audit import actions as audit
from apps.audit.verbs import Kind, Verb
from apps.deliveries.models import Delivery
from apps.deliveries.states import NEEDS_A_PERSON
from apps.handovers import actions as handovers
from apps.handovers.models import Handover
from apps.registry import queries as registry
from apps.registry.models import Service
from apps.ui import texts
from apps.worklists import queues, turns
from apps.worklists.models import REASON_LIMIT, Act, Batch, Claim, Step

VERBS = {
    Act.CLAIMED: Verb.CLAIMED,
    Act.ASSIGNED: Verb.ASSIGNED,
    Act.RELEASED: Verb.RELEASED,
    Act.PAUSED: Verb.PAUSED,
    Act.RESUMED: Verb.RESUMED,
}


class NotAllowed(Exception):
    """The person has no role that gives this in the delivery's service."""


class NotOpen(Exception):
    """The delivery does not need a person (any more)."""


class Taken(Exception):
    """Somebody else has it; `claim` says who and until when."""

    def __init__(self, claim: Claim) -> None:
        super().__init__(claim.pk)
        self.claim = claim


class NotYours(Exception):
    """Only whoever has it lets it go, or who gives messages to people."""


class Unfit(Exception):
    """A field is missing or cannot be kept; `problems` says which and why, field by field."""

    def __init__(self, **problems: str | Promise) -> None:
        super().__init__(problems)
        self.problems = problems


@transaction.atomic
def claim(*, delivery: Delivery, by: User, now: datetime) -> None:
    """Take a delivery that nobody has; what one has already stays as it is. Raises NotAllowed, NotOpen, Taken."""
    allow(by, Permission.DECIDE, delivery.service, now)
    if take(service=delivery.service, deliveries=[delivery.pk], by=by, now=now):
        return
    holder = held(delivery, now)
    if holder is None:
        raise NotOpen
    if holder.person_id != by.pk:
        raise Taken(holder)


@transaction.atomic
def assign(*, delivery: Delivery, person: User, by: User, now: datetime) -> None:
    """Give a delivery to somebody who may decide about it, whoever has it now. Raises NotAllowed, NotOpen, Unfit."""
    if not give(service=delivery.service, deliveries=[delivery.pk], person=person, by=by, now=now):
        raise NotOpen


@transaction.atomic
def release(*, delivery: Delivery, by: User, now: datetime) -> None:
    """Let go of what one has; who gives messages to people may let go for others. What nobody has stays so. Raises NotYours."""
    over = may(user=by, permission=Permission.ASSIGN, service=delivery.service, now=now)
    freed = turns.free(service=delivery.service, deliveries=[delivery.pk], person=by, now=now, over=over)
    if not freed and held(delivery, now):
        raise NotYours
    told(Act.RELEASED, delivery.service, freed, by=by, now=now)


@transaction.atomic
def pause(*, delivery: Delivery, until: datetime, reason: str, by: User, now: datetime) -> None:
    """Put a delivery aside until a moment (aware), or until something new is known. Raises NotAllowed, NotOpen, Taken, Unfit."""
    allow(by, Permission.DECIDE, delivery.service, now)
    if put_aside(service=delivery.service, deliveries=[delivery.pk], until=until, reason=reason, by=by, now=now):
        return
    if delivery.state not in NEEDS_A_PERSON:
        raise NotOpen
    holder = held(delivery, now)
    if holder and holder.person_id != by.pk:
        raise Taken(holder)
    raise Unfit(until=_("The carrier's copy is gone before that. Choose an earlier day."))


@transaction.atomic
def resume(*, delivery: Delivery, by: User, now: datetime) -> None:
    """Take up again what was put aside; what was not stays as it is. Raises NotAllowed."""
    allow(by, Permission.DECIDE, delivery.service, now)
    told(Act.RESUMED, delivery.service, turns.resume(service=delivery.service, deliveries=[delivery.pk]), by=by, now=now)


@transaction.atomic
def hand_over(*, delivery: Delivery, to: Service, reason: str, by: User, now: datetime) -> Handover:
    """Offer a delivery to another service, and let go of it. Raises Taken, and what `handovers.offer` raises."""
    holder = held(delivery, now)
    if holder and holder.person_id != by.pk:
        raise Taken(holder)
    made = handovers.offer(delivery=delivery, to=to, reason=reason, by=by, now=now)
    told(Act.RELEASED, delivery.service, turns.free(service=delivery.service, deliveries=[delivery.pk], person=by, now=now, over=False), by=by, now=now)
    return made


def take(*, service: Service, deliveries: Sequence[int], by: User, now: datetime, batch: Batch | None = None) -> list[int]:
    """Those of the deliveries that nobody had, now `by`'s. In the caller's transaction, who has checked that they may."""
    until = now + registry.policy(name="claim_hold", at=now)
    taken = turns.take(service=service, deliveries=deliveries, person=by, by=by, until=until, now=now, over=False)
    return told(Act.CLAIMED, service, taken, by=by, now=now, batch=batch, person=by, until=until)


def give(*, service: Service, deliveries: Sequence[int], person: User, by: User, now: datetime, batch: Batch | None = None) -> list[int]:
    """The open ones of the deliveries, now the person's. In the caller's transaction. Raises NotAllowed, Unfit."""
    allow(by, Permission.ASSIGN, service, now)
    if not may(user=person, permission=Permission.DECIDE, service=service, now=now):
        raise Unfit(person=_("Choose somebody who may decide in this service."))
    until = now + registry.policy(name="claim_hold", at=now)
    given = turns.take(service=service, deliveries=deliveries, person=person, by=by, until=until, now=now, over=True)
    return told(Act.ASSIGNED, service, given, by=by, now=now, batch=batch, person=person, until=until)


def put_aside(*, service: Service, deliveries: Sequence[int], until: datetime, reason: str, by: User, now: datetime, batch: Batch | None = None) -> list[int]:
    """Those of the deliveries that may wait so long, put aside. In the caller's transaction, who has checked that they may. Raises Unfit."""
    check_end(until, now)
    check_reason(reason)
    paused = turns.pause(service=service, deliveries=deliveries, by=by, until=until, now=now)
    return told(Act.PAUSED, service, paused, by=by, now=now, batch=batch, until=until, reason=reason.strip())


def told(
    act: Act,
    service: Service,
    deliveries: Sequence[int],
    *,
    by: User,
    now: datetime,
    batch: Batch | None = None,
    person: User | None = None,
    until: datetime | None = None,
    reason: str = "",
) -> list[int]:
    """The steps, and the trail's entry of them: about the delivery when it is one alone."""
    Step.objects.bulk_create(
        Step(service=service, reference_id=delivery, batch=batch, act=act, person=person, until=until, reason=reason, by=by, at=now) for delivery in deliveries
    )
    if deliveries and batch is None:
        about = (Kind.DELIVERY, deliveries[0]) if len(deliveries) == 1 else None
        details = {"to": person.pk} if person and person != by else {}
        audit.record(verb=VERBS[act], by=by, services=[service.pk], about=about, now=now, **details)
    return list(deliveries)


def allow(by: User, permission: Permission, service: Service, now: datetime) -> None:
    if not may(user=by, permission=permission, service=service, now=now):
        raise NotAllowed


def held(delivery: Delivery, now: datetime) -> Claim | None:
    return queues.claims(now=now).filter(reference__delivery=delivery.pk).select_related("person").order_by("since").first()


def check_end(until: datetime, now: datetime) -> None:
    if until <= now:
        raise Unfit(until=_("Choose a day that lies ahead."))
    longest = registry.policy(name="longest_pause", at=now)
    if until > now + longest:
        raise Unfit(until=_("Choose a day within the next {days} days.").format(days=longest.days))


def check_reason(reason: str) -> None:
    wrong = texts.unfit(reason, REASON_LIMIT) if reason.strip() else _("Write why.")
    if wrong:
        raise Unfit(reason=wrong)
