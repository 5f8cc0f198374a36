"""What always holds of the reviews of incidents (04-reliability, "Invariants")."""

from apps.incidents.cohort import DOUBTFUL
from apps.ledger.invariants import Invariant, none_in

OTHERWISE_FROZEN = f"""
SELECT 'task ' || t.id
  FROM incidents_task t
  LEFT JOIN incidents_member m ON m.task_id = t.id
  LEFT JOIN ledger_reference r ON r.id = m.reference_id AND r.service_id = t.service_id
 GROUP BY t.id
HAVING count(m.id) <> t.number OR count(r.id) <> t.number OR count(m.id) FILTER (WHERE m.state IN ({DOUBTFUL})) <> t.in_doubt
"""
MORE_THAN_THERE_ARE = """
SELECT 'answer ' || a.id FROM incidents_answer a JOIN incidents_task t ON t.id = a.task_id WHERE a.count > t.number
"""
WITHOUT_ITS_TASKS = """
SELECT 'freeze ' || f.id FROM incidents_freeze f WHERE f.tasks > (SELECT count(*) FROM incidents_task t WHERE t.review_id = f.review_id)
"""

INVARIANTS = (
    Invariant("I7", "Each frozen cohort holds as many messages, and as many in doubt, as were frozen, all of its own service", none_in(OTHERWISE_FROZEN)),
    Invariant("I7", "Each freezing of all services has its tasks", none_in(WITHOUT_ITS_TASKS)),
    Invariant("I12", "No service has answered that more messages are lost than it has", none_in(MORE_THAN_THERE_ARE)),
)
