"""What always holds of the ledger (04-reliability, "Invariants"). Each app keeps its own; `manage.py verify` asks them all in one snapshot."""

import hashlib
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography.exceptions import InvalidTag
from django.db import connection
from zstandard import ZstdError

from apps.ledger import codes, hindsight, stored
from apps.ledger.models import StoredBytes
from apps.ledger.queries import TRIES

# Owed work waits for a sweep, which comes every minute; an hour means that nobody sweeps.
LONGEST_WAIT = timedelta(hours=1)


@dataclass(frozen=True)
class Invariant:
    """A statement of 04-reliability, or a part of one. `offending` names the rows for which it does not hold, in words; `now` is the true clock."""

    id: str
    statement: str
    offending: Callable[[datetime], Iterable[str]]


def found(sql: str, params: Sequence[object] | Mapping[str, object] = ()) -> Iterator[str]:
    """The one column of text that a query gives, row by row."""
    with connection.cursor() as cursor:
        # Asked for a few rows only, the planner would look up a million one by one in the hope of finding those few soon.
        cursor.execute(f"WITH offending (named) AS MATERIALIZED ({sql}) SELECT named FROM offending", params)
        yield from (named for (named,) in cursor)


def none_in(sql: str) -> Callable[[datetime], Iterator[str]]:
    """The invariant holds when this query finds nothing."""
    return lambda now: found(sql)


EVENTS_WITHOUT_ORIGIN = """
SELECT 'event ' || e.id
  FROM ledger_event e
  LEFT JOIN ledger_import i ON i.id = e.import_id
 WHERE CASE WHEN e.source IN ('person', 'call', 'handover') THEN e.import_id IS NOT NULL
            ELSE coalesce(i.state, '') NOT IN ('complete', 'undone') OR e.service_id <> i.service_id OR e.source <> i.format OR e.learned_at <> i.finished_at
                 OR e.line IS NULL OR e.line < 1 END
"""

DUPLICATES_OF_NOTHING = """
SELECT 'import ' || d.import_id || ' line ' || d.line
  FROM ledger_duplicate d
  LEFT JOIN ledger_import i ON i.id = d.import_id
  LEFT JOIN ledger_event e ON e.id = d.event_id
 WHERE coalesce(i.state, '') NOT IN ('complete', 'undone') OR e.id IS NULL OR e.service_id <> i.service_id OR e.source <> i.format OR e.learned_at > i.finished_at
       OR (e.import_id = d.import_id AND e.line = d.line)
"""

ASIDES_WITHOUT_ORIGIN = """
SELECT 'particulars ' || p.id
  FROM ledger_particulars p
  LEFT JOIN ledger_import i ON i.id = p.import_id
 WHERE coalesce(i.state, '') NOT IN ('complete', 'undone') OR p.service_id <> i.service_id
 UNION ALL
SELECT 'tie ' || t.id
  FROM ledger_tie t
  LEFT JOIN ledger_import i ON i.id = t.import_id
 WHERE t.import_id IS NOT NULL AND (coalesce(i.state, '') NOT IN ('complete', 'undone') OR t.service_id <> i.service_id)
"""

# A person's tie, and its undoing, is told twice: as what holds sets together, and as a fact about one of the two.
TIES_WITHOUT_FACT = """
SELECT 'tie ' || t.id
  FROM ledger_tie t
 WHERE t.import_id IS NULL
   AND NOT EXISTS (SELECT FROM ledger_event e WHERE e.reference_id IN (t.one, t.other) AND e.code = 'tied' AND e.learned_at = t.learned_at)
 UNION ALL
SELECT 'undone tie ' || u.tie_id
  FROM ledger_untie u
  LEFT JOIN ledger_tie t ON t.id = u.tie_id AND t.import_id IS NULL
 WHERE NOT EXISTS (SELECT FROM ledger_event e WHERE e.reference_id IN (t.one, t.other) AND e.code = 'untied' AND e.learned_at = u.learned_at)
 UNION ALL
SELECT 'event ' || e.id
  FROM ledger_event e
 WHERE e.source = 'person' AND e.code IN ('tied', 'untied')
   AND NOT EXISTS (SELECT FROM ledger_tie t LEFT JOIN ledger_untie u ON u.tie_id = t.id
                    WHERE t.import_id IS NULL AND e.reference_id IN (t.one, t.other)
                      AND CASE e.code WHEN 'tied' THEN t.learned_at ELSE u.learned_at END = e.learned_at)
"""

