"""What may be done to deliveries: fold and state them again. Nobody writes them otherwise."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from apps.deliveries import reconciliation
from apps.deliveries.models import Delivery
from apps.ledger import actions as ledger
from apps.ledger import queries as facts
from apps.ledger.models import Owed, Reference, Work
from apps.registry.models import Service
from apps.walls import scope

CHUNK = 50_000
PATIENCE = timedelta(minutes=10)


@transaction.atomic
def reconcile(*, service: Service, deliveries: Iterable[int], now: datetime) -> int:
    """Fold and state these deliveries of one service at the clock `now`; returns how many rows were written.

    Any home of a delivery may be given. Part of the caller's transaction, so that a decision and what follows from it are seen together.
    """
    return reconciliation.reconcile(service_id=service.pk, deliveries=deliveries, now=now)


def reconcile_owed(*, now: datetime, waits_for_files: bool = False) -> int:
    """Fold and state everything that imports have touched and that nobody is working on; returns how many rows were written.

    With `waits_for_files`, what the service's other files may tell more of waits until they are read, for PATIENCE at most. A list of a year would else be open
    until the case system's file is in, be folded again with it, and leave the index of what is open nearly empty and twenty times as large as it need be.
    """
    written, tried = 0, list[int]()
    while parts := next_parts(now=now, waits_for_files=waits_for_files, tried=tried):
        tried += [owed.pk for owed in parts]
        written += reconcile_parts(parts=parts, now=now)
    return written


def next_parts(*, now: datetime, waits_for_files: bool, tried: list[int]) -> list[Owed]:
    """What is owed of one range of homes of a service, but those rows that were tried: a service at which nobody else is comes first, since its folds wait for each other."""
    owed = facts.unclaimed(work=Work.FOLD, now=now).exclude(pk__in=tried)
    if waits_for_files:
        owed = owed.exclude(service__in=facts.unread(now=now), owed_since__gt=now - PATIENCE)
    held = Owed.objects.filter(work=Work.FOLD, service=OuterRef("service"), lease_until__gte=now)
    first = owed.order_by(Exists(held), "service", "part", "pk").values_list("service", "part").first()
    return list(owed.filter(service=first[0], part=first[1]).defer("homes")) if first else []


def reconcile_parts(*, parts: list[Owed], now: datetime) -> int:
    """What several imports touched in one range of homes, at once; the owed rows go in the transaction that reconciles."""
    claimed = [owed for owed in (ledger.claim(owed=part, now=now) for part in parts) if owed]
    if not claimed:
        return 0
    with scope.job(owed=claimed[0].pk, fence=claimed[0].fence), transaction.atomic():
        written = reconciliation.reconcile(service_id=claimed[0].service_id, owed=[owed.pk for owed in claimed], now=now)
        for owed in claimed:
            ledger.finish(owed=owed, changed=1)
    return written


def reconcile_due(*, now: datetime) -> int:
    """Deliveries whose answer the clock has changed: those with a `review_at` behind `now`."""
    return reconcile_ids(Delivery.objects.filter(review_at__lt=now).order_by("review_at"), now=now)


def restate(*, now: datetime) -> int:
    """Deliveries whose answer may be another at the clock `now` than the one that is stored: those due by then, and those looked at by a later clock."""
    return reconcile_ids(Delivery.objects.filter(Q(review_at__lt=now) | Q(clock__gt=now)), now=now)


def rebuild(*, now: datetime) -> int:
    """Every delivery anew from the ledger, at the clock `now`."""
    return reconcile_ids(Reference.objects.order_by("pk"), now=now)


def reconcile_ids(rows, *, now: datetime) -> int:  # type: ignore[no-untyped-def]
    """Fold and state the rows' deliveries, service by service."""
    written = 0
    for service in Service.objects.filter(pk__in=rows.order_by().values("service_id").distinct()):
        with scope.operator(by="reconcile", services=[service.pk]):
            ids = list(rows.filter(service=service).values_list("pk", flat=True))
            for start in range(0, len(ids), CHUNK):
                written += reconcile(service=service, deliveries=ids[start : start + CHUNK], now=now)
    return written
