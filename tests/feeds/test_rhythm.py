"""Absence is the signal: when a feed is late, and when it is silent."""

from datetime import UTC, datetime

import pytest

from apps.feeds.rhythm import Standing, standing

MONDAY = datetime(2024, 2, 5, 9, tzinfo=UTC)
FRIDAY = datetime(2024, 2, 9, 9, tzinfo=UTC)
MAUNDY_WEDNESDAY = datetime(2024, 3, 27, 9, tzinfo=UTC)


def at(day, clock="12:00"):
    return datetime.fromisoformat(f"{day}T{clock}+01:00")


@pytest.mark.parametrize(
    ("now", "stands"),
    [
        (at("2024-02-06", "23:59"), Standing.IN_TIME),
        (at("2024-02-07", "00:00"), Standing.LATE),
        (at("2024-02-07", "23:59"), Standing.LATE),
        (at("2024-02-08", "00:00"), Standing.SILENT),
    ],
)
def test_a_daily_file_is_late_when_the_day_is_over_and_silent_a_day_later(now, stands):
    assert standing(latest_at=MONDAY, expected_every=1, in_working_days=False, now=now) == stands


@pytest.mark.parametrize(
    ("latest_at", "in_time", "late"),
    [(FRIDAY, "2024-02-12", "2024-02-13"), (MAUNDY_WEDNESDAY, "2024-04-02", "2024-04-03")],
    ids=["over a weekend", "over Easter"],
)
def test_nobody_expects_a_file_of_working_days_on_another(latest_at, in_time, late):
    told = {"latest_at": latest_at, "expected_every": 1, "in_working_days": True}

    assert standing(**told, now=at(in_time)) == Standing.IN_TIME
    assert standing(**told, now=at(late)) == Standing.LATE


def test_of_a_feed_of_which_nobody_said_how_often_nothing_is_late():
    assert standing(latest_at=MONDAY, expected_every=None, in_working_days=False, now=at("2031-01-01")) == Standing.UNSAID