IMPORTS_WITHOUT_BYTES = """
SELECT 'import ' || i.id
  FROM ledger_import i
  LEFT JOIN ledger_storedbytes s ON s.id = i.stored_id AND s.service_id = i.service_id
 WHERE s.id IS NULL OR (s.size > 0 AND s.removed_at IS NULL AND NOT EXISTS (SELECT FROM ledger_chunk c WHERE c.stored_id = s.id))
"""

ABOUT_NO_REFERENCE = """
SELECT 'event ' || e.id
  FROM ledger_event e
  LEFT JOIN ledger_reference r ON r.id = e.reference_id
 WHERE r.id IS NULL OR r.service_id <> e.service_id
 UNION ALL
SELECT 'particulars ' || p.id
  FROM ledger_particulars p
  LEFT JOIN ledger_reference r ON r.id = p.reference_id
 WHERE r.id IS NULL OR r.service_id <> p.service_id
 UNION ALL
SELECT 'tie ' || t.id
  FROM ledger_tie t
  LEFT JOIN ledger_reference one ON one.id = t.one
  LEFT JOIN ledger_reference other ON other.id = t.other
 WHERE one.id IS NULL OR other.id IS NULL OR one.service_id <> t.service_id OR other.service_id <> t.service_id
"""

IN_ANOTHER_SET = """
SELECT 'reference ' || r.id || ' in delivery ' || r.delivery || ', tied to ' || coalesce(s.delivery, r.id)
  FROM ledger_reference r
  LEFT JOIN known_set s ON s.home = r.id
 WHERE r.delivery <> coalesce(s.delivery, r.id)
"""

UNDONE_UNTOLD = """
SELECT 'import ' || i.id
  FROM ledger_import i
  FULL JOIN ledger_undoing u ON u.import_id = i.id
 WHERE (i.state = 'undone') <> (u.id IS NOT NULL) OR i.service_id <> u.service_id OR u.learned_at < i.finished_at
"""

REPEATS_OF_NOTHING = """
SELECT 'repeat ' || a.id
  FROM ledger_repeat a
  LEFT JOIN ledger_import i ON i.id = a.import_id
  LEFT JOIN ledger_event e ON e.id = a.event_id
  LEFT JOIN ledger_tie t ON t.id = a.tie_id
  LEFT JOIN ledger_particulars p ON p.id = a.particulars_id
 WHERE coalesce(i.state, '') NOT IN ('complete', 'undone') OR i.service_id <> a.service_id
       OR coalesce(e.service_id, t.service_id, p.service_id) IS DISTINCT FROM a.service_id
       OR coalesce(e.import_id, t.import_id, p.import_id) IS NOT DISTINCT FROM a.import_id
"""

# That a registration is proved by no word the table refuses too; what is read by words is folded anew by I5.
WORDS_OUT_OF_PLACE = f"""
SELECT 'word ' || w.id
  FROM ledger_word w
 WHERE w.code IN ({", ".join(f"'{code}'" for code in codes.REGISTERED + codes.CONCLUDED + codes.WITHDRAWN + codes.PERSON)}) OR w.reason = ''
       OR EXISTS (SELECT FROM ledger_event e WHERE e.id = w.sequence)
"""

NOT_OWED = """
SELECT 'import ' || i.id
  FROM ledger_import i
 WHERE i.state IN ('received', 'running') AND NOT EXISTS (SELECT FROM ledger_owed o WHERE o.import_id = i.id AND o.work IN ('import', 'preview'))
"""

