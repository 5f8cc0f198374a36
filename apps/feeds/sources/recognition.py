"""Which format a file is of, told by the names in it and never by the name it was sent under."""

from collections.abc import Mapping
from typing import NamedTuple

from apps.feeds.sources.glimpse import Glimpse

_LIKE = 0.5  # a file that shows more than this share of what a format must have is worth naming it to a person


class Marks(NamedTuple):
    """How files of one format are known: the kinds they come in, and the names of each shape they may have, blanks between, `a|b` for either."""

    kinds: tuple[str, ...]
    shapes: tuple[str, ...]


class Likeness(NamedTuple):
    """How much a file looks like one format: the names that speak for it, and those that a file of it would have and this one lacks."""

    format: str
    found: tuple[str, ...]
    missing: tuple[str, ...]

    @property
    def is_whole(self) -> bool:
        return not self.missing


def likenesses(glimpse: Glimpse, known: Mapping[str, Marks]) -> list[Likeness]:
    """The formats that the file may be of, the likeliest first: those it has all names of, and those it has more than half of."""
    here = {name.casefold(): name for name in glimpse.names}
    alike = [_likeness(format, here, shape) for format, marks in known.items() if glimpse.kind in marks.kinds for shape in marks.shapes]
    best: dict[str, Likeness] = {}
    for one in sorted(alike, key=lambda one: (one.is_whole, len(one.found) / (len(one.found) + len(one.missing)), len(one.found)), reverse=True):
        best.setdefault(one.format, one)
    return [one for one in best.values() if len(one.found) > _LIKE * (len(one.found) + len(one.missing))]


def recognised(glimpse: Glimpse, known: Mapping[str, Marks]) -> Likeness | None:
    """The one format that the file has all names of; of several the one that asks for most names, and None when that still leaves several."""
    whole = [one for one in likenesses(glimpse, known) if one.is_whole]
    if not whole or (len(whole) > 1 and len(whole[0].found) == len(whole[1].found)):
        return None
    return whole[0]


def _likeness(format: str, here: Mapping[str, str], shape: str) -> Likeness:
    found: list[str] = []
    missing: list[str] = []
    for group in shape.split():
        name = next((here[name.casefold()] for name in group.split("|") if name.casefold() in here), "")
        (found if name else missing).append(name or group.replace("|", " / "))
    return Likeness(format, tuple(found), tuple(missing))
