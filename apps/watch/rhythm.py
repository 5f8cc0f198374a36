"""What is expected of a stream of messages by its own history, and how unlikely it is that so few came. Pure; days are Oslo's.

A day is of one of eight kinds (the weekdays and public holidays), in or outside school holidays; each kind has a rate learned from the days before those that
are judged. How many come is taken for Poisson's, with two honest additions: the rate itself is uncertain where the history is short (Gamma, so that counts
are negative binomial), and where days differ more than Poisson's would, expected and found numbers are divided by that dispersion.

How small a chance must be before somebody is alarmed follows from how often one may be alarmed for nothing (MONTHLY), shared among a service's streams and
among the questions that are asked of each in a month. So a stream of many messages speaks after hours of silence, and one of few after weeks: `patience`.
"""

from bisect import bisect_left
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from functools import cache
from itertools import accumulate
from math import exp, log

from apps.registry import calendar, school_holidays

DAY = timedelta(days=1)
HOLIDAY, KINDS = 7, 8
WORKING = range(5)
CELLS = 2 * KINDS  # the kinds outside school holidays, then those in them
MONTH = 30
WINDOWS = (7, 28, 84)  # days in which too few may have come, besides those since the last message
LEAST_DAYS, LEAST_MESSAGES = 28, 5  # of history, before anything is said
LARGE = 1e200
# What stands for knowledge before there is any: a kind of day is like the others of a working day or a free one, as if four had been seen; and in school
# holidays so much of the usual comes, as if five messages had been seen.
PRIOR_DAYS, PRIOR_MESSAGES, PRIOR_OF_HOLIDAYS = 4.0, 5.0, 0.6


class Level(StrEnum):
    LATE = "late"
    SILENT = "silent"


# False alarms of a service and month that each level may give, all streams of the service together; together far below the one that is bearable.
MONTHLY = {Level.LATE: 0.4, Level.SILENT: 0.02}
# A share is only said to fall where the chance would convince a person, however seldom it is asked.
CONVINCING = {Level.LATE: 0.01, Level.SILENT: 0.001}


@dataclass(frozen=True)
class Verdict:
    """What stands out most: in the days from `since` to `until`, both included, `expected` were due, `got` came, and the chance of so few is `chance`."""

    level: Level | None
    since: date
    until: date
    expected: float
    got: int
    chance: float


@dataclass(frozen=True)
class Fit:
    """The rate of each cell in messages a day, how sure it is (as a number of messages seen), and how much more than Poisson's days differ."""

    rates: tuple[float, ...]
    seen: float
    dispersion: float

    def expected(self, days: Sequence[int]) -> float:
        return sum(rate * count for rate, count in zip(self.rates, days, strict=True))

    def chance_of_at_most(self, got: int, expected: float) -> float:
        return at_most(int(got / self.dispersion), mean=expected / self.dispersion, seen=(self.seen + 0.5) / self.dispersion)


class History:
    """The counts of consecutive days from `first`; `spoken_for` are days of which a source said that there was nothing, which is a message and no silence.

    `county` is whose school holidays count; empty for the common ones.
    """

    def __init__(self, first: date, counts: Sequence[int], spoken_for: Collection[date] = (), county: str = "") -> None:
        self.first, self.counts = first, counts
        cells = [cell(first + DAY * number, county) for number in range(len(counts))]
        self.days = cumulated([1] * len(counts), cells)
        self.messages = cumulated(counts, cells)
        asked = [int(first + DAY * number not in spoken_for) for number in range(len(counts))]
        self.asked = cumulated(asked, cells) if spoken_for else self.days
        self.total = [0, *accumulate(counts)]
        self.squares = [0, *accumulate(count * count for count in counts)]
        self.busy = [number for number, count in enumerate(counts) if count]

    def fit(self, before: int) -> Fit:
        """What the days before the one of this number say."""
        days, messages = self.days[before], self.messages[before]
        working, free = (mean(days, messages, kinds) for kinds in (WORKING, (5, 6, HOLIDAY)))
        usual = [(messages[kind] + PRIOR_DAYS * (working if kind in WORKING else free)) / (days[kind] + PRIOR_DAYS) for kind in range(KINDS)]
        in_holidays = sum(rate * count for rate, count in zip(usual, days[KINDS:], strict=True))
        part = (sum(messages[KINDS:]) + PRIOR_MESSAGES * PRIOR_OF_HOLIDAYS) / (in_holidays + PRIOR_MESSAGES)
        rates = (*usual, *(rate * part for rate in usual))
        return Fit(rates, self.total[before], self.dispersion(before, days, rates))

    def dispersion(self, before: int, days: Sequence[int], rates: Sequence[float]) -> float:
        """Never below one: days that differ less than Poisson's are no reason to be surer."""
        if before <= LEAST_DAYS:
            return 1.0
        explained = sum(count * rate * (1 + rate) for count, rate in zip(days, rates, strict=True))
        return max(1.0, self.squares[before] / explained) if explained else 1.0

    def judged(self, until: date, streams: int = 1) -> Verdict | None:
        """What stands out most of the days up to `until`, for one of so many streams of a service; None while there is too little history."""
        end = min((until - self.first).days + 1, len(self.counts))
        found = [each for begin in self.beginnings(end) if (each := self.window(begin, end, streams))]
        return min(found, key=lambda each: (severity(each.level), each.chance), default=None)

    def beginnings(self, end: int) -> list[int]:
        """Since the last message, and the windows."""
        place = bisect_left(self.busy, end)
        since_last = self.busy[place - 1] + 1 if place else 0
        return [each for each in (since_last, *(end - window for window in WINDOWS)) if 0 < each < end]

    def window(self, begin: int, end: int, streams: int) -> Verdict | None:
        if begin < LEAST_DAYS or self.total[begin] < LEAST_MESSAGES:
            return None
        fit = self.fit(begin)
        got = self.total[end] - self.total[begin]
        expected = fit.expected([after - before for after, before in zip(self.asked[end], self.asked[begin], strict=True)])
        chance = fit.chance_of_at_most(got, expected)
        asked = questions(got, end - begin, self.total[begin] / begin)
        level = next((level for level in (Level.SILENT, Level.LATE) if chance < MONTHLY[level] / streams / 2 / asked), None)
        return Verdict(level, self.first + DAY * begin, self.first + DAY * (end - 1), expected, got, chance)

    def patience(self, streams: int = 1) -> dict[Level, int] | None:
        """For how many days there must be silence before each level is said, at the usual rate; None while there is too little history."""
        begin = len(self.counts)
        if begin < LEAST_DAYS or self.total[begin] < LEAST_MESSAGES:
            return None
        fit, rate = self.fit(begin), self.total[begin] / begin
        seen = (fit.seen + 0.5) / fit.dispersion
        return {
            level: max(1, round(seen * ((MONTHLY[level] / streams / 2 / questions(0, 1, rate)) ** (-1 / seen) - 1) * fit.dispersion / rate)) for level in Level
        }


