"""Deliveries as they are at any clock, from what had been learned by any time: the fold and the rules of reconciliation, and nothing is stored."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import Sum

from apps.deliveries import folding, reconciliation, wholesale
from apps.deliveries.models import Fold, Tally
from apps.deliveries.states import GRACES, STEADY
from apps.ledger import halves, standing, words
from apps.ledger import hindsight as ledger
from apps.registry.models import Policy
from apps.registry.policies import Policies

HOUR = timedelta(hours=1)
TIED_NOW = """
members AS (
    SELECT r.delivery, r.id AS home, r.service_id, r.namespace, c.clock
      FROM ledger_reference r, (SELECT %s::timestamptz AS clock) c
)"""

TIED_THEN = """
members AS (
    SELECT coalesce(s.delivery, r.id) AS delivery, r.id AS home, r.service_id, r.namespace, c.clock
      FROM (SELECT %s::timestamptz AS clock) c, ledger_reference r
      LEFT JOIN {sets} s ON s.home = r.id{among}
),
horizon AS (SELECT %s::timestamptz AS known_at)"""
GIVEN = ", given AS (SELECT " + ", ".join(f"%s::interval AS {name}" for name in GRACES) + ")"


TIED_NOW_OF_ONE = """
members AS (
    SELECT %s::bigint AS delivery, r.id AS home, r.service_id, r.namespace, c.clock
      FROM ledger_reference r, (SELECT %s::timestamptz AS clock) c
     WHERE r.id = ANY (%s)
),
horizon AS (SELECT %s::timestamptz AS known_at)"""


class Standing(NamedTuple):
    """How a delivery stood: its state, since when, and when the clock alone may change it."""

    state: str
    since: datetime
    review_at: datetime | None


def stood(*, homes: Sequence[int], clock: datetime, known_at: datetime) -> Standing | None:
    """How the delivery of these homes, as they are tied now, stood at `clock` by what was learned by `known_at`; None where nothing was known. One query."""
    fold = folding.fold(is_any_undone=standing.is_any_undone(), are_words=words.are_any(), by_horizon=True)
    sql, params = reconciliation.recomputed(members=TIED_NOW_OF_ONE, fold=fold)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT state, since, review_at FROM ({sql}) AS once", [min(homes), clock, list(homes), known_at, *params])
        row = cursor.fetchone()
    return Standing(*row) if row else None


def deliveries(*, clock: datetime, known_at: datetime | None) -> tuple[str, tuple[Any, ...]]:
    """A query for every delivery at `clock`, from what was learned by `known_at` (None: ever), with its parameters; columns as the table's.

    To be run in the transaction, and best in the snapshot, in which it was asked for: the sets known by then stand in a temporary table.
    """
    if known_at is None:
        sql, params = reconciliation.recomputed(members=TIED_NOW)
        return sql, (clock, *params)
    ledger.find_sets(known_at=known_at)
    fold = folding.fold(is_any_undone=standing.is_any_undone(), are_words=words.are_any(), by_horizon=True)
    sql, params = reconciliation.recomputed(members=TIED_THEN.format(sets="known_set", among=""), fold=fold)
    return sql, (clock, known_at, *params)


# A message that no person has touched and of which nothing was learned since stands folded in its row; only the clock and the durations may be others.
# Needs the parameters of GIVEN and the clock.
OF_ROWS = {name: f"g.{name}" for name in GRACES} | {"clock": "%s::timestamptz"}
FOLDED = [field.column for field in Fold._meta.concrete_fields]
AS_STORED = [
    OF_ROWS.get(column) or (f"d.{column}" if column in reconciliation.COLUMNS else "NULL::timestamptz" if column.endswith("_at") else "0::bigint")
    for column in FOLDED
]
STORED = f"""
fold ({", ".join(FOLDED)}) AS (
    SELECT {", ".join(AS_STORED)}
      FROM deliveries_delivery d, given g
     WHERE d.id NOT IN (SELECT home FROM {{touched}}){{limits}}
)"""
IS_STEADY = f"state IN {folding.listed(STEADY)}"
CHANGING = f" AND NOT d.{IS_STEADY}"


# What figures and periods ask of a delivery. Whatever else stands in its row is not worked out: how long a carrier keeps each took as long as its state.
ASKED = ", ".join(
    ("id", "service_id", "direction", "state", "outcome", "is_late", "look_waits", "category", "children")
    + ("first_at", "sent_at", "receipted_at", "available_at", "opened_at", "registered_at")
)
FEW = 100_000  # homes; an index is walked for each of so many, and above it whole tables are read


def find_touched(*, services: Collection[int] | None, name: str, since: datetime, graces: Collection[Policies]) -> None:
    """Find what must be folded again to see the services (None: all) as they were: what was touched since, or everything where other hours count as late."""
    ledger.find_touched(services=services, since=since, name=name, everything=not is_steady(graces))


def is_steady(graces: Collection[Policies]) -> bool:
    """Whether what counts as late in the rows counts as late by these durations too."""
    limits = {hours * HOUR for hours in Policy.objects.filter(name="late_limit").values_list("hours", flat=True)}
    return limits == {one.late_limit for one in graces}


def is_mostly_other(*, services: Collection[int] | None, since: datetime, graces: Policies) -> bool:
    """Whether so much has to be folded again to see the services (None: all) as they were that folding everything takes less than finding out what."""
    if not is_steady([graces]):
        return True
    kept = Tally.objects.of_any() if services is None else Tally.objects.of_any().in_services(services)
    there = kept.aggregate(number=Sum("number"))["number"] or 0
    return ledger.is_much_later(services=services, since=since, much=max(FEW, there // 10))


def of_services(
    *,
    services: Collection[int] | None,
    clock: datetime,
    known_at: datetime,
    graces: Policies,
    sets: str,
    touched: str,
    among: str = "",
    only: str = "",
    is_changing: bool = False,
) -> tuple[str, tuple[Any, ...]]:
    """As `deliveries`, of these services alone (None: all), with the durations given and not as the policies have them; of the columns those of ASKED.

    `touched` is the temporary table of the homes whose messages are to be folded again (`find_touched`, of the same services); all others are as they stand in
    their rows. `sets` is that of the sets to go by (ledger.hindsight.find_sets). To look at some alone, `among` is one of homes among those touched, and
    `only` one of ids; `is_changing` leaves out what was not touched and is the same at any clock.
    """
    durations = [getattr(graces, name) for name in GRACES]
    again, params = folded_again(clock, known_at, durations, sets, among or touched)
    stated, others = reconciliation.stated()
    limits, of_limits = "", []
    if services is not None:
        limits, of_limits = " AND d.service_id = ANY (%s)", [list(services)]
    limits += (f" AND d.id = ANY (ARRAY(SELECT id FROM {only}))" if only else "") + (CHANGING if is_changing else "")
    rows = f"WITH {GIVEN.removeprefix(', ')}, {STORED.format(touched=touched, limits=limits)} SELECT * FROM ({stated}) AS as_stored ({', '.join(reconciliation.COLUMNS)})"
    return f"SELECT {ASKED} FROM ({again}) AS folded_again UNION ALL SELECT {ASKED} FROM ({rows}) AS stored", (*params, *durations, clock, *of_limits, *others)


Query = tuple[str, tuple[Any, ...]]


def of_everything(
    *, services: Collection[int] | None, clock: datetime, known_at: datetime, graces: Policies, name: str, half: int | None = None
) -> tuple[Query, Query]:
    """As `of_services`, of one half (None: all; see `halves`), and no row is taken as it stands: for when much was learned since. Two queries: what people touched, folded message by message, and all
    else, folded at once, about which nothing was decided.

    Leaves the temporary table `<name>_home (home, delivery)`: what people touched, each reference with the message that it was in.
    """
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL work_mem = '128MB'")  # for the one aggregate over a million messages
    durations = [getattr(graces, name) for name in GRACES]
    sets, touched = ledger.find_all_sets(services=services, known_at=known_at, name=name), f"{name}_home"
    ledger.find_by_people(services=services, sets=sets, name=name, among=halves.condition("k.delivery", half))
    again, params = folded_again(clock, known_at, durations, touched, touched)
    asked = {"is_any_undone": standing.is_any_undone(), "are_words": words.are_any()}
    fold = wholesale.fold(services=services, known_at=known_at, **asked, sets=sets, touched=touched, half=half)
    stated, others = reconciliation.stated()
    rest = f"WITH {fold} SELECT * FROM ({stated} OFFSET 0) AS at_once ({', '.join(reconciliation.COLUMNS)})"
    return (f"SELECT {ASKED} FROM ({again}) AS folded_again", params), (f"SELECT {ASKED} FROM ({rest}) AS rest", (clock, *durations, *others))


def folded_again(clock: datetime, known_at: datetime, durations: list[Any], sets: str, among: str) -> tuple[str, tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) <= %s FROM {among}", [FEW])
        (are_few,) = cursor.fetchone()
    limits = f" WHERE r.id = ANY (ARRAY(SELECT home FROM {among}))" if are_few else f" WHERE r.id IN (SELECT home FROM {among})"
    fold = folding.fold(is_any_undone=standing.is_any_undone(), are_words=words.are_any(), by_horizon=True, are_some=are_few, are_graces_given=True)
    sql, params = reconciliation.recomputed(members=TIED_THEN.format(sets=sets, among=limits) + GIVEN, fold=fold)
    return sql, (clock, known_at, *durations, *params)
