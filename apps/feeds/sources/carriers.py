"""What kind of file the rows come in, told by its first bytes; the name it was sent under proves nothing."""

from collections.abc import Iterator

from apps.feeds.record import Reading, Refused
from apps.feeds.sources import documents, sheet, table
from apps.feeds.sources.encodings import Encoding, open_text, survey
from apps.feeds.sources.layout import Layout, Row

CSV, JSON, SHEET = "CSV", "JSON", "XLSX/ODS"
_OLD_OFFICE = b"\xd0\xcf\x11\xe0"  # .xls, and any Office file behind a password
_ZIP = b"PK\x03\x04"


def rows(reading: Reading, layout: Layout, *, allowed: tuple[str, ...]) -> Iterator[Row]:
    """The file's rows by whichever reader fits; raises Refused when the format is not written in that kind of file."""
    with reading.open() as stream:
        head = stream.read(4)
    if head == _OLD_OFFICE:
        raise Refused("old_or_encrypted_workbook")
    if head == _ZIP:
        _check(SHEET, allowed)
        yield from sheet.rows(reading, layout)
        return
    encoding = survey(reading)
    kind = JSON if _first_character(reading, encoding) in {"[", "{"} else CSV
    if encoding.is_empty:
        reading.warn("empty_file")
        return
    _check(kind, allowed)
    read = documents.rows if kind == JSON else table.rows
    yield from read(reading, encoding, layout)


def _check(kind: str, allowed: tuple[str, ...]) -> None:
    if kind not in allowed:
        raise Refused("wrong_kind_of_file", found=kind, expected=", ".join(allowed))


def _first_character(reading: Reading, encoding: Encoding) -> str:
    with open_text(reading, encoding) as text:
        return text.read(4096).lstrip()[:1]
