"""The numbers of a breach as a statement tells them: messages that are open or were settled as lost, and the children of these as far as anybody states them."""

from typing import NamedTuple

from apps.breaches.models import Step
from apps.decisions.outcomes import Outcome
from apps.statements import coverage
from apps.statements.models import Statement


class Numbers(NamedTuple):
    """Messages, and children. None where nothing had come that could tell of any message, and where nothing states any number of children: that is not none."""

    records: int | None
    persons: int | None


def numbers(*, statement: Statement, direction: str) -> Numbers:
    told = statement.figures[direction]
    records = told["needs_a_person"][""] + told["settled"].get(Outcome.LOST, 0)
    persons = told["children_open"][""] + told["children_settled"].get(Outcome.LOST, 0)
    if not records and not is_reported(statement=statement, direction=direction):
        return Numbers(None, None)
    return Numbers(records, persons if persons or not records else None)


def is_reported(*, statement: Statement, direction: str) -> bool:
    """Whether any file had come that could tell of messages this way: else the statement says "not reported" where it has no number."""
    return direction in coverage.had_come(statement).directions


def supplemented(step: Step) -> Numbers:
    """What a step's statement tells of the breach's direction."""
    assert step.statement
    return numbers(statement=step.statement, direction=step.breach.direction)
