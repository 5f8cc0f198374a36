"""Whose turn it is: four queues for whoever asks, and every open delivery is in exactly one of them.

A claim counts until it is over, a pause until it is over or something new is known. Both are read here and nowhere else.
"""

from datetime import datetime

from django.db import models
from django.db.models import Case, Count, F, OuterRef, Q, QuerySet, Subquery, Value, When
from django.utils.translation import gettext_lazy as _

from apps.deliveries.models import Delivery
from apps.ledger.models import Event
from apps.worklists.models import Claim, Pause


class Queue(models.TextChoices):
    MINE = "mine", _("Mine")
    FREE = "free", _("Nobody's")
    COLLEAGUES = "colleagues", _("Others' in my service")
    WAITING = "waiting", _("Waiting for others")


def claims(*, now: datetime) -> QuerySet[Claim]:
    """Claims that hold at `now` (aware)."""
    return Claim.objects.filter(until__gt=now)


def pauses(*, now: datetime) -> QuerySet[Pause]:
    """Pauses that hold at `now`: not over, and nothing new is known since. Counted and not compared by the latest id, since ids are not committed in order."""
    known = Event.objects.filter(reference__delivery=OuterRef("reference__delivery")).order_by().annotate(one=Value(1)).values("one")
    state = Delivery.objects.filter(pk=OuterRef("reference__delivery")).values("state")
    now_known = Pause.objects.filter(until__gt=now).annotate(
        events_now=Subquery(known.annotate(number=Count("pk")).values("number")), state_now=Subquery(state)
    )
    return now_known.filter(events=F("events_now"), state=F("state_now"))


def queue(*, person: int | None, now: datetime) -> Case:
    """The queue that a delivery is in, for this person (None: for nobody in particular, so that nothing is theirs)."""
    held = claims(now=now)
    return Case(
        When(Q(look_waits=True) | Q(pk__in=pauses(now=now).values("reference__delivery")), then=Value(Queue.WAITING)),
        When(pk__in=held.filter(person=person).values("reference__delivery"), then=Value(Queue.MINE)),
        When(pk__in=held.values("reference__delivery"), then=Value(Queue.COLLEAGUES)),
        default=Value(Queue.FREE),
        output_field=models.CharField(),
    )


def whose(rows: QuerySet, *, now: datetime) -> QuerySet:
    """Rows of deliveries with `held_by`, the name of whoever has it, and `paused_until`; None where nobody has it, or it is not put aside."""
    holder = claims(now=now).filter(reference__delivery=OuterRef("pk")).order_by("since").values("person__full_name")
    end = pauses(now=now).filter(reference__delivery=OuterRef("pk")).order_by("-until").values("until")
    return rows.annotate(held_by=Subquery(holder[:1]), paused_until=Subquery(end[:1]))
