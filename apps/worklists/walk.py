"""Walking along a list: the items around one delivery, its place among them, and what comes before and after it, also when it has left the list."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import BooleanField, Case, Count, Exists, F, Q, QuerySet, Value, When, Window
from django.db.models.functions import RowNumber
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from apps.deliveries.models import Delivery
from apps.deliveries.queries import RUNNING_OUT, STRONGEST_FIRST
from apps.worklists import queues

SHOWN_BEFORE, SHOWN_AFTER = 6, 18

# The groups are those of the order in which something can still be saved (01-domain, "Worklists").
RUNS_OUT, GONE, REST, KNOWN = range(4)
GROUPS: dict[int, str | Promise] = {
    RUNS_OUT: _("Gone within a week"),
    GONE: _("Gone already"),
    REST: _("The rest"),
    KNOWN: _("The child is known"),
}

# The whole list is put in order once; what people see beside it is looked up for the few that are shown.
AROUND = """
WITH placed AS ({placed}),
     here AS (SELECT place FROM placed WHERE id = %s)
SELECT p.id, p.place, p.listed, p.total, p.urgency, p.of_0, p.of_1, p.of_2, p.of_3, p.state, p.gone_at, p.first_at,
       (SELECT r.value FROM ledger_reference r WHERE r.delivery = p.id ORDER BY array_position(%s, r.namespace::text), r.id LIMIT 1),
       (SELECT u.full_name
          FROM worklists_claim c JOIN ledger_reference r ON r.id = c.reference_id JOIN accounts_user u ON u.id = c.person_id
         WHERE r.delivery = p.id AND c.until > %s ORDER BY c.since LIMIT 1),
       p.id IN ({paused})
  FROM placed p, here
 WHERE p.place BETWEEN here.place - %s AND here.place + %s
 ORDER BY p.place
"""


@dataclass(frozen=True)
class Item:
    """One row of the column: its place on the list as it is now, who has it, and whether it is put aside. `group` begins with the first of its urgency."""

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

    items: list[Item]
    here: Item
    count: int
    counts: dict[int, int]

    @property
    def before(self) -> Item | None:
        return next((item for item in reversed(self.items) if item.is_listed and item.place < self.here.place), None)

    @property
    def after(self) -> Item | None:
        later = (item for item in self.items if item.is_listed and item != self.here)
        return next((item for item in later if item.place >= self.here.place + self.here.is_listed), None)


def around(
    *, ordered: QuerySet[Delivery], delivery: int, came_last: bool, now: datetime, before: int = SHOWN_BEFORE, after: int = SHOWN_AFTER
) -> Column | None:
    """The items around delivery `delivery`, which may have left the list: its place is kept by the order alone. None when there is no such delivery.

    `ordered` is a worklist as its page shows it. `came_last` says in which part the item stood when it was opened: the decision may just have been that the
    child is followed up already, and the walk goes on from where it was. It is the caller who has seen to it that the person may see `delivery`.
    """
    shown = (before, after)
    rows = _read(_numbered(ordered, ordered.query.order_by, listed=Value(True), now=now), delivery, now, shown)
    if (delivery, came_last) not in [(pk, urgency == KNOWN) for pk, _place, _listed, _total, urgency, *_rest in rows]:
        rows = _read(_with_what_left(ordered, delivery, came_last, now=now), delivery, now, shown)
    if not rows:
        return None
    left_at = next((place for pk, place, listed, *_rest in rows if pk == delivery and not listed), None)
    items = [
        Item(pk, place - (left_at is not None and place > left_at), listed, urgency, *rest)
        for pk, place, listed, _total, urgency, _of_0, _of_1, _of_2, _of_3, *rest in rows
    ]
    here = next(item for item in items if item.delivery == delivery)
    _pk, _place, _listed, total, _urgency, *counts = rows[0][:9]
    return Column(items, here, total, dict(zip(GROUPS, counts, strict=True)))


def _read(placed: QuerySet, delivery: int, now: datetime, shown: tuple[int, int]) -> list[tuple]:
    """The rows around the delivery; none when it is not among them."""
    sql, given = placed.query.sql_with_params()
    paused, paused_given = queues.pauses(now=now).values("reference__delivery").query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(AROUND.format(placed=sql, paused=paused), [*given, delivery, list(STRONGEST_FIRST), now, *paused_given, *shown])
        return cursor.fetchall()


def _numbered(rows: QuerySet[Delivery], order: Any, *, listed: Any, now: datetime) -> QuerySet:
    """Each row with its place, how many there are, and how many of each urgency: put in order once, and counted in one go."""
    urgency = Case(
        When(comes_last=True, then=Value(KNOWN)),
        When(gone_at__gt=now, gone_at__lte=now + RUNNING_OUT, then=Value(RUNS_OUT)),
        When(gone_at__lte=now, then=Value(GONE)),
        default=Value(REST),
    )
    numbered = rows.order_by().annotate(urgency=urgency, listed=listed, place=Window(RowNumber(), order_by=order))
    counts = {f"of_{group}": Window(Count("pk", filter=Q(listed=True, urgency=group))) for group in GROUPS}
    counted = numbered.annotate(total=Window(Count("pk", filter=Q(listed=True))), **counts)
    return counted.values_list("id", "place", "listed", "total", "urgency", *counts, "state", "gone_at", "first_at")


def _with_what_left(ordered: QuerySet[Delivery], delivery: int, came_last: bool, *, now: datetime) -> QuerySet:
    """The list and the one that may have left it, or stood in another part of it when it was opened."""
    here, there = ordered.order_by().values("pk"), Delivery.objects.filter(pk=delivery).values("pk")
    listed = Case(When(~Q(pk=delivery), then=Value(True)), default=Exists(ordered.order_by().filter(pk=delivery)), output_field=BooleanField())
    both = Delivery.objects.filter(pk__in=here.union(there)).annotate(comes_last=Case(When(pk=delivery, then=Value(came_last)), default=F("child_known")))
    return _numbered(both, ordered.query.order_by, listed=listed, now=now)
