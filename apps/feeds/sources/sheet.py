"""Rows of an .xlsx or .ods workbook: its first visible sheet, whose first row that says anything is the heading.

The rows are counted from the XML first (workbook.py). Identity-like columns must be text: a number may have lost its leading zero.
"""

from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from typing import Any, BinaryIO, TypeVar

from python_calamine import CalamineWorkbook

from apps.feeds.record import Reading, Refused
from apps.feeds.sources import headers, workbook
from apps.feeds.sources.extent import Sheet
from apps.feeds.sources.layout import Layout, Row, scalar
from apps.feeds.sources.unfit import Unfit

T = TypeVar("T")

_HALF_MILLISECOND = timedelta(microseconds=500)


def rows(reading: Reading, layout: Layout) -> Iterator[Row]:
    """The sheet's rows that say anything, numbered from 1 below the heading; sets `reading.counted` before the first. Raises Refused."""
    with reading.open() as stream:
        sheets = workbook.survey(stream)
    if not sheets:
        raise Refused("not_a_workbook")
    index = next((place for place, sheet in enumerate(sheets) if not sheet.is_hidden), 0)
    surveyed = sheets[index]
    _warn(reading, surveyed, [sheet for sheet in sheets if sheet is not surveyed and sheet.rows])
    reading.counted = max(0, surveyed.rows - 1)
    if not surveyed.rows:
        reading.warn("empty_file")
        return
    if not reading.counted:
        reading.warn("no_rows")
    with reading.open() as stream:
        yield from _read(_values(stream, index, len(sheets)), surveyed, reading, layout)


def _warn(reading: Reading, sheet: Sheet, others: list[Sheet]) -> None:
    if others:
        reading.warn("other_sheets", sheets=headers.listed(other.name for other in others))
    if sheet.is_hidden:
        reading.warn("hidden_sheet", sheet=headers.listed([sheet.name]))
    if sheet.has_hidden_rows:
        reading.warn("hidden_rows")
    if sheet.has_merged_cells:
        reading.warn("merged_cells")


def _values(stream: BinaryIO, index: int, count: int) -> Iterator[list[Any]]:
    """Every row of the sheet from its first, blank ones too, as the library reads it."""
    book = _guarded(lambda: CalamineWorkbook.from_filelike(stream))
    if len(book.sheet_names) != count:
        raise Refused("broken_workbook")
    read = iter(_guarded(lambda: book.get_sheet_by_index(index).iter_rows()))
    while (values := _guarded(lambda: next(read, None))) is not None:
        yield values


def _guarded(call: Callable[[], T]) -> T:
    """The library is not Python: whatever it raises, a panic included (which is no Exception), means that the workbook is broken."""
    try:
        return call()
    except (KeyboardInterrupt, SystemExit, MemoryError):
        raise
    except BaseException:
        raise Refused("broken_workbook") from None


def _read(rows: Iterator[list[Any]], surveyed: Sheet, reading: Reading, layout: Layout) -> Iterator[Row]:
    number = 0
    names: tuple[str, ...] = ()
    pick = headers.picker(names, layout)
    for place, values in enumerate(_all(rows, surveyed), start=1):
        fault = surveyed.faults.get(place)
        if fault is None and not any(value.strip() if isinstance(value, str) else True for value in values):
            continue
        if not names:
            names = headers.translated(tuple(str(value).strip().casefold() for value in values), layout)
            headers.check(reading, names, layout)
            pick = headers.picker(names, layout)
            continue
        number += 1
        values.append("")
        cells, misfit = _cells(pick(values), layout)
        yield number, cells, fault or misfit


def _all(rows: Iterator[list[Any]], surveyed: Sheet) -> Iterator[list[Any]]:
    """The library's rows, and blank ones as far as rows follow that hold nothing but a fault: the library sees no row there."""
    seen = 0
    for values in rows:
        seen += 1
        yield values
    for _ in range(seen, max(surveyed.faults, default=0)):
        yield [""] * surveyed.last_column


def _cells(values: tuple[Any, ...], layout: Layout) -> tuple[tuple[str, ...], Unfit | None]:
    """The allow-listed cells as text, and the first that is of the wrong type."""
    fault = None
    cells = []
    for column, value in zip(layout.columns, values, strict=True):
        if isinstance(value, str):
            cells.append(value.strip())
            continue
        cell, misfit = scalar(column, _plain(value), layout)
        fault = fault or misfit
        cells.append(cell)
    return tuple(cells), fault


def _plain(value: Any) -> object:
    """Dates as the text that the time reader takes. A spreadsheet keeps a time as a fraction of a day, which is true to the millisecond and no further."""
    if isinstance(value, datetime):
        near = value + _HALF_MILLISECOND
        return near.replace(microsecond=near.microsecond // 1000 * 1000).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value
