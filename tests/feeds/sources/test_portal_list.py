import json

import pytest

from apps.feeds.record import Occurrence, Ref, Whose
from tests.feeds.sources.reader import ID, IDENTITY_NUMBER, ORGANISATION, OTHER_ID, read, table


def report(**values):
    return {"bekymringsmeldingId": ID, "innsendt": "2023-05-01T10:00:00", "kommunenummer": "4601", **values}


def test_a_report_is_receipted_when_it_was_sent_in():
    record = read("portal-list", json.dumps([report()])).records[0]

    assert record.references == (Ref("portal", ID),)
    assert record.occurrences == (Occurrence("receipted", "receipted", "2023-05-01T08:00:00+00:00", zone_assumed=True),)
    assert record.whose == Whose("4601")


def test_the_list_is_read_from_its_wrapping_and_as_a_bare_array_and_as_csv():
    rows = [report(), report(bekymringsmeldingId=OTHER_ID)]
    csv = table(list(rows[0]), *[list(row.values()) for row in rows])

    for content in (json.dumps({"totaltAntallTreff": 2, "meldinger": rows}), json.dumps(rows), csv):
        assert read("portal-list", content).codes == ["receipted", "receipted"]


def test_other_lists_beside_the_reports_are_not_counted():
    whole = {"filter": [1, 2, {"meldinger": [3]}], "meldinger": [report()], "sider": {"a": [1, 2], "b": 3}, "totaltAntallTreff": 1}

    assert read("portal-list", json.dumps(whole)).codes == ["receipted"]


@pytest.mark.parametrize("total", [3, 1, 0, "3", 2.5, True])
def test_a_page_that_holds_another_number_than_it_tells_is_refused(total):
    rows = [report(), report(bekymringsmeldingId=OTHER_ID)]

    for whole in ({"totaltAntallTreff": total, "meldinger": rows}, {"meldinger": rows, "totaltAntallTreff": total}):
        assert read("portal-list", json.dumps(whole)).refused == "page_cut"


def test_a_total_that_is_not_given_is_not_held_against_the_list():
    assert read("portal-list", json.dumps({"totaltAntallTreff": None, "meldinger": [report()]})).codes == ["receipted"]
    assert read("portal-list", json.dumps({"meldinger": []})).warnings == ["no_rows"]


def test_a_doubled_list_refuses_the_file():
    row = json.dumps(report())

    assert read("portal-list", f'{{"meldinger": [{row}], "meldinger": [{row}]}}').refused == "broken_json"


@pytest.mark.parametrize(("form", "reporter"), [("PRIVAT", "private"), ("OFFENTLIG", "public"), ("UKJENT", "unknown"), ("", ""), (None, "")])
def test_the_form_tells_what_kind_of_reporter_it_was(form, reporter):
    assert read("portal-list", json.dumps([report(skjemaType=form)])).records[0].reporter == reporter


def test_another_form_leaves_the_reporter_open_with_a_warning():
    outcome = read("portal-list", json.dumps([report(skjemaType="ANNET"), report(skjemaType="ANNET")]))

    assert (outcome.records[0].reporter, outcome.warnings) == ("", ["unknown_reporter"])


@pytest.mark.parametrize(("children", "expected"), [(0, 0), (3, 3), ("3", 3), (99, 99), (None, None), ("", None)])
def test_the_number_of_children_is_taken_as_told(children, expected):
    assert read("portal-list", json.dumps([report(antallBarn=children)])).records[0].children == expected


@pytest.mark.parametrize("children", [-1, 100, 2.5, "to", "٣", 10**30, IDENTITY_NUMBER])
def test_a_number_of_children_that_cannot_be_is_rejected(children):
    outcome = read("portal-list", json.dumps([report(antallBarn=children)]))

    assert outcome.rejected == [(1, "not_children")]
    assert IDENTITY_NUMBER not in repr(outcome.fates)


def test_only_allowed_particulars_are_kept():
    row = report(kanal="WEB", leveringskanal="FIKS_IO", fraFagsystem=True, virksomhetOrgnr=ORGANISATION, bydelsnavn="Sentrum", bekreftet=True, navn="Ola")

    record = read("portal-list", json.dumps([row])).records[0]

    assert record.attributes == {"kanal": "WEB", "leveringskanal": "FIKS_IO", "fraFagsystem": "true", "virksomhetOrgnr": ORGANISATION}
    assert "Ola" not in record.raw


@pytest.mark.parametrize("number", [IDENTITY_NUMBER, "964338532", "Skole AS", ""])
def test_a_sender_that_is_no_organisation_is_dropped(number):
    assert read("portal-list", json.dumps([report(virksomhetOrgnr=number)])).records[0].attributes is None


@pytest.mark.parametrize("district", ["00", "", None])
def test_no_district_is_told_in_three_ways(district):
    assert read("portal-list", json.dumps([report(bydelsnummer=district)])).records[0].whose == Whose("4601")


def test_the_municipality_may_be_left_to_the_feed_unless_it_has_many():
    row = report()
    del row["kommunenummer"]
    csv = table(["bekymringsmeldingId", "innsendt"], [ID, "2023-05-01"])

    assert read("portal-list", json.dumps([row])).codes == ["receipted"]
    assert read("portal-list", json.dumps([row]), needs_municipality=True).rejected == [(1, "owner_missing")]
    assert read("portal-list", csv, needs_municipality=True).refused == "missing_column"
