"""What follows when another service has taken a message over: it was misaddressed, says the person who handed it over, with the other's word as the evidence.

That closes nothing by itself: as every such decision it waits for the second look of somebody else.
"""

from datetime import datetime

from django.db import transaction
from django.db.models import Exists, F, OuterRef, QuerySet
from django.utils import timezone

from apps.decisions import actions, queries
from apps.decisions.models import Decision
from apps.decisions.outcomes import Outcome
from apps.deliveries.models import Delivery
from apps.handovers.models import End, Ending
from apps.walls import scope

# What people have done meanwhile, or no longer may do, leaves the message in its own service's queues, where its page says that it was taken over.
OVERTAKEN = (actions.NotAllowed, actions.Incomplete, actions.AlreadyArrived, actions.AlreadyDecided, actions.ChangedMeanwhile)


def waiting() -> QuerySet[Ending]:
    """Handovers that were accepted, whose message is open, and about which nothing was concluded since."""
    still_open = Delivery.objects.open().filter(pk=OuterRef("handover__reference__delivery"), look_waits=False)
    concluded = Decision.objects.filter(reference__delivery=OuterRef("handover__reference__delivery"), closes=True, at__gte=OuterRef("answered_at"))
    accepted = Ending.objects.filter(Exists(still_open), end=End.ACCEPTED).exclude(Exists(concluded))
    return accepted.select_related("handover__by", "handover__to", "handover__service").annotate(delivery=F("handover__reference__delivery")).order_by("pk")


def conclude(*, now: datetime) -> int:
    """Propose "misaddressed" for each of them; returns how many. Asked in the scope of all services."""
    concluded = 0
    for ending in list(waiting()):
        with scope.operator(by="decisions.conclude_taken_over", services=[ending.service_id]):
            concluded += proposed(ending, now)
    return concluded


def proposed(ending: Ending, now: datetime) -> bool:
    handover = ending.handover
    delivery = Delivery.objects.select_related("service").get(pk=ending.delivery)  # type: ignore[attr-defined]
    said = {"passed_on_to": handover.to.name, "confirmed_day": timezone.localdate(ending.answered_at), "reason": handover.reason}
    try:
        with transaction.atomic():
            version = queries.version(delivery)
            actions.decide(delivery=delivery, outcome=Outcome.MISADDRESSED, fields=said, by=handover.by, now=now, expected_version=version)
    except OVERTAKEN:
        return False
    return True
