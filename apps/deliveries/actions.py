"""What may be done to deliveries: fold and state them again. Nobody writes them otherwise."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from apps.deliveries import reconciliation
from apps.deliveries.models import Delivery
from apps.ledger import actions as ledger
from apps.ledger import queries as facts
from apps.ledger.models import Owed, Reference, Work
from apps.registry.models import Service

CHUNK = 50_000


@transaction.atomic
def reconcile(*, service: Service, deliveries: Iterable[int], now: datetime) -> int:
    """Fold and state these deliveries of one service at the clock `now`; returns how many rows were written.

    Any home of a delivery may be given. Part of the caller's transaction, so that a decision and what follows from it are seen together.
    """
    return reconciliation.reconcile(service_id=service.pk, deliveries=deliveries, now=now)


def reconcile_owed(*, now: datetime) -> int:
    """Fold and state everything that imports have touched and that nobody is working on; returns how many rows were written."""
    return sum(reconcile_part(part=part, now=now) for part in facts.unclaimed(work=Work.FOLD, now=now).defer("homes"))


def reconcile_part(*, part: Owed, now: datetime) -> int:
    """The owed row goes in the transaction that reconciles, so what a killed worker left is done again."""
    owed = ledger.claim(owed=part, now=now)
    if owed is None:
        return 0
    with transaction.atomic():
        written = reconcile(service=owed.service, deliveries=owed.homes, now=now)
        ledger.finish(owed=owed, changed=1)
    return written


def reconcile_due(*, now: datetime) -> int:
    """Deliveries whose answer the clock has changed: those with a `review_at` behind `now`."""
    return reconcile_ids(Delivery.objects.filter(review_at__lt=now).order_by("review_at"), now=now)


def rebuild(*, now: datetime) -> int:
    """Every delivery anew from the ledger, at the clock `now`."""
    return reconcile_ids(Reference.objects.order_by("pk"), now=now)


def reconcile_ids(rows, *, now: datetime) -> int:  # type: ignore[no-untyped-def]
    """Fold and state the rows' deliveries, service by service."""
    written = 0
    for service in Service.objects.filter(pk__in=rows.order_by().values("service_id").distinct()):
        ids = list(rows.filter(service=service).values_list("pk", flat=True))
        for start in range(0, len(ids), CHUNK):
            written += reconcile(service=service, deliveries=ids[start : start + CHUNK], now=now)
    return written
