import json

import pytest

from apps.feeds.record import Occurrence, Ref, Whose
from tests.feeds.sources.reader import ID, IDENTITY_NUMBER, ORGANISATION, OTHER_ID, read
from tests.feeds.sources.test_svarut_status import CODES

DATE = 1706778000398  # 2024-02-01T09:00:00.398Z


def message(**values):
    return {
        "id": ID,
        "date": DATE,
        "status": "Akseptert",
        "tittel": "Bekymringsmelding om Kari",
        "avsender": {"navn": "Ola Nordmann", "adresselinje1": "Prøvegata 1"},
        "mottaker": {"navn": "Prøvekommunen", "orgnr": ORGANISATION},
        "svarSendesTil": {"navn": "Ola Nordmann", "fnr": IDENTITY_NUMBER},
        "filmetadata": [{"filnavn": "Kari.pdf"}],
        **values,
    }


def test_a_message_waits_from_its_date():
    record = read("svarinn", json.dumps([message()])).records[0]

    assert record.references == (Ref("svarut", ID),)
    assert record.occurrences == (Occurrence("receipted", "Akseptert", "2024-02-01T09:00:00.398000+00:00"),)
    assert record.whose == Whose(orgnr=ORGANISATION)


def test_of_the_contents_nothing_is_kept_but_the_proposed_category():
    record = read("svarinn", json.dumps([message(forsendelseType="barnevern", svarPaForsendelse=OTHER_ID)])).records[0]

    assert record.category == "report"
    assert record.attributes == {"forsendelseType": "barnevern", "svarPaForsendelse": OTHER_ID, "recipientKind": "organisation"}
    for word in ("Kari", "Ola", "Prøve", IDENTITY_NUMBER):
        assert word not in record.raw + repr(record) + json.dumps(record.attributes, ensure_ascii=False)


def test_two_ids_of_one_millisecond_are_two_messages():
    outcome = read("svarinn", json.dumps([message(), message(id=OTHER_ID)]))

    assert [(record.references[0].value, record.occurrences[0].at) for record in outcome.records] == [
        (ID, outcome.records[0].occurrences[0].at),
        (OTHER_ID, outcome.records[0].occurrences[0].at),
    ]


@pytest.mark.parametrize(("native", "code"), CODES.items())
def test_every_status_of_the_table_is_known(native, code):
    outcome = read("svarinn", json.dumps([message(status=native)]))

    assert (outcome.codes, outcome.warnings) == ([code], [])


@pytest.mark.parametrize("recipient", [{}, {"orgnr": None}, None, "Bergen", []])
def test_a_recipient_without_a_number_says_nothing(recipient):
    record = read("svarinn", json.dumps([message(mottaker=recipient, status="LEST")])).records[0]

    assert (record.whose, record.attributes, record.occurrences[0].code) == (Whose(), None, "fetched")


def test_read_by_a_person_is_opened():
    record = read("svarinn", json.dumps([message(mottaker={"orgnr": IDENTITY_NUMBER}, status="LEST")])).records[0]

    assert (record.occurrences[0].code, record.attributes) == ("opened", {"recipientKind": "person"})


def test_a_sender_s_reference_ties_the_chain_only_when_it_is_a_uuid():
    tied = read("svarinn", json.dumps([message(eksternRef=OTHER_ID)])).records[0]
    loose = read("svarinn", json.dumps([message(eksternRef="Sak om Ola")])).records[0]

    assert tied.references == (Ref("svarut", ID), Ref("eformidling", OTHER_ID))
    assert (loose.references, "Ola" in loose.raw) == ((Ref("svarut", ID),), False)


@pytest.mark.parametrize("date", [str(DATE), "2024-02-01T09:00:00.398Z"])
def test_a_date_may_be_digits_or_a_time(date):
    assert read("svarinn", json.dumps([message(date=date)])).records[0].occurrences[0].at == "2024-02-01T09:00:00.398000+00:00"


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"id": None}, "missing_value"),
        ({"id": ["a"]}, "wrong_type"),
        ({"date": None}, "missing_value"),
        ({"date": True}, "not_epoch"),
        ({"date": 1706778000.398}, "not_epoch"),
        ({"date": [1]}, "not_epoch"),
        ({"date": 10**60}, "not_epoch"),
        ({"date": -(10**15)}, "not_epoch"),
        ({"date": 1706778000}, "year_out_of_range"),
        ({"date": -1}, "year_out_of_range"),
        ({"date": "i går"}, "not_a_time"),
        ({"status": None}, "missing_value"),
        ({"status": {}}, "wrong_type"),
    ],
)
def test_a_bad_message_is_rejected_alone(values, code):
    assert read("svarinn", json.dumps([message(), message(**values), message()])).rejected == [(2, code)]


@pytest.mark.parametrize(
    ("title", "category"),
    [
        ("Bekymringsmelding", "report"),
        ("Dokument: bekymringsmelding i sak 12", "report"),
        ("UNDERRETNING om vedtak", "notice"),
        ("Orientering", "notice"),
        ("Saksdokumenter", "case_document"),
        ("Sak 2024/12", "case_document"),
        ("Barnevernsaken", ""),
        ("Årsak ukjent", ""),
        ("", ""),
        (None, ""),
        (7, ""),
    ],
)
def test_the_title_s_words_propose_a_category(title, category):
    assert read("svarinn", json.dumps([message(tittel=title)])).records[0].category == category
