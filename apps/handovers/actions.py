"""What may be done about handing a message over: offer it to another service, take it over there, send it back, take it back. The worker carries each across.

Whatever is owed across it is what one side holds and the other does not, so that carrying can be tried again at any time and nothing is carried twice.
"""

import secrets
from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

from django.db import transaction
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.accounts.queries import may
from apps.accounts.roles import Permission
from apps.audit import actions as audit
from apps.audit.verbs import Actor, Kind, Verb
from apps.deliveries import actions as deliveries
from apps.deliveries.models import Delivery, Reporter
from apps.deliveries.states import NEEDS_A_PERSON
from apps.handovers import queries
from apps.handovers.models import TEXT_LIMIT, End, Ending, Handover, Offer, Recall, Recalled, Reply
from apps.ledger import actions as ledger
from apps.ledger.models import HANDOVER, Direction
from apps.registry import queries as registry
from apps.registry.models import Service
from apps.ui import texts
from apps.ui.filters import start_of
from apps.walls import scope

Row = TypeVar("Row")
VERBS = {End.ACCEPTED: Verb.TOOK_OVER, End.DECLINED: Verb.SENT_BACK, End.LAPSED: Verb.SENT_BACK, End.TAKEN_BACK: Verb.HANDED_OVER}
NUMBER = "H{day:%Y%m%d}-{rest}"


class NotAllowed(Exception):
    """The person has no role that gives this in the service."""


class NotOpen(Exception):
    """The message does not need a person (any more), is from the service itself, or waits for a second look."""


class HandedOver(Exception):
    """It is with another service already; `handover` says with which and until when."""

    def __init__(self, handover: Handover) -> None:
        super().__init__(handover.pk)
        self.handover = handover


class Answered(Exception):
    """The offer has been answered; `reply` says by whom."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(reply.pk)
        self.reply = reply


class TakenBack(Exception):
    """Whoever handed it over has taken it back; `recalled` says when."""

    def __init__(self, recalled: Recalled) -> None:
        super().__init__(recalled.pk)
        self.recalled = recalled


class NotYours(Exception):
    """Only who handed it over takes it back, or who gives messages to people."""


class NotWaiting(Exception):
    """The message is offered to no other service, or not any more."""


class RunOut(Exception):
    """The time to answer is over: the message is back with the service that it came from."""


class Unfit(Exception):
    """A field is missing or cannot be kept; `problems` says which and why, field by field."""

    def __init__(self, **problems: str | Promise) -> None:
        super().__init__(problems)
        self.problems = problems


@transaction.atomic
def offer(*, delivery: Delivery, to: Service, reason: str, by: User, now: datetime) -> Handover:
    """Offer an open message to another service, until the policy's time is over or the carrier's copy goes, whichever is first.

    It stays with its own service, in the queue of what waits for others, until the other has answered. Raises NotAllowed, NotOpen, HandedOver, Unfit.
    """
    allow(by, delivery.service, now)
    ledger.lock(service_id=delivery.service_id)  # of two who hand over the same, the second is told
    delivery = Delivery.objects.select_related("service").get(pk=delivery.pk)
    if delivery.direction != Direction.INBOUND or delivery.state not in NEEDS_A_PERSON or delivery.look_waits:
        raise NotOpen
    if earlier := queries.waiting(now=now).filter(reference__delivery=delivery.pk).select_related("to").first():
        raise HandedOver(earlier)
    check_reason(reason)
    if not queries.receivers(service=delivery.service, now=now).filter(pk=to.pk).exists():
        raise Unfit(to=_("Choose another service in which somebody can answer."))
    until = now + registry.policy(name="hand_over_within", at=now)
    if delivery.gone_at and delivery.gone_at > now:
        until = min(until, delivery.gone_at)
    made = Handover.objects.create(
        service=delivery.service,
        reference_id=delivery.pk,
        event=ledger.record(service=delivery.service, reference=delivery.pk, code="handed_over", native=to.code, occurred_at=now, by=str(by.pk), now=now),
        number=NUMBER.format(day=timezone.localdate(now), rest=secrets.token_hex(6)),
        to=to,
        reason=reason.strip(),
        until=until,
        by=by,
        at=now,
    )
    deliveries.reconcile(service=delivery.service, deliveries=[delivery.pk], now=now)
    audit.record(verb=Verb.HANDED_OVER, by=by, services=[delivery.service_id], about=(Kind.DELIVERY, delivery.pk), now=now, other=to.code)
    return made


@transaction.atomic
def accept(*, offer: Offer, by: User, now: datetime) -> Reply:
    """Take a message over: the service has a delivery of its own from now on, known by the handover alone. Raises NotAllowed, Answered, TakenBack, RunOut."""
    check_answerable(offer, by, now)
    reporter = offer.reporter or Reporter.UNKNOWN
    home = ledger.hear(service=offer.service, value=offer.number, sent_at=start_of(offer.day), reporter=reporter, by=str(by.pk), now=now, source=HANDOVER)
    reply = Reply.objects.create(service=offer.service, offer=offer, accepts=True, reference=home, by=by, at=now)
    deliveries.reconcile(service=offer.service, deliveries=[home.pk], now=now)
    audit.record(verb=Verb.TOOK_OVER, by=by, services=[offer.service_id], about=(Kind.DELIVERY, home.pk), now=now, other=offer.sender.code)
    return reply


@transaction.atomic
def decline(*, offer: Offer, reason: str, by: User, now: datetime) -> Reply:
    """Send a message back to the service that it came from, with a reason that they will read. Raises NotAllowed, Answered, TakenBack, RunOut, Unfit."""
    check_answerable(offer, by, now)
    check_reason(reason)
    reply = Reply.objects.create(service=offer.service, offer=offer, accepts=False, reason=reason.strip(), by=by, at=now)
    audit.record(verb=Verb.SENT_BACK, by=by, services=[offer.service_id], now=now, other=offer.sender.code)
    return reply


@transaction.atomic
def take_back(*, delivery: Delivery, by: User, now: datetime) -> Recall:
    """Ask for a message back before the other service has answered; asked again it is the same. Raises NotAllowed, NotWaiting, NotYours.

    Their answer may be on its way across the wall, or be given meanwhile: the worker finds out, and whichever was first stands.
    """
    allow(by, delivery.service, now)
    ledger.lock(service_id=delivery.service_id)
    handover = queries.waiting(now=now).filter(reference__delivery=delivery.pk).first()
    if handover is None:
        raise NotWaiting
    if by.pk != handover.by_id and not may(user=by, permission=Permission.ASSIGN, service=delivery.service, now=now):
        raise NotYours
    recall, is_new = Recall.objects.get_or_create(service_id=delivery.service_id, handover=handover, defaults={"by": by, "at": now})
    if is_new:
        audit.record(verb=Verb.HANDED_OVER, by=by, services=[delivery.service_id], about=(Kind.DELIVERY, delivery.pk), now=now, end=End.TAKEN_BACK)
    return recall


def carry(*, now: datetime) -> int:
    """Take across the wall whatever one side holds and the other does not; returns how many things were. Asked in the scope of all services."""
    carried = 0
    for handover in list(queries.not_offered()):
        carried += across(show, handover, [handover.service_id, handover.to_id], now)
    for reply in list(queries.not_returned()):
        carried += across(bring_back, reply, [reply.service_id, reply.offer.sender_id], now)
    for recall in list(queries.not_taken_back()):
        carried += across(give_back, recall, [recall.service_id, recall.handover.to_id], now)
    for handover in list(queries.run_out(now=now)):
        carried += across(give_up, handover, [handover.service_id], now)
    return carried


def across(act: Callable[[Row, datetime], bool], row: Row, services: list[int], now: datetime) -> bool:
    """One thing in one transaction, in the scope of those two services and no other."""
    with scope.operator(by="handovers.carry", services=services), transaction.atomic():
        return act(row, now)


def show(handover: Handover, now: datetime) -> bool:
    delivery = Delivery.objects.get(pk=handover.reference.delivery)
    came_at = delivery.receipted_at or delivery.available_at or delivery.sent_at or delivery.first_at
    told = {"channel": delivery.channel, "day": timezone.localdate(came_at), "reporter": delivery.reporter, "sender_reference": queries.strongest(delivery)}
    shown = {"sender_id": handover.service_id, "until": handover.until, "at": now, **told}
    _offer, is_new = Offer.objects.get_or_create(service_id=handover.to_id, number=handover.number, defaults=shown)
    return is_new


def bring_back(reply: Reply, now: datetime) -> bool:
    handover = Handover.objects.select_related("service", "reference").get(service=reply.offer.sender_id, number=reply.offer.number)
    return ended(handover, End.ACCEPTED if reply.accepts else End.DECLINED, reply.reason, reply.at, now)


def give_back(recall: Recall, now: datetime) -> bool:
    """Under the other service's lock, which answering takes too, so that either an answer is found here or there will be none."""
    handover = recall.handover
    for service in sorted((handover.service_id, handover.to_id)):
        ledger.lock(service_id=service)
    offer = Offer.objects.get(service=handover.to_id, number=handover.number)
    if Reply.objects.filter(offer=offer).exists():
        return False  # it was first, and is brought back as any other
    Recalled.objects.get_or_create(service_id=handover.to_id, offer=offer, defaults={"at": now})
    return ended(handover, End.TAKEN_BACK, "", recall.at, now)


