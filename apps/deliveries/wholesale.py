"""The fold of everything at once, of what had been learned by a time: for figures of a day before much was learned.

The relations are those of `folding`; but nothing is asked for message by message. Every row of the ledger is read once and names its reference itself, and `sets`
says which message that was in where it was not alone. Nobody's word is among it: what people touched is folded by `folding`, and left out here.
Only what figures ask is as `folding` has it: the channel is not, nor is the number of cases of a message that is not about several children.
"""

from collections.abc import Collection
from datetime import datetime

from apps.deliveries import folding
from apps.deliveries.states import GRACES
from apps.ledger import words

TOLD = """{table} {row}{tied}
     CROSS JOIN LATERAL (SELECT {delivery} AS delivery, {row}.reference_id AS home, {row}.service_id, c.clock FROM given c WHERE {which}) m"""
TIED = " LEFT JOIN {sets} k ON k.home = {home}"
NAMED = """ledger_particulars p
      JOIN (SELECT n.id AS home, n.namespace FROM ledger_reference n) m ON m.home = p.reference_id"""
# Whether every child is registered hangs on the number of cases only where there are several children.
CASES = """(SELECT {delivery_of_case} AS delivery, r.namespace FROM ledger_reference r{tied_case} WHERE r.namespace = 'case') m
     WHERE m.delivery IN (SELECT {delivery_of_particulars} FROM ledger_particulars p{tied_particulars} WHERE p.children > 1 AND {particulars_learned})"""
NOBODY = """(SELECT NULL::text AS outcome, NULL::timestamptz AS decided_at, NULL::timestamptz AS called_at, NULL::boolean AS child_known,
             NULL::bigint AS proposed_sequence, NULL::bigint AS looked_sequence, NULL::bigint AS decided_sequence, NULL::bigint AS undone_sequence,
             NULL::bigint AS removed_sequence, NULL::bigint AS failed_sequence, NULL::bigint AS withdrawn_sequence, NULL::bigint AS called_sequence,
             NULL::bigint AS tied_sequence, NULL::bigint AS untied_sequence, NULL::timestamptz AS untied_at) j,
           (SELECT NULL::bigint AS another_sequence, NULL::timestamptz AS another_at) a"""
WITHOUT_PEOPLE = f"""gathered g, given c,
           {NOBODY}
     WHERE g.delivery NOT IN (SELECT home FROM {{touched}})"""
GIVEN = "given AS NOT MATERIALIZED (SELECT %s::timestamptz AS clock, " + ", ".join(f"%s::interval AS {name}" for name in GRACES) + ")"
ALL_OF_IT = ",".join((GIVEN, folding.LETTERS, folding.SAID, folding.HEARD, folding.GATHERED, folding.RETENTIONS, folding.FOLD))


def fold(*, services: Collection[int] | None, known_at: datetime, is_any_undone: bool, are_words: bool, sets: str, touched: str) -> str:
    """The relations up to `fold`, of these services (None: all), of what had been learned by `known_at` (aware). Parameters: the clock and the durations (GRACES).

    `sets` is a relation (home, delivery) of the references that were tied to others, "" where none was; `touched` one of the homes of messages to leave out.
    """
    # Written out, so that the planner knows how much there is of each and keeps the smaller in memory.
    horizon = f"'{known_at.isoformat()}'::timestamptz"
    learned = folding.learned(is_any_undone=is_any_undone, horizon=horizon)
    events = folding.events(are_words=are_words)
    if services is not None:
        numbers = ", ".join(str(int(service)) for service in services) or "NULL"
        rows = {"learned": "e", "print_learned": "p", "particulars_learned": "p"}
        learned = {name: f"{row}.service_id IN ({numbers}) AND {learned[name]}" for name, row in rows.items()}

    def tied(home: str) -> dict[str, str]:
        return {"tied": TIED.format(sets=sets, home=home) if sets else "", "delivery": f"coalesce(k.delivery, {home})" if sets else home}

    def told(table: str, row: str, which: str = "true") -> str:
        return TOLD.format(table=table, row=row, which=which, **tied(f"{row}.reference_id"))

    case, particulars = tied("r.id"), tied("p.reference_id")
    cases = CASES.format(
        tied_case=case["tied"],
        delivery_of_case=case["delivery"],
        tied_particulars=particulars["tied"],
        delivery_of_particulars=particulars["delivery"],
        **learned,
    )
    first = f"{words.relation(known_at=horizon)}," if are_words else ""
    return first + ALL_OF_IT.format(
        told=told(events, "e"),
        told_by_print=told(events, "e", which="e.code = 'print_sent'"),
        told_of_named=NAMED,
        told_beside=told("ledger_particulars", "p"),
        references=cases,
        with_people=WITHOUT_PEOPLE.format(touched=touched),
        **folding.IS_LETTER,
        **learned,
    )
