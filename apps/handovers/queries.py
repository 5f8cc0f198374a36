"""What is handed over, what is offered, and what the worker owes across the wall."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db.models import Exists, F, OuterRef, QuerySet

from apps.accounts.models import Membership, User
from apps.accounts.roles import Permission, roles_with
from apps.audit.models import Entry
from apps.audit.verbs import Kind, Verb
from apps.deliveries.models import Delivery
from apps.deliveries.queries import RANK
from apps.handovers.models import End, Ending, Handover, Offer, Recall, Reply
from apps.ledger.models import Reference
from apps.registry.models import Service

# An answer given at the last moment may still be on its way.
ON_ITS_WAY = timedelta(minutes=5)


def waiting(*, now: datetime) -> QuerySet[Handover]:
    """Handovers that wait for the other service at `now` (aware): neither answered nor run out."""
    return Handover.objects.filter(until__gt=now, ending__isnull=True)


def about(*, homes: Iterable[int]) -> QuerySet[Handover]:
    """The handovers of a delivery, by the homes of its references, latest first."""
    return Handover.objects.filter(reference__in=list(homes)).select_related("to", "by", "ending", "recall__by").order_by("-pk")


def received(*, homes: Iterable[int]) -> Offer | None:
    """The offer by which a delivery was taken over from another service, if it was."""
    return Offer.objects.filter(reply__reference__in=list(homes)).select_related("sender", "reply__by").first()


def unanswered(*, services: Iterable[int], now: datetime) -> QuerySet[Offer]:
    """What other services offer to these and may still be answered at `now`."""
    return Offer.objects.in_services(services).filter(until__gt=now, reply__isnull=True, recalled__isnull=True)


def come_back(*, user: User, services: Iterable[int]) -> QuerySet[Ending]:
    """What this person handed over and the other services did not take, the latest first: until they have opened it as it is now, or it is nobody's concern.

    Each with `delivery`, the message as it is now.
    """
    delivery = OuterRef("handover__reference__delivery")
    opened = Entry.objects.filter(verb=Verb.VIEWED, kind=Kind.DELIVERY, object_id=delivery, person_id=user.pk, at__gte=OuterRef("at"))
    again = Handover.objects.filter(reference__delivery=delivery, pk__gt=OuterRef("handover"))
    theirs = Ending.objects.filter(service__in=services, handover__by=user, end__in=[End.DECLINED, End.LAPSED])
    still = theirs.filter(Exists(Delivery.objects.open().filter(pk=delivery))).exclude(Exists(again)).exclude(Exists(opened))
    return still.select_related("service", "handover__to").annotate(delivery=F("handover__reference__delivery")).order_by("-pk")


def receivers(*, service: Service, now: datetime) -> QuerySet[Service]:
    """The other services in which somebody may answer, by name."""
    somebody = Membership.objects.at(now).filter(service=OuterRef("pk"), role__in=roles_with(Permission.DECIDE), user__is_active=True)
    return Service.objects.filter(Exists(somebody)).exclude(pk=service.pk).order_by("name", "code")


def strongest(delivery: Delivery) -> str:
    """The reference that names the message to people."""
    return Reference.objects.filter(delivery=delivery.pk).order_by(RANK, "pk").values_list("value", flat=True).first() or ""


def not_offered() -> QuerySet[Handover]:
    """Handovers that the other service cannot see yet. Asked in the scope of all services, as the two below."""
    return Handover.objects.exclude(Exists(Offer.objects.filter(service=OuterRef("to"), number=OuterRef("number")))).order_by("pk")


def not_returned() -> QuerySet[Reply]:
    """Answers that the service that handed over does not know yet."""
    known = Ending.objects.filter(service=OuterRef("offer__sender"), handover__number=OuterRef("offer__number"))
    return Reply.objects.exclude(Exists(known)).select_related("offer").order_by("pk")


def not_taken_back() -> QuerySet[Recall]:
    """What somebody wants back, and of which neither side knows yet whether an answer was first."""
    return Recall.objects.filter(handover__ending__isnull=True).select_related("handover__service", "handover__reference", "by").order_by("pk")


def run_out(*, now: datetime) -> QuerySet[Handover]:
    """Handovers whose time is over without an answer."""
    answered = Reply.objects.filter(service=OuterRef("to"), offer__number=OuterRef("number"))
    return Handover.objects.filter(until__lte=now - ON_ITS_WAY, ending__isnull=True).exclude(Exists(answered)).order_by("pk")
