"""The figures of services that a person does not belong to: counted inside the database, which gives out no row and no number from one to four.

The one way across the wall, for national coordinators alone, by the function `wall.figures` (config/wall.sql). A cell is all messages of a service that every
figure counts alike, so each figure is a sum of cells, by its one definition. A message that the sender's service and the recipient's both know, by the same
reference of a carrier, is in a cell of each; the sender's is marked, and sums over both directions leave it out.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import NamedTuple

from django.db import connection
from django.db.models import Case, DateTimeField, F, IntegerField, Value, When
from django.db.models.functions import Coalesce

from apps.deliveries import models as kept
from apps.reports.figures import FIGURES, Figure
from apps.reports.spans import Span

# Those of the carriers; a case system's own numbers mean something in its own service only.
SHARED = ("portal", "fiksio", "svarut", "eformidling", "altinn")
DUE = "due"
APART = 8  # so many hidden cells of a kind give a county a sum of its own

ALIKE = ("service_id", "direction")
# A figure's rows are said in the words of deliveries: something opened or registered it, at whatever time.
AS_OF_ROWS = {
    "opened_at": Case(When(is_seen=True, then=F("first_day")), output_field=DateTimeField()),
    "registered_at": Value(None, output_field=DateTimeField()),
}

COUNTING = [figure for figure in FIGURES if not figure.of_children]
ADDING = [(figure, part) for figure in FIGURES if figure.of_children for part in figure.parts or ("",)]

# What the tally says, and of the few that are counted twice each itself: out of the cell that the tally has it in, and into its own.
CELLS = """
SELECT c.service_id, jsonb_build_array(c.direction, c.is_twice, {parts}) AS kind, c.number, ARRAY[{sums}]::bigint[] AS sums
  FROM (
    SELECT n.service_id, n.direction, n.is_twice, {parts}, sum(n.number)::bigint AS number, {added}
      FROM (
        SELECT t.service_id, t.direction, false AS is_twice, {parts}, t.number, {sums} FROM ({tallied}) t
         UNION ALL
        SELECT d.service_id, d.direction, w.is_twice, {parts}, w.number, {sums}
          FROM ({deliveries}) d, (VALUES (false, -1), (true, 1)) w (is_twice, number)
         WHERE d.id IN (
            SELECT sender.delivery
              FROM ledger_reference sender
              JOIN deliveries_delivery sent ON sent.id = sender.delivery AND sent.direction = 'outbound'
              JOIN ledger_reference recipient
                ON recipient.namespace = sender.namespace AND recipient.value = sender.value AND recipient.service_id <> sender.service_id
              JOIN deliveries_delivery came ON came.id = recipient.delivery AND came.direction = 'inbound'
             WHERE sender.namespace = ANY (%s)
         )
      ) n
     GROUP BY n.service_id, n.direction, n.is_twice, {parts}
    HAVING sum(n.number) > 0
  ) c
