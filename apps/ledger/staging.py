"""The way in for many rows: one COPY into a temporary table, then a few statements that append what is new and give every line its fate.

All of it runs in one transaction, with which the staged rows vanish. How sets of references are joined is in `joining`.
"""

from dataclasses import dataclass
from typing import NamedTuple

from django.db import IntegrityError, connection, transaction

# One row per event ('e'), further tie ('t'), rejected line ('r') or accepted line that carries no event ('n'). What a record says besides its events stands on its first row.
# A reference is a number within the file; what it is called stands beside the number where it is first named. (Seldom again: who numbers them forgets some.)
CREATE = """
CREATE TEMPORARY TABLE incoming (
    kind "char", line integer, code text, native text, occurred_at timestamptz, by_day boolean, zone_assumed boolean, outbound boolean, key uuid,
    reference integer, namespace text COLLATE "C", value text COLLATE "C", other integer, other_namespace text COLLATE "C", other_value text COLLATE "C",
    children smallint, reporter text, category text, attributes jsonb, digest uuid
) ON COMMIT DROP
"""
TEMPORARY = "incoming, incoming_reference, incoming_link, incoming_edge, incoming_set, fresh"

# One home for every reference that the file names: the known one, or a new number. Numbers are given in the order of the lines, so that what stands
# together in the file lies together in the indexes. The sequence is looked up once, in a query of its own, and not for every number.
REFERENCES = """
CREATE TEMPORARY TABLE incoming_reference ON COMMIT DROP AS
SELECT reference, namespace, value, false AS is_again, delivery AS known_delivery, id IS NULL AS is_new,
       coalesce(id, nextval((SELECT pg_get_serial_sequence('ledger_reference', 'id')::regclass))) AS home
  FROM (SELECT named.reference, named.namespace, named.value, r.id, r.delivery
          FROM (SELECT namespace, value, min(reference) AS reference
                  FROM (SELECT reference, namespace, value FROM incoming WHERE value IS NOT NULL
                         UNION ALL SELECT other, other_namespace, other_value FROM incoming WHERE other_value IS NOT NULL) every
                 GROUP BY namespace, value) named
          LEFT JOIN ledger_reference r ON r.service_id = %(service)s AND r.namespace = named.namespace AND r.value = named.value
         ORDER BY named.reference) ordered
"""
NAMED = "SELECT greatest(max(reference), max(other)) FROM incoming"
# The further numbers of a reference that has several.
NAMED_AGAIN = """
INSERT INTO incoming_reference
SELECT again.reference, n.namespace, n.value, true, n.known_delivery, n.is_new, n.home
  FROM (SELECT reference, namespace, value FROM incoming WHERE value IS NOT NULL
         UNION ALL SELECT other, other_namespace, other_value FROM incoming WHERE other_value IS NOT NULL) again
  JOIN incoming_reference n ON n.namespace = again.namespace AND n.value = again.value AND n.reference <> again.reference
"""

APPEND_REFERENCES = """
INSERT INTO ledger_reference (id, service_id, namespace, value, delivery)
SELECT n.home, %(service)s, n.namespace, n.value, coalesce(s.delivery, n.home)
  FROM incoming_reference n
  LEFT JOIN incoming_set s ON s.home = n.home
 WHERE n.is_new AND NOT n.is_again
"""

APPEND_TIES = """
INSERT INTO ledger_tie (service_id, one, other, import_id, line, learned_at)
SELECT %(service)s, one, other, %(import)s, line, %(learned_at)s
  FROM incoming_link
"""
UNLESS_TIED = "ON CONFLICT (one, other) WHERE import_id IS NOT NULL DO NOTHING"

APPEND_EVENTS = """
INSERT INTO ledger_event (service_id, import_id, line, source, code, native, occurred_at, learned_at, by_day, zone_assumed, outbound, reference_id, key)
SELECT %(service)s, %(import)s, i.line, %(source)s, i.code, i.native, i.occurred_at, %(learned_at)s, i.by_day, i.zone_assumed, i.outbound, n.home, i.key
  FROM incoming i
  JOIN incoming_reference n ON n.reference = i.reference
 WHERE i.kind = 'e'
"""
UNLESS_KNOWN = "ON CONFLICT (service_id, key) DO NOTHING"

APPEND_PARTICULARS = """
INSERT INTO ledger_particulars (service_id, reference_id, import_id, line, children, reporter, category, attributes, learned_at, digest)
SELECT %(service)s, n.home, %(import)s, i.line, i.children, i.reporter, i.category, i.attributes, %(learned_at)s, i.digest
  FROM incoming i
  JOIN incoming_reference n ON n.reference = i.reference
 WHERE i.digest IS NOT NULL
"""
UNLESS_SAID = "ON CONFLICT (reference_id, digest) DO NOTHING"

FRESH = "CREATE TEMPORARY TABLE fresh ON COMMIT DROP AS SELECT DISTINCT line FROM ledger_event WHERE import_id = %(import)s"

# Lines of which no event was new, each with the first event it repeats: one of an earlier import, or of an earlier line of this one.
APPEND_DUPLICATES = """
INSERT INTO ledger_duplicate (service_id, import_id, line, event_id)
SELECT DISTINCT ON (i.line) %(service)s, %(import)s, i.line, e.id
  FROM incoming i
  JOIN ledger_event e ON e.service_id = %(service)s AND e.key = i.key
 WHERE i.kind = 'e' AND NOT EXISTS (SELECT FROM fresh f WHERE f.line = i.line)
 ORDER BY i.line, e.id
"""

