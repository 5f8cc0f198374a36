import json

import pytest

from apps.feeds.record import Ref
from tests.feeds.sources.reader import ID, IDENTITY_NUMBER, OTHER_ID, read

TIME = "01.02.2024 10:00:05"


def entry(event="Akseptert for ekspedering", **values):
    return {"forsendelseId": ID, "tidspunkt": TIME, "hendelse": event, **values}


def log(*entries):
    """As the first version writes it."""
    return json.dumps({"hendelsesLogg": [{name: value for name, value in one.items() if name != "forsendelseId"} for one in entries]})


# formats.md, section 6, row by row; a source goes on after what is known of it.
@pytest.mark.parametrize(
    ("event", "code"),
    [
        ("Mottatt, og tildelt forsendelseid 123", "created"),
        ("Akseptert for ekspedering.", "receipted"),
        ("Varsling sent til Altinn for Ola Nordmann", "notified"),
        ("Lesefrist utløpt for Ola Nordmann", "read_deadline_passed"),
        ("Sendt til manuell print", "print_sent"),
        ("Sendt til print", "print_sent"),
        ("Lest eksternt av Ola Nordmann", "opened_elsewhere"),
        ("Metadata er validert", "unknown"),
        ("Orginaldokumenter er lagret", "unknown"),
        ("Forsendelsesfil generert", "unknown"),
        ("Mottaker Ola Nordmann finnes i kontaktregister", "unknown"),
    ],
)
def test_a_known_event_is_told_by_its_beginning_without_a_warning(event, code):
    outcome = read("svarut-history", json.dumps([entry(event)]))

    assert (outcome.codes, outcome.warnings) == ([code], [])
    native = outcome.records[0].occurrences[0].native
    assert "Nordmann" not in native
    assert event.startswith(native.split(" … ")[0])


def test_another_event_is_unknown_with_a_warning_and_redacted():
    outcome = read("svarut-history", json.dumps([entry(f"Videresendt til {IDENTITY_NUMBER}")]))

    assert (outcome.codes, outcome.warnings) == (["unknown"], ["unknown_status"])
    assert outcome.records[0].occurrences[0].native == "Videresendt til [fnr]"


@pytest.mark.parametrize("event", ["akseptert for ekspedering", "Er Akseptert for ekspedering", "Mottaker er Ola", "Mottakerens kontaktregister"])
def test_what_only_looks_like_it_is_not_mapped(event):
    assert read("svarut-history", json.dumps([entry(event)])).warnings == ["unknown_status"]


def test_times_are_oslo_s():
    occurrence = read("svarut-history", json.dumps([entry()])).records[0].occurrences[0]

    assert (occurrence.at, occurrence.zone_assumed) == ("2024-02-01T09:00:05+00:00", True)


def test_the_first_version_is_about_the_message_that_the_import_names():
    outcome = read("svarut-history", log(entry(), entry("Lest eksternt")), reference=OTHER_ID.upper())

    assert outcome.codes == ["receipted", "opened_elsewhere"]
    assert {record.references for record in outcome.records} == {(Ref("svarut", OTHER_ID),)}
    assert [record.line for record in outcome.records] == [1, 2]


@pytest.mark.parametrize("reference", ["", "123", IDENTITY_NUMBER])
def test_the_first_version_without_a_reference_is_refused(reference):
    assert read("svarut-history", log(entry()), reference=reference).refused == "reference_missing"


def test_the_second_version_names_its_messages_itself():
    whole = [entry(), entry(forsendelseId=OTHER_ID)]

    for content in (json.dumps(whole), "\n".join(map(json.dumps, whole))):
        for reference in ("", "22222222-2222-4222-8222-222222222222"):
            records = read("svarut-history", content, reference=reference).records
            assert [record.references[0].value for record in records] == [ID, OTHER_ID]


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"forsendelseId": None}, "missing_value"),
        ({"forsendelseId": "7"}, "not_uuid"),
        ({"tidspunkt": "31.02.2024 10:00:00"}, "impossible_time"),
        ({"tidspunkt": "31.03.2024 02:30:00"}, "time_skipped_by_clock_change"),
        ({"tidspunkt": "1.2.2024"}, "not_a_time"),
        ({"hendelse": ""}, "missing_value"),
        ({"hendelse": 7}, "not_text"),
    ],
)
def test_a_bad_entry_is_rejected_alone(values, code):
    assert read("svarut-history", json.dumps([entry(), entry(**values), entry()])).rejected == [(2, code)]


def test_an_empty_log_is_read_with_a_warning():
    assert read("svarut-history", log(), reference=ID).warnings == ["no_rows"]
