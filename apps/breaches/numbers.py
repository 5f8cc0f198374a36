"""The numbers of a breach as a statement tells them: messages that are open or were settled as lost, and the children of these as far as anybody states them."""

from typing import NamedTuple

from apps.breaches.models import Step
from apps.decisions.outcomes import Outcome
from apps.statements.models import Statement


class Numbers(NamedTuple):
    """Messages, and children; None where nothing states any number of children of them, which is not none."""

    records: int
    persons: int | None


def numbers(*, statement: Statement, direction: str) -> Numbers:
    told = statement.figures[direction]
    records = told["needs_a_person"][""] + told["settled"].get(Outcome.LOST, 0)
    persons = told["children_open"][""] + told["children_settled"].get(Outcome.LOST, 0)
    return Numbers(records, persons if persons or not records else None)


def supplemented(step: Step) -> Numbers:
    """What a step's statement tells of the breach's direction."""
    assert step.statement
    return numbers(statement=step.statement, direction=step.breach.direction)
