"""Days on which a person saw far more messages than they usually do: a plain rule that anybody can check, and a reason to ask, never a verdict.

Pure: the counts are given. A day is unusual when at least AT_LEAST messages were viewed, and more than TIMES the person's usual day; that is the middle one
of their days with any view in the USUAL days before. Of somebody with fewer than KNOWN_AFTER such days no usual day is known, so AT_LEAST decides alone.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby
from statistics import median

TIMES, AT_LEAST, KNOWN_AFTER = 3, 30, 5
SHOWN, USUAL = timedelta(days=30), timedelta(days=60)


@dataclass(frozen=True)
class UnusualDay:
    """`usual` is the number of messages on a usual day, None where none is known; `earlier` how many days that was found from."""

    person_id: int
    day: date
    count: int
    usual: float | None
    earlier: int


def unusual(counts: Iterable[tuple[int, date, int]], *, since: date) -> list[UnusualDay]:
    """From (person, day, messages viewed), by person and day: the unusual days from `since` on, the latest first and the largest first."""
    found = []
    for _person, days in groupby(counts, key=lambda counted: counted[0]):
        earlier: list[tuple[date, int]] = []
        for person, day, count in days:
            before = [views for when, views in earlier if when >= day - USUAL]
            usual = median(before) if len(before) >= KNOWN_AFTER else None
            if day >= since and count >= AT_LEAST and (usual is None or count > TIMES * usual):
                found.append(UnusualDay(person, day, count, usual, len(before)))
            earlier.append((day, count))
    return sorted(found, key=lambda one: (-one.day.toordinal(), -one.count, one.person_id))