"""


class Cell(NamedTuple):
    """Messages in one direction that every figure counts alike: the part of each figure of COUNTING that they are in, by its place, None where in none."""

    direction: str
    is_twice: bool
    places: tuple[int | None, ...]


def query() -> tuple[str, tuple[object, ...]]:
    """Every cell that has any messages: service_id, kind (the fields of Cell, flat, as JSON), number, and the sums of children of ADDING."""
    parts = {f"part_{place}": _place(figure) for place, figure in enumerate(COUNTING)}
    sums = {f"sum_{place}": Case(When(figure.rows(part), then=Coalesce(F("children"), 0)), default=Value(0)) for place, (figure, part) in enumerate(ADDING)}
    tallied, of_tally = (
        kept.Tally.objects.of_any().annotate(**AS_OF_ROWS).annotate(**parts, **sums).values(*ALIKE, "number", *parts, *sums).query.sql_with_params()
    )
    deliveries, of_rows = kept.Delivery.objects.order_by().annotate(**parts, **sums).values("id", *ALIKE, *parts, *sums).query.sql_with_params()
    added = ", ".join(f"sum({name} * n.number)::bigint AS {name}" for name in sums)
    named = {"parts": ", ".join(parts), "sums": ", ".join(sums), "added": added}
    return CELLS.format(tallied=tallied, deliveries=deliveries, **named), (*of_tally, *of_rows, list(SHARED))


class Counted:
    """What is told: cells by service, None where they are hidden; the sums of children of each that is not; the county of each service; and sums of hidden
    cells, by county, and (None) of the counties that have none of their own. `overtaken` are the messages of each service that the clock has overtaken.
    """

    def __init__(
        self,
        cells: Mapping[int, Mapping[Cell, int | None]],
        children: Mapping[tuple[int, Cell], list[int | None]],
        counties: Mapping[int, str],
        sums: Mapping[tuple[str | None, Cell], int],
        overtaken: Mapping[int, int | None],
    ) -> None:
        self.cells, self.children, self.counties, self.sums, self.overtaken = cells, children, counties, sums, overtaken
        self.hidden = self._hidden(cells)

    def tally(self, services: Collection[int]) -> "Tally":
        """What is told of these services together."""
        wanted = set(services) & self.cells.keys()
        numbers = {cell: self._of_hidden(cell, counties) for cell, counties in self._hidden(wanted).items()}
        children: dict[Cell, list[Span]] = {}
        for service in wanted:
            for cell, number in self.cells[service].items():
                if number is not None:
                    numbers[cell] = numbers.get(cell, Span()) + number
                added = [_span(each) for each in self.children[service, cell]] if number is not None else [Span(0, None)] * len(ADDING)
                children[cell] = [one + other for one, other in zip(children.get(cell, [Span()] * len(ADDING)), added, strict=True)]
        return Tally(numbers, children)

    def of(self, figure: Figure, direction: str, service: int | None = None) -> dict[str, Span]:
        """The number in each part of a figure, zeros too; of all services together, or of one."""
        return self.tally(self.cells if service is None else [service]).of(figure, direction)

    def has(self, service: int, direction: str) -> bool:
        """Whether any source has told of a message to or from the service."""
        return any(cell.direction == direction for cell in self.cells.get(service, ()))

    def due(self, services: Collection[int]) -> Span:
        """How many messages of these services the clock has overtaken."""
        return sum((_span(self.overtaken[service]) for service in set(services) & self.overtaken.keys()), Span())

    def _hidden(self, services: Iterable[int]) -> dict[Cell, Counter[str]]:
        """How many of these services hide a cell, by county."""
        found: dict[Cell, Counter[str]] = defaultdict(Counter)
        for service in services:
            for cell, number in self.cells[service].items():
                if number is None:
                    found[cell][self.counties[service]] += 1
        return found

    def _of_hidden(self, cell: Cell, wanted: Counter[str]) -> Span:
        """What is told of so many hidden cells in each county: the sums that are of just these cells, and one to four of each other."""
        told = Span()
        groups, asked = self._groups(cell, self.hidden[cell]), self._groups(cell, wanted)
        for group, counties in asked.items():
            sum_is_told = counties == groups[group] and (group, cell) in self.sums
            told += self.sums[group, cell] if sum_is_told else Span.hidden(sum(counties.values()))
        return told

    def _groups(self, cell: Cell, counties: Counter[str]) -> dict[str | None, Counter[str]]:
        """Counties as the wall sums their hidden cells: those with many by themselves, the others together (None)."""
        groups: dict[str | None, Counter[str]] = defaultdict(Counter)
        for county, number in counties.items():
            groups[county if self.hidden[cell][county] >= APART else None][county] = number
        return groups


class Tally(NamedTuple):
    """What is told of some services together: the number of each cell that is not empty, and its sums of children, in the order of ADDING."""

    numbers: Mapping[Cell, Span]
    children: Mapping[Cell, list[Span]]

    def of(self, figure: Figure, direction: str) -> dict[str, Span]:
        """The number in each part of a figure, in one direction; in both together, each message once, when `direction` is empty."""
        cells = [cell for cell in self.numbers if cell.direction == direction or (not direction and not cell.is_twice)]
        counted = dict.fromkeys(figure.parts or ("",), Span())
        if figure.of_children:
            for place, (one, part) in enumerate(ADDING):
                if one is figure:
                    counted[part] = sum((self.children[cell][place] for cell in cells), Span())
            return counted
        parts, place = list(counted), COUNTING.index(figure)
        for cell in cells:
            if (at := cell.places[place]) is not None:
                counted[parts[at]] += self.numbers[cell]
        return counted


def counted(*, service: int | None, now: datetime) -> Counted:
    """Every service, or only the one with this id. Raises DatabaseError for whoever is no national coordinator."""
    cells: dict[int, dict[Cell, int | None]] = defaultdict(dict)
    children: dict[tuple[int, Cell], list[int | None]] = {}
    counties: dict[int, str] = {}
    sums: dict[tuple[str | None, Cell], int] = {}
    overtaken: dict[int, int | None] = {}
    with connection.cursor() as cursor:
        cursor.execute("SELECT of_service, of_county, kind::text, number, sums FROM wall.figures(%s, %s)", [service, now])
        for of_service, county, text, number, added in cursor.fetchall():
            if (kind := json.loads(text)) == DUE:
                if of_service is not None:
                    overtaken[of_service] = number
                continue
            cell = Cell(kind[0], kind[1], tuple(kind[2:]))
            if of_service is None:
                sums[county, cell] = number
            else:
                cells[of_service][cell], children[of_service, cell], counties[of_service] = number, added, county
    return Counted(cells, children, counties, sums, overtaken)


def _place(figure: Figure) -> Case | Value:
    """The place among a figure's parts of the one that a delivery is in."""
    rows = [figure.rows(part) for part in figure.parts or ("",)]
    if not all(rows):
        return Value(0)  # everything is counted
    return Case(*[When(those, then=Value(place)) for place, those in enumerate(rows)], default=None, output_field=IntegerField())


def _span(number: int | None) -> Span:
    return Span.hidden() if number is None else Span(number, number)
