"""What people said of statuses that no format knows. The events keep their code `unknown` for ever, and are read by the newest word about their status.

So nothing is written anew: in whatever order files, words and withdrawals come, the same is read, and as of an earlier time as it was read then. A word is
learned when it is said, so a decision made before it is reopened by it as by any event.
"""

from collections.abc import Iterable
from datetime import datetime

from django.db import connection, transaction

from apps.accounts.models import User
from apps.ledger import actions, codes
from apps.ledger.models import Event, Word
from apps.ledger.staging import PART_SIZE
from apps.registry.models import Service

# The events of some imports whose status nobody knew, found by the imports that can hold any: no index, for which every import would pay.
OWE_FOLD = f"""
INSERT INTO ledger_owed (service_id, work, import_id, part, homes, owed_since, fence, tries)
SELECT %(service)s, 'fold', e.import_id, e.reference_id / %(part_size)s, array_agg(e.reference_id), %(learned_at)s, 0, 0
  FROM ledger_event e
 WHERE e.import_id = ANY (ARRAY(SELECT i.id FROM ledger_import i WHERE i.service_id = %(service)s AND i.format = %(source)s))
   AND e.code = '{codes.UNKNOWN}' AND e.native = %(native)s
 GROUP BY e.import_id, e.reference_id / %(part_size)s
    ON CONFLICT (import_id, work, part) DO UPDATE SET homes = EXCLUDED.homes || ledger_owed.homes, fence = ledger_owed.fence + 1, lease_until = NULL
"""

# Needs the relation `words`.
AS_READ = f"""(
    SELECT u.id, u.service_id, u.import_id, u.line, u.source, coalesce(w.code, u.code) AS code, u.native, u.occurred_at, u.learned_at, u.by_day, u.outbound,
           u.reference_id, greatest(u.id, w.sequence) AS sequence
      FROM {{events}} u
      LEFT JOIN words w ON u.code = '{codes.UNKNOWN}' AND w.service_id = u.service_id AND w.source = u.source AND w.native = u.native
)"""


def relation(*, known_at: str = "") -> str:
    """SQL for the relation `words`: what each status was last said to mean; `known_at` is SQL for the time by which that was known, empty: ever."""
    by_then = f" WHERE w.learned_at <= {known_at}" if known_at else ""
    return f"""
words AS MATERIALIZED (
    SELECT DISTINCT ON (w.service_id, w.source, w.native) w.service_id, w.source, w.native, w.code, w.sequence
      FROM ledger_word w{by_then}
     ORDER BY w.service_id, w.source, w.native, w.id DESC
)"""


def as_read(*, home: str = "") -> str:
    """SQL for the relation of all events as they are read; with `home` (SQL) of those of one reference, looked up before it is asked what anything means:
    a planner that takes the table for empty may else go through all of it, in the order of the services, to put words beside it.
    """
    return AS_READ.format(events=f"(SELECT * FROM ledger_event u WHERE u.reference_id = {home} OFFSET 0)" if home else "ledger_event")


def are_any(*, service_id: int | None = None) -> bool:
    """Whether anything was ever said (in a service): where nothing was, nobody pays for asking."""
    said = Word.objects.all() if service_id is None else Word.objects.filter(service=service_id)
    return said.exists()


def read(events: Iterable[Event]) -> None:
    """Give events whose status nobody knew the code that somebody said it has, and that `word`. One query, and only where there are any."""
    unknown = [event for event in events if event.code == codes.UNKNOWN]
    said = Word.objects.filter(service__in={event.service_id for event in unknown}).select_related("by").order_by("pk") if unknown else ()
    newest = {(word.service_id, word.source, word.native): word for word in said}
    for event in unknown:
        if word := newest.get((event.service_id, event.source, event.native)):
            event.code, event.word = word.code, word


def holding(*, service_id: int, source: str) -> dict[str, Word]:
    """The newest word about each status of a source in a service, by the status."""
    return {word.native: word for word in Word.objects.filter(service=service_id, source=source).select_related("by").order_by("pk")}


@transaction.atomic
def say(*, service: Service, source: str, native: str, code: str, reason: str, by: User, now: datetime) -> Word:
    """From now on the status means this, in whatever was brought in before and will be; all it was said in is owed a fold. `code` is one of codes.SAYABLE."""
    actions.lock(service_id=service.pk)  # of a file that is brought in meanwhile, either sees the other
    learned_at = actions.learned_at(service_id=service.pk, now=now)
    values = {"service": service.pk, "source": source, "native": native, "learned_at": learned_at, "part_size": PART_SIZE}
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence('ledger_event', 'id'))")
        (sequence,) = cursor.fetchone()
        cursor.execute(OWE_FOLD, values)
    said = {"service": service, "source": source, "native": native, "code": code, "reason": reason}
    return Word.objects.create(**said, by=by, learned_at=learned_at, sequence=sequence)
