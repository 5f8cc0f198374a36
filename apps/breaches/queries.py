"""What may be asked of breaches."""

from collections.abc import Collection
from datetime import datetime

from django.db.models import OuterRef, Prefetch, QuerySet, Subquery

from apps.breaches.clock import Clock, clock
from apps.breaches.models import Act, Breach, Step
from apps.statements.models import Statement


def breaches(*, services: Collection[int]) -> QuerySet[Breach]:
    """The breaches of these services, the latest known first, each with `told_at`, when the authority was told (None: not yet)."""
    told = Step.objects.filter(breach=OuterRef("pk"), act=Act.TOLD)
    found = Breach.objects.filter(service__in=services).select_related("service", "by", "statement")
    return found.annotate(told_at=Subquery(told.values("done_at")[:1])).order_by("-aware_at", "-pk")


def with_supplements(found: QuerySet[Breach]) -> QuerySet[Breach]:
    """Each with its `supplements`: the steps that brought the numbers of a newer statement, the first first."""
    return found.prefetch_related(Prefetch("steps", Step.objects.exclude(statement=None).select_related("statement").order_by("pk"), to_attr="supplements"))


def timed(found: QuerySet[Breach], *, now: datetime) -> list[tuple[Breach, Clock]]:
    """Each with its clock; `found` as breaches() gives them."""
    return [(breach, clock(aware_at=breach.aware_at, told_at=breach.told_at, now=now)) for breach in found]  # type: ignore[attr-defined]


def standing(breach: Breach) -> Step | None:
    """The decision that stands on whether those affected must be told."""
    return breach.steps.filter(act=Act.AFFECTED_DECIDED).select_related("by").order_by("-pk").first()


def newer(*, breach: Breach) -> QuerySet[Statement]:
    """The statements of the service that were issued after the last one whose numbers the breach has; all of them while it has none. The newest first."""
    latest = breach.steps.exclude(statement=None).order_by("-statement").values_list("statement", flat=True).first() or breach.statement_id or 0
    return Statement.objects.filter(service=breach.service_id, pk__gt=latest).select_related("service").order_by("-pk")
