"""Charts as numbers to draw by: whole coordinates for SVG, in units of the drawing itself. The templates parts/chart_*.html draw them.

What a chart says stands in its title and description, and number by number in a table on the same page. Nothing is told apart by colour alone: bars have
patterns, and each line has a drawing of its own.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import NamedTuple

from django.utils.formats import number_format
from django.utils.functional import Promise

PATTERNS = 7
WIDTH, LEFT, RIGHT, TOP = 720, 56, 12, 12
LINE_HEIGHT, BAR_HEIGHT, BAR_GAP, FOOT = 120, 22, 10, 22
PERCENT = 100

Word = str | Promise


class Point(NamedTuple):
    x: int
    y: int
    label: Word
    shown: str


class Mark(NamedTuple):
    """A line of the grid or a place on the axis, with its word."""

    at: int
    label: Word


class Band(NamedTuple):
    """A stretch of time that something is said of; `number` leads from the drawing to the words beneath it."""

    x: int
    width: int
    number: int
    label: Word


class Stretch(NamedTuple):
    """What a band is made of: from the one label to the other, both included, by their places."""

    first: int
    last: int
    label: Word


@dataclass(frozen=True)
class Shares:
    """Percentages over time. `runs` are the unbroken stretches: where there is no number there is a gap, which is not zero."""

    id: str
    title: Word
    description: Word
    runs: list[list[Point]]
    levels: list[Mark]
    times: list[Mark]
    bands: list[Band]
    width: int = WIDTH
    height: int = TOP + LINE_HEIGHT + FOOT
    top: int = TOP
    left: int = LEFT
    right: int = WIDTH - RIGHT
    bottom: int = TOP + LINE_HEIGHT
    depth: int = LINE_HEIGHT

    @property
    def lines(self) -> list[str]:
        """Each stretch as SVG wants its points."""
        return [" ".join(f"{point.x},{point.y}" for point in run) for run in self.runs]


def shares(*, id: str, title: Word, description: Word, labels: Sequence[Word], percents: Sequence[float | None], stretches: Sequence[Stretch] = ()) -> Shares:
    """One percentage, or None, for each label, from left to right; behind them `stretches` of which something is said."""
    step = (WIDTH - LEFT - RIGHT) / len(labels)
    places = [round(LEFT + step * (number + 0.5)) for number in range(len(labels))]
    points = [
        None if percent is None else Point(x, height(percent), label, in_percent(percent)) for x, label, percent in zip(places, labels, percents, strict=True)
    ]
    runs = [list(run) for is_there, run in groupby(points, key=lambda point: point is not None) if is_there]
    levels = [Mark(height(level), f"{level} %") for level in (0, 50, 100)]
    times = [Mark(x, label) for x, label in zip(places, labels, strict=True)]
    bands = [Band(round(LEFT + step * one.first), round(step * (one.last - one.first + 1)), number, one.label) for number, one in enumerate(stretches, start=1)]
    return Shares(id, title, description, runs, levels, times, bands)  # type: ignore[arg-type]


def in_percent(percent: float) -> str:
    """With one decimal, cut downwards: all but one of a thousand is not all."""
    return f"{number_format(int(percent * 10) / 10, 1)} %"


def height(percent: float) -> int:
    return round(TOP + LINE_HEIGHT * (1 - percent / PERCENT))


class Part(NamedTuple):
    """A piece of a bar: `pattern` is its number among PATTERNS."""

    x: int
    width: int
    pattern: int
    label: Word
    count: int


class Bar(NamedTuple):
    y: int
    label: Word
    parts: list[Part]
    total: int
    end: int


class Sample(NamedTuple):
    """A line of the legend."""

    pattern: int
    label: Word


@dataclass(frozen=True)
class Bars:
    """Lying bars made of parts, one for each label, all by the same measure."""

    id: str
    title: Word
    description: Word
    bars: list[Bar]
    legend: list[Sample]
    height: int
    width: int = WIDTH
    bar: int = BAR_HEIGHT


def bars(*, id: str, title: Word, description: Word, labels: Sequence[Word], parts: Sequence[Word], counts: Sequence[Sequence[int]]) -> Bars:
    """`counts` has for each label a number for each part; at most PATTERNS parts."""
    left, room = 2 * LEFT, WIDTH - 2 * LEFT - 4 * RIGHT
    largest = max((sum(row) for row in counts), default=0) or 1
    drawn = []
    for number, (label, row) in enumerate(zip(labels, counts, strict=True)):
        edges = [left + round(room * sum(row[:place]) / largest) for place in range(len(row) + 1)]
        pieces = [
            Part(start, max(end - start, 1), pattern, parts[pattern], count)
            for pattern, (start, end, count) in enumerate(zip(edges, edges[1:], row, strict=False))
            if count
        ]
        drawn.append(Bar(TOP + number * (BAR_HEIGHT + BAR_GAP), label, pieces, sum(row), edges[-1]))
    used = [Sample(pattern, label) for pattern, label in enumerate(parts) if any(row[pattern] for row in counts)]
    return Bars(id, title, description, drawn, used, TOP + len(drawn) * (BAR_HEIGHT + BAR_GAP))
