"""The fold of everything at once, of what had been learned by a time: for figures of a day before much was learned.

The relations are those of `folding`; but nothing is asked for message by message. Every row of the ledger is read once and names its reference itself, and `sets`
says which message that was in. Nobody's word is among it: what people touched is folded by `folding`, and left out here.
Only what figures ask is as `folding` has it: the channel is not, nor is the number of cases of a message that is not about several children.
"""

from collections.abc import Collection
from datetime import datetime

from apps.deliveries import folding
from apps.deliveries.states import GRACES
from apps.ledger import halves, meanings, words
from apps.ledger.hindsight import Sets
from apps.ledger.models import Event, Import

# By reference; which message it was in is looked up for all that is told in one go.
TOLD = """{table} {row}
     CROSS JOIN LATERAL (SELECT {row}.reference_id AS delivery, {row}.reference_id AS home, {row}.service_id, c.clock FROM given c WHERE {which}) m"""
NAMED = """ledger_particulars p
      JOIN (SELECT n.id AS home, n.namespace FROM ledger_reference n) m ON m.home = p.reference_id"""
# Whether every child is registered hangs on the number of cases only where there are several children.
CASES = """(SELECT r.id AS delivery, r.namespace FROM ledger_reference r{tied_case}
             WHERE r.namespace = 'case'
               AND {delivery_of_case} IN (SELECT {delivery_of_particulars} FROM ledger_particulars p{tied_particulars} WHERE p.children > 1 AND {particulars_learned})) m"""
# Where nothing was sent to print, and nothing says what a status means, no event is held against it.
NO_LETTERS = {"is_letter": "false", "letters": ""}
NOTHING_SAID = f"\n      CROSS JOIN (SELECT NULL::bigint AS home, {', '.join(f'NULL AS {column}' for column in meanings.COLUMNS.values())}) s"
AS_NOW, AS_THEN = " JOIN {sets.each} k ON k.home = {home}", " LEFT JOIN {sets.table} k ON k.home = {home}"
# The references that are in another message than that of their own number, found once and not for each thing that is told of them.
MOVED = "moved AS MATERIALIZED (SELECT k.home, k.delivery FROM {sets.each} k WHERE k.delivery <> k.home AND ({was} OR {of_half})),"
ALL_AS_NOW = " LEFT JOIN moved k ON k.home = h.delivery"
# What is told of the other half is left out as it is read: most references are in the half of their own number.
NEAR = "({own} OR {home} IN (SELECT k.home FROM moved k WHERE NOT {was}))"
COLUMNS = ("rung", "occurred_at", "by_day", "outbound", "children", "category", "is_case", "service_id", "clock", "carrier", "reporter", "channel_rank")
HEARD = f"""
heard AS (SELECT {{delivery}} AS delivery, {", ".join(f"h.{column}" for column in COLUMNS)} FROM told h{{placed}} WHERE {{of_half}})"""
NOBODY = """(SELECT NULL::text AS outcome, NULL::timestamptz AS decided_at, NULL::timestamptz AS called_at, NULL::boolean AS child_known,
             NULL::bigint AS proposed_sequence, NULL::bigint AS looked_sequence, NULL::bigint AS decided_sequence, NULL::bigint AS undone_sequence,
             NULL::bigint AS removed_sequence, NULL::bigint AS failed_sequence, NULL::bigint AS withdrawn_sequence, NULL::bigint AS called_sequence,
             NULL::bigint AS tied_sequence, NULL::bigint AS untied_sequence, NULL::timestamptz AS untied_at) j,
           (SELECT NULL::bigint AS another_sequence, NULL::timestamptz AS another_at) a"""
WITHOUT_PEOPLE = f"""gathered g, given c,
           {NOBODY}
     WHERE g.delivery NOT IN (SELECT home FROM {{touched}})"""
GIVEN = "given AS NOT MATERIALIZED (SELECT %s::timestamptz AS clock, " + ", ".join(f"%s::interval AS {name}" for name in GRACES) + ")"
ALL_OF_IT = ",".join((GIVEN, folding.LETTERS, folding.SAID, folding.HEARD, HEARD, folding.GATHERED, folding.RETENTIONS, folding.FOLD))


def fold(
    *, services: Collection[int] | None, known_at: datetime, is_any_undone: bool, are_words: bool, sets: Sets, touched: str, half: int | None = None
) -> str:
    """The relations up to `fold`, of these services (None: all), of what had been learned by `known_at` (aware). Parameters: the clock and the durations (GRACES).

    `sets` are those known then, `touched` is a relation of the homes of messages to leave out, `half` as in `halves`.
    """
    # Written out, so that the planner knows how much there is of each and keeps the smaller in memory.
    horizon = f"'{known_at.isoformat()}'::timestamptz"
    learned = folding.learned(is_any_undone=is_any_undone, horizon=horizon)
    events = folding.events(are_words=are_words)
    if services is not None:
        numbers = ", ".join(str(int(service)) for service in services) or "NULL"
        rows = {"learned": "e", "print_learned": "p", "particulars_learned": "p"}
        learned = {name: f"{row}.service_id IN ({numbers}) AND {learned[name]}" for name, row in rows.items()}

    def tied(home: str) -> tuple[str, str]:
        """How it comes to be known which message the reference was in, and SQL for the message."""
        if not sets.are_any_tied:
            return "", home
        if sets.are_as_now:
            return AS_NOW.format(sets=sets, home=home), "k.delivery"
        return AS_THEN.format(sets=sets, home=home), f"coalesce(k.delivery, {home})"

    def told(table: str, row: str, which: str = "true") -> str:
        return TOLD.format(table=table, row=row, which=f"{which} AND {near(f'{row}.reference_id')}")

    def near(home: str) -> str:
        if half is None or not is_as_now:
            return "true"
        return NEAR.format(home=home, own=halves.condition(home, half), was=halves.condition("k.home", half))

    is_as_now = sets.are_any_tied and sets.are_as_now
    case, particulars, (placed, delivery) = tied("r.id"), tied("p.reference_id"), tied("h.delivery")
    first = ""
    if is_as_now:
        first = MOVED.format(sets=sets, was=halves.condition("k.home", half), of_half=halves.condition("k.delivery", half))
        placed, delivery = ALL_AS_NOW, "coalesce(k.delivery, h.delivery)"
    of_half = halves.condition(delivery, half)
    tied_case = {"tied_case": case[0], "delivery_of_case": case[1], "tied_particulars": particulars[0], "delivery_of_particulars": particulars[1]}
    letters = folding.IS_LETTER if are_words or Event.objects.filter(code="print_sent").exists() else NO_LETTERS
    first += f"{words.relation(known_at=horizon)}," if are_words else ""
    return first + ALL_OF_IT.format(
        heard="told",
        carrier="NULL::integer",
        reporter="NULL::text",
        told=told(events, "e"),
        told_by_print=told(events, "e", which="e.code = 'print_sent'"),
        told_of_named=NAMED,
        told_beside=told("ledger_particulars", "p"),
        with_said=folding.WITH_SAID if Import.objects.filter(format__in=meanings.SOURCES).exists() else NOTHING_SAID,
        references=CASES.format(**tied_case, **learned),
        delivery=delivery,
        placed=placed,
        of_half=of_half,
        with_people=WITHOUT_PEOPLE.format(touched=touched),
        **letters,
        **learned,
    )
