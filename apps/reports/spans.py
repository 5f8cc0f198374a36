"""Numbers that are known to lie between two: what is told of a sum in which small numbers are hidden."""

from __future__ import annotations

from dataclasses import dataclass

FEWEST, MOST = 1, 4  # what is hidden


@dataclass(frozen=True)
class Span:
    """From `least` to `most`, both included; without `most` there is no telling how many. Sums of spans, and of spans and whole numbers, are spans."""

    least: int = 0
    most: int | None = 0

    @classmethod
    def hidden(cls, cells: int = 1) -> Span:
        return cls(FEWEST * cells, MOST * cells)

    @property
    def exact(self) -> int | None:
        """The number, where it is told."""
        return self.least if self.least == self.most else None

    def __add__(self, other: Span | int) -> Span:
        more = other if isinstance(other, Span) else Span(other, other)
        most = None if self.most is None or more.most is None else self.most + more.most
        return Span(self.least + more.least, most)

    __radd__ = __add__
