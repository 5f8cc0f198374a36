"""What stands: what a person said, or at least one import that was not undone.

An import that is undone takes back only what it alone said. What another import said too was noted when that one came (Repeat), so it goes on standing;
what nobody said but the undone one is as if it had never come. Said again later, it is an event of its own, with a key of its own.
"""

import hashlib
from datetime import datetime
from uuid import UUID

from django.db import connection

from apps.ledger import joining
from apps.ledger.models import Undoing
from apps.ledger.staging import PART_SIZE


def condition(row: str, repeated_as: str, *, known_at: str = "") -> str:
    """SQL for whether a row of events, ties or particulars stands, by its alias; `known_at` is SQL for the time by which that was known, empty: ever."""
    undone = "SELECT u.import_id FROM ledger_undoing u" + (f" WHERE u.learned_at <= {known_at}" if known_at else "")
    by_then = f" AND i.finished_at <= {known_at}" if known_at else ""
    return (
        f"({row}.import_id IS NULL OR {row}.import_id NOT IN ({undone}) OR EXISTS (SELECT FROM ledger_repeat a JOIN ledger_import i ON i.id = a.import_id "
        f"WHERE a.{repeated_as}_id = {row}.id AND a.import_id NOT IN ({undone}){by_then}))"
    )


def by_other_imports(row: str, feed_import: str) -> str:
    """SQL for whether an event would stand without this import, by the event's alias and SQL for the import's id."""
    repeats = f"SELECT FROM ledger_{{}} a JOIN ledger_import i ON i.id = a.import_id AND i.state = 'complete' WHERE a.event_id = {row}.id"
    return (
        f"(EXISTS (SELECT FROM ledger_import i WHERE i.id = {row}.import_id AND i.state = 'complete' AND i.id <> {feed_import}) "
        f"OR EXISTS ({repeats.format('repeat')} AND i.id <> {feed_import}) OR {row}.id IN (SELECT a.event_id FROM ledger_duplicate a "
        f"JOIN ledger_import i ON i.id = a.import_id AND i.state = 'complete' WHERE i.id <> {feed_import}))"
    )


def is_any_undone(*, service_id: int | None = None) -> bool:
    """Whether anything was ever undone (in a service): where nothing was, nobody pays for asking what stands."""
    undone = Undoing.objects.all() if service_id is None else Undoing.objects.filter(service=service_id)
    return undone.exists()


# A fact that fell with its import and is said again becomes another event, learned when it is said again: its key follows from that of the fallen one.
# What is said a third time follows from the second, and so on.
FOLLOWING_KEYS = f"""
UPDATE incoming i
   SET key = md5(e.key::text || ':' || e.import_id)::uuid
  FROM ledger_event e
 WHERE i.kind = 'e' AND e.service_id = %(service)s AND e.key = i.key AND NOT {condition("e", "event")}
"""


def follow_keys(values: dict[str, object]) -> None:
    """Give the staged events that fell with an undone import the keys by which they are new."""
    with connection.cursor() as cursor:
        cursor.execute(FOLLOWING_KEYS, values)
        while cursor.rowcount:
            cursor.execute(FOLLOWING_KEYS, values)


def following_key(key: UUID, feed_import_id: int) -> str:
    """The key (hex) of the fact that was this event of an undone import, when it is said again."""
    return hashlib.md5(f"{key}:{feed_import_id}".encode(), usedforsecurity=False).hexdigest()


# Duplicate lines of other imports, by which what the undone one said goes on standing.
REPEATED_BY_DUPLICATES = """
INSERT INTO ledger_repeat (service_id, import_id, event_id)
SELECT e.service_id, d.import_id, e.id
  FROM ledger_event e
  JOIN ledger_duplicate d ON d.event_id = e.id AND d.import_id <> e.import_id
 WHERE e.import_id = %(import)s
"""

