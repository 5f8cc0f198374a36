"""What always holds of handovers (04-reliability, "Invariants")."""

from apps.ledger.invariants import LONGEST_WAIT, Invariant, found, none_in

# What is told twice: as a fact of the ledger, and as a row with who and what.
WITHOUT_ITS_OTHER = """
SELECT concat_ws(', ', 'event ' || e.id, 'handover ' || h.id)
  FROM (SELECT * FROM ledger_event WHERE source = 'person' AND code = 'handed_over') e
  FULL JOIN handovers_handover h ON h.event_id = e.id
 WHERE NOT coalesce(e.service_id = h.service_id AND e.reference_id = h.reference_id AND e.learned_at = h.at, false)
 UNION ALL
SELECT concat_ws(', ', 'event ' || e.id, 'end of handover ' || n.handover_id)
  FROM (SELECT * FROM ledger_event WHERE source = 'person' AND code = 'handed_back') e
  FULL JOIN handovers_ending n ON n.event_id = e.id
 WHERE NOT coalesce(e.service_id = n.service_id AND e.native = n."end" AND e.learned_at = n.at, false)
 UNION ALL
SELECT concat_ws(', ', 'event ' || e.id, 'answer ' || r.id)
  FROM (SELECT * FROM ledger_event WHERE source = 'handover') e
  FULL JOIN (SELECT * FROM handovers_reply WHERE accepts) r ON r.reference_id = e.reference_id
 WHERE NOT coalesce(e.service_id = r.service_id AND e.learned_at = r.at AND e.code = 'sent', false)
"""
# The two sides of the wall, held against each other: an end that the other side never gave, an offer that nobody made or that nobody took back.
CONTRADICTING = """
SELECT 'end of handover ' || h.id
  FROM handovers_ending n
  JOIN handovers_handover h ON h.id = n.handover_id
  LEFT JOIN handovers_offer o ON o.service_id = h.to_id AND o.number = h.number
  LEFT JOIN handovers_reply r ON r.offer_id = o.id
  LEFT JOIN handovers_recalled t ON t.offer_id = o.id
 WHERE n."end" <> CASE WHEN r.accepts THEN 'accepted' WHEN r.id IS NOT NULL THEN 'declined' WHEN t.id IS NOT NULL THEN 'taken_back' ELSE 'lapsed' END
    OR (r.id IS NOT NULL AND t.id IS NOT NULL)
 UNION ALL
SELECT 'offer ' || o.id
  FROM handovers_offer o
  LEFT JOIN handovers_handover h ON h.service_id = o.sender_id AND h.number = o.number AND h.to_id = o.service_id
 WHERE h.id IS NULL OR h.until <> o.until
 UNION ALL
SELECT 'offer ' || o.id || ', taken back'
  FROM handovers_recalled t
  JOIN handovers_offer o ON o.id = t.offer_id
 WHERE NOT EXISTS (
       SELECT FROM handovers_handover h JOIN handovers_recall c ON c.handover_id = h.id WHERE h.service_id = o.sender_id AND h.number = o.number)
"""
NOT_CARRIED = """
SELECT 'handover ' || h.id || ' was not offered'
  FROM handovers_handover h
 WHERE h.at < %(before)s AND NOT EXISTS (SELECT FROM handovers_offer o WHERE o.service_id = h.to_id AND o.number = h.number)
 UNION ALL
SELECT 'answer ' || r.id || ' was not brought back'
  FROM handovers_reply r
  JOIN handovers_offer o ON o.id = r.offer_id
 WHERE r.at < %(before)s
   AND NOT EXISTS (SELECT FROM handovers_handover h JOIN handovers_ending n ON n.handover_id = h.id WHERE h.service_id = o.sender_id AND h.number = o.number)
 UNION ALL
SELECT 'handover ' || c.handover_id || ' was not taken back'
  FROM handovers_recall c
 WHERE c.at < %(before)s AND NOT EXISTS (SELECT FROM handovers_ending n WHERE n.handover_id = c.handover_id)
 UNION ALL
SELECT 'handover ' || h.id || ' did not come back'
  FROM handovers_handover h
 WHERE h.until < %(before)s AND NOT EXISTS (SELECT FROM handovers_ending n WHERE n.handover_id = h.id)
"""


INVARIANTS = (
    Invariant(
        "I4", "Each handover, each end of one and each message taken over is one event of the ledger, and the other way round", none_in(WITHOUT_ITS_OTHER)
    ),
    Invariant("I4", "What one service says of a handover is what the other one says of it", none_in(CONTRADICTING)),
    Invariant(
        "I6", "What is handed over, answered or run out is carried across within the hour", lambda now: found(NOT_CARRIED, {"before": now - LONGEST_WAIT})
    ),
)
