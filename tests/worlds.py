"""Worlds in which the truth is known and no id is shared: reports that the portal gave receipts for, and what the case system's extract says was registered.

A world is made from its seed alone. Fates: registered at once or late, one registration for each child, merged into another's registration, lost; letters
are registrations that no report of the portal belongs to, and siblings are two reports of one household on one day.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from apps.registry import calendar
from config.demo import native
from tests.universe import BERGEN, BERGEN_ORGNR, Line

OSLO = ZoneInfo("Europe/Oslo")
FIRST = datetime(2024, 1, 8, tzinfo=UTC)
PRIVATE, PUBLIC = (1, 2, 3, 4, 23), (5, 8, 9, 11, 12, 15, 17, 24)
# Of a hundred reports: most are registered within a working day, some late, a few are merged into another's registration, a few are lost.
FATES = ("prompt",) * 84 + ("late",) * 8 + ("merged",) * 3 + ("lost",) * 5


class Registration(NamedTuple):
    case: str
    day: date
    code: int
    is_letter: bool = False


@dataclass
class Report:
    id: str
    fate: str
    kind: str
    children: int
    at: datetime
    registrations: list[Registration] = field(default_factory=list)

    @property
    def day(self) -> date:
        return self.at.astimezone(OSLO).date()


@dataclass
class World:
    """`a_day` reports on a calendar day for `days` days; `letters` registrations of other origin for each report."""

    seed: int = 1
    days: int = 30
    a_day: float = 2.0
    letters: float = 0.3
    first: datetime = FIRST
    fates: tuple[str, ...] = FATES

    def __post_init__(self) -> None:
        self.random = Random(self.seed)
        self.reports: list[Report] = []
        self.letters_registered: list[Registration] = []
        for number in range(round(self.days * self.a_day)):
            self._happen(number)
        for _ in range(round(len(self.reports) * self.letters)):
            day = (self.first + timedelta(days=self.random.randrange(self.days))).date()
            self.letters_registered.append(Registration(self._id(), day, self.random.choice((*PRIVATE, *PUBLIC)), is_letter=True))

    @property
    def lost(self) -> list[Report]:
        return [report for report in self.reports if report.fate == "lost"]

    @property
    def without_their_own(self) -> list[Report]:
        """Lost, or written into the registration of another report."""
        return [report for report in self.reports if not report.registrations]

    @property
    def registrations(self) -> list[Registration]:
        return [one for report in self.reports for one in report.registrations] + self.letters_registered

    def _happen(self, number: int) -> None:
        at = self.first + timedelta(seconds=self.random.randrange(self.days * 86400))
        for _ in range(2 if self.random.random() < 0.05 else 1):  # siblings: two reports at the same hour
            kind = self.random.choice(("PRIVAT", "OFFENTLIG", "OFFENTLIG"))
            fate = self.random.choice(self.fates)
            report = Report(self._id(), fate, kind, self.random.choice((1, 1, 1, 1, 2, 3)), at + timedelta(minutes=self.random.randrange(30)))
            self.reports.append(report)
            if fate in ("prompt", "late"):
                day = self._registered(report.day, late=fate == "late")
                code = self.random.choice(PRIVATE if kind == "PRIVAT" else PUBLIC)
                report.registrations = [Registration(self._id(), day, code) for _child in range(report.children)]

    def _registered(self, day: date, *, late: bool) -> date:
        """On the day or the next working day; late, on some working day until the tenth."""
        wait = self.random.randint(2, 10) if late else self.random.choice((0, 0, 1))
        while wait or not calendar.is_working_day(day):
            day += calendar.DAY
            wait -= bool(wait) and calendar.is_working_day(day)
        return day

    def _id(self) -> str:
        return str(UUID(int=self.random.getrandbits(128), version=4))


def portal_list(world: World, municipality: str = BERGEN) -> Iterator[Line]:
    for report in world.reports:
        yield Line((report.id, native.local(report.at), municipality, "00", report.kind, "PORTAL", "FIKS_IO", report.children))


def extract(world: World, taken_out_at: datetime, municipality: str = BERGEN, orgnr: str = BERGEN_ORGNR) -> bytes:
    """The case system's file for Statistics Norway; it knows no id but its own."""
    cases = "".join(
        f'<Sak Journalnummer="2024/{number}"><Melding Id="{one.case}" StartDato="{one.day}"><Melder Kode="{one.code}"/></Melding></Sak>'
        for number, one in enumerate(sorted(world.registrations, key=lambda one: (one.day, one.case)), start=1)
    )
    office = f'<Avgiver Organisasjonsnummer="{orgnr}" Kommunenummer="{municipality}"/>'
    return f'<Barnevern DatoUttrekk="{taken_out_at.isoformat()}">{office}{cases}</Barnevern>'.encode()


def midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, OSLO).astimezone(UTC)
