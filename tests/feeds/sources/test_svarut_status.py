import json

import pytest

from apps.feeds.record import Occurrence, Ref, Whose
from apps.ledger import codes
from tests.feeds.sources.reader import ID, IDENTITY_NUMBER, ORGANISATION, OTHER_ID, read

CHANGED = "2024-02-01T10:00:00.398+01:00"
# formats.md, section 6, row by row.
CODES = {
    "MOTTATT": "created",
    "AKSEPTERT": "receipted",
    "Akseptert": "receipted",
    "AVVIST": "failed",
    "FEILET_UNDER_MOTTAK": "failed",
    "IKKE_LEVERT": "failed",
    "VARSLET": "notified",
    "KLAR_FOR_MOTTAK": "published",
    "Klar for mottak": "published",
    "SENDT_ALTINN": "sent",
    "SENDT_SDP": "sent",
    "SENDT_NHN_MOTTAKER": "sent",
    "LEVERT_ALTINN": "delivered_claimed",
    "LEVERT_SDP": "delivered_claimed",
    "LEVERT_NHN_MOTTAKER": "delivered_claimed",
    "LEST": "fetched",
    "SENDT_PRINT": "print_sent",
    "PRINTET": "printed",
    "MANUELT_HANDTERT": "manually_handled",
    "SENDT_DIGITALT": "unread_deadline_passed",
    "SLETTET": "purged_by_sender",
}


def status(status="AKSEPTERT", **values):
    return {"id": ID, "sisteStatusEndring": CHANGED, "status": status, **values}


def test_both_versions_say_the_same():
    old = {"forsendelsesid": ID.upper(), "forsendelseStatus": "AKSEPTERT", "sisteStatusEndring": CHANGED}

    for whole in (status(), old, [status()], [old]):
        record = read("svarut-status", json.dumps(whole)).records[0]
        assert record.references == (Ref("svarut", ID),)
        assert record.occurrences == (Occurrence("receipted", "AKSEPTERT", "2024-02-01T09:00:00.398000+00:00"),)
        assert record.outbound is None


@pytest.mark.parametrize(("native", "code"), CODES.items())
def test_every_status_of_the_table_is_known(native, code):
    outcome = read("svarut-status", json.dumps(status(native)))

    assert (outcome.codes, outcome.records[0].occurrences[0].native, outcome.warnings) == ([code], native, [])
    assert code in codes.FROM_FEEDS


@pytest.mark.parametrize(
    ("recipient", "code"),
    [(ORGANISATION, "fetched"), (IDENTITY_NUMBER, "opened"), (f"0192:{ORGANISATION}", "fetched"), ("", "fetched"), (None, "fetched"), ("ukjent", "fetched")],
)
def test_read_by_an_organisation_may_be_read_by_its_machine(recipient, code):
    record = read("svarut-status", json.dumps(status("LEST", mottakerOrgnr=recipient))).records[0]

    assert record.occurrences[0][:2] == (code, "LEST")
    assert IDENTITY_NUMBER not in repr(record) + json.dumps(record.attributes)


@pytest.mark.parametrize("native", ["akseptert", "Lest", "LEVERT", "NOE_NYTT"])
def test_another_status_is_unknown_with_a_warning(native):
    outcome = read("svarut-status", json.dumps(status(native)))

    assert (outcome.codes, outcome.records[0].occurrences[0].native, outcome.warnings) == (["unknown"], native, ["unknown_status"])


def test_a_sender_s_reference_ties_the_chain_only_when_it_is_a_uuid():
    tied = read("svarut-status", json.dumps(status(eksternRef=OTHER_ID.upper()))).records[0]
    loose = read("svarut-status", json.dumps(status(eksternRef="Sak om Ola"))).records[0]

    assert tied.references == (Ref("svarut", ID), Ref("eformidling", OTHER_ID))
    assert loose.references == (Ref("svarut", ID),)
    assert "Ola" not in loose.raw


def test_a_reference_that_may_be_a_name_is_not_shown_of_a_bad_line_either():
    outcome = read("svarut-status", json.dumps([status(eksternRef="Sak om Ola", sisteStatusEndring="i går")]))

    assert outcome.rejected == [(1, "not_a_time")]
    assert "Ola" not in outcome.fates[0].raw


def test_only_allowed_particulars_are_kept():
    whole = status(
        forsendelseType="barnevern",
        mottakerOrgnr=ORGANISATION,
        niva=4,
        taushetsbelagtPost=True,
        svarPaForsendelse=OTHER_ID.upper(),
        tittel="om Kari",
        mottaker={"navn": "Kari"},
    )

    outcome = read("svarut-status", json.dumps(whole))

    record = outcome.records[0]
    assert record.whose == Whose(orgnr=ORGANISATION)
    assert record.attributes == {
        "forsendelseType": "barnevern",
        "niva": "4",
        "taushetsbelagtPost": "true",
        "svarPaForsendelse": OTHER_ID,
        "recipientKind": "organisation",
    }
    assert record.references == (Ref("svarut", ID),)  # an answer is another message
    assert "Kari" not in repr(record)
    assert outcome.warnings == ["unknown_columns"]


def test_a_time_without_a_zone_is_oslo_s():
    occurrence = read("svarut-status", json.dumps(status(sisteStatusEndring="2024-02-01T10:00:00"))).records[0].occurrences[0]

    assert (occurrence.at, occurrence.zone_assumed) == ("2024-02-01T09:00:00+00:00", True)


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"id": None}, "missing_value"),
        ({"id": "123"}, "not_uuid"),
        ({"forsendelsesid": OTHER_ID}, "columns_disagree"),
        ({"status": ""}, "missing_value"),
        ({"forsendelseStatus": "LEST"}, "columns_disagree"),
        ({"sisteStatusEndring": None}, "missing_value"),
        ({"mottakerOrgnr": 964338531}, "not_text"),
        ({"taushetsbelagtPost": {"a": 1}}, "wrong_type"),
    ],
)
def test_a_bad_status_is_rejected_alone(values, code):
    assert read("svarut-status", json.dumps([status(), status(**values), status()])).rejected == [(2, code)]


def test_a_table_is_no_file_of_statuses():
    assert read("svarut-status", "id;status;sisteStatusEndring\n").refused == "wrong_kind_of_file"
