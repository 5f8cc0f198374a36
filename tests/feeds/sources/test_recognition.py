"""Files without a name: what they are taken for, and why."""

import io
from pathlib import Path

import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.feeds.catalogue import FORMATS, MARKS
from apps.feeds.reasons import REASONS, sentence
from apps.feeds.recognition import recognise
from apps.feeds.sources import glimpse

SAMPLES = Path(__file__).parents[2] / "samples"
# What is broken need not be recognised as what it would be if it were whole.
WHOLE = sorted(path for path in SAMPLES.glob("*/*") if path.parent.name in FORMATS and not path.name.startswith(("refused", "found")))


def told(content):
    stored = content.encode() if isinstance(content, str) else content
    return recognise(io.BytesIO(stored))


def seen(content):
    stored = content.encode() if isinstance(content, str) else content
    return glimpse.glimpse(io.BytesIO(stored))


def workbook(*rows, before=None):
    body = io.BytesIO()
    with xlsxwriter.Workbook(body) as book:
        if before is not None:
            book.add_worksheet("Skjult").hide()
        sheet = book.add_worksheet("Logg")
        sheet.activate()
        sheet.set_first_sheet()
        for number, row in enumerate(rows, start=2):
            sheet.write_row(number, 1, row)
    return body.getvalue()


@pytest.mark.parametrize("path", WHOLE, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_every_sample_is_recognised_as_what_it_is_and_says_why(path):
    format, reasons = told(path.read_bytes())

    assert format == path.parent.name
    assert len(reasons) == 1
    assert reasons[0].details["names"]


@pytest.mark.parametrize("format", FORMATS)
def test_every_format_can_be_recognised_and_is_read_from_some_kind_of_file(format):
    assert MARKS[format].kinds
    assert MARKS[format].shapes


@pytest.mark.parametrize(
    ("content", "format", "why"),
    [
        ("bekymringsmeldingId;innsendt;kommunenummer\n", "portal-list", "It has the columns bekymringsmeldingId, innsendt."),
        ("kommunenummer,INNSENDT,BekymringsmeldingID\n", "portal-list", "It has the columns BekymringsmeldingID, INNSENDT."),
        ('sep=;\n"bekymringsmeldingId";"innsendt"\n', "portal-list", "It has the columns bekymringsmeldingId, innsendt."),
        ("\ufeffbekymringsmeldingId\ttidspunkt\tstate\n", "portal-history", "It has the columns bekymringsmeldingId, tidspunkt, state."),
        (
            '{"totaltAntallTreff": 1, "meldinger": [{"bekymringsmeldingId": "x", "innsendt": "y"}]}',
            "portal-list",
            "Its records have the fields bekymringsmeldingId, innsendt.",
        ),
        (
            '{"bekymringsmeldingId": "x", "tidspunkt": "y", "tilstand": "z"}\n{',
            "portal-history",
            "Its records have the fields bekymringsmeldingId, tidspunkt, tilstand.",
        ),
    ],
)
def test_the_reason_names_what_was_found_as_it_stands_in_the_file(content, format, why):
    recognised, (reason,) = told(content)

    assert (recognised, sentence(*reason)) == (format, why)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig", "cp1252"])
def test_the_encoding_does_not_matter(encoding):
    assert told("bekymringsmeldingId;innsendt;Åpnet\n".encode(encoding)).format == "portal-list"


def test_a_table_of_unknown_columns_is_taken_for_a_log_whose_columns_a_person_maps():
    format, (reason,) = told("Melding-ID;Mottatt dato;Status\n")

    assert (format, reason.code) == ("mottakslogg", "to_be_mapped")


def test_a_file_that_lacks_something_is_compared_with_what_it_is_like():
    format, reasons = told("bekymringsmeldingId;tidspunkt;kommunenummer\n")

    assert format == ""
    assert [(reason.code, reason.details["format"], reason.details["missing"]) for reason in reasons] == [("looks_like", "portal-history", "tilstand / state")]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "nothing_to_recognise"),
        (b" \n\n", "nothing_to_recognise"),
        (b"\x00\x01\x02", "unrecognised_columns"),
        (b"PK\x03\x04 no zip", "unrecognised_columns"),
        (b"%PDF-1.7", "unrecognised_columns"),
        ('{"something": {"else": {"bekymringsmeldingId": 1, "innsendt": 2}}}', "unrecognised_fields"),
        ("<html><body/></html>", "unrecognised_elements"),
        ('<!DOCTYPE a [<!ENTITY b "c">]><Barnevern>&b;</Barnevern>', "unrecognised_elements"),
    ],
)
def test_what_is_nothing_we_know_is_said_to_be_so(content, code):
    format, (reason,) = told(content)

    assert (format, reason.code) == ("", code)
    assert code in REASONS


def test_names_are_shown_without_identity_numbers():
    _, (reason,) = told('{"01818012345": 1}')

    assert reason.details["names"] == "[fnr]"


def test_the_first_visible_sheet_of_a_workbook_is_looked_at_from_its_first_row_that_says_anything():
    content = workbook(("Referanse", "Mottatt", "Status"), ("abc", 45000.5, "Lagret"), before="hidden")

    assert seen(content) == ("XLSX/ODS", ("", "Referanse", "Mottatt", "Status"), (("", "abc", "45000.5", "Lagret"),))


def test_a_glimpse_is_bounded_however_large_the_file_is():
    rows = "".join(f"{number};2024-02-01\n" for number in range(200_000))

    kind, names, first = seen("a;b\n" + rows)

    assert (kind, names, len(first)) == ("CSV", ("a", "b"), glimpse.FIRST_ROWS)


BEGINNINGS = (b"", b"[{", b"<a>", b"PK\x03\x04", b"\xff\xfe", b"\xef\xbb\xbf", b"a;b\n", b'{"a": {"b":', b"sep=;\n")
GOOD_WORKBOOKS = [path.read_bytes() for path in SAMPLES.glob("mottakslogg/good.*") if path.suffix in (".xlsx", ".ods")]


@settings(max_examples=300, deadline=None, derandomize=True)
@given(beginning=st.sampled_from(BEGINNINGS), rest=st.binary(max_size=300))
def test_no_bytes_make_looking_fail(beginning, rest):
    told(beginning + rest)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(book=st.sampled_from(GOOD_WORKBOOKS), at=st.integers(0, 4000), wrong=st.binary(min_size=1, max_size=8))
def test_no_damage_to_a_workbook_makes_looking_fail(book, at, wrong):
    at %= len(book)
    told(book[:at] + wrong + book[at + len(wrong) :])


def test_a_line_cut_by_the_glimpse_is_left_out():
    _, names, first = seen("a;b\n" + "1;" + "x" * 100_000 + "\n2;" + "y" * 200_000)

    assert (names, [row[0] for row in first]) == (("a", "b"), ["1"])
