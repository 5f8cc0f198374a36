"""The difference between two moments, message by message: what each counted as, what it counts as, and the one cause of it. All of it set by set.

A message that counts otherwise at the later clock without anything learned was overtaken by the clock, or by other durations. Of all others, what was
learned last about them, of those things that can change a state, is the cause. So every message that differs has exactly one, and the differences of any
figure by cause add up to its whole difference.
"""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, NamedTuple

from django.db import connection

from apps.deliveries import hindsight
from apps.ledger import joining
from apps.statements import past
from apps.statements.causes import STRONGEST_FIRST, Cause
from apps.statements.figuring import Figures, difference, figures
from apps.statements.kinds import Kind
from apps.statements.past import Moment, Period

SINCE, TOUCHED = "touched_since", "touched_since_home"
BEFORE, AFTER, AT_THE_CLOCK, BY_NEW_GRACES = "counted_before", "counted_after", "counted_at_the_clock", "counted_by_new_graces"


def kind_of(table: str) -> str:
    return f"({', '.join(f'{table}.{name}' for name in Kind._fields)})"


def named(table: str, prefix: str) -> str:
    return ", ".join(f"{table}.{name} AS {prefix}_{name}" for name in Kind._fields)


MOVED = f"""
CREATE TEMPORARY TABLE moved ON COMMIT DROP AS
SELECT coalesce(b.id, a.id) AS id, b.id IS NOT NULL AS was_there, a.id IS NOT NULL AS is_there, {named("b", "was")}, {named("a", "is")}
  FROM {BEFORE} b
  FULL JOIN {AFTER} a ON a.id = b.id
 WHERE b.id IS NULL OR a.id IS NULL OR {kind_of("b")} IS DISTINCT FROM {kind_of("a")}
"""

# The references of those messages, and of those that they were one with or came to be, with the message that each was in and the one it came to be in.
NAMES = f"""
CREATE TEMPORARY TABLE moved_name ON COMMIT DROP AS
SELECT id FROM moved
 UNION SELECT coalesce(a.delivery, h.home)
   FROM (SELECT id AS home FROM moved UNION SELECT s.home FROM {BEFORE}_set s JOIN moved m ON m.id = s.delivery) h
   LEFT JOIN {AFTER}_set a ON a.home = h.home
 UNION SELECT coalesce(b.delivery, h.home)
   FROM (SELECT id AS home FROM moved UNION SELECT s.home FROM {AFTER}_set s JOIN moved m ON m.id = s.delivery) h
   LEFT JOIN {BEFORE}_set b ON b.home = h.home
"""
HOMES = f"""
CREATE TEMPORARY TABLE moved_home ON COMMIT DROP AS
SELECT h.home, coalesce(b.delivery, h.home) AS was, coalesce(a.delivery, h.home) AS became
  FROM (SELECT id AS home FROM moved_name
         UNION SELECT s.home FROM {BEFORE}_set s JOIN moved_name n ON n.id = s.delivery
         UNION SELECT s.home FROM {AFTER}_set s JOIN moved_name n ON n.id = s.delivery) h
  LEFT JOIN {BEFORE}_set b ON b.home = h.home
  LEFT JOIN {AFTER}_set a ON a.home = h.home
"""

AS_THE_CLOCK_HAS_IT = """
UPDATE moved m
   SET cause = %(cause)s
  FROM moved again
  LEFT JOIN {world} w ON w.id = again.id
 WHERE again.id = m.id AND m.cause IS NULL AND m.is_there = (w.id IS NOT NULL) AND (w.id IS NULL OR {kind} IS NOT DISTINCT FROM {is_kind})
"""

# Messages that any source had told of before, of those that moved: only two such can turn out to be one.
KNOWN_BEFORE = """
CREATE TEMPORARY TABLE moved_known ON COMMIT DROP AS
SELECT DISTINCT h.was
  FROM moved_home h
  JOIN ledger_event e ON e.reference_id = h.home
 WHERE e.source <> 'person' AND e.learned_at <= %(from)s
"""

