"""What always holds of figures (04-reliability, "Invariants")."""

from collections.abc import Iterator
from datetime import datetime

from apps.deliveries.models import Delivery
from apps.ledger.invariants import Invariant
from apps.ledger.models import Direction
from apps.reports import queries
from apps.reports.figures import FIGURES


def numbers_that_are_not_their_rows(now: datetime) -> Iterator[str]:
    """Summed as the figures are, and counted as the lists are that they link to, over all services."""
    wanted = [(direction, figure, part) for direction in Direction.values for figure in FIGURES for part in figure.parts or ("",)]
    listed = {}
    for way in Direction.values:
        counts = {f"count_{place}": figure.counted(part) for place, (direction, figure, part) in enumerate(wanted) if direction == way}
        listed |= Delivery.objects.filter(direction=way).aggregate(**counts)
    tally = queries.stored()
    for place, (direction, figure, part) in enumerate(wanted):
        number = figure.of(type(tally)({kind: count for kind, count in tally.items() if kind.direction == direction}))[part]
        if number != listed[f"count_{place}"]:
            yield f"{direction} {figure.name} {part}: {number} shown, {listed[f'count_{place}']} listed"


INVARIANTS = (Invariant("I12", "Each figure is the number of the deliveries that it stands for", numbers_that_are_not_their_rows),)
