"""Who can open what, as the newest proofs say."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from apps.readiness.models import Channel, Proof
from apps.registry.models import Service

ENOUGH = 2  # when one is ill, another can


@dataclass(frozen=True)
class Access:
    """One channel of a service: the proofs that hold, one of each person. Red where one person can open it, or none."""

    service: Service
    channel: Channel
    proofs: list[Proof]

    @property
    def is_red(self) -> bool:
        return len(self.proofs) < ENOUGH


def newest(*, services: Iterable[int]) -> list[Proof]:
    """The newest proof of each person and channel, whatever it says."""
    rows = Proof.objects.filter(service__in=list(services)).select_related("person")
    return list(rows.order_by("service", "channel", "person", "-id").distinct("service", "channel", "person"))


def holding(*, services: Iterable[int], now: datetime) -> dict[tuple[int, str], list[Proof]]:
    """The proofs that hold on the Oslo day of `now`, by service and channel, one of each person."""
    today, found = timezone.localdate(now), defaultdict(list)
    for proof in newest(services=services):
        if not proof.is_over and (proof.expires_on is None or proof.expires_on >= today):
            found[proof.service_id, proof.channel].append(proof)
    return found


def access(*, services: Iterable[int], now: datetime) -> list[Access]:
    """Every channel of every service, on the Oslo day of `now`; by name of the service. Two queries."""
    ids = list(services)
    proofs = holding(services=ids, now=now)
    found = Service.objects.filter(pk__in=ids).order_by("name")
    return [Access(service, channel, proofs.get((service.pk, channel), [])) for service in found for channel in Channel]


def red(*, services: Iterable[int], now: datetime) -> int:
    """How many channels of these services one person can open, or none. One query."""
    ids = set(services)
    proofs = holding(services=ids, now=now)
    return len(ids) * len(Channel) - sum(len(people) >= ENOUGH for people in proofs.values())
