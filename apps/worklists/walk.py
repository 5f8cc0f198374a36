"""Walking along a list: the items around one delivery, its place among them, and what comes before and after it, also when it has left the list."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.db.models import Count, Q, QuerySet, Value
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from apps.deliveries.models import Delivery
from apps.deliveries.queries import STRONGEST_FIRST, urgencies
from apps.worklists import queues
from apps.worklists.stretches import GONE, KNOWN, REST, RUNS_OUT, Stretch, any_of, place, stretches, urgency

SHOWN_BEFORE, SHOWN_AFTER = 6, 18

GROUPS: dict[int, str | Promise] = {
    RUNS_OUT: _("Gone within a week"),
    GONE: _("Gone already"),
    REST: _("The rest"),
    KNOWN: _("The child is known"),
}
SHOWN = ("id", "state", "gone_at", "first_at", "child_known")
Part = tuple[str, list[object]]  # of a statement, with its values

# Of each stretch as many as can be shown are read, the nearest first; the nearest stretch has the lowest number.
ONE_STRETCH = "SELECT {number} AS stretch, row_number() OVER () AS step, part.* FROM ({rows}) AS part"
ONE_SIDE = "(SELECT {side} AS side, found.* FROM ({stretches}) AS found ORDER BY stretch, step LIMIT {most})"
HERE = f"SELECT 0 AS side, 0 AS stretch, 0::bigint AS step, {', '.join(SHOWN)} FROM deliveries_delivery WHERE id = %s"
# The whole list is gone through once, to be counted; what people see beside it is looked up for the few that are shown.
AROUND = """
WITH counted AS MATERIALIZED ({counted}), shown AS ({shown})
SELECT s.side, s.id, s.state, s.gone_at, s.first_at, s.child_known,
       (SELECT r.value FROM ledger_reference r WHERE r.delivery = s.id ORDER BY array_position(%s, r.namespace::text), r.id LIMIT 1),
       (SELECT u.full_name {held} %s AND r.delivery = s.id ORDER BY c.since LIMIT 1),
       s.id IN (SELECT r.delivery {paused} %s), counted.*
  FROM shown s LEFT JOIN counted ON s.side = 0
 ORDER BY s.side, s.stretch, s.step
