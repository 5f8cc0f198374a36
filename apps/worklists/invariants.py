"""What always holds of worklists (04-reliability, "Invariants")."""

from collections.abc import Iterator
from datetime import datetime

from apps.deliveries.models import Delivery
from apps.ledger.invariants import Invariant, none_in
from apps.worklists import queries
from apps.worklists.catalogue import DIRECTIONS, OPEN, WORKLISTS
from apps.worklists.queues import Queue

COVERAGES = (None, True, False)
WITHOUT_ITS_STEP = """
SELECT 'claim of delivery ' || c.reference_id
  FROM worklists_claim c
  LEFT JOIN LATERAL (SELECT * FROM worklists_step s
                      WHERE s.reference_id = c.reference_id AND s.act IN ('claimed', 'assigned', 'released') ORDER BY s.id DESC LIMIT 1) s ON true
 WHERE (s.service_id, s.person_id, s.by_id, s.until) IS DISTINCT FROM (c.service_id, c.person_id, c.by_id, c.until)
 UNION ALL
SELECT 'pause of delivery ' || p.reference_id
  FROM worklists_pause p
  LEFT JOIN LATERAL (SELECT * FROM worklists_step s
                      WHERE s.reference_id = p.reference_id AND s.act IN ('paused', 'resumed') ORDER BY s.id DESC LIMIT 1) s ON true
 WHERE (s.service_id, s.by_id, s.until, s.act) IS DISTINCT FROM (p.service_id, p.by_id, p.until, 'paused')
"""


def numbers_that_are_not_their_rows(now: datetime) -> Iterator[str]:
    """Counted as the tabs are and as the lists are, over all services."""
    open_deliveries = Delivery.objects.open()
    tally = queries.tally(open_deliveries, person=None, now=now)
    for direction in DIRECTIONS:
        for worklist in WORKLISTS:
            for covered in COVERAGES:
                number = tally.of(worklist, direction, covered)
                rows = queries.listed(open_deliveries, worklist=worklist, direction=direction, covered=covered, now=now).count()
                if number != rows:
                    yield f"{direction} {worklist.slug}: {number} shown, {rows} listed"
            turns = {queue: tally.of(worklist, direction, queue=queue) for queue in Queue}
            if sum(turns.values()) != tally.of(worklist, direction):
                yield f"{direction} {worklist.slug}: {tally.of(worklist, direction)} rows, {turns} in the queues"
        parts = sum(tally.of(worklist, direction) for worklist in WORKLISTS if worklist is not OPEN)
        if parts != tally.of(OPEN, direction):
            yield f"{direction}: {tally.of(OPEN, direction)} open, {parts} on the worklists"


INVARIANTS = (
    Invariant("I12", "The number of each worklist is that of its rows, and together they are everything open", numbers_that_are_not_their_rows),
    Invariant("I7", "Each claim and each pause is what its history says last", none_in(WITHOUT_ITS_STEP)),
)
