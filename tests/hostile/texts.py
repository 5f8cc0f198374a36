"""Tables as text: quotation marks, line ends, encodings, headers, times and numbers that are not what they should be."""

import io
from collections.abc import Iterable, Iterator
from typing import BinaryIO

from tests.feeds.sources.reader import ID_WITH_DIGITS, IDENTITY_NUMBER
from tests.hostile.entry import TOO_LARGE, Hostile, read, refused

HEADER = ("bekymringsmeldingId", "innsendt", "kommunenummer", "skjemaType", "kanal")
LIST, LOG, HISTORY = "portal-list", "mottakslogg", "portal-history"
MANY = 5_000_000


def id_of(number: int) -> str:
    return f"{number:08x}-0000-4000-8000-{number:012x}"


def row(number: int = 1, *, id: str = "", at: str = "2024-02-01T10:12:00", place: str = "4601", kind: str = "PRIVAT", channel: str = "WEB") -> str:
    return ";".join((id or id_of(number), at, place, kind, channel))


def table(*rows: str, header: tuple[str, ...] = HEADER, end: str = "\r\n") -> str:
    return end.join((";".join(header), *rows, ""))


def logged(**cells: str) -> str:
    """A receive log of one row."""
    usual = {"bekymringsmeldingId": id_of(1), "mottattTidspunkt": "2024-02-01T10:12:00", "resultat": "mottatt"} | cells
    return table(";".join(usual.values()), header=tuple(usual))


def text(name: str, content: str | bytes, fate, format: str = LIST, **more: str) -> Hostile:  # type: ignore[no-untyped-def]
    return Hostile(name, format, lambda: content.encode() if isinstance(content, str) else content, fate, **more)  # type: ignore[arg-type]


def bad(name: str, code: str, **cells: str) -> Hostile:
    """One line among good ones that must be rejected."""
    return text(name, table(row(1), row(2, **cells), row(3)), read(2, rejected={3: code}))


def good(name: str, *warnings: str, **cells: str) -> Hostile:
    return text(name, table(row(1), row(2, **cells)), read(2, *warnings))


class Endless(io.RawIOBase):
    """A file of a size that nobody makes: one row again and again, and as many as that takes."""

    def __init__(self, header: bytes, size: int) -> None:
        super().__init__()
        self.header, self.size, self.at = header, size, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = 0) -> int:
        self.at = offset + (0, self.at, self.size)[whence]
        return self.at

    def readinto(self, buffer) -> int:  # type: ignore[no-untyped-def, override]
        count = min(len(buffer), max(self.size - self.at, 0))
        head = self.header[self.at : self.at + count]
        buffer[:count] = head + b"x" * (count - len(head))
        self.at += count
        return count


def endless(size: int) -> BinaryIO:
    return io.BufferedReader(Endless(";".join(HEADER).encode() + b"\n", size))


def written(pieces: Iterable[bytes]) -> BinaryIO:
    """A file of a few hundred megabytes, made of its pieces."""
    made = io.BytesIO()
    made.writelines(pieces)
    made.seek(0)
    return made


def many_rows(count: int) -> Iterator[bytes]:
    yield table(end="\n").encode()
    for start in range(0, count, 10_000):
        yield "".join(f"{row(number)}\n" for number in range(start, min(start + 10_000, count))).encode()


