"""Deliveries counted for the figures: from the stored table, or worked out anew for any clock and any time of learning."""

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from django.db import connection
from django.db.models import Sum

from apps.deliveries import hindsight
from apps.deliveries.models import Delivery, Tally
from apps.ledger import halves
from apps.ledger.hindsight import find_sets, snapshot
from apps.registry import queries as registry
from apps.reports.figures import Kind

FOR_EVER = datetime.max.replace(tzinfo=UTC)
BACK, TOUCHED = "looked_back", "looked_back_home"

# Only as many rows leave the database as there are kinds, however many deliveries there are.
SEEN = "(SELECT *, (opened_at IS NOT NULL OR registered_at IS NOT NULL) AS is_seen FROM ({rows}) AS a) AS d"
COUNT = f"SELECT {{kind}}, count(*) FROM {SEEN} GROUP BY {{kind}}"
# Those that the tally has in these states, without those that are folded again.
REST = f"""
SELECT {{kind}}, sum(number)::bigint
  FROM (SELECT {{kind}}, number FROM deliveries_tally WHERE {{rows}}
         UNION ALL
        SELECT {{kind}}, -1 FROM {SEEN.format(rows=f"SELECT * FROM deliveries_delivery WHERE {{rows}} AND id = ANY (ARRAY(SELECT home FROM {TOUCHED}))")}) AS held
 GROUP BY {{kind}}
HAVING sum(number) > 0
"""


def stored(*, services: Iterable[int] | None = None) -> Counter[Kind]:
    """The deliveries of these services (None: all) counted by kind, as they were last reconciled; one query of the tally, and not of the deliveries."""
    rows = Tally.objects.of_any() if services is None else Tally.objects.of_any().in_services(services)
    return Counter({Kind(*kind): count for *kind, count in rows.values_list(*Kind._fields).annotate(count=Sum("number"))})


def recomputed(*, as_of: datetime, known_at: datetime | None) -> Counter[Kind]:
    """All deliveries counted by kind at the clock `as_of`, from what had been learned by `known_at` (None: ever); both aware.

    Worked out from the append-only ledger, so the same question has the same answer for ever. Takes as long as a rebuild without its writing.
    """
    with snapshot():
        return counted(COUNT, *hindsight.deliveries(clock=as_of, known_at=known_at))


def looked_back(*, as_of: datetime, known_at: datetime | None) -> Counter[Kind]:
    """The same as `recomputed`, and sooner the less was learned since: that, and what people touched, is folded again. All else is only stated at the clock,
    and where no clock can change it, the tally says how many there are. Where much was learned since, all that had been learned is folded at once.

    Raises registry.PolicyMissing.
    """
    graces, learned_by = registry.policies(at=as_of), known_at or FOR_EVER
    with snapshot():
        if hindsight.is_mostly_other(services=None, since=learned_by, graces=graces):
            anew = {"services": None, "clock": as_of, "known_at": learned_by, "graces": graces, "name": BACK}
            return sum(halves.each(lambda half: counted_anew(half=half, **anew)), Counter())
        hindsight.find_touched(services=None, name=BACK, since=learned_by, graces=[graces])
        find_sets(known_at=known_at, name=BACK, among=TOUCHED)
        seen = {"services": None, "clock": as_of, "known_at": learned_by, "graces": graces, "sets": f"{BACK}_set", "touched": TOUCHED}
        changing = counted(COUNT, *hindsight.of_services(**seen, is_changing=True))  # type: ignore[arg-type]
        return changing + counted(REST, hindsight.IS_STEADY)


def counted_anew(**limits: Any) -> Counter[Kind]:
    """All of a half (see `halves`), and nothing as it stands in its row; limited as `hindsight.of_everything`."""
    return sum((counted(COUNT, *one) for one in hindsight.of_everything(**limits)), Counter())


def counted(query: str, rows: str, params: tuple[Any, ...] = ()) -> Counter[Kind]:
    with connection.cursor() as cursor:
        cursor.execute(query.format(kind=", ".join(Kind._fields), rows=rows), params)
        return Counter({Kind(*kind): count for *kind, count in cursor.fetchall()})


def due(*, now: datetime, services: Iterable[int] | None = None) -> int:
    """How many deliveries of these services (None: all) the clock has overtaken since they were last stated; the next sweep takes them."""
    late = Delivery.objects.filter(review_at__lt=now)
    return late.count() if services is None else late.in_services(services).count()
