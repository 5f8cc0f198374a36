import json

import pytest

from tests.feeds.sources.reader import ID, IDENTITY_NUMBER, read

CHANGE = {"bekymringsmeldingId": ID, "tidspunkt": "2023-05-01T10:00:00", "tilstand": "AKSEPTERT", "beskrivelse": "ok"}
GOOD = json.dumps(CHANGE)


@pytest.mark.parametrize(
    ("content", "lines"),
    [
        (f"[{GOOD}, {GOOD}]", [1, 2]),
        (f"\ufeff  [\n{GOOD},\n\n{GOOD}\n]\n\n", [1, 2]),
        (GOOD, [1]),
        (json.dumps(CHANGE, indent=4), [1]),
        (f"{GOOD}\n{GOOD}\n", [1, 2]),
        (f"\n{GOOD}\r\n\r\n  {GOOD}  ", [2, 4]),
        ("[]", []),
        (" [ ] ", []),
    ],
)
def test_an_array_an_object_and_an_object_per_line_are_read(content, lines):
    outcome = read("portal-history", content)

    assert [record.line for record in outcome.records] == lines
    assert outcome.rejected == []


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252"])
def test_json_may_have_any_allowed_encoding(encoding):
    outcome = read("portal-history", json.dumps({**CHANGE, "beskrivelse": "på ny"}, ensure_ascii=False).encode(encoding), encoding="windows-1252")

    assert outcome.records[0].attributes == {"beskrivelse": "på ny"}


@pytest.mark.parametrize(
    ("record", "code"),
    [
        (GOOD.replace('"ok"', '"ok", "tilstand": "LEVERT"'), "duplicate_key"),
        (GOOD.replace('"ok"', '"ok", "ukjent": {"a": 1, "a": 2}'), "duplicate_key"),
        (GOOD.replace('"ok"', '"ok", "tilst\\u0061nd": "LEVERT"'), "duplicate_key"),
        (GOOD.replace('"ok"', "NaN"), "not_a_number"),
        (GOOD.replace('"ok"', "-Infinity"), "not_a_number"),
        (GOOD.replace('"ok"', '"ok", "ukjent": 1e999'), "not_a_number"),
        (GOOD.replace('"ok"', '"ok", "ukjent": ' + "9" * 5000), "not_a_number"),
        (GOOD.replace('"ok"', '"\\ud83d"'), "lone_surrogate"),
        (GOOD.replace('"ok"', '"ok", "\\udc00": 1'), "lone_surrogate"),
        (GOOD.replace('"ok"', '"a\\u0000b"'), "nul"),
        (GOOD.replace('"ok"', '"a\0b"'), "nul"),
        (GOOD.replace('"ok"', '["a"]'), "wrong_type"),
        (GOOD.replace('"ok"', '{"a": "b"}'), "wrong_type"),
        (GOOD.replace('"ok"', "7"), "not_text"),
        (GOOD.replace('"ok"', "true"), "not_text"),
        (GOOD.replace('"ok"', '"ok", "kommunenummer": 301'), "not_text"),
        ("7", "not_object"),
        ('"text"', "not_object"),
        ("null", "not_object"),
        ("[1, [2]]", "not_object"),
        ("{}", "missing_value"),
    ],
)
def test_a_bad_record_is_rejected_and_the_rest_goes_on(record, code):
    assert read("portal-history", f"[{GOOD}, {record}, {GOOD}]").rejected == [(2, code)]
    assert read("portal-history", f"{GOOD}\n{record}\n{GOOD}\n").rejected == [(2, code)]


@pytest.mark.parametrize(
    ("said", "column"),
    [
        ('null, "b": NaN', "b"),
        ('[[null], {"c": [0, 1e999]}]', "c"),
        ('[1, -Infinity], "b": null', "a"),
        ("9" * 500, "a"),
        ('["", "x\\u0000"]', "a"),
        ('"", "b": {"c": "\\ud83d"}', "c"),
    ],
)
def test_of_a_value_that_cannot_be_kept_the_name_is_told(said, column):
    (fate,) = read("portal-history", GOOD.replace('"ok"', f'"ok", "a": {said}')).fates

    assert fate.details["column"] == column


