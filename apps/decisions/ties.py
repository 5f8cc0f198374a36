"""Ties that people make: this report and that registration are the same message. Shown as a candidate, said by a person, undone by a person.

A tie needs no second look where the decision "found registered" would need none: the registration is in the ledger and its day agrees. Any other is proposed
by that decision instead.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from apps.accounts.models import User
from apps.accounts.roles import Permission
from apps.audit import queries as audit
from apps.audit.verbs import Kind, Verb
from apps.decisions import pointing, queries
from apps.decisions.actions import AlreadyDecided, ChangedMeanwhile, allow, held, there, told
from apps.decisions.models import Decision
from apps.decisions.outcomes import NEEDS_CASE_REFERENCE
from apps.decisions.queries import IN_FORCE
from apps.deliveries import actions as deliveries
from apps.deliveries import candidates
from apps.deliveries.models import Delivery
from apps.ledger import actions as ledger
from apps.ledger import queries as facts
from apps.ledger.models import Reference, Tie


class NothingToTie(Exception):
    """The message seeks no registration (any more)."""


class NotFree(Exception):
    """The registration is no longer one that only the case system knows."""


class TooFarApart(Exception):
    """The days do not agree, so that another person has to look: by a decision, not by a tie."""


class NothingToUndo(Exception):
    """No person's tie holds these together (any more)."""


class MadeByDecision(Exception):
    """The tie follows from a decision: withdraw that, and the tie goes with it."""


@dataclass(frozen=True)
class ByPerson:
    """A tie in force that a person made, as the two references it ties. `decision` is what it follows from, if it does; `who` is empty where no page made it."""

    tie: Tie
    one: Reference
    other: Reference
    decision: Decision | None
    who: str


@transaction.atomic
def accept(*, delivery: Delivery, registration: int, by: User, now: datetime, expected_version: int) -> Delivery:
    """Say that a message and a registration (the id of a delivery that only the case system knows) are the same; returns what they are together.

    `expected_version` is `queries.version` as the person saw it. Raises NotAllowed, NothingToTie, NotFree, TooFarApart, AlreadyDecided, ChangedMeanwhile,
    pointing.Unpointed.
    """
    delivery, other = held_both(delivery, registration)
    allow(by, Permission.DECIDE, delivery.service, now)
    if delivery.look_waits:
        raise AlreadyDecided(queries.waiting(delivery))
    if not candidates.seeks(delivery):
        raise NothingToTie
    if queries.version(delivery) != expected_version:
        raise ChangedMeanwhile(queries.last_by_a_person(delivery))
    named = naming(delivery, other)
    if not pointing.is_shown_in_time(delivery=delivery, found=pointing.CaseReference(named.value, named.pk)):
        raise TooFarApart
    ledger.tie(service=delivery.service, one=delivery.pk, namespace=named.namespace, value=named.value, by=str(by.pk), now=now)
    return settled(delivery, [delivery.pk, other.pk], Verb.TIED, by, now, reference=named.pk)


@transaction.atomic
def undo(*, delivery: Delivery, tie: int, by: User, now: datetime) -> Delivery:
    """Undo one tie that a person made; what other ties hold together stays together. Returns the delivery of what it was made for.

    Raises NotAllowed, NothingToUndo, MadeByDecision.
    """
    delivery = held(delivery)
    allow(by, Permission.DECIDE, delivery.service, now)
    made = next((one for one in by_people(delivery) if one.tie.pk == tie), None)
    if made is None:
        raise NothingToUndo
    if made.decision:
        raise MadeByDecision
    other = made.other
    parted = ledger.untie(service=delivery.service, one=made.one.pk, namespace=other.namespace, value=other.value, by=str(by.pk), now=now)
    return settled(delivery, parted, Verb.UNTIED, by, now, reference=other.pk)


def by_people(delivery: Delivery, names: Mapping[datetime, str] | None = None) -> list[ByPerson]:
    """The ties in force that people made among this delivery's references, oldest first; `names` are those of `who`, asked for when they are not given."""
    known = {reference.pk: reference for reference in facts.references(delivery=delivery.pk)}
    ties = facts.ties(homes=list(known)).filter(feed_import__isnull=True)
    if not ties:
        return []
    decisions = queries.about(delivery).filter(IN_FORCE, outcome__in=NEEDS_CASE_REFERENCE, withdrawal__isnull=True)
    if delivery.reopened_at:  # what no longer stands cannot be withdrawn, so its tie is undone by itself
        decisions = decisions.none()
    follows = {decision.case_reference: decision for decision in decisions}
    names = who(delivery, list(known)) if names is None else names
    pairs = [(tie, known[tie.one], known[tie.other]) for tie in ties]
    return [ByPerson(tie, one, other, decision_of((one, other), follows), names.get(tie.learned_at, "")) for tie, one, other in pairs]


def who(delivery: Delivery, homes: Collection[int]) -> dict[datetime, str]:
    """Who tied and untied, by the moment of it, of all that is or was known by these homes. Two queries."""
    verbs = (Verb.TIED, Verb.UNTIED, Verb.DECIDED, Verb.LOOKED, Verb.WITHDREW)
    doers = audit.doers(verbs=verbs, kind=Kind.DELIVERY, ids=homes, services=[delivery.service_id])
    people = User.objects.in_bulk(set(doers.values()))
    return {at: str(people[person]) for at, person in doers.items() if person in people}


def decision_of(pair: tuple[Reference, Reference], follows: dict[str, Decision]) -> Decision | None:
    return next((follows[one.value] for one in pair if one.namespace == pointing.CASE and one.value in follows), None)


def held_both(delivery: Delivery, registration: int) -> tuple[Delivery, Delivery]:
    """Both as they are now and locked, the smaller first so that nobody waits in a circle. Raises NotFree."""
    home = Reference.objects.filter(pk=registration, service=delivery.service_id).first()
    other = Delivery.objects.filter(pk=home.delivery).first() if home else None
    if other is None or other.pk == delivery.pk:
        raise NotFree
    first, second = sorted((delivery, other), key=lambda one: one.pk)
    locked = {one.pk: held(one) for one in (first, second)}
    delivery, other = locked[delivery.pk], locked[other.pk]
    if not other.source_missing or other.registered_at is None or other.pk == delivery.pk:
        raise NotFree
    return delivery, other


def naming(delivery: Delivery, registration: Delivery) -> Reference:
    """The reference by which the registration is tied: the case system's own if it has one. Raises pointing.Unpointed when a decision has taken it."""
    known = sorted(facts.references(delivery=registration.pk), key=lambda one: (one.namespace != pointing.CASE, one.pk))
    named = known[0]
    if named.namespace == pointing.CASE:
        pointing.case_reference(delivery=delivery, typed=named.value)
    return named


def settled(delivery: Delivery, homes: Iterable[int], verb: Verb, by: User, now: datetime, **details: object) -> Delivery:
    deliveries.reconcile(service=delivery.service, deliveries=homes, now=now)
    told(verb, delivery, by, now, **details)
    return there(Reference.objects.get(pk=delivery.pk))
