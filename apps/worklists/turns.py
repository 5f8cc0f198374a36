"""Claims and pauses as statements over many deliveries at once; one delivery is many of one. Each returns the deliveries that it was done to.

Only `actions` calls them, in its transaction. Of two who take the same delivery the primary key lets one win: the other's row is not written.
"""

from collections.abc import Sequence
from datetime import datetime

from django.db import connection

from apps.accounts.models import User
from apps.deliveries.states import NEEDS_A_PERSON
from apps.registry.models import Service

OPEN = [str(state) for state in NEEDS_A_PERSON]
# A delivery that was joined to another keeps the claims of both homes, so all homes are asked.
HELD = "SELECT FROM ledger_reference r JOIN worklists_claim c ON c.reference_id = r.id WHERE r.delivery = d.id AND c.until > %(now)s"

TAKE = f"""
INSERT INTO worklists_claim AS held (reference_id, service_id, person_id, by_id, since, until)
SELECT d.id, d.service_id, %(person)s, %(by)s, %(now)s, %(until)s
  FROM deliveries_delivery d
 WHERE d.service_id = %(service)s AND d.id = ANY (%(deliveries)s) AND d.state = ANY (%(open)s) AND (%(over)s OR NOT EXISTS ({HELD}))
 ORDER BY d.id
ON CONFLICT (reference_id) DO UPDATE
   SET person_id = EXCLUDED.person_id, by_id = EXCLUDED.by_id, since = EXCLUDED.since, until = EXCLUDED.until
 WHERE held.until <= EXCLUDED.since OR %(over)s
RETURNING reference_id
"""
FREE = """
DELETE FROM worklists_claim c
 USING ledger_reference r
 WHERE r.id = c.reference_id AND c.service_id = %(service)s AND r.delivery = ANY (%(deliveries)s) AND (c.person_id = %(person)s OR %(over)s)
RETURNING r.delivery, c.until
"""
# Never past the moment when the last copy goes, and nothing that somebody else works on.
PAUSE = f"""
INSERT INTO worklists_pause AS aside (reference_id, service_id, by_id, since, until, events, state)
SELECT d.id, d.service_id, %(by)s, %(now)s, %(until)s,
       (SELECT count(*) FROM ledger_reference m JOIN ledger_event e ON e.reference_id = m.id WHERE m.delivery = d.id), d.state
  FROM deliveries_delivery d
 WHERE d.service_id = %(service)s AND d.id = ANY (%(deliveries)s) AND d.state = ANY (%(open)s)
   AND (d.gone_at IS NULL OR d.gone_at <= %(now)s OR d.gone_at >= %(until)s)
   AND NOT EXISTS ({HELD} AND c.person_id <> %(by)s)
 ORDER BY d.id
ON CONFLICT (reference_id) DO UPDATE
   SET by_id = EXCLUDED.by_id, since = EXCLUDED.since, until = EXCLUDED.until, events = EXCLUDED.events, state = EXCLUDED.state
RETURNING reference_id
"""
RESUME = """
DELETE FROM worklists_pause p
 USING ledger_reference r
 WHERE r.id = p.reference_id AND p.service_id = %(service)s AND r.delivery = ANY (%(deliveries)s)
RETURNING r.delivery
"""


def take(*, service: Service, deliveries: Sequence[int], person: User, by: User, until: datetime, now: datetime, over: bool) -> list[int]:
    """Give the open ones to `person`: those that nobody has, or with `over` those that somebody has too."""
    if over:
        free(service=service, deliveries=deliveries, person=person, now=now, over=True)
    return _done(TAKE, service, deliveries, person=person.pk, by=by.pk, until=until, now=now, over=over)


def free(*, service: Service, deliveries: Sequence[int], person: User, now: datetime, over: bool) -> list[int]:
    """Let go of those that `person` has, or with `over` anybody; what was over already goes too, and is not told."""
    with connection.cursor() as cursor:
        cursor.execute(FREE, {"service": service.pk, "deliveries": list(deliveries), "person": person.pk, "over": over})
        return sorted({delivery for delivery, until in cursor.fetchall() if until > now})


def pause(*, service: Service, deliveries: Sequence[int], by: User, until: datetime, now: datetime) -> list[int]:
    return _done(PAUSE, service, deliveries, by=by.pk, until=until, now=now)


def resume(*, service: Service, deliveries: Sequence[int]) -> list[int]:
    return _done(RESUME, service, deliveries)


def _done(statement: str, service: Service, deliveries: Sequence[int], **given: object) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(statement, given | {"service": service.pk, "deliveries": list(deliveries), "open": OPEN})
        return sorted({delivery for (delivery,) in cursor.fetchall()})
