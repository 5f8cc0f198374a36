"""What always holds of outages and faults (04-reliability, "Invariants")."""

from apps.ledger.invariants import Invariant, none_in

# Of those of all services no foreign key that carries the service can tell.
CORRECTS_ANOTHERS = """
SELECT 'outage ' || o.id
  FROM outages_outage o
  LEFT JOIN outages_outage c ON c.id = o.corrects_id AND c.service_id IS NOT DISTINCT FROM o.service_id
 WHERE o.corrects_id IS NOT NULL AND (c.id IS NULL OR c.id >= o.id)
"""

INVARIANTS = (Invariant("I10", "Each correction of an outage is of one marked before it, of the same service or of all", none_in(CORRECTS_ANOTHERS)),)
