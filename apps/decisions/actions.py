"""What a person may do about a delivery: decide, give a second look, withdraw. Each is one more fact in the ledger, a row here, and the delivery reconciled.

All in one transaction, and one person at a time for each delivery: of two who decide at once, one wins and the other is told.
"""

from collections.abc import Mapping
from datetime import datetime

from django.db import connection, transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.accounts.queries import may
from apps.accounts.roles import Permission
from apps.audit import actions as audit
from apps.audit.verbs import Kind, Verb
from apps.decisions import outcomes, pointing, queries
from apps.decisions.models import WITHDRAWAL, Decision, SecondLook
from apps.decisions.outcomes import NEEDS_CASE_REFERENCE, POINTS_AT, Look, Outcome
from apps.deliveries import actions as deliveries
from apps.deliveries.models import Delivery
from apps.deliveries.states import State
from apps.ledger import actions as ledger
from apps.ledger.models import Event, Reference
from apps.registry.models import Service
from apps.ui import texts

# One number, so it shares no space with the locks of a service, which are pairs. Always taken before those.
LOCK = "SELECT pg_advisory_xact_lock(%s)"


class Gone(Exception):
    """No source tells of the message any more: the file that told of it was taken back."""


class NotAllowed(Exception):
    """The person has no role that gives this in the delivery's service."""


class Incomplete(Exception):
    """Fields are missing or cannot be kept; `problems` says which and why, field by field."""

    def __init__(self, problems: Mapping[str, str | Promise]) -> None:
        super().__init__(dict(problems))
        self.problems = dict(problems)


class AlreadyArrived(Exception):
    """The delivery has been registered since: there is nothing left to decide."""


class AlreadyDecided(Exception):
    """A decision waits or stands; `decision` says who made it and what it is."""

    def __init__(self, decision: Decision | None) -> None:
        super().__init__(decision and decision.pk)
        self.decision = decision


class ChangedMeanwhile(Exception):
    """Somebody has done something about the delivery since the page was opened; `last` is what, a decision or a look."""

    def __init__(self, last: Decision | SecondLook | None) -> None:
        super().__init__(last and last.pk)
        self.last = last


class NewEvidence(Exception):
    """More, or less, is known of the delivery than the second person had seen; their look begins again with what is known now."""


class NeedsAnotherPerson(Exception):
    """A second look is never given by the one who decided, whatever their role."""


class NothingWaits(Exception):
    """The decision does not wait for a second look (any more)."""


class NothingToWithdraw(Exception):
    """The decision neither waits nor stands (any more)."""


@transaction.atomic
def decide(*, delivery: Delivery, outcome: str, fields: Mapping[str, object], by: User, now: datetime, expected_version: int) -> Decision:
    """Conclude something about a delivery; `fields` are named as in `outcomes.RULES`, dates as `date`, and what the outcome does not ask for is left out.

    A closing outcome stands at once, or waits for its second look; the others are noted. `expected_version` is `queries.version` as the person saw it;
    a note does not depend on it, but the same note sent twice is one. Raises NotAllowed, Incomplete, AlreadyArrived, AlreadyDecided, ChangedMeanwhile, pointing.Unpointed.
    """
    delivery = held(delivery)
    allow(by, Permission.DECIDE, delivery.service, now)
    kept = checked(delivery, outcome, fields, now)
    closes = outcomes.closes(outcome, kept)
    if closes:
        check_open(delivery, expected_version)
    elif sent_before := queries.sent_before(delivery=delivery, by=by, outcome=outcome, follows=expected_version, fields=kept):
        return sent_before
    shown = point(delivery, outcome, kept)
    needs_look = closes and not (shown and outcomes.RULES[outcome].look is Look.UNLESS_IN_LEDGER)
    code = "noted" if not closes else "proposed" if needs_look else "decided"
    follows = queries.version(delivery)
    event = recorded(delivery, code, outcome, by, now)
    decision = Decision.objects.create(
        service=delivery.service,
        reference_id=delivery.pk,
        event=event,
        follows=follows,
        outcome=outcome,
        closes=closes,
        needs_look=needs_look,
        by=by,
        at=now,
        **kept,
    )
    settle(delivery, decision, stands=code == "decided", now=now)
    told(Verb.DECIDED, delivery, by, now, outcome=outcome, code=code)
    return decision


