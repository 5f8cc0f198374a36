from datetime import UTC, datetime

import pytest

from apps.feeds.record import Ref, Whose
from apps.feeds.sources.reporters import KINDS
from tests.feeds.sources.reader import ID, ID_WITH_DIGITS, IDENTITY_NUMBER, ORGANISATION, OTHER_ID, read

TAKEN_OUT = "2023-05-20T02:00:00+02:00"
OFFICE = f'<Fagsystem Leverandor="Oppdiktet AS" Navn="Fag"/><Avgiver Organisasjonsnummer="{ORGANISATION}" Kommunenummer="4601"/>'
MELDING = f'<Melding Id="{ID}" StartDato="2023-05-02"/>'


def extract(*content, taken_out=TAKEN_OUT, office=OFFICE):
    return f'<?xml version="1.0" encoding="UTF-8"?><Barnevern DatoUttrekk="{taken_out}">{office}{"".join(content)}</Barnevern>'


def case(*content, **attributes):
    written = "".join(f' {name}="{value}"' for name, value in attributes.items())
    return f"<Sak{written}>{''.join(content)}</Sak>"


def melding(*content, **attributes):
    written = "".join(f' {name}="{value}"' for name, value in ({"Id": ID, "StartDato": "2023-05-02"} | attributes).items() if value is not None)
    return f"<Melding{written}>{''.join(content)}</Melding>"


def facts(*content, **options):
    return [(one.code, one.at, one.by_day) for record in read("register-xml", extract(*content, **options)).records for one in record.occurrences]


def day(number, month=5):
    """Midnight of a summer's day in Oslo."""
    return datetime(2023, month, number - 1, 22, tzinfo=UTC).isoformat()


def test_a_report_is_registered_on_its_first_day_and_concluded_on_its_last():
    concluded = melding('<Konklusjon SluttDato="2023-05-08" Kode="2"/>')

    assert facts(case(concluded)) == [("registered", day(2), True), ("concluded", day(8), True)]


def test_the_conclusion_of_an_investigation_is_not_the_report_s():
    assert facts(case(MELDING, '<Undersokelse><Konklusjon SluttDato="2023-05-18"/></Undersokelse>')) == [("registered", day(2), True)]


def test_a_deleted_conclusion_is_none():
    again = '<Konklusjon SluttDato="2023-05-08" Kode="2" ErSlettet="1"/><Konklusjon SluttDato="2023-05-09" Kode="1"/>'

    assert facts(case(melding(again))) == [("registered", day(2), True), ("concluded", day(9), True)]


@pytest.mark.parametrize("written", ["true", "1", " true "])
def test_what_is_marked_as_deleted_is_deleted_when_the_extract_was_taken_out(written):
    deleted = ("deleted_in_case_system", "2023-05-20T00:00:00+00:00", False)

    assert facts(case(melding(ErSlettet=written))) == [("registered", day(2), True), deleted]
    assert facts(case(MELDING, ErSlettet=written)) == [("registered", day(2), True), deleted]


@pytest.mark.parametrize("written", ["false", "0", ""])
def test_what_is_marked_as_not_deleted_is_there(written):
    assert facts(case(melding(ErSlettet=written), ErSlettet=written)) == [("registered", day(2), True)]


def test_a_deletion_without_any_time_is_rejected():
    assert read("register-xml", extract(case(melding(ErSlettet="true")), taken_out="i går")).rejected == [(1, "missing_value")]


def test_a_listed_deletion_is_a_record_of_its_own_at_its_own_day():
    deleted = f'<Slettet Id="{OTHER_ID}" Type="Melding" SluttDato="2023-05-12"/>'

    records = read("register-xml", extract(case(MELDING, deleted))).records

    assert [(record.line, record.references) for record in records] == [(1, (Ref("case", ID),)), (2, (Ref("case", OTHER_ID),))]
    assert records[1].occurrences[0][:2] == ("deleted_in_case_system", "Slettet")
    assert records[1].occurrences[0].at == day(12)


@pytest.mark.parametrize("kind", ["Vedtak", "Personalia", "melding", ""])
def test_the_deletion_of_something_else_is_passed_over(kind):
    assert facts(case(MELDING, f'<Slettet Id="{ID}" Type="{kind}" SluttDato="2023-05-12"/>')) == [("registered", day(2), True)]


