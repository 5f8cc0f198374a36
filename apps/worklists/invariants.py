"""What always holds of worklists (04-reliability, "Invariants")."""

from collections.abc import Iterator
from datetime import datetime

from apps.deliveries.models import Delivery
from apps.ledger.invariants import Invariant
from apps.worklists import queries
from apps.worklists.catalogue import DIRECTIONS, OPEN, WORKLISTS

COVERAGES = (None, True, False)


def numbers_that_are_not_their_rows(now: datetime) -> Iterator[str]:
    """Counted as the tabs are and as the lists are, over all services."""
    open_deliveries = Delivery.objects.open()
    tally = queries.tally(open_deliveries)
    for direction in DIRECTIONS:
        for worklist in WORKLISTS:
            for covered in COVERAGES:
                number = tally.of(worklist, direction, covered)
                rows = queries.listed(open_deliveries, worklist=worklist, direction=direction, covered=covered, now=now).count()
                if number != rows:
                    yield f"{direction} {worklist.slug}: {number} shown, {rows} listed"
        parts = sum(tally.of(worklist, direction) for worklist in WORKLISTS if worklist is not OPEN)
        if parts != tally.of(OPEN, direction):
            yield f"{direction}: {tally.of(OPEN, direction)} open, {parts} on the worklists"


INVARIANTS = (Invariant("I12", "The number of each worklist is that of its rows, and together they are everything open", numbers_that_are_not_their_rows),)
