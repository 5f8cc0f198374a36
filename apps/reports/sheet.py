"""Figures as the page shows them: rows of numbers by direction, each number with the address of exactly its rows where the person may see rows."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.http import urlencode

from apps.deliveries.states import State
from apps.ledger.models import Direction
from apps.registry.models import Service
from apps.reports import untold
from apps.reports.coverage import Reporting, Told
from apps.reports.figures import FIGURES, Figure, Kind, by_service_and_direction
from apps.reports.national import Counted
from apps.reports.spans import Span
from apps.reports.untold import Sources

BY_NAME = {figure.name: figure for figure in FIGURES}
# What of each figure is shown of every service beside the others; the rest is on the service's own page.
AT_A_GLANCE = ("deliveries", "needs_a_person", "waiting_for_second_look", "late")


@dataclass(frozen=True)
class Number:
    """`url` is empty where the person may not see the rows; `between` is set where the number is not told, of services that are not the person's own;
    `untold` says why there is none at all, and is then shown instead.
    """

    count: int | None
    url: str
    label: str | Promise = ""
    between: Span | None = None
    untold: str | Promise = ""


def shown(counted: int | Span, url: str, label: str | Promise, untold: str | Promise = "") -> Number:
    if isinstance(counted, Span):
        return Number(counted.exact, url, label, None if counted.exact is not None else counted, untold)
    return Number(counted, url, label, untold=untold)


@dataclass(frozen=True)
class Row:
    label: str | Promise
    numbers: list[Number]


@dataclass(frozen=True)
class Section:
    """One figure: what it counts, and its rows, one where it has no parts."""

    figure: Figure
    rows: list[Row]


@dataclass(frozen=True)
class ServiceRow:
    service: Service
    direction: str | Promise
    url: str
    numbers: list[Number]


def all_of_them(direction: str, **filters: str) -> str:
    return f"{reverse('deliveries:list')}?{urlencode({'direction': direction, **filters})}"


def worklist(slug: str, direction: str, **filters: str) -> str:
    return reverse("worklists:list", args=[direction, slug]) + (f"?{urlencode(filters)}" if filters else "")


# Where the rows of each figure are listed: from the direction, the part, and the list's other filters.
LISTS: dict[str, Callable[..., str]] = {
    "deliveries": lambda direction, part, **filters: all_of_them(direction, **filters),
    "states": lambda direction, part, **filters: all_of_them(direction, state=part, **filters),
    "needs_a_person": lambda direction, part, **filters: worklist("open", direction, **filters),
    "waiting_for_second_look": lambda direction, part, **filters: worklist("second-look", direction, **filters),
    "late": lambda direction, part, **filters: all_of_them(direction, late="yes", **filters),
    "never_seen": lambda direction, part, **filters: worklist("open", direction, seen="no", **filters),
    "children": lambda direction, part, **filters: all_of_them(direction, children="stated", **filters),
    "children_open": lambda direction, part, **filters: worklist("open", direction, children="stated", **filters),
    "categories": lambda direction, part, **filters: all_of_them(direction, category=part, **filters),
    "open_categories": lambda direction, part, **filters: worklist("open", direction, category=part, **filters),
    "settled": lambda direction, part, **filters: all_of_them(direction, state=State.SETTLED.value, outcome=part, **filters),
}


class Counts(Protocol):
    """Numbers to be shown: those of the person's own services (`Own`), or across services (`Across`). `come` is what had come that could tell them."""

    def of(self, figure: Figure, direction: str, service: int | None = None) -> Mapping[str, int] | Mapping[str, Span]: ...

    def has(self, service: int, direction: str) -> bool: ...

    def come(self, service: int | None = None) -> Sources: ...


class Own:
    """The exact numbers of a tally, with what has come of each service."""

    def __init__(self, tally: Counter[Kind], sources: Mapping[int, Sources]) -> None:
        self.together = {direction: of_direction(tally, direction) for direction in Direction.values}
        self.apart = by_service_and_direction(tally)
        self.sources = sources

    def come(self, service: int | None = None) -> Sources:
        return untold.together(self.sources.values()) if service is None else self.sources.get(service, Sources())

    def of(self, figure: Figure, direction: str, service: int | None = None) -> Mapping[str, int]:
        return figure.of(self.together[direction] if service is None else self.apart.get((service, direction), Counter()))

    def has(self, service: int, direction: str) -> bool:
        return (service, direction) in self.apart


class Across:
    """Numbers across the wall, with what each service reports in each direction."""

    def __init__(self, counted: Counted, told: Mapping[str, Mapping[int, Told]]) -> None:
        self.of, self.has, self.due = counted.of, counted.has, counted.due
        self.told = told

    def come(self, service: int | None = None) -> Sources:
        return untold.together(
            Sources(frozenset({direction}), one.has_case_system)
            for direction, told in self.told.items()
            for pk, one in told.items()
            if service in (None, pk) and one.reporting != Reporting.NONE
        )


def sections(counts: Counts, *, linked: bool, service: Service | None) -> list[Section]:
    """Every figure with its rows. `linked` says whether the person may see all that is counted; `service` is the one that it is limited to, if it is."""
    return [section(figure, counts, linked, service) for figure in FIGURES]


def section(figure: Figure, counts: Counts, linked: bool, service: Service | None) -> Section:
    limits = filters(service)
    parts = figure.parts or {"": figure.label}
    return Section(
        figure,
        [Row(label, [number(figure, direction, part, counts, linked, service, limits) for direction in Direction.values]) for part, label in parts.items()],
    )


def number(figure: Figure, direction: str, part: str, counts: Counts, linked: bool, service: Service | None, limits: dict[str, str]) -> Number:
    pk = service.pk if service else None
    url = LISTS[figure.name](direction, part, **limits) if linked else ""
    return shown(counts.of(figure, direction, pk)[part], url, Direction(direction).label, why_not(counts, figure, direction, part, pk))


def why_not(counts: Counts, figure: Figure, direction: str, part: str, service: int | None) -> str | Promise:
    """Why a number cannot be told; empty where it can."""
    of = BY_NAME.get(untold.CHILDREN_OF.get(figure.name, ""))
    messages = at_most(counts.of(of, direction, service)[""]) if of else 0
    count = at_most(counts.of(figure, direction, service)[part])
    return untold.why(figure=figure.name, part=part, direction=direction, count=count, messages=messages, come=counts.come(service))


def at_most(counted: int | Span) -> int:
    """The number, or anything but 0 where it is not known to be 0."""
    return counted if isinstance(counted, int) else 1 if counted.exact is None else counted.exact


def filters(service: Service | None) -> dict[str, str]:
    return {"service": service.code} if service else {}


def of_direction(tally: Counter[Kind], direction: str) -> Counter[Kind]:
    return Counter({kind: count for kind, count in tally.items() if kind.direction == direction})


def by_service(counts: Counts, services: Iterable[Service], *, visible: Iterable[int]) -> list[ServiceRow]:
    """The few figures of each service and direction that has any messages, by the services' order."""
    seen = set(visible)
    return [
        ServiceRow(
            service,
            Direction(direction).label,
            f"{reverse('reports:figures')}?{urlencode({'service': service.code})}",
            [
                shown(
                    counts.of(figure, direction, service.pk)[""],
                    LISTS[figure.name](direction, "", service=service.code) if service.pk in seen else "",
                    figure.label,
                    why_not(counts, figure, direction, "", service.pk),
                )
                for figure in FIGURES
                if figure.name in AT_A_GLANCE
            ],
        )
        for service in services
        for direction in Direction.values
        if counts.has(service.pk, direction)
    ]
