"""What always holds of breaches (04-reliability, "Invariants")."""

from apps.ledger.invariants import Invariant, none_in

LATE_WITHOUT_REASON = """
SELECT 'breach ' || b.id
  FROM breaches_breach b
  JOIN breaches_step t ON t.breach_id = b.id AND t.act = 'told' AND t.done_at > b.aware_at + interval '72 hours'
 WHERE NOT EXISTS (SELECT FROM breaches_step r WHERE r.breach_id = b.id AND r.act = 'late_reason' AND r.text <> '')
"""
# As numbers.py has it: open, and settled as lost. Of no stated child nothing is known, nor of any message where nothing had come that could tell of one.
OTHER_THAN_STATED = """
SELECT 'breach ' || b.id
  FROM breaches_breach b
  JOIN statements_statement s ON s.id = b.statement_id
 CROSS JOIN LATERAL (SELECT s.figures -> b.direction AS f) t
 CROSS JOIN LATERAL (SELECT (f #>> '{needs_a_person,""}')::int + coalesce((f #>> '{settled,lost}')::int, 0) AS records,
                            (f #>> '{children_open,""}')::int + coalesce((f #>> '{children_settled,lost}')::int, 0) AS persons) n
 CROSS JOIN LATERAL (SELECT n.records > 0 OR CASE WHEN s.coverage ? 'directions' THEN s.coverage -> 'directions' ? b.direction
                                                   ELSE EXISTS (SELECT FROM jsonb_array_elements(s.coverage -> 'feeds') f
                                                                 WHERE f ->> 'direction' = b.direction AND (f ->> 'days')::int > 0) END AS is_reported) r
 WHERE (r.is_reported AND b.records IS DISTINCT FROM n.records) OR (n.persons > 0 AND b.persons IS DISTINCT FROM n.persons)
    OR (b.from_day, b.to_day) <> (s.from_day, s.to_day)
"""
NO_NEWER_ONE = """
SELECT 'step ' || s.id
  FROM breaches_step s
  JOIN breaches_breach b ON b.id = s.breach_id
 WHERE s.statement_id <= greatest(b.statement_id, (SELECT max(e.statement_id) FROM breaches_step e WHERE e.breach_id = b.id AND e.id < s.id))
"""
AFFECTED_WITHOUT_REASON = """
SELECT 'breach ' || t.breach_id
  FROM breaches_step t
 WHERE t.act = 'affected_told'
   AND (SELECT d.is_high_risk FROM breaches_step d WHERE d.breach_id = t.breach_id AND d.act = 'affected_decided' AND d.id < t.id ORDER BY d.id DESC LIMIT 1)
       IS NOT TRUE
   AND NOT EXISTS (SELECT FROM breaches_step r WHERE r.breach_id = t.breach_id AND r.act = 'affected_reason' AND r.text <> '')
"""

INVARIANTS = (
    Invariant("I4", "Each breach that the authority was told of after 72 hours has a reason for that", none_in(LATE_WITHOUT_REASON)),
    Invariant("I12", "Each breach that names a statement has its numbers and its period", none_in(OTHER_THAN_STATED)),
    Invariant("I12", "Each statement that supplements a breach is newer than those before it", none_in(NO_NEWER_ONE)),
    Invariant("I4", "Those affected were told after a decision that the risk is high, or with a reason", none_in(AFFECTED_WITHOUT_REASON)),
)
