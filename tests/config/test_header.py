"""What stands above every page."""

import pytest
from django.urls import reverse

from apps.accounts.roles import Role
from tests import scenes
from tests.pages import grant, signed_in

SEEN = {
    Role.CASEWORKER: {"/", "/worklists/", "/deliveries/", "/imports/"},
    Role.REVIEWER: {"/", "/worklists/", "/deliveries/", "/imports/"},
    Role.MANAGER: {"/", "/overview/", "/worklists/", "/deliveries/", "/imports/", "/incidents/", "/people/"},
    Role.IMPORT_ADMINISTRATOR: {"/", "/overview/", "/worklists/", "/deliveries/", "/imports/", "/services/"},
    Role.AUDITOR: {"/", "/overview/", "/worklists/", "/deliveries/", "/imports/", "/trail/"},
}
FOR_ALL_WHO_SEE_FIGURES = {"/figures/"}


@pytest.fixture
def bergen(db):
    return scenes.service("4601")


def header(client, path="/"):
    return client.get(path).context["header"]


@pytest.mark.parametrize("role", SEEN)
def test_each_role_sees_the_pages_it_uses(bergen, role):
    client = signed_in(scenes.person("Ida", role, of=bergen))

    assert {entry["url"] for entry in header(client)["navigation"]} - FOR_ALL_WHO_SEE_FIGURES == SEEN[role]


@pytest.mark.parametrize(
    ("path", "here", "exactly"),
    [
        ("/", "/", True),
        ("/worklists/inbound/open/", "/worklists/", False),
        ("/worklists/outbound/failed/", "/worklists/", False),
        ("/deliveries/", "/deliveries/", True),
        ("/imports/rejected/", "/imports/", False),
    ],
)
def test_the_navigation_shows_where_one_is(bergen, path, here, exactly):
    client = signed_in(scenes.person("Lena", "manager", of=bergen))

    marked = [entry for entry in header(client, path)["navigation"] if entry["is_here"]]

    assert [(entry["url"], entry["is_exactly_here"]) for entry in marked] == [(here, exactly)]


def test_only_ones_own_services_can_be_chosen(bergen):
    person = scenes.person("Anne", "caseworker", of=bergen)
    grant(person, scenes.service("3907"))

    shown = header(signed_in(person))

    assert [service.code for service in shown["services"]] == ["4601", "3907"]
    assert shown["in_view"] is None


def test_a_service_is_chosen_by_posting_only(bergen):
    assert signed_in(scenes.person("Anne", "caseworker", of=bergen)).get(reverse("in-view")).status_code == 405


def test_a_page_that_is_not_there_has_the_same_header(bergen):
    response = signed_in(scenes.person("Anne", "caseworker", of=bergen)).get("/nowhere/")

    assert response.status_code == 404
    assert "Bergen" in response.content.decode()


def test_someone_signed_out_sees_no_navigation(client, bergen):
    response = client.get(reverse("account_login"))

    assert "header" not in response.context
    assert "header__nav" not in response.content.decode()
