"""What lies between two moments, as pages show it: the causes with their messages, and every number at both with what each cause did to it."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from django.utils.translation import get_language

from apps.ledger.models import Direction
from apps.statements.causes import Cause
from apps.statements.explaining import Explained
from apps.statements.figuring import defined
from apps.statements.sheet import Address, Number, number


@dataclass(frozen=True)
class Change:
    """One number at both moments, the whole difference, and what of it each cause made, in the order of the causes present."""

    label: str
    part: str
    direction: str
    was: Number
    became: Number
    difference: int
    by_cause: list[int]


def present(found: Explained) -> list[Cause]:
    return [cause for cause in Cause if found.counts[cause]]


def causes(found: Explained, *, address: Callable[[Cause], str]) -> list[tuple[Cause, int, str]]:
    """Each cause, how many messages count otherwise by it, and where these are listed."""
    return [(cause, found.counts[cause], address(cause)) for cause in present(found)]


def numbers(found: Explained, definitions: Mapping[str, list], *, was: Address, became: Address) -> Iterator[Change]:
    """Every number but those that are none at both moments. `was` and `became` give where the messages of a number are listed."""
    for definition in defined(definitions, get_language() or "nb"):
        name = definition["name"]
        for part, label in definition["parts"] or [["", ""]]:
            for direction in Direction.values:
                before, after = number(found.earlier, direction, name, part, was), number(found.later, direction, name, part, became)
                by_cause = [found.figures[cause].get(direction, {}).get(name, {}).get(part, 0) for cause in present(found)]
                if before.count or after.count or any(by_cause):
                    whole = found.whole[direction].get(name, {}).get(part, 0)
                    yield Change(definition["label"], label, str(Direction(direction).label), before, after, whole, by_cause)
