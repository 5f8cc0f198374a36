import json

import pytest

from apps.feeds.record import Ref, Whose
from tests.feeds.sources.reader import ID, IDENTITY_NUMBER, OTHER_ID, read, table

OPERATOR = ["bekymringsmeldingId", "tidspunkt", "meldingstype", "meldingId", "state", "fiksIoKonto", "beskrivelse"]


def change(**values):
    return {"bekymringsmeldingId": ID, "tidspunkt": "2023-05-01T10:00:00", "tilstand": "AKSEPTERT", **values}


@pytest.mark.parametrize(
    ("state", "code"),
    [
        ("AKSEPTERT", "receipted"),
        ("SENDT_FAGSYSTEM", "sent"),
        ("AVVIST_FAGSYSTEM", "rejected"),
        ("SENDT_PRINT", "print_sent"),
        ("AVVIST_PRINT", "print_rejected"),
        ("LEVERT", "delivered_claimed"),
    ],
)
def test_each_state_is_its_event_and_the_native_word_is_kept(state, code):
    outcome = read("portal-history", json.dumps([change(tilstand=state)]))

    occurrence = outcome.records[0].occurrences[0]
    assert (occurrence.code, occurrence.native, occurrence.zone_assumed) == (code, state, True)
    assert occurrence.at == "2023-05-01T08:00:00+00:00"
    assert outcome.warnings == []


@pytest.mark.parametrize(
    ("message_type", "code"),
    [
        ("no.ks.fiks.bekymringsmelding.mottatt.v1", "delivered_claimed"),
        ("bekymringsmelding.feilet.v1", "rejected"),
        ("no.ks.fiks.kvittering.tidsavbrudd", "expired"),
        ("no.ks.fiks.kvittering.serverfeil.v1", "failed"),
    ],
)
@pytest.mark.parametrize("state", ["LEVERT", "SENDT_FAGSYSTEM", ""])
def test_a_known_message_type_decides_before_the_state(message_type, code, state):
    content = table(OPERATOR, [ID, "2023-05-01T10:00:00", message_type, OTHER_ID, state, OTHER_ID, "x"])

    occurrence = read("portal-history", content).records[0].occurrences[0]

    assert (occurrence.code, occurrence.native) == (code, state or message_type)


def test_another_message_type_leaves_it_to_the_state():
    content = table(OPERATOR, [ID, "2023-05-01T10:00:00", "no.ks.fiks.bekymringsmelding.v1", OTHER_ID, "SENDT_FAGSYSTEM", "", ""])

    assert read("portal-history", content).codes == ["sent"]


def test_a_message_type_that_only_resembles_is_unknown():
    content = table(OPERATOR, [ID, "2023-05-01T10:00:00", "xbekymringsmelding.mottatt.v1", OTHER_ID, "", "", ""])

    outcome = read("portal-history", content)

    assert (outcome.codes, outcome.warnings) == (["unknown"], ["unknown_status"])


def test_the_message_id_ties_the_report_to_its_sending():
    record = read("portal-history", json.dumps([change(meldingId=OTHER_ID.upper())])).records[0]

    assert record.references == (Ref("portal", ID), Ref("fiksio", OTHER_ID))


def test_an_unknown_state_is_kept_redacted_cut_and_warned_of_once():
    native = f"HELT NY {IDENTITY_NUMBER} " + "x" * 200

    outcome = read("portal-history", json.dumps([change(tilstand=native), change(tilstand=native), change(tilstand="levert")]))

    assert outcome.codes == ["unknown"] * 3
    assert outcome.records[0].occurrences[0].native == ("HELT NY [fnr] " + "x" * 200)[:100]
    assert outcome.warnings == ["unknown_status", "unknown_status"]


def test_thousands_of_unknown_states_do_not_give_thousands_of_warnings():
    outcome = read("portal-history", json.dumps([change(tilstand=f"NY{number}") for number in range(3000)]))

    assert len(outcome.records) == 3000
    assert outcome.warnings == ["unknown_status"] * 20 + ["more_unknown_statuses"]


def test_the_description_is_redacted_and_cut_at_two_hundred():
    outcome = read("portal-history", json.dumps([change(beskrivelse=f"om {IDENTITY_NUMBER} " + "x" * 300), change()]))

    assert outcome.records[0].attributes == {"beskrivelse": ("om [fnr] " + "x" * 300)[:200]}
    assert outcome.records[1].attributes is None


def test_the_row_says_whose_it_is_when_it_can():
    record = read("portal-history", json.dumps([change(kommunenummer="0301", bydelsnummer="05")])).records[0]

    assert record.whose == Whose("0301", "05", "")


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"bekymringsmeldingId": "123"}, "not_uuid"),
        ({"meldingId": "123"}, "not_uuid"),
        ({"tidspunkt": "2023-03-26T02:30:00"}, "time_skipped_by_clock_change"),
        ({"tidspunkt": None}, "missing_value"),
        ({"tilstand": ""}, "missing_value"),
        ({"tilstand": "LEVERT", "state": "AKSEPTERT"}, "columns_disagree"),
        ({"kommunenummer": "301"}, "not_municipality"),
    ],
)
def test_a_row_that_cannot_be_used_is_rejected_with_its_reason(values, code):
    assert read("portal-history", json.dumps([change(**values), change()])).rejected == [(1, code)]


def test_both_state_columns_may_agree():
    assert read("portal-history", json.dumps([change(state="AKSEPTERT")])).codes == ["receipted"]


def test_a_feed_of_many_services_needs_the_municipality():
    assert read("portal-history", json.dumps([change()]), needs_municipality=True).rejected == [(1, "owner_missing")]


def test_a_record_shown_in_a_log_holds_nothing_unredacted():
    record = read("portal-history", json.dumps([change(beskrivelse=IDENTITY_NUMBER)])).records[0]

    assert IDENTITY_NUMBER not in repr(record)
    assert record.raw == f"bekymringsmeldingId={ID}; tidspunkt=2023-05-01T10:00:00; tilstand=AKSEPTERT; beskrivelse=[fnr]"