"""


@dataclass(frozen=True)
class Item:
    """One row of the column: its place on the list as it is now, who has it, and whether it is put aside."""

    delivery: int
    place: int
    is_listed: bool
    urgency: int
    state: str
    gone_at: datetime | None
    first_at: datetime
    reference: str | None
    held_by: str | None
    is_aside: bool


@dataclass(frozen=True)
class Column:
    """The part of a list around one delivery. `counts` says how many of each urgency there are."""

    earlier: list[Item]
    here: Item
    later: list[Item]
    count: int
    counts: dict[int, int]

    @property
    def items(self) -> list[Item]:
        return [*self.earlier, self.here, *self.later]

    @property
    def before(self) -> Item | None:
        return self.earlier[-1] if self.earlier else None

    @property
    def after(self) -> Item | None:
        return self.later[0] if self.later else None


def around(*, ordered: QuerySet[Delivery], delivery: Delivery, came_last: bool, now: datetime) -> Column:
    """The items around a delivery, which may have left the list: its place is kept by the order alone. One query.

    `ordered` is a worklist as its page shows it. `came_last` says in which part the item stood when it was opened: the decision may just have been that the
    child is followed up already, and the walk goes on from where it was. It is the caller who has seen to it that the person may see `delivery`.
    """
    sides = [
        _side(ordered, delivery, came_last, backwards=True, most=SHOWN_BEFORE, now=now),
        (HERE, [delivery.pk]),
        _side(ordered, delivery, came_last, backwards=False, most=SHOWN_AFTER, now=now),
    ]
    rows = _read(_counted(ordered, delivery, came_last, now=now), _joined(sides), now=now)
    ((_side_of_here, *shown_here, counts),) = (row for row in rows if row[0] == 0)
    is_listed, before, total = counts[:3]
    here = _item(shown_here, before + 1, bool(is_listed), is_known=came_last, now=now)
    earlier = [row for row in rows if row[0] < 0]
    later = [row for row in rows if row[0] > 0]
    return Column(
        earlier=[_item(row[1:-1], before + 1 - steps, True, now=now) for steps, row in enumerate(earlier, start=1)][::-1],
        here=here,
        later=[_item(row[1:-1], before + is_listed + steps, True, now=now) for steps, row in enumerate(later, start=1)],
        count=total,
        counts=dict(zip(GROUPS, counts[3:], strict=True)),
    )


def following(*, ordered: QuerySet[Delivery], delivery: Delivery, came_last: bool, now: datetime) -> int | None:
    """The delivery that comes behind this one, as `around` would have it; None behind the last. One query, which counts nothing."""
    sql, given = _side(ordered, delivery, came_last, backwards=False, most=1, now=now)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT id FROM {sql} AS next", given)
        found = cursor.fetchone()
    return found[0] if found else None


def _read(counted: Part, shown: Part, *, now: datetime) -> list[tuple]:
    """Rows of a side (-1, 0 where one is, 1), what is shown of each, and last what was counted, of the row where one is."""
    sql = AROUND.format(counted=counted[0], shown=shown[0], held=queues.HELD, paused=queues.PAUSED)
    with connection.cursor() as cursor:
        cursor.execute(sql, [*counted[1], *shown[1], list(STRONGEST_FIRST), now, now])
        return [(*row[:9], row[9:]) for row in cursor.fetchall()]


def _counted(ordered: QuerySet[Delivery], delivery: Delivery, came_last: bool, *, now: datetime) -> Part:
    """Whether the list holds the delivery, how many stand before it, how many there are, and how many of each urgency."""
    all_of_it = stretches(ordered.query.order_by, now=now)
    here = place(ordered.query.order_by, delivery, is_known=came_last, now=now)
    before = any_of([*(each.holds for each in all_of_it[:here]), all_of_it[here].beyond(delivery, backwards=True)])
    groups = [*(Q(child_known=False) & urgency for urgency in urgencies(now=now)), Q(child_known=True)]
    counts = {f"of_{group}": Count("pk", filter=condition) for group, condition in enumerate(groups)}
    whole = ordered.order_by().annotate(whole=Value(1)).values("whole")
    numbers = whole.annotate(listed=Count("pk", filter=Q(pk=delivery.pk)), before=Count("pk", filter=before & ~Q(pk=delivery.pk)), total=Count("pk"), **counts)
    return numbers.values_list("listed", "before", "total", *counts).query.sql_with_params()


def _side(ordered: QuerySet[Delivery], delivery: Delivery, came_last: bool, *, backwards: bool, most: int, now: datetime) -> Part:
    """The nearest rows of a list behind the delivery, or before it, the nearest first."""
    all_of_it = stretches(ordered.query.order_by, now=now)
    here = place(ordered.query.order_by, delivery, is_known=came_last, now=now)
    further = all_of_it[:here][::-1] if backwards else all_of_it[here + 1 :]
    conditions = [(all_of_it[here], all_of_it[here].beyond(delivery, backwards=backwards)), *((each, each.holds) for each in further)]
    others = ordered.order_by().exclude(pk=delivery.pk)
    parts = [_stretch(number, others.filter(condition), each, backwards, most) for number, (each, condition) in enumerate(conditions)]
    sql, given = _joined(parts)
    return ONE_SIDE.format(side=-1 if backwards else 1, stretches=sql, most=most), given


def _stretch(number: int, rows: QuerySet[Delivery], stretch: Stretch, backwards: bool, most: int) -> Part:
    nearest = rows.order_by(*(key.order(backwards=backwards) for key in stretch.keys)).values_list(*SHOWN)[:most]
    sql, given = nearest.query.sql_with_params()
    return ONE_STRETCH.format(number=number, rows=sql), list(given)


def _joined(parts: Iterable[Part]) -> Part:
    parts = list(parts)
    return " UNION ALL ".join(sql for sql, _given in parts), [value for _sql, given in parts for value in given]


def _item(shown: Iterable, place: int, is_listed: bool, *, is_known: bool | None = None, now: datetime) -> Item:
    pk, state, gone_at, first_at, child_known, *looked_up = shown
    group = urgency(gone_at, is_known=child_known if is_known is None else is_known, now=now)
    return Item(pk, place, is_listed, group, state, gone_at, first_at, *looked_up)
