"""What may be done about a reporter's call: note it on the message that it is about, or on one of its own; tie that to what is found later; answer.

A call is a fact of the ledger: one on a message that a decision has closed opens it again.
"""

import secrets
from collections.abc import Mapping
from datetime import date, datetime

from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.accounts.queries import may
from apps.accounts.roles import Permission
from apps.audit import actions as audit
from apps.audit.verbs import Kind, Verb
from apps.calls.models import TEXT_LIMIT, Answer, Call, How, Way
from apps.deliveries import actions as deliveries
from apps.deliveries.models import Delivery, Reporter
from apps.ledger import actions as ledger
from apps.ledger.models import CALL, Reference
from apps.registry.models import Service
from apps.ui import texts
from apps.ui.filters import start_of


class NotAllowed(Exception):
    """The person has no role that gives this in the service."""


class Incomplete(Exception):
    """Fields are missing or cannot be kept; `problems` says which and why, field by field."""

    def __init__(self, problems: Mapping[str, str | Promise]) -> None:
        super().__init__(dict(problems))
        self.problems = dict(problems)


class AlreadyAnswered(Exception):
    """The call has been answered; `answer` says by whom."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.pk)
        self.answer = answer


class AlreadyFound(Exception):
    """The call is about a message that other sources know already."""


class IsRegistration(Exception):
    """What was found is known to the case system alone: it is tied as a registration is, on the page of the message, where its day must agree."""


class NotThere(Exception):
    """There is no such message in the call's service."""


@transaction.atomic
def note(*, service: Service, first_day: date, last_day: date, way: str, reporter: str, text: str, delivery: Delivery | None, by: User, now: datetime) -> Call:
    """Note a call: about `delivery` of the same service, or, with None, about a message that nobody knows yet, which is on the worklist from then on.

    Days are in Oslo; the gap counts from the first. Raises NotAllowed, Incomplete, NotThere.
    """
    allow(by, service, now)
    check(service, first_day, last_day, way, reporter, text, now)
    if delivery and delivery.service_id != service.pk:
        raise NotThere
    number = f"{first_day:%Y%m%d}-{secrets.token_hex(4)}"
    home = delivery.pk if delivery else heard(service, number, first_day, reporter, by, now).pk
    event = ledger.record(service=service, reference=home, code="called", native=way, occurred_at=now, by=str(by.pk), now=now)
    call = Call.objects.create(
        service=service,
        reference_id=home,
        event=event,
        number=number,
        opens=delivery is None,
        first_day=first_day,
        last_day=last_day,
        way=way,
        reporter=reporter,
        note=text.strip(),
        by=by,
        at=now,
    )
    deliveries.reconcile(service=service, deliveries=[home], now=now)
    told(call, by, now, opens=call.opens)
    return call


@transaction.atomic
def find(*, call: Call, delivery: Delivery, by: User, now: datetime) -> Delivery:
    """Say that the message of a call that opened a gap is this one after all: both are one from then on, until a person unties them. Returns what they are.

    A message that was closed before the call opens again by it. Raises NotAllowed, AlreadyFound, IsRegistration, NotThere.
    """
    allow(by, call.service, now)
    own = Reference.objects.get(pk=call.reference_id)
    if delivery.service_id != call.service_id:
        raise NotThere
    if not call.opens or Reference.objects.filter(delivery=own.delivery).exclude(namespace=CALL).exists() or own.delivery == delivery.pk:
        raise AlreadyFound
    if delivery.source_missing:
        raise IsRegistration
    found = Reference.objects.get(pk=delivery.pk)
    ledger.tie(service=call.service, one=own.pk, namespace=found.namespace, value=found.value, by=str(by.pk), now=now)
    deliveries.reconcile(service=call.service, deliveries=[own.pk, found.pk], now=now)
    audit.record(verb=Verb.TIED, by=by, services=[call.service_id], about=(Kind.DELIVERY, found.pk), now=now, call=call.pk)
    return Delivery.objects.get(pk=Reference.objects.get(pk=own.pk).delivery)


@transaction.atomic
def answer(*, call: Call, day: date, how: str, text: str, by: User, now: datetime) -> Answer:
    """Note what the reporter was told, on which day and how. Raises NotAllowed, Incomplete, AlreadyAnswered."""
    allow(by, call.service, now)
    ledger.lock(service_id=call.service_id)
    earlier = Answer.objects.filter(call=call).select_related("by").first()
    if earlier:
        raise AlreadyAnswered(earlier)
    problems: dict[str, str | Promise] = {}
    if how not in How.values:
        problems["how"] = _("Choose how.")
    if day > start_day(now) or day < start_day(call.at):
        problems["day"] = _("Give a day between the call and today.")
    if wrong := texts.unfit(text, TEXT_LIMIT):
        problems["text"] = wrong
    if problems:
        raise Incomplete(problems)
    given = Answer.objects.create(service=call.service, call=call, day=day, how=how, text=text.strip(), by=by, at=now)
    told(call, by, now, answered=day)
    return given


def heard(service: Service, number: str, day: date, reporter: str, by: User, now: datetime) -> Reference:
    return ledger.hear(service=service, value=number, sent_at=start_of(day), reporter=reporter, by=str(by.pk), now=now)


def allow(by: User, service: Service, now: datetime) -> None:
    if not may(user=by, permission=Permission.DECIDE, service=service, now=now):
        raise NotAllowed


def check(service: Service, first_day: date, last_day: date, way: str, reporter: str, text: str, now: datetime) -> None:
    problems: dict[str, str | Promise] = {}
    if last_day < first_day:
        problems["last_day"] = _("The last day lies before the first.")
    if last_day > start_day(now):
        problems["last_day"] = _("The day lies ahead.")
    if way not in Way.values:
        problems["way"] = _("Choose how.")
    if reporter not in Reporter.values:
        problems["reporter"] = _("Choose what kind of reporter it is.")
    if wrong := texts.unfit(text, TEXT_LIMIT):
        problems["text"] = wrong
    if problems:
        raise Incomplete(problems)


def start_day(at: datetime) -> date:
    return at.astimezone(start_of(at.date()).tzinfo).date()


def told(call: Call, by: User, now: datetime, **details: object) -> None:
    audit.record(verb=Verb.CALLED, by=by, services=[call.service_id], about=(Kind.DELIVERY, call.reference_id), now=now, call=call.pk, **details)
