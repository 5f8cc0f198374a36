"""The names over the columns, of a CSV file or a spreadsheet: what may be missing, what may not, and where each column stands."""

from collections.abc import Callable, Iterable
from operator import itemgetter
from typing import Any

from apps.feeds.record import Reading, Refused
from apps.feeds.sources.layout import Layout
from apps.feeds.sources.redaction import redact

_LISTED = 20


def translated(names: tuple[str, ...], layout: Layout) -> tuple[str, ...]:
    """The names in our words, where somebody has said which is which; a name of ours that was not meant is put in brackets. Names are case-folded."""
    if not layout.called:
        return names
    ours = {theirs.casefold(): column.casefold() for theirs, column in layout.called}
    reserved = {column.casefold() for column in layout.columns}
    return tuple(ours.get(name) or (f"({name})" if name in reserved else name) for name in names)


def check(reading: Reading, names: tuple[str, ...], layout: Layout) -> None:
    """Refuses what cannot be read safely (a required column missing, a column twice); warns of what is left unread. Names are case-folded."""
    for group in layout.required:
        if not any(column.casefold() in names for column in group):
            raise Refused("missing_column", column=" / ".join(group), found=listed(names))
    if twice := sorted({name for name in names if name and names.count(name) > 1}):
        raise Refused("duplicate_column", column=listed(twice))
    known = {column.casefold() for column in layout.columns}
    if unknown := [name for name in names if name and name not in known]:
        reading.warn("unknown_columns", columns=listed(unknown))


def picker(names: tuple[str, ...], layout: Layout) -> Callable[[Any], Any]:
    """Takes a row's allow-listed cells in the layout's order; a column that the file lacks is the empty cell put behind the row."""
    places = {name: place for place, name in enumerate(names)}
    return itemgetter(*[places.get(column.casefold(), len(names)) for column in layout.columns])


def listed(names: Iterable[str]) -> str:
    """The names, redacted, the first twenty of them."""
    every = list(names)
    return ", ".join(redact(name, 40) for name in every[:_LISTED]) + (" …" if len(every) > _LISTED else "")
