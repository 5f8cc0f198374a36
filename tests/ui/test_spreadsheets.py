"""A file that a spreadsheet opens computes nothing."""

import csv
import io

import pytest

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
