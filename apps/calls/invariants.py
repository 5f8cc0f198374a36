"""What always holds of calls (04-reliability, "Invariants")."""

from apps.ledger.invariants import Invariant, none_in

# A call is told twice, as a fact of the ledger and as a row with who and what; and the message that it opened is told of by its own event.
WITHOUT_ITS_OTHER = """
SELECT concat_ws(', ', 'event ' || e.id, 'call ' || c.id)
  FROM (SELECT * FROM ledger_event WHERE source = 'person' AND code = 'called') e
  FULL JOIN calls_call c ON c.event_id = e.id
 WHERE NOT coalesce(e.service_id = c.service_id AND e.reference_id = c.reference_id AND e.learned_at = c.at AND e.native = c.way, false)
"""
OPENED_WITHOUT_FACT = """
SELECT concat_ws(', ', 'event ' || e.id, 'call ' || c.id)
  FROM (SELECT * FROM ledger_event WHERE source = 'call') e
  FULL JOIN (SELECT * FROM calls_call WHERE opens) c ON c.reference_id = e.reference_id
 WHERE NOT coalesce(e.service_id = c.service_id AND e.learned_at = c.at AND e.native = c.reporter AND e.code = 'sent', false)
"""

INVARIANTS = (
    Invariant("I4", "Each reporter's call is one event of the ledger that says the same, and the other way round", none_in(WITHOUT_ITS_OTHER)),
    Invariant("I4", "Each message known by a call alone is told of by that call's own event", none_in(OPENED_WITHOUT_FACT)),
)
