"""What always holds of deliveries (04-reliability, "Invariants"). What an import has touched and is owed to be folded is left out until it is."""

from collections.abc import Iterator
from datetime import datetime

from apps.deliveries import reconciliation, tallying
from apps.deliveries.folding import events, listed
from apps.deliveries.reconciliation import COLUMNS
from apps.ledger import canaries, codes, words
from apps.ledger.invariants import Invariant, found, none_in
from apps.ledger.standing import condition

OWED = """
owed AS (
    SELECT DISTINCT r.delivery
      FROM ledger_owed o CROSS JOIN LATERAL unnest(o.homes) AS t (home)
      JOIN ledger_reference r ON r.id = t.home
     WHERE o.work = 'fold'
)"""

NOT_ONE = f"""
WITH {OWED}
SELECT 'delivery ' || d.id
  FROM deliveries_delivery d
  LEFT JOIN ledger_reference r ON r.id = d.id
 WHERE (r.id IS NULL OR r.delivery <> d.id OR r.service_id <> d.service_id) AND NOT EXISTS (SELECT FROM owed WHERE owed.delivery = r.delivery)
"""

# Read from the events alone, by other words than the fold's.
ARRIVED_WITHOUT_EVIDENCE = f"""
WITH {{words}}{OWED}
SELECT 'delivery ' || d.id
  FROM deliveries_delivery d
  LEFT JOIN (SELECT r.delivery,
                    max(e.occurred_at) FILTER (WHERE e.code IN {listed(codes.REGISTERED)}) AS registered_at,
                    max(e.occurred_at) FILTER (WHERE e.code IN {listed(codes.WITHDRAWN)}) AS withdrawn_at,
                    max(e.occurred_at) FILTER (WHERE e.code IN {listed(codes.OPENED)}) AS opened_at
               FROM {{events}} e
               JOIN ledger_reference r ON r.id = e.reference_id
              WHERE e.source <> 'person' AND {condition("e", "event")} AND e.code IN {listed(codes.REGISTERED + codes.WITHDRAWN + codes.OPENED)}
              GROUP BY r.delivery) e ON e.delivery = d.id
 WHERE d.state = 'arrived' AND NOT EXISTS (SELECT FROM owed WHERE owed.delivery = d.id)
   AND CASE d.direction WHEN 'inbound' THEN e.registered_at IS NULL OR e.registered_at <= e.withdrawn_at ELSE e.opened_at IS NULL END
"""

MEMBERS = f"""{OWED},
members AS (
    SELECT r.delivery, r.id AS home, r.service_id, r.namespace, d.clock
      FROM deliveries_delivery d
      JOIN ledger_reference r ON r.delivery = d.id
     WHERE NOT EXISTS (SELECT FROM owed WHERE owed.delivery = d.id)
)"""

DIFFERS = """
SELECT 'delivery ' || d.id || ': ' || concat_ws(', ', {names})
  FROM deliveries_delivery d
  LEFT JOIN ({again}) AS again ON again.id = d.id
 WHERE ({stored}) IS DISTINCT FROM ({anew})
   AND NOT EXISTS (SELECT FROM ledger_reference r JOIN ({owed}) AS owed ON owed.delivery = r.delivery WHERE r.id = d.id)
"""

CANARY = f"""
canary AS (
    SELECT r.delivery
      FROM ({canaries.standing()}) c
      JOIN ledger_reference r ON r.service_id = c.service_id AND r.value = c.value AND r.namespace = c.namespace
)"""

MISSING = f"""
WITH {OWED}, {CANARY}
SELECT DISTINCT 'delivery ' || r.delivery || ': missing'
  FROM ledger_reference r
  LEFT JOIN deliveries_delivery d ON d.id = r.delivery
 WHERE d.id IS NULL AND NOT EXISTS (SELECT FROM owed WHERE owed.delivery = r.delivery)
   AND EXISTS (SELECT FROM ledger_event e WHERE e.reference_id = r.id AND e.source <> 'person' AND {condition("e", "event")})
   AND NOT EXISTS (SELECT FROM canary WHERE canary.delivery = r.delivery)
"""
COUNTED_CANARIES = f"""
WITH {OWED}, {CANARY}
SELECT 'delivery ' || d.id
  FROM deliveries_delivery d
  JOIN canary ON canary.delivery = d.id
 WHERE NOT EXISTS (SELECT FROM owed WHERE owed.delivery = d.id)
"""


def arrived_without_evidence(now: datetime) -> Iterator[str]:
    are_words = words.are_any()
    relation = f"{words.relation()}," if are_words else ""
    return found(ARRIVED_WITHOUT_EVIDENCE.format(words=relation, events=events(are_words=are_words)))


def differing(now: datetime) -> Iterator[str]:
    """Every delivery with the columns in which it is not what the ledger gives at its own clock."""
    again, params = reconciliation.recomputed(members=MEMBERS)
    sql = DIFFERS.format(
        names=", ".join(f"CASE WHEN d.{name} IS DISTINCT FROM again.{name} THEN '{name}' END" for name in COLUMNS),
        stored=", ".join(f"d.{name}" for name in COLUMNS),
        anew=", ".join(f"again.{name}" for name in COLUMNS),
        again=again,
        owed=f"WITH {OWED} SELECT delivery FROM owed",
    )
    return found(sql, params)


INVARIANTS = (
    Invariant("I3", "Each delivery is the smallest home of its references, in their service", none_in(NOT_ONE)),
    Invariant("I4", "What has arrived has a registration that holds, or an opening where it went from the service", arrived_without_evidence),
    Invariant("I5", "Each delivery's fold and state are what the ledger gives at the delivery's own clock", differing),
    Invariant("I12", "No test message of our own is a delivery, so that none is counted", none_in(COUNTED_CANARIES)),
    Invariant("I12", "The tally that figures are taken from is the number of deliveries of each kind and day", none_in(tallying.WRONG)),
    Invariant("I5", "Each message that the ledger tells of has its delivery, or is owed to be reconciled", none_in(MISSING)),
)
