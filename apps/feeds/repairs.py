"""Rejected lines put right: what is kept of them as cells, the same checks as for any file, and an import of the corrected lines through the one pipeline.

The rejection stays as it was. A line that was repaired waits for nobody for as long as the import that holds it corrected stands.
"""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction
from django.db.models import Count, Min, OuterRef, QuerySet, Subquery
from django.db.models.fields.json import KT
from django.db.models.functions import Coalesce

from apps.accounts.models import User
from apps.audit.verbs import Verb
from apps.feeds import actions, mappings, pipeline, places
from apps.feeds.catalogue import FORMATS
from apps.feeds.models import Rejection, Repair, RepairedLine
from apps.feeds.record import Options, Reading, Refused, Rejected
from apps.feeds.sources import mottakslogg
from apps.feeds.sources.mapping import Mapping as Words
from apps.ledger.models import Direction, Import
from apps.ui import spreadsheets
from apps.ui.redaction import MARK

MOST_AT_ONCE = 10_000
MOST_KINDS = 50
LONGEST_CELL = 2000
KEPT = 2000  # characters of a line; what is longer was cut
# What tells whose a line is, for lines that were rejected before the reason named the column.
PLACES = [name for names in pipeline.PLACES for name in names]
OF_ANOTHER = ("foreign_service", "unknown_municipality")
OTHERWISE = {"Individ@Id": "Individ Id", "Melder@Kode": "Melder"}  # columns that are kept under another name than the reason has

Cells = dict[str, str]


class NotRepairable(Exception):
    """None of these lines waits for anybody, or nothing is known of their format any more."""


class NotOurs(Exception):
    """The file has not the columns of one that was taken out to be corrected."""


class StillWrong(Exception):
    """Some of the corrected lines would be rejected again; `lines` has each by its number, with the code and details of the reason. Nothing was brought in."""

    def __init__(self, lines: dict[int, tuple[str, dict[str, str]]]) -> None:
        super().__init__(lines)
        self.lines = lines


@dataclass(frozen=True)
class Torn:
    """A rejected line as a person may correct it: its cells by column, the columns whose value was taken out or cut and must be written anew, and why."""

    rejection: Rejection
    cells: Cells
    lost: list[str] = field(default_factory=list)

    @property
    def faulty(self) -> str:
        return faulty(self.rejection.code, self.rejection.details, tuple(self.cells))


@dataclass(frozen=True)
class Alike:
    """Open rejected lines with one reason; where they have one wrong value in one column, it can be replaced in all of them at once."""

    first: Rejection
    count: int
    columns: tuple[str, ...]

    @property
    def column(self) -> str:
        return faulty(self.first.code, self.first.details, self.columns)

    @property
    def is_place_unknown(self) -> bool:
        return self.first.code == places.UNKNOWN


def faulty(code: str, details: dict[str, str], names: tuple[str, ...]) -> str:
    """The column that the reason is about, empty when it is about the whole line. Of several that it names it is the first."""
    named = details.get("column", "").partition(" / ")[0]
    known = {name.casefold(): name for name in names}
    places = PLACES if code in OF_ANOTHER or named in PLACES else ()
    candidates = (named, OTHERWISE.get(named, ""), named.rpartition("@")[2], named.rpartition(".")[2], *places)
    return next((known[name.casefold()] for name in candidates if name.casefold() in known), "")


def columns(format: str) -> tuple[str, ...]:
    """The columns in which a line of this format is corrected; empty where nobody knows it."""
    return FORMATS[format].columns if format in FORMATS else ()


def torn(rejection: Rejection, format: str, mapping: Words | None = None) -> Torn:
    """`mapping` is what the file was read by where it has words of its own; what can be understood of them stands here as the format says it."""
    names = columns(format)
    cells = dict.fromkeys(names, "") | taken_apart(rejection.raw, names)
    if mapping:
        cells = mottakslogg.as_mapped(cells, mapping)
    lost = [name for name, value in cells.items() if MARK in value]
    if len(rejection.raw) >= KEPT:  # the last column was cut, and those after it are not there
        last = max((place for place, name in enumerate(names) if cells[name]), default=0)
        lost = list(dict.fromkeys([*lost, *names[last:]]))
    return Torn(rejection, cells, lost)


