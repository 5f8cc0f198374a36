"""The demo's feed files: what each place's sources would have exported three times over the year, overlapping a little as exports do.

A file knows only what had happened when it was exported; later files repeat some of it and add to it.
"""

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import BinaryIO, NamedTuple

from config.demo import native
from config.demo.messages import Course, Letter, Report, known_until
from config.demo.native import Row
from config.demo.story import ASKER, BERGEN, TROMSO, TRONDHEIM
from config.demo.year import PlaceYear

Write = Callable[[BinaryIO], None]

EXPORTED = (60.0, 10.0, 0.015)  # days ago
OVERLAP = timedelta(days=3)
BEGINNING = timedelta(days=500)


class Span(NamedTuple):
    """What one export covers; `until` is when it was made."""

    since: datetime
    until: datetime

    def holds(self, at: datetime) -> bool:
        return self.since - OVERLAP <= at <= self.until


@dataclass(frozen=True)
class FeedFile:
    """A file on disk with what an upload of it says."""

    service: str
    format: str
    path: Path
    exported_at: datetime
    direction: str = "inbound"
    vantage: str = ""


# Lines that the sources garbled: they are rejected, kept and shown, and the rest of the file goes on.
GARBLED: dict[tuple[str, str], tuple[Row, ...]] = {
    (BERGEN, "mottakslogg"): (
        ("5b1c9a44-0e2f-4d", "", "2025-02-03T09:12:44", "2025-02-03T09:14:02", "mottatt", "", "2025-88231", "", "", "4601"),
        ("0c6f3a52-9f0e-4c1b-8a53-1f1d0c9b7e21", "", "2025-02-31T10:40:00", "", "mottatt", "", "", "", "", "4601"),
    ),
    (ASKER, "portal-list"): (("7d5d4c0a-3f0f-4a64-9a3a-2f5f6a1f0c11", "2025-03-04T12:20:09", "301", "00", "PRIVAT", "PORTAL", "FIKS_IO", 1),),
    (TRONDHEIM, "portal-history"): (("e2b0f6b8-5a57-4b0e-8f0a-0a4a3c7d9b10", "", "2025-03-11T08:01:30", "AKSEPTERT", "5035", ""),),
}
CUT_SHORT = TROMSO  # the transfer of its history broke off once; the whole file came afterwards


def written(years: Iterable[PlaceYear], folder: Path, now: datetime) -> Iterator[FeedFile]:
    """Write every file of every place below `folder`, oldest export of a place first."""
    spans = [Span(now - timedelta(days=since), now - timedelta(days=until)) for since, until in pairwise((BEGINNING.days, *EXPORTED))]
    for year in years:
        for span in spans:
            yield from exports(year, span, folder / year.place.service / f"{span.until:%Y-%m-%d}", is_last=span is spans[-1], now=now)


def exports(year: PlaceYear, span: Span, stem: Path, *, is_last: bool, now: datetime) -> Iterator[FeedFile]:
    """The files of one place and one export, `stem` the beginning of their names."""
    place = year.place
    garbled = {format: rows for (service, format), rows in GARBLED.items() if is_last and service == place.service}
    yield from portal_files(year, span, stem, garbled, is_cut=is_last and place.service == CUT_SHORT)
    log_span = Span(span.since, min(span.until, now - timedelta(days=place.log_ends)))
    rows = [*log_rows(year, log_span), *garbled.get("mottakslogg", ())]
    log = save(named(stem, "mottakslogg.csv"), partial(native.as_csv, native.LOG, rows, encoding="utf-8-sig"))
    yield FeedFile(place.service, "mottakslogg", log, log_span.until)
    for direction, vantage, letters in (("inbound", "recipient", year.letters), ("outbound", "sender", year.outbound)):
        if letters:
            path = save(named(stem, f"altinn-{direction}.json"), partial(native.objects_as_json, details_in(letters, span)))
            yield FeedFile(place.service, "altinn", path, span.until, direction, vantage)


def portal_files(year: PlaceYear, span: Span, stem: Path, garbled: dict[str, tuple[Row, ...]], *, is_cut: bool) -> Iterator[FeedFile]:
    service, reads_json = year.place.service, year.place.reads_json
    suffix = "json" if reads_json else "csv"
    listed = [*list_rows(year.reports, span), *garbled.get("portal-list", ())]
    path = save(named(stem, f"portal-list.{suffix}"), partial(native.as_page if reads_json else native.as_csv, native.LIST, listed))
    yield FeedFile(service, "portal-list", path, span.until)
    steps = [*history_rows(year.reports, span), *garbled.get("portal-history", ())]
    write = partial(native.as_json if reads_json else native.as_csv, native.HISTORY, steps)
    if is_cut:
        yield FeedFile(service, "portal-history", cut_short(save(named(stem, f"portal-history-cut.{suffix}"), write)), span.until)
    yield FeedFile(service, "portal-history", save(named(stem, f"portal-history.{suffix}"), write), span.until)


def list_rows(reports: Iterable[Report], span: Span) -> list[Row]:
    seen = [report for report in reports if report.course.steps and span.holds(report.received_at)]
    return [native.list_row(report) for report in sorted(seen, key=lambda report: report.received_at)]


def history_rows(reports: Iterable[Report], span: Span) -> list[Row]:
    seen = [replace(report, course=Course(tuple(step for step in report.course.steps if span.holds(step.at)))) for report in reports]
    return [row for report in sorted(seen, key=lambda report: report.received_at) for row in native.history_rows(report)]


def log_rows(year: PlaceYear, span: Span, *, complete: bool = False) -> list[Row]:
    """What the case system says of the span, in the order it took the messages; without what its first log left out unless `complete`."""
    everything: tuple[Report | Letter, ...] = (*year.reports, *year.letters)
    told = [message for message in everything if complete or message.id not in year.left_out]
    lines = [(line, message) for message in told for line in known_until(message.course, span.until).log if span.holds(line.received_at)]
    return [native.log_row(message, line, year.place.municipality) for line, message in sorted(lines, key=lambda pair: (pair[0].received_at, pair[0].case))]


def details_in(letters: Iterable[Letter], span: Span) -> list[dict[str, object]]:
    """The letters that something happened to in the span, with their whole history up to its end."""
    touched = [letter for letter in letters if any(span.holds(step.at) for step in letter.course.steps)]
    known = [replace(letter, course=known_until(letter.course, span.until)) for letter in sorted(touched, key=lambda letter: letter.created_at)]
    return [native.details(letter) for letter in known]


def named(stem: Path, name: str) -> Path:
    return stem.with_name(f"{stem.name}-{name}")


def save(path: Path, write: Write) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as stream:
        write(stream)
    return path


def cut_short(path: Path) -> Path:
    """Break the file off in the middle, as a transfer that ended too early."""
    os.truncate(path, path.stat().st_size * 2 // 3)
    return path
