"""Which messages an incident may have hit, as SQL: asked within a service's own wall by its people, and across all services inside the database (wall.sql).

The statements are templates, since the one side gives values as parameters and the other as variables: {review} is the id of a Review, {services} an array
of ids (NULL: all), {by} who freezes and {at} when.
"""

from apps.deliveries.states import NEEDS_A_PERSON

DOUBTFUL = ", ".join(f"'{state}'" for state in sorted(NEEDS_A_PERSON))

# A service was in reach of a case system's fault from the day on which it adopted the case system to the day of the patch, that day included, since nobody
# knows the hour; of any other fault all the time. A service may have several windows, one for each version.
WINDOWS = """
SELECT u.service_id, greatest(u.adopted_on, r.begins) AS first_day, least(r.ends, u.patched_on, u.ended_on) AS last_day
  FROM incidents_review r
  JOIN outages_usage u ON lower(u.system) = lower(r.system) AND (r.version = '' OR lower(u.version) = lower(r.version))
 WHERE r.id = {review} AND r.system <> '' AND greatest(u.adopted_on, r.begins) <= least(r.ends, u.patched_on, u.ended_on)
   AND (r.services = '{{}}' OR u.service_id = ANY (r.services)) AND ({services} IS NULL OR u.service_id = ANY ({services}))
 UNION ALL
SELECT s.id, r.begins, r.ends
  FROM incidents_review r
  JOIN registry_service s ON (s.valid_from IS NULL OR s.valid_from <= r.ends) AND (s.valid_to IS NULL OR s.valid_to > r.begins)
 WHERE r.id = {review} AND r.system = ''
   AND (r.services = '{{}}' OR s.id = ANY (r.services)) AND ({services} IS NULL OR s.id = ANY ({services}))
"""

# By the day on which somebody first had it: a message that was sent before a fault and came during it was hit. What only the case system knows arrived.
MESSAGES = f"""
SELECT DISTINCT d.service_id, d.id, d.state, d.state IN ({DOUBTFUL}) AS in_doubt
  FROM windows w
  JOIN incidents_review r ON r.id = {{review}}
  JOIN deliveries_delivery d ON d.service_id = w.service_id AND d.direction = r.direction
       AND CASE WHEN r.channel = '' THEN d.channel <> 'case_system' ELSE d.channel = r.channel END
       AND d.first_at < (w.last_day + 1)::timestamp AT TIME ZONE 'Europe/Oslo'
       AND coalesce(d.receipted_at, d.available_at, d.sent_at, d.first_at) >= w.first_day::timestamp AT TIME ZONE 'Europe/Oslo'
       AND coalesce(d.receipted_at, d.available_at, d.sent_at, d.first_at) < (w.last_day + 1)::timestamp AT TIME ZONE 'Europe/Oslo'
"""

FOUND = f"WITH windows AS MATERIALIZED ({WINDOWS}), found AS MATERIALIZED ({MESSAGES})"

# A service without any message too, for it has to look as well.
COUNTED = """
SELECT w.service_id, min(w.first_day) AS first_day, max(w.last_day) AS last_day, coalesce(max(f.number), 0) AS number, coalesce(max(f.in_doubt), 0) AS in_doubt
  FROM windows w
  LEFT JOIN (SELECT service_id, count(*) AS number, count(*) FILTER (WHERE in_doubt) AS in_doubt FROM found GROUP BY service_id) f USING (service_id)
 GROUP BY w.service_id
"""
COUNT = f"{FOUND} {COUNTED}"

# One statement, so that what is counted and what is kept are one moment. A service that has its task keeps it. Gives service_id and id of the tasks made.
FREEZE = f"""
{FOUND}, counted AS ({COUNTED}), made AS (
    INSERT INTO incidents_task (service_id, review_id, first_day, last_day, number, in_doubt, by_id, at)
    SELECT c.service_id, {{review}}, c.first_day, c.last_day, c.number, c.in_doubt, {{by}}, {{at}} FROM counted c ORDER BY c.service_id
    ON CONFLICT (review_id, service_id) DO NOTHING
    RETURNING service_id, id
), kept AS (
    INSERT INTO incidents_member (service_id, task_id, reference_id, state)
    SELECT f.service_id, m.id, f.id, f.state FROM found f JOIN made m USING (service_id) ORDER BY f.id
)
SELECT m.service_id, m.id FROM made m
"""

# What became of each task: one row a service, with the answer that stands. Of the supplier the latest question and when it was answered; of the reminders
# that were sent, how many and when the last.
PROGRESS = """
SELECT t.service_id, t.id, t.first_day, t.last_day, t.number, t.in_doubt, t.at, a.at AS answered_at, a.count, a.method, q.day AS asked_on, p.day AS replied_on,
       (SELECT max(u.patched_on) FROM outages_usage u
         WHERE u.service_id = t.service_id AND lower(u.system) = lower(r.system) AND (r.version = '' OR lower(u.version) = lower(r.version))) AS patched_on,
       m.reminded_at, m.reminders
  FROM incidents_task t
  JOIN incidents_review r ON r.id = t.review_id
  LEFT JOIN LATERAL (SELECT * FROM incidents_answer a WHERE a.task_id = t.id ORDER BY a.id DESC LIMIT 1) a ON true
  LEFT JOIN LATERAL (SELECT * FROM incidents_question q WHERE q.task_id = t.id ORDER BY q.id DESC LIMIT 1) q ON true
  LEFT JOIN incidents_reply p ON p.question_id = q.id
 CROSS JOIN LATERAL (
    SELECT max(n.sent_at) AS reminded_at, count(DISTINCT n.occasion) AS reminders FROM watch_telling n
     WHERE n.service_id = t.service_id AND n.reminds = 'review' AND n.subject = t.id AND n.fate = 'sent'
 ) m
 WHERE t.review_id = {review} AND ({services} IS NULL OR t.service_id = ANY ({services}))
"""
