"""A small universe of messages whose truth is known, written as feed files of any order and any cut; for tests and for benchmarks.

A message is made from the seed and its number alone, so a million of them take no memory, and any two runs agree. What each source says of it is
config.demo.messages' (a table of fates); how it is written is config.demo.native's. Here are truth, order, cuts, repeats and garbage.
"""

import io
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from random import Random
from typing import BinaryIO, NamedTuple

from config.demo import messages, native
from config.demo.messages import LETTER_FATES, OUTBOUND_FATES, REPORT_FATES, Letter, Report
from config.demo.native import Row

NOW = datetime(2024, 5, 13, 10, 0, tzinfo=UTC)
BERGEN, BERGEN_ORGNR, A_POLICE_DISTRICT = "4601", "964338531", "310000003"
FATES = {**dict.fromkeys(REPORT_FATES, 1), "arrived": 12}
OUTBOUND = "outbound_"


class Line(NamedTuple):
    """One record of a file before it is written: cells of a row, or an object of JSON. A garbled one must be rejected."""

    cells: Row | dict[str, object]
    garbled: bool = False


@dataclass(frozen=True)
class FeedFile:
    """A file with what an import of it must count; `rejected` of the `read` are garbled."""

    format: str
    name: str
    body: bytes
    read: int
    rejected: int = 0
    direction: str = "inbound"
    vantage: str = ""

    def stream(self) -> BinaryIO:
        return io.BytesIO(self.body)


@dataclass(frozen=True)
class Universe:
    """Messages of one municipality's service over some days that ended long enough ago for every deadline to have passed at `now`."""

    seed: int = 1
    municipality: str = BERGEN
    now: datetime = NOW
    days: int = 60
    fates: tuple[str, ...] = tuple(fate for fate, share in FATES.items() for _ in range(share))

    def report(self, number: int, fate: str = "") -> Report:
        random = Random(f"{self.seed}/{number}")
        fate = fate or random.choice(self.fates)
        return messages.report(random, fate=fate, municipality=self.municipality, at=self.moment(random), children=random.choice((1, 1, 1, 2)))

    def reports(self, count: int) -> Iterator[Report]:
        return (self.report(number) for number in range(count))

    def letter(self, number: int, fate: str = "") -> Letter:
        random = Random(f"{self.seed}/letter/{number}")
        fate = fate or random.choice(tuple(LETTER_FATES))
        return messages.letter(random, fate=fate, recipient=BERGEN_ORGNR, sender=A_POLICE_DISTRICT, at=self.moment(random))

    def letters(self, count: int) -> Iterator[Letter]:
        return (self.letter(number) for number in range(count))

    def sending(self, number: int, fate: str = "") -> Letter:
        random = Random(f"{self.seed}/sending/{number}")
        fate = fate or random.choice(tuple(OUTBOUND_FATES))
        return messages.letter(random, fate=fate, recipient=A_POLICE_DISTRICT, sender=BERGEN_ORGNR, at=self.moment(random), fates=OUTBOUND_FATES)

    def moment(self, random: Random) -> datetime:
        """Whole seconds; so long before `now` that nothing is in transit any more."""
        return self.now - timedelta(days=30, seconds=random.randrange(self.days * 86400))


def truth(message: Report | Letter) -> str:
    """The state that Framme must give the message once everything is imported."""
    return (REPORT_FATES if isinstance(message, Report) else {**LETTER_FATES, **OUTBOUND_FATES})[message.fate].state


def truths(told: Iterable[Report | Letter]) -> dict[str, str]:
    """The true state of each message, by the reference that every source but the case system knows it by."""
    return {message.id: truth(message) for message in told}


def portal_list(reports: Iterable[Report]) -> Iterator[Line]:
    return (Line(native.list_row(report)) for report in reports if report.course.steps)


def portal_history(reports: Iterable[Report]) -> Iterator[Line]:
    return (Line(row) for report in reports for row in native.history_rows(report))


def mottakslogg(told: Iterable[Report | Letter], municipality: str = BERGEN) -> Iterator[Line]:
    return (Line(native.log_row(message, line, municipality)) for message in told for line in message.course.log)


