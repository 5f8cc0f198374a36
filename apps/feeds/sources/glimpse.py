"""What a file shows of itself at its beginning: of what kind it is, the names in it, and its first rows. Bounded however large the file; nothing is judged.

It only serves to tell formats apart and to propose: what a file really says is read by the parsers, which also tell what is wrong with it.
"""

import codecs
import csv
import io
import re
from contextlib import suppress
from typing import BinaryIO, NamedTuple
from xml.parsers import expat

from apps.feeds.record import Refused
from apps.feeds.sources import headings, markup
from apps.feeds.sources.layout import Cells
from apps.feeds.sources.table import DELIMITERS

CSV, JSON, SHEET, XML = "CSV", "JSON", "XLSX/ODS", "XML"
FIRST_ROWS = 200
_FIRST_BYTES = 256 << 10
_MOST_NAMES = 200
_ZIP = b"PK\x03\x04"
_BOMS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
_JSON_TOKEN = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"|[{}:]|[^\s"{}:]', re.DOTALL)
_DEEPEST_NAMED = 2  # the records may lie in an object of their own


class Glimpse(NamedTuple):
    """`names` are the columns of a table, the names in a JSON file's records, or the elements of an XML file, the outermost first; `rows` a table's first."""

    kind: str  # CSV, JSON, SHEET or XML; "" when the file is empty or cannot be read at all
    names: tuple[str, ...] = ()
    rows: tuple[Cells, ...] = ()


class _Enough(Exception):
    """What was looked for has been seen."""


def glimpse(stream: BinaryIO) -> Glimpse:
    """Looks at the file, which is seekable and is wound back afterwards; raises nothing that a file could cause."""
    stream.seek(0)
    head = stream.read(_FIRST_BYTES)
    seen = _sheet(stream) if head.startswith(_ZIP) else _seen(head)
    stream.seek(0)
    return seen


def _seen(head: bytes) -> Glimpse:
    text = _text(head).lstrip()
    if not text:
        return Glimpse("")
    if text[0] in "[{":
        return Glimpse(JSON, _json_names(text))
    if text[0] == "<":
        return Glimpse(XML, _xml_names(head))
    return _table(text, is_cut=len(head) == _FIRST_BYTES)


def _text(head: bytes) -> str:
    """Decoded well enough to see names; what is not UTF-8 is taken for Windows-1252."""
    codec = next((codec for bom, codec in _BOMS.items() if head.startswith(bom)), "utf-8")
    try:
        return codecs.getincrementaldecoder(codec)().decode(head)
    except UnicodeDecodeError:
        return head.decode("cp1252", errors="replace")


def _table(text: str, *, is_cut: bool) -> Glimpse:
    lines = [line for line in io.StringIO(text, newline=None) if line.strip()]
    if is_cut:
        lines = lines[:-1]
    if lines and lines[0].lower().startswith("sep="):
        lines = lines[1:]
    if not lines:
        return Glimpse(CSV)
    delimiter = max(DELIMITERS, key=lines[0].count)
    names, *rows = _cells(lines[: FIRST_ROWS + 1], delimiter) or [()]
    return Glimpse(CSV, names, tuple(rows))


def _cells(lines: list[str], delimiter: str) -> list[Cells]:
    """The rows as far as they can be told apart."""
    rows = []
    with suppress(csv.Error):
        for cells in csv.reader(lines, delimiter=delimiter):
            rows.append(tuple(cell.strip() for cell in cells))
    return rows


def _json_names(text: str) -> tuple[str, ...]:
    names: dict[str, None] = {}
    depth, last = 0, ""
    for token in (found[0] for found in _JSON_TOKEN.finditer(text)):
        if token == "{":
            depth += 1
        elif token == "}":
            depth -= 1
        elif token == ":" and last and depth <= _DEEPEST_NAMED and len(names) < _MOST_NAMES:
            names.setdefault(last)
        last = token[1:-1] if token[0] == '"' else ""
    return tuple(names)


def _xml_names(head: bytes) -> tuple[str, ...]:
    names: dict[str, None] = {}

    def started(name: str, attributes: markup.Attributes) -> None:
        names.setdefault(markup.local(name))

    def stop(*_: object) -> None:
        raise _Enough  # a document type is what the parsers refuse; here nothing of it is even looked at

    parser = expat.ParserCreate()
    parser.StartElementHandler = started
    parser.StartDoctypeDeclHandler = stop
    with suppress(_Enough, expat.ExpatError, ValueError, LookupError):
        parser.Parse(head, False)
    return tuple(names)[:_MOST_NAMES]


def _sheet(stream: BinaryIO) -> Glimpse:
    try:
        names, *rows = headings.first_rows(stream, FIRST_ROWS + 1) or [()]
    except Refused:
        return Glimpse(SHEET)
    return Glimpse(SHEET, names, tuple(rows))
