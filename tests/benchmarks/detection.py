"""How soon silence and loss are seen, and how often somebody is alarmed for nothing: simulated services of the country's sizes, judged each day by the rules of the watch.

`python -m tests.benchmarks.detection` simulates 356 services for a year and a half of history and a year that is judged: once as it should be, once with a
portal that falls silent, once with one report in twenty lost on its way to the case system. No database; about half a minute of one core.
"""

import argparse
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from statistics import median, quantiles

from apps.registry import calendar
from apps.registry.school_holidays import is_school_holiday
from apps.watch.rhythm import MONTH, MONTHLY, History, Level, Share

DAY = timedelta(days=1)
FIRST = date(2022, 1, 3)
KNOWN, JUDGED = 540, 365  # days of history before the first that is judged, and the days that are
LONGEST = 364  # silence and loss begin on the first judged day and are followed for so long
SERVICES = 356
# Reports a year: the smallest services have ten, most have one or two hundred, Bergen has 3,000.
SMALLEST, MEDIAN, SPREAD, LARGEST = 10, 110, 1.15, 3000
CLASSES = ((0, 50, "under 50"), (50, 200, "50-199"), (200, 1000, "200-999"), (1000, 10**9, "1,000 and more"))
WEEK = (1.15, 1.1, 1.05, 1.05, 0.95, 0.12, 0.1)
IN_HOLIDAYS, IN_SCHOOL_HOLIDAYS = 0.08, 0.55
GROWTH = 0.06  # a year
UNRULY = 8.0  # the days' own rates vary as a Gamma of this shape does: more than Poisson's
THROUGH_PORTAL = 0.6
UNCONFIRMED, LOST = 0.01, 0.05
STREAMS = 2  # the portal's, and all of the service together


def sizes(rng: random.Random, services: int) -> list[int]:
    """Reports a year of each service."""
    drawn = [min(LARGEST, max(SMALLEST, round(MEDIAN * rng.lognormvariate(0, SPREAD)))) for _ in range(services - 1)]
    return sorted([*drawn, LARGEST])


def poisson(rng: random.Random, mean: float) -> int:
    """By the gaps between arrivals."""
    count, at = 0, rng.expovariate(1.0)
    while at < mean:
        count, at = count + 1, at + rng.expovariate(1.0)
    return count


def shape(day: date) -> float:
    usual = IN_HOLIDAYS if day in calendar.holidays(day.year) else WEEK[day.weekday()]
    return usual * (IN_SCHOOL_HOLIDAYS if is_school_holiday(day) else 1.0)


SHAPES = [shape(FIRST + DAY * number) for number in range(KNOWN + JUDGED)]
USUAL = sum(SHAPES[:365]) / 365


def counts(rng: random.Random, a_year: float) -> list[int]:
    rates = (a_year / 365 / USUAL * part * (1 + GROWTH) ** (number / 365 - 1) for number, part in enumerate(SHAPES))
    return [poisson(rng, rate * rng.gammavariate(UNRULY, 1 / UNRULY)) for rate in rates]


def levels(counted: list[int], streams: int = STREAMS) -> Iterator[tuple[int, Level | None]]:
    """What is said on each of the judged days."""
    history = History(FIRST, counted)
    for number in range(KNOWN, KNOWN + JUDGED):
        verdict = history.judged(FIRST + DAY * number, streams)
        yield number - KNOWN, verdict.level if verdict else None


def of_share(due: list[int], amiss: list[int]) -> Iterator[tuple[int, Level | None]]:
    share = Share(FIRST, due, amiss)
    for number in range(KNOWN, KNOWN + JUDGED):
        verdict = share.judged(FIRST + DAY * number)
        yield number - KNOWN, verdict.level if verdict else None


def begun(said: list[tuple[int, Level | None]]) -> dict[Level, int]:
    """How many alarms were raised: days on which a level is said that was not said the day before."""
    raised = dict.fromkeys(Level, 0)
    before: Level | None = None
    for _day, level in said:
        if level and level != before:
            raised[level] += 1
        before = level
    return raised


