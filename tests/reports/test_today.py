"""The start page: every number is a link to exactly its rows."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.feeds.models import Feed
from apps.readiness import actions as readiness
from apps.readiness.models import Channel
from tests.pages import decide, grant, reports, shown, signed_in

TODAY = reverse("today")


def numbers(client):
    return client.get(TODAY).context["numbers"]


def rows(client, number):
    return client.get(number.url).context["count"]


@pytest.fixture
def manager(lena):
    return signed_in(lena)


def test_every_number_equals_the_rows_behind_it(manager, bergen, caseworker):
    reports(bergen, 29, 25, 4, 90)
    [decided] = reports(bergen, 8)
    decide(decided, caseworker)

    found = numbers(manager)

    assert [number.count for number in found] == [rows(manager, number) for number in found]
    assert [number.count for number in found][:5] == [2, 1, 5, 0, 1]


def test_only_what_can_still_be_saved_is_an_alarm(manager, bergen):
    reports(bergen, 90)
    assert [number.is_alarm for number in numbers(manager)] == [False] * 7

    reports(bergen, 29)
    assert [number.is_alarm for number in numbers(manager)] == [True] + [False] * 6


def test_what_runs_out_first_stands_on_the_page(client, bergen):
    later, soon, _gone = reports(bergen, 25, 29, 90)

    response = client.get(TODAY)

    assert shown(response) == [soon.pk, later.pk]


def test_ones_own_decisions_do_not_wait_for_oneself(client, bergen, caseworker):
    [report] = reports(bergen, 8)
    decide(report, caseworker)

    looks = numbers(client)[4]

    assert (looks.count, rows(client, looks)) == (0, 0)


def test_numbers_follow_the_service_in_view(client, bergen, sandefjord, caseworker):
    grant(caseworker, sandefjord)
    reports(bergen, 8)
    reports(sandefjord, 8, 9)

    client.post(reverse("in-view"), {"service": "3907"})

    assert [(number.count, rows(client, number)) for number in numbers(client)][2] == (2, 2)


def test_another_services_messages_are_in_no_number(client, sandefjord):
    reports(sandefjord, 8, 29)

    assert {number.count for number in numbers(client)} == {0}


def test_each_role_sees_the_numbers_of_its_work(scenes, bergen):
    def labels(role):
        return {reverse_name(number.url) for number in numbers(signed_in(scenes.person("Ida", role, of=bergen)))}

    assert "second-look" not in labels("auditor")
    assert "rejected" in labels("import_administrator")
    assert "rejected" not in labels("caseworker")


def reverse_name(url):
    return next((name for name in ("second-look", "rejected", "never-completed", "open") if name in url), url)


def test_how_far_the_case_systems_data_reach_is_said_for_each_service(client, scenes, bergen, sandefjord, caseworker):
    grant(caseworker, sandefjord)
    scenes.registration(bergen, at=scenes.NOW)

    reach = client.get(TODAY).context["reach"]

    assert [(service.code, service.reaches_at, service.last_at) for service in reach] == [("4601", scenes.NOW, scenes.NOW), ("3907", None, None)]


def test_a_national_coordinator_sees_no_numbers_of_single_services(scenes):
    national = scenes.person("Nina", of=None)
    grant(national, None, role="national_coordinator")

    context = signed_in(national).get(TODAY).context

    assert (context["numbers"], context["table"], context["reach"], context["figures_only"]) == ([], None, [], True)


def test_somebody_who_belongs_nowhere_is_told_whom_to_ask(scenes):
    assert signed_in(scenes.person("Ola", of=None)).get(TODAY).status_code == 403


def test_the_page_costs_the_same_however_much_is_open(client, bergen):
    with CaptureQueriesContext(connection) as few:
        client.get(TODAY)
    reports(bergen, *range(20, 50))
    with CaptureQueriesContext(connection) as many:
        client.get(TODAY)

    assert len(many) <= len(few) + 3 <= 17  # what runs out, its references, and that it was seen


def test_the_page_of_a_manager_costs_the_same_however_many_can_open_a_channel(scenes, bergen):
    lena = scenes.person("Lena", "manager", of=bergen)
    client = signed_in(lena)
    with CaptureQueriesContext(connection) as none:
        client.get(TODAY)
    for channel in Channel.values:
        said = {"channel": channel, "proven_on": scenes.NOW.date(), "expires_on": None}
        readiness.prove(service=bergen, person=lena.pk, **said, by=lena, now=scenes.NOW)
    with CaptureQueriesContext(connection) as some:
        client.get(TODAY)

    assert len(some) == len(none) <= 19  # of which one asks for breaches, one for who can open what, and one for what is not used


def test_feeds_of_which_an_expected_file_has_not_come_are_counted(manager, scenes, bergen):
    row = {"bekymringsmeldingId": scenes.uuid(), "innsendt": scenes.wall(scenes.RECEIVED)}
    scenes.bring_in(bergen, "portal-list", row, now=scenes.NOW - timedelta(days=9))
    before = [number.url for number in numbers(manager)]
    Feed.objects.update(expected_every=1)

    [behind] = [number for number in numbers(manager) if number.url not in before]

    assert (behind.count, rows(manager, behind)) == (1, 1)
