from collections import Counter
from pathlib import Path

import pytest

from apps.feeds.catalogue import FORMATS
from tests.feeds.sources.reader import read

SAMPLES = Path(__file__).parents[2] / "samples"
EXPECTED = {  # records, rejections by their reason, and the warnings
    "portal-history/lines-rejected.csv": (
        3,
        {"not_uuid": 1, "time_skipped_by_clock_change": 1, "impossible_time": 1, "not_municipality": 1, "short_row": 1, "spans_lines": 1},
        ["unknown_status"],
    ),
    "portal-list/lines-rejected.json": (2, {"not_children": 1, "not_text": 1, "not_a_time": 1, "not_object": 1}, []),
    "altinn/lines-rejected.json": (4, {"not_uuid": 7, "no_history": 1, "impossible_time": 1}, ["unknown_status"]),
    "altinn-events/lines-rejected.json": (
        2,
        {"impossible_time": 1, "not_uuid": 1, "identity_number_as_reference": 1, "missing_value": 1, "not_object": 1},
        ["unknown_status"],
    ),
    "svarut-status/lines-rejected.json": (
        2,
        {"not_uuid": 1, "missing_value": 1, "time_skipped_by_clock_change": 1, "columns_disagree": 1, "not_text": 1, "not_object": 1},
        ["unknown_status"],
    ),
    "svarut-history/lines-rejected.json": (2, {"impossible_time": 1, "missing_value": 2, "not_a_time": 1}, ["unknown_status"]),
    "svarinn/lines-rejected.json": (2, {"missing_value": 3, "not_epoch": 1, "year_out_of_range": 1, "not_object": 1}, ["unknown_status"]),
    "eformidling/lines-rejected.json": (5, {"no_history": 1, "not_uuid": 1, "not_a_time": 1, "missing_value": 2, "not_object": 1}, ["unknown_status"]),
    "mottakslogg/lines-rejected.csv": (2, {"unknown_result": 1, "identity_number_as_reference": 1, "missing_value": 1, "year_out_of_range": 1}, []),
    "mottakslogg/lines-rejected.xlsx": (1, {"not_text": 1, "cell_error": 1}, ["other_sheets"]),
    "register-xml/lines-rejected.xml": (
        1,
        {"missing_value": 3, "impossible_time": 1, "identity_number_as_reference": 1, "not_true_or_false": 1, "duplicate_key": 1},
        ["unknown_reporter"],
    ),
    "kostra-xml/lines-rejected.xml": (1, {"missing_value": 2, "not_a_time": 1, "impossible_time": 1, "identity_number_as_reference": 1}, []),
    "archive-receipts/lines-rejected.json": (
        1,
        {"missing_value": 1, "impossible_time": 1, "not_text": 1, "identity_number_as_reference": 1, "wrong_type": 1, "not_object": 1},
        [],
    ),
}
REFUSED = {
    "portal-history/refused-quote-never-closed.csv": "quote_never_closed",
    "portal-history/refused-cut.json": "cut_json",
    "portal-list/refused-cut-page.json": "page_cut",
    "altinn/refused-two-documents.json": "trailing_data",
    "altinn-events/refused-cut.json": "cut_json",
    "svarut-status/refused-two-documents.json": "trailing_data",
    "svarut-history/refused-no-reference.json": "reference_missing",
    "svarinn/refused-cut.json": "cut_json",
    "eformidling/refused-cut.json": "cut_json",
    "mottakslogg/refused-missing-column.csv": "missing_column",
    "archive-receipts/refused-cut.json": "cut_json",
    "register-xml/refused-entity.xml": "document_type",
    "register-xml/refused-cut.xml": "cut_xml",
    "kostra-xml/refused-not-utf-8.xml": "not_decodable",
    "kostra-xml/refused-register.xml": "misplaced_element",
}


NAMELESS = {"svarut-history/good-v1.json": "8d1f0a2b-2222-4e4e-9c9c-0000000000a1"}  # files that do not say which message they are about


def sample(name):
    encoding = "windows-1252" if "windows-1252" in name else ""
    return read(name.split("/")[0], (SAMPLES / name).read_bytes(), encoding=encoding, reference=NAMELESS.get(name, ""))


def names(beginning):
    return sorted(f"{path.parent.name}/{path.name}" for path in SAMPLES.glob(f"*/{beginning}*") if path.parent.name in FORMATS)


def test_every_format_has_good_and_bad_samples():
    for beginning in ("good", "lines-rejected", "refused"):
        assert {name.split("/")[0] for name in names(beginning)} == set(FORMATS)


@pytest.mark.parametrize("name", names("good"))
def test_a_good_sample_is_read_whole(name):
    outcome = sample(name)

    assert outcome.records
    assert (outcome.refused, outcome.rejected) == ("", [])
    assert outcome.warnings == []


@pytest.mark.parametrize("format", FORMATS)
def test_the_good_samples_of_a_format_tell_the_same_however_they_are_written(format):
    told = [
        {(record.references[0], *occurrence[:3]) for record in sample(name).records for occurrence in record.occurrences}
        for name in names("good")
        if name.startswith(f"{format}/") and "operator" not in name and "one" not in name
    ]

    assert all(facts == told[0] for facts in told)


@pytest.mark.parametrize("name", names("lines-rejected"))
def test_a_sample_with_bad_lines_is_read_but_for_them(name):
    outcome = sample(name)

    assert (len(outcome.records), Counter(code for _, code in outcome.rejected), outcome.warnings) == EXPECTED[name]


@pytest.mark.parametrize("name", names("refused"))
def test_a_sample_that_does_not_hold_together_is_refused(name):
    assert sample(name).refused == REFUSED[name]
