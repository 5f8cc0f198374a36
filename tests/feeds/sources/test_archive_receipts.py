import json

import pytest

from apps.feeds.record import Ref, Whose
from apps.feeds.sources.archive_receipts import KEYS
from tests.feeds.sources.reader import ID, ID_WITH_DIGITS, IDENTITY_NUMBER, OTHER_ID, read

CREATED = "2023-05-02T10:11:12+02:00"


def receipt(system="Fagsystem på prøve", key=OTHER_ID, **values):
    return {"systemID": ID, "opprettetDato": CREATED, "referanseEksternNoekkel": {"fagsystem": system, "noekkel": key}, **values}


def outcome(*receipts, **options):
    return read("archive-receipts", json.dumps(receipts), **options)


def test_what_is_archived_is_registered_when_the_archive_made_it():
    record = outcome(receipt()).records[0]

    assert record.references == (Ref("archive", ID),)
    assert record.occurrences[0][:4] == ("registered", "opprettet", "2023-05-02T08:11:12+00:00", False)
    assert record.whose == Whose()


def test_both_of_the_archive_s_ids_name_the_same_thing():
    assert outcome(receipt(registreringsID="2023/41-1", systemID=ID.upper())).records[0].references == (Ref("archive", "2023/41-1"), Ref("archive", ID))
    assert outcome(receipt(registreringsID=ID)).records[0].references == (Ref("archive", ID),)


def test_digits_in_a_uuid_are_no_identity_number():
    record = outcome(receipt(key=ID_WITH_DIGITS, systemID=ID_WITH_DIGITS.upper())).records[0]

    assert (record.references, record.attributes["noekkel"]) == ((Ref("archive", ID_WITH_DIGITS),), ID_WITH_DIGITS)
    assert f"noekkel={ID_WITH_DIGITS}" in record.raw


def test_a_key_ties_nothing_while_it_is_not_known_whose_it_is():
    record = outcome(receipt()).records[0]

    assert record.references == (Ref("archive", ID),)
    assert record.attributes == {"fagsystem": "Fagsystem på prøve", "noekkel": OTHER_ID}


@pytest.mark.parametrize("whose", KEYS)
def test_the_import_or_the_receipt_says_whose_the_key_is(whose):
    tied = (Ref("archive", ID), Ref(whose, OTHER_ID))

    assert outcome(receipt(key=OTHER_ID.upper()), reference=whose).records[0].references == tied
    assert outcome(receipt(system=whose.title())).records[0].references == tied


def test_what_the_import_says_counts_before_the_receipt():
    assert outcome(receipt(system="Altinn"), reference="svarut").records[0].references[1] == Ref("svarut", OTHER_ID)


def test_a_key_without_the_shape_of_an_id_ties_nothing():
    assert outcome(receipt(key="FS-17"), reference="svarut").records[0].references == (Ref("archive", ID),)
    assert outcome(receipt(key="FS-17"), reference="case").records[0].references[1] == Ref("case", "kommune::FS-17")


def test_a_system_that_is_not_known_refuses_the_file():
    refused = outcome(receipt(), reference="familia")

    assert (refused.refused, refused.details["found"]) == ("unknown_key", "familia")


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"systemID": None}, "missing_value"),
        ({"systemID": 17}, "not_text"),
        ({"systemID": {"value": ID}}, "wrong_type"),
        ({"systemID": IDENTITY_NUMBER}, "identity_number_as_reference"),
        ({"opprettetDato": None}, "missing_value"),
        ({"opprettetDato": "2023-02-30T10:00:00"}, "impossible_time"),
        ({"referanseEksternNoekkel": [{"noekkel": ID}]}, "wrong_type"),
        ({"referanseEksternNoekkel": {"noekkel": 17}}, "not_text"),
    ],
)
def test_a_bad_receipt_is_rejected_alone(values, code):
    assert outcome(receipt(**values), receipt()).rejected == [(1, code)]


@pytest.mark.parametrize("value", [7, "x", None, [], {}])
def test_whatever_stands_for_a_receipt_has_one_fate(value):
    assert len(outcome(value, receipt()).rejected) == 1


def test_a_receipt_does_not_say_which_service_it_belongs_to():
    assert outcome(receipt(), needs_municipality=True).rejected == [(1, "owner_missing")]


def test_only_allowed_particulars_are_kept():
    whole = receipt(key=IDENTITY_NUMBER, tittel="Om Kari", journalaar=2023, journalsekvensnummer="41", journalpostnummer=7)

    record = outcome(whole).records[0]

    assert record.attributes == {"journalnummer": "2023/41", "fagsystem": "Fagsystem på prøve", "noekkel": "[fnr]"}
    assert "Kari" not in repr(record)
    assert IDENTITY_NUMBER not in record.raw
    assert outcome(receipt(journalpostnummer=7)).records[0].attributes["journalnummer"] == "7"
