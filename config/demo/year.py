"""The year that the demo shows: the messages of each place, most of them as they should be, the incidents of the story among them.

Everything is drawn from one seed and counted back from `now`; the same `now` gives the same messages.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import TypeVar

from config.demo import messages, story
from config.demo.messages import LETTER_FATES, OUTBOUND_FATES, Letter, Report
from config.demo.story import Incident, Place

Choice = TypeVar("Choice")

DAYS = 365
SEED = "framme-2023"

# Shares of what arrives as it should; and who reports (the SSB table of reporters, rounded).
ROADS = {"arrived": 955, "arrived_after_resending": 20, "arrived_by_letter": 12, "case_system_only": 13}
REPORTERS = {"OFFENTLIG": 78, "PRIVAT": 18, "UKJENT": 4}
CHILDREN = {1: 80, 2: 15, 3: 5}
QUIET_DAYS = 10  # so many days back everything ordinary goes straight, so that no half-told detour looks like trouble


@dataclass(frozen=True)
class PlaceYear:
    """One place's messages. `left_out` holds the ids that the case system's first log does not mention."""

    place: Place
    reports: tuple[Report, ...]
    letters: tuple[Letter, ...]
    outbound: tuple[Letter, ...]
    left_out: frozenset[str] = frozenset()


def years(now: datetime) -> Iterator[PlaceYear]:
    for place in story.PLACES:
        yield year_of(place, now)


def year_of(place: Place, now: datetime) -> PlaceYear:
    random = Random(f"{SEED}/{place.service}")
    reports = [a_report(random, place, *drawn) for drawn in ordinary(random, place.reports, ROADS, now)]
    reports += [a_report(random, place, fate, at) for fate, at in of_place(place, (*story.LOST, *story.OTHER_TROUBLE, story.ON_THEIR_WAY), now)]
    false_alarms = [a_report(random, place, fate, at, children=1) for fate, at in of_place(place, (story.FALSE_ALARM,), now)]
    letters = [a_letter(random, place, *drawn) for drawn in ordinary(random, place.letters, {"arrived": 1}, now)]
    letters += [a_letter(random, place, fate, at) for fate, at in of_place(place, (*story.LETTERS, story.SETTLED_LETTER, story.LETTER_IN_REVIEW), now)]
    outbound = [a_sending(random, place, *drawn) for drawn in ordinary(random, place.outbound, {"read": 1}, now)]
    outbound += [a_sending(random, place, fate, at) for fate, at in of_place(place, (story.OUTBOUND_UNREAD,), now)]
    return PlaceYear(place, tuple(reports + false_alarms), tuple(letters), tuple(outbound), frozenset(message.id for message in false_alarms))


def ordinary(random: Random, count: int, roads: dict[str, int], now: datetime) -> Iterator[tuple[str, datetime]]:
    """Fate and moment of `count` messages over the year."""
    for _ in range(count):
        at = a_moment(random, now)
        fate = drawn(random, roads)
        yield (fate if now - at > timedelta(days=QUIET_DAYS) else next(iter(roads))), at


def a_moment(random: Random, now: datetime) -> datetime:
    """Some time in the year: mostly on weekdays between seven and five, in whole seconds."""
    day = now - timedelta(days=random.uniform(0.12, DAYS))
    if day.weekday() > 4 and random.random() < 0.75:
        day -= timedelta(days=day.weekday() - 4)
    hour = min(max(int(random.gauss(11, 3)), 0), 23)
    at = day.replace(hour=hour, minute=random.randrange(60), second=random.randrange(60), microsecond=0)
    return at if now - at > timedelta(hours=3) else at - timedelta(days=1)


def of_place(place: Place, told: tuple[Incident, ...], now: datetime) -> list[tuple[str, datetime]]:
    """Fate and moment of each message of the incidents that belong to the place."""
    return [drawn for incident in told if incident.service == place.service for drawn in incidents(incident, now)]


def incidents(incident: Incident, now: datetime) -> Iterator[tuple[str, datetime]]:
    for days in incident.days:
        yield incident.fate, (now - timedelta(days=days)).replace(microsecond=0)


def a_report(random: Random, place: Place, fate: str, at: datetime, children: int = 0) -> Report:
    """A report from somebody about some children, as many as drawn if not said."""
    reporter = drawn(random, REPORTERS)
    children = children or drawn(random, CHILDREN)
    return messages.report(random, fate=fate, municipality=place.municipality, district=place.district, at=at, reporter=reporter, children=children)


def a_letter(random: Random, place: Place, fate: str, at: datetime) -> Letter:
    return messages.letter(random, fate=fate, recipient=place.orgnr, sender=invented_orgnr(random), at=at, fates=LETTER_FATES)


def a_sending(random: Random, place: Place, fate: str, at: datetime) -> Letter:
    return messages.letter(random, fate=fate, recipient=invented_orgnr(random), sender=place.orgnr, at=at, fates=OUTBOUND_FATES)


def invented_orgnr(random: Random) -> str:
    """An organisation number with a right check digit from the series (3…) that the register keeps for invented organisations."""
    while True:
        body = f"3{random.randrange(10**7):07}"
        check = -sum(int(digit) * weight for digit, weight in zip(body, (3, 2, 7, 6, 5, 4, 3, 2), strict=True)) % 11
        if check < 10:
            return f"{body}{check}"


def drawn(random: Random, shares: dict[Choice, int]) -> Choice:
    return random.choices(list(shares), weights=list(shares.values()))[0]