# What was learned about those references in between, as far as it can change what a message counts as, each with what it would be the cause of.
FACTS = """
CREATE TEMPORARY TABLE moved_fact ON COMMIT DROP AS
SELECT h.home, e.learned_at,
       CASE WHEN e.source <> 'person' THEN CASE WHEN r.id IS NULL THEN 'late_feed' ELSE 'correction' END
            WHEN e.code = 'withdrawn' THEN 'withdrawn_decision' WHEN e.code = 'untied' THEN 'undone_tie' WHEN e.code = 'tied' THEN 'new_tie'
            WHEN e.code = 'called' THEN 'late_feed' ELSE 'decision' END AS cause
  FROM moved_home h
  JOIN ledger_event e ON e.reference_id = h.home
  LEFT JOIN feeds_repair r ON r.import_id = e.import_id
 WHERE e.learned_at > %(from)s AND e.learned_at <= %(to)s AND e.code NOT IN ('noted', 'handed_over', 'handed_back')
 UNION ALL
SELECT h.home, p.learned_at, CASE WHEN r.id IS NULL THEN 'late_feed' ELSE 'correction' END
  FROM moved_home h
  JOIN ledger_particulars p ON p.reference_id = h.home
  LEFT JOIN feeds_repair r ON r.import_id = p.import_id
 WHERE p.learned_at > %(from)s AND p.learned_at <= %(to)s
 UNION ALL
SELECT unnest(ARRAY[t.one, t.other]), t.learned_at,
       CASE WHEN t.import_id IS NULL AND EXISTS (SELECT FROM ledger_event e
                                                  WHERE e.reference_id IN (t.one, t.other) AND e.learned_at = t.learned_at AND e.code IN ('decided', 'proposed'))
            THEN 'decision' ELSE 'new_tie' END
  FROM ledger_tie t
  JOIN moved_home one ON one.home = t.one
  JOIN moved_home other ON other.home = t.other
 WHERE t.learned_at > %(from)s AND t.learned_at <= %(to)s AND one.was <> other.was
   AND (t.import_id IS NULL OR (one.was IN (SELECT was FROM moved_known) AND other.was IN (SELECT was FROM moved_known)))
 UNION ALL
SELECT unnest(ARRAY[t.one, t.other]), u.learned_at, 'undone_tie'
  FROM ledger_untie u
  JOIN ledger_tie t ON t.id = u.tie_id
  JOIN moved_home one ON one.home = t.one
 WHERE u.learned_at > %(from)s AND u.learned_at <= %(to)s
 UNION ALL
SELECT fallen.home, u.learned_at, 'correction'
  FROM ledger_undoing u
  JOIN (SELECT e.import_id, h.home FROM moved_home h JOIN ledger_event e ON e.reference_id = h.home
         UNION ALL SELECT p.import_id, h.home FROM moved_home h JOIN ledger_particulars p ON p.reference_id = h.home
         UNION ALL SELECT t.import_id, h.home FROM moved_home h JOIN ledger_tie t ON t.one = h.home
         UNION ALL SELECT t.import_id, h.home FROM moved_home h JOIN ledger_tie t ON t.other = h.home) fallen ON fallen.import_id = u.import_id
 WHERE u.learned_at > %(from)s AND u.learned_at <= %(to)s
 UNION ALL
SELECT h.home, w.learned_at, 'correction'
  FROM ledger_word w
  JOIN ledger_event e ON e.service_id = w.service_id AND e.code = 'unknown' AND e.source = w.source AND e.native = w.native
  JOIN moved_home h ON h.home = e.reference_id
 WHERE w.learned_at > %(from)s AND w.learned_at <= %(to)s
 UNION ALL
SELECT h.home, c.learned_at, 'canary'
  FROM ledger_canary c
  JOIN ledger_reference r ON r.service_id = c.service_id AND r.value = c.value AND r.namespace = c.namespace
  JOIN moved_home h ON h.home = r.id
 WHERE c.learned_at > %(from)s AND c.learned_at <= %(to)s
"""