# All references of the deliveries that the import said anything of, with the ties that still hold them together.
TOUCHED = """
CREATE TEMPORARY TABLE touched_home ON COMMIT DROP AS
SELECT r.id AS home
  FROM ledger_reference r
 WHERE r.service_id = %(service)s AND r.delivery IN (
       SELECT named.delivery
         FROM ledger_reference named
        WHERE named.id IN (SELECT reference_id FROM ledger_event WHERE import_id = %(import)s
                            UNION ALL SELECT reference_id FROM ledger_particulars WHERE import_id = %(import)s
                            UNION ALL SELECT one FROM ledger_tie WHERE import_id = %(import)s
                            UNION ALL SELECT t.one FROM ledger_repeat a JOIN ledger_tie t ON t.id = a.tie_id WHERE a.import_id = %(import)s
                            UNION ALL SELECT e.reference_id FROM ledger_repeat a JOIN ledger_event e ON e.id = a.event_id WHERE a.import_id = %(import)s
                            UNION ALL SELECT e.reference_id FROM ledger_duplicate d JOIN ledger_event e ON e.id = d.event_id WHERE d.import_id = %(import)s
                            UNION ALL SELECT p.reference_id FROM ledger_repeat a JOIN ledger_particulars p ON p.id = a.particulars_id
                                       WHERE a.import_id = %(import)s))
"""

EDGES = f"""
CREATE TEMPORARY TABLE touched_edge ON COMMIT DROP AS
SELECT t.one, t.other
  FROM ledger_tie t
  JOIN touched_home h ON h.home = t.one
  LEFT JOIN ledger_untie u ON u.tie_id = t.id
 WHERE u.id IS NULL AND {condition("t", "tie")}
"""

PART = """
UPDATE ledger_reference r
   SET delivery = coalesce(s.delivery, h.home)
  FROM touched_home h
  LEFT JOIN touched_set s ON s.home = h.home
 WHERE r.id = h.home AND r.delivery <> coalesce(s.delivery, h.home)
"""

# The import's own folds may still be owed: what is added to one that somebody works on makes that work void, and it is done again.
OWE_FOLD = """
INSERT INTO ledger_owed (service_id, work, import_id, part, homes, owed_since, fence, tries)
SELECT %(service)s, 'fold', %(import)s, home / %(part_size)s, array_agg(home), %(learned_at)s, 0, 0
  FROM touched_home
 GROUP BY home / %(part_size)s
    ON CONFLICT (import_id, work, part) DO UPDATE SET homes = EXCLUDED.homes || ledger_owed.homes, fence = ledger_owed.fence + 1, lease_until = NULL
"""

# A file can prove no more than what had happened when it came; the undone one proves nothing any more.
COVERED_WITHOUT = """
SELECT max(least(reaches_at, finished_at)) FROM ledger_import WHERE service_id = %(service)s AND state = 'complete' AND reaches_at IS NOT NULL
"""

COVER = """
INSERT INTO ledger_coverage (service_id, reaches_at) VALUES (%s, %s) ON CONFLICT (service_id) DO UPDATE SET reaches_at = EXCLUDED.reaches_at
"""


def take_back(*, service_id: int, feed_import_id: int, now: datetime) -> None:
    """What follows from an import's undoing, once that is recorded: what stands by other imports, the sets, how far the data reach, and what is to be folded."""
    values = {"service": service_id, "import": feed_import_id, "learned_at": now, "part_size": PART_SIZE}
    with connection.cursor() as cursor:
        cursor.execute(REPEATED_BY_DUPLICATES, values)
        cursor.execute("DROP TABLE IF EXISTS touched_home, touched_edge, touched_set")
        cursor.execute(TOUCHED, values)
        cursor.execute("ANALYZE touched_home")
        cursor.execute(EDGES, values)
    joining.join(name="touched")
    with connection.cursor() as cursor:
        cursor.execute(PART, values)
        cursor.execute(OWE_FOLD, values)
        cover_anew(cursor, values)


def cover_anew(cursor, values: dict[str, object]) -> None:  # type: ignore[no-untyped-def]
    cursor.execute(COVERED_WITHOUT, values)
    reaches_at = cursor.fetchone()[0]
    if reaches_at:
        cursor.execute(COVER, [values["service"], reaches_at])
    else:
        cursor.execute("DELETE FROM ledger_coverage WHERE service_id = %(service)s", values)
