"""Sets of references worked out anew from their ties: those known by an earlier time, or all of them, to hold against what is stored."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import NamedTuple

from django.db import connection, transaction

from apps.ledger import joining
from apps.ledger.standing import condition

EDGES = f"""
CREATE TEMPORARY TABLE {{name}}_edge ON COMMIT DROP AS
SELECT t.one, t.other
  FROM ledger_tie t
  LEFT JOIN ledger_untie u ON u.tie_id = t.id AND (%(known_at)s::timestamptz IS NULL OR u.learned_at <= %(known_at)s)
 WHERE u.id IS NULL AND (%(known_at)s::timestamptz IS NULL OR t.learned_at <= %(known_at)s)
   AND {condition("t", "tie", known_at="coalesce(%(known_at)s::timestamptz, 'infinity')")}
"""

# Everything that has to be looked at again to know how things stood at an earlier time: what was learned after it, what no longer stands, what people ever
# did, and what is not folded yet; always with all references that are one message with it now. Every other message was then what it is now.
# Arrays, so that indexes are walked for the few that there are, whatever the planner is told about loops; and what an import brought is asked for by the
# import alone, or an index of the service would be walked from end to end.
TOUCHED = """
CREATE TEMPORARY TABLE {name}_home ON COMMIT DROP AS
WITH later AS (
    SELECT id FROM ledger_import WHERE finished_at > %(since)s{within}
     UNION SELECT import_id FROM ledger_undoing WHERE learned_at > %(since)s{within}
),
named AS (
    SELECT reference_id AS home FROM ledger_event WHERE import_id = ANY (ARRAY(SELECT id FROM later))
     UNION SELECT reference_id FROM ledger_event WHERE source = 'person'{within}
     UNION SELECT reference_id FROM ledger_event WHERE import_id IS NULL AND learned_at > %(since)s{within}
     UNION SELECT reference_id FROM ledger_particulars WHERE import_id = ANY (ARRAY(SELECT id FROM later))
     UNION SELECT unnest(ARRAY[one, other]) FROM ledger_tie WHERE import_id = ANY (ARRAY(SELECT id FROM later))
     UNION SELECT unnest(ARRAY[one, other]) FROM ledger_tie WHERE import_id IS NULL AND learned_at > %(since)s{within}
     UNION SELECT unnest(ARRAY[t.one, t.other]) FROM ledger_untie u JOIN ledger_tie t ON t.id = u.tie_id WHERE true{of_untie}
     UNION SELECT e.reference_id FROM ledger_repeat a JOIN ledger_event e ON e.id = a.event_id WHERE a.import_id = ANY (ARRAY(SELECT id FROM later))
     UNION SELECT p.reference_id FROM ledger_repeat a JOIN ledger_particulars p ON p.id = a.particulars_id WHERE a.import_id = ANY (ARRAY(SELECT id FROM later))
     UNION SELECT unnest(ARRAY[t.one, t.other]) FROM ledger_repeat a JOIN ledger_tie t ON t.id = a.tie_id WHERE a.import_id = ANY (ARRAY(SELECT id FROM later))
     UNION SELECT unnest(homes) FROM ledger_owed WHERE work = 'fold'{within}
     UNION SELECT r.id FROM ledger_canary c
             JOIN ledger_reference r ON r.service_id = c.service_id AND r.namespace = c.namespace AND r.value = c.value
            WHERE true{of_canary}
     UNION SELECT e.reference_id
             FROM ledger_event e
             JOIN ledger_word w ON w.service_id = e.service_id AND w.source = e.source AND w.native = e.native
            WHERE e.code = 'unknown' AND w.learned_at > %(since)s{of_word} AND e.import_id = ANY (ARRAY(
                  SELECT i.id FROM ledger_word w JOIN ledger_import i ON i.service_id = w.service_id AND i.format = w.source
                   WHERE w.learned_at > %(since)s{of_word}))
)
SELECT r.id AS home, r.delivery
  FROM ledger_reference r
 WHERE r.delivery = ANY (ARRAY(SELECT DISTINCT n.delivery FROM ledger_reference n WHERE n.id = ANY (ARRAY(SELECT home FROM named))))
