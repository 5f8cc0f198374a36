"""Figures across services as a table: one row for each group of a level, with how many of its services report beside every number, and a row for all."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from apps.ledger.models import Direction
from apps.reports import coverage, levels, national, untold
from apps.reports.coverage import Reporting
from apps.reports.figures import FIGURES, Figure
from apps.reports.levels import Level
from apps.reports.national import Tally
from apps.reports.sheet import BY_NAME, Number, at_most, shown
from apps.reports.untold import Sources
from apps.ui import moments

# In both directions together a message that the sender's service and the recipient's both know counts once.
BOTH = "both"
WAYS = (
    (Direction.INBOUND.value, Direction.INBOUND.label),
    (Direction.OUTBOUND.value, Direction.OUTBOUND.label),
    (BOTH, gettext_lazy("Both, each message once")),
)
COLUMNS = [figure for figure in FIGURES if figure.name in ("deliveries", "needs_a_person", "waiting_for_second_look", "late", "never_seen", "children")]
ALPHABET = str.maketrans("æøåÆØÅ", "{|}{|}")


@dataclass(frozen=True)
class Group:
    """Services together: `whole` report in whole and `partial` in part, of `expected`. Its numbers, by COLUMNS, mean nothing where it `is_silent`."""

    name: str
    whole: int
    partial: int
    expected: int
    numbers: list[Number]

    @property
    def reporting(self) -> int:
        return self.whole + self.partial

    @property
    def is_silent(self) -> bool:
        """Nothing has been reported, and no message is known either: not the same as none."""
        return not self.reporting and all(number.count == 0 and not number.between for number in self.numbers)

    @property
    def is_partial(self) -> bool:
        return not self.is_silent and self.whole < self.expected

    @property
    def standing(self) -> Reporting:
        return Reporting.NONE if self.is_silent else Reporting.PARTIAL if self.is_partial else Reporting.WHOLE


@dataclass(frozen=True)
class Rollup:
    groups: list[Group]
    all: Group
    as_of: datetime


def of(*, level: Level, way: str, county: str, now: datetime) -> Rollup:
    """The table of a level, of all services or only of those in a county. Raises DatabaseError for whoever is no national coordinator."""
    direction = "" if way == BOTH else way
    counted, told = national.counted(service=None, now=now), coverage.across(now=now, direction=direction)
    expected, counties = levels.expected(on=timezone.localdate(now)), levels.groups(Level.COUNTY)
    # What has ended is shown for what it knows; what was made for later, and knows nothing, is not.
    services = {service for service in expected | counted.cells.keys() if county in ("", counties[service])}
    named: dict[str, set[int]] = defaultdict(set)
    for service, name in levels.groups(level).items():
        if service in services:
            named[name].add(service)

    def group(name: str, of: Collection[int]) -> Group:
        tally, ours = counted.tally(of), expected & set(of)
        has_case_system = any(told[service].has_case_system for service in told.keys() & set(of))
        numbers = [shown(tally.of(figure, direction)[""], "", figure.label, why_not(figure, tally, direction, has_case_system)) for figure in COLUMNS]
        states = [told[service].reporting if service in told else Reporting.NONE for service in ours]
        return Group(name, states.count(Reporting.WHOLE), states.count(Reporting.PARTIAL), len(ours), numbers)

    rows = [group(name, of) for name, of in sorted(named.items(), key=lambda one: one[0].translate(ALPHABET))]
    return Rollup(rows, group(_("All"), services), now)


def why_not(figure: Figure, tally: Tally, direction: str, has_case_system: bool) -> str | Promise:
    """Why a number of a group that reports cannot be told; empty where it can."""
    of = BY_NAME.get(untold.CHILDREN_OF.get(figure.name, ""))
    count, messages = (at_most(tally.of(one, direction)[""]) if one else 0 for one in (figure, of))
    come = Sources(frozenset({direction}), has_case_system)
    return untold.why(figure=figure.name, part="", direction=direction, count=count, messages=messages, come=come)


def sheet(found: Rollup, *, level: Level) -> Iterator[list[object]]:
    """The table as a file has it: a row for each group, and one for all. A number that is not told stands as its two ends."""
    ends = [
        heading for figure in COLUMNS for heading in (_("%(figure)s, at least") % {"figure": figure.label}, _("%(figure)s, at most") % {"figure": figure.label})
    ]
    yield [str(level.label), _("Reporting"), _("Reporting in part"), _("Expected"), _("Coverage"), *ends]
    for group in [*found.groups, found.all]:
        numbers: Iterable[object] = [end for number in group.numbers for end in ends_of(number, group)]
        yield [group.name, group.reporting, group.partial, group.expected, str(group.standing.label), *numbers]


def ends_of(number: Number, group: Group) -> tuple[object, object]:
    """At least and at most; the reason where there is no number, and nothing where there is no telling."""
    if group.is_silent:
        return Reporting.NONE.label, None
    if number.untold:
        return number.untold, None
    return (number.between.least, number.between.most) if number.between else (number.count, number.count)


def about(found: Rollup, *, level: Level, way: str, county: str) -> Iterator[list[object]]:
    """What the file is: its time, its filter, its coverage, and the definition of each number."""
    yield [_("List"), _("Across services")]
    yield [_("As of"), moments.exact(found.as_of)]
    yield [_("From what was known at"), moments.exact(found.as_of)]
    yield [_("Direction"), str(dict(WAYS)[way])]
    yield [_("Grouped by"), str(level.label)]
    yield [_("County"), county or _("All")]
    yield [_("Coverage"), covered(found.all)]
    yield [_("Small numbers"), str(SMALL)]
    for figure in COLUMNS:
        yield [str(figure.label), f"{figure.counts} {figure.unit}. {figure.clock}."]


def covered(group: Group) -> str:
    told = ngettext("%(reporting)s of %(expected)s service reports", "%(reporting)s of %(expected)s services report", group.expected)
    words = told % {"reporting": group.reporting, "expected": group.expected}
    return words + (", " + _("%(partial)s of them in part") % {"partial": group.partial} if group.partial else "")


SMALL: str | Promise = gettext_lazy(
    "Numbers from one to four in one service are not told, and no sum that would give one away: such a number is shown as the two that it lies between."
)
