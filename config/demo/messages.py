"""Invented messages and what became of them. A fate is one line of a table: what the sources saw of the message, and the state Framme must come to.

Pure: all chance comes from the `Random` that is passed in, so the same seed gives the same message. Times are aware; nothing here reads the clock.
"""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import NamedTuple


class Step(NamedTuple):
    """What a carrier noted: its own status, when, and for the portal the id of that sending."""

    status: str
    at: datetime
    sending: str = ""


class LogLine(NamedTuple):
    """One line of the case system's receive log; `resultat` is its own word."""

    resultat: str
    received_at: datetime
    stored_at: datetime | None = None
    opened_at: datetime | None = None
    deleted_at: datetime | None = None
    case: str = ""
    fault: str = ""


class Course(NamedTuple):
    """All that the sources know of one message: the carrier's steps and the case system's lines."""

    steps: tuple[Step, ...]
    log: tuple[LogLine, ...] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """A report of concern sent through the national portal."""

    id: str
    fate: str
    municipality: str
    received_at: datetime
    course: Course
    district: str = ""
    reporter: str = "OFFENTLIG"
    children: int | None = 1


@dataclass(frozen=True, slots=True)
class Letter:
    """A message through Altinn; `recipient` and `sender` are organisation numbers."""

    id: str
    fate: str
    recipient: str
    sender: str
    created_at: datetime
    course: Course
    confidential: bool = True


@dataclass(frozen=True, slots=True)
class Fate:
    """How a message goes (random, when the carrier took it, children -> course) and the state it must be given once its deadlines have passed."""

    state: str
    course: Callable[[Random, datetime, int], Course]


MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def invented_id(random: Random) -> str:
    return str(uuid.UUID(int=random.getrandbits(128), version=4))


def case_number(random: Random, at: datetime) -> str:
    """An id as a case system gives them: year, series and number, so wide that no two are the same."""
    return f"{at.year}-{random.randrange(10**5):05}-{random.randrange(10**7):07}"


def _sent(random: Random, at: datetime, answer: str = "LEVERT") -> tuple[Step, ...]:
    """Receipted by the portal, handed to the case system, and what that answered."""
    sending = invented_id(random)
    handed_over = at + random.randint(5, 90) * MINUTE / 30
    return (Step("AKSEPTERT", at), Step("SENDT_FAGSYSTEM", handed_over, sending), Step(answer, handed_over + random.randint(2, 100) * MINUTE / 20, sending))


def _stored(random: Random, taken_at: datetime, children: int, cases: int | None = None) -> tuple[LogLine, ...]:
    """The case system stored it, once for each child, and somebody opened it the same or the next day."""
    stored_at = taken_at + random.randint(1, 20) * MINUTE
    opened_at = stored_at + random.randint(10, 1500) * MINUTE
    return tuple(LogLine("mottatt", taken_at, stored_at + child * MINUTE, opened_at, case=case_number(random, stored_at)) for child in range(cases or children))


def _arrived(random: Random, at: datetime, children: int) -> Course:
    steps = _sent(random, at)
    return Course(steps, _stored(random, steps[-1].at, children))


def _arrived_after_resending(random: Random, at: datetime, children: int) -> Course:
    first = _sent(random, at, "AVVIST_FAGSYSTEM")
    again = _sent(random, at + random.randint(20, 300) * MINUTE)[1:]
    refusal = LogLine("feilet", first[-1].at, fault="F-117")
    return Course(first + again, (refusal, *_stored(random, again[-1].at, children)))


def _printed(random: Random, at: datetime) -> tuple[Step, ...]:
    """The case system would not have it, so the portal fell back to a letter; LEVERT then means "handed to the post"."""
    refused = _sent(random, at, "AVVIST_FAGSYSTEM")
    printed_at = refused[-1].at + random.randint(1, 20) * HOUR
    return (*refused, Step("SENDT_PRINT", printed_at), Step("LEVERT", printed_at + random.randint(2, 20) * HOUR))


def _arrived_by_letter(random: Random, at: datetime, children: int) -> Course:
    steps = _printed(random, at)
    return Course(steps, _stored(random, steps[-1].at + random.randint(40, 70) * HOUR, children))


def _letter_lost(random: Random, at: datetime, children: int) -> Course:
    return Course(_printed(random, at))


def _lost(random: Random, at: datetime, children: int) -> Course:
    return Course(_sent(random, at))


def _claimed(random: Random, at: datetime, children: int) -> Course:
    """The fault of 2020-2023: the case system logged that it had taken the report and never stored it."""
    steps = _sent(random, at)
    return Course(steps, (LogLine("mottatt", steps[-1].at),))


def _turned_down(random: Random, at: datetime, children: int) -> Course:
    steps = _sent(random, at, "AVVIST_FAGSYSTEM")
    return Course(steps, (LogLine("feilet", steps[-1].at, fault="F-117"),))


