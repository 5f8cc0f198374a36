"""One service's day on one sheet: what it got receipts for on the left, what it registered on the right, and what is left over on either side.

It is what people keep by hand in a spreadsheet. Nothing is matched here: what a reference or a person has tied is folded away, the rest is shown as it is.
"""

from dataclasses import dataclass
from datetime import date, timedelta

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from apps.deliveries import queries
from apps.deliveries.clocks import HAS_REVIEW
from apps.deliveries.models import Delivery
from apps.deliveries.states import NEEDS_A_PERSON, State
from apps.ledger.models import PERSON, Event, Particulars
from apps.ui.filters import start_of

MOST = 500  # of each side; the page says when there are more
LAST_BY_A_PERSON = Event.objects.filter(source=PERSON, reference__delivery=OuterRef("pk")).order_by("-pk").values("pk")[:1]
SAID = Particulars.objects.standing().filter(reference__delivery=OuterRef("pk")).order_by("pk").values("attributes")


@dataclass(frozen=True)
class Sheet:
    """Rows of queries.ROW with `references`. `left` and `right` are left over; `tied` have arrived by both, `settled` by a decision; `waiting` may still be
    registered. What was received has `version`, the last thing that a person did about it, 0 when nobody did."""

    left: list[dict]
    waiting: list[dict]
    tied: list[dict]
    settled: list[dict]
    right: list[dict]
    is_cut: bool

    @property
    def received(self) -> int:
        return len(self.left) + len(self.waiting) + len(self.tied) + len(self.settled)


def sheet(deliveries: QuerySet[Delivery], *, day: date, most: int | None = MOST) -> Sheet:
    """What was received, and what was registered, on a day in Oslo, at most so many of each; `deliveries` are one service's. Two queries."""
    begins, ends = start_of(day), start_of(day + timedelta(days=1))
    inbound = deliveries.inbound().filter(first_at__lt=ends)
    received = inbound.filter(source_missing=False, category__in=HAS_REVIEW).annotate(
        received_at=Coalesce("receipted_at", "available_at", "sent_at", "first_at"), version=Coalesce(Subquery(LAST_BY_A_PERSON), 0)
    )
    received = rows_of(received.filter(received_at__gte=begins, received_at__lt=ends), "received_at", "version")[:most]
    registered = inbound.filter(source_missing=True, registered_at__gte=begins, registered_at__lt=ends).annotate(said=ArraySubquery(SAID))
    return of(list(received), [with_said(row) for row in rows_of(registered, "registered_at", "said")[:most]], most)


def of(received: list[dict], registered: list[dict], most: int | None) -> Sheet:
    return Sheet(
        left=[row for row in received if row["state"] in NEEDS_A_PERSON],
        waiting=[row for row in received if row["state"] in (State.IN_TRANSIT, State.UNKNOWN)],
        tied=[row for row in received if row["state"] == State.ARRIVED],
        settled=[row for row in received if row["state"] == State.SETTLED],
        right=registered,
        is_cut=most is not None and max(len(received), len(registered)) >= most,
    )


def rows_of(deliveries: QuerySet[Delivery], at: str, more: str) -> QuerySet:
    return deliveries.values(*queries.ROW, at, more, references=queries.references(queries.RANK, "id")).order_by(at, "id")


def with_said(row: dict) -> dict:
    """A registration with its `journal` and `codes` (of the reporters), where the case system says them; what it said last holds."""
    told: dict[str, str] = {}
    for attributes in row.pop("said"):
        told.update(attributes)
    return row | {"journal": told.get("journalnummer", ""), "codes": told.get("melder", "")}
