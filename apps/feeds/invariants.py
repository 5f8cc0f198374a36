"""What always holds of imports, their lines, and what the lines said (04-reliability, "Invariants")."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import islice
from uuid import UUID

from apps.feeds.catalogue import FORMATS
from apps.feeds.pipeline import fact_key, said
from apps.feeds.record import Record
from apps.ledger import standing
from apps.ledger.actions import BETWEEN
from apps.ledger.invariants import Invariant, none_in
from apps.ledger.models import FROM_PEOPLE, Event, ImportState, Particulars, Reference

READ_AT_ONCE = 5000

# The accounts are not believed: lines are counted from the rows that they became.
ACCOUNTS_DIFFER = """
SELECT 'import ' || i.id || ': ' || concat_ws(', ', i.counted || ' counted', i.read || ' read', i.accepted || ' accepted', i.duplicate || ' duplicate',
                                              i.rejected || ' rejected')
       || '; found ' || coalesce(a.lines, 0) || ' accepted, ' || coalesce(d.lines, 0) || ' duplicate, ' || coalesce(r.lines, 0) || ' rejected'
  FROM ledger_import i
  LEFT JOIN (SELECT import_id, count(*) AS lines
               FROM (SELECT DISTINCT import_id, line FROM ledger_event WHERE import_id IS NOT NULL
                      UNION ALL SELECT import_id, line FROM feeds_knownreceipt) l
              GROUP BY import_id) a
       ON a.import_id = i.id
  LEFT JOIN (SELECT import_id, count(*) AS lines FROM ledger_duplicate GROUP BY import_id) d ON d.import_id = i.id
  LEFT JOIN (SELECT import_id, count(*) AS lines FROM feeds_rejection GROUP BY import_id) r ON r.import_id = i.id
 WHERE i.state IN ('complete', 'undone')
   AND ((i.accepted, i.duplicate, i.rejected) IS DISTINCT FROM (coalesce(a.lines, 0), coalesce(d.lines, 0), coalesce(r.lines, 0))
        OR i.read <> i.accepted + i.duplicate + i.rejected OR i.counted <> i.read)
"""

SEVERAL_FATES = """
SELECT 'import ' || import_id || ' line ' || line
  FROM (SELECT DISTINCT import_id, line FROM ledger_event WHERE import_id IS NOT NULL
         UNION ALL SELECT import_id, line FROM ledger_duplicate
         UNION ALL SELECT import_id, line FROM feeds_knownreceipt
         UNION ALL SELECT import_id, line FROM feeds_rejection) fates
 GROUP BY import_id, line HAVING count(*) > 1
"""

FROM_NOWHERE = """
SELECT '{what} ' || r.id
  FROM {table} r
  LEFT JOIN ledger_import i ON i.id = r.import_id
 WHERE coalesce(i.state, '') NOT IN ('complete', 'undone') OR i.service_id <> r.service_id
"""
REJECTED_FROM_NOWHERE = FROM_NOWHERE.format(what="rejection", table="feeds_rejection")
RECEIPTS_FROM_NOWHERE = FROM_NOWHERE.format(what="known receipt", table="feeds_knownreceipt")

REPAIRS_OF_NOTHING = """
SELECT 'repaired line ' || l.id
  FROM feeds_repairedline l
  JOIN feeds_repair p ON p.id = l.repair_id
  JOIN feeds_rejection r ON r.id = l.rejection_id
  JOIN ledger_import was ON was.id = p.of_id
  JOIN ledger_import i ON i.id = p.import_id
 WHERE r.import_id <> p.of_id OR l.service_id <> p.service_id OR l.service_id <> r.service_id
       OR (i.service_id, i.format, i.direction, i.vantage) <> (was.service_id, was.format, was.direction, was.vantage)
"""

# What waits for a person waits with what that person shall see, and nobody else works on it meanwhile.
WAITS_UNSEEN = """
SELECT 'import ' || i.id
  FROM ledger_import i
  LEFT JOIN feeds_preview p ON p.import_id = i.id AND p.service_id = i.service_id
 WHERE i.state = 'previewed' AND (p.seen_at IS NULL OR EXISTS (SELECT FROM ledger_owed o WHERE o.import_id = i.id))
"""

ANSWERED_FOR_NOTHING = """
SELECT 'request ' || h.id || ' of key ' || h.key_id
  FROM feeds_handover h
 WHERE CASE WHEN h.answer = '' THEN true
            ELSE EXISTS (SELECT FROM jsonb_array_elements(h.answer::jsonb -> 'imports') told
                          WHERE NOT EXISTS (SELECT FROM ledger_import i WHERE i.id = (told ->> 'id')::bigint AND i.service_id = h.service_id)) END
