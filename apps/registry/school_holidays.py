"""When schools are closed: they send most reports of concern, so fewer are expected then. Pure, but for its table.

Each county says its own days (skolerute, by opplæringslova). Winter and autumn differ: of the counties and years in data/school_holidays.csv, which names its
sources, these days are known. For all else stand the spans within which nearly all of theirs lie. What a holiday does to a service is learned from its own
history, so a week too many costs little.
"""

import csv
from collections.abc import Iterable
from datetime import date, timedelta
from functools import cache
from pathlib import Path

from apps.registry.calendar import easter

TABLE = Path(__file__).parent / "data" / "school_holidays.csv"
Span = tuple[date, date]  # the first and the last day

# (month, day) of the first and the last day; those of Christmas belong to the year in which it begins.
SUMMER, CHRISTMAS = ((6, 20), (8, 17)), ((12, 20), (1, 2))
COMMON_WEEKS = {"winter": (8, 9), "autumn": (40, 41)}  # ISO weeks; most counties take one of the two
BEFORE_EASTER = timedelta(days=9)  # from the Saturday before Palm Sunday's week is over, to Easter Monday
WEEKEND = timedelta(days=2)  # after the Friday on which a holiday ends


@cache
def table() -> dict[tuple[str, str, int], tuple[Span, ...]]:
    """The known spans by county, holiday and year; those that end on a Friday with their weekend."""
    found: dict[tuple[str, str, int], tuple[Span, ...]] = {}
    with TABLE.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            first, last = date.fromisoformat(row["first"]), date.fromisoformat(row["last"])
            key = row["county"], row["holiday"], first.year
            found[key] = (*found.get(key, ()), (first, last + WEEKEND if last.isoweekday() == 5 else last))
    return found


@cache
def spans(year: int, county: str = "") -> tuple[Span, ...]:
    """The first and the last day of each holiday that begins in the year, in a county as its table says, else in common."""
    sunday = easter(year)
    common = {holiday: ((date.fromisocalendar(year, first, 1), date.fromisocalendar(year, last, 7)),) for holiday, (first, last) in COMMON_WEEKS.items()}
    weeks = [span for holiday, either in common.items() for span in table().get((county, holiday, year), either)]
    return (
        (date(year, *SUMMER[0]), date(year, *SUMMER[1])),
        (date(year, *CHRISTMAS[0]), date(year + 1, *CHRISTMAS[1])),
        (sunday - BEFORE_EASTER, sunday + timedelta(days=1)),
        *weeks,
    )


def is_school_holiday(day: date, county: str = "") -> bool:
    return any(first <= day <= last for year in (day.year - 1, day.year) for first, last in spans(year, county))


def known_years(county: str, years: Iterable[int]) -> dict[str, list[int]]:
    """Of which of these years the table knows the county's winter and autumn holidays; in the others the common weeks count."""
    asked = sorted(set(years))
    return {holiday: [year for year in asked if (county, holiday, year) in table()] for holiday in COMMON_WEEKS}
