"""What people have concluded: read by the pages, and by `verify`."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import Exists, F, Max, OuterRef, Q, QuerySet

from apps.accounts.models import User
from apps.decisions.models import WITHDRAWAL, Decision, SecondLook
from apps.deliveries.models import Delivery
from apps.deliveries.states import State
from apps.ledger.models import Event, Particulars, Reference

# What records call the one who sent a message, when they say it.
SENDERS = ("virksomhetOrgnr", "senderOrgNumber", "messageSender")


@dataclass(frozen=True)
class Broken:
    """A settled delivery without what must stand behind it (I4)."""

    delivery: int
    service: str
    message: str


def about(delivery: Delivery) -> QuerySet[Decision]:
    """Every decision about a delivery, withdrawals among them, in the order they were made; decisions about what was joined to it as well."""
    decisions = Decision.objects.filter(reference__delivery=delivery.pk)
    return decisions.select_related(
        "by", "look__by", "look__other_delivery", "drawn__another_look", "withdrawal__by", "other_delivery", "withdraws", "service"
    ).order_by("event_id")


def version(delivery: Delivery) -> int:
    """The ledger's sequence of the last thing a person did about the delivery; 0 when nobody has done anything."""
    return Event.objects.filter(reference__delivery=delivery.pk, source="person").aggregate(last=Max("id"))["last"] or 0


def known(delivery: Delivery) -> int:
    """How many events stand about the delivery: any change to what is known changes it, whoever made it."""
    return Event.objects.standing().filter(reference__delivery=delivery.pk).count()


def waiting(delivery: Delivery) -> Decision | None:
    """The closing decision that waits for its second look, if one does."""
    return about(delivery).filter(needs_look=True, look__isnull=True, withdrawal__isnull=True).last()


def proposed_by(user: User) -> QuerySet[Reference, int]:
    """For `.filter(pk__in=...)`: the deliveries about which this person made a decision that waits for its second look, which they may not give."""
    mine = Decision.objects.filter(by=user, needs_look=True, look__isnull=True, withdrawal__isnull=True)
    return Reference.objects.filter(pk__in=mine.values("reference")).values_list("delivery", flat=True)


def standing(delivery: Delivery) -> Decision | None:
    """The closing decision in force, if there is one: the last that needs no look or was agreed with, and was not withdrawn."""
    if not delivery.decision_stands:
        return None
    return about(delivery).filter(IN_FORCE, closes=True, withdrawal__isnull=True).last()


IN_FORCE = Q(needs_look=False) | Q(look__agrees=True)


def sent_before(*, delivery: Delivery, by: User, outcome: str, follows: int, fields: Mapping[str, object]) -> Decision | None:
    """The same thing said by the same person on the same page: a form that was sent twice."""
    return about(delivery).filter(by=by, outcome=outcome, follows=follows, **fields).first()


def last_by_a_person(delivery: Delivery) -> Decision | SecondLook | None:
    """Who did the last thing, so that somebody who came second can be told."""
    event_id = version(delivery)
    look = SecondLook.objects.filter(event_id=event_id).select_related("by").first()
    return look or about(delivery).filter(event_id=event_id).first()


def tried(delivery: Delivery) -> QuerySet[Decision]:
    """Notes and contacts: what was done about a delivery, without anybody's verdict."""
    return about(delivery).filter(closes=False).exclude(outcome=WITHDRAWAL)


def sender_is_known(delivery: Delivery) -> bool:
    """Whether the records name who sent the message, so that they can be asked."""
    said = Particulars.objects.standing().filter(reference__delivery=delivery.pk)
    return said.filter(attributes__has_any_keys=list(SENDERS)).exists()


def broken_evidence() -> list[Broken]:
    """Settled deliveries whose standing decision lacks author, time, reason or, where required, another person's look (invariant I4)."""
    looked = SecondLook.objects.filter(decision=OuterRef("pk"), agrees=True).exclude(reason="").exclude(by=OuterRef("by"))
    evidence = Decision.objects.filter(
        Q(needs_look=False) | Exists(looked), reference__delivery=OuterRef("pk"), service=OuterRef("service"), closes=True, withdrawal__isnull=True
    )
    evidence = evidence.filter(outcome=OuterRef("outcome"), at__lte=OuterRef("decided_at")).exclude(reason="")
    settled = Delivery.objects.filter(state=State.SETTLED).annotate(code=F("service__code")).exclude(Exists(evidence))
    return [
        Broken(pk, code, f"settled as {outcome} without a standing decision that has author, time, reason and the look it needs")
        for pk, code, outcome in settled.order_by("pk").values_list("pk", "code", "outcome")
    ]
