"""72 hours from awareness, as time passes."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from apps.breaches.clock import clock

AWARE = datetime(2024, 2, 1, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("passed", "hours", "is_late"),
    [(0 * HOUR, 72, False), (71.5 * HOUR, 0, False), (72 * HOUR, 0, False), (72 * HOUR + timedelta(seconds=1), -1, True), (100 * HOUR, -28, True)],
)
def test_hours_are_counted_from_awareness_until_the_authority_is_told_or_now(passed, hours, is_late):
    waiting = clock(aware_at=AWARE, told_at=None, now=AWARE + passed)
    told = clock(aware_at=AWARE, told_at=AWARE + passed, now=AWARE + 900 * HOUR)

    assert (waiting.hours, waiting.is_late, waiting.is_told) == (hours, is_late, False)
    assert (told.hours, told.is_late, told.is_told) == (hours, is_late, True)


def test_a_night_in_which_the_clocks_are_changed_makes_the_limit_neither_longer_nor_shorter():
    aware_at = datetime(2024, 3, 30, 12, tzinfo=ZoneInfo("Europe/Oslo"))

    due_at = clock(aware_at=aware_at, told_at=None, now=aware_at).due_at

    assert due_at.astimezone(ZoneInfo("Europe/Oslo")).hour == 13
