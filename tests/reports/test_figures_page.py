"""The page of figures: whose it shows, and that every number is the number of the rows it leads to."""

import csv
import io
import json
from datetime import timedelta

import pytest
from django.urls import reverse

from apps.audit.models import Entry
from apps.decisions import actions as decisions
from apps.deliveries import actions as deliveries
from apps.ledger.models import Direction, Reference
from apps.reports.figures import FIGURES
from tests.pages import decide, grant, reports, signed_in


@pytest.fixture(autouse=True)
def _english(settings):
    settings.LANGUAGE_CODE = "en"


@pytest.fixture
def coordinator(nina):
    return signed_in(nina)


@pytest.fixture
def of_everything(scenes, bergen, caseworker):
    """Messages in several states and both directions, one waiting for its second look, one settled, one late."""
    arrived, late, waits, settled, *_open = reports(bergen, 20, 20, 20, 20, 20, 1)
    for report, days in ((arrived, 1), (late, 9)):
        portal = Reference.objects.get(pk=report.pk).value
        scenes.registration(bergen, at=report.receipted_at + timedelta(days=days), portal=portal, case=f"{report.pk}")
    decide(waits, caseworker)
    decision = decide(settled, caseworker)
    berit = scenes.person("Berit", "reviewer", of=bergen)
    decisions.give_second_look(decision=decision, agrees=True, reason="Står PRØVE i portalen.", by=berit, now=scenes.NOW)
    deliveries.rebuild(now=scenes.NOW)


def page(client, **query):
    return client.get(reverse("reports:figures", query=query))


def numbers(response):
    """(figure, part's label, direction) to its number, of the whole page."""
    return {
        (section.figure.name, str(row.label), str(number.label)): number
        for section in response.context["sections"]
        for row in section.rows
        for number in row.numbers
    }


def rows_behind(client, url):
    """How many rows the list counts, or how many children they state where those are counted."""
    response = client.get(url)
    assert response.status_code == 200
    if "children=stated" in url:
        return sum(row.record["children"] for row in response.context["table"].paginated_rows)
    return response.context["count"]


def test_every_number_is_the_number_of_rows_that_it_leads_to(of_everything, client):
    shown = numbers(page(client))

    assert all(rows_behind(client, number.url) == number.count for number in shown.values())
    assert {name for (name, _part, _direction), number in shown.items() if number.count} == {
        "deliveries",
        "states",
        "needs_a_person",
        "waiting_for_second_look",
        "late",
        "never_seen",
        "children",
        "children_open",
        "categories",
        "open_categories",
        "settled",
    }


def test_numbers_of_one_of_several_services_lead_to_its_rows(of_everything, scenes, sandefjord, caseworker, client):
    grant(caseworker, sandefjord)
    reports(sandefjord, 7, 8)

    response = page(client)

    beside = {(row.service.code, number.label): number for row in response.context["beside"] for number in row.numbers}
    assert {code for code, _label in beside} == {"4601", "3907"}
    assert all(rows_behind(client, number.url) == number.count for number in beside.values())
    assert all(rows_behind(client, number.url) == number.count for number in numbers(response).values())
    alone = page(client, service="3907")
    assert all(rows_behind(client, number.url) == number.count for number in numbers(alone).values())
    assert max(number.count for number in numbers(alone).values()) == 2


def test_each_figure_stands_with_its_definition(of_everything, client):
    text = page(client).content.decode()

    for section in page(client).context["sections"]:
        assert str(section.figure.counts) in text
        assert str(section.figure.unit) in text
        assert str(section.figure.clock) in text


def test_figures_are_of_the_person_s_own_services_only(scenes, bergen, sandefjord, client):
    reports(sandefjord, 7)

    shown = numbers(page(client, service="3907"))

    assert {number.count for number in shown.values()} == {0}


def most(response):
    return max((number.between.most or 0) if number.between else number.count for number in numbers(response).values())


def test_a_national_coordinator_sees_the_figures_of_every_service_and_no_way_to_the_rows(of_everything, scenes, sandefjord, coordinator):
    reports(sandefjord, 7)

    everything, one = page(coordinator), page(coordinator, service="4601")

    assert most(everything) >= 7
    assert {row.service.code for row in everything.context["beside"]} == {"4601", "3907"}
    assert most(one) >= 6
    for response in (everything, one):
        assert not any(number.url for number in numbers(response).values())
        assert reverse("deliveries:list") not in response.content.decode()


def test_somebody_who_belongs_nowhere_sees_no_figures(scenes, bergen):
    nobody = signed_in(scenes.person("Ola", of=bergen))

    assert page(nobody).status_code == 403


def test_it_is_said_when_the_clock_has_overtaken_a_message(scenes, bergen, client):
    scenes.report(bergen, received=scenes.NOW - timedelta(days=4), now=scenes.NOW - timedelta(days=4))

    assert page(client).context["due"] == 1


def read(response):
    """The rows of a file below their heading, and what it is about."""
    heading, *lines = csv.reader(io.StringIO(response.getvalue().decode("utf-8-sig"), newline=""), delimiter=";")
    blank = lines.index([])
    return [dict(zip(heading, line, strict=True)) for line in lines[:blank]], dict(lines[blank + 1 :])


def test_what_is_shown_is_taken_out_with_its_time_its_filter_and_every_definition(of_everything, bergen, caseworker, client):
    bergen.name = "=Bergen"
    bergen.save()

    rows, about = read(page(client, format="csv"))

    shown = numbers(page(client))
    labels = {str(figure.label): figure for figure in FIGURES}
    assert {(labels[row["Figure"]].name, row["Part"] or row["Figure"], row["Direction"]): row["How many"] for row in rows} == {
        key: str(number.untold or number.count) for key, number in shown.items()
    }
    assert (about["As of"], about["From what was known at"], about["Filter"]) == ("08.02.2024 10:12",) * 2 + ("Service: =Bergen",)
    assert all(str(figure.counts) in about[label] and str(figure.unit) in about[label] for label, figure in labels.items())
    assert {row["Service"] for row in rows} == {"'=Bergen"}
    told = json.loads(Entry.objects.get(verb="exported", person_id=caseworker.pk).text)["details"]
    assert (told["list"], told["filter"], told["count"]) == (reverse("reports:figures"), {"service": "4601", "format": "csv"}, len(rows))
    assert b"".join(page(client, format="xlsx").streaming_content).startswith(b"PK")


def test_of_others_services_a_file_tells_no_number_from_one_to_four(of_everything, scenes, sandefjord, coordinator):
    reports(sandefjord, 7, 8)

    rows, about = read(page(coordinator, format="csv"))

    [sandefjords] = [row for row in rows if (row["Service"], row["Figure"], row["Direction"]) == ("Sandefjord (3907)", "All messages", Direction.INBOUND.label)]
    assert (sandefjords["At least"], sandefjords["At most"]) == ("1", "4")
    assert "Small numbers" in about


def test_figures_are_taken_out_by_those_who_may_take_lists_out_and_have_just_signed_in(scenes, bergen, client):
    reviewer = signed_in(scenes.person("Siri", "reviewer", of=bergen))
    assert page(reviewer, format="csv").status_code == 403
    assert "Your roles do not let you take these figures out" in page(reviewer).content.decode()

    session = client.session
    del session["account_authentication_methods"]
    session.save()

    assert page(client, format="csv").url.startswith(reverse("account_reauthenticate"))
