"""How far a sheet reaches and what in it cannot be trusted, as found by reading its XML."""

from dataclasses import dataclass, field

from apps.feeds.record import Refused
from apps.feeds.sources.unfit import Unfit

MOST_CELLS = 2_000_000  # the library holds every cell of the used area, empty ones too; so many keep a worker under 200 MB
MOST_TEXT = 200 << 20  # characters, a shared text counted wherever it is shown
LONGEST_CELL = 131_072


def letters(column: int) -> str:
    """The column of that number, from 1, as a spreadsheet calls it."""
    name = ""
    while column > 0:
        column, letter = divmod(column - 1, 26)
        name = chr(ord("A") + letter) + name
    return name


@dataclass
class Sheet:
    """One sheet: how many of its rows say anything (the heading included), and what cannot be trusted."""

    name: str
    is_hidden: bool = False
    rows: int = 0
    last_row: int = 0
    last_column: int = 0
    faults: dict[int, Unfit] = field(default_factory=dict)  # by the row's number in the sheet, from 1
    has_hidden_rows: bool = False
    has_merged_cells: bool = False
    shown: int = 0

    def saw_row(self, *, number: int, count: int, columns: int, fault: Unfit | None, is_hidden: bool) -> None:
        """`count` equal rows from `number` on, used up to `columns`."""
        self.last_row, self.last_column = number + count - 1, max(self.last_column, columns)
        if self.last_row * self.last_column > MOST_CELLS:
            raise Refused("sheet_too_large", found=f"{self.last_row} x {self.last_column}", limit=str(MOST_CELLS))
        self.rows += count
        self.has_hidden_rows = self.has_hidden_rows or is_hidden
        if fault:
            self.faults.update(dict.fromkeys(range(number, number + count), fault))

    def saw_text(self, length: int) -> None:
        """So many more characters are shown."""
        self.shown += length
        if self.shown > MOST_TEXT:
            raise Refused("sheet_too_large", found=str(self.shown), limit=str(MOST_TEXT))
