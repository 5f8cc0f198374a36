"""Files of suppliers who name their columns as they like: mapped by what a person said, and proposed by what the names and values show."""

import io
from datetime import datetime

import pytest
import xlsxwriter

from apps.feeds.sources import glimpse
from apps.feeds.sources.mapping import DATES, Mapping
from apps.feeds.sources.proposal import propose
from tests.feeds.sources.reader import ID, read, table

COLUMNS = {"bekymringsmeldingId": "Ref", "mottattTidspunkt": "Inn", "lagretTidspunkt": "Lagret dato", "resultat": "Hva skjedde"}
WORDS = {"lagret": "mottatt", "avvist": "feilet"}
HEADER = ("Hva skjedde", "Ref", "Navn", "Inn", "Lagret dato")


def log(*rows, header=HEADER, columns=COLUMNS, words=WORDS, **more):
    return read("mottakslogg", table(header, *rows), mapping=Mapping(columns, words, **more))


def facts(outcome):
    return [(occurrence.code, occurrence.at) for record in outcome.records for occurrence in record.occurrences]


def proposed(*lines):
    return propose(glimpse.glimpse(io.BytesIO(table(*lines).encode())))


def test_a_mapped_file_is_read_as_if_it_had_our_names_and_words():
    outcome = log(("Lagret", ID, "Ola", "2024-01-31 14:05", "2024-01-31 14:06"), ("AVVIST", ID, "Kari", "2024-01-31 15:05", ""))

    assert facts(outcome) == [
        ("delivered_claimed", "2024-01-31T13:05:00+00:00"),
        ("registered", "2024-01-31T13:06:00+00:00"),
        ("rejected", "2024-01-31T14:05:00+00:00"),
    ]
    assert "Ola" not in outcome.records[0].raw


def test_columns_that_are_not_mapped_are_not_read_not_even_under_names_of_ours():
    outcome = log(("Lagret", ID, "Ola", "2024-01-31 14:05", "", "17"), header=(*HEADER, "journalnummer"))

    assert outcome.records[0].attributes is None
    assert outcome.warnings == ["unknown_columns"]
    assert outcome.reading.warnings[0].details["columns"] == "navn, (journalnummer)"


def test_a_word_that_nobody_explained_rejects_its_line():
    outcome = log(("Hm", ID, "", "2024-01-31 14:05", ""))

    assert outcome.rejected == [(2, "unknown_result")]


def test_a_file_without_results_may_have_them_said_for_all_of_its_rows():
    columns = {ours: theirs for ours, theirs in COLUMNS.items() if ours != "resultat"}

    assert log(("x", ID, "", "2024-01-31", ""), columns=columns, words={"": "mottatt"}).codes == ["delivered_claimed"]
    assert log(("x", ID, "", "2024-01-31", ""), columns=columns, words={}).refused == "missing_column"


def test_a_file_that_lacks_a_mapped_column_is_refused_and_does_not_fit():
    assert log(header=("Ref", "Inn")).refused == "missing_column"
    assert not Mapping(COLUMNS, WORDS).fits(("Ref", "Inn"))
    assert Mapping(COLUMNS, WORDS).fits(("REF ", "inn", "lagret dato", "Hva skjedde", "mer"))


@pytest.mark.parametrize(
    ("dates", "written", "at"),
    [
        ("", "31.01.2024 14:05", "2024-01-31T13:05:00+00:00"),
        ("day_first", "31/1/2024 14.05", "2024-01-31T13:05:00+00:00"),
        ("day_first", "1-2-2024", "2024-01-31T23:00:00+00:00"),
        ("day_first", "2024-01-31T14:05:00", "2024-01-31T13:05:00+00:00"),
        ("day_first_short", "31.01.24 14:05:09,5", "2024-01-31T13:05:09.500000+00:00"),
        ("month_first", "1/31/2024 2:05 PM", "2024-01-31T13:05:00+00:00"),
        ("month_first", "1/31/2024 12:05 am", "2024-01-30T23:05:00+00:00"),
        ("compact", "20240131 1405", "2024-01-31T13:05:00+00:00"),
        ("compact", "20240131140509", "2024-01-31T13:05:09+00:00"),
        ("day_number", "45322,5868", "2024-01-31T13:05:00+00:00"),
        ("day_number", "45322", "2024-01-30T23:00:00+00:00"),
    ],
)
def test_times_are_read_as_the_mapping_says_they_are_written(dates, written, at):
    assert facts(log(("Lagret", ID, "", written, ""), dates=dates))[0][1].startswith(at[:16])


@pytest.mark.parametrize(
    ("decimal", "written", "is_read"), [(".", "45322.5868", True), (".", "45322,5868", False), (",", "45.322,5868", False), (".", "45,322.5868", False)]
)
def test_the_part_of_a_day_stands_behind_the_mark_that_the_mapping_says(decimal, written, is_read):
    outcome = log(("Lagret", ID, "", written, ""), dates="day_number", decimal=decimal)

    assert [at[:16] for _code, at in facts(outcome)] == ["2024-01-31T13:05"] * is_read
    assert outcome.rejected == [(2, "not_as_mapped")] * (not is_read)


