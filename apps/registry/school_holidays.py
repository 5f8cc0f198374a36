"""When schools are closed: they send most reports of concern, so fewer are expected then. Pure.

Each county says its own days (skolerute, by opplæringslova); these are the spans within which nearly all of theirs lie. What a holiday does to a
service is learned from its own history, so a week too many costs little.
"""

from datetime import date, timedelta
from functools import cache

from apps.registry.calendar import easter

# (month, day) of the first and the last day; those of Christmas belong to the year in which it begins.
SUMMER, CHRISTMAS = ((6, 20), (8, 17)), ((12, 20), (1, 2))
WINTER_WEEKS, AUTUMN_WEEKS = (8, 9), (40, 41)  # ISO weeks; counties take one of the two
BEFORE_EASTER = timedelta(days=9)  # from the Saturday before Palm Sunday's week is over, to Easter Monday


@cache
def spans(year: int) -> tuple[tuple[date, date], ...]:
    """The first and the last day of each holiday that begins in the year."""
    sunday = easter(year)
    weeks = [(date.fromisocalendar(year, first, 1), date.fromisocalendar(year, last, 7)) for first, last in (WINTER_WEEKS, AUTUMN_WEEKS)]
    return (
        (date(year, *SUMMER[0]), date(year, *SUMMER[1])),
        (date(year, *CHRISTMAS[0]), date(year + 1, *CHRISTMAS[1])),
        (sunday - BEFORE_EASTER, sunday + timedelta(days=1)),
        *weeks,
    )


def is_school_holiday(day: date) -> bool:
    return any(first <= day <= last for year in (day.year - 1, day.year) for first, last in spans(year))
