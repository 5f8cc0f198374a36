"""Reconciliation: the fold of what was touched, and the state that follows from it, in one statement (02-architecture, "The import pipeline").

`folding` makes the fold in SQL, `states` holds the rules; here the rules become one CASE over the fold and the result is written.
"""

from collections.abc import Iterable
from datetime import datetime
from functools import cache

from django.db import connection
from django.db.models import BooleanField, Case, CharField, DateTimeField, F, Q, Value, When

from apps.deliveries import folding, states
from apps.deliveries.models import Delivery, Fold
from apps.ledger import canaries, standing, words
from apps.ledger.models import Canary
from apps.ledger.standing import condition

# Each is looked up, as what the ledger says of them is (folding.BY_INDEX).
MEMBERS = """
members AS (
    SELECT r.delivery, r.id AS home, r.service_id, r.namespace, t.clock
      FROM touched t
     CROSS JOIN LATERAL (SELECT * FROM ledger_reference r WHERE r.delivery = t.delivery OFFSET 0) r
)"""

# Two reconciliations of one service follow each other: the later one sees all that the earlier one saw.
LOCK = "SELECT pg_advisory_xact_lock(%s, %s)"
LOCK_CLASS = 0x666F6C64  # "fold", so that it differs from the ledger's lock on the same service

# Each row is looked up by its index. Left to choose, a planner that was told of no rows yet goes through a whole table for each message; and as what is
# known of one message are a few rows, a bitmap of them costs an eighth of the whole fold.
BY_INDEX = "SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off"
AS_USUAL = "SET LOCAL enable_seqscan TO DEFAULT; SET LOCAL enable_bitmapscan TO DEFAULT"
FEW = 1000  # deliveries

# A home may have been joined to a smaller one since it was noted: the set it belongs to now is what is folded. Whose it is, is asked of what was found, or the
# planner may look for each in the index that begins with the service, and go through all that the service ever had. In order, since what has neighbouring
# numbers lies together in the indexes; as an array, which is one walk along an index and not a search from its top for each.
TOUCH = """
INSERT INTO touched
SELECT DISTINCT r.delivery, %(now)s::timestamptz
  FROM (SELECT r.delivery, r.service_id
          FROM ledger_reference r
         WHERE r.id = ANY (ARRAY(SELECT unnest(%(homes)s::bigint[]) UNION SELECT unnest(o.homes) FROM ledger_owed o WHERE o.id = ANY (%(owed)s)))
        OFFSET 0) r
 WHERE r.service_id = %(service)s
 ORDER BY 1
"""

# Rows go by their ids alone, found beforehand: which table is walked first is not left to a planner that may take any of them for empty.
FORGET = "DELETE FROM deliveries_delivery WHERE id = ANY (ARRAY({gone}))"
FORGET_JOINED = FORGET.format(
    gone="SELECT r.id FROM ledger_reference r WHERE r.delivery = ANY (ARRAY(SELECT t.delivery FROM touched t)) AND r.id <> r.delivery"
)

# What only an undone import told of is no delivery any more; what people did about it stays in the ledger.
FORGET_FALLEN = FORGET.format(
    gone=f"""
SELECT t.delivery
  FROM touched t
 WHERE NOT EXISTS (SELECT FROM ledger_reference r
                     JOIN ledger_event e ON e.reference_id = r.id
                    WHERE r.delivery = t.delivery AND e.source <> 'person' AND {condition("e", "event")})"""
)

# What was registered as a test of our own is no delivery any more.
FORGET_CANARIES = FORGET.format(
    gone=f"""
SELECT t.delivery
  FROM ({canaries.standing()}) c
 CROSS JOIN LATERAL (SELECT r.delivery FROM ledger_reference r
                      WHERE r.service_id = c.service_id AND r.value = c.value AND r.namespace = c.namespace OFFSET 0) r
  JOIN touched t ON t.delivery = r.delivery"""
)


def by_direction(pick) -> Case:
    """One CASE for both tables of rules; `pick` says what of a rule is wanted."""
    tables = {"inbound": states.INBOUND, "outbound": states.OUTBOUND}
    return Case(*(When(direction=direction, then=pick(rules)) for direction, rules in tables.items()))


def state_case(rules: Iterable[states.Rule]) -> Case:
    return Case(*(When(rule.when, then=Value(rule.state.value)) for rule in rules), output_field=CharField())


def since_case(rules: Iterable[states.Rule]) -> Case:
    return Case(*(When(rule.when, then=rule.since) for rule in rules), output_field=DateTimeField())