def test_the_dates_of_a_workbook_are_read_whether_they_are_formatted_as_dates_or_not():
    body = io.BytesIO()
    with xlsxwriter.Workbook(body) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, HEADER)
        sheet.write_row(1, 0, ("Lagret", ID, "Ola", 45322.586806))
        sheet.write_row(2, 0, ("Lagret", ID, "Ola"))
        sheet.write_datetime(2, 3, datetime(2024, 1, 31, 14, 5), book.add_format({"num_format": "dd.mm.yyyy hh:mm"}))  # noqa: DTZ001
    content = body.getvalue()
    proposal = propose(glimpse.glimpse(io.BytesIO(content)))

    outcome = read("mottakslogg", content, mapping=Mapping(COLUMNS, WORDS, dates="day_number"))

    assert proposal.mapping.columns["bekymringsmeldingId"] == "Ref"
    assert facts(outcome) == [("delivered_claimed", "2024-01-31T13:05:00+00:00")] * 2


@pytest.mark.parametrize(
    ("dates", "written", "code"),
    [
        ("day_first", "1/31/2024", "impossible_time"),
        ("day_first", "31/1/24", "not_as_mapped"),
        ("month_first", "31/1/2024", "impossible_time"),
        ("compact", "2024131", "not_as_mapped"),
        ("day_number", "12", "not_as_mapped"),
        ("day_number", "1e9", "not_as_mapped"),
        ("day_number", "nan", "not_as_mapped"),
        ("day_first", "01818012345", "not_as_mapped"),
    ],
)
def test_a_time_that_is_written_otherwise_rejects_its_line_and_never_becomes_another_day(dates, written, code):
    outcome = log(("Lagret", ID, "", written, ""), dates=dates)

    assert outcome.rejected == [(2, code)]
    assert "01818012345" not in str(outcome.sentences)


def test_what_is_wrong_is_told_as_it_stands_in_the_file_and_with_its_own_column():
    outcome = log(("Lagret", ID, "", "31/2/2024 14.05", ""), ("Tapt", ID, "", "1/2/2024", ""), dates="day_first")

    told = " ".join(outcome.sentences)
    assert outcome.rejected == [(2, "impossible_time"), (3, "unknown_result")]
    assert "mottattTidspunkt / Inn is “31/2/2024 14.05”" in told
    assert "resultat / Hva skjedde is “Tapt”" in told


@pytest.mark.parametrize("dates", DATES)
def test_each_way_of_writing_times_reads_its_own_example(dates):
    example = DATES[dates].split(", ")[0] if dates != "day_number" else DATES[dates]

    assert Mapping({}, {}, dates=dates).time(example, "x").startswith("2024-01-31")


def test_columns_are_proposed_by_their_names_and_what_stands_in_them():
    proposal = proposed(
        ("Saksnr", "Referanse", "Mottatt dato", "Registrert", "Status", "Navn"),
        ("17", ID, "31/1/2024 14.05", "31/1/2024 15.05", "Lagret", "Ola Nordmann"),
        ("18", ID, "1/2/2024 14.05", "", "Avvist", "Kari Nordmann"),
    )

    assert proposal.mapping.columns == {
        "fagsystemMeldingId": "Saksnr",
        "bekymringsmeldingId": "Referanse",
        "mottattTidspunkt": "Mottatt dato",
        "lagretTidspunkt": "Registrert",
        "resultat": "Status",
    }
    assert proposal.mapping.words == {"lagret": "mottatt", "avvist": "feilet"}
    assert proposal.mapping.dates == "day_first"
    assert {ours: reason.code for ours, reason in proposal.reasons.items()}["resultat"] == "known_word"


def test_a_name_that_is_nearly_ours_is_proposed_and_says_how_near():
    proposal = proposed(("bekymringsmeldngId", "mottattTidspunkt"), (ID, "2024-01-31"))

    assert proposal.reasons["bekymringsmeldingId"].code == "similar_name"
    assert proposal.reasons["bekymringsmeldingId"].alike >= 90
    assert proposal.reasons["mottattTidspunkt"].code == "same_name"


def test_a_column_that_no_name_speaks_for_is_proposed_when_it_alone_holds_such_values():
    proposal = proposed(("Kode", "Mottatt", "Hva skjedde"), (ID, "2024-01-31", "Lagret"), (ID, "2024-01-31", "Til vurdering"), (ID, "2024-01-31", "Avvist"))

    assert (proposal.mapping.columns["bekymringsmeldingId"], proposal.mapping.columns["resultat"]) == ("Kode", "Hva skjedde")
    assert proposal.reasons["resultat"].code == "values"


def test_a_column_whose_values_cannot_be_identifiers_is_not_proposed_for_one():
    assert "bekymringsmeldingId" not in proposed(("Referanse", "Mottatt"), ("17", "2024-01-31")).mapping.columns
