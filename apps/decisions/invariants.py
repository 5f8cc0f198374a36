"""What always holds of decisions (04-reliability, "Invariants")."""

from collections.abc import Iterator
from datetime import datetime

from apps.decisions import drawing, queries
from apps.decisions.models import Draw
from apps.ledger.invariants import Invariant, none_in

# What people did is told twice, as a fact of the ledger and as a row with who and why; each must have the other, and they must agree.
# A look's event is about the delivery as it was then, which may have been joined to another since the decision.
WITHOUT_ITS_OTHER = """
SELECT concat_ws(', ', 'event ' || e.id, 'decision ' || d.id, 'second look ' || l.id)
  FROM (SELECT * FROM ledger_event WHERE source = 'person' AND code IN ('noted', 'proposed', 'decided', 'returned', 'withdrawn')) e
  FULL JOIN (SELECT event_id, id, NULL::bigint AS look FROM decisions_decision
              UNION ALL SELECT event_id, NULL, id FROM decisions_secondlook) told ON told.event_id = e.id
  LEFT JOIN decisions_decision d ON d.id = told.id
  LEFT JOIN decisions_decision undone ON undone.id = d.withdraws_id
  LEFT JOIN decisions_secondlook l ON l.id = told.look
  LEFT JOIN decisions_decision about ON about.id = l.decision_id
 WHERE NOT coalesce(
       CASE WHEN d.id IS NOT NULL
            THEN e.service_id = d.service_id AND e.reference_id = d.reference_id AND e.occurred_at = d.at AND e.learned_at = d.at
                 AND e.native = coalesce(undone.outcome, d.outcome)
                 AND e.code = CASE WHEN undone.id IS NOT NULL THEN 'withdrawn' WHEN NOT d.closes THEN 'noted' WHEN d.needs_look THEN 'proposed' ELSE 'decided' END
            ELSE e.service_id = l.service_id AND l.service_id = about.service_id AND e.occurred_at = l.at AND e.learned_at = l.at
                 AND e.native = about.outcome AND e.code = CASE WHEN l.agrees THEN 'decided' ELSE 'returned' END
                 AND about.needs_look AND about.by_id <> l.by_id
            END, false)
"""


def settled_without_evidence(now: datetime) -> Iterator[str]:
    return (f"delivery {broken.delivery}: {broken.message}" for broken in queries.broken_evidence())


LOOKED_AGAIN_WITHOUT_ITS_OTHER = """
SELECT concat_ws(', ', 'event ' || e.id, 'another look ' || l.id)
  FROM (SELECT * FROM ledger_event WHERE source = 'person' AND code = 'looked_again') e
  FULL JOIN decisions_anotherlook l ON l.event_id = e.id
  LEFT JOIN decisions_drawn n ON n.id = l.drawn_id
  LEFT JOIN decisions_decision d ON d.id = n.decision_id
  LEFT JOIN decisions_secondlook s ON s.decision_id = d.id
 WHERE NOT coalesce(e.service_id = l.service_id AND e.learned_at = l.at AND e.native = CASE WHEN l.agrees THEN 'agrees' ELSE 'differs' END
                    AND l.by_id <> d.by_id AND (s.id IS NULL OR l.by_id <> s.by_id), false)
"""


def drawn_otherwise(now: datetime) -> Iterator[str]:
    """Each draw made again with its seed."""
    for one in Draw.objects.prefetch_related("drawn"):
        again = drawing.sample(closed=one.closed, of_hundred=one.of_hundred, seed=one.seed)
        if again != sorted(drawn.decision_id for drawn in one.drawn.all()):
            yield f"draw {one.pk}: its seed draws others than those that stand"


INVARIANTS = (
    Invariant(
        "I4", "What is settled has a decision that stands, with author, time, reason and, where required, another person's look", settled_without_evidence
    ),
    Invariant("I4", "Each decision and second look is one event of the ledger that says the same, and the other way round", none_in(WITHOUT_ITS_OTHER)),
    Invariant("I4", "Each look by chance is one event, by somebody who had not given a verdict", none_in(LOOKED_AGAIN_WITHOUT_ITS_OTHER)),
    Invariant("I4", "Each draw is what its seed draws from what was closed", drawn_otherwise),
)