"""
EVERYTHING = "CREATE TEMPORARY TABLE {name}_home ON COMMIT DROP AS SELECT id AS home, delivery FROM ledger_reference WHERE true{within}"
WITHIN = " AND {}service_id = ANY (%(services)s)"

LATER_EVENTS = """
SELECT count(*)
  FROM (SELECT FROM ledger_event
         WHERE import_id = ANY (ARRAY(SELECT id FROM ledger_import WHERE finished_at > %(since)s{within}
                                       UNION SELECT import_id FROM ledger_undoing WHERE learned_at > %(since)s{within}))
         LIMIT %(limit)s) e
"""
# References of messages whose ties were others then: by a tie learned since, by one undone since, or by one of an import that was undone at any time.
TIED_OTHERWISE = """
CREATE TEMPORARY TABLE {name}_otherwise ON COMMIT DROP AS
WITH other AS (
    SELECT unnest(ARRAY[t.one, t.other]) AS home
      FROM ledger_tie t
     WHERE (t.learned_at > %(known_at)s OR t.import_id IN (SELECT import_id FROM ledger_undoing)
            OR t.id IN (SELECT tie_id FROM ledger_untie WHERE learned_at > %(known_at)s)){within}
)
SELECT r.id AS home, r.delivery
  FROM ledger_reference r
 WHERE r.delivery = ANY (ARRAY(SELECT DISTINCT n.delivery FROM ledger_reference n WHERE n.id = ANY (ARRAY(SELECT home FROM other))))
