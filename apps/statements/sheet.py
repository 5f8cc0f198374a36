"""A statement as pages and files show it: every figure with its definition as it was told, and its numbers by direction."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.http import urlencode
from django.utils.translation import get_language

from apps.ledger.models import Direction
from apps.reports import untold
from apps.reports.untold import Sources
from apps.statements.figuring import Figures, defined
from apps.statements.kinds import FIGURES

BY_NAME = {figure.name: figure for figure in FIGURES}
Address = Callable[[str, str, str], str]


@dataclass(frozen=True)
class Number:
    """`url` leads to exactly its messages; empty where the person may not see them. `untold` says why there is no number, and is then shown instead."""

    count: int
    url: str
    label: str
    untold: str | Promise = ""

    @property
    def is_suppressed(self) -> bool:
        return False


@dataclass(frozen=True)
class Row:
    label: str
    numbers: list[Number]


@dataclass(frozen=True)
class Section:
    """One figure: its definition (name, label, counts, unit, clock), and its rows, one where it has no parts."""

    figure: dict
    rows: list[Row]


def sections(figures: Figures, definitions: Mapping[str, list], *, come: Sources, address: Address | None = None) -> list[Section]:
    """`come` is what had come that could tell the numbers; `address` gives where the messages of a direction, figure and part are listed."""
    return [section(figures, one, come, address) for one in defined(definitions, get_language() or "nb")]


def section(figures: Figures, definition: dict, come: Sources, address: Address | None) -> Section:
    name = definition["name"]
    return Section(
        definition,
        [
            Row(label, [number(figures, direction, name, part, come, address) for direction in Direction.values])
            for part, label in definition["parts"] or [["", definition["label"]]]
        ],
    )


def number(figures: Figures, direction: str, name: str, part: str, come: Sources, address: Address | None) -> Number:
    counts = figures.get(direction, {})
    count = counts.get(name, {}).get(part, 0)
    url = address(direction, name, part) if address and name in BY_NAME else ""
    messages = counts.get(untold.CHILDREN_OF.get(name, ""), {}).get(part, 0)
    why = untold.why(figure=name, part=part, direction=direction, count=count, messages=messages, come=come)
    return Number(count, url, str(Direction(direction).label), why)


def messages_address(pk: int) -> Address:
    page = reverse("statements:messages", args=[pk])
    return lambda direction, name, part: f"{page}?{urlencode({'direction': direction, 'figure': name, 'part': part})}"