@dataclass
class Seen:
    """Of one class of services: false alarms by level, and the days until silence and loss were seen (None: not within the time that was followed)."""

    services: int = 0
    false: dict[Level, int] = field(default_factory=lambda: dict.fromkeys(Level, 0))
    silence: dict[Level, list[int | None]] = field(default_factory=lambda: {level: [] for level in Level})
    loss: list[int | None] = field(default_factory=list)


def look(rng: random.Random, a_year: int, seen: Seen) -> None:
    """One service, three times."""
    portal = counts(rng, a_year * THROUGH_PORTAL)
    others = counts(rng, a_year * (1 - THROUGH_PORTAL))
    together = [one + other for one, other in zip(portal, others, strict=True)]
    unconfirmed = [sum(rng.random() < UNCONFIRMED for _ in range(count)) for count in portal]
    seen.services += 1
    for said in (levels(portal), levels(together), of_share(portal, unconfirmed)):
        for level, count in begun(list(said)).items():
            seen.false[level] += count
    silent = portal[:KNOWN] + [0] * JUDGED
    found = first_days(levels(silent))
    for level in Level:
        seen.silence[level].append(found.get(level))
    lost = unconfirmed[:KNOWN] + [
        one + sum(rng.random() < LOST for _ in range(count - one)) for one, count in zip(unconfirmed[KNOWN:], portal[KNOWN:], strict=True)
    ]
    seen.loss.append(min(first_days(of_share(portal, lost)).values(), default=None))


def first_days(said: Iterator[tuple[int, Level | None]]) -> dict[Level, int]:
    """The day on which each level was first said, or a higher one, counted from one."""
    found: dict[Level, int] = {}
    for day, level in said:
        if level:
            found.setdefault(Level.LATE, day + 1)
        if level == Level.SILENT:
            found[Level.SILENT] = day + 1
            break
    return found


def simulate(*, seed: int, services: int = SERVICES) -> dict[str, Seen]:
    rng = random.Random(seed)
    found = {name: Seen() for _low, _high, name in CLASSES}
    for a_year in sizes(rng, services):
        name = next(name for low, high, name in CLASSES if low <= a_year < high)
        look(rng, a_year, found[name])
    return found


def false_alarms(seen: Seen) -> float:
    """Of both levels, a service and month."""
    return sum(seen.false.values()) / max(1, seen.services) / (JUDGED / MONTH)


def days(found: list[int | None]) -> str:
    """Median and 90th percentile; what was never seen counts as longer than all."""
    if not found:
        return "-"
    numbers = [LONGEST + 1 if each is None else each for each in found]
    ninth = quantiles(numbers, n=10)[8] if len(numbers) > 1 else numbers[0]
    return " / ".join(f">{LONGEST}" if number > LONGEST else f"{number:.0f}" for number in (median(numbers), ninth))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--services", type=int, default=SERVICES)
    asked = parser.parse_args()
    began = time.process_time()
    found = simulate(seed=asked.seed, services=asked.services)
    print(
        f"{asked.services} services, {JUDGED} days judged of each, seed {asked.seed}; false alarms allowed: {sum(MONTHLY.values()):.2f} a service and month and kind"
    )
    print(f"{'reports a year':16}{'services':>9}{'false alarms':>14}{'silence: late':>16}{'silence: silent':>17}{'5 % lost':>14}")
    print(f"{'':16}{'':>9}{'/service/month':>14}{'median/90th d':>16}{'median/90th d':>17}{'median/90th d':>14}")
    for name, seen in found.items():
        rows = (days(seen.silence[Level.LATE]), days(seen.silence[Level.SILENT]), days(seen.loss))
        print(f"{name:16}{seen.services:>9}{false_alarms(seen):>14.3f}{rows[0]:>16}{rows[1]:>17}{rows[2]:>14}")
    print(f"CPU seconds: {time.process_time() - began:.1f}")


if __name__ == "__main__":
    main()
