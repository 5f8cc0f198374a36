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
from apps.reports.figures import FIGURES, Figure, Kind, by_service_and_direction
from apps.reports.spans import Span

# What of each figure is shown of every service beside the others; the rest is on the service's own page.
AT_A_GLANCE = ("deliveries", "needs_a_person", "waiting_for_second_look", "late")


@dataclass(frozen=True)
class Number:
    """`url` is empty where the person may not see the rows; `between` is set where the number is not told, of services that are not the person's own."""

    count: int | None
    url: str
    label: str | Promise = ""
    between: Span | None = None


def shown(counted: int | Span, url: str, label: str | Promise) -> Number:
    if isinstance(counted, Span):
        return Number(counted.exact, url, label, None if counted.exact is not None else counted)
    return Number(counted, url, label)


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
    """Numbers to be shown: those of the person's own services (`Own`), or across services (`national.Counted`)."""

    def of(self, figure: Figure, direction: str, service: int | None = None) -> Mapping[str, int] | Mapping[str, Span]: ...

    def has(self, service: int, direction: str) -> bool: ...


class Own:
    """The exact numbers of a tally."""

    def __init__(self, tally: Counter[Kind]) -> None:
        self.together = {direction: of_direction(tally, direction) for direction in Direction.values}
        self.apart = by_service_and_direction(tally)

    def of(self, figure: Figure, direction: str, service: int | None = None) -> Mapping[str, int]:
        return figure.of(self.together[direction] if service is None else self.apart.get((service, direction), Counter()))

    def has(self, service: int, direction: str) -> bool:
        return (service, direction) in self.apart


def sections(counts: Counts, *, linked: bool, service: Service | None) -> list[Section]:
    """Every figure with its rows. `linked` says whether the person may see all that is counted; `service` is the one that it is limited to, if it is."""
    return [section(figure, counts, linked, service) for figure in FIGURES]


def section(figure: Figure, counts: Counts, linked: bool, service: Service | None) -> Section:
    counted = {direction: counts.of(figure, direction, service.pk if service else None) for direction in Direction.values}
    limits = filters(service)
    parts = figure.parts or {"": figure.label}
    return Section(
        figure,
        [
            Row(label, [number(figure.name, direction, part, counted[direction][part], linked, limits) for direction in Direction.values])
            for part, label in parts.items()
        ],
    )


def number(name: str, direction: str, part: str, count: int | Span, linked: bool, limits: dict[str, str]) -> Number:
    return shown(count, LISTS[name](direction, part, **limits) if linked else "", Direction(direction).label)


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
                )
                for figure in FIGURES
                if figure.name in AT_A_GLANCE
            ],
        )
        for service in services
        for direction in Direction.values
        if counts.has(service.pk, direction)
    ]