def test_a_whole_pair_of_surrogates_is_a_character():
    assert read("portal-history", GOOD.replace('"ok"', '"\\ud83d\\ude00"')).records[0].attributes == {"beskrivelse": "\U0001f600"}


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (f"[{GOOD}", "cut_json"),
        (f"[{GOOD},", "cut_json"),
        (f"[{GOOD}, {GOOD[:30]}", "cut_json"),
        (GOOD[:-1], "cut_json"),
        ("[", "cut_json"),
        (f"[{GOOD},]", "broken_json"),
        (f"[{GOOD} {GOOD}]", "broken_json"),
        (f"[{GOOD}]]", "broken_json"),
        ("[}", "broken_json"),
        (f"[{GOOD}, // comment\n{GOOD}]", "broken_json"),
        ("{'a': 1}", "broken_json"),
        ('{"a": 01}', "broken_json"),
        ("[tru]", "broken_json"),
        (f"[{GOOD}] x", "trailing_data"),
        (f"[{GOOD}][{GOOD}]", "trailing_data"),
        (GOOD + GOOD, "trailing_data"),
        (GOOD + "\n" + GOOD + GOOD, "trailing_data"),
        ("[" * 200_000, "nested_too_deeply"),
        ("[" * 200_000 + "]" * 200_000, "nested_too_deeply"),
        ('{"a":' * 101 + "1" + "}" * 101, "nested_too_deeply"),
    ],
)
def test_a_document_that_does_not_hold_together_is_refused(content, code):
    outcome = read("portal-history", content)

    assert outcome.refused == code
    assert outcome.details["line"]


def test_a_hundred_levels_are_read():
    assert read("portal-history", f'[{GOOD[:-1]}, "ukjent": {"[" * 98}{"]" * 98}}}]').codes == ["receipted"]


@pytest.mark.parametrize(("opens", "closes"), [("[", "]"), ('{"a":', "}")])
@pytest.mark.parametrize("beside", ["", '"x": {"y": [{}]}, '])
def test_a_level_more_is_refused_whatever_brackets_it_has(opens, closes, beside):
    for levels, refused in ((98, ""), (99, "nested_too_deeply")):
        outcome = read("svarut-history", f'[{{{beside}"ukjent": {opens * levels}1{closes * levels}}}]')
        assert outcome.refused == refused
        outcome = read("svarinn", f'[{{{beside}"ukjent": {opens * levels}1{closes * levels}}}]')
        assert outcome.refused == refused


def test_unknown_keys_are_named_once_and_left_unread():
    outcome = read("portal-history", f'[{GOOD[:-1]}, "navn": "Ola", "{IDENTITY_NUMBER}": 1}}, {GOOD[:-1]}, "navn": "Kari"}}]')

    assert [(notice.code, notice.details) for notice in outcome.reading.warnings] == [("unknown_columns", {"columns": "navn, [fnr]"})]
    assert len(outcome.records) == 2


def test_a_long_record_is_read_whole_over_many_pieces():
    filler = json.dumps({**CHANGE, "ukjent": ['x{[\\"' * 10] * 40_000})

    outcome = read("portal-history", f"[{GOOD}, {filler}, {GOOD}]")

    assert [record.line for record in outcome.records] == [1, 2, 3]


def test_a_record_longer_than_any_is_refused():
    assert read("portal-history", f'[{GOOD}, "{"x" * (18 << 20)}"]').refused == "record_too_long"


def test_many_records_are_counted_right_whatever_falls_on_the_borders():
    nested = GOOD[:-1] + ', "ukjent": {"a": [1, "]}", {"b": "\\"["}]}}'

    outcome = read("portal-history", "[" + ",\n".join([GOOD, nested] * 10_000) + "]")

    assert len(outcome.records) == 20_000


def test_a_csv_format_s_columns_are_not_asked_of_json():
    assert read("portal-history", f'[{{"bekymringsmeldingId": "{ID}"}}]').rejected == [(1, "missing_value")]