def give_up(handover: Handover, now: datetime) -> bool:
    return ended(handover, End.LAPSED, "", handover.until, now)


def ended(handover: Handover, end: End, reason: str, answered_at: datetime, now: datetime) -> bool:
    """Told once to the service that handed over, whose message is in its own queues again."""
    service = handover.service
    ledger.lock(service_id=service.pk)
    if Ending.objects.filter(handover=handover).exists():
        return False
    event = ledger.record(service=service, reference=handover.reference_id, code="handed_back", native=end, occurred_at=answered_at, by="", now=now)
    Ending.objects.create(service=service, handover=handover, event=event, end=end, reason=reason, answered_at=answered_at, at=now)
    deliveries.reconcile(service=service, deliveries=[handover.reference_id], now=now)
    verb = VERBS[end]
    audit.record(verb=verb, by=Actor.WORKER, services=[service.pk], about=(Kind.DELIVERY, handover.reference_id), now=now, end=end)
    return True


def allow(by: User, service: Service, now: datetime) -> None:
    if not may(user=by, permission=Permission.DECIDE, service=service, now=now):
        raise NotAllowed


def check_answerable(offer: Offer, by: User, now: datetime) -> None:
    allow(by, offer.service, now)
    ledger.lock(service_id=offer.service_id)  # of two who answer, the second is told
    earlier = Reply.objects.filter(offer=offer).select_related("by").first()
    if earlier:
        raise Answered(earlier)
    if recalled := Recalled.objects.filter(offer=offer).first():
        raise TakenBack(recalled)
    if offer.until <= now:
        raise RunOut


def check_reason(reason: str) -> None:
    wrong = texts.unfit(reason, TEXT_LIMIT) if reason.strip() else _("Write why.")
    if wrong:
        raise Unfit(reason=wrong)
