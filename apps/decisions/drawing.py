"""Which closed messages of a week are drawn for another look: by chance, and so that anybody can draw the same again. Pure but for the seed."""

import random
from collections.abc import Sequence
from datetime import date, datetime, timedelta

from django.utils import timezone

from apps.ui.filters import start_of

WEEK = timedelta(days=7)
# Weeks that are drawn from when nobody has, because the worker was away.
CAUGHT_UP = 4


def sample(*, closed: Sequence[int], of_hundred: int, seed: str) -> list[int]:
    """That share of the decisions, at least one where there are any; the same for the same seed, in whatever order they are given."""
    size = -(-len(closed) * of_hundred // 100)
    return sorted(random.Random(seed).sample(sorted(closed), size))


def weeks_over(*, now: datetime) -> list[date]:
    """The Mondays of the last whole weeks in Oslo, earliest first."""
    today = timezone.localdate(now)
    monday = today - timedelta(days=today.weekday())
    return [monday - number * WEEK for number in range(CAUGHT_UP, 0, -1)]


def bounds(week: date) -> tuple[datetime, datetime]:
    """When a week begins and ends in Oslo (aware)."""
    return start_of(week), start_of(week + WEEK)