# Messages that were or came to be one stand together: what is said of none of a message's own references is looked for among those of its company.
COMPANY = "CREATE TEMPORARY TABLE company_edge ON COMMIT DROP AS SELECT DISTINCT least(was, became) AS one, greatest(was, became) AS other FROM moved_home WHERE was <> became"
AS_LEARNED = """
UPDATE moved m
   SET cause = found.cause
  FROM (SELECT DISTINCT ON (id) id, cause
          FROM (SELECT h.was AS id, 0 AS distance, f.learned_at, f.cause FROM moved_fact f JOIN moved_home h ON h.home = f.home
                 UNION ALL SELECT h.became, 0, f.learned_at, f.cause FROM moved_fact f JOIN moved_home h ON h.home = f.home
                 UNION ALL SELECT near.home, 1, f.learned_at, f.cause
                             FROM moved_fact f JOIN moved_home h ON h.home = f.home
                             JOIN company_set far ON far.home = h.was JOIN company_set near ON near.delivery = far.delivery) facts
         ORDER BY id, distance, learned_at DESC, array_position(%(strongest)s, cause)) found
 WHERE found.id = m.id AND m.cause IS NULL
"""

TURN = ", ".join(["cause", "was_there", *(f"was_{name}" for name in Kind._fields), "is_there", *(f"is_{name}" for name in Kind._fields)])


class Turn(NamedTuple):
    """What one message counted as and came to count as, and by which cause; None where it was, or is, none of those counted."""

    cause: Cause
    was: Kind | None
    became: Kind | None


@dataclass(frozen=True)
class Explained:
    """`turns`: how many messages count otherwise, by what, into what and why. `figures`: how much every figure has grown by each cause; they add up to
    `whole`, what lies between the figures `earlier` and those `later`.
    """

    turns: Counter[Turn]
    figures: dict[Cause, Figures]
    earlier: Figures
    later: Figures

    @property
    def counts(self) -> Counter[Cause]:
        """How many messages count otherwise, by cause."""
        counts: Counter[Cause] = Counter()
        for turn, count in self.turns.items():
            counts[turn.cause] += count
        return counts

    @property
    def whole(self) -> Figures:
        return difference(self.later, self.earlier)


def explain(*, services: Collection[int], period: Period, earlier: Moment, later: Moment) -> Explained:
    """Why the figures of these services differ. `earlier` has learned no more than `later`. Call it in a snapshot; it leaves what `rows` reads."""
    hindsight.find_touched(services=services, name=SINCE, since=earlier.known_at, graces=[earlier.graces, later.graces])
    # What was not touched, and is the same at any clock, counts in both alike, and is only counted.
    past.look(name=BEFORE, services=services, at=earlier, period=period, touched=TOUCHED, is_changing=True)
    past.look(name=AFTER, services=services, at=later, period=period, touched=TOUCHED, is_changing=True)
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS moved, moved_name, moved_home, moved_touched, moved_known, moved_fact, company_edge, company_set")
        cursor.execute(MOVED)
        cursor.execute("ALTER TABLE moved ADD cause text")
        cursor.execute("ANALYZE moved")
        cursor.execute(NAMES)
        cursor.execute("ANALYZE moved_name")
        cursor.execute(HOMES)
        cursor.execute("ANALYZE moved_home")
        cursor.execute(f"CREATE TEMPORARY TABLE moved_touched ON COMMIT DROP AS SELECT home FROM moved_home WHERE home IN (SELECT home FROM {TOUCHED})")
    find_causes(services=services, period=period, earlier=earlier, later=later)
    return counted(past.count_same(services=services, period=period, touched=TOUCHED))


