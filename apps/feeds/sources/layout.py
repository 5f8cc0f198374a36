"""What a format takes from a file: its allow-listed columns and how a row of them becomes a record.

Every carrier of rows (CSV, JSON, spreadsheet) yields `Row`s: the cells are text, in the order of the layout's columns, "" where there is none.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from apps.feeds.record import Record, Rejected
from apps.feeds.sources.redaction import raw_line, redact
from apps.feeds.sources.unfit import Unfit

Cells = tuple[str, ...]


# Line, cells, and why the carrier could not read the row (the cells are then only what may be shown). A bare tuple: millions are made.
Row = tuple[int, Cells, Unfit | None]


class Layout(NamedTuple):
    """The allow-list of one format: nothing that is not named here is read."""

    columns: tuple[str, ...]
    required: tuple[tuple[str, ...], ...]  # of each group at least one column must be there
    numbers: frozenset[str] = frozenset()  # columns that may hold a number; the others are identity-like: text, or the row is rejected
    flags: frozenset[str] = frozenset()  # columns that may hold true or false
    called: tuple[tuple[str, str], ...] = ()  # what a table calls our columns, where somebody has said it: (its name, ours); nothing else of it is then read
    wrapped: tuple[str, str] | None = None  # JSON may be an object: the key of its rows, and the key that tells how many there are, "" for none
    uuids: frozenset[str] = frozenset()  # columns of which only a UUID is taken: a sender's own reference may be anything, a name too
    left: frozenset[str] = frozenset()  # columns that the source is known to write and nobody reads, so that they need no warning


def records(rows: Iterable[Row], layout: Layout, read: Callable[[int, Cells], Record]) -> Iterator[Record | Rejected]:
    """Each row's fate: what `read` makes of it, or why it could not."""
    for line, cells, fault in rows:
        if fault is None:
            try:
                yield read(line, cells)
                continue
            except Unfit as unfit:
                fault = unfit
        yield Rejected(line, fault.code, fault.details, raw_line(layout.columns, cells))


def scalar(column: str, found: object, layout: Layout) -> tuple[str, Unfit | None]:
    """A value as text, and what is wrong with it where the column may not hold it: an identity-like number may have lost its leading zero."""
    if found is None:
        return "", None
    if isinstance(found, str):
        return found.strip(), None
    if isinstance(found, bool):
        shown, is_fit = str(found).lower(), column in layout.flags
    elif isinstance(found, int | float):
        shown, is_fit = str(found), column in layout.numbers
    else:
        return "", Unfit("wrong_type", column=column, found=type(found).__name__)
    return shown, None if is_fit else Unfit("not_text", column=column, found=redact(shown, 60))
