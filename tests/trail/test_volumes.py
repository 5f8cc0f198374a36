from datetime import date, timedelta

import pytest

from apps.trail.volumes import unusual

TODAY = date(2024, 3, 1)
ANNE, BERIT = 7, 8


def days(*counts, person=ANNE):
    """One count a day, the last of them today; None for a day without any view."""
    first = TODAY - timedelta(days=len(counts) - 1)
    return [(person, first + timedelta(days=number), count) for number, count in enumerate(counts) if count is not None]


def found(*counted, since=TODAY):
    return [(day.person_id, day.day, day.count, day.usual, day.earlier) for day in unusual(sorted(counted), since=since)]


@pytest.mark.parametrize(
    ("before", "today", "is_unusual"),
    [
        ((10, 10, 10, 10, 10), 31, True),
        ((10, 10, 10, 10, 10), 30, False),  # not more than three times
        ((2, 2, 2, 2, 2), 29, False),  # too few to ask about
        ((2, 2, 2, 2, 2), 30, True),
        ((1, 1, 12, 12, 12), 37, True),
        ((1, 1, 12, 12, 12), 36, False),  # the middle one counts, not the mean
        ((9, None, None, 9, None, 9, 9, None, 9), 30, True),  # days without a view are no usual days
    ],
)
def test_a_day_is_unusual_when_it_is_large_and_far_beyond_the_usual_one(before, today, is_unusual):
    assert bool(found(*days(*before, today))) is is_unusual


def test_while_no_usual_day_is_known_the_number_decides_alone():
    assert found(*days(40, 40, 30)) == [(ANNE, TODAY, 30, None, 2)]
    assert found(*days(4, 4, 29)) == []


def test_what_was_usual_long_ago_is_forgotten():
    before = [(ANNE, TODAY - timedelta(days=61 + number), 1) for number in range(20)]

    assert found(*before, (ANNE, TODAY, 30)) == [(ANNE, TODAY, 30, None, 0)]


def test_each_person_is_held_against_themselves():
    mine, others = days(10, 10, 10, 10, 10, 35), days(30, 30, 30, 30, 30, 35, person=BERIT)

    assert found(*mine, *others) == [(ANNE, TODAY, 35, 10, 5)]


def test_the_latest_come_first_and_the_largest_of_a_day():
    counted = [*days(50, 40), *days(60, person=BERIT)]

    assert [(person, count) for person, _day, count, *_ in found(*counted, since=TODAY - timedelta(days=1))] == [(BERIT, 60), (ANNE, 40), (ANNE, 50)]