def find_causes(*, services: Collection[int], period: Period, earlier: Moment, later: Moment) -> None:
    """Give every row of `moved` its cause: first the clock, then durations, then what was learned."""
    at_the_clock = Moment(later.as_of, earlier.known_at, earlier.graces)
    see = {"services": services, "period": period, "touched": TOUCHED, "sets": f"{BEFORE}_set", "among": "moved_touched", "only": "moved"}
    past.look(name=AT_THE_CLOCK, at=at_the_clock, **see)  # type: ignore[arg-type]
    attribute(world=AT_THE_CLOCK, cause=Cause.CLOCK)
    if earlier.graces != later.graces:
        past.look(name=BY_NEW_GRACES, at=Moment(later.as_of, earlier.known_at, later.graces), **see)  # type: ignore[arg-type]
        attribute(world=BY_NEW_GRACES, cause=Cause.CHANGED_POLICY)
    values = {"from": earlier.known_at, "to": later.known_at, "strongest": [str(cause) for cause in STRONGEST_FIRST]}
    with connection.cursor() as cursor:
        # From here on a few messages are looked up in large tables.
        cursor.execute("SET LOCAL enable_nestloop = on")
        cursor.execute(KNOWN_BEFORE, values)
        cursor.execute(FACTS, values)
        cursor.execute(COMPANY)
    joining.join(name="company")
    with connection.cursor() as cursor:
        cursor.execute(AS_LEARNED, values)


def attribute(*, world: str, cause: Cause) -> None:
    """To what has no cause yet and counts in this world, with nothing learned, as it does in the end."""
    is_kind = f"({', '.join(f'm.is_{name}' for name in Kind._fields)})"
    with connection.cursor() as cursor:
        cursor.execute(AS_THE_CLOCK_HAS_IT.format(world=world, kind=kind_of("w"), is_kind=is_kind), {"cause": cause})


def counted(same: Counter[Kind]) -> Explained:
    """`same` are all that are not looked at, since they count in both alike."""
    turns: Counter[Turn] = Counter()
    was: dict[Cause, Counter[Kind]] = {cause: Counter() for cause in Cause}
    became: dict[Cause, Counter[Kind]] = {cause: Counter() for cause in Cause}
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {TURN}, count(*) FROM moved GROUP BY {TURN}")
        for *values, count in cursor.fetchall():
            turn = turned(values)
            turns[turn] = count
            for kind, tally in ((turn.was, was), (turn.became, became)):
                if kind:
                    tally[turn.cause][kind] += count
    by_cause = {cause: difference(figures(became[cause]), figures(was[cause])) for cause in Cause}
    return Explained(turns, by_cause, earlier=figures(same + past.tally(name=BEFORE)), later=figures(same + past.tally(name=AFTER)))


def turned(values: Sequence[Any]) -> Turn:
    """Of a row of the columns of TURN."""
    cause, *kinds = values
    was, became = kinds[: len(kinds) // 2], kinds[len(kinds) // 2 :]
    return Turn(Cause(cause), *(Kind(*kind) if is_there else None for is_there, *kind in (was, became)))


def rows(*, turns: Collection[Turn], first: int, count: int) -> list[tuple[int, Turn]]:
    """The messages of these turns, by id, `count` of them from `first` on; after `explain`, in its transaction."""
    if not turns:
        return []
    none = [None] * len(Kind._fields)
    values = [[turn.cause, turn.was is not None, *(turn.was or none), turn.became is not None, *(turn.became or none)] for turn in turns]
    condition = " OR ".join([f"({TURN}) IS NOT DISTINCT FROM ({', '.join(['%s'] * len(values[0]))})"] * len(values))
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT id, {TURN} FROM moved WHERE {condition} ORDER BY id OFFSET %s LIMIT %s", [*chain.from_iterable(values), first, count])
        return [(pk, turned(values)) for pk, *values in cursor.fetchall()]
