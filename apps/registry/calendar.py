"""Working days in Norway: neither a weekend nor one of the public holidays (helligdagsfredloven § 2, 1 May and 17 May). Pure."""

from collections.abc import Iterator
from datetime import date, timedelta
from functools import cache
from typing import NamedTuple

DAY = timedelta(days=1)
SATURDAY = 5
FIXED = ((1, 1), (5, 1), (5, 17), (12, 25), (12, 26))
# Maundy Thursday, Good Friday, Easter Sunday and Monday, Ascension, Whit Sunday and Monday, in days from Easter Sunday.
AROUND_EASTER = (-3, -2, 0, 1, 39, 49, 50)


class Day(NamedTuple):
    """`number` counts the working days up to and with this one, from wherever the counting began: so many lie between two days as their numbers differ."""

    day: date
    number: int
    is_working: bool


def easter(year: int) -> date:
    """Easter Sunday of the Gregorian calendar (Butcher's rule)."""
    a, (b, c) = year % 19, divmod(year, 100)
    d, e = divmod(b, 4)
    g = (8 * b + 13) // 25
    h = (19 * a + b - d - g + 15) % 30
    i, k = divmod(c, 4)
    behind = (32 + 2 * e + 2 * i - h - k) % 7
    m = (a + 11 * h + 19 * behind) // 433
    month = (h + behind - 7 * m + 90) // 25
    return date(year, month, (h + behind - 7 * m + 33 * month + 19) % 32)


@cache
def holidays(year: int) -> frozenset[date]:
    sunday = easter(year)
    return frozenset({date(year, *fixed) for fixed in FIXED} | {sunday + timedelta(days=days) for days in AROUND_EASTER})


def is_working_day(day: date) -> bool:
    return day.weekday() < SATURDAY and day not in holidays(day.year)


def days(first: date, last: date) -> Iterator[Day]:
    """Every day from `first` to `last`, both included."""
    number, day = 0, first
    while day <= last:
        works = is_working_day(day)
        number += works
        yield Day(day, number, works)
        day += DAY


def working_days_after(day: date, count: int) -> date:
    """The last day that is no more than `count` working days after `day`: a weekend that follows belongs to it."""
    after = day
    while count >= 0:
        after += DAY
        count -= is_working_day(after)
    return after - DAY
