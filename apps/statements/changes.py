"""What lies between two moments, as pages show it: the causes with their messages, and every number at both with what each cause did to it."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial

from django.utils.translation import get_language

from apps.ledger.models import Direction
from apps.reports.untold import Sources
from apps.statements.causes import Cause
from apps.statements.explaining import Explained
from apps.statements.figuring import defined
from apps.statements.sheet import Address, Number, number

# Where the messages are listed that count otherwise: by `cause` or by any, and all of them or those of a `figure`, its `part` and a `direction`.
Moved = Callable[..., str]


@dataclass(frozen=True)
class Change:
    """One number at both moments, the whole difference, and what of it each of the causes present made; both with the messages they stand for."""

    label: str
    part: str
    direction: str
    was: Number
    became: Number
    difference: int
    url: str
    by_cause: list[tuple[Cause, int, str]]


def present(found: Explained) -> list[Cause]:
    counts = found.counts
    return [cause for cause in Cause if counts[cause]]


def causes(found: Explained, *, address: Moved) -> list[tuple[Cause, int, str]]:
    """Each cause, how many messages count otherwise by it, and where these are listed."""
    return [(cause, found.counts[cause], address(cause=cause)) for cause in present(found)]


@dataclass(frozen=True)
class Then:
    """One of the two moments: what had come by then that could tell its numbers, and where the messages of each are listed."""

    come: Sources
    address: Address


def numbers(found: Explained, definitions: Mapping[str, list], *, was: Then, became: Then, address: Moved) -> Iterator[Change]:
    """Every number but those that are none at both moments."""
    all_causes = present(found)
    for definition in defined(definitions, get_language() or "nb"):
        name = definition["name"]
        for part, label in definition["parts"] or [["", ""]]:
            for direction in Direction.values:
                before = number(found.earlier, direction, name, part, was.come, was.address)
                after = number(found.later, direction, name, part, became.come, became.address)
                by_cause = [found.figures[cause].get(direction, {}).get(name, {}).get(part, 0) for cause in all_causes]
                if before.count or after.count or any(by_cause):
                    whole = found.whole[direction].get(name, {}).get(part, 0)
                    those = partial(address, direction=direction, figure=name, part=part)
                    shares = [(cause, share, those(cause=cause)) for cause, share in zip(all_causes, by_cause, strict=True)]
                    yield Change(definition["label"], label, str(Direction(direction).label), before, after, whole, those(), shares)
