import pytest

from apps.feeds.record import Ref, Whose
from tests.feeds.sources.reader import ID, IDENTITY_NUMBER, ORGANISATION, OTHER_ID, read, table

RECEIVED, STORED, OPENED, DELETED = (f"2023-05-01T{hour}:00:00" for hour in (10, 11, 12, 13))


def log(**values):
    row = {"bekymringsmeldingId": ID, "mottattTidspunkt": RECEIVED, "resultat": "mottatt", **values}
    return table(list(row), list(row.values()))


def facts(outcome):
    return [(occurrence.code, int(occurrence.at[11:13])) for occurrence in outcome.records[0].occurrences]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({}, [("delivered_claimed", 8)]),
        ({"lagretTidspunkt": STORED}, [("delivered_claimed", 8), ("registered", 9)]),
        ({"apnetTidspunkt": OPENED}, [("delivered_claimed", 8), ("opened", 10)]),
        ({"resultat": "feilet"}, [("rejected", 8)]),
        ({"resultat": "slettet"}, [("deleted_in_case_system", 8)]),
        ({"resultat": "slettet", "slettetTidspunkt": DELETED}, [("deleted_in_case_system", 11)]),
        ({"slettetTidspunkt": DELETED}, [("delivered_claimed", 8), ("deleted_in_case_system", 11)]),
        (
            {"lagretTidspunkt": STORED, "apnetTidspunkt": OPENED, "slettetTidspunkt": DELETED},
            [("delivered_claimed", 8), ("registered", 9), ("opened", 10), ("deleted_in_case_system", 11)],
        ),
        ({"resultat": " Mottatt "}, [("delivered_claimed", 8)]),
    ],
)
def test_a_row_yields_the_facts_it_states(values, expected):
    assert facts(read("mottakslogg", log(**values))) == expected


def test_received_without_stored_is_only_a_claim():
    assert "registered" not in read("mottakslogg", log(lagretTidspunkt="")).codes


@pytest.mark.parametrize(("column", "namespace"), [("bekymringsmeldingId", "portal"), ("forsendelseId", "svarut"), ("correspondenceId", "altinn")])
def test_any_of_three_columns_names_the_message(column, namespace):
    content = table([column, "mottattTidspunkt", "resultat"], [ID.upper(), RECEIVED, "mottatt"])

    assert read("mottakslogg", content).records[0].references == (Ref(namespace, ID),)


def test_every_reference_of_the_row_is_kept_the_message_s_own_first():
    outcome = read("mottakslogg", log(meldingId=OTHER_ID, forsendelseId=OTHER_ID, fagsystemMeldingId="FS-1", organisasjonsnummer=ORGANISATION))

    assert outcome.records[0].references == (Ref("portal", ID), Ref("svarut", OTHER_ID), Ref("fiksio", OTHER_ID), Ref("case", f"{ORGANISATION}:FS-1"))


@pytest.mark.parametrize(
    ("values", "case"),
    [
        ({"fagsystemMeldingId": OTHER_ID.upper(), "organisasjonsnummer": ORGANISATION}, OTHER_ID),
        ({"fagsystemMeldingId": OTHER_ID}, OTHER_ID),
        ({"fagsystemMeldingId": "17", "organisasjonsnummer": f"0192:{ORGANISATION}", "kommunenummer": "4601"}, f"{ORGANISATION}:17"),
        ({"fagsystemMeldingId": "17", "kommunenummer": "1201"}, "kommune:1201:17"),
        ({"fagsystemMeldingId": "17"}, "kommune::17"),
        ({"fagsystemMeldingId": "1e5"}, "kommune::1e5"),
    ],
)
def test_a_case_id_that_is_no_uuid_is_tied_to_its_office(values, case):
    assert read("mottakslogg", log(**values)).records[0].references[-1] == Ref("case", case)


def test_the_row_says_whose_it_is():
    record = read("mottakslogg", log(kommunenummer="0301", bydelsnummer="05", organisasjonsnummer=ORGANISATION)).records[0]

    assert record.whose == Whose("0301", "05", ORGANISATION)


def test_the_particulars_are_redacted():
    record = read("mottakslogg", log(journalnummer=f"2023/{IDENTITY_NUMBER}", feilkode="E17")).records[0]

    assert record.attributes == {"journalnummer": "2023/[fnr]", "feilkode": "E17"}


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"resultat": "ukjent"}, "unknown_result"),
        ({"resultat": ""}, "unknown_result"),
        ({"bekymringsmeldingId": ""}, "missing_value"),
        ({"bekymringsmeldingId": "17"}, "not_uuid"),
        ({"meldingId": "17"}, "not_uuid"),
        ({"mottattTidspunkt": ""}, "missing_value"),
        ({"lagretTidspunkt": "31.02.2023"}, "impossible_time"),
        ({"apnetTidspunkt": "2023-03-26T02:00:00"}, "time_skipped_by_clock_change"),
        ({"slettetTidspunkt": "snart"}, "not_a_time"),
        ({"fagsystemMeldingId": IDENTITY_NUMBER}, "identity_number_as_reference"),
        ({"fagsystemMeldingId": "a\u200bb"}, "reference_characters"),
        ({"kommunenummer": "301"}, "not_municipality"),
        ({"organisasjonsnummer": IDENTITY_NUMBER}, "not_organisation"),
    ],
)
def test_a_row_that_cannot_be_used_is_rejected_with_its_reason(values, code):
    outcome = read("mottakslogg", log(**values))

    assert outcome.rejected == [(2, code)]
    assert IDENTITY_NUMBER not in repr(outcome.fates) + repr(outcome.sentences)


@pytest.mark.parametrize("missing", [{"bekymringsmeldingId"}, {"mottattTidspunkt"}, {"resultat"}])
def test_a_log_without_a_required_column_is_refused(missing):
    names = [name for name in ("bekymringsmeldingId", "mottattTidspunkt", "resultat") if name not in missing]

    assert read("mottakslogg", table(names, ["x"] * len(names))).refused == "missing_column"


def test_a_feed_of_many_services_needs_the_office_s_number():
    assert read("mottakslogg", log(), needs_municipality=True).refused == "missing_column"
    assert read("mottakslogg", log(organisasjonsnummer=""), needs_municipality=True).rejected == [(2, "owner_missing")]
    assert read("mottakslogg", log(organisasjonsnummer=ORGANISATION), needs_municipality=True).codes == ["delivered_claimed"]


def test_a_day_is_known_by_the_day():
    occurrence = read("mottakslogg", log(lagretTidspunkt="02.05.2023")).records[0].occurrences[1]

    assert (occurrence.at, occurrence.by_day) == ("2023-05-01T22:00:00+00:00", True)


def test_json_is_no_receive_log():
    assert read("mottakslogg", "[]").refused == "wrong_kind_of_file"
