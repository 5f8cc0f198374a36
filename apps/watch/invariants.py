"""What always holds of the watch (04-reliability, "Invariants")."""

from apps.ledger.invariants import Invariant, none_in

NOT_AS_ITS_HISTORY = """
SELECT 'alarm ' || a.id
  FROM watch_alarm a
  LEFT JOIN LATERAL (
        SELECT count(*) FILTER (WHERE s.act = 'raised') AS raised, min(s.at) FILTER (WHERE s.act = 'raised') AS raised_at,
               count(*) FILTER (WHERE s.act = 'ended') AS ended, max(s.at) FILTER (WHERE s.act = 'ended') AS ended_at,
               max(s.until) FILTER (WHERE s.act = 'acknowledged') AS until
          FROM watch_step s WHERE s.alarm_id = a.id AND s.service_id IS NOT DISTINCT FROM a.service_id) s ON true
 WHERE s.raised <> 1 OR s.raised_at <> a.raised_at OR s.ended > 1 OR s.ended_at IS DISTINCT FROM a.ended_at
       OR a.acknowledged_until > s.until OR (a.acknowledged_until IS NOT NULL AND s.until IS NULL)
"""
SENT_AND_NOT_NOTED = """
SELECT 'telling ' || t.id
  FROM watch_telling t
  JOIN watch_step cause ON cause.id = t.step_id
 WHERE t.fate = 'sent'
   AND NOT EXISTS (SELECT FROM watch_step s WHERE s.alarm_id = cause.alarm_id AND s.act = 'told' AND s.at = t.sent_at
                    AND s.person_id IS NOT DISTINCT FROM t.person_id AND s.way = t.way)
"""
OF_WHAT_IS_OVER = """
SELECT 'telling ' || t.id
  FROM watch_telling t
  JOIN watch_step cause ON cause.id = t.step_id
  JOIN watch_alarm a ON a.id = cause.alarm_id
 WHERE t.fate = 'needless' AND a.ended_at IS NULL
"""
# Of those about all services no foreign key that carries the service can tell.
OF_ANOTHERS_ALARM = """
SELECT 'step ' || s.id FROM watch_step s JOIN watch_alarm a ON a.id = s.alarm_id WHERE s.service_id IS DISTINCT FROM a.service_id
 UNION ALL
SELECT 'telling ' || t.id FROM watch_telling t JOIN watch_step s ON s.id = t.step_id WHERE t.service_id IS DISTINCT FROM s.service_id
"""

INVARIANTS = (
    Invariant("I11", "Each alarm was raised once, ended once or stands, and is taken on for no longer than somebody said", none_in(NOT_AS_ITS_HISTORY)),
    Invariant("I11", "What somebody was told of an alarm stands in its history", none_in(SENT_AND_NOT_NOTED)),
    Invariant("I10", "What happened to an alarm, and who was told of it, is of the same service or of all", none_in(OF_ANOTHERS_ALARM)),
    Invariant("I11", "Nobody was left untold of an alarm that stands", none_in(OF_WHAT_IS_OVER)),
)
