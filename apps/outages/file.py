"""A CSV file of outages and faults, line by line: what it says in our words, and what cannot be read with its line and column. Pure.

`;`, `,` or tab; the columns in any order, by their English, bokmål or nynorsk names. UTF-8, or Windows-1252 as older spreadsheets write it.
"""

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

MOST_BYTES, MOST_LINES = 1_000_000, 2_000
DELIMITERS = ";,\t"
NAMES = {
    "channel": ("channel", "kanal"),
    "service": ("service", "tjeneste", "teneste"),
    "from": ("from", "fra", "frå"),
    "to": ("to", "til"),
    "source": ("source", "kilde", "kjelde"),
    "kind": ("kind", "slag"),
    "system": ("system", "fagsystem"),
    "version": ("version", "versjon"),
    "what": ("what", "hva", "kva"),
    "said_by": ("said by", "sagt av"),
    "said_on": ("said on", "sagt dato"),
}
NEEDED = ("channel", "service", "from", "to", "source")
ALL = ("all", "alle")
DAY = r"(?P<year>\d{4})-(?P<month>\d\d)-(?P<day>\d\d)|(?P<day_>\d\d?)\.(?P<month_>\d\d?)\.(?P<year_>\d{4})"
MOMENT = re.compile(rf"(?:{DAY})(?:[T ]+(?P<hour>\d\d?)[:.](?P<minute>\d\d))?")
MONTH = re.compile(r"(\d{4})-(\d\d)")


@dataclass(frozen=True)
class Problem:
    """What is wrong on a physical line (from 1); `column` is its name in the file, or empty where the whole line is meant."""

    line: int
    column: str
    sentence: str | Promise


class Unread(Exception):
    """The file cannot be marked; `problems` says why, line by line and column by column."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__([(one.line, one.column, str(one.sentence)) for one in problems])
        self.problems = problems


@dataclass(frozen=True)
class When:
    """A day, or a month by its first; `at` where it is known to the minute. Oslo's."""

    day: date
    at: time | None = None
    is_month: bool = False

    @property
    def precision(self) -> str:
        return "month" if self.is_month else "day" if self.at is None else "minute"


@dataclass(frozen=True)
class Line:
    """One line of the file: its number, what stands in each of our columns, and what the file calls them."""

    number: int
    cells: dict[str, str]
    called: dict[str, str] = field(repr=False)

    def problem(self, column: str, sentence: str | Promise) -> Problem:
        return Problem(self.number, self.called.get(column, column), sentence)


def lines(raw: bytes) -> list[Line]:
    """Every line that says something. Raises Unread with everything that is wrong with the file's form."""
    if len(raw) > MOST_BYTES:
        raise Unread([Problem(1, "", _("The file is larger than a megabyte."))])
    text = decoded(raw)
    called, found, problems = {}, [], []
    try:
        for number, cells in records(text):
            if not called:
                called = columns(number, cells)
            elif len(cells) != len(called):
                problems.append(Problem(number, "", _("This line has another number of cells than the heading.")))
            else:
                found.append(Line(number, dict(zip(called, (cell.strip() for cell in cells), strict=True)), called))
    except csv.Error:
        raise Unread([*problems, Problem(text.count("\n") + 1, "", _("A quotation mark is opened and never closed, or stands inside a cell."))]) from None
    if not problems and not found:
        problems.append(Problem(1, "", _("The file says nothing: it needs a heading and a line for each outage.")))
    if len(found) > MOST_LINES:
        problems.append(Problem(found[MOST_LINES].number, "", _("The file has more than 2,000 lines. Divide it.")))
    if problems:
        raise Unread(problems)
    return found


def decoded(raw: bytes) -> str:
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = raw.decode("cp1252", errors="replace")
    if "\x00" in text or "\N{REPLACEMENT CHARACTER}" in text:
        raise Unread([Problem(1, "", _("This is no text file. Save it as CSV (UTF-8)."))])
    return text


def records(text: str) -> Iterator[tuple[int, list[str]]]:
    """Each with the physical line on which it begins; blank ones left out."""
    heading = next((line for line in text.splitlines() if line.strip()), "")
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=max(DELIMITERS, key=heading.count), strict=True)
    begins = 1
    for cells in reader:
        if any(cell.strip() for cell in cells):
            yield begins, cells
        begins = reader.line_num + 1


def columns(number: int, cells: list[str]) -> dict[str, str]:
    """Our name of each column, in the file's order, with the file's own. Raises Unread: one that is missing, unknown or there twice."""
    ours = {name: column for column, names in NAMES.items() for name in names}
    called: dict[str, str] = {}
    problems = []
    for cell in cells:
        column = ours.get(cell.strip().lower().replace("_", " "))
        if column is None:
            problems.append(Problem(number, cell.strip(), _("Nothing reads a column of this name.")))
        elif column in called:
            problems.append(Problem(number, cell.strip(), _("This column stands there twice.")))
        else:
            called[column] = cell.strip()
    problems += [Problem(number, column, _("This column is missing.")) for column in NEEDED if column not in called]
    if problems:
        raise Unread(problems)
    return called


def when(text: str) -> When | None:
    """A day as 2024-02-01 or 01.02.2024, with the time as 14:30 where that is known, or a month as 2024-02; None where it is none of these."""
    try:
        if month := MONTH.fullmatch(text):
            return When(date(int(month[1]), int(month[2]), 1), is_month=True)
        if said := MOMENT.fullmatch(text):
            day = datetime(*(int(said[name] or said[f"{name}_"]) for name in ("year", "month", "day"))).date()  # type: ignore[arg-type]  # noqa: DTZ001
            return When(day, time(int(said["hour"]), int(said["minute"])) if said["hour"] else None)
    except ValueError:
        pass
    return None
