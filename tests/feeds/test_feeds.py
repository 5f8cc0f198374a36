import io
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from apps.accounts.roles import Role
from apps.audit.models import Entry
from apps.audit.verbs import Verb
from apps.feeds import arrangements, catalogue, names, obtaining
from apps.feeds.models import Days, Feed, Mishap
from apps.feeds.record import Options, Reading, Rejected
from apps.ledger.models import Direction
from tests import scenes
from tests.pages import signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def bergen():
    return scenes.service("4601")


@pytest.fixture
def administrator(bergen):
    return scenes.person("Anne", Role.IMPORT_ADMINISTRATOR, of=bergen)


@pytest.fixture
def caseworker(bergen):
    return scenes.person("Kari", Role.CASEWORKER, of=bergen)


@pytest.fixture
def log(bergen, administrator):
    return arrangements.add(service=bergen, format="mottakslogg", direction=Direction.INBOUND, vantage="", by=administrator, now=scenes.NOW)


def english(user):
    client = signed_in(user)
    client.cookies["django_language"] = "en"
    return client


def arranged(client, feed, **said):
    return client.post(reverse("imports:feed", args=[feed.pk]), {"expected_every": 1, "expected_in": Days.WORKING, "responsible": "", **said})


# -- names


@pytest.mark.parametrize(
    ("format", "direction", "vantage", "name"),
    [
        ("portal-list", Direction.INBOUND, "", "4601.portal-list"),
        ("altinn", Direction.INBOUND, "recipient", "4601.altinn.recipient"),
        ("altinn", Direction.OUTBOUND, "sender", "4601.altinn.outbound.sender"),
    ],
)
def test_a_feeds_name_carries_service_and_format_and_leads_back_to_it(bergen, format, direction, vantage, name):
    feed = Feed.objects.create(service=bergen, format=format, direction=direction, vantage=vantage, created_at=scenes.NOW)

    assert names.name(feed) == name
    assert names.feed_named(name) == feed


@pytest.mark.parametrize(
    "name", ["", "4601", "4601.", "4601.nothing", "4601.portal-list.sender", "4601.altinn.sender.sender", "../4601.altinn", "4601.altinn."]
)
def test_what_could_be_no_feeds_name_is_none(bergen, name):
    with pytest.raises(names.UnknownFeed):
        names.feed_named(name)


# -- the pages


def test_the_list_shows_each_feed_with_what_is_expected_of_it_and_when_the_last_file_came(bergen, administrator, log):
    scenes.report(bergen)
    arrangements.arrange(feed=log, expected_every=2, expected_in=Days.WORKING, responsible=administrator, by=administrator, now=scenes.NOW)

    response = english(administrator).get(reverse("imports:feeds"))

    html = response.content.decode()
    assert response.context["count"] == 2
    assert "Every 2 working days" in html
    assert "Anne Prøve" in html
    assert "08.02.2024 10:12" in html  # of the portal's list; the log never came


def test_the_list_counts_what_went_wrong_within_a_week_and_leads_to_it(bergen, administrator, log):
    for days in (1, 2, 9):
        Mishap.objects.create(service=bergen, feed=log, at=timezone.now() - timedelta(days=days), code="zip_broken", details={"file": "a.zip"})
    client = english(administrator)

    (row,) = client.get(reverse("imports:feeds")).context["table"].paginated_rows
    html = client.get(reverse("imports:feed", args=[log.pk])).content.decode()

    assert row.record.went_wrong == 2
    assert html.count("The zip is damaged or was cut off.") == 3


def test_an_administrator_says_how_often_a_file_is_expected_and_who_sees_to_it(administrator, caseworker, log):
    response = arranged(english(administrator), log, responsible=caseworker.pk)

    log.refresh_from_db()
    assert response.status_code == 302
    assert (log.expected_every, log.expected_in, log.responsible) == (1, Days.WORKING, caseworker)
    assert Entry.objects.filter(verb=Verb.ARRANGED, person_id=administrator.pk, object_id=log.pk).count() == 2  # added, and now arranged


