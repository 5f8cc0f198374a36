"""What stands in the sheets of an .xlsx workbook, found without the spreadsheet library."""

import posixpath
from array import array
from zipfile import ZipFile

from apps.feeds.record import Refused
from apps.feeds.sources import markup
from apps.feeds.sources.extent import LONGEST_CELL, Sheet, letters
from apps.feeds.sources.redaction import redact
from apps.feeds.sources.unfit import Unfit


def sheets(package: ZipFile) -> list[Sheet]:
    """Every sheet of the workbook in its order; raises Refused."""
    found = parts(package)
    markup.parse(package, "xl/styles.xml", lambda name, attributes: None)
    texts = _SharedTexts(package)
    for sheet, part in found:
        _XlsxScan(package, part, sheet, texts)
    return [sheet for sheet, _ in found]


def parts(package: ZipFile) -> list[tuple[Sheet, str]]:
    """Every sheet in the workbook's order, with the part of the package that holds it, "" when none does; none of them is read yet. Raises Refused."""
    targets: dict[str, str] = {}
    found: list[tuple[Sheet, str]] = []

    def relation(name: str, attributes: markup.Attributes) -> None:
        if name == "Relationship":
            targets[attributes.get("Id", "")] = posixpath.normpath(posixpath.join("/xl", attributes.get("Target", ""))).lstrip("/")

    def sheet(name: str, attributes: markup.Attributes) -> None:
        if name == "sheet":
            by = {markup.local(key): value for key, value in attributes.items()}
            found.append((Sheet(by.get("name", ""), is_hidden=by.get("state", "visible") != "visible"), by.get("id", "")))

    markup.parse(package, "xl/_rels/workbook.xml.rels", relation)
    markup.parse(package, "xl/workbook.xml", sheet)
    return [(sheet_found, targets.get(relation_id, "")) for sheet_found, relation_id in found]


class _SharedTexts:
    """The lengths of the texts that cells point at, blanks at the ends not counted."""

    def __init__(self, package: ZipFile) -> None:
        self.lengths = array("L")
        self._pieces: list[str] = []
        self._is_text = False
        self._is_phonetic = False
        markup.parse(package, "xl/sharedStrings.xml", self._start, self._end, self._data)

    def _start(self, name: str, attributes: markup.Attributes) -> None:
        if name == "si":
            self._pieces = []
        elif name == "rPh":
            self._is_phonetic = True
        self._is_text = name == "t" and not self._is_phonetic

    def _end(self, name: str) -> None:
        self._is_text = False
        if name == "si":
            self.lengths.append(len("".join(self._pieces).strip()))
        elif name == "rPh":
            self._is_phonetic = False

    def _data(self, text: str) -> None:
        if self._is_text:
            self._pieces.append(text)


class _XlsxScan:
    """One pass over a worksheet part."""

    def __init__(self, package: ZipFile, part: str, sheet: Sheet, texts: _SharedTexts) -> None:
        self.sheet = sheet
        self.texts = texts
        self.row = self.column = self.columns = 0
        self.says_something = self.is_hidden_row = False
        self.fault: Unfit | None = None
        self.kind = ""
        self.has_formula = self.is_value = False
        self.value: list[str] = []
        markup.parse(package, part, self._start, self._end, self._data)

    def _start(self, name: str, attributes: markup.Attributes) -> None:
        if name == "c":
            self._cell_begins(attributes)
        elif name == "row":
            self._row_begins(attributes)
        elif name == "f":
            self.has_formula = True
        elif name == "mergeCell":
            self.sheet.has_merged_cells = True
        self.is_value = name in {"v", "t"}

    def _row_begins(self, attributes: markup.Attributes) -> None:
        row = markup.number(attributes.get("r"), self.row + 1)
        if row <= self.row:
            raise Refused("rows_out_of_order", found=str(row))
        self.row, self.column, self.columns = row, 0, 0
        self.says_something, self.fault = False, None
        self.is_hidden_row = attributes.get("hidden") in {"1", "true"}

    def _cell_begins(self, attributes: markup.Attributes) -> None:
        number = column(attributes.get("r", "")) or self.column + 1
        if number <= self.column:
            raise Refused("rows_out_of_order", found=redact(attributes.get("r", ""), 20))
        self.column = number
        self.kind = attributes.get("t", "n")
        self.has_formula = False
        self.value = []

    def _data(self, text: str) -> None:
        if self.is_value:
            self.value.append(text)

    def _end(self, name: str) -> None:
        self.is_value = False
        if name == "c":
            self._cell_ends()
        elif name == "row" and self.says_something:
            self.sheet.saw_row(number=self.row, count=1, columns=self.columns, fault=self.fault, is_hidden=self.is_hidden_row)

    def _cell_ends(self) -> None:
        written = "".join(self.value)
        text = written.strip()
        length = self._shared_length(written) if self.kind == "s" and written else len(text)
        self.sheet.saw_text(length)
        if self.kind == "e":
            self.fault = Unfit("cell_error", column=letters(self.column), found=redact(text, 20))
        elif self.has_formula and not length and self.kind != "str":
            self.fault = Unfit("formula_without_value", column=letters(self.column))
        elif length > LONGEST_CELL:
            self.fault = Unfit("cell_too_long")
        if length or self.kind == "e" or self.has_formula:
            self.says_something = self.says_something or bool(length) or self.fault is not None
            self.columns = self.column

    def _shared_length(self, place: str) -> int:
        """The length of the shared text with that number; the library takes what is no number for the first."""
        if not place.isascii() or not place.isdigit() or len(place) > 9 or int(place) >= len(self.texts.lengths):
            raise Refused("broken_workbook")
        return self.texts.lengths[int(place)]


def column(reference: str) -> int:
    """The column's number of `AB12`, from 1; 0 when there is none."""
    number = 0
    for letter in reference:
        if not "A" <= letter <= "Z":
            break
        number = number * 26 + ord(letter) - 64
    return number
