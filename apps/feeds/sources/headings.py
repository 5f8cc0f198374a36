"""The first rows of a workbook's first visible sheet, read no further than they reach, so that a large workbook costs what a small one does.

Cells are shown as they are stored: a date of an .xlsx workbook is the number that stands for it.
"""

from contextlib import suppress
from typing import BinaryIO
from zipfile import ZipFile

from apps.feeds.sources import markup, packages, xlsx
from apps.feeds.sources.layout import Cells

_MOST_COLUMNS = 500


class _Enough(Exception):
    """What was looked for has been seen."""


def first_rows(stream: BinaryIO, count: int) -> list[Cells]:
    """At most `count` rows that say anything, the heading first. Raises Refused when the file is no workbook that can be opened safely."""
    package = packages.opened(stream)
    if "xl/workbook.xml" in package.namelist():
        return _xlsx(package, count)
    return _Ods(package, count).rows


def _xlsx(package: ZipFile, count: int) -> list[Cells]:
    listed = xlsx.parts(package)
    part = next((part for sheet, part in listed if not sheet.is_hidden), listed[0][1] if listed else "")
    rows = _Xlsx(package, part, count).rows
    wanted = [int(text) for cells in rows for is_shared, text in cells.values() if is_shared and text.isdecimal()]
    texts = _shared_texts(package, max(wanted, default=-1))
    return [_row({place: _told(cell, texts) for place, cell in cells.items()}) for cells in rows]


def _told(cell: tuple[bool, str], texts: list[str]) -> str:
    is_shared, text = cell
    if not is_shared:
        return text
    return texts[int(text)] if text.isdecimal() and int(text) < len(texts) else ""


def _row(cells: dict[int, str]) -> Cells:
    return tuple(cells.get(place, "").strip() for place in range(1, max(cells, default=0) + 1))


class _Xlsx:
    """The cells of a worksheet part by their column's number: whether the text is a number of a shared text, and the text."""

    def __init__(self, package: ZipFile, part: str, count: int) -> None:
        self.rows: list[dict[int, tuple[bool, str]]] = []
        self.count = count
        self.cells: dict[int, tuple[bool, str]] = {}
        self.column = 0
        self.kind = ""
        self.is_value = False
        self.value: list[str] = []
        with suppress(_Enough):
            markup.parse(package, part, self._start, self._end, self._data)

    def _start(self, name: str, attributes: markup.Attributes) -> None:
        if name == "row":
            self.cells, self.column = {}, 0
        elif name == "c":
            self.column = xlsx.column(attributes.get("r", "")) or self.column + 1
            self.kind = attributes.get("t", "n")
            self.value = []
        self.is_value = name in {"v", "t"}

    def _data(self, text: str) -> None:
        if self.is_value:
            self.value.append(text)

    def _end(self, name: str) -> None:
        self.is_value = False
        text = "".join(self.value)
        if name == "c" and text.strip() and self.column <= _MOST_COLUMNS:
            self.cells[self.column] = (self.kind == "s", text.strip())
        elif name == "row" and self.cells:
            self.rows.append(self.cells)
            if len(self.rows) == self.count:
                raise _Enough


def _shared_texts(package: ZipFile, last: int) -> list[str]:
    texts: list[str] = []
    pieces: list[str] = []
    is_text = False

    def start(name: str, attributes: markup.Attributes) -> None:
        nonlocal is_text
        is_text = name == "t"
        if name == "si":
            pieces.clear()

    def end(name: str) -> None:
        nonlocal is_text
        is_text = False
        if name == "si":
            texts.append("".join(pieces))
            if len(texts) > last:
                raise _Enough

    def data(text: str) -> None:
        if is_text:
            pieces.append(text)

    with suppress(_Enough):
        if last >= 0:
            markup.parse(package, "xl/sharedStrings.xml", start, end, data)
    return texts


class _Ods:
    """The rows of the first table of content.xml."""

    def __init__(self, package: ZipFile, count: int) -> None:
        self.rows: list[Cells] = []
        self.count = count
        self.cells: dict[int, str] = {}
        self.column = self.repeated = self.paragraphs = 0
        self.value: list[str] = []
        with suppress(_Enough):
            markup.parse(package, "content.xml", self._start, self._end, self._data)

    def _start(self, name: str, attributes: markup.Attributes) -> None:
        if name == "table-row":
            self.cells, self.column = {}, 0
        elif name in {"table-cell", "covered-table-cell"}:
            by = {markup.local(key): value for key, value in attributes.items()}
            self.repeated = markup.number(by.get("number-columns-repeated"), 1)
            self.value = []
        elif name == "p":
            self.paragraphs += 1

    def _data(self, text: str) -> None:
        if self.paragraphs:
            self.value.append(text)

    def _end(self, name: str) -> None:
        if name == "p":
            self.paragraphs -= 1
        elif name in {"table-cell", "covered-table-cell"}:
            self._cell_ends("".join(self.value).strip())
        elif name == "table-row" and self.cells:
            self.rows.append(_row(self.cells))
            if len(self.rows) == self.count:
                raise _Enough
        elif name == "table":
            raise _Enough

    def _cell_ends(self, text: str) -> None:
        last = min(self.column + self.repeated, _MOST_COLUMNS)
        if text:
            self.cells.update(dict.fromkeys(range(self.column + 1, last + 1), text))
        self.column += self.repeated
