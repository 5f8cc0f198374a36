"""Rows of a CSV file: `;`, `,` or tab, a header in any order, quotes as in RFC 4180; one record on one physical line.

The lines and records are counted from the bytes first (lines.py); when the parser meets another number the file is refused.
"""

import csv
import re
from collections.abc import Iterator
from typing import NamedTuple

from apps.feeds.record import Reading, Refused
from apps.feeds.sources import headers
from apps.feeds.sources.encodings import Encoding, open_text, utf8_chunks
from apps.feeds.sources.layout import Cells, Layout, Row
from apps.feeds.sources.lines import LONGEST_LINE, Tally, tally
from apps.feeds.sources.redaction import redact
from apps.feeds.sources.unfit import Unfit

DELIMITERS = ";,\t"
# Of a row whose cells may stand in the wrong columns only what can be nothing else than an id or a time is shown.
_SHOWABLE = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[T ][0-9:.,]{0,20})?")


class Header(NamedTuple):
    """The first line that says anything: where it stands, what separates its cells, and their names."""

    line: int
    delimiter: str
    names: tuple[str, ...]
    is_told: bool  # a `sep=` line came before it


def rows(reading: Reading, encoding: Encoding, layout: Layout) -> Iterator[Row]:
    """The file's rows, blank lines left out; sets `reading.counted` before the first.

    Raises Refused: no header, a required column missing, a column twice, a quote never closed, a line too long, counts that differ.
    """
    header = _header(reading, encoding, layout)
    if header is None:
        reading.warn("empty_file")
        return
    count = tally(utf8_chunks(reading, encoding), header.delimiter)
    reading.counted = count.records - (2 if header.is_told else 1)
    if not reading.counted:
        reading.warn("no_rows")
    met = Tally()
    with open_text(reading, encoding) as text:
        for _ in range(header.line):
            text.readline()
        met.physical = header.line
        yield from _read(text, header, layout, met, has_nul=encoding.has_nul)
    if met.physical != count.physical or met.records != reading.counted:
        raise Refused("counts_differ", lines=str(count.physical), read_lines=str(met.physical), records=str(reading.counted), read_records=str(met.records))


def _read(text: Iterator[str], header: Header, layout: Layout, met: Tally, *, has_nul: bool) -> Iterator[Row]:
    """Well-formed lines take the short way; whatever is unusual about a line is told by `_fault`."""
    pick = headers.picker(header.names, layout)
    width = len(header.names)
    reader = csv.reader(text, delimiter=header.delimiter, strict=True)
    previous, records = 0, 0
    done = False
    while not done:
        try:
            for cells in reader:
                line = reader.line_num
                if len(cells) == width and line == previous + 1 and not has_nul:
                    records += 1
                    yield header.line + line, pick((*map(str.strip, cells), "")), None
                elif cells:
                    records += 1
                    fault = _fault(cells, header.names, previous, line)
                    cells = (cells + [""] * width)[:width] + [""]
                    picked = tuple(map(str.strip, pick(cells)))
                    yield header.line + previous + 1, picked if fault is None or fault.code == "nul" else _showable(picked), fault
                previous = line
            done = True
        except csv.Error as error:
            records += 1
            code = "cell_too_long" if "limit" in str(error) else "stray_quote"
            yield header.line + previous + 1, ("",) * len(layout.columns), Unfit(code)
            previous = reader.line_num
    met.physical += previous
    met.records = records


def _fault(cells: list[str], names: tuple[str, ...], previous: int, line: int) -> Unfit | None:
    """What is wrong with the row as a row, the gravest first; cells beyond the header are forgiven when they are empty."""
    width = len(names)
    if line > previous + 1:
        return Unfit("spans_lines", lines=str(line - previous))
    if len(cells) < width:
        return Unfit("short_row", found=str(len(cells)), expected=str(width))
    if any(cells[width:]):
        return Unfit("long_row", found=str(len(cells)), expected=str(width))
    return next((Unfit("nul", column=redact(name, 40)) for name, cell in zip(names, cells, strict=False) if "\0" in cell), None)


def _showable(cells: Cells) -> Cells:
    return tuple(cell if _SHOWABLE.fullmatch(cell) else "" for cell in cells)


def _header(reading: Reading, encoding: Encoding, layout: Layout) -> Header | None:
    """Finds and checks the header; None when no line says anything."""
    with open_text(reading, encoding) as text:
        number, told = 0, ""
        while line := text.readline(LONGEST_LINE):
            number += 1
            line = line.rstrip("\n")
            if not told and line.lower().startswith("sep=") and len(line) == 5:
                told = line[4]
            elif line:
                break
        else:
            return None
    if told and told not in DELIMITERS:
        raise Refused("unknown_separator", found=redact(told))
    known = {column.casefold() for column in layout.columns} | {name.casefold() for name, _ in layout.called}
    candidates = [(delimiter, _names(line, delimiter)) for delimiter in told or DELIMITERS]
    delimiter, names = max(candidates, key=lambda candidate: len(known.intersection(candidate[1])))
    names = headers.translated(names, layout)
    headers.check(reading, names, layout)
    return Header(number, delimiter, names, bool(told))


def _names(line: str, delimiter: str) -> tuple[str, ...]:
    try:
        cells = next(csv.reader([line], delimiter=delimiter, strict=True), [])
    except csv.Error:
        return ()
    return tuple(cell.strip().casefold() for cell in cells)
