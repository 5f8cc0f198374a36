"""What a decision points at: the case system's reference, or the other delivery. Found, and checked to be what it must be."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from apps.decisions.models import Decision
from apps.decisions.outcomes import NEEDS_CASE_REFERENCE, Outcome
from apps.decisions.queries import IN_FORCE
from apps.deliveries.models import Delivery
from apps.deliveries.states import State
from apps.ledger.models import Event, Reference

OSLO = ZoneInfo("Europe/Oslo")
AGREEING = timedelta(days=3)
CASE = "case"
# Two references of one carrier are two messages, whatever the case system says.
CARRIERS = ("portal", "altinn", "svarut", "eformidling")
HOME = re.compile(r"[0-9]{1,18}")
# A settled delivery has arrived when its outcome says so.
SAYS_ARRIVED = (Outcome.FOUND_REGISTERED, Outcome.RECOVERED, Outcome.ARRIVED_OTHERWISE)


class Unpointed(Exception):
    """What was written does not point at what it must; `field` is where it was written, `sentence` what to do."""

    field = "case_reference"
    sentence: str | Promise = ""

    def __init__(self, **details: object) -> None:
        super().__init__(details)
        self.details = details

    def __str__(self) -> str:
        return str(self.sentence).format_map(self.details)


class ReferenceTaken(Unpointed):
    sentence = _("This reference belongs to message {delivery} already. One registration cannot stand for two messages: look again in the case system.")


class ReferenceAmbiguous(Unpointed):
    sentence = _("Several registrations end with this number: {values}. Write the whole of the right one.")


class NoSuchDelivery(Unpointed):
    field = "other_delivery"
    sentence = _("No message in this service has this number or reference.")


class NotArrived(Unpointed):
    field = "other_delivery"
    sentence = _("Message {delivery} has not arrived itself, so it cannot stand for this one.")


class Circular(Unpointed):
    field = "other_delivery"
    sentence = _("Message {delivery} is this one, or was closed as a repetition of it.")


@dataclass(frozen=True)
class CaseReference:
    """A case system's reference in full, and its home when the ledger knows it."""

    value: str
    home: int | None


def case_reference(*, delivery: Delivery, typed: str) -> CaseReference:
    """The case system's reference that was meant: a UUID or a prefixed id as typed, else what ends so, else with the service's code before it.

    Raises ReferenceAmbiguous, and ReferenceTaken when another delivery has it or waits for a second look with it.
    """
    found = resolved(delivery, typed.strip())
    if found.home:
        check_free(delivery, found)
    rivals = Decision.objects.filter(service=delivery.service_id, case_reference=found.value, outcome__in=NEEDS_CASE_REFERENCE, withdrawal__isnull=True)
    rival = rivals.filter(IN_FORCE | Q(look__isnull=True)).exclude(reference__delivery=delivery.pk).select_related("reference").first()
    if rival:
        raise ReferenceTaken(delivery=rival.reference.delivery)
    return found


def resolved(delivery: Delivery, typed: str) -> CaseReference:
    known = Reference.objects.filter(service=delivery.service_id, namespace=CASE)
    value = as_uuid(typed) or typed
    if ":" in value or as_uuid(typed):
        return CaseReference(value, known.filter(value=value).values_list("pk", flat=True).first())
    endings = list(known.filter(value__endswith=f":{value}").order_by("value").values_list("value", "pk")[:5])
    if len(endings) > 1:
        raise ReferenceAmbiguous(values=", ".join(value for value, _pk in endings))
    return CaseReference(*endings[0]) if endings else CaseReference(f"{delivery.service.code}:{value}", None)


def as_uuid(typed: str) -> str | None:
    try:
        return str(UUID(typed)) if len(typed) == 36 else None
    except ValueError:
        return None


def check_free(delivery: Delivery, found: CaseReference) -> None:
    """Free when it is this delivery's own, or when only the case system knows what it is tied to and no carrier of this one names that otherwise."""
    tied = Reference.objects.filter(delivery__in=Reference.objects.filter(pk=found.home).values("delivery")).exclude(delivery=delivery.pk)
    namespaces = {reference.namespace: reference.delivery for reference in tied}
    mine = set(Reference.objects.filter(delivery=delivery.pk, namespace__in=CARRIERS).values_list("namespace", flat=True))
    for namespace, other in namespaces.items():
        if namespace in mine or not Delivery.objects.filter(pk=other, source_missing=True).exists():
            raise ReferenceTaken(delivery=other)


def is_shown_in_time(*, delivery: Delivery, found: CaseReference) -> bool:
    """Whether the ledger shows this reference registered within three days of the receipt: then the case system itself is the second look."""
    received = day(delivery.receipted_at or delivery.available_at or delivery.sent_at or delivery.first_at)
    # The log's line is about the carrier's reference and names the case beside it, so the registration stands on the set that they are tied in.
    same_set = Reference.objects.filter(pk=found.home).values("delivery")
    registered = Event.objects.standing().filter(reference__delivery__in=same_set, code="registered").values_list("occurred_at", flat=True)
    return any(abs(day(at) - received) <= AGREEING for at in registered)


def day(at: datetime):  # type: ignore[no-untyped-def]
    return at.astimezone(OSLO).date()


def arrived_delivery(*, delivery: Delivery, typed: str) -> Delivery:
    """The delivery that this one repeats, by Framme's number or by any reference of it.

    Raises NoSuchDelivery, Circular, NotArrived.
    """
    other = looked_up(delivery, typed.strip())
    check_no_circle(delivery, other)
    if not (other.state == State.ARRIVED or (other.state == State.SETTLED and other.outcome in SAYS_ARRIVED)):
        raise NotArrived(delivery=other.pk)
    return other


def looked_up(delivery: Delivery, typed: str) -> Delivery:
    """Framme's own number comes first: a reference of digits alone could be anything."""
    mine = Reference.objects.filter(service=delivery.service_id)
    homes: set[int] = set()
    if HOME.fullmatch(typed):
        homes = set(mine.filter(pk=int(typed)).values_list("delivery", flat=True))
    homes = homes or set(mine.filter(value=as_uuid(typed) or typed).values_list("delivery", flat=True)[:3])
    found = list(Delivery.objects.filter(pk__in=homes, service=delivery.service_id)[:2])
    if len(found) != 1:
        raise NoSuchDelivery
    return found[0]


def check_no_circle(delivery: Delivery, other: Delivery) -> None:
    """Follow what the other one repeats, and what that one repeats, until nothing is repeated."""
    seen = {delivery.pk}
    follow: int | None = other.pk
    while follow is not None:
        if follow in seen:
            raise Circular(delivery=other.pk)
        seen.add(follow)
        repeats = Decision.objects.filter(reference__delivery=follow, outcome=Outcome.DUPLICATE, withdrawal__isnull=True)
        repeats = repeats.filter(IN_FORCE | Q(look__isnull=True)).order_by("event_id")
        follow = repeats.values_list("other_delivery__delivery", flat=True).last()