@pytest.mark.parametrize(
    "written",
    [
        "SluttDato='2023-05-12' Id='x' Type='Melding'",
        'Id = "x"\n Type = " Melding " SluttDato="2023-05-12"',
        """Id="a > b 'c'" Type="Melding" SluttDato="2023-05-12" """,
        'Id=\'Type="Vedtak"\' Type="Melding" SluttDato="2023-05-12"',
    ],
)
def test_a_deletion_is_counted_however_its_attributes_are_written(written):
    assert len(read("register-xml", extract(case(f"<Slettet {written}/>"))).fates) == 1


def test_words_in_a_value_are_no_deletion():
    deleted = """<Slettet Id='Type="Melding"' Type="Vedtak"/><Slettet FraType="Melding"/><SlettetX Type="Melding"/>"""

    assert read("register-xml", extract(case(deleted))).fates == []


def test_a_deletion_whose_type_is_hidden_from_the_counter_makes_the_accounts_differ():
    with pytest.raises(AssertionError, match="differ"):
        read("register-xml", extract(case(f'<Slettet Id="{ID}" Type="M&#101;lding" SluttDato="2023-05-12"/>')))


@pytest.mark.parametrize(
    "written",
    ["2023-05-02", "2023-05-02+02:00", "2023-05-02Z", " 2023-05-02 ", "2023-05-02T12:34:56+02:00", "2023-05-01T22:00:00Z", "2023-05-02T23:59:59"],
)
def test_a_date_is_a_day_in_oslo_however_it_is_written(written):
    assert facts(case(melding(StartDato=written))) == [("registered", day(2), True)]


@pytest.mark.parametrize(
    ("attributes", "code"),
    [
        ({"Id": None}, "missing_value"),
        ({"Id": " "}, "missing_value"),
        ({"Id": "00000000-0000-0000-0000-000000000000"}, "nil_uuid"),
        ({"Id": IDENTITY_NUMBER}, "identity_number_as_reference"),
        ({"Id": "a\u200bb"}, "reference_characters"),
        ({"StartDato": None}, "missing_value"),
        ({"StartDato": "2023-02-30"}, "impossible_time"),
        ({"StartDato": "02/05/2023"}, "not_a_time"),
        ({"StartDato": "9999-12-31"}, "year_out_of_range"),
        ({"ErSlettet": "ja"}, "not_true_or_false"),
    ],
)
def test_a_bad_report_is_rejected_alone(attributes, code):
    outcome = read("register-xml", extract(case(melding(**attributes), MELDING.replace(ID, OTHER_ID))))

    assert outcome.rejected == [(1, code)]
    assert outcome.records[0].line == 2


@pytest.mark.parametrize(
    ("conclusions", "code"),
    [
        ("<Konklusjon Kode='1'/>", "missing_value"),
        ('<Konklusjon SluttDato="x"/>', "not_a_time"),
        ('<Konklusjon SluttDato="2023-05-08"/><Konklusjon SluttDato="2023-05-09"/>', "duplicate_key"),
    ],
)
def test_a_bad_conclusion_rejects_its_report(conclusions, code):
    assert read("register-xml", extract(case(melding(conclusions)))).rejected == [(1, code)]


def test_what_is_wrong_with_the_case_or_the_office_rejects_each_report():
    assert read("register-xml", extract(case(MELDING, MELDING, ErSlettet="x"))).rejected == [(1, "not_true_or_false"), (2, "not_true_or_false")]
    assert read("register-xml", extract(case(MELDING), office='<Avgiver Kommunenummer="301"/>')).rejected == [(1, "not_municipality")]


def test_the_office_says_whose_it_is():
    oslo = '<Avgiver Organisasjonsnummer="958935420" Kommunenummer="0301" Bydelsnummer="05"/>'

    assert read("register-xml", extract(case(MELDING))).records[0].whose == Whose("4601", "", ORGANISATION)
    assert read("register-xml", extract(case(MELDING), office=oslo)).records[0].whose == Whose("0301", "05", "958935420")
    assert read("register-xml", extract(case(MELDING), office="")).records[0].whose == Whose()
    assert read("register-xml", extract(case(MELDING), office=""), needs_municipality=True).rejected == [(1, "owner_missing")]


