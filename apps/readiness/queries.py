"""Who can open what, as the newest proofs say."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q
from django.utils import timezone

from apps.readiness.models import Channel, Proof
from apps.registry.models import Service

ENOUGH = 2  # when one is ill, another can


@dataclass(frozen=True)
class Access:
    """One channel of a service: the proofs that hold, newest first. Red where one person can open it, or none."""

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


def access(*, services: Iterable[int], now: datetime) -> list[Access]:
    """Every channel of every service, on the Oslo day of `now`; by name of the service. Two queries."""
    ids, today = list(services), timezone.localdate(now)
    holding = [proof for proof in newest(services=ids) if not proof.is_over and (proof.expires_on is None or proof.expires_on >= today)]
    return [
        Access(service, channel, [proof for proof in holding if (proof.service_id, proof.channel) == (service.pk, channel)])
        for service in Service.objects.filter(Q(pk__in=ids)).order_by("name")
        for channel in Channel
    ]