"""
TIES = """
SELECT count(*) FILTER (WHERE learned_at <= %(known_at)s), count(*) FILTER (WHERE learned_at > %(known_at)s) FROM ledger_tie t WHERE true{within}
"""
# Those that none of them is tied to any more, or was tied to yet.
ALONE = "INSERT INTO {name}_set SELECT home, home FROM {name}_otherwise WHERE home NOT IN (SELECT home FROM {name}_set)"
EACH = "(SELECT r.id AS home, coalesce(s.delivery, {otherwise}) AS delivery FROM ledger_reference r LEFT JOIN {name}_set s ON s.home = r.id)"
FEWER = 3  # times: looking up what was tied otherwise takes as long as joining so many ties


class Sets(NamedTuple):
    """Which message each reference was in, as SQL. `each` is a relation (home, delivery) of all references; where `are_as_now`, of most it is read from their
    rows, else it is in the temporary table `table (home, delivery)` or the reference was alone, as they all were unless `are_any_tied`.
    """

    each: str
    table: str
    are_as_now: bool
    are_any_tied: bool


# What a person ever touched, and what somebody ever called a test of ours, with the message that each reference was in.
BY_PEOPLE = """
CREATE TEMPORARY TABLE {name}_home ON COMMIT DROP AS
WITH named AS (
    SELECT reference_id AS home FROM ledger_event WHERE source = 'person'{within}
     UNION SELECT r.id FROM ledger_canary c
             JOIN ledger_reference r ON r.service_id = c.service_id AND r.namespace = c.namespace AND r.value = c.value
            WHERE true{of_canary}
),
message AS (SELECT DISTINCT k.delivery FROM {sets} k WHERE k.home = ANY (ARRAY(SELECT home FROM named))),
near AS (
    SELECT delivery AS home FROM message
     UNION SELECT id FROM ledger_reference WHERE delivery = ANY (ARRAY(SELECT delivery FROM message))
     UNION SELECT home FROM {table} WHERE delivery IN (SELECT delivery FROM message)
)
SELECT k.home, k.delivery FROM {sets} k WHERE k.home = ANY (ARRAY(SELECT home FROM near)) AND k.delivery IN (SELECT delivery FROM message){limits}
"""


@contextmanager
def snapshot(*, of: str = "") -> Iterator[None]:
    """Everything asked inside is answered as of one moment, whatever others commit meanwhile; `of`: the one that another session sees, by the name it gave."""
    is_outermost = not connection.in_atomic_block
    with transaction.atomic(), connection.cursor() as cursor:
        if is_outermost:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        if of:
            cursor.execute(f"SET TRANSACTION SNAPSHOT '{of}'")
        # Whole tables are held against each other here. Soon after large imports the planner takes them for small ones, and looping over them takes for ever.
        # Nor does it know how many messages come of their events: it would sort a million of them for what it takes to be one.
        cursor.execute("SET LOCAL enable_nestloop = off; SET LOCAL enable_mergejoin = off; SET LOCAL enable_sort = off")
        yield


def find_touched(*, services: Collection[int] | None, since: datetime, name: str, everything: bool = False) -> int:
    """Make the temporary table `<name>_home (home, delivery)`: the references of these services (None: all) whose messages may have been others at `since`
    (aware) than they are now, each with the message that it is in now. With `everything` those are all of them. Returns how many there are.
    """
    tables = {"within": "", "of_untie": "u.", "of_canary": "c.", "of_word": "w."}
    limits = {place: WITHIN.format(table) if services is not None else "" for place, table in tables.items()}
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE IF EXISTS {name}_home")
        cursor.execute((EVERYTHING if everything else TOUCHED).format(name=name, **limits), {"services": list(services or []), "since": since})
        found = cursor.rowcount
        cursor.execute(f"ANALYZE {name}_home")
    return found


def find_sets(*, known_at: datetime | None, name: str = "known", among: str = "") -> None:
    """Make the temporary table `<name>_set (home, delivery)` from the ties learned by `known_at` (None: ever); homes tied to none are not in it.

    `among` is a table of homes, outside which no tie is looked at.
    """
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE IF EXISTS {name}_edge, {name}_set")
        limits = f"   AND t.one IN (SELECT home FROM {among})" if among else ""
        cursor.execute(EDGES.format(name=name) + limits, {"known_at": known_at})
    joining.join(name=name)


def is_much_later(*, services: Collection[int] | None, since: datetime, much: int) -> bool:
    """Whether more events than so many were learned of these services (None: all) after `since` (aware)."""
    within = WITHIN.format("") if services is not None else ""
    with connection.cursor() as cursor:
        # What came last lies at the end. A planner that expects to find so many soon would begin at the beginning.
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(LATER_EVENTS.format(within=within), {"services": list(services or []), "since": since, "limit": much + 1})
        (found,) = cursor.fetchone()
        cursor.execute("SET LOCAL enable_seqscan TO DEFAULT")
        return bool(found > much)


def find_all_sets(*, services: Collection[int] | None, known_at: datetime, name: str) -> Sets:
    """As `find_sets`, of all references of these services (None: all), and sooner: unless many ties are younger than `known_at` (aware), the sets of most are as
    they are now, and the temporary table `<name>_set (home, delivery)` is of the others.
    """
    values = {"services": list(services or []), "known_at": known_at}
    within = WITHIN.format("t.") if services is not None else ""
    with connection.cursor() as cursor:
        cursor.execute(TIES.format(within=within), values)
        then, later = cursor.fetchone()
        if later * FEWER > then:
            find_sets(known_at=known_at, name=name)
            return Sets(EACH.format(name=name, otherwise="r.id"), f"{name}_set", are_as_now=False, are_any_tied=then > 0)
        cursor.execute(f"DROP TABLE IF EXISTS {name}_otherwise")
        cursor.execute(TIED_OTHERWISE.format(name=name, within=within), values)
        cursor.execute(f"ANALYZE {name}_otherwise")
        find_sets(known_at=known_at, name=name, among=f"{name}_otherwise")
        cursor.execute(ALONE.format(name=name))
        cursor.execute(f"ANALYZE {name}_set")
    return Sets(EACH.format(name=name, otherwise="r.delivery"), f"{name}_set", are_as_now=True, are_any_tied=then > 0)


def find_by_people(*, services: Collection[int] | None, sets: Sets, name: str, among: str = "true") -> None:
    """Make the temporary table `<name>_home (home, delivery)`: the references of these services (None: all) whose messages people ever touched, each with the
    message that it was in by these sets; `among` is a condition on k.delivery.
    """
    tables = {"within": "", "of_canary": "c."}
    limits = {place: WITHIN.format(table) if services is not None else "" for place, table in tables.items()}
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE IF EXISTS {name}_home")
        cursor.execute(BY_PEOPLE.format(name=name, sets=sets.each, table=sets.table, limits=f" AND {among}", **limits), {"services": list(services or [])})
        cursor.execute(f"ANALYZE {name}_home")