@transaction.atomic
def give_second_look(
    *,
    decision: Decision,
    agrees: bool,
    reason: str,
    by: User,
    now: datetime,
    outcome: str | None = None,
    case_reference: str = "",
    other_delivery: int | None = None,
) -> SecondLook:
    """Another person's verdict: the decision stands, or goes back. `outcome` is what they concluded themselves ("" for: keep it open).

    Raises NotAllowed, NeedsAnotherPerson, NothingWaits, Incomplete; and pointing.Unpointed when what the decision points at no longer holds.
    """
    delivery = to_be_looked_at(decision, by, now)
    check_reason(reason)
    if agrees:
        check_still_points(delivery, decision)
    event = recorded(delivery, "decided" if agrees else "returned", decision.outcome, by, now)
    look = SecondLook.objects.create(
        service=delivery.service,
        decision=decision,
        event=event,
        agrees=agrees,
        outcome=decision.outcome if outcome is None else outcome,
        case_reference=case_reference,
        other_delivery_id=other_delivery,
        reason=reason.strip(),
        by=by,
        at=now,
    )
    settle(delivery, decision, stands=agrees, now=now)
    told(Verb.LOOKED, delivery, by, now, decision=decision.pk, agrees=agrees)
    return look


@transaction.atomic
def review(*, decision: Decision, outcome: str, pointed_at: str, reason: str, by: User, now: datetime, expected_known: int | None = None) -> SecondLook:
    """A second look by a verdict of one's own, given blind: it agrees when it is the same outcome and points at the same thing.

    `outcome` "" means to keep it open; `pointed_at` is the case system's reference or the other delivery, as typed; `expected_known` is `queries.known` as the
    person saw it. Raises as `give_second_look`, and NewEvidence.
    """
    delivery = to_be_looked_at(decision, by, now)
    if expected_known is not None and queries.known(delivery) != expected_known:
        raise NewEvidence
    found, other = pointed(delivery, outcome, pointed_at)
    return give_second_look(
        decision=decision,
        agrees=outcome == decision.outcome and points_alike(decision, found, other),
        reason=reason,
        by=by,
        now=now,
        outcome=outcome,
        case_reference=found.value if found else "",
        other_delivery=other.pk if other else None,
    )


@transaction.atomic
def withdraw(*, decision: Decision, reason: str, by: User, now: datetime) -> Decision:
    """Take back a decision that waits or stands, by another decision; nothing is erased. Returns the withdrawal.

    Raises NotAllowed, NothingToWithdraw, Incomplete.
    """
    delivery = held(current(decision))
    allow(by, Permission.DECIDE, delivery.service, now)
    if decision not in (queries.waiting(delivery), queries.standing(delivery)):
        raise NothingToWithdraw
    check_reason(reason)
    return take_back(delivery, decision, reason=reason.strip(), by=by, now=now)


def take_back(delivery: Delivery, decision: Decision, *, reason: str, by: User, now: datetime) -> Decision:
    """The withdrawal of a decision that waits or stands, in the transaction of a caller who holds the delivery and has checked that they may."""
    follows = queries.version(delivery)
    event = recorded(delivery, "withdrawn", decision.outcome, by, now)
    withdrawal = Decision.objects.create(
        service=delivery.service,
        reference_id=delivery.pk,
        event=event,
        follows=follows,
        outcome=WITHDRAWAL,
        closes=False,
        needs_look=False,
        withdraws=decision,
        reason=reason,
        by=by,
        at=now,
    )
    settle(delivery, withdrawal, stands=False, now=now)
    told(Verb.WITHDREW, delivery, by, now, decision=decision.pk)
    return withdrawal


def held(delivery: Delivery) -> Delivery:
    """The delivery as it is now, with nobody else deciding about it until this transaction ends."""
    home = Reference.objects.filter(pk=delivery.pk, service=delivery.service_id)
    with connection.cursor() as cursor:
        cursor.execute(LOCK, [home.get().delivery])
    return there(home.get())


def current(decision: Decision) -> Delivery:
    return there(decision.reference)


def there(reference: Reference) -> Delivery:
    """The delivery that a reference belongs to now. Raises Gone."""
    delivery = Delivery.objects.select_related("service").filter(pk=reference.delivery, service=reference.service_id).first()
    if delivery is None:
        raise Gone(reference.pk)
    return delivery


def allow(by: User, permission: Permission, service: Service, now: datetime) -> None:
    if not may(user=by, permission=permission, service=service, now=now):
        raise NotAllowed


def to_be_looked_at(decision: Decision, by: User, now: datetime) -> Delivery:
    """The delivery, held, if this person may give the look that the decision waits for."""
    delivery = held(current(decision))
    allow(by, Permission.SECOND_LOOK, delivery.service, now)
    if by.pk == decision.by_id:
        raise NeedsAnotherPerson
    if queries.waiting(delivery) != decision:
        raise NothingWaits
    return delivery


def checked(delivery: Delivery, outcome: str, fields: Mapping[str, object], now: datetime) -> dict[str, object]:
    """The fields that this outcome asks for and that were filled in, texts trimmed."""
    if outcome not in outcomes.offered(delivery.direction):
        raise Incomplete({"outcome": _("Choose one of the outcomes.")})
    days = {"known_since": pointing.day(delivery.first_at), "today": pointing.day(now)}
    found = outcomes.problems(outcome, direction=delivery.direction, fields=fields, sender_is_known=queries.sender_is_known(delivery), **days)
    if found:
        raise Incomplete(found)
    asked = {name: fields.get(name) for name in outcomes.RULES[outcome].fields(delivery.direction)}
    return {name: value.strip() if isinstance(value, str) else value for name, value in asked.items() if outcomes.given(value)}


