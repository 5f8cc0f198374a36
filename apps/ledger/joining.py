"""Joining sets: references that are said to be the same message share one delivery, the smallest home among them.

A pure function of the ties: any order gives the same sets. Works on the staged `incoming` and `incoming_reference`, or on any table of edges.
"""

from collections.abc import Iterable

from django.db import connection

# A known reference stands for all that it is already tied to, so sets are joined by their roots.
LINKS = """
CREATE TEMPORARY TABLE incoming_link ON COMMIT DROP AS
SELECT DISTINCT ON (1, 2) least(a.home, b.home) AS one, greatest(a.home, b.home) AS other, t.line,
       coalesce(a.known_delivery, a.home) AS root, coalesce(b.known_delivery, b.home) AS other_root
  FROM incoming t
  JOIN incoming_reference a ON a.reference = t.reference
  JOIN incoming_reference b ON b.reference = t.other
 WHERE t.other IS NOT NULL AND a.home <> b.home
 ORDER BY 1, 2, t.line
"""

EDGES = """
CREATE TEMPORARY TABLE incoming_edge ON COMMIT DROP AS
SELECT DISTINCT root AS one, other_root AS other FROM incoming_link WHERE root <> other_root
"""

SETS = """
CREATE TEMPORARY TABLE {name}_set ON COMMIT DROP AS
SELECT home, min(neighbour) AS delivery
  FROM (SELECT one AS home, least(one, other) AS neighbour FROM {name}_edge
         UNION ALL SELECT other, least(one, other) FROM {name}_edge) pairs
 GROUP BY home
"""

# Each round every root takes the smallest delivery among its neighbours; it ends when none can be smaller.
ROUND = """
UPDATE {name}_set s
   SET delivery = smaller.delivery
  FROM (SELECT e.home, min(n.delivery) AS delivery
          FROM (SELECT one AS home, other AS neighbour FROM {name}_edge UNION ALL SELECT other, one FROM {name}_edge) e
          JOIN {name}_set n ON n.home = e.neighbour
         GROUP BY e.home) smaller
 WHERE smaller.home = s.home AND smaller.delivery < s.delivery
"""

# A long chain would need a round for each of its links; following what the smaller root already found halves it every time.
SHORTCUT = """
UPDATE {name}_set s SET delivery = r.delivery FROM {name}_set r WHERE r.home = s.delivery AND r.delivery < s.delivery
"""

# Not asked by their service, whose all of them are: looked for in the index that begins with it, each would take as long as all.
MOVE = """
UPDATE ledger_reference r
   SET delivery = s.delivery
  FROM incoming_set s
 WHERE r.delivery = s.home AND s.delivery < s.home
"""


def find_sets() -> None:
    """Make `incoming_link` (the ties between homes) and `incoming_set` (home of a root -> the delivery it now belongs to)."""
    with connection.cursor() as cursor:
        cursor.execute(LINKS)
        cursor.execute(EDGES)
    join(name="incoming")


def join(*, name: str) -> None:
    """Make `<name>_set` (home -> the smallest home it is tied to) from `<name>_edge (one, other)`; a home without an edge is not in it."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {name}_edge")
        (edges,) = cursor.fetchone()
        cursor.execute(SETS.format(name=name))
        homes = cursor.rowcount
        cursor.execute(f"ANALYZE {name}_set")
        if homes == 2 * edges:  # pairs apart from one another, as nearly always: each has its smaller home already
            return
        cursor.execute(f"ANALYZE {name}_edge")
        cursor.execute(ROUND.format(name=name))
        while cursor.rowcount:
            cursor.execute(SHORTCUT.format(name=name))
            cursor.execute(ROUND.format(name=name))


def move_known() -> None:
    """Give the references already in the ledger their new delivery."""
    with connection.cursor() as cursor:
        cursor.execute(MOVE)


def parts(homes: Iterable[int], ties: Iterable[tuple[int, int]]) -> dict[int, int]:
    """The delivery of each home of one small set, by the ties that hold: the smallest home that it can be reached from."""
    delivery = {home: home for home in homes}
    ties = list(ties)
    while wider := [(one, other) for one, other in ties if delivery[one] != delivery[other]]:
        for one, other in wider:
            delivery[one] = delivery[other] = min(delivery[one], delivery[other])
    return delivery
