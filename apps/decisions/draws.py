"""A weekly draw of closed messages for another look, which shows how often two people agree when nothing depends on it.

The draw keeps its seed and all that it was drawn from. Whoever looks sees neither the verdict nor that it stands; who decided or looked before may not.
"""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce

from apps.accounts.models import User
from apps.accounts.roles import Permission
from apps.audit import actions as audit
from apps.audit.verbs import Actor, Verb
from apps.decisions import actions, drawing, queries
from apps.decisions.actions import NeedsAnotherPerson, NewEvidence, NothingWaits, allow, check_reason, current, held, points_alike, recorded, told
from apps.decisions.models import AnotherLook, Decision, Draw, Drawn
from apps.decisions.queries import IN_FORCE
from apps.deliveries.models import Delivery
from apps.deliveries.states import State
from apps.ledger import actions as ledger
from apps.registry import queries as registry
from apps.registry.models import Service
from apps.walls import scope

LOOKED_AGAIN = "looked_again"
DELIVERY = F("decision__reference__delivery")


def draw_due(*, now: datetime) -> int:
    """Draw from every week that is over and has not been drawn from, service by service; returns how many draws were made. Asked in the scope of all."""
    made = 0
    for week in drawing.weeks_over(now=now):
        begins, ends = drawing.bounds(week)
        closing = Decision.objects.filter(closes=True).annotate(stood_at=Coalesce("look__at", "at")).filter(stood_at__gte=begins, stood_at__lt=ends)
        undrawn = closing.exclude(Exists(Draw.objects.filter(service=OuterRef("service"), week=week)))
        for service in Service.objects.filter(pk__in=undrawn.values("service")).order_by("pk"):
            with scope.operator(by="decisions.draw", services=[service.pk]):
                made += draw(service=service, week=week, now=now) is not None
    return made


@transaction.atomic
def draw(*, service: Service, week: date, now: datetime) -> Draw | None:
    """Draw from what stood as closed in the week that begins with the Monday `week`, once; None where it was drawn from before, or nothing was closed."""
    ledger.lock(service_id=service.pk)
    candidates = list(closed(service=service, week=week).values_list("pk", flat=True))
    if not candidates or Draw.objects.filter(service=service, week=week).exists():
        return None
    seed, of_hundred = secrets.token_hex(16), registry.share(name="another_look", at=now)
    made = Draw.objects.create(service=service, week=week, seed=seed, of_hundred=of_hundred, closed=sorted(candidates), at=now)
    drawn = drawing.sample(closed=candidates, of_hundred=of_hundred, seed=seed)
    Drawn.objects.bulk_create(Drawn(service=service, draw=made, decision_id=decision) for decision in drawn)
    audit.record(verb=Verb.DRAWN, by=Actor.WORKER, services=[service.pk], now=now, count=len(drawn), counted=len(candidates))
    return made


def closed(*, service: Service, week: date) -> QuerySet[Decision]:
    """The decisions by which messages of the service were closed in the week and still are."""
    begins, ends = drawing.bounds(week)
    settled = Delivery.objects.filter(pk=OuterRef("reference__delivery"), state=State.SETTLED)
    standing = Decision.objects.filter(IN_FORCE, Exists(settled), service=service, closes=True, withdrawal__isnull=True)
    return standing.annotate(stood_at=Coalesce("look__at", "at")).filter(stood_at__gte=begins, stood_at__lt=ends)


@transaction.atomic
def look_again(*, drawn: Drawn, outcome: str, pointed_at: str, reason: str, by: User, now: datetime, expected_known: int | None = None) -> AnotherLook:
    """A verdict of one's own about a drawn message, given blind. When it differs the decision is withdrawn by it, and goes back to all who decided.

    As `actions.review`; raises NotAllowed, NeedsAnotherPerson, NothingWaits, Incomplete, NewEvidence, pointing.Unpointed.
    """
    decision = drawn.decision
    delivery = held(current(decision))
    allow(by, Permission.SECOND_LOOK, delivery.service, now)
    if by.pk in deciders(decision):
        raise NeedsAnotherPerson
    if queries.standing(delivery) != decision or AnotherLook.objects.filter(drawn=drawn).exists():
        raise NothingWaits
    if expected_known is not None and queries.known(delivery) != expected_known:
        raise NewEvidence
    found, other = actions.pointed(delivery, outcome, pointed_at)
    check_reason(reason)
    agrees = outcome == decision.outcome and points_alike(decision, found, other)
    event = recorded(delivery, LOOKED_AGAIN, "agrees" if agrees else "differs", by, now)
    look = AnotherLook.objects.create(
        service=delivery.service,
        drawn=drawn,
        event=event,
        agrees=agrees,
        outcome=outcome,
        case_reference=found.value if found else "",
        other_delivery=other and other.pk,
        reason=reason.strip(),
        by=by,
        at=now,
    )
    if not agrees:
        actions.take_back(delivery, decision, reason=reason.strip(), by=by, now=now)
    told(Verb.LOOKED, delivery, by, now, decision=decision.pk, agrees=agrees)
    return look


def deciders(decision: Decision) -> set[int]:
    """Those who have given their verdict already."""
    look = getattr(decision, "look", None)
    return {decision.by_id, look.by_id} if look else {decision.by_id}


def waiting(*, services: object) -> QuerySet[Drawn]:
    """Drawn messages that nobody has looked at again and whose decision is still in force; each with `delivery`, the message as it is now."""
    settled = Delivery.objects.filter(pk=OuterRef("decision__reference__delivery"), state=State.SETTLED)
    still = Drawn.objects.filter(Exists(settled), service__in=services, another_look__isnull=True, decision__withdrawal__isnull=True)
    return still.annotate(delivery=DELIVERY)


def for_whom(user: User) -> Q:
    """Of drawn messages, those that this person may look at: of others' verdicts alone."""
    return ~Q(decision__by=user) & (Q(decision__look__isnull=True) | ~Q(decision__look__by=user))


@dataclass(frozen=True)
class Week:
    """Of the messages that were closed in the week of this Monday: how many were drawn, looked at again, and judged otherwise; `share` of those looked at."""

    monday: date
    drawn: int
    looked: int
    differed: int

    @property
    def agreed(self) -> int:
        return self.looked - self.differed

    @property
    def share(self) -> float | None:
        return round(100 * self.differed / self.looked, 1) if self.looked else None


def by_week(*, services: object) -> list[Week]:
    """The weeks of these services that were drawn from, the latest first; one query."""
    looks = {"looked": Count("another_look"), "differed": Count("another_look", filter=Q(another_look__agrees=False))}
    weeks = Drawn.objects.filter(service__in=services).values_list("draw__week").annotate(drawn=Count("pk"), **looks)
    return [Week(*week) for week in weeks.order_by("-draw__week")]


def rate(*, services: object, weeks: Iterable[Week]) -> dict[str, int | float | None]:
    """The weeks together, and how many messages were closed in those that were drawn from."""
    weeks = list(weeks)
    whole = Week(date.min, *(sum(getattr(week, name) for week in weeks) for name in ("drawn", "looked", "differed")))
    closed = sum(len(closed) for closed in Draw.objects.filter(service__in=services).values_list("closed", flat=True))
    return {"closed": closed, "drawn": whole.drawn, "looked": whole.looked, "differed": whole.differed, "share": whole.share}