# What another import had said first, noted for the day when that one is undone. Only references that were known can have been spoken of.
REPEATED = "INSERT INTO ledger_repeat (service_id, import_id, {what}_id) "

REPEATED_EVENTS = (
    REPEATED.format(what="event")
    + """
SELECT DISTINCT %(service)s, %(import)s, e.id
  FROM incoming i
  JOIN incoming_reference n ON n.reference = i.reference AND NOT n.is_new
  JOIN ledger_event e ON e.service_id = %(service)s AND e.key = i.key AND e.import_id <> %(import)s
 WHERE i.kind = 'e'
   AND (NOT EXISTS (SELECT FROM ledger_duplicate d WHERE d.import_id = %(import)s AND d.line = i.line AND d.event_id = e.id)
        OR e.import_id IN (SELECT import_id FROM ledger_undoing))
"""
)

REPEATED_TIES = (
    REPEATED.format(what="tie")
    + """
SELECT %(service)s, %(import)s, t.id
  FROM incoming_link l
  JOIN ledger_tie t ON t.one = l.one AND t.other = l.other AND t.import_id <> %(import)s
"""
)

REPEATED_PARTICULARS = (
    REPEATED.format(what="particulars")
    + """
SELECT DISTINCT %(service)s, %(import)s, p.id
  FROM incoming i
  JOIN incoming_reference n ON n.reference = i.reference AND NOT n.is_new
  JOIN ledger_particulars p ON p.reference_id = n.home AND p.digest = i.digest AND p.import_id <> %(import)s
"""
)

# What is queued for reconciliation, in parts that are each claimed, done and committed by themselves. A part is a range of homes, the same for
# every import, so that what several files say of the same messages is folded once; a delivery named twice in it does no harm.
OWE_FOLD = """
INSERT INTO ledger_owed (service_id, work, import_id, part, homes, owed_since, fence, tries)
SELECT %(service)s, 'fold', %(import)s, delivery / %(part_size)s, array_agg(delivery), %(learned_at)s, 0, 0
  FROM (SELECT coalesce(s.delivery, n.known_delivery, n.home) AS delivery
          FROM incoming_reference n
          LEFT JOIN incoming_set s ON s.home = coalesce(n.known_delivery, n.home)) touched
 GROUP BY delivery / %(part_size)s
"""
PART_SIZE = 100_000


class New(NamedTuple):
    """How many rows were appended, and whether nothing of what was staged was known before, nor staged twice."""

    number: int
    is_all: bool


@dataclass(frozen=True)
class Appended:
    """What became of the staged rows: events that were new, and lines that said nothing new."""

    events: int
    duplicate_lines: int


def create() -> None:
    """An empty `incoming`; what an earlier import of the same transaction left is dropped."""
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE IF EXISTS {TEMPORARY}")
        cursor.execute(CREATE)


def find_references(values: dict[str, object]) -> None:
    """Make `incoming_reference`: the home of every reference of the staged rows, by its number or numbers."""
    with connection.cursor() as cursor:
        # Without fresh counts the planner takes a large file for a small one; without those of the names it sorts where it should hash. A small sample does.
        cursor.execute("SET LOCAL default_statistics_target = 10")
        cursor.execute("ANALYZE incoming (kind, reference, namespace, value, other, other_namespace, other_value)")
        cursor.execute(REFERENCES, values)
        found = cursor.rowcount
        cursor.execute(NAMED)
        if (cursor.fetchone()[0] or 0) > found:
            cursor.execute(NAMED_AGAIN)
        cursor.execute("ANALYZE incoming_reference")


def append_references(values: dict[str, object]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(APPEND_REFERENCES, values)


def append(values: dict[str, object]) -> tuple[New, New, New]:
    """Append events, ties and particulars of the staged rows; what of each was new."""
    ties = append_new(APPEND_TIES, UNLESS_TIED, values)
    return append_new(APPEND_EVENTS, UNLESS_KNOWN, values), ties, append_new(APPEND_PARTICULARS, UNLESS_SAID, values)


def append_new(statement: str, unless_known: str, values: dict[str, object]) -> New:
    """As if nothing were known yet, which costs a quarter less; where something is, nearly always the first line already, once more with a look for each."""
    with connection.cursor() as cursor:
        try:
            with transaction.atomic():
                cursor.execute(statement, values)
            return New(cursor.rowcount, is_all=True)
        except IntegrityError:
            cursor.execute(statement + unless_known, values)
            return New(cursor.rowcount, is_all=False)


def owe_fold(values: dict[str, object]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(OWE_FOLD, values | {"part_size": PART_SIZE})


def append_duplicates(values: dict[str, object]) -> int:
    with connection.cursor() as cursor:
        cursor.execute(FRESH, values)
        cursor.execute("ANALYZE fresh")
        cursor.execute(APPEND_DUPLICATES, values)
        return int(cursor.rowcount)


def append_repeats(values: dict[str, object], *, events: New, ties: New, particulars: New) -> int:
    """Note what other imports had said first, where they can have said anything; returns how much it was."""
    noted = 0
    with connection.cursor() as cursor:
        for new, statement in ((events, REPEATED_EVENTS), (ties, REPEATED_TIES), (particulars, REPEATED_PARTICULARS)):
            if not new.is_all:
                cursor.execute(statement, values)
                noted += cursor.rowcount
    return noted


def reaches_at():  # type: ignore[no-untyped-def]
    """The latest time the staged file speaks of, or None when it holds no event."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT max(occurred_at) FROM incoming")
        return cursor.fetchone()[0]
