"""A list in its order as stretches, in each of which every row can be told to stand before or behind another by its columns alone.

So what comes next is found from where one is, without going through all that comes before (a keyset); a stretch begins where an index can be entered.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from operator import attrgetter, or_
from typing import Any

from django.db.models import F, Q
from django.db.models.expressions import OrderBy

from apps.deliveries import queries as deliveries
from apps.deliveries.models import Delivery

# The groups are those of the order in which something can still be saved (01-domain, "Worklists").
RUNS_OUT, GONE, REST, KNOWN = range(4)


@dataclass(frozen=True)
class Key:
    """A column that rows are put in order by, set in every row of its stretch; `falls` from the largest to the smallest."""

    name: str
    falls: bool = False

    def of(self, delivery: Delivery) -> Any:
        return attrgetter(self.name.replace("__", "."))(delivery)

    def order(self, *, backwards: bool) -> OrderBy:
        return F(self.name).desc() if self.falls != backwards else F(self.name).asc()


@dataclass(frozen=True)
class Stretch:
    """The rows of which `holds` is true, in order by `keys`, the last of which no two rows share."""

    holds: Q
    keys: tuple[Key, ...]

    def beyond(self, delivery: Delivery, *, backwards: bool) -> Q:
        """Those of its rows that come behind where the delivery stands, or before it."""
        return self.holds & _beyond(self.keys, delivery, backwards)


DATED, UNDATED = (Key("gone_at"), Key("first_at"), Key("id")), (Key("first_at"), Key("id"))


def stretches(order_by: Sequence[Any], *, now: datetime) -> list[Stretch]:
    """The whole of a list, in the order that its queryset has."""
    if deliveries.is_rescue_order(order_by):
        soon, gone, rest = deliveries.urgencies(now=now)
        parts = ((soon, DATED), (gone, DATED), (rest & Q(gone_at__isnull=False), DATED), (Q(gone_at__isnull=True), UNDATED))
        return [Stretch(Q(child_known=known) & holds, keys) for known in (False, True) for holds, keys in parts]
    keys = tuple(_key(term) for term in order_by)
    if keys[0].name == "gone_at":  # those without a time come last, whichever way it goes
        return [Stretch(Q(gone_at__isnull=False), keys), Stretch(Q(gone_at__isnull=True), keys[1:])]
    return [Stretch(Q(), keys)]


def place(order_by: Sequence[Any], delivery: Delivery, *, is_known: bool, now: datetime) -> int:
    """In which of the stretches a delivery stands, were the child known to be followed up or not."""
    if deliveries.is_rescue_order(order_by):
        return 4 * is_known + (3 if delivery.gone_at is None else urgency(delivery.gone_at, is_known=False, now=now))
    return int(_key(order_by[0]).name == "gone_at" and delivery.gone_at is None)


def urgency(gone_at: datetime | None, *, is_known: bool, now: datetime) -> int:
    """The group that a row stands in."""
    if is_known:
        return KNOWN
    if gone_at is None or gone_at > now + deliveries.RUNNING_OUT:
        return REST
    return RUNS_OUT if gone_at > now else GONE


def any_of(conditions: Sequence[Q]) -> Q:
    """Rows of which one of the conditions is true; none for no conditions."""
    return reduce(or_, conditions, Q(pk__in=[]))


def _key(term: Any) -> Key:
    if isinstance(term, OrderBy):
        return Key(term.expression.name, term.descending)  # type: ignore[attr-defined]
    return Key({"pk": "id"}.get(name := term.removeprefix("-"), name), term.startswith("-"))


def _beyond(keys: Sequence[Key], delivery: Delivery, backwards: bool) -> Q:
    """The first key by itself too, so that an index can be entered by it."""
    first, *others = keys
    sign, value = "lt" if first.falls != backwards else "gt", first.of(delivery)
    strictly = Q(**{f"{first.name}__{sign}": value})
    return Q(**{f"{first.name}__{sign}e": value}) & (strictly | _beyond(others, delivery, backwards)) if others else strictly