def taken_apart(raw: str, names: tuple[str, ...]) -> Cells:
    """`name=value; …` by the names that a line of the format can have: a value may hold a semicolon."""
    if not names:
        return {}
    begins = list(re.finditer(rf"(?:^|; )({'|'.join(map(re.escape, names))})=", raw))
    ends = [*(following.start() for following in begins[1:]), len(raw)]
    return {begin[1]: raw[begin.end() : end] for begin, end in zip(begins, ends, strict=True)}


def waiting(*, feed_import: Import) -> QuerySet[Rejection]:
    """The import's rejected lines that wait for somebody, in the order of the file."""
    return feed_import.rejections.open().order_by("line")


def alike(*, feed_import: Import) -> list[Alike]:
    """The open rejected lines by reason, column and what stood there, most first."""
    kinds = feed_import.rejections.open().order_by().annotate(column=KT("details__column"), found=KT("details__found")).values("code", "column", "found")
    counted = kinds.annotate(count=Count("pk"), first=Min("line")).order_by("-count", "first")[:MOST_KINDS]
    firsts = {line.line: line for line in feed_import.rejections.filter(line__in=[each["first"] for each in counted])}
    return [Alike(firsts[each["first"]], each["count"], columns(feed_import.format)) for each in counted]


def replaced(*, like: Rejection, value: str) -> dict[int, Cells]:
    """The corrected cells, by line, of the open lines that were rejected for the same value as this one, once `value` stands in its place."""
    feed_import = like.feed_import
    column = faulty(like.code, like.details, columns(feed_import.format))
    lines, mapping = waiting(feed_import=feed_import).filter(code=like.code), mappings.read_by(feed_import, None)
    for name in ("column", "found"):
        lines = lines.filter(**{f"details__{name}": like.details[name]} if name in like.details else {f"details__{name}__isnull": True})
    return {line.line: torn(line, feed_import.format, mapping).cells | {column: value} for line in lines[:MOST_AT_ONCE]}


def of(*, feed_import: Import) -> QuerySet[Repair]:
    """What was corrected of an import, oldest first; `released` says how many lines of it need nobody any more."""
    released = RepairedLine.objects.filter(repair=OuterRef("pk")).released().order_by().values("repair").annotate(count=Count("pk")).values("count")
    return feed_import.repairs.select_related("by", "feed_import").annotate(released=Coalesce(Subquery(released), 0)).order_by("pk")


def as_file(format: str, rows: Iterable[Mapping[str, str]]) -> bytes:
    """The lines as a file of their format. Raises NotRepairable."""
    write = FORMATS[format].write if format in FORMATS else None
    if write is None:
        raise NotRepairable(format)
    return write({name: one_line(cell) for name, cell in row.items()} for row in rows)


def handed_in(format: str, body: bytes) -> dict[int, Cells]:
    """The cells by line of a file that was taken out to be corrected, whatever a spreadsheet made of it. Raises NotOurs."""
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = body.decode("cp1252", "replace")
    delimiter = max(";,\t", key=text.partition("\n")[0].count)
    heading, *rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)) or [[]]
    names = columns(format)
    number = next((place for place, name in enumerate(heading) if name not in names), None)  # the first column that is not the format's tells the line
    if number is None or not set(names).issubset(heading):
        raise NotOurs(format)
    corrected = {}
    for row in rows:
        row += [""] * (len(heading) - len(row))
        if row[number].strip().isdecimal():
            corrected[int(row[number])] = {name: one_line(spreadsheets.plain(row[heading.index(name)])) for name in names}
    return corrected


def one_line(cell: str) -> str:
    return " ".join(cell.replace("\0", "").split())[:LONGEST_CELL]


