"""What always holds of breaches (04-reliability, "Invariants")."""

from apps.ledger.invariants import Invariant, none_in

LATE_WITHOUT_REASON = """
SELECT 'breach ' || b.id
  FROM breaches_breach b
  JOIN breaches_step t ON t.breach_id = b.id AND t.act = 'told' AND t.done_at > b.aware_at + interval '72 hours'
 WHERE NOT EXISTS (SELECT FROM breaches_step r WHERE r.breach_id = b.id AND r.act = 'late_reason' AND r.text <> '')
"""
# As numbers.py has it: open, and settled as lost. Of no stated child nothing is known.
OTHER_THAN_STATED = """
SELECT 'breach ' || b.id
  FROM breaches_breach b
  JOIN statements_statement s ON s.id = b.statement_id
 CROSS JOIN LATERAL (SELECT s.figures -> b.direction AS f) t
 CROSS JOIN LATERAL (SELECT (f #>> '{needs_a_person,""}')::int + coalesce((f #>> '{settled,lost}')::int, 0) AS records,
                            (f #>> '{children_open,""}')::int + coalesce((f #>> '{children_settled,lost}')::int, 0) AS persons) n
 WHERE b.records IS DISTINCT FROM n.records OR (n.persons > 0 AND b.persons IS DISTINCT FROM n.persons)
    OR (b.from_day, b.to_day) <> (s.from_day, s.to_day)
"""

INVARIANTS = (
    Invariant("I4", "Each breach that the authority was told of after 72 hours has a reason for that", none_in(LATE_WITHOUT_REASON)),
    Invariant("I12", "Each breach that names a statement has its numbers and its period", none_in(OTHER_THAN_STATED)),
)
