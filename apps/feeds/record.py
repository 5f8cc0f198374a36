"""What a parser yields: one line of any feed in our words, or the reason why it could not become that.

Pure values, no Django: a parser can be run, tested and fuzzed alone.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import BinaryIO, NamedTuple

from apps.feeds.sources.mapping import Mapping
from apps.feeds.sources.redaction import raw_line

# A case id that is no UUID is unique within its office only, so it is prefixed by the row's organisation number: "964338531:17". A row without one gives
# "kommune:<kommunenummer as written>:17", the middle empty when it names none either: the importer puts the resolved municipality's number in place of
# that prefix ("4601:17"), or its service's, before the reference is stored.
CASE_PLACEHOLDER = "kommune:"


class Ref(NamedTuple):
    """An identifier by which some system knows a message (the namespaces of formats.md; see CASE_PLACEHOLDER for `case`)."""

    namespace: str
    value: str


class Occurrence(NamedTuple):
    """One fact: a canonical event code, the source's own word for it, and when it happened (UTC, as `datetime.isoformat` writes it)."""

    code: str
    native: str
    at: str
    by_day: bool = False  # the source knows the day only; `at` is that day's start in Oslo
    zone_assumed: bool = False  # written without an offset and read as Europe/Oslo


class Whose(NamedTuple):
    """What a row says about its service, as written; empty strings when it says nothing."""

    municipality: str = ""
    district: str = ""
    orgnr: str = ""


class Record(NamedTuple):
    """One accepted line: the references it names, the facts it states, and the few attributes we may keep.

    The first reference is the one the facts are about; two references in one record assert that they are the same message.
    `attributes` holds only allow-listed, redacted text: see each parser; records may share one, so it is not to be changed. `names` and `cells` are the
    allow-listed columns as they stood, not redacted: only `raw` reads them.
    """

    line: int
    references: tuple[Ref, ...]
    occurrences: tuple[Occurrence, ...]
    whose: Whose = Whose()
    outbound: bool | None = None  # None: as the feed says
    children: int | None = None
    reporter: str = ""  # "private", "public", "unknown" or "" when the record does not say
    category: str = ""  # "report", "notice", "case_document", "other" or ""
    attributes: dict[str, str] | None = None
    names: tuple[str, ...] = ()
    cells: tuple[str, ...] = ()

    @property
    def raw(self) -> str:
        """`name=value; …` of the allow-listed columns, redacted, at most 2,000 characters; made when asked for, since most records are never shown so."""
        return raw_line(self.names, self.cells)

    def __repr__(self) -> str:
        # Logs and error messages print this: never the cells as they stood.
        return f"Record(line={self.line}, references={self.references}, occurrences={self.occurrences}, raw={self.raw!r})"


class Rejected(NamedTuple):
    """One line that could not become a record: where, which rule (a code of reasons.py), what stood there, and the redacted allow-listed columns."""

    line: int
    code: str
    details: dict[str, str]  # fills the sentence of the code: column, found, expected ...; redacted
    raw: str


class Notice(NamedTuple):
    """Something an administrator should know about the file, told as a code of reasons.py with what fills its sentence."""

    code: str
    details: dict[str, str]


class Refused(Exception):
    """The whole file cannot be read; `code` (of reasons.py) and `details` say why, where and what to do."""

    def __init__(self, code: str, **details: str) -> None:
        super().__init__(code, details)
        self.code = code
        self.details = details


@dataclass(frozen=True)
class Options:
    """What the import said about the file: `encoding` is the declared fallback, `reference` the id a nameless file is about."""

    encoding: str = ""
    reference: str = ""
    vantage: str = ""  # "sender" or "recipient" for feeds where it matters
    mapping: Mapping | None = None  # what the file calls our columns and words, where it calls them otherwise
    needs_municipality: bool = False  # the feed does not belong to one service, so every row must say whose it is


@dataclass
class Reading:
    """One pass over a file: how to open its bytes (afresh each time), what was asked, and what was noticed on the way.

    `counted` is set before the last record has been yielded, by counting the file another way than the parser does. `taken_out_at`: when the source made
    the file, where it says so; a case system's file covers all until then.
    """

    open: Callable[[], BinaryIO]
    options: Options = field(default_factory=Options)
    warnings: list[Notice] = field(default_factory=list)
    counted: int = 0
    taken_out_at: datetime | None = None

    def warn(self, code: str, **details: str) -> None:
        """Note it once, however many lines show it."""
        notice = Notice(code, details)
        if notice not in self.warnings:
            self.warnings.append(notice)
