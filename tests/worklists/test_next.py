"""After one item comes the next of the same list."""

from urllib.parse import parse_qs, urlsplit

import pytest
from django.contrib.messages import get_messages
from django.urls import reverse

from tests.pages import decide, reports


def following(client, after, slug="open", **query):
    return client.get(reverse("worklists:next", args=["inbound", slug], query={**query, "after": after.pk}))


def leads_to(response, delivery):
    return urlsplit(response.url).path == reverse("deliveries:detail", args=[delivery.pk])


def place(client, response):
    """Where on the list the page says that one is, and of how many."""
    column = client.get(response.url).context["desk"].column
    return column.here.place, column.count


def said(response):
    return [str(message) for message in get_messages(response.wsgi_request)]


def test_the_next_item_follows_the_one_that_stays(client, bergen):
    first, second, _third = reports(bergen, 29, 28, 27)

    response = following(client, first)

    assert leads_to(response, second)
    assert place(client, response) == (2, 3)


def test_the_next_item_follows_the_one_that_left_the_list(client, bergen, caseworker):
    _first, second, third = reports(bergen, 29, 28, 27)
    decide(second, caseworker)

    response = following(client, second, slug="unconfirmed")

    assert leads_to(response, third)
    assert place(client, response) == (2, 2)


def test_the_walk_keeps_to_the_filter_and_carries_the_list_on(client, bergen):
    first, _private_less, wanted = reports(bergen, 29)[0], reports(bergen, 28)[0], reports(bergen, 27, kind="PRIVAT")[0]

    response = following(client, first, reporter="private")

    assert leads_to(response, wanted)
    assert parse_qs(urlsplit(response.url).query)["list"] == [reverse("worklists:list", args=["inbound", "open"]) + "?reporter=private"]


def test_the_walk_keeps_to_the_order_that_was_chosen(client, bergen):
    older, newer = reports(bergen, 29, 10)

    response = following(client, newer, sort="-first_at")

    assert leads_to(response, older)


def test_the_walk_goes_on_from_where_a_child_was_said_to_be_known(client, bergen, caseworker):
    first, second = reports(bergen, 29, 28)
    decide(first, caseworker, outcome="child_known", children=1)

    assert leads_to(following(client, first), second)
    assert following(client, first, known="1").url == reverse("worklists:list", args=["inbound", "open"])


def test_behind_the_last_item_the_list_comes_back_with_its_filter(client, bergen):
    [last] = reports(bergen, 29)

    response = following(client, last, left="7")

    assert response.url == reverse("worklists:list", args=["inbound", "open"]) + "?left=7"
    assert said(response)


@pytest.mark.parametrize("after", ["", "x", "0", "9" * 30, "-1", "1.5"])
def test_an_item_that_makes_no_sense_leads_to_the_list(client, bergen, after):
    reports(bergen, 29)

    response = client.get(reverse("worklists:next", args=["inbound", "open"], query={"after": after}))

    assert response.url == reverse("worklists:list", args=["inbound", "open"])


def test_another_services_item_says_nothing_about_its_place(client, bergen, sandefjord):
    reports(bergen, 29, 27)
    [foreign] = reports(sandefjord, 28)

    assert following(client, foreign).url == reverse("worklists:list", args=["inbound", "open"])