def test_only_somebody_of_the_service_can_be_responsible(administrator, log):
    outsider = scenes.person("Odd", Role.IMPORT_ADMINISTRATOR, of=scenes.service("3203"))

    response = arranged(english(administrator), log, responsible=outsider.pk)

    assert response.status_code == 422
    assert "Choose somebody who belongs to the service." in response.content.decode()
    with pytest.raises(arrangements.NotAMember):
        arrangements.arrange(feed=log, expected_every=1, expected_in=Days.ALL, responsible=outsider, by=administrator, now=scenes.NOW)


@pytest.mark.parametrize("days", ["0", "-1", "367", "often"])
def test_a_cadence_is_a_number_of_days(administrator, log, days):
    response = arranged(english(administrator), log, expected_every=days)

    log.refresh_from_db()
    assert response.status_code == 422
    assert log.expected_every is None


def test_whoever_brings_in_no_files_sees_how_a_feed_is_arranged_and_cannot_change_it(caseworker, log):
    client = english(caseworker)

    html = client.get(reverse("imports:feed", args=[log.pk])).content.decode()
    arranged(client, log)

    log.refresh_from_db()
    assert "Nobody has said how often" in html
    assert 'name="expected_every"' not in html
    assert log.expected_every is None


def test_the_page_says_when_the_person_responsible_has_left(administrator, caseworker, log):
    arrangements.arrange(feed=log, expected_every=1, expected_in=Days.ALL, responsible=caseworker, by=administrator, now=scenes.NOW)
    caseworker.memberships.update(valid_to=scenes.NOW)

    html = english(administrator).get(reverse("imports:feed", args=[log.pk])).content.decode()

    assert "belongs to the service no longer" in html


def test_a_feed_is_added_before_its_first_file_and_only_once(bergen, administrator):
    client = english(administrator)
    said = {"service": bergen.pk, "format": "altinn", "direction": "inbound", "vantage": "recipient"}

    first, second = (client.post(reverse("imports:feed-add"), said) for _ in range(2))

    feed = Feed.objects.get()
    assert first.url == second.url == reverse("imports:feed", args=[feed.pk])
    assert (feed.format, feed.direction, feed.vantage) == ("altinn", "inbound", "recipient")


def test_what_the_format_does_not_ask_is_not_part_of_the_feed(bergen, administrator):
    english(administrator).post(reverse("imports:feed-add"), {"service": bergen.pk, "format": "portal-list", "direction": "outbound", "vantage": "sender"})

    feed = Feed.objects.get()
    assert (feed.direction, feed.vantage) == ("inbound", "")


# -- how to get the files


def test_every_format_says_how_its_files_are_got():
    assert obtaining.OBTAINING.keys() == obtaining.UNTRIED.keys() == catalogue.FORMATS.keys()


@pytest.mark.parametrize("format", obtaining.OBTAINING)
def test_the_example_of_a_format_is_such_a_file(format):
    example = obtaining.OBTAINING[format].example.encode()
    reading = Reading(open=lambda: io.BytesIO(example), options=Options(encoding="", reference="", vantage="", mapping=None))

    lines = list(catalogue.FORMATS[format].parse(reading))

    assert lines
    assert not [line for line in lines if isinstance(line, Rejected)]
    assert not [notice for notice in reading.warnings if notice.code.startswith("unknown")]


def test_the_upload_leads_to_how_to_get_the_files(administrator):
    client = english(administrator)

    html = client.get(reverse("imports:upload")).content.decode()
    sources = client.get(reverse("imports:sources")).content.decode()

    assert f'href="{reverse("imports:sources")}#mottakslogg"' in html
    assert 'id="mottakslogg"' in sources
    assert "No file of a service in use has been seen" in sources
