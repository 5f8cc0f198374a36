import pytest

from apps.feeds.record import Ref, Whose
from tests.feeds.sources.reader import ID_WITH_DIGITS, IDENTITY_NUMBER, ORGANISATION, read

OFFICE = {"Organisasjonsnummer": ORGANISATION, "Versjon": "2022", "Kommunenummer": "4601", "Kommunenavn": "Bergen"}


def element(name, *content, **attributes):
    written = "".join(f' {key}="{value}"' for key, value in attributes.items() if value is not None)
    return f"<{name}{written}>{''.join(content)}</{name}>"


def melding(*content, **attributes):
    return element("Melding", *content, **{"Id": "M1", "StartDato": "2022-02-10"} | attributes)


def outcome(*content, office=OFFICE, individual=None, **options):
    whole = element("Barnevern", element("Avgiver", **office), element("Individ", *content, **individual or {"Id": "I1", "Journalnummer": "J1"}))
    return read("kostra-xml", f'<?xml version="1.0" encoding="ISO-8859-1"?>{whole}'.encode("iso-8859-1"), **options)


def test_a_report_is_registered_on_its_first_day_and_concluded_on_its_last():
    occurrences = outcome(melding(SluttDato="2022-02-17", Konklusjon="1")).records[0].occurrences

    assert [(one.code, one.at, one.by_day) for one in occurrences] == [
        ("registered", "2022-02-09T23:00:00+00:00", True),
        ("concluded", "2022-02-16T23:00:00+00:00", True),
    ]


def test_a_report_that_is_not_concluded_is_registered():
    assert outcome(melding()).codes == ["registered"]


def test_an_investigation_within_a_report_concludes_nothing():
    assert outcome(melding(element("Undersokelse", Id="U1", SluttDato="2022-06-17", Konklusjon="1"))).codes == ["registered"]


def test_the_reference_is_unique_beyond_the_year_and_the_office():
    assert outcome(melding()).records[0].references == (Ref("case", f"{ORGANISATION}:2022:I1:M1"),)


def test_an_id_may_be_a_uuid_whatever_its_digits():
    record = outcome(melding(Id=ID_WITH_DIGITS.upper()), individual={"Id": ID_WITH_DIGITS}).records[0]

    assert record.references == (Ref("case", f"{ORGANISATION}:2022:{ID_WITH_DIGITS}:{ID_WITH_DIGITS}"),)


def test_a_reporter_without_a_code_rejects_that_report_only():
    whole = outcome(melding(element("Melder", "<Presisering>Naboen</Presisering>"), Id="M1"), melding(element("Melder", Kode="4"), Id="M2"))

    assert whole.rejected == [(1, "missing_value")]
    assert whole.fates[0].details == {"column": "Melder@Kode"}
    assert [record.line for record in whole.records] == [2]
    assert "Naboen" not in repr(whole.fates)


@pytest.mark.parametrize(
    ("attributes", "code"),
    [
        ({"Id": None}, "missing_value"),
        ({"Id": "\u00a7"}, "reference_characters"),
        ({"Id": "1:M1"}, "reference_characters"),
        ({"Id": IDENTITY_NUMBER}, "identity_number_as_reference"),
        ({"StartDato": None}, "missing_value"),
        ({"StartDato": "2022-02-30"}, "impossible_time"),
        ({"SluttDato": "snart"}, "not_a_time"),
    ],
)
def test_a_bad_report_is_rejected_alone(attributes, code):
    assert outcome(melding(**attributes), melding()).rejected == [(1, code)]


@pytest.mark.parametrize(
    ("office", "individual", "code"),
    [
        ({"Versjon": None}, None, "missing_value"),
        ({"Organisasjonsnummer": None}, None, "missing_value"),
        ({"Organisasjonsnummer": "123"}, None, "not_organisation"),
        ({"Kommunenummer": "301"}, None, "not_municipality"),
        ({}, {"Journalnummer": "J1"}, "missing_value"),
        ({}, {"Id": IDENTITY_NUMBER}, "identity_number_as_reference"),
    ],
)
def test_what_is_wrong_with_the_office_or_the_individual_rejects_each_report(office, individual, code):
    assert outcome(melding(), melding(), office=OFFICE | office, individual=individual).rejected == [(1, code), (2, code)]


def test_the_office_says_whose_it_is():
    assert outcome(melding()).records[0].whose == Whose("4601", "", ORGANISATION)


def test_only_allowed_particulars_are_kept():
    individual = {"Id": "I1", "Journalnummer": "J 7/ø", "Saksbehandler": "Siri", "Fodselsnummer": IDENTITY_NUMBER}

    record = outcome(melding(element("Melder", Kode="11"), Konklusjon="1", SluttDato="2022-02-17"), individual=individual).records[0]

    assert record.attributes == {"journalnummer": "J 7/ø", "melder": "11", "konklusjon": "1"}
    assert record.reporter == "public"
    assert not any(name in repr(record) for name in ("Siri", IDENTITY_NUMBER))


def test_the_file_does_not_say_when_it_was_taken_out():
    assert outcome(melding()).reading.taken_out_at is None
