"""Who can open what, as the newest proofs say, and which channels are not used, as the service says."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, Min, OuterRef, Q
from django.utils import timezone

from apps.accounts.models import Membership
from apps.deliveries.models import Delivery
from apps.ledger.models import Direction
from apps.readiness.models import Channel, Proof, Unused
from apps.registry.models import Service
from apps.ui.filters import start_of

ENOUGH = 2  # when one is ill, another can
Place = tuple[int, str]  # a service and a channel of it


@dataclass(frozen=True)
class Access:
    """One channel of a service: the proofs that hold, one of each person. Red where one person can open it, or none.

    A channel that the service says it does not use is not red, unless a message came through it since then (`contradicted_at`).
    """

    service: Service
    channel: Channel
    proofs: list[Proof]
    unused: Unused | None = None
    contradicted_at: datetime | None = None

    @property
    def is_unused(self) -> bool:
        return self.unused is not None and self.contradicted_at is None

    @property
    def is_red(self) -> bool:
        return not self.is_unused and len(self.proofs) < ENOUGH


def newest(*, services: Iterable[int], now: datetime) -> list[Proof]:
    """The newest proof of each channel and person who belongs to the service at `now`, whatever it says: who has left opens nothing any more."""
    belongs = Membership.objects.at(now).filter(service=OuterRef("service"), user=OuterRef("person"), user__is_active=True)
    rows = Proof.objects.filter(Exists(belongs), service__in=list(services)).select_related("person")
    return list(rows.order_by("service", "channel", "person", "-id").distinct("service", "channel", "person"))


def holding(*, services: Iterable[int], now: datetime) -> dict[Place, list[Proof]]:
    """The proofs that hold on the Oslo day of `now`, by service and channel, one of each person."""
    today, found = timezone.localdate(now), defaultdict(list)
    for proof in newest(services=services, now=now):
        if not proof.is_over and (proof.expires_on is None or proof.expires_on >= today):
            found[proof.service_id, proof.channel].append(proof)
    return found


def unused(*, services: Iterable[int], now: datetime) -> dict[Place, Unused]:
    """What these services say on the Oslo day of `now` that they do not use."""
    today, rows = timezone.localdate(now), Unused.objects.filter(service__in=list(services)).select_related("by", "service")
    said = rows.order_by("service", "channel", "-id").distinct("service", "channel")
    return {(one.service_id, one.channel): one for one in said if not one.is_over and one.until >= today}


def contradicted(said: Collection[Unused]) -> dict[Place, datetime]:
    """When the first message came to the service by a channel that it says it does not use, since the day on which it said so; no query where none is said."""
    if not said:
        return {}
    came = Q()
    for one in said:
        came |= Q(service=one.service_id, channel=one.channel, first_at__gte=start_of(one.since))
    rows = Delivery.objects.filter(came, direction=Direction.INBOUND).order_by().values_list("service", "channel").annotate(at=Min("first_at"))
    return {(service, channel): at for service, channel, at in rows}


def access(*, services: Iterable[int], now: datetime) -> list[Access]:
    """Every channel of every service, on the Oslo day of `now`; by name of the service. Three queries, and one more where a channel is not used."""
    ids = list(services)
    proofs, said = holding(services=ids, now=now), unused(services=ids, now=now)
    came = contradicted(said.values())
    found = Service.objects.filter(pk__in=ids).order_by("name")
    return [
        Access(service, channel, proofs.get(place, []), said.get(place), came.get(place))
        for service in found
        for channel in Channel
        for place in [(service.pk, str(channel))]
    ]


def red(*, services: Iterable[int], now: datetime) -> int:
    """How many channels of these services one person can open, or none. Two queries, and one more where a channel is not used."""
    ids = set(services)
    proofs, said = holding(services=ids, now=now), unused(services=ids, now=now)
    fine = {place for place, people in proofs.items() if len(people) >= ENOUGH} | (said.keys() - contradicted(said.values()).keys())
    return len(ids) * len(Channel) - len(fine)