# What failed too often waits for a person and not for a sweep; its import says so.
WAITS_TOO_LONG = f"""
SELECT o.work || ' of import ' || o.import_id
  FROM ledger_owed o
  JOIN ledger_import i ON i.id = o.import_id
 WHERE greatest(o.owed_since, o.lease_until) < %s AND NOT (o.work <> 'fold' AND i.state = 'needs_a_person' AND o.tries >= {TRIES})
"""

SAME_TWICE = """
SELECT 'events ' || min(id) || ' and ' || max(id) FROM ledger_event GROUP BY service_id, key HAVING count(*) > 1
 UNION ALL
SELECT 'imports ' || min(id) || ' and ' || max(id)
  FROM ledger_import WHERE state NOT IN ('refused', 'cancelled', 'undone')
 GROUP BY service_id, stored_id, format, direction, vantage, encoding, reference, mapping_version HAVING count(*) > 1
 UNION ALL
SELECT 'references ' || min(id) || ' and ' || max(id) FROM ledger_reference GROUP BY service_id, namespace, value HAVING count(*) > 1
"""


def wrong_sets(now: datetime) -> Iterator[str]:
    hindsight.find_sets(known_at=None)
    return found(IN_ANOTHER_SET)


def waits_too_long(now: datetime) -> Iterator[str]:
    return found(WAITS_TOO_LONG, [now - LONGEST_WAIT])


def wrong_bytes(now: datetime) -> Iterator[str]:
    """Read to the end and hashed, a piece in memory at a time."""
    for kept in StoredBytes.objects.order_by("pk").iterator():
        wrong = why_wrong(kept)
        if wrong:
            yield f"stored bytes {kept.pk}: {wrong}"


def why_wrong(kept: StoredBytes) -> str:
    """Why what is stored is not the file that its name says; empty when it is."""
    if kept.removed_at:
        return "they were removed, and some are there still" if kept.chunks.exists() else ""
    digest, size, read = hashlib.sha256(), 0, 0
    try:
        with stored.open_stored(kept) as stream:
            for piece in stored.pieces(stream):
                digest.update(piece)
                size, read = size + len(piece), read + 1
    except (InvalidTag, ZstdError, zlib.error, ValueError):
        return "a chunk was changed, moved or sealed with another key"
    if (digest.hexdigest(), size) != (kept.sha256, kept.size):
        return "what is stored hashes to another name"
    return "" if kept.chunks.count() == read else "there are chunks beyond the end"


INVARIANTS = (
    Invariant("I2", "Each event is from one line of a complete import of its service and format, or a person's", none_in(EVENTS_WITHOUT_ORIGIN)),
    Invariant("I2", "Each duplicate line repeats an event that was known when its import was complete", none_in(DUPLICATES_OF_NOTHING)),
    Invariant("I2", "Ties and particulars are from complete imports, or a person's", none_in(ASIDES_WITHOUT_ORIGIN)),
    Invariant("I2", "Each tie made or undone by a person is a fact of the ledger, and the other way round", none_in(TIES_WITHOUT_FACT)),
    Invariant("I2", "Each import that is undone says when, by whom and why, and no other one does", none_in(UNDONE_UNTOLD)),
    Invariant("I2", "What an import repeated is of its own service, and another import said it", none_in(REPEATS_OF_NOTHING)),
    Invariant("I4", "What somebody said that an unknown status means proves no registration, and says why", none_in(WORDS_OUT_OF_PLACE)),
    Invariant("I2", "The bytes of each import are stored, or were until their time was over", none_in(IMPORTS_WITHOUT_BYTES)),
    Invariant("I3", "Events, ties and particulars are about references of their own service", none_in(ABOUT_NO_REFERENCE)),
    Invariant("I3", "Each reference is in the one delivery that its ties give", wrong_sets),
    Invariant("I6", "Each import received or running is owed", none_in(NOT_OWED)),
    Invariant("I6", "No owed work has waited longer than an hour for somebody to take it", waits_too_long),
    Invariant("I9", "Nothing was taken in twice: no event, reference or file", none_in(SAME_TWICE)),
    Invariant("I14", "Stored bytes hash to their name, or a tombstone says when and by which policy they went", wrong_bytes),
)