CATALOGUE = [
    # Quotation marks and cells
    text("a quotation mark that is never closed", table(row(1), '"' + row(2), *map(row, range(3, 100))), refused("quote_never_closed", "3")),
    text(
        "two stray quotation marks lines apart",
        table(row(1), row(2, channel='"WEB'), row(3), row(4, channel='WEB"'), row(5)),
        read(2, rejected={3: "spans_lines"}),
    ),
    bad("text after a closed quotation", "stray_quote", channel='"WEB" x'),
    bad("a cell of 131,073 characters", "cell_too_long", channel="x" * 131_073),
    bad("a NUL", "nul", channel="W\0EB"),
    good("a quoted cell with separator and doubled quotation marks", channel='"W;E""B"'),
    text("a short and a long row", table(row(1), id_of(2), row(3) + ";4601"), read(1, rejected={3: "short_row", 4: "long_row"})),
    text("cut in the middle of a line", table(row(1), row(2))[:-40], read(1, rejected={3: "short_row"})),
    text("a line of many megabytes", table(row(1), row(2, channel="x" * (12 << 20))), refused("line_too_long", "3")),
    Hostile("a line of 2 GB", LIST, lambda: endless((2 << 30) + 1), TOO_LARGE),
    Hostile("a line of 200 MB", LIST, lambda: endless(200 << 20), refused("line_too_long", "2"), is_large=True),
    Hostile("five million lines", LIST, lambda: written(many_rows(MANY)), read(MANY), is_large=True),
    # Line ends and what only looks like one
    text("CR ends the lines", table(row(1), row(2), end="\r"), read(2)),
    text("LF ends the lines", table(row(1), row(2), end="\n"), read(2)),
    text("all three end lines", f"{table(end='')}\r{row(1)}\r\n{row(2)}\n\n{row(3)}", read(3)),
    *(good(f"U+{ord(letter):04X} in a text", channel=f"W{letter}EB") for letter in "\u2028\u2029\x85\x0c\x0b\x1c"),
    # Encodings
    text("a byte order mark", "\ufeff" + table(row(1)), read(1)),
    text("UTF-16 with its mark", table(row(1)).encode("utf-16"), read(1)),
    text("UTF-16 without its mark", table(row(1)).encode("utf-16-le"), refused("missing_column")),
    text("Windows-1252 that nobody declared", table(row(1), row(2, channel="Skjærgård")).encode("cp1252"), refused("not_decodable", "3")),
    text("Windows-1252 as declared", table(row(1, channel="Skjærgård")).encode("cp1252"), read(1), encoding="windows-1252"),
    text("an encoding that nobody reads", table(row(1, channel="æ")).encode("cp1252"), refused("unknown_encoding"), encoding="ebcdic"),
    text(
        "two encodings in one file",
        table(row(1, channel="Skjærgård")).encode("cp1252") + row(2, channel="Skjærgård").encode(),
        read(2, "mixed_encodings"),
        encoding="cp1252",
    ),
    text("text encoded twice", table(row(1, channel="Skjærgård".encode().decode("cp1252"))), read(1, "encoded_twice")),
    text("bytes that are no UTF-8", table(row(1)).encode() + b"\xff\xfe\n", refused("not_decodable", "3")),
    text("cut in the middle of a character", table(row(1)).encode() + row(2, channel="Skjærgå").encode()[:-1], refused("cut_in_character", "3")),
    # The header
    text("a first line that tells the separator", "sep=;\n" + table(row(1)), read(1)),
    text("a separator that nobody reads", "sep=|\n" + table(row(1)), refused("unknown_separator")),
    text("a NUL for a separator", "sep=\0\n" + table(row(1)), refused("unknown_separator")),
    text("tabs", table(row(1)).replace(";", "\t"), read(1)),
    text("commas", table(row(1)).replace(";", ","), read(1)),
    text("a column twice", table(row(1) + ";x", header=(*HEADER, "innsendt")), refused("duplicate_column")),
    text("a required column missing", table(id_of(1), header=HEADER[:1]), refused("missing_column")),
    text("a column more", table(row(1) + ";Kari", header=(*HEADER, "melder")), read(1, "unknown_columns")),
    text("columns in another order", table(";".join(reversed(row(1).split(";"))), header=HEADER[::-1]), read(1)),
    text("an empty file", b"", read(0, "empty_file")),
    text("nothing but a header", table(), read(0, "no_rows")),
    # The same again
    text("a line twice", table(row(1), row(1)), read(1, duplicate=1)),
    text("a reference with other contents", table(row(1), row(1, at="2024-02-02T10:12:00")), read(2)),
    # What stands in the cells
    *(good(f"a formula with {mark!a}", channel=f"{mark}1+1") for mark in ("=", "+", "-", "@", "\uff1d")),
    good("a formula behind a tab", channel='"\t=1+1"'),
    bad("a formula behind a carriage return", "spans_lines", channel='"\r=1+1"'),
    bad("a direction mark in a reference", "not_uuid", id="\u202e" + id_of(2)),
    bad("a blank of no width in a reference", "not_uuid", id=id_of(2)[:8] + "\u200b" + id_of(2)[8:]),
    bad("a letter of another alphabet in a reference", "not_uuid", id=id_of(2)[:-1] + "\u0430"),
    bad("zeros for a reference", "nil_uuid", id="00000000-0000-0000-0000-000000000000"),
    bad("an identity number for a reference", "not_uuid", id=IDENTITY_NUMBER),
    good("eleven digits within a UUID", id=ID_WITH_DIGITS),
    good("an identity number in a text", channel=f"ringte om {IDENTITY_NUMBER} og 018180 12345"),
    text("a number for a reference of text", logged(fagsystemMeldingId="1e5"), read(1), LOG),
    text("a direction mark in a case's reference", logged(fagsystemMeldingId="\u202e17"), read(0, rejected={2: "reference_characters"}), LOG),
    text("an identity number for a case's reference", logged(fagsystemMeldingId=IDENTITY_NUMBER), read(0, rejected={2: "identity_number_as_reference"}), LOG),
    text("a result that nobody knows", logged(resultat="kanskje"), read(0, rejected={2: "unknown_result"}), LOG),
    text(
        "a status that nobody knows",
        table(f"{id_of(1)};2024-02-01T10:12:00;BORTE", header=("bekymringsmeldingId", "tidspunkt", "tilstand")),
        read(1, "unknown_status"),
        HISTORY,
    ),
    # Times
    bad("31 February", "impossible_time", at="2024-02-31T10:12:00"),
    bad("29 February of a common year", "impossible_time", at="2023-02-29T10:12:00"),
    good("29 February of a leap year", at="2024-02-29T10:12:00"),
    bad("a year of two digits", "not_a_time", at="01.02.24 10:12"),
    bad("the American order", "impossible_time", at="02.21.2024 10:12"),
    bad("the end of time", "year_out_of_range", at="9999-12-31"),
    bad("an hour that the clocks skipped", "time_skipped_by_clock_change", at="2024-03-31T02:30:00"),
    good("an hour that came twice", at="2023-10-29T02:30:00"),
    good("an hour that came twice, with its offset", at="2023-10-29T02:30:00+01:00"),
    # Whose it is
    bad("another service's municipality", "foreign_service", place="5001"),
    bad("a municipality number without its zero", "not_municipality", place="301"),
    bad("a municipality that is not", "unknown_municipality", place="9999"),
    good("the municipality's old number", place="1201"),
    # Another kind of file under this name
    text("a workbook", b"PK\x03\x04" + bytes(600), refused("wrong_kind_of_file")),
    text("an image", b"\x89PNG\r\n\x1a\n" + bytes(600), refused("not_decodable", "1")),
    # Names of files
    text("a name that goes elsewhere", table(row(1)), read(1), file_name="../../../etc/passwd"),
    text("a name with NUL and line ends", table(row(1)), read(1), file_name="a\0b\r\nSet-Cookie: x"),
    text("a name of 300 characters", table(row(1)), read(1), file_name="æ" * 300 + ".csv"),
    text("a name that reads from the right", table(row(1)), read(1), file_name="liste\u202evsc.exe"),
    text("a name with an identity number", table(row(1)), read(1), file_name=f"{IDENTITY_NUMBER}.csv"),
]
