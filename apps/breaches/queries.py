"""What may be asked of breaches."""

from collections.abc import Collection
from datetime import datetime

from django.db.models import OuterRef, QuerySet, Subquery

from apps.breaches.clock import Clock, clock
from apps.breaches.models import Act, Breach, Step


def breaches(*, services: Collection[int]) -> QuerySet[Breach]:
    """The breaches of these services, the latest known first, each with `told_at`, when the authority was told (None: not yet)."""
    told = Step.objects.filter(breach=OuterRef("pk"), act=Act.TOLD)
    found = Breach.objects.filter(service__in=services).select_related("service", "by", "statement")
    return found.annotate(told_at=Subquery(told.values("done_at")[:1])).order_by("-aware_at", "-pk")


def timed(found: QuerySet[Breach], *, now: datetime) -> list[tuple[Breach, Clock]]:
    """Each with its clock; `found` as breaches() gives them."""
    return [(breach, clock(aware_at=breach.aware_at, told_at=breach.told_at, now=now)) for breach in found]  # type: ignore[attr-defined]


def standing(breach: Breach) -> Step | None:
    """The decision that stands on whether those affected must be told."""
    return breach.steps.filter(act=Act.AFFECTED_DECIDED).select_related("by").order_by("-pk").first()