def repair(*, feed_import: Import, corrected: Mapping[int, Mapping[str, str]], by: User, now: datetime) -> Repair:
    """Bring the corrected lines in as an import of their own, linked to the lines that were rejected; the worker reads it as any other.

    `corrected` has the cells by the number of the rejected line. Raises NotRepairable, StillWrong. The same lines corrected in the same way twice are one repair.
    """
    rejections = list(waiting(feed_import=feed_import).filter(line__in=list(corrected))[:MOST_AT_ONCE])
    if not rejections:
        raise NotRepairable(feed_import.pk)
    body = as_file(feed_import.format, (corrected[rejection.line] for rejection in rejections))
    read = check(feed_import, rejections, body, [corrected[rejection.line] for rejection in rejections])
    with transaction.atomic():
        received = actions.receive_file(
            service=feed_import.service,
            format=feed_import.format,
            file_name=f"rettet-{feed_import.pk}-{feed_import.file_name}",
            stream=io.BytesIO(body),
            by=by,
            now=now,
            direction=feed_import.direction,
            vantage=feed_import.vantage,
            reference=feed_import.reference,
        )
        service = {"service_id": feed_import.service_id}
        made, is_new = Repair.objects.get_or_create(feed_import=received.feed_import, defaults={**service, "of": feed_import, "by": by, "at": now})
        if is_new:
            lines = [RepairedLine(**service, repair=made, line=line, rejection=rejection) for line, rejection in zip(read, rejections, strict=True)]
            RepairedLine.objects.bulk_create(lines)
            actions.told(Verb.REPAIRED, feed_import, by, now, count=len(lines))
    return made


def release(*, feed_import: Import, lines: QuerySet[Rejection], by: User, now: datetime) -> list[Repair]:
    """Bring in, as they are, those of these lines that would no longer be rejected: what is known of the world has changed, not they."""
    made, after = [], 0
    while page := list(lines.filter(feed_import=feed_import, line__gt=after).order_by("line")[:MOST_AT_ONCE]):
        after, mapping = page[-1].line, mappings.read_by(feed_import, None)
        cells = {line.line: torn(line, feed_import.format, mapping).cells for line in page}
        while cells:
            try:
                made.append(repair(feed_import=feed_import, corrected=cells, by=by, now=now))
                break
            except StillWrong as wrong:
                cells = {line: row for line, row in cells.items() if line not in wrong.lines}
    return made


def check(feed_import: Import, rejections: list[Rejection], body: bytes, cells: list[Mapping[str, str]]) -> list[int]:
    """The number that each line has in the file, once all are read as the import will read them. Raises StillWrong."""
    options = Options(reference=feed_import.reference, vantage=feed_import.vantage)
    format = FORMATS[feed_import.format]
    rows = pipeline.Rows(
        source=feed_import.format,
        outbound=feed_import.direction == Direction.OUTBOUND,
        addressing=places.addressing(service=feed_import.service),
        key_holds_all_references=format.key_holds_all_references,
    )
    blank = {
        rejection.line: ("missing_value", {"column": columns(feed_import.format)[0]})
        for rejection, row in zip(rejections, cells, strict=True)
        if not any(row.values())
    }
    if blank:  # no row would come of it
        raise StillWrong(blank)
    if apart := {line: why for line, why in zip((rejection.line for rejection in rejections), differing(format.shared, cells), strict=True) if why}:
        raise StillWrong(apart)
    try:
        parsed = list(format.parse(Reading(open=lambda: io.BytesIO(body), options=options)))
    except Refused as refusal:
        raise StillWrong({rejection.line: (refusal.code, refusal.details) for rejection in rejections}) from refusal
    fates = [one if isinstance(one, Rejected) else rows.misplaced(one) for one in parsed]
    wrong = {rejection.line: (fate.code, fate.details) for rejection, fate in zip(rejections, fates, strict=True) if fate}
    if wrong:
        raise StillWrong(wrong)
    return [one.line for one in parsed]


def differing(shared: tuple[str, ...], rows: Iterable[Mapping[str, str]]) -> Iterator[tuple[str, dict[str, str]] | None]:
    """For each row why it cannot stand in one file with the first, where it cannot: what all lines of a file have in common is written once."""
    first: list[str] | None = None
    for row in rows:
        common = [row.get(name, "") for name in shared]
        first = common if first is None else first
        apart = [name for name, cell, other in zip(shared, common, first, strict=True) if cell != other]
        yield ("not_together", {"column": apart[0], "found": row.get(apart[0], ""), "expected": first[shared.index(apart[0])]}) if apart else None
