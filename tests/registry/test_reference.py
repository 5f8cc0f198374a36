import pytest
from django.db.models import Count

from apps.registry import actions
from apps.registry.models import District, Municipality, MunicipalityChange, Policy, Service, ServiceArea

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(("day", "municipalities"), [("2018-06-01", 422), ("2019-12-31", 422), ("2020-01-01", 356), ("2023-12-31", 356), ("2024-01-01", 357)])
def test_every_year_has_the_municipalities_it_had(day, municipalities):
    actions.load_reference_data()

    assert Municipality.objects.on(day).count() == municipalities


def test_there_is_one_service_for_each_municipality_of_today_and_for_each_district_of_oslo():
    actions.load_reference_data()

    codes = set(Service.objects.values_list("code", flat=True))
    assert codes == set(Municipality.objects.filter(valid_to=None).values_list("code", flat=True)) | {f"0301-{number:02}" for number in range(1, 16)}
    assert set(Service.objects.annotate(covered=Count("areas")).values_list("covered", flat=True)) == {1}


def test_loading_again_writes_nothing(django_assert_max_num_queries):
    actions.load_reference_data()
    before = [list(model.objects.order_by("pk").values()) for model in (Municipality, MunicipalityChange, District, Service, ServiceArea, Policy)]

    with django_assert_max_num_queries(12) as queries:
        actions.load_reference_data()

    assert not [query for query in queries if query["sql"].startswith(("INSERT", "UPDATE", "DELETE"))]
    assert before == [list(model.objects.order_by("pk").values()) for model in (Municipality, MunicipalityChange, District, Service, ServiceArea, Policy)]


def test_what_differs_from_the_tables_is_put_right():
    actions.load_reference_data()
    Municipality.objects.filter(code="4601").update(name="Bjørgvin")
    MunicipalityChange.objects.filter(old="1201").delete()

    actions.load_reference_data()

    assert Municipality.objects.get(code="4601").name == "Bergen"
    assert MunicipalityChange.objects.get(old="1201").new_id == "4601"


def test_a_service_that_people_have_renamed_or_ended_is_left_alone():
    actions.load_reference_data()
    Service.objects.filter(code="4601").update(name="Barnevernet i Bergen", valid_to="2024-01-01")

    actions.load_reference_data()

    assert Service.objects.filter(code="4601").values_list("name", "valid_to__year").get() == ("Barnevernet i Bergen", 2024)


def test_a_policy_that_people_have_changed_is_left_alone():
    actions.load_reference_data()
    Policy.objects.filter(name="open_grace").update(hours=24)

    actions.load_reference_data()

    assert Policy.objects.get(name="open_grace").hours == 24
