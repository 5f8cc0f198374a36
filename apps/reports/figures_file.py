"""The figures as rows of a file: what the page shows, number by number, and what the file is about."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from apps.registry.models import Service
from apps.reports import untold
from apps.reports.figures import FIGURES
from apps.reports.rollup import SMALL
from apps.reports.sheet import Number, Section, ServiceRow
from apps.ui import moments


@dataclass(frozen=True)
class Shown:
    """What the page shows: the sections of `services` together, and beside them a few numbers of each that any source has told of.

    `due` is how many messages the clock has overtaken; where small numbers are hidden (`is_national`), only whether any.
    """

    services: list[Service]
    sections: list[Section]
    beside: list[ServiceRow]
    due: int
    is_overtaken: bool
    is_national: bool
    now: datetime

    @property
    def whose(self) -> str:
        return self.services[0].name if len(self.services) == 1 else _("All services")

    @property
    def silent(self) -> int:
        """Of how many services beside these no source has told anything."""
        return len(self.services) - len({row.service.pk for row in self.beside}) if self.beside else 0


def rows(shown: Shown) -> Iterator[list[object]]:
    """A row for each number, under its heading. Where small numbers are hidden, a number is the two that it lies between."""
    ends = [_("At least"), _("At most")] if shown.is_national else [_("How many")]
    yield [_("Service"), _("Figure"), _("Part"), _("Direction"), *ends, _("Unit")]
    for section in shown.sections:
        figure = section.figure
        for row in section.rows:
            part = row.label if figure.parts else ""
            for number in row.numbers:
                yield [shown.whose, figure.label, part, number.label, *cells(number, shown.is_national), figure.unit]
    units = {figure.label: figure.unit for figure in FIGURES}
    for one in shown.beside:
        for number in one.numbers:
            yield [f"{one.service.name} ({one.service.code})", number.label, "", one.direction, *cells(number, shown.is_national), units[number.label]]


def cells(number: Number, is_national: bool) -> Iterable[object]:
    """The number, or why there is none; at least and at most where small ones are hidden, the second empty where there is no telling."""
    if number.untold:
        return [number.untold, *([""] if is_national else [])]
    if not is_national:
        return [number.count]
    return [number.between.least, number.between.most] if number.between else [number.count, number.count]


def about(shown: Shown) -> Iterator[tuple[str, object]]:
    """What the file holds, of whom, as of when, and the definition of each figure."""
    yield _("List"), _("Figures")
    yield _("As of"), moments.exact(shown.now)
    yield _("From what was known at"), moments.exact(shown.now)
    yield _("Filter"), f"{_('Service')}: {shown.whose}"
    yield _("Services"), ", ".join(f"{service.name} ({service.code})" for service in shown.services)
    if shown.silent:
        yield _("Services that report nothing"), shown.silent
    for reason, meaning in untold.MEANINGS:
        yield str(reason), str(meaning)
    if shown.due or shown.is_overtaken:
        yield _("Overtaken by the clock"), shown.due or _("Some messages")
    if shown.is_national:
        yield _("Small numbers"), str(SMALL)
    for figure in FIGURES:
        yield str(figure.label), f"{figure.counts} {figure.unit}. {figure.clock}."
