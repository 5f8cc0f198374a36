from datetime import date

import pytest

from apps.registry import calendar

# From the almanac (Universitetets almanakk): Easter Sunday of each year.
EASTER = {
    2018: date(2018, 4, 1),
    2019: date(2019, 4, 21),
    2020: date(2020, 4, 12),
    2021: date(2021, 4, 4),
    2022: date(2022, 4, 17),
    2023: date(2023, 4, 9),
    2024: date(2024, 3, 31),
    2025: date(2025, 4, 20),
    2026: date(2026, 4, 5),
    2027: date(2027, 3, 28),
    2038: date(2038, 4, 25),
}


@pytest.mark.parametrize("year", EASTER)
def test_easter_is_where_the_almanac_has_it(year):
    assert calendar.easter(year) == EASTER[year]


@pytest.mark.parametrize(
    "day",
    [date(2024, 1, 1), date(2024, 3, 28), date(2024, 3, 29), date(2024, 4, 1), date(2024, 5, 1), date(2024, 5, 9), date(2024, 5, 17), date(2024, 5, 20)],
)
def test_nobody_works_on_a_public_holiday(day):
    assert not calendar.is_working_day(day)


def test_christmas_eve_and_the_wednesday_before_easter_are_working_days():
    assert calendar.is_working_day(date(2024, 12, 24))
    assert calendar.is_working_day(date(2024, 3, 27))


def test_a_weekend_and_a_holiday_do_not_count_among_the_days_after():
    wednesday_before_easter = date(2024, 3, 27)

    assert calendar.working_days_after(wednesday_before_easter, 0) == date(2024, 4, 1)
    assert calendar.working_days_after(wednesday_before_easter, 1) == date(2024, 4, 2)


def test_the_numbers_of_two_days_differ_by_the_working_days_between_them():
    numbers = {one.day: one.number for one in calendar.days(date(2024, 3, 1), date(2024, 4, 30))}

    assert numbers[date(2024, 4, 2)] - numbers[date(2024, 3, 27)] == 1
    assert numbers[date(2024, 3, 10)] == numbers[date(2024, 3, 8)]


def test_the_last_day_within_a_number_of_working_days_is_where_the_numbers_say():
    days = list(calendar.days(date(2024, 3, 1), date(2024, 6, 30)))
    numbers = {one.day: one.number for one in days}

    for one in days[:60]:
        last = calendar.working_days_after(one.day, 5)
        assert numbers[last] - one.number == 5
        assert numbers[last + calendar.DAY] - one.number == 6
