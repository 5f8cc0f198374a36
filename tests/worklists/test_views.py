"""Ways of looking at a list, kept under a name: for oneself, for the service, for everybody; and what the worklists open with."""

import pytest
from django.urls import reverse

from apps.worklists import saving
from apps.worklists.models import SavedView
from tests.pages import reports, shown, signed_in

LIST = reverse("worklists:list", args=["inbound", "unconfirmed"])


def keep(client, came_from, name="Private, eldst først", reach="private", **more):
    return client.post(reverse("worklists:views"), {"list": came_from, "name": name, "reach": reach, **more})


@pytest.fixture
def manager(lena):
    return signed_in(lena)


@pytest.fixture
def administrator(scenes, bergen):
    return signed_in(scenes.person("Adam", "import_administrator", of=bergen))


def names(client):
    return [each["view"].name for each in client.get(reverse("worklists:views")).context["known"]]


def test_a_view_shows_the_same_rows_in_the_same_order_with_the_same_columns(client, bergen):
    reports(bergen, 7, 8)
    old, new = reports(bergen, 20, 9, kind="PRIVAT")
    came_from = f"{LIST}?reporter=private&sort=-first_at&per_page=25&column=gone_at&column=channel&page=3"

    answer = client.get(keep(client, came_from).url)

    assert shown(answer) == [new.pk, old.pk]
    assert {column.name for column in answer.context["table"].columns} == {"chosen", "gone_at", "reference", "channel", "first_at"}
    assert answer.context["page"].paginator.per_page == 25
    assert (answer.context["view"].view.name, answer.context["view"].is_modified) == ("Private, eldst først", False)


@pytest.mark.parametrize("change", ["reporter=public", "sort=first_at", "column=since", "per_page=100"])
def test_what_differs_from_the_view_is_said_to_be_modified(client, change):
    kept = keep(client, f"{LIST}?reporter=private").url

    assert client.get(f"{kept}&{change}").context["view"].is_modified
    assert not client.get(f"{kept}&page=2").context["view"].is_modified


def test_ones_own_views_are_nobody_elses(client, manager):
    keep(client, LIST)

    assert names(client) == ["Private, eldst først"]
    assert names(manager) == []
    assert manager.get(client.get(reverse("worklists:views")).context["known"][0]["url"]).context["view"] is None


def test_the_managers_view_is_the_whole_services_and_no_others(scenes, client, manager, sandefjord):
    stranger = signed_in(scenes.person("Stine", "caseworker", of=sandefjord))

    keep(manager, LIST, reach="service")

    assert names(client) == ["Private, eldst først"]
    assert names(stranger) == []


def test_what_everybody_sees_is_kept_by_who_arranges_services(scenes, client, administrator, sandefjord):
    stranger = signed_in(scenes.person("Stine", "caseworker", of=sandefjord))

    keep(administrator, LIST, reach="all")

    assert names(client) == names(stranger) == ["Private, eldst først"]


@pytest.mark.parametrize("reach", ["service", "all", "somebody"])
def test_a_caseworker_shares_with_nobody(client, reach):
    assert keep(client, LIST, reach=reach).status_code == 422
    assert not SavedView.objects.exists()


def test_the_worklists_open_with_the_default_of_ones_role(client, manager):
    start = reverse("worklists:start")
    assert client.get(start).url == reverse("worklists:list", args=["inbound", "open"])

    keep(manager, f"{LIST}?sort=since", reach="service", default_for="caseworker")

    assert client.get(start).url == saving.url(SavedView.objects.get())
    assert manager.get(start).url == reverse("worklists:list", args=["inbound", "open"])


def test_a_role_has_one_default_in_a_service(manager):
    keep(manager, LIST, name="Før", reach="service", default_for="caseworker")
    keep(manager, LIST, name="Nå", reach="service", default_for="caseworker")

    assert dict(SavedView.objects.values_list("name", "default_for")) == {"Før": "", "Nå": "caseworker"}


def test_the_same_name_again_changes_the_view(client):
    keep(client, LIST)
    keep(client, f"{LIST}?reporter=private")

    assert list(SavedView.objects.values_list("query", flat=True)) == ["reporter=private"]


def test_what_was_searched_for_is_not_kept(client):
    keep(client, f"{LIST}?reference=018312&channel=portal")

    assert SavedView.objects.get().query == "channel=portal"


@pytest.mark.parametrize("name", ["", "   ", "x" * 81, "barnet 018312 12345"])
def test_a_name_that_cannot_be_kept_is_refused_beside_the_field(client, name):
    answer = keep(client, LIST, name=name)

    assert answer.status_code == 422
    assert "name" in answer.context["form"].errors
    assert not SavedView.objects.exists()


@pytest.mark.parametrize("came_from", ["", "https://example.com/", "/deliveries/", "/worklists/inbound/nothing/", "/nowhere/"])
def test_only_a_worklist_is_kept(client, came_from):
    keep(client, came_from)

    assert not SavedView.objects.filter(slug="").exists()
    assert names(client) == []


def test_a_view_is_removed_by_who_kept_it_or_may_share_it(client, manager, caseworker):
    keep(manager, LIST, reach="service")
    view = SavedView.objects.get()

    client.post(reverse("worklists:remove-view", args=[view.pk]))
    assert SavedView.objects.exists()
    manager.post(reverse("worklists:remove-view", args=[view.pk]))
    assert not SavedView.objects.exists()


@pytest.mark.parametrize("asked", ["0", "x", "9" * 30, "-1", ""])
def test_a_view_that_is_not_there_shows_the_list_all_the_same(client, bergen, asked):
    [report] = reports(bergen, 7)

    answer = client.get(LIST, {"view": asked})

    assert shown(answer) == [report.pk]
    assert answer.context["view"] is None