"""

Told = tuple[int, int, str, UUID, str, str, datetime, bool, str, str, int, int]
TOLD = (
    "service",
    "pk",
    "source",
    "key",
    "native",
    "code",
    "occurred_at",
    "by_day",
    "reference__namespace",
    "reference__value",
    "reference",
    "reference__delivery",
)

SOURCE, KEY = TOLD.index("source"), TOLD.index("key")


def changed_events(now: datetime) -> Iterator[str]:
    """A key is a hash of the event's source, reference, native status and time, so a change of any of these shows."""
    rows = iter(Event.objects.exclude(source__in=FROM_PEOPLE).order_by().values_list(*TOLD).iterator(chunk_size=READ_AT_ONCE))
    while block := list(islice(rows, READ_AT_ONCE)):
        doubtful = [row for row in block if key(row) != row[KEY].hex]
        references, attributes = companions(doubtful), named_attributes(doubtful)
        for row in doubtful:
            others = [*references.get(row[-1], ()), *attributes.get(row[-2], ())]
            if row[KEY].hex not in followed({key(row), *(key(row, other) for other in others)}, service_id=row[0]):
                yield f"event {row[1]}"


def followed(keys: set[str], *, service_id: int) -> set[str]:
    """These keys, and those of the events that are the same facts, said again after the import that had said them first was undone."""
    found, beyond = set(keys), keys
    while beyond:
        fell = Event.objects.filter(service=service_id, key__in=beyond, feed_import__state=ImportState.UNDONE).values_list("key", "feed_import")
        beyond = {standing.following_key(key, feed_import) for key, feed_import in fell} - found
        found |= beyond
    return found


def key(row: Told, *others: str) -> str:
    _service, _pk, source, _key, native, code, occurred_at, by_day, namespace, value, _home, _delivery = row
    return fact_key(BETWEEN.join((source, namespace, value, *others)), native or code, occurred_at.isoformat(), by_day)


def companions(rows: Iterable[Told]) -> dict[int, list[str]]:
    """By delivery, the other references that the records behind these events may have named: they are in the key of some formats."""
    deliveries = {row[-1] for row in rows if row[SOURCE] in FORMATS and FORMATS[row[SOURCE]].key_holds_all_references}
    beside: dict[int, list[str]] = {}
    for delivery, value in Reference.objects.filter(delivery__in=deliveries).values_list("delivery", "value"):
        beside.setdefault(delivery, []).append(value)
    return beside


def named_attributes(rows: Iterable[Told]) -> dict[int, list[str]]:
    """By reference, the values of the attribute that is in the key of some formats."""
    names = {row[-2]: FORMATS[row[SOURCE]].key_holds_attribute for row in rows if row[SOURCE] in FORMATS and FORMATS[row[SOURCE]].key_holds_attribute}
    beside: dict[int, list[str]] = {}
    for home, attributes in Particulars.objects.filter(reference__in=names).values_list("reference", "attributes"):
        beside.setdefault(home, []).append(attributes.get(names[home], ""))
    return beside


def changed_particulars(now: datetime) -> Iterator[str]:
    """Their digest is a hash of all that they say, as long as they say it."""
    rows = Particulars.objects.filter(removed_at=None).order_by().values_list("pk", "digest", "children", "reporter", "category", "attributes")
    for pk, digest, children, reporter, category, attributes in rows.iterator(chunk_size=READ_AT_ONCE):
        record = Record(line=0, references=(), occurrences=(), children=children, reporter=reporter, category=category)
        if not said(record, attributes).endswith(digest.hex):
            yield f"particulars {pk}"


INVARIANTS = (
    Invariant("I1", "Of each complete import, lines counted = read = accepted + duplicate + rejected, as the rows themselves show", none_in(ACCOUNTS_DIFFER)),
    Invariant("I1", "No line has more than one fate", none_in(SEVERAL_FATES)),
    Invariant("I2", "Each rejection is a line of a complete import of its service", none_in(REJECTED_FROM_NOWHERE)),
    Invariant("I2", "Each accepted line without an event is a known receipt in a complete import of its service", none_in(RECEIPTS_FROM_NOWHERE)),
    Invariant("I2", "Each corrected line was rejected by the import that its repair corrects, in the same feed", none_in(REPAIRS_OF_NOTHING)),
    Invariant("I6", "Each import that waits for a yes has a preview, and no other work on it is owed", none_in(WAITS_UNSEEN)),
    Invariant("I10", "Each import that another system was told of is there, in the service of its key", none_in(ANSWERED_FOR_NOTHING)),
    Invariant("I7", "Each event still says what its key was made from", changed_events),
    Invariant("I7", "Particulars still say what their digest was made from", changed_particulars),
)