def _deleted(random: Random, at: datetime, children: int) -> Course:
    steps = _sent(random, at)
    stored = _stored(random, steps[-1].at, children)
    return Course(steps, tuple(line._replace(deleted_at=line.received_at + random.randint(2, 30) * HOUR, opened_at=None) for line in stored))


def _partly(random: Random, at: datetime, children: int) -> Course:
    steps = _sent(random, at)
    return Course(steps, _stored(random, steps[-1].at, children, cases=1))


def _in_the_case_system_only(random: Random, at: datetime, children: int) -> Course:
    """A report of another road (a letter, a call) whose portal record nobody brought in."""
    return Course((), _stored(random, at, children))


REPORT_FATES = {
    "arrived": Fate("arrived", _arrived),
    "arrived_after_resending": Fate("arrived", _arrived_after_resending),
    "arrived_by_letter": Fate("arrived", _arrived_by_letter),
    "case_system_only": Fate("arrived", _in_the_case_system_only),
    "lost": Fate("unconfirmed", _lost),
    "claimed": Fate("unconfirmed", _claimed),
    "letter_lost": Fate("unconfirmed", _letter_lost),
    "turned_down": Fate("failed", _turned_down),
    "deleted": Fate("removed", _deleted),
    "partly": Fate("partly_registered", _partly),
}


def _published(random: Random, at: datetime) -> tuple[Step, ...]:
    return (Step("Initialized", at), Step("ReadyForPublish", at + random.randint(1, 20) * MINUTE / 10), Step("Published", at + random.randint(3, 9) * MINUTE))


def _letter_arrived(random: Random, at: datetime, children: int) -> Course:
    steps = _published(random, at)
    read_at = steps[-1].at + random.randint(1, 40) * HOUR
    read = (Step("Fetched", read_at - MINUTE), Step("Read", read_at), Step("AttachmentsDownloaded", read_at + MINUTE))
    stored_at = read_at + random.randint(10, 300) * MINUTE
    return Course(steps + read, (LogLine("mottatt", read_at, stored_at, read_at + MINUTE, case=case_number(random, stored_at)),))


def _letter_unopened(random: Random, at: datetime, children: int) -> Course:
    """Nobody at the service held the roles that Altinn asks for; an overview look (Fetched) is no opening."""
    steps = _published(random, at)
    looked = (Step("Fetched", steps[-1].at + random.randint(1, 40) * HOUR),) if random.random() < 0.3 else ()
    return Course(steps + looked)


def _letter_late(random: Random, at: datetime, children: int) -> Course:
    steps = _published(random, at)
    return Course((*steps, Step("Read", steps[-1].at + random.randint(9, 16) * DAY)))


def _letter_purged(random: Random, at: datetime, children: int) -> Course:
    steps = _published(random, at)
    return Course((*steps, Step("PurgedByAltinn", steps[-1].at + random.randint(9, 16) * DAY)))


LETTER_FATES = {
    "arrived": Fate("arrived", _letter_arrived),
    "unopened": Fate("unopened", _letter_unopened),
    "opened_late": Fate("opened_late", _letter_late),
    "purged": Fate("removed", _letter_purged),
}


def _outbound_read(random: Random, at: datetime, children: int) -> Course:
    steps = _published(random, at)
    read_at = steps[-1].at + random.randint(1, 200) * HOUR
    return Course((*steps, Step("Read", read_at), Step("Confirmed", read_at + MINUTE)))


OUTBOUND_FATES = {
    "read": Fate("arrived", _outbound_read),
    "unread": Fate("unopened", _letter_unopened),
}


def report(random: Random, *, fate: str, municipality: str, at: datetime, district: str = "", reporter: str = "OFFENTLIG", children: int = 1) -> Report:
    """One report with the fate named; `partly` is given more children than the case system knows."""
    children = max(children, 3) if fate == "partly" else children
    course = REPORT_FATES[fate].course(random, at, children)
    return Report(invented_id(random), fate, municipality, at, course, district, reporter, children)


def letter(random: Random, *, fate: str, recipient: str, sender: str, at: datetime, fates: dict[str, Fate] = LETTER_FATES) -> Letter:
    return Letter(invented_id(random), fate, recipient, sender, at, fates[fate].course(random, at, 1), confidential=random.random() < 0.35)


def known_until(course: Course, moment: datetime) -> Course:
    """The course as the sources knew it at `moment`: what had not happened yet is left out."""

    def past(at: datetime | None) -> datetime | None:
        return at if at and at <= moment else None

    return Course(
        tuple(step for step in course.steps if step.at <= moment),
        tuple(
            line._replace(
                stored_at=past(line.stored_at), opened_at=past(line.opened_at), deleted_at=past(line.deleted_at), case=line.case if past(line.stored_at) else ""
            )
            for line in course.log
            if line.received_at <= moment
        ),
    )
