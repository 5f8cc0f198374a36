"""The figures of services that a person does not belong to: counted inside the database, which gives out no row and no number from one to four.

The one way across the wall, for national coordinators alone, by the function `wall.figures` (config/wall.sql). It runs the query that is made here from
the same table of figures as everything else, so no figure has two definitions.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from apps.deliveries.models import Delivery
from apps.reports.figures import FIGURES, Figure

SUPPRESSED = None  # stands for a number from one to four
CELLS = [(figure.name, part) for figure in FIGURES for part in figure.parts or ("",)]
DUE = len(CELLS)  # the cell behind the figures': how many the clock has overtaken


def query() -> tuple[str, tuple[object, ...]]:
    """Every cell of every service and direction that has any messages: service_id, direction, and an array of their numbers, in the order of CELLS."""
    cells = [figure.counted(part) for figure in FIGURES for part in figure.parts or ("",)]
    counts = {f"cell_{place}": cell for place, cell in enumerate(cells)}
    counted = Delivery.objects.order_by().values("service_id", "direction").annotate(**counts)
    sql, params = counted.query.sql_with_params()
    return f"SELECT service_id, direction, ARRAY[{', '.join(counts)}] AS cells FROM ({sql}) AS counted", params


@dataclass(frozen=True)
class Counted:
    """Numbers by service (None: all together), direction, figure and part; SUPPRESSED where there are one to four. `due` likewise."""

    numbers: dict[tuple[int | None, str, str, str], int | None]
    due: int | None

    def of(self, figure: Figure, direction: str, service: int | None = None) -> dict[str, int | None]:
        """The number in each part of a figure, zeros too."""
        return {part: self.numbers.get((service, direction, figure.name, part), 0) for part in figure.parts or ("",)}

    def has(self, service: int, direction: str) -> bool:
        """Whether any source has told of a message to or from the service."""
        return (service, direction, *CELLS[0]) in self.numbers


def counted(*, service: int | None, now: datetime) -> Counted:
    """All services together and each by itself, or only the one with this id. Raises DatabaseError for whoever is no national coordinator."""
    numbers: dict[tuple[int | None, str, str, str], int | None] = {}
    due: list[int | None] = []
    with connection.cursor() as cursor:
        cursor.execute("SELECT of_service, of_direction, cell, number FROM wall.figures(%s, %s)", [service, now])
        for of_service, direction, cell, number in cursor.fetchall():
            if cell == DUE:
                due.append(number)
            else:
                numbers[of_service, direction, *CELLS[cell]] = number
    return Counted(numbers, due[0] if due else 0)
