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
SELECT p.id, p.place, p.listed, p.total, p.urgency, p.of_urgency, p.state, p.gone_at, p.first_at,
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
    """The part of a list around one delivery. `counts` says how many of each urgency there are, as far as they are shown."""

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
    placed, given = _placed(ordered, delivery, came_last, now).query.sql_with_params()
    paused, paused_given = queues.pauses(now=now).values("reference__delivery").query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(AROUND.format(placed=placed, paused=paused), [*given, delivery, list(STRONGEST_FIRST), now, *paused_given, before, after])
        rows = cursor.fetchall()
    has_left = any(pk == delivery and not listed for pk, _place, listed, *_rest in rows)
    left_at = next((place for pk, place, *_rest in rows if pk == delivery), 0)
    items = [Item(pk, place - (has_left and place > left_at), listed, urgency, *rest) for pk, place, listed, _total, urgency, _of_urgency, *rest in rows]
    here = next((item for item in items if item.delivery == delivery), None)
    counts = {urgency: of_urgency for _pk, _place, _listed, _total, urgency, of_urgency, *_rest in rows}
    return Column(items, here, rows[0][3], counts) if here else None


def _placed(ordered: QuerySet[Delivery], delivery: int, came_last: bool, now: datetime) -> QuerySet:
    """Every item of the list and the one that may have left it, with its place, and how many there are of all and of its urgency."""
    order: Any = ordered.query.order_by  # whatever a queryset can be ordered by
    here, there = ordered.order_by().values("pk"), Delivery.objects.filter(pk=delivery).values("pk")
    urgency = Case(
        When(comes_last=True, then=Value(KNOWN)),
        When(gone_at__gt=now, gone_at__lte=now + RUNNING_OUT, then=Value(RUNS_OUT)),
        When(gone_at__lte=now, then=Value(GONE)),
        default=Value(REST),
    )
    listed = Case(When(~Q(pk=delivery), then=Value(True)), default=Exists(ordered.order_by().filter(pk=delivery)), output_field=BooleanField())
    both = Delivery.objects.filter(pk__in=here.union(there)).annotate(
        comes_last=Case(When(pk=delivery, then=Value(came_last)), default=F("child_known")), urgency=urgency, listed=listed
    )
    counted = Q(listed=True)
    return both.annotate(
        place=Window(RowNumber(), order_by=order),
        total=Window(Count("pk", filter=counted)),
        of_urgency=Window(Count("pk", filter=counted), partition_by=[F("urgency")]),
    ).values_list("id", "place", "listed", "total", "urgency", "of_urgency", "state", "gone_at", "first_at")
