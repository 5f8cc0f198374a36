"""Times in words."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import translation

from apps.ui import marks, moments

NOW = datetime(2024, 3, 31, 10, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def in_english():
    with translation.override("en"):
        yield


@pytest.mark.parametrize(
    ("before", "words"),
    [
        (timedelta(seconds=30), "just now"),
        (timedelta(seconds=-30), "just now"),
        (timedelta(minutes=2), "2 minutes ago"),
        (timedelta(minutes=89), "89 minutes ago"),
        (timedelta(minutes=90), "1 hour ago"),
        (timedelta(hours=47, minutes=59), "47 hours ago"),
        (timedelta(hours=48), "2 days ago"),
        (timedelta(days=59), "59 days ago"),
        (timedelta(days=60), "2 months ago"),
        (timedelta(days=800), "2 years ago"),
        (timedelta(days=-3), "in 3 days"),
    ],
)
def test_a_length_of_time_is_one_number_and_one_unit(before, words):
    assert moments.ago(NOW - before, now=NOW) == words


def test_the_exact_time_is_oslos_on_either_side_of_the_change_to_summer_time():
    assert moments.exact(datetime(2024, 3, 31, 0, 59, tzinfo=UTC)) == "31.03.2024 01:59"
    assert moments.exact(datetime(2024, 3, 31, 1, 0, tzinfo=UTC)) == "31.03.2024 03:00"


def test_a_time_shows_its_words_and_carries_the_exact_time():
    shown = marks.moment(NOW - timedelta(days=3), now=NOW)

    assert "<span>3 days ago</span>" in shown
    assert 'title="28.03.2024 11:00"' in shown
    assert 'datetime="2024-03-28T11:00:00+01:00"' in shown


@pytest.mark.parametrize(
    ("left", "number", "manner"),
    [
        (timedelta(hours=1), "&lt;1", "days--now"),
        (timedelta(days=2), "2", "days--now"),
        (timedelta(days=2, seconds=1), "2", "days--soon"),
        (timedelta(days=7), "7", "days--soon"),
        (timedelta(days=7, seconds=1), "7", "days--later"),
        (timedelta(0), "0", "days--gone"),
        (timedelta(days=-12), "−12", "days--gone"),
    ],
)
def test_days_left_are_red_only_while_something_can_be_saved_soon(left, number, manner):
    shown = marks.days_left(NOW + left, now=NOW)

    assert f'aria-hidden="true">{number}</span>' in shown
    assert manner in shown
    assert ("days--soon" in shown) == (timedelta(0) < left <= timedelta(days=7))


def test_no_deadline_is_said_in_words():
    assert "no known deadline" in marks.days_left(None, now=NOW)
