"""What stands in the sheets of an .ods workbook, found without the spreadsheet library."""

from zipfile import ZipFile

from apps.feeds.sources import markup
from apps.feeds.sources.extent import LONGEST_CELL, Sheet, letters
from apps.feeds.sources.redaction import redact
from apps.feeds.sources.unfit import Unfit


def sheets(package: ZipFile) -> list[Sheet]:
    """Every sheet of the workbook in its order; raises Refused."""
    return _Scan(package).sheets


class _Scan:
    """One pass over content.xml, which holds all sheets."""

    def __init__(self, package: ZipFile) -> None:
        self.sheets: list[Sheet] = []
        self.style = ""
        self.hidden_styles: set[str] = set()
        self.row = self.row_count = self.column = self.columns = self.cell_count = self.notes = self.paragraphs = 0
        self.says_something = self.is_hidden_row = False
        self.fault: Unfit | None = None
        self.cell: markup.Attributes = {}
        self.value: list[str] = []
        markup.parse(package, "content.xml", self._start, self._end, self._data)

    def _start(self, name: str, attributes: markup.Attributes) -> None:
        if name in {"table-cell", "covered-table-cell"}:
            self.cell = _by_local_name({key: value for key, value in attributes.items() if not key.startswith("calcext:")})
            if attributes.get("calcext:value-type") == "error":
                self.cell["value-type"] = "error"
            self.cell_count = markup.number(self.cell.get("number-columns-repeated"), 1)
            self.value = []
        elif name == "table-row":
            by = _by_local_name(attributes)
            self.row += self.row_count
            self.row_count = markup.number(by.get("number-rows-repeated"), 1)
            self.column = self.columns = 0
            self.says_something, self.fault = False, None
            self.is_hidden_row = by.get("visibility") in {"collapse", "filter"}
        elif name == "table":
            by = _by_local_name(attributes)
            self.sheets.append(Sheet(by.get("name", ""), is_hidden=by.get("style-name") in self.hidden_styles))
            self.row, self.row_count = 1, 0
        elif name == "style":
            self.style = _by_local_name(attributes).get("name", "")
        elif name == "table-properties" and _by_local_name(attributes).get("display") == "false":
            self.hidden_styles.add(self.style)
        elif name == "annotation":
            self.notes += 1
        elif name == "p":
            self.paragraphs += 1

    def _data(self, text: str) -> None:
        if self.paragraphs and not self.notes:
            self.value.append(text)

    def _end(self, name: str) -> None:
        if name in {"table-cell", "covered-table-cell"}:
            self._cell_ends()
        elif name == "table-row" and self.says_something and self.sheets:
            self.sheets[-1].saw_row(number=self.row, count=self.row_count, columns=self.columns, fault=self.fault, is_hidden=self.is_hidden_row)
        elif name == "annotation":
            self.notes -= 1
        elif name == "p":
            self.paragraphs -= 1

    def _cell_ends(self) -> None:
        kind = self.cell.get("value-type", "")
        text = "".join(self.value).strip()
        self.column += self.cell_count
        if self.sheets:
            self.sheets[-1].saw_text(len(text) * self.cell_count * self.row_count)
        if kind == "error":
            self.fault = Unfit("cell_error", column=letters(self.column), found=redact(text, 20))
        elif not kind and "formula" in self.cell:
            self.fault = Unfit("formula_without_value", column=letters(self.column))
        elif len(text) > LONGEST_CELL:
            self.fault = Unfit("cell_too_long")
        if self.sheets and ({"number-columns-spanned", "number-rows-spanned"} & self.cell.keys()):
            spans = self.cell.get("number-columns-spanned", "1"), self.cell.get("number-rows-spanned", "1")
            self.sheets[-1].has_merged_cells = self.sheets[-1].has_merged_cells or spans != ("1", "1")
        if text or kind not in {"", "string"} or self.fault:
            self.says_something = True
            self.columns = self.column


def _by_local_name(attributes: markup.Attributes) -> markup.Attributes:
    return {markup.local(name): value for name, value in attributes.items()}
