import pickle
from functools import cache

import pytest

from apps.registry import reference
from apps.registry.addressing import Area, Facts, Verdict, address

OSLO = {Area("0301", district.number) for district in reference.districts() if district.municipality_id == "0301" and district.has_own_service}
HOLE_AND_RINGERIKE = (Area("3305"), Area("3310"))


@cache
def of(*areas):
    """The addressing of a service that covers these areas, among the services there are from the beginning."""
    return address(
        facts=Facts(
            municipalities={one.code: one.orgnr for one in reference.municipalities()},
            changes=[(change.old_id, change.new_id) for change in reference.changes()],
            districts=[Area(one.municipality_id, one.number) for one in reference.districts()],
            served=OSLO | {area for area in areas if area.district},
        ),
        own=areas,
    )


@pytest.mark.parametrize(
    ("old", "today"),
    [
        pytest.param("1201", "4601", id="Bergen, recoded in 2020"),
        pytest.param("4601", "4601", id="Bergen today"),
        pytest.param("0101", "3101", id="Halden, to Viken and back out of it"),
        pytest.param("3001", "3101", id="Halden in Viken"),
        pytest.param("1601", "5001", id="Trondheim, recoded in 2018"),
        pytest.param("0709", "3909", id="Larvik, three numbers in six years"),
        pytest.param("0712", "3909", id="Larvik in 2018"),
        pytest.param("1719", "5037", id="Levanger in 2017"),
        pytest.param("0220", "3203", id="Asker before Viken"),
        pytest.param("0628", "3203", id="Hurum, merged into Asker"),
        pytest.param("1902", "5501", id="Tromsø"),
        pytest.param("5401", "5501", id="Tromsø in Troms og Finnmark"),
        pytest.param("0213", "3207", id="Ski, merged into Nordre Follo"),
        pytest.param("0301", "0301", id="Oslo never changed"),
    ],
)
def test_an_old_number_is_followed_to_todays(old, today):
    service = of(Area(today))

    assert service.belongs(old, "", "") is Verdict.MINE
    assert service.resolved(old) == today


def test_another_municipalitys_row_is_foreign_under_any_of_its_numbers():
    bergen = of(Area("4601"))

    assert {bergen.belongs(number, "", "") for number in ("0101", "3001", "3101", "1507", "0301", "5001")} == {Verdict.FOREIGN}


@pytest.mark.parametrize(
    ("split", "successors"),
    [
        pytest.param("1507", ("1508", "1580"), id="Ålesund, parted into Ålesund and Haram"),
        pytest.param("1504", ("1508", "1580"), id="the Ålesund that was merged before it was parted"),
        pytest.param("1534", ("1508", "1580"), id="the Haram that was merged before it was parted"),
        pytest.param("1850", ("1806", "1875"), id="Tysfjord"),
        pytest.param("5012", ("5055", "5056", "5059"), id="Snillfjord"),
    ],
)
def test_a_number_that_was_split_belongs_to_the_feeds_service_if_that_is_a_successor(split, successors):
    for successor in successors:
        assert of(Area(successor)).belongs(split, "", "") is Verdict.MINE
        assert of(Area(successor)).resolved(split) == successor
    assert of(Area("4601")).belongs(split, "", "") is Verdict.FOREIGN


@pytest.mark.parametrize("number", ["0000", "9999", "1299", "2111", "0706"])
def test_a_number_that_never_was_is_unknown_and_stays_as_it_is(number):
    assert of(Area("4601")).belongs(number, "", "") is Verdict.UNKNOWN_NUMBER
    assert of(Area("4601")).resolved(number) == number


@pytest.mark.parametrize(
    ("service", "district", "verdict"),
    [
        pytest.param("03", "03", Verdict.MINE, id="its own district"),
        pytest.param("03", "04", Verdict.FOREIGN, id="another district"),
        pytest.param("03", "", Verdict.MINE, id="Oslo without a district, for a district's feed"),
        pytest.param("03", "00", Verdict.MINE, id="00 is no district"),
        pytest.param("", "", Verdict.MINE, id="Oslo without a district, for Oslo's own feed"),
        pytest.param("", "03", Verdict.FOREIGN, id="a district's row is not the whole city's"),
        pytest.param("03", "16", Verdict.MINE, id="Sentrum has no service, so it says no more than Oslo"),
        pytest.param("03", "18", Verdict.UNKNOWN_NUMBER, id="Oslo has no eighteenth district"),
    ],
)
def test_oslos_districts_are_services_of_their_own(service, district, verdict):
    assert of(Area("0301", service)).belongs("0301", district, "") is verdict


@pytest.mark.parametrize("district", ["", "00", "03"])
def test_an_oslo_row_is_foreign_to_a_service_outside_oslo(district):
    assert of(Area("4601")).belongs("0301", district, "") is Verdict.FOREIGN


@pytest.mark.parametrize("district", ["00", "05", "77"])
def test_a_district_number_says_nothing_where_districts_have_no_service(district):
    assert of(Area("4601")).belongs("4601", district, "") is Verdict.MINE
    assert of(Area("4601")).belongs("1201", district, "") is Verdict.MINE


def test_a_city_whose_district_gets_a_service_is_divided_from_then_on_under_old_numbers_too():
    arna = of(Area("4601", "01"))

    assert arna.belongs("1201", "01", "") is Verdict.MINE
    assert arna.belongs("4601", "", "") is Verdict.MINE
    assert arna.belongs("4601", "02", "") is Verdict.MINE  # Bergenhus has none, so its row says no more than Bergen
    assert arna.belongs("1201", "77", "") is Verdict.UNKNOWN_NUMBER


@pytest.mark.parametrize(
    ("orgnr", "verdict"),
    [
        pytest.param("964338531", Verdict.MINE, id="Bergen kommune"),
        pytest.param("958935420", Verdict.FOREIGN, id="Oslo kommune"),
        pytest.param("974761076", Verdict.SAYS_NOTHING, id="not a municipality's"),
        pytest.param("", Verdict.SAYS_NOTHING, id="nothing at all"),
    ],
)
def test_without_a_municipality_number_a_municipalitys_organisation_number_decides(orgnr, verdict):
    assert of(Area("4601")).belongs("", "", orgnr) is verdict


def test_the_municipality_number_goes_before_the_organisation_number():
    assert of(Area("4601")).belongs("4601", "", "958935420") is Verdict.MINE
    assert of(Area("4601")).belongs("0301", "", "964338531") is Verdict.FOREIGN


def test_oslo_s_organisation_number_belongs_to_every_oslo_service():
    assert of(Area("0301")).belongs("", "", "958935420") is Verdict.MINE
    assert of(Area("0301", "07")).belongs("", "", "958935420") is Verdict.MINE


def test_a_service_over_several_municipalities_owns_the_rows_of_each():
    service = of(*HOLE_AND_RINGERIKE)

    assert {service.belongs(number, "", "") for number in ("3305", "3310", "0605", "3007", "0612", "3038")} == {Verdict.MINE}
    assert service.belongs("3301", "", "") is Verdict.FOREIGN
    assert [service.resolved(number) for number in ("0605", "0612")] == ["3305", "3310"]


def test_a_row_that_names_no_municipality_resolves_to_the_services_own():
    assert of(Area("4601")).resolved("") == "4601"
    assert of(Area("0301", "07")).resolved("") == "0301"


def test_an_addressing_can_be_handed_to_another_process():
    bergen = of(Area("4601"))

    assert pickle.loads(pickle.dumps(bergen)) == bergen
