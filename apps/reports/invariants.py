"""What always holds of figures (04-reliability, "Invariants")."""

from collections.abc import Iterator
from datetime import datetime

from apps.deliveries.models import Delivery
from apps.ledger.invariants import Invariant, none_in
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


# Two signatures for one day would be two answers to what was open.
CONTROLS_THAT_SHARE_A_DAY = """
SELECT 'controls ' || one.id || ' and ' || other.id
  FROM reports_control one
  JOIN reports_control other ON other.service_id = one.service_id AND other.id > one.id
   AND other.first_day <= one.last_day AND other.last_day >= one.first_day
"""
CONTROLS_OF_DAYS_TO_COME = """
SELECT 'control ' || id FROM reports_control WHERE last_day >= (at AT TIME ZONE 'Europe/Oslo')::date
"""
CONTROLS_THAT_DO_NOT_ADD_UP = """
SELECT 'control ' || c.id || ' ' || n.key
  FROM reports_control c, jsonb_each(c.numbers) n
 WHERE (n.value ->> 'received')::bigint IS DISTINCT FROM
       (SELECT sum(part.value::text::bigint) FROM jsonb_each(n.value) part WHERE part.key NOT IN ('received', 'look_waits'))
    OR (n.value ->> 'look_waits')::bigint > (n.value ->> 'open')::bigint
"""
CONTROLS_NOT_TOLD = """
SELECT concat_ws(', ', 'control ' || c.id, 'entry ' || e.id)
  FROM reports_control c
  FULL JOIN (SELECT *, (text::jsonb -> 'details' ->> 'control')::bigint AS control FROM audit_entry WHERE verb = 'signed') e ON e.control = c.id
 WHERE NOT coalesce(e.service_id = c.service_id AND e.at = c.at AND e.person_id = c.by_id, false)
"""

INVARIANTS = (
    Invariant("I12", "Each figure is the number of the deliveries that it stands for", numbers_that_are_not_their_rows),
    Invariant("I12", "The numbers of each signed control add up", none_in(CONTROLS_THAT_DO_NOT_ADD_UP)),
    Invariant(
        "I7", "No day is signed twice in a service, and none before it was over", none_in(CONTROLS_THAT_SHARE_A_DAY + "UNION" + CONTROLS_OF_DAYS_TO_COME)
    ),
    Invariant("I7", "Each signed control is told by the trail as it stands, and the other way round", none_in(CONTROLS_NOT_TOLD)),
)
