"""Deliveries counted for the figures: from the stored table, or worked out anew for any clock and any time of learning."""

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from django.db import connection
from django.db.models import Sum

from apps.deliveries import hindsight
from apps.deliveries.models import Delivery, Tally
from apps.ledger.hindsight import find_sets, snapshot
from apps.registry import queries as registry
from apps.registry.models import Service
from apps.reports.figures import Kind

BACK, FOR_EVER = "looked_back", datetime.max.replace(tzinfo=UTC)

# Only as many rows leave the database as there are kinds, however many deliveries there are.
COUNT = "SELECT {kind}, count(*) FROM (SELECT *, (opened_at IS NOT NULL OR registered_at IS NOT NULL) AS is_seen FROM ({deliveries}) AS a) AS d GROUP BY {kind}"


def stored(*, services: Iterable[int] | None = None) -> Counter[Kind]:
    """The deliveries of these services (None: all) counted by kind, as they were last reconciled; one query of the tally, and not of the deliveries."""
    rows = Tally.objects.of_any() if services is None else Tally.objects.of_any().in_services(services)
    return Counter({Kind(*kind): count for *kind, count in rows.values_list(*Kind._fields).annotate(count=Sum("number"))})


def recomputed(*, as_of: datetime, known_at: datetime | None) -> Counter[Kind]:
    """All deliveries counted by kind at the clock `as_of`, from what had been learned by `known_at` (None: ever); both aware.

    Worked out from the append-only ledger, so the same question has the same answer for ever. Takes as long as a rebuild without its writing.
    """
    with snapshot():
        return counted(*hindsight.deliveries(clock=as_of, known_at=known_at))


def looked_back(*, as_of: datetime, known_at: datetime | None) -> Counter[Kind]:
    """The same as `recomputed`, and sooner the less was learned since: that, and what people touched, is folded again; all else only stated at the clock.

    Raises registry.PolicyMissing.
    """
    services = list(Service.objects.values_list("pk", flat=True))
    seen = {"services": services, "clock": as_of, "known_at": known_at or FOR_EVER, "graces": registry.policies(at=as_of)}
    with snapshot():
        hindsight.find_touched(services=services, name=BACK, since=known_at or FOR_EVER, graces=[seen["graces"]])
        find_sets(known_at=known_at, name=BACK, among=f"{BACK}_home")
        return counted(*hindsight.of_services(**seen, sets=f"{BACK}_set", touched=f"{BACK}_home"))  # type: ignore[arg-type]


def counted(sql: str, params: tuple[Any, ...]) -> Counter[Kind]:
    with connection.cursor() as cursor:
        cursor.execute(COUNT.format(kind=", ".join(Kind._fields), deliveries=sql), params)
        return Counter({Kind(*kind): count for *kind, count in cursor.fetchall()})


def due(*, now: datetime, services: Iterable[int] | None = None) -> int:
    """How many deliveries of these services (None: all) the clock has overtaken since they were last stated; the next sweep takes them."""
    late = Delivery.objects.filter(review_at__lt=now)
    return late.count() if services is None else late.in_services(services).count()