def test_the_first_version_names_the_district_one_level_further_in():
    oslo = '<Avgiver Organisasjonsnummer="958935420" Kommunenummer="0301"/>'
    districts = [f'<Virksomhet Bydelsnummer="{number}">{MELDING}</Virksomhet>' for number in ("05", "07")]

    records = read("register-xml", extract(case(*districts), case(MELDING), office=oslo)).records

    assert [record.whose.district for record in records] == ["05", "07", ""]


def test_an_id_that_is_no_uuid_is_the_office_s_own():
    assert read("register-xml", extract(case(melding(Id="17")))).records[0].references == (Ref("case", f"{ORGANISATION}:17"),)
    assert read("register-xml", extract(case(melding(Id=ID.upper())))).records[0].references == (Ref("case", ID),)
    assert read("register-xml", extract(case(melding(Id=ID_WITH_DIGITS)))).records[0].references == (Ref("case", ID_WITH_DIGITS),)


@pytest.mark.parametrize(("code", "kind"), KINDS.items())
def test_every_code_of_a_reporter_is_known(code, kind):
    outcome = read("register-xml", extract(case(melding(f'<Melder Kode="{code}"/>'))))

    assert (outcome.records[0].reporter, outcome.warnings) == (kind, [])


def test_the_codes_of_private_persons():
    assert sorted((code for code, kind in KINDS.items() if kind == "private"), key=int) == ["1", "2", "3", "4", "23"]
    assert len(KINDS) == 25


@pytest.mark.parametrize(("codes", "kind"), [(("1", "8"), "public"), (("8", "1"), "public"), (("99", "2"), "private"), (("99",), "unknown"), ((), "")])
def test_of_several_reporters_a_public_body_counts_before_a_private_person(codes, kind):
    reporters = [f'<Melder Kode="{code}"/>' for code in codes]

    assert read("register-xml", extract(case(melding(*reporters)))).records[0].reporter == kind


def test_many_unknown_codes_give_few_warnings():
    reporters = [f'<Melder Kode="{code}"/>' for code in range(100, 5000)]

    assert len(read("register-xml", extract(case(melding(*reporters)))).warnings) == 20


def test_only_allowed_particulars_are_kept():
    content = melding('<Melder Kode="8" Presisering="Ola Nordmann"/><Melder Kode="1"/><Konklusjon SluttDato="2023-05-08" Kode="2"/>', Navn="Kari")
    person = f'<Personalia Fodselsnummer="{IDENTITY_NUMBER}"/>'

    record = read("register-xml", extract(case(person, content, Journalnummer="2023/7", Saksbehandler="Siri"))).records[0]

    assert record.attributes == {"journalnummer": "2023/7", "melder": "1, 8", "konklusjon": "2", "fagsystem": "Oppdiktet AS Fag"}
    assert not any(name in repr(record) for name in ("Kari", "Ola", "Siri", IDENTITY_NUMBER))


def test_an_identity_number_as_a_journal_number_is_redacted():
    record = read("register-xml", extract(case(MELDING, Journalnummer=IDENTITY_NUMBER))).records[0]

    assert record.attributes["journalnummer"] == "[fnr]"
    assert "Journalnummer=[fnr]" in record.raw


@pytest.mark.parametrize(
    ("written", "at"),
    [
        (TAKEN_OUT, datetime(2023, 5, 20, tzinfo=UTC)),
        ("2023-05-20T00:00:00.123456789Z", datetime(2023, 5, 20, 0, 0, 0, 123456, tzinfo=UTC)),
        ("2023-05-20T02:00:00", datetime(2023, 5, 20, tzinfo=UTC)),
    ],
)
def test_the_extract_says_when_it_was_taken_out(written, at):
    assert read("register-xml", extract(case(MELDING), taken_out=written)).reading.taken_out_at == at


@pytest.mark.parametrize("written", ["", "i dag", "2023-02-30T10:00:00Z"])
def test_an_extract_that_does_not_say_so_is_read_with_a_warning(written):
    outcome = read("register-xml", extract(case(MELDING), taken_out=written))

    assert (outcome.reading.taken_out_at, outcome.warnings, len(outcome.records)) == (None, ["extract_time"], 1)


def test_a_later_extract_repeats_the_same_facts():
    assert facts(case(MELDING)) == facts(case(MELDING), taken_out="2023-06-20T02:00:00+02:00")
