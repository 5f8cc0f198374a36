"""Sets of references worked out anew from their ties: those known by an earlier time, or all of them, to hold against what is stored."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

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


@contextmanager
def snapshot() -> Iterator[None]:
    """Everything asked inside is answered as of one moment, whatever others commit meanwhile."""
    is_outermost = not connection.in_atomic_block
    with transaction.atomic(), connection.cursor() as cursor:
        if is_outermost:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        # Whole tables are held against each other here. Soon after large imports the planner takes them for small ones, and looping over them takes for ever.
        cursor.execute("SET LOCAL enable_nestloop = off")
        yield


def find_sets(*, known_at: datetime | None, name: str = "known") -> None:
    """Make the temporary table `<name>_set (home, delivery)` from the ties learned by `known_at` (None: ever); homes tied to none are not in it."""
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE IF EXISTS {name}_edge, {name}_set")
        cursor.execute(EDGES.format(name=name), {"known_at": known_at})
    joining.join(name=name)
