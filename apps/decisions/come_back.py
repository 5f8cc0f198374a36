"""What comes back to whom: decisions that another person's look differed from, and messages that opened again after they had been decided.

It stands on the start page of those it concerns: the first until somebody decides anew, the second until they have opened the message as it is now.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils.functional import Promise

from apps.accounts.models import User
from apps.audit import queries as audit
from apps.audit.verbs import Kind
from apps.decisions.models import AnotherLook, Decision, SecondLook
from apps.decisions.queries import IN_FORCE
from apps.decisions.wording import outcome_label
from apps.deliveries.models import Delivery
from apps.deliveries.states import State
from apps.deliveries.words import REOPENED

# In the entry of a view: the person was shown that the message had opened again, and why.
TOLD = "reopened"


@dataclass(frozen=True)
class CameBack:
    """One message that is somebody's concern again. `who` are those who decided and looked; `why` it opened again is empty where they differed."""

    delivery: int
    service: str
    outcome: str | Promise
    who: tuple[str, ...]
    why: str | Promise
    at: datetime


def came_back(*, user: User, services: Collection[int], managed: Collection[int]) -> list[CameBack]:
    """What waits for this person in the services: of decisions of theirs and those they looked at, and where they manage the differing ones of all.

    The latest decided first, and all of them: one that is not told is one that nobody hears of. One query, and two more where something has opened again.
    """
    found = list(concerning(user=user, services=services, managed=managed))
    differing = [decision for decision in found if not in_force(decision)]
    return [told(decision, "", differing_look(decision).at) for decision in differing] + unseen(user, [one for one in found if in_force(one)])


def concerning(*, user: User, services: Collection[int], managed: Collection[int]) -> QuerySet[Decision]:
    """The last decisions about open messages: those that a look differed from, and those in force that the person made or agreed with and that something speaks against.

    Each with `delivery`, the message as it is now.
    """
    theirs = Q(by=user) | Q(look__by=user) | Q(drawn__another_look__by=user)
    against = Q(reopened_at__isnull=False) | Q(decision_stands=True)  # it stands, and yet: what was found is shown by no file in the time it may take
    about = Delivery.objects.open().filter(pk=OuterRef("reference__delivery"))
    differing = Q(theirs | Q(service__in=managed), Q(look__agrees=False) | Q(drawn__another_look__agrees=False))
    later = Decision.objects.filter(reference__delivery=OuterRef("reference__delivery"), closes=True, event_id__gt=OuterRef("event_id"))
    found = Decision.objects.filter(
        Q(differing, Exists(about)) | Q(theirs, IN_FORCE, Exists(about.filter(against)), withdrawal__isnull=True), service__in=services, closes=True
    )
    found = found.exclude(Exists(later)).select_related("by", "look__by", "drawn__another_look__by", "withdrawal", "service")
    return found.annotate(delivery=F("reference__delivery")).order_by("-event_id")


def in_force(decision: Decision) -> bool:
    return differing_look(decision) is None


def differing_look(decision: Decision) -> SecondLook | AnotherLook | None:
    """The look that came to something else: the second, or one by chance."""
    looks = (getattr(decision, "look", None), getattr(getattr(decision, "drawn", None), "another_look", None))
    return next((look for look in looks if look and not look.agrees), None)


def unseen(user: User, decisions: Iterable[Decision]) -> list[CameBack]:
    """Those that the person has not opened since it opened again."""
    by_delivery = {decision.delivery: decision for decision in decisions}  # type: ignore[attr-defined]
    now_open = Delivery.objects.in_bulk(list(by_delivery)) if by_delivery else {}
    seen = audit.last_told(kind=Kind.DELIVERY, ids=list(by_delivery), person=user.pk, detail=TOLD) if by_delivery else {}
    return [
        told(decision, REOPENED.get(why(now_open[pk]), ""), now_open[pk].reopened_at or now_open[pk].since)
        for pk, decision in by_delivery.items()
        if pk in now_open and (pk not in seen or seen[pk] < decision.at)
    ]


def why(delivery: Delivery) -> str:
    """Why it is open again after it was decided, by the name of the rule; "" when it is not."""
    shown_by_nobody = delivery.decision_stands and delivery.state not in (State.SETTLED, State.ARRIVED)
    return delivery.reopened_by or ("never_shown" if shown_by_nobody else "")


def told(decision: Decision, why: str | Promise, at: datetime) -> CameBack:
    look = differing_look(decision) or getattr(decision, "look", None)
    who = (str(decision.by), str(look.by)) if look else (str(decision.by),)
    return CameBack(decision.delivery, decision.service.name, outcome_label(decision.outcome), who, why, at)  # type: ignore[attr-defined]
