"""Every delivery of one's services, and the search for one."""

import pytest
import time_machine
from django.urls import reverse

from tests import scenes
from tests.pages import grant, reports, shown, signed_in

LIST = reverse("deliveries:list")


@pytest.fixture(autouse=True)
def at_a_fixed_time(db):
    with time_machine.travel(scenes.NOW, tick=False):
        yield


@pytest.fixture
def bergen():
    return scenes.service("4601")


@pytest.fixture
def sandefjord():
    return scenes.service("3907")


@pytest.fixture
def caseworker(bergen):
    return scenes.person("Anne", "caseworker", of=bergen)


@pytest.fixture
def client(caseworker):
    return signed_in(caseworker)


def search(client, text):
    return client.get(reverse("deliveries:search"), {"reference": text})


def reference_of(delivery):
    return scenes.Reference.objects.get(pk=delivery.pk).value


def test_all_messages_are_listed_newest_first_arrived_ones_too(client, bergen):
    older, newer = reports(bergen, 9, 8)
    scenes.registration(bergen, at=scenes.RECEIVED, portal=reference_of(older))

    assert shown(client.get(LIST)) == [newer.pk, older.pk]
    assert shown(client.get(LIST, {"state": "arrived"})) == [older.pk]
    assert shown(client.get(LIST, {"direction": "outbound"})) == []


def test_another_services_messages_are_absent(client, sandefjord):
    reports(sandefjord, 8)

    assert shown(client.get(LIST)) == []


def test_one_who_sees_several_services_may_look_at_one(client, bergen, sandefjord, caseworker):
    grant(caseworker, sandefjord)
    [in_bergen], [in_sandefjord] = reports(bergen, 8), reports(sandefjord, 9)

    assert shown(client.get(LIST)) == [in_bergen.pk, in_sandefjord.pk]
    assert shown(client.get(LIST, {"service": "3907"})) == [in_sandefjord.pk]


def test_a_search_goes_to_the_one_message_it_finds(client, bergen):
    wanted, _other = reports(bergen, 8, 9)

    response = search(client, f" {reference_of(wanted).upper()} ")

    assert response.url == reverse("deliveries:detail", args=[wanted.pk])


def test_a_search_that_finds_several_shows_them(client, bergen):
    wanted, other = reports(bergen, 8, 9)

    response = client.get(search(client, reference_of(wanted)[:4]).url)

    assert set(shown(response)) == {wanted.pk, other.pk}


def test_a_case_systems_id_is_found_without_the_number_that_stands_before_it(client, bergen):
    [report] = reports(bergen, 8)
    scenes.registration(bergen, at=scenes.RECEIVED, portal=reference_of(report), case="2024/117")

    assert search(client, "2024/117").url == reverse("deliveries:detail", args=[report.pk])
    assert search(client, "4601:2024/117").url == reverse("deliveries:detail", args=[report.pk])


@pytest.mark.parametrize("text", ["", "   ", "nothing-like-it", "_", "\U0010ffff"])
def test_a_search_for_nothing_that_is_known_shows_an_empty_list(client, text):
    response = client.get(reverse("deliveries:search"), {"reference": text}, follow=True)

    assert response.status_code == 200
    assert shown(response) == []


@pytest.mark.parametrize("text", ["%", "\\", "'; --", "ø" * 300])
def test_a_search_for_what_no_reference_can_be_is_refused_and_says_why(client, text):
    response = client.get(reverse("deliveries:search"), {"reference": text}, follow=True)

    assert response.status_code == 400
    assert shown(response) == []
    assert response.context["misunderstood"]


def test_a_search_never_finds_another_services_message(client, sandefjord):
    [foreign] = reports(sandefjord, 8)

    response = client.get(search(client, reference_of(foreign)).url)

    assert shown(response) == []


def test_someone_signed_out_is_asked_to_sign_in(client):
    client.logout()

    assert client.get(LIST).status_code == 302
    assert search(client, "x").status_code == 302
