"""The auditor's pages: every number leads to its rows, nobody sees another service's trail, and looking is told as well."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse

from apps.accounts.roles import Role
from apps.audit import actions as audit
from apps.audit.models import Entry
from apps.audit.verbs import Actor, Kind, Verb
from apps.ledger import actions as ledger
from apps.ledger.models import Reference
from apps.trail import volumes
from tests import pages, scenes

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _now():
    with time_machine.travel(scenes.NOW, tick=False):
        yield


@pytest.fixture
def bergen():
    return scenes.service("4601")


@pytest.fixture
def anne(bergen):
    return scenes.person("Anne", Role.CASEWORKER, of=bergen)


@pytest.fixture
def petra(bergen):
    return scenes.person("Petra", Role.AUDITOR, of=bergen)


@pytest.fixture
def read(petra):
    client = pages.signed_in(petra)

    def get(name, *args, **query):
        return client.get(reverse(f"trail:{name}", args=args), query)

    return get


def text(response):
    return re.sub(r"\s+", " ", re.sub("<[^>]+>", " ", response.text))


def listed(response):
    return [(row.record.verb, row.record.person_id) for row in response.context["table"].paginated_rows]


def views(person, delivery, count=1, *, at=scenes.NOW):
    for _ in range(count):
        audit.record(verb=Verb.VIEWED, by=person, services=[delivery.service_id], about=(Kind.DELIVERY, delivery.pk), now=at)


def rows_behind(response, client, url):
    assert url in response.text.replace("&amp;", "&"), url
    return client.get(url).context["count"]


def test_the_trail_tells_who_did_what_about_which_thing(read, bergen, anne):
    report = scenes.report(bergen)
    views(anne, report)

    response = read("list")

    assert listed(response)[0] == ("viewed", anne.pk)
    assert "Anne Prøve" in text(response)
    assert f'href="{reverse("trail:message", args=[report.pk])}"' in response.text


def test_what_belongs_to_no_service_is_shown_of_its_people_only(read, bergen, anne, petra):
    elsewhere = scenes.person("Olga", Role.CASEWORKER, of=scenes.service("0301"))
    for person in (anne, elsewhere):
        audit.record(verb=Verb.SIGNED_IN, by=person, now=scenes.NOW)
        audit.record(verb=Verb.SIGN_IN_FAILED, by=Actor.NOBODY, about=(Kind.PERSON, person.pk), now=scenes.NOW)
    audit.record(verb=Verb.SIGN_IN_FAILED, by=Actor.NOBODY, now=scenes.NOW)

    assert listed(read("list", verb="signed_in")) == [("signed_in", anne.pk)]
    assert read("list", verb="sign_in_failed").context["count"] == 2
    assert "Olga" not in read("list").text


def test_another_services_trail_is_not_there(read, bergen):
    oslo = scenes.service("0301")
    olga, report = scenes.person("Olga", Role.CASEWORKER, of=oslo), scenes.report(oslo)
    views(olga, report)

    assert [service for (service,) in Entry.objects.filter(verb="viewed").values_list("service_id")] == [oslo.pk]
    assert read("list", verb="viewed").context["count"] == 0
    assert read("message", report.pk).status_code == 404
    assert read("person", olga.pk).status_code == 404
    assert read("message", 999_999).status_code == read("person", 999_999).status_code == 404


@pytest.mark.parametrize("name", ["list", "denied", "unusual"])
def test_only_auditors_see_the_trail(bergen, name):
    for role in set(Role) - {Role.AUDITOR, Role.NATIONAL_COORDINATOR}:
        response = pages.signed_in(scenes.person("Ida", role, of=bergen)).get(reverse(f"trail:{name}"))

        assert response.status_code == 403, role


@pytest.mark.parametrize(
    ("query", "left"),
    [
        ({"verb": "viewed"}, 3),
        ({"verb": "exported"}, 1),
        ({"kind": "delivery"}, 3),
        ({"person": "anne"}, 5),
        ({"person": "anne", "verb": "viewed"}, 2),
        ({"person": "anne", "but": "viewed"}, 3),
        ({"delivery": "report"}, 2),
        ({"from_day": "2024-02-08", "kind": "delivery"}, 2),
        ({"to_day": "2024-02-07", "kind": "delivery"}, 1),
        ({"service": "4601", "verb": "exported"}, 1),
    ],
)
def test_filters_leave_what_they_say(read, bergen, anne, petra, query, left):
    report, other = pages.reports(bergen, 3, 4)
    views(anne, report)
    views(anne, other)
    views(petra, report, at=scenes.NOW - timedelta(days=1))
    audit.record(verb=Verb.EXPORTED, by=anne, services=[bergen.pk], now=scenes.NOW, count=2)
    audit.record(verb=Verb.SIGNED_IN, by=anne, now=scenes.NOW)
    audit.record(verb=Verb.SIGNED_OUT, by=anne, now=scenes.NOW)
    ids = {"anne": anne.pk, "report": report.pk}

    assert read("list", **{name: ids.get(value, value) for name, value in query.items()}).context["count"] == left


@pytest.mark.parametrize(
    "query", [{"person": "Robert'); DROP TABLE"}, {"delivery": "1e999"}, {"delivery": "9" * 40}, {"verb": "x\0"}, {"from_day": "31.02.2024"}]
)
def test_a_filter_that_cannot_be_understood_leaves_nothing_and_says_so(read, query):
    response = read("list", **query)

    assert (response.status_code, response.context["count"]) == (400, 0)
    assert "validation-message" in response.text


def test_looking_at_the_trail_is_told_and_does_not_count_itself(read, petra):
    before = read("list").context["count"]

    assert read("list").context["count"] == before + 1
    entry = Entry.objects.latest("pk")
    assert (entry.verb, entry.person_id) == ("listed", petra.pk)
    assert '"list":"/trail/"' in entry.text


def test_seals_are_shown_only_when_chosen(read, bergen, anne):
    views(anne, scenes.report(bergen))
    audit.seal(now=scenes.NOW)

    assert "sealed" not in {verb for verb, _person in listed(read("list"))}
    assert listed(read("list", verb="sealed")) == [("sealed", None)]


def test_denied_attempts_stand_by_themselves(read, bergen, anne):
    views(anne, scenes.report(bergen))
    audit.record(verb=Verb.DENIED, by=anne, services=[bergen.pk], now=scenes.NOW, method="GET", path="/people/", status=403)

    response = read("denied")

    assert listed(response) == [("denied", anne.pk)]
    assert "GET, /people/, → 403" in text(response)


def test_who_has_seen_a_message_under_whatever_number(read, client, bergen, anne, petra):
    report, other = pages.reports(bergen, 3, 4)
    views(anne, other, 2)
    value = Reference.objects.get(delivery=other.pk).value
    ledger.tie(service=bergen, one=report.pk, namespace="portal", value=value, by="7", now=scenes.NOW)
    pages.decide(scenes.again(report), anne, "note")

    response = read("message", report.pk)

    (row,) = response.context["table"].paginated_rows
    assert (row.record["who"], row.record["count"], row.record["more"]) == ("Anne Prøve", 2, 1)
    signed_in = pages.signed_in(petra)
    assert rows_behind(response, signed_in, f"/trail/?delivery={report.pk}&person={anne.pk}&verb=viewed") == 2
    assert rows_behind(response, signed_in, f"/trail/?delivery={report.pk}&person={anne.pk}&but=viewed") == 1
    assert rows_behind(response, signed_in, f"/trail/?delivery={report.pk}") == response.context["all_count"] == 3


def test_what_a_person_did_is_counted_and_each_number_leads_to_its_rows(read, petra, bergen, anne):
    views(anne, scenes.report(bergen), 3)
    audit.record(verb=Verb.SIGNED_IN, by=anne, now=scenes.NOW)
    audit.record(verb=Verb.SIGNED_IN, by=anne, now=scenes.NOW - timedelta(days=40))

    response = read("person", anne.pk)

    numbers = {url: count for _label, count, url in response.context["numbers"]}
    assert sorted(numbers.values()) == [1, 3]
    for url, count in numbers.items():
        assert rows_behind(response, pages.signed_in(petra), url) == count


def test_an_unusual_day_stands_there_with_its_reason_and_its_rows(read, petra, bergen, anne):
    report = scenes.report(bergen)
    for ago in range(1, 7):
        views(anne, report, 4, at=scenes.NOW - timedelta(days=ago))
    views(anne, report, volumes.AT_LEAST)

    response = read("unusual")

    (row,) = response.context["table"].paginated_rows
    assert (row.record["who"], row.record["count"], row.record["usual"], row.record["earlier"]) == ("Anne Prøve", 30, 4, 6)
    assert re.search(r" 3 .* 6 .* 60 .* 30\.", text(response)), "the rule with its numbers, in whatever language"
    url = f"/trail/?person={anne.pk}&verb=viewed&kind=delivery&from_day=2024-02-08&to_day=2024-02-08"
    assert rows_behind(response, pages.signed_in(petra), url) == 30


def test_the_trail_taken_out_holds_its_rows_and_its_texts_and_is_told(read, bergen, anne):
    views(anne, scenes.report(bergen))

    lines = b"".join(read("list", format="csv", verb="viewed").streaming_content).decode().splitlines()

    assert lines.index("") == 2
    assert '""verb"":""viewed""' in lines[1]
    assert Entry.objects.latest("pk").verb == "exported"


def test_the_trail_is_taken_out_only_by_who_has_just_signed_in(read):
    with time_machine.travel(scenes.NOW + timedelta(minutes=6)):
        asked = read("list", format="csv")

    assert asked.url.startswith(reverse("account_reauthenticate"))
    assert not Entry.objects.filter(verb="exported").exists()


def test_a_list_takes_the_same_queries_however_many_rows_it_has(read, bergen, anne, django_assert_max_num_queries):
    views(anne, scenes.report(bergen), 60)
    read("list")

    with django_assert_max_num_queries(16):
        read("list")


def test_the_page_of_a_delivery_says_who_has_seen_it_to_those_who_may_know(bergen, anne, petra):
    report = scenes.report(bergen)
    url = reverse("deliveries:detail", args=[report.pk])

    caseworkers = pages.signed_in(anne).get(url)
    auditors = pages.signed_in(petra).get(url)

    assert "seen-by" not in caseworkers.text
    assert [(seen.who, seen.count) for seen in auditors.context["seen_by"]] == []  # shown, so gone through
    assert text(auditors).count("Anne Prøve") == 1
