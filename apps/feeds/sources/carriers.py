"""What kind of file the rows come in, told by its first bytes; the name it was sent under proves nothing."""

from collections.abc import Iterator

from apps.feeds.record import Reading, Record, Refused, Rejected
from apps.feeds.sources import documents, elements, sheet, table
from apps.feeds.sources.documents import Value
from apps.feeds.sources.elements import Walk
from apps.feeds.sources.encodings import Encoding, open_text, survey
from apps.feeds.sources.layout import Layout, Row

CSV, JSON, XML, SHEET = "CSV", "JSON", "XML", "XLSX/ODS"
_BEGINS = {"[": JSON, "{": JSON, "<": XML}
_OLD_OFFICE = b"\xd0\xcf\x11\xe0"  # .xls, and any Office file behind a password
_ZIP = b"PK\x03\x04"


def rows(reading: Reading, layout: Layout, *, allowed: tuple[str, ...]) -> Iterator[Row]:
    """The file's rows by whichever reader fits; raises Refused when the format is not written in that kind of file."""
    kind, encoding = _kind(reading, allowed)
    if kind == SHEET:
        yield from sheet.rows(reading, layout)
    elif encoding and kind == JSON:
        yield from documents.rows(reading, encoding, layout)
    elif encoding:
        yield from table.rows(reading, encoding, layout)


def values(reading: Reading, *, entries: str = "", wrapper: str = "", beside: dict[str, object] | None = None) -> Iterator[Value]:
    """The records of a JSON file as they are nested (see documents.values); raises Refused when it is another kind of file."""
    _, encoding = _kind(reading, (JSON,))
    if encoding:
        yield from documents.values(reading, encoding, wrapped=(wrapper, ""), entries=entries, beside=beside)


def is_wrapped(reading: Reading, wrapper: str) -> bool:
    """Whether the file is one JSON object whose records stand in an array under that key; raises Refused when its brackets do not hold together."""
    _, encoding = _kind(reading, (JSON,))
    return encoding is not None and documents.shape(reading, encoding, wrapper=wrapper).is_wrapped


def records(reading: Reading, walk: Walk) -> Iterator[Record | Rejected]:
    """What the walk makes of the elements of an XML file; raises Refused when it is another kind of file."""
    _, encoding = _kind(reading, (XML,))
    if encoding:
        yield from elements.records(reading, encoding, walk)


def _kind(reading: Reading, allowed: tuple[str, ...]) -> tuple[str, Encoding | None]:
    """Which of the allowed kinds the file is, and its encoding when it is text; no encoding when a text file is empty (a warning)."""
    with reading.open() as stream:
        head = stream.read(4)
    if head == _OLD_OFFICE:
        raise Refused("old_or_encrypted_workbook")
    if head == _ZIP:
        return _allowed(SHEET, allowed), None
    encoding = survey(reading)
    if first := _first_character(reading, encoding):
        return _allowed(_BEGINS.get(first, CSV), allowed), encoding
    reading.warn("empty_file")
    return "", None


def _allowed(kind: str, allowed: tuple[str, ...]) -> str:
    if kind not in allowed:
        raise Refused("wrong_kind_of_file", found=kind, expected=" / ".join(allowed))
    return kind


def _first_character(reading: Reading, encoding: Encoding) -> str:
    """The first that is not blank; "" for a file of nothing but blanks."""
    with open_text(reading, encoding) as text:
        while piece := text.read(4096):
            if piece := piece.lstrip():
                return piece[0]
    return ""
