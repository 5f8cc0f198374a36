from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction

from apps.registry import actions, queries
from apps.registry.addressing import Verdict
from apps.registry.models import Service, ServiceArea

NOW = datetime(2026, 3, 1, 9, tzinfo=UTC)
TODAY = date(2026, 3, 1)
HOLE, RINGERIKE = ("3310", ""), ("3305", "")

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _registry():
    actions.load_reference_data()


def make(*areas, code="ringeriksregionen", now=NOW):
    return actions.make_service(code=code, name="Barnevernet i Ringeriksregionen", areas=areas, by="anne@example.no", now=now)


def service(code):
    return Service.objects.get(code=code)


def test_areas_move_to_the_new_service_from_that_day_on():
    made = make(HOLE, RINGERIKE)

    assert list(made.areas.order_by("municipality").values_list("municipality", "valid_from", "valid_to")) == [("3305", TODAY, None), ("3310", TODAY, None)]
    assert service("3310").areas.get().valid_to == TODAY


def test_the_day_is_that_of_oslo():
    made = make(HOLE, now=datetime(2026, 3, 1, 23, 30, tzinfo=UTC))

    assert made.valid_from == date(2026, 3, 2)


def test_a_service_left_with_nothing_is_ended_and_kept():
    make(HOLE, RINGERIKE)

    assert [service(code).valid_to for code in ("3305", "3310", "4601")] == [TODAY, TODAY, None]


def test_a_service_that_keeps_something_goes_on():
    make(HOLE, RINGERIKE)

    make(HOLE, code="hole", now=NOW + timedelta(days=30))

    assert service("ringeriksregionen").valid_to is None
    assert [area.municipality_id for area in ServiceArea.objects.on(date(2026, 6, 1)).filter(service__code="ringeriksregionen")] == ["3305"]


def test_rows_belong_to_the_new_service_and_to_the_one_that_had_them():
    made = make(HOLE, RINGERIKE)

    assert queries.addressing(service=made).belongs("0612", "", "") is Verdict.MINE
    assert queries.addressing(service=service("3310")).belongs("0612", "", "") is Verdict.MINE
    assert queries.addressing(service=service("3310")).belongs("3305", "", "") is Verdict.FOREIGN


def test_an_area_can_be_moved_twice_on_one_day():
    make(HOLE)

    make(HOLE, RINGERIKE, code="again")

    assert [area.service.code for area in queries.areas_served(on=TODAY) if area.municipality_id == "3310"] == ["again"]


def test_two_of_oslos_districts_can_share_a_service():
    made = make(("0301", "01"), ("0301", "02"), code="0301-indre")

    addressing = queries.addressing(service=made)
    assert [addressing.belongs("0301", district, "") for district in ("01", "02", "03")] == [Verdict.MINE, Verdict.MINE, Verdict.FOREIGN]


@pytest.mark.parametrize("area", [("1201", ""), ("9999", ""), ("4601", "77"), ("0301", "18")])
def test_what_does_not_exist_today_cannot_be_covered(area):
    with pytest.raises(actions.UnknownArea) as refusal:
        make(HOLE, area)

    assert refusal.value.args == (area,)


def test_a_service_covers_something():
    with pytest.raises(actions.NothingCovered):
        make()


def test_a_code_is_never_used_again_even_after_its_end():
    make(HOLE)

    with pytest.raises(actions.CodeTaken):
        make(RINGERIKE, code="3310")


def test_the_database_refuses_one_area_in_two_services_at_a_time():
    with pytest.raises(IntegrityError, match="area_in_one_service_at_a_time"), transaction.atomic():
        ServiceArea.objects.create(service=service("4601"), municipality_id="3310", valid_from=TODAY)


def test_services_over_several_areas_can_be_listed_with_what_they_cover(django_assert_num_queries):
    make(HOLE, RINGERIKE)

    with django_assert_num_queries(2):
        listed = queries.joint_services(on=TODAY)

    assert [(one.code, [area.municipality_id for area in one.covered]) for one in listed] == [("ringeriksregionen", ["3305", "3310"])]