def review_case(rules: Iterable[states.Rule]) -> Case:
    """Rules without a review stand in it too, so that a weaker rule below cannot answer for them."""
    return Case(*(When(rule.when, then=rule.review) for rule in rules), output_field=DateTimeField())


def reopened_case(value) -> Case:
    """Of a decision that was in force: what speaks against it, by the table of reopenings."""
    in_force = Q(decided_sequence__gt=F("undone_sequence"))
    return [When(in_force & Q(**{f"{r.sequence}__gt": F("decided_sequence")}) & r.when, then=value(r)) for r in states.REOPENINGS]


COMPUTED = {
    "state": by_direction(state_case),
    "since": by_direction(since_case),
    "review_at": by_direction(review_case),
    "waits_until": Case(When(direction="inbound", then=states.INBOUND_WAITS_UNTIL), default=states.OUTBOUND_WAITS_UNTIL, output_field=DateTimeField()),
    "decision_stands": Case(When(states.STANDS, then=Value(True)), default=Value(False), output_field=BooleanField()),
    "look_waits": Case(When(proposed_sequence__gt=F("looked_sequence"), then=Value(True)), default=Value(False), output_field=BooleanField()),
    "reopened_by": Case(*reopened_case(lambda r: Value(r.reason)), default=Value(""), output_field=CharField()),
    "reopened_at": Case(*reopened_case(lambda r: F(r.at)), output_field=DateTimeField()),
}
COLUMNS = tuple(field.attname for field in Delivery._meta.concrete_fields)


@cache
def stated() -> tuple[str, tuple[object, ...]]:
    """SELECT of every column of Delivery from the relation `fold`, with its parameters."""
    named = {f"the_{name}": expression for name, expression in COMPUTED.items()}
    columns = [f"the_{name}" if name in COMPUTED else name for name in COLUMNS]
    sql, params = Fold.objects.annotate(**named).values_list(*columns).query.sql_with_params()
    return sql, params


def recomputed(*, members: str, fold: str = "") -> tuple[str, tuple[object, ...]]:
    """A query that gives each delivery of the relation `members` as it would be written, its columns named and ordered as Delivery's; nothing is written.

    `fold` is that of everything that stands, unless another is given.
    """
    sql, params = stated()
    fold = fold or folding.fold(is_any_undone=standing.is_any_undone(), are_words=words.are_any())
    return f"WITH {members}, {fold} SELECT * FROM ({sql}) AS again ({', '.join(COLUMNS)})", params


@cache
def writing(*, is_any_undone: bool, are_words: bool, are_many: bool = False) -> tuple[str, tuple[object, ...]]:
    """The statement that folds and states every delivery in `touched`, with its parameters."""
    sql, params = stated()
    relations = f"{MEMBERS}, {folding.fold(is_any_undone=is_any_undone, are_words=are_words, are_some=True, are_many=are_many)}"
    kept = ", ".join(f"{column} = EXCLUDED.{column}" for column in COLUMNS if column != "id")
    return f"WITH {relations} INSERT INTO deliveries_delivery ({', '.join(COLUMNS)}) {sql} ORDER BY 1 ON CONFLICT (id) DO UPDATE SET {kept}", params


def reconcile(*, service_id: int, deliveries: Iterable[int] = (), owed: Iterable[int] = (), now: datetime) -> int:
    """Fold and state these deliveries of one service, and what these rows of Owed name (by their ids), at the clock `now`.

    Runs in the caller's transaction; returns the number of rows written.
    """
    with connection.cursor() as cursor:
        cursor.execute(LOCK, [LOCK_CLASS, service_id])
        cursor.execute("DROP TABLE IF EXISTS touched")
        cursor.execute("CREATE TEMPORARY TABLE touched (delivery bigint PRIMARY KEY, clock timestamptz NOT NULL) ON COMMIT DROP")
        cursor.execute(BY_INDEX)
        cursor.execute(TOUCH, {"now": now, "homes": list(deliveries), "owed": list(owed), "service": service_id})
        are_many = cursor.rowcount > FEW
        # Without fresh counts the planner guesses a few rows and joins a large import by nested loops.
        cursor.execute("ANALYZE touched")
        cursor.execute(FORGET_JOINED)
        is_any_undone = standing.is_any_undone(service_id=service_id)
        if is_any_undone:
            cursor.execute(FORGET_FALLEN)
        if Canary.objects.filter(service=service_id).exists():
            cursor.execute(FORGET_CANARIES)
        are_words = words.are_any(service_id=service_id)
        cursor.execute(*writing(is_any_undone=is_any_undone, are_words=are_words, are_many=are_many))
        written = cursor.rowcount
        cursor.execute(AS_USUAL)
        return int(written)
