"""Whose a row is (formats.md, "Whose it is"): everything needed to tell, worked out beforehand for one service, so that a row costs one look-up.

Pure: no database, no Django; a value that can be handed to another process.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple

NO_DISTRICT = ("", "00")


class Area(NamedTuple):
    """A whole municipality, or one district of it."""

    municipality: str
    district: str = ""


class Verdict(Enum):
    MINE = "mine"
    FOREIGN = "foreign"
    UNKNOWN_NUMBER = "unknown_number"
    SAYS_NOTHING = "says_nothing"


@dataclass(frozen=True)
class Addressing:
    """What each number says about one service. The keys are numbers as they stand in rows, old ones included."""

    municipalities: Mapping[str, Verdict]
    districts: Mapping[tuple[str, str], Verdict]  # only of cities whose districts have services of their own
    divided: frozenset[str]  # the numbers of those cities
    organisations: Mapping[str, Verdict]
    current: Mapping[str, str]

    def belongs(self, municipality: str, district: str, orgnr: str) -> Verdict:
        """Judge what a row says, as written and checked for shape; "" where it says nothing. The municipality's number goes before the organisation's."""
        if not municipality:
            return self.organisations.get(orgnr, Verdict.SAYS_NOTHING)
        if municipality in self.divided and district not in NO_DISTRICT:
            return self.districts.get((municipality, district), Verdict.UNKNOWN_NUMBER)
        return self.municipalities.get(municipality, Verdict.UNKNOWN_NUMBER)

    def deciding(self, municipality: str, district: str, orgnr: str) -> int:
        """Which of the three decides, by its place among them."""
        if not municipality:
            return 2
        return 1 if municipality in self.divided and district not in NO_DISTRICT else 0

    def resolved(self, municipality: str) -> str:
        """Today's number of a municipality; where there are several (a split), or none was given, the service's own. An unknown number stays as it is."""
        return self.current.get(municipality, municipality)


class Facts(NamedTuple):
    """What the registry knows, whichever service asks; numbers as strings."""

    municipalities: Mapping[str, str]  # every number there was: its organisation number or ""
    changes: Iterable[tuple[str, str]]  # old number, new number
    districts: Iterable[Area]  # every district of every city
    served: Iterable[Area]  # the districts that have, or had, a service of their own


def address(*, facts: Facts, own: Iterable[Area], said: Iterable[str] = ()) -> Addressing:
    """Work out the answers for the service that covers `own`. `said` are numbers that somebody said are its own, where nobody else knows them."""
    own, said = set(own), list(said)
    today = _todays_numbers(facts)
    home = {number for area in own for number in today.get(area.municipality, ())}
    served = set(facts.served)
    divided = {city for area in served for city in today.get(area.municipality, ())}
    municipalities = {number: _verdict(home & heirs) for number, heirs in today.items()}
    districts = {
        (number, district): _verdict(Area(city, district) in own) if Area(city, district) in served else municipalities[city]
        for city, district in facts.districts
        if city in divided
        for number, heirs in today.items()
        if city in heirs
    }
    here = min(home, default="")
    numbers = {municipality: here for municipality, _blank, district in (one.partition(" ") for one in said) if not district}
    parts = [(municipality, district) for municipality, _blank, district in (one.partition(" ") for one in said) if district]
    return Addressing(
        municipalities=dict.fromkeys(numbers, Verdict.MINE) | municipalities,
        districts=dict.fromkeys(parts, Verdict.MINE) | districts,
        divided=frozenset(number for number, heirs in today.items() if heirs & divided),
        organisations={orgnr: municipalities[number] for number, orgnr in facts.municipalities.items() if orgnr},
        current=numbers | {number: min(home & heirs or heirs) for number, heirs in today.items()} | {"": here},
    )


def _verdict(is_mine: object) -> Verdict:
    return Verdict.MINE if is_mine else Verdict.FOREIGN


def _todays_numbers(facts: Facts) -> dict[str, frozenset[str]]:
    """Follow every number through its changes to those that nothing followed: one, or several after a split."""
    became = defaultdict(set)
    for old, new in facts.changes:
        became[old].add(new)

    def heirs(number: str) -> frozenset[str]:
        return frozenset().union(*map(heirs, became[number])) if number in became else frozenset((number,))

    return {number: heirs(number) for number in facts.municipalities}