def questions(got: int, days: int, rate: float) -> float:
    """How many answers of one kind, independent of each other, a month gives: each message begins a new silence; a window is new after a third of it."""
    return max(1.0, min(rate, 1.0) * MONTH) if not got and days not in WINDOWS else len(WINDOWS) * max(1.0, 3 * MONTH / days)


def severity(level: Level | None) -> int:
    return {Level.SILENT: 0, Level.LATE: 1, None: 2}[level]


@dataclass(frozen=True)
class Share:
    """Of those that were due on each day from `first`, how many went amiss (not confirmed, not read in time)."""

    first: date
    due: Sequence[int]
    amiss: Sequence[int]

    def judged(self, until: date, windows: Sequence[int] = WINDOWS) -> Verdict | None:
        """Whether more go amiss than the days before let expect; `got` of `expected` went amiss. None while there is too little history."""
        end = min((until - self.first).days + 1, len(self.due))
        found = [each for window in windows if (each := self.window(end - window, end, len(windows)))]
        return min(found, key=lambda each: (severity(each.level), each.chance), default=None)

    def window(self, begin: int, end: int, windows: int) -> Verdict | None:
        if begin < LEAST_DAYS or sum(self.due[:begin]) < LEAST_MESSAGES:
            return None
        known, wrong, due, got = (sum(numbers) for numbers in (self.due[:begin], self.amiss[:begin], self.due[begin:end], self.amiss[begin:end]))
        expected = due * (wrong + 0.5) / (known + 1)
        chance = 1 - at_most(got - 1, mean=expected, seen=wrong + 0.5) if got else 1.0
        bound = {level: min(CONVINCING[level], MONTHLY[level] / windows / max(1.0, 3 * MONTH / (end - begin))) for level in Level}
        level = next((level for level in (Level.SILENT, Level.LATE) if got > 1 and chance < bound[level]), None)
        return Verdict(level, self.first + DAY * begin, self.first + DAY * (end - 1), expected, got, max(chance, 0.0))


@cache
def cell(day: date, county: str = "") -> int:
    """The kind of a day, in or outside of the school holidays of a county."""
    free = day in calendar.holidays(day.year)
    return (HOLIDAY if free else day.weekday()) + KINDS * school_holidays.is_school_holiday(day, county)


def cumulated(numbers: Sequence[int], cells: Sequence[int]) -> list[tuple[int, ...]]:
    """For each day the sums of all days before it, by cell; one more than there are days."""
    sums = [0] * CELLS
    found = [tuple(sums)]
    for number, place in zip(numbers, cells, strict=True):
        sums[place] += number
        found.append(tuple(sums))
    return found


def mean(days: Sequence[int], messages: Sequence[int], kinds: Collection[int]) -> float:
    """Messages a day over several kinds of day, outside school holidays if any was seen there."""
    for offset in (0, KINDS):
        if count := sum(days[kind + offset] for kind in kinds):
            return sum(messages[kind + offset] for kind in kinds) / count
    return 0.0


def at_most(got: int, *, mean: float, seen: float) -> float:
    """The chance of no more than `got` where `mean` are expected by a rate that `seen` messages tell (negative binomial; Poisson when `seen` is large)."""
    if got < 0:
        return 0.0
    if mean <= 0:
        return 1.0
    none, each = seen * log(seen / (seen + mean)), mean / (seen + mean)
    # Where a thousand are expected, the chance of none is smaller than a float can be: counted in units of it, and by its logarithm whenever they grow large.
    unit, chance, total = none, 1.0, 1.0
    for number in range(got):
        chance *= (seen + number) / (number + 1) * each
        total += chance
        if total > LARGE:
            unit, chance, total = unit + log(total), chance / total, 1.0
    return min(exp(unit + log(total)), 1.0)
