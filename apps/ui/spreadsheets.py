"""Rows as a CSV file or a workbook that a Norwegian spreadsheet opens rightly and that cannot make it compute anything."""

import csv
import tempfile
from collections.abc import Iterable, Iterator
from itertools import chain

import xlsxwriter
from django.http import FileResponse
from xlsxwriter.worksheet import Worksheet

BOM = "\ufeff"
# A cell that begins with one of these is taken for a formula, in their full-width forms too; blanks, quotes and invisible signs before them do not help.
FORMULA = tuple("=+-@＝＋－＠﹢﹣﹦﹫−|%")
CONTROLS = ("\t", "\r", "\n")
SKIPPED = " \u00a0\u200b\u200c\u200d\u2060\ufeff\u3000'\""


def neutral(value: object) -> object:
    """A text that a spreadsheet could take for a formula gets an apostrophe before it; numbers stay numbers."""
    if value is None:
        return ""
    if isinstance(value, int | float):
        return value
    text = str(value).replace("\x00", "")
    if text.startswith(CONTROLS) or text.lstrip(SKIPPED + "\t\r\n").startswith(FORMULA):
        return "'" + text
    return text


def plain(text: str) -> str:
    """What was there before `neutral`."""
    return text[1:] if text.startswith("'") and neutral(text[1:]) == text else text


Rows = Iterable[Iterable[object]]


class Line:
    """What csv.writer writes to: it hands the line back."""

    def write(self, text: str) -> str:
        return text


def behind_a_blank_line(about: Rows) -> Iterator[Iterable[object]]:
    for number, row in enumerate(about):
        if not number:
            yield ()
        yield row


def lines(rows: Rows) -> Iterator[str]:
    """CSV as text: `;` between cells, CRLF, a byte order mark first, so that a double click opens it rightly."""
    writer = csv.writer(Line(), delimiter=";", lineterminator="\r\n")
    yield BOM
    for row in rows:
        yield writer.writerow([neutral(cell) for cell in row])


def built(rows: Rows, *, file_name: str, about: Rows = ()) -> FileResponse:
    """The whole file, written to disk first: rows can be read only until the request's transaction ends, which is before anything is sent.

    What the file is `about` stands behind a blank line at its end, where it is in no program's way, and is asked for when the rows have been written.
    """
    file = tempfile.TemporaryFile()  # noqa: SIM115  # closed with the response
    file.writelines(line.encode() for line in lines(chain(rows, behind_a_blank_line(about))))
    file.seek(0)
    response = FileResponse(file, as_attachment=True, filename=file_name, content_type="text/csv; charset=utf-8")
    response["Cache-Control"] = "no-store"
    return response


WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# Nothing that a text says is taken for a formula, an address or a number; rows go to disk as they come.
PLAIN = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
ROWS_A_SHEET = 1_000_000  # a sheet holds 48,576 more, and says nothing when it is full


def workbook(rows: Rows, *, file_name: str, about: Rows = ()) -> FileResponse:
    """The same as a workbook; texts that look like formulas are neutralised there too, for who saves it as CSV. The first row is the heading of every sheet;
    what it is `about` has a sheet of its own.
    """
    file = tempfile.TemporaryFile()  # noqa: SIM115  # closed with the response
    each = iter(rows)
    heading = list(next(each, ()))
    with xlsxwriter.Workbook(file, PLAIN) as book:
        sheet = headed(book, heading)
        for number, row in enumerate(each):
            if number and not number % ROWS_A_SHEET:
                sheet = headed(book, heading)
            write(sheet, number % ROWS_A_SHEET + 1, row)
        if described := list(about):
            sheet = book.add_worksheet()
            for number, row in enumerate(described):
                write(sheet, number, row)
    file.seek(0)
    response = FileResponse(file, as_attachment=True, filename=file_name, content_type=WORKBOOK)
    response["Cache-Control"] = "no-store"
    return response


def headed(book: xlsxwriter.Workbook, heading: list[object]) -> Worksheet:
    sheet = book.add_worksheet()
    write(sheet, 0, heading)
    return sheet


def write(sheet: Worksheet, number: int, row: Iterable[object]) -> None:
    for place, cell in enumerate(row):
        sheet.write(number, place, neutral(cell))
