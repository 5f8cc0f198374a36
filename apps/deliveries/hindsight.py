"""Deliveries as they are at any clock, from what had been learned by any time: the fold and the rules of reconciliation, and nothing is stored."""

from datetime import datetime
from typing import Any

from apps.deliveries import folding, reconciliation
from apps.ledger import hindsight as ledger
from apps.ledger import standing

TIED_NOW = """
members AS (
    SELECT r.delivery, r.id AS home, r.service_id, r.namespace, c.clock
      FROM ledger_reference r, (SELECT %s::timestamptz AS clock) c
)"""

TIED_THEN = """
members AS (
    SELECT coalesce(s.delivery, r.id) AS delivery, r.id AS home, r.service_id, r.namespace, c.clock
      FROM (SELECT %s::timestamptz AS clock) c, ledger_reference r
      LEFT JOIN known_set s ON s.home = r.id
),
horizon AS (SELECT %s::timestamptz AS known_at)"""


def deliveries(*, clock: datetime, known_at: datetime | None) -> tuple[str, tuple[Any, ...]]:
    """A query for every delivery at `clock`, from what was learned by `known_at` (None: ever), with its parameters; columns as the table's.

    To be run in the transaction, and best in the snapshot, in which it was asked for: the sets known by then stand in a temporary table.
    """
    if known_at is None:
        sql, params = reconciliation.recomputed(members=TIED_NOW)
        return sql, (clock, *params)
    ledger.find_sets(known_at=known_at)
    fold = folding.fold(is_any_undone=standing.is_any_undone(), by_horizon=True)
    sql, params = reconciliation.recomputed(members=TIED_THEN, fold=fold)
    return sql, (clock, known_at, *params)