def altinn(letters: Iterable[Letter]) -> Iterator[Line]:
    return (Line(native.details(letter)) for letter in letters)


# A line of each table that cannot become an event, by the reason it must be rejected for.
GARBAGE: dict[str, dict[str, Row]] = {
    "portal-list": {
        "reference": ("not-a-uuid", "2024-04-02T10:00:00", BERGEN, "00", "PRIVAT", "PORTAL", "FIKS_IO", 1),
        "time": ("11111111-1111-4111-8111-111111111111", "2024-02-31T10:00:00", BERGEN, "00", "PRIVAT", "PORTAL", "FIKS_IO", 1),
        "service": ("11111111-1111-4111-8111-111111111112", "2024-04-02T10:00:00", "3907", "00", "PRIVAT", "PORTAL", "FIKS_IO", 1),
    },
    "portal-history": {
        "reference": ("not-a-uuid", "", "2024-04-02T10:00:00", "AKSEPTERT", BERGEN, ""),
        "time": ("11111111-1111-4111-8111-111111111113", "", "2024-03-31T02:30:00", "AKSEPTERT", BERGEN, ""),
        "status": ("11111111-1111-4111-8111-111111111114", "", "2024-04-02T10:00:00", "", BERGEN, ""),
    },
    "mottakslogg": {
        "result": ("11111111-1111-4111-8111-111111111115", "", "2024-04-02T10:00:00", "", "kanskje", "", "", "", "", BERGEN),
        "time": ("11111111-1111-4111-8111-111111111116", "", "02.04.24", "", "mottatt", "", "", "", "", BERGEN),
    },
}


def garbage(format: str) -> list[Line]:
    return [Line(cells, garbled=True) for cells in GARBAGE[format].values()]


COLUMNS = {"portal-list": native.LIST, "portal-history": native.HISTORY, "mottakslogg": native.LOG}


def files(
    format: str, lines: Iterable[Line], *, random: Random | None = None, parts: int = 1, repeats: int = 0, direction: str = "inbound", as_json: bool = False
) -> list[FeedFile]:
    """Write the lines as `parts` files. With `random` they are shuffled, cut anywhere, and `repeats` of them come again, in whatever file."""
    written = list(lines)
    if random:
        written += [random.choice(written) for _ in range(repeats if written else 0)]
        random.shuffle(written)
    cuts = sorted(random.randint(0, len(written)) for _ in range(parts - 1)) if random else [len(written) * part // parts for part in range(1, parts)]
    bounds = [0, *cuts, len(written)]
    return [file(format, written[start:end], number, direction, as_json) for number, (start, end) in enumerate(pairwise(bounds), start=1)]


def file(format: str, lines: list[Line], number: int = 1, direction: str = "inbound", as_json: bool = False) -> FeedFile:
    body = io.BytesIO()
    as_json = format == "altinn" or (as_json and format != "mottakslogg")  # no case system writes its log so
    writer_of(format, as_json)((line.cells for line in lines), body)
    read = sum(len(line.cells["statusHistory"]) if isinstance(line.cells, dict) else 1 for line in lines)
    suffix = "json" if as_json else "csv"
    vantage = "" if format != "altinn" else "sender" if direction == "outbound" else "recipient"
    return FeedFile(format, f"{format}-{number}.{suffix}", body.getvalue(), read, sum(line.garbled for line in lines), direction, vantage)


def writer_of(format: str, as_json: bool) -> Callable[[Iterable[object], BinaryIO], None]:
    if format == "altinn":
        return native.objects_as_json
    return lambda rows, stream: (native.as_json if as_json else native.as_csv)(COLUMNS[format], rows, stream)


def all_files(reports: list[Report], letters: list[Letter] = [], **options) -> list[FeedFile]:  # noqa: B006 (never changed)
    """Every source's files about the messages, in the order of the sources; with options as for `files`."""
    told = {
        "portal-list": portal_list(reports),
        "portal-history": portal_history(reports),
        "mottakslogg": mottakslogg([*reports, *letters]),
        "altinn": altinn(letters),
    }
    return [one for format, lines in told.items() if format != "altinn" or letters for one in files(format, lines, **options)]
