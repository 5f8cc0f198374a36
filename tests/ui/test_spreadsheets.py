"""A file that a spreadsheet opens computes nothing."""

import csv
import io

import pytest
import python_calamine

from apps.ui import spreadsheets


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "+47 99",
        "-1",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        "\n=1",
        "\tplain",
        " =1",
        "\u00a0=1",
        "\ufeff=1",
        "\u200b=1",
        "\u3000@x",
        "'=1",
        '"=1',
        "＝1",
        "＋1",
        "－1",
        "＠x",
        "|cmd",
        "%0A",
    ],
)
def test_a_text_that_could_be_a_formula_is_made_a_text(text):
    assert spreadsheets.neutral(text) == "'" + text


@pytest.mark.parametrize("value", ["Bergen", "4601:2024/12", "", "a=1", "18.11.2025 14:03", 12, -12, 0.5])
def test_everything_else_stays_as_it_is(value):
    assert spreadsheets.neutral(value) == value


def test_a_file_has_a_mark_and_semicolons_and_survives_quotes_and_line_breaks():
    rows = [["a", "b;c"], ['say "hi"', "two\nlines"], [None, 3]]

    text = "".join(spreadsheets.lines(rows))

    assert text.startswith("\ufeff")
    assert list(csv.reader(io.StringIO(text[1:], newline=""), delimiter=";")) == [["a", "b;c"], ['say "hi"', "two\nlines"], ["", "3"]]


def test_the_answer_is_a_file_that_is_not_kept_by_caches():
    response = spreadsheets.built([["a"]], file_name="list.csv")

    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert response["Content-Disposition"] == 'attachment; filename="list.csv"'
    assert response["Cache-Control"] == "no-store"


ABOUT = [("As of", "08.02.2024 10:12"), ("Rows", 3)]


def body(response):
    return b"".join(response.streaming_content)


def test_what_a_file_is_about_stands_behind_a_blank_line():
    text = body(spreadsheets.built([["a"], [1]], file_name="list.csv", about=ABOUT)).decode("utf-8-sig")

    assert text.split("\r\n") == ["a", "1", "", "As of;08.02.2024 10:12", "Rows;3", ""]


def test_a_workbook_holds_texts_as_texts_and_what_it_is_about_on_a_sheet_of_its_own():
    told = body(spreadsheets.workbook([["a", "b"], ["=1+1", 2]], file_name="list.xlsx", about=ABOUT))

    book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(told))
    rows, about = (book.get_sheet_by_name(name).to_python() for name in book.sheet_names)
    assert rows == [["a", "b"], ["'=1+1", 2.0]]
    assert about == [["As of", "08.02.2024 10:12"], ["Rows", 3.0]]


def test_a_workbook_begins_another_sheet_where_one_is_full(monkeypatch):
    monkeypatch.setattr(spreadsheets, "ROWS_A_SHEET", 2)

    book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(body(spreadsheets.workbook([["a"], [1], [2], [3]], file_name="list.xlsx"))))

    assert [book.get_sheet_by_name(name).to_python() for name in book.sheet_names] == [[["a"], [1.0], [2.0]], [["a"], [3.0]]]
