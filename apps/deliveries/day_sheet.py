"""One service's day on one sheet: what it got receipts for on the left, what it registered on the right, and what is left over on either side.

It is what people keep by hand in a spreadsheet. Nothing is matched here: what a reference or a person has tied is folded away, the rest is shown as it is.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Max, QuerySet
from django.db.models.functions import Coalesce

from apps.deliveries import queries
from apps.deliveries.clocks import HAS_REVIEW
from apps.deliveries.models import Delivery
from apps.deliveries.states import NEEDS_A_PERSON, State
from apps.ledger.models import Event, Particulars
from apps.ui.filters import start_of

MOST = 500  # of each side; the page says when there are more


@dataclass(frozen=True)
class Sheet:
    """Rows as of queries.rows. `left` and `right` are left over; `tied` have arrived by both, `settled` by a decision; `waiting` may still be registered."""

    left: list[dict]
    waiting: list[dict]
    tied: list[dict]
    settled: list[dict]
    right: list[dict]
    is_cut: bool

    @property
    def received(self) -> int:
        return len(self.left) + len(self.waiting) + len(self.tied) + len(self.settled)


def sheet(deliveries: QuerySet[Delivery], *, day: date) -> Sheet:
    """What was received, and what was registered, on a day in Oslo; `deliveries` are one service's. Four queries."""
    begins, ends = start_of(day), start_of(day + timedelta(days=1))
    inbound = deliveries.inbound().filter(first_at__lt=ends)
    received = inbound.filter(source_missing=False, category__in=HAS_REVIEW).annotate(
        received_at=Coalesce("receipted_at", "available_at", "sent_at", "first_at")
    )
    received = rows_of(received.filter(received_at__gte=begins, received_at__lt=ends), "received_at")
    registered = rows_of(inbound.filter(source_missing=True, registered_at__gte=begins, registered_at__lt=ends), "registered_at")
    add_said(registered)
    add_versions(received)
    return Sheet(
        left=[row for row in received if row["state"] in NEEDS_A_PERSON],
        waiting=[row for row in received if row["state"] in (State.IN_TRANSIT, State.UNKNOWN)],
        tied=[row for row in received if row["state"] == State.ARRIVED],
        settled=[row for row in received if row["state"] == State.SETTLED],
        right=registered,
        is_cut=max(len(received), len(registered)) >= MOST,
    )


def rows_of(deliveries: QuerySet[Delivery], at: str) -> list[dict]:
    return list(deliveries.values(*queries.ROW, at, references=queries.references(queries.RANK, "id")).order_by(at, "id")[:MOST])


def add_said(rows: Iterable[dict]) -> None:
    """Give each registration its `journal` and `codes` (of the reporters), where the case system says them."""
    told: dict[int, dict[str, str]] = {}
    said = Particulars.objects.standing().filter(reference__delivery__in=[row["id"] for row in rows])
    for delivery, attributes in said.order_by("pk").values_list("reference__delivery", "attributes"):
        told.setdefault(delivery, {}).update(attributes)
    for row in rows:
        row["journal"] = told.get(row["id"], {}).get("journalnummer", "")
        row["codes"] = told.get(row["id"], {}).get("melder", "")


def add_versions(rows: Iterable[dict]) -> None:
    """Give each row its `version`: the last thing that a person did about it, 0 when nobody did."""
    done = Event.objects.filter(source="person", reference__delivery__in=[row["id"] for row in rows])
    last = dict(done.values_list("reference__delivery").annotate(last=Max("id")))
    for row in rows:
        row["version"] = last.get(row["id"], 0)
