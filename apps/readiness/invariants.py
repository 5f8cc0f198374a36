"""What always holds of who can open what (04-reliability, "Invariants")."""

from apps.ledger.invariants import Invariant, none_in

# The end says of which proof it is: of the same person and channel, that began on the same day.
ENDS_OF_NOTHING = """
SELECT 'end ' || e.id
  FROM readiness_proof e
 WHERE e.is_over
   AND NOT EXISTS (
        SELECT FROM readiness_proof p
         WHERE NOT p.is_over AND p.id < e.id AND p.at <= e.at
           AND (p.service_id, p.channel, p.person_id, p.proven_on) = (e.service_id, e.channel, e.person_id, e.proven_on))
"""
PROVEN_BEFORE_IT_WAS = """
SELECT 'proof ' || id FROM readiness_proof WHERE proven_on > (at AT TIME ZONE 'Europe/Oslo')::date
"""
TAKEN_UP_UNSAID = """
SELECT 'end of not using ' || e.id
  FROM readiness_unused e
 WHERE e.is_over
   AND NOT EXISTS (
        SELECT FROM readiness_unused u
         WHERE NOT u.is_over AND u.id < e.id AND u.at <= e.at
           AND (u.service_id, u.channel, u.since, u.until) = (e.service_id, e.channel, e.since, e.until))
"""

INVARIANTS = (
    Invariant(
        "I10",
        "Each end of an access names a proof of the same service and is not before it, and no proof is of a day to come",
        none_in(ENDS_OF_NOTHING + "UNION" + PROVEN_BEFORE_IT_WAS),
    ),
    Invariant("I10", "A channel is used again only where the same service had said that it is not", none_in(TAKEN_UP_UNSAID)),
)