def point(delivery: Delivery, outcome: str, kept: dict[str, object]) -> bool:
    """Put what was meant in place of what was typed; True when the ledger itself shows a registration with an agreeing day."""
    if outcome == Outcome.DUPLICATE:
        kept["other_delivery_id"] = pointing.arrived_delivery(delivery=delivery, typed=str(kept.pop("other_delivery"))).pk
    if outcome not in NEEDS_CASE_REFERENCE:
        return False
    found = pointing.case_reference(delivery=delivery, typed=str(kept["case_reference"]))
    kept["case_reference"] = found.value
    return pointing.is_shown_in_time(delivery=delivery, found=found)


def check_reason(reason: str) -> None:
    wrong = outcomes.MISSING["reason"] if not outcomes.given(reason) else texts.unfit(reason, outcomes.REASON_LIMIT)
    if wrong:
        raise Incomplete({"reason": wrong})


def check_open(delivery: Delivery, expected_version: int) -> None:
    """Whether a closing decision may be made on what the person saw."""
    if delivery.state == State.ARRIVED:
        raise AlreadyArrived
    if delivery.look_waits or delivery.state == State.SETTLED:
        raise AlreadyDecided(queries.waiting(delivery) or queries.standing(delivery))
    if queries.version(delivery) != expected_version:
        raise ChangedMeanwhile(queries.last_by_a_person(delivery))


def check_still_points(delivery: Delivery, decision: Decision) -> None:
    """Between the decision and its look, the registration may have been taken, or the other delivery opened again."""
    if decision.outcome in NEEDS_CASE_REFERENCE:
        pointing.case_reference(delivery=delivery, typed=decision.case_reference)
    if decision.other_delivery:
        pointing.arrived_delivery(delivery=delivery, typed=str(decision.other_delivery_id))


def pointed(delivery: Delivery, outcome: str, typed: str) -> tuple[pointing.CaseReference | None, Delivery | None]:
    """What a verdict points at, found by what was typed. Raises Incomplete, pointing.Unpointed."""
    field = POINTS_AT.get(Outcome(outcome)) if outcome else None
    if field and not outcomes.given(typed):
        raise Incomplete({field: outcomes.MISSING[field]})
    found = pointing.case_reference(delivery=delivery, typed=typed) if field == "case_reference" else None
    other = pointing.arrived_delivery(delivery=delivery, typed=typed) if field == "other_delivery" else None
    return found, other


def points_alike(decision: Decision, found: pointing.CaseReference | None, other: Delivery | None) -> bool:
    """What was joined since is still the same delivery."""
    same_reference = found is None or found.value == decision.case_reference
    return same_reference and (other is None or (decision.other_delivery is not None and decision.other_delivery.delivery == other.pk))


def recorded(delivery: Delivery, code: str, outcome: str, by: User, now: datetime) -> Event:
    return ledger.record(service=delivery.service, reference=delivery.pk, code=code, native=outcome, occurred_at=now, by=str(by.pk), now=now)


def told(verb: Verb, delivery: Delivery, by: User, now: datetime, **details: object) -> None:
    audit.record(verb=verb, by=by, services=[delivery.service_id], about=(Kind.DELIVERY, delivery.pk), now=now, **details)


def settle(delivery: Delivery, decision: Decision, *, stands: bool, now: datetime) -> None:
    """What follows: a registration that a standing decision names is the same message, and the delivery's state is computed anew."""
    touched = [delivery.pk]
    if stands and decision.outcome in NEEDS_CASE_REFERENCE:
        tied = ledger.tie(
            service=delivery.service, one=decision.reference_id, namespace=pointing.CASE, value=decision.case_reference, by=str(decision.by_id), now=now
        )
        touched.append(tied.pk)
    if decision.withdraws and decision.withdraws.outcome in NEEDS_CASE_REFERENCE:
        touched += untied(delivery, decision.withdraws, by=decision.by, now=now)
    deliveries.reconcile(service=delivery.service, deliveries=touched, now=now)


def untied(delivery: Delivery, decision: Decision, *, by: User, now: datetime) -> list[int]:
    """The registration that a withdrawn decision named is another message again, unless a record says otherwise too. Gives the homes to reconcile."""
    known = Reference.objects.filter(service=delivery.service, namespace=pointing.CASE, value=decision.case_reference)
    if not known.exists():  # it was withdrawn before it stood, so nothing was tied
        return []
    return ledger.untie(service=delivery.service, one=decision.reference_id, namespace=pointing.CASE, value=decision.case_reference, by=str(by.pk), now=now)
