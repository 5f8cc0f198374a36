"""A statement as pages and files show it: every figure with its definition as it was told, and its numbers by direction."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import get_language

from apps.ledger.models import Direction
from apps.statements.figuring import Figures, defined
from apps.statements.kinds import FIGURES

BY_NAME = {figure.name: figure for figure in FIGURES}
Address = Callable[[str, str, str], str]


@dataclass(frozen=True)
class Number:
    """`url` leads to exactly its messages; empty where the person may not see them."""

    count: int
    url: str
    label: str

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


def sections(figures: Figures, definitions: Mapping[str, list], *, address: Address | None = None) -> list[Section]:
    """`address` gives where the messages of a direction, figure and part are listed."""
    return [section(figures, one, address) for one in defined(definitions, get_language() or "nb")]


def section(figures: Figures, definition: dict, address: Address | None) -> Section:
    name = definition["name"]
    return Section(
        definition,
        [
            Row(label, [number(figures, direction, name, part, address) for direction in Direction.values])
            for part, label in definition["parts"] or [["", definition["label"]]]
        ],
    )


def number(figures: Figures, direction: str, name: str, part: str, address: Address | None) -> Number:
    count = figures.get(direction, {}).get(name, {}).get(part, 0)
    url = address(direction, name, part) if address and name in BY_NAME else ""
    return Number(count, url, str(Direction(direction).label))


def messages_address(pk: int) -> Address:
    page = reverse("statements:messages", args=[pk])
    return lambda direction, name, part: f"{page}?{urlencode({'direction': direction, 'figure': name, 'part': part})}"
