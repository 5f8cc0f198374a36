"""The overview for managers: how old the open work is, how the channels do, what changed, and that each number is its rows."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.decisions import actions as decisions
from apps.decisions.models import Decision
from apps.ledger.models import Reference
from tests.pages import asked, call, decide, grant, outage, reports, signed_in

DAY = timedelta(days=1)


@pytest.fixture
def manager(lena):
    return signed_in(lena)


def page(client, **query):
    return client.get(reverse("overview:page", query=query))


def grid(response, name):
    """(row's label, column's label) to its number."""
    return {(str(row.label), str(number.label)): number for row in response.context[name].rows for number in row.numbers}


def every_number(response):
    context = response.context
    grids = [context[name] for name in ("by_age", "by_time", "due", "changes")] + [channel.grid for channel in context["channels"]]
    return [*context["numbers"], *(number for one in grids for row in one.rows for number in row.numbers)]


def rows(client, number):
    response = client.get(number.url)
    assert response.status_code == 200, number.url
    return response.context["count"]


@pytest.fixture
def busy(scenes, bergen, caseworker):
    """Open messages of every age, one that waits for a look, one that was reopened, one that arrived, a letter, and one on its way."""
    decided, reopened, arrived, *_others = reports(bergen, 6, 12, 20, 4, 25, 29, 80, 120)
    decide(decided, caseworker)
    closing = decide(reopened, caseworker)
    decisions.give_second_look(decision=closing, agrees=True, reason="Står PRØVE.", by=scenes.person("Berit", "reviewer", of=bergen), now=scenes.NOW)
    call(bergen, reopened, caseworker)
    scenes.registration(bergen, at=arrived.first_at, portal=Reference.objects.get(delivery=arrived.pk, namespace="portal").value, case="19")
    scenes.report(bergen, received=scenes.NOW - timedelta(hours=3))
    scenes.letter(bergen)
    return bergen


def test_every_number_is_the_number_of_rows_that_it_leads_to(busy, manager):
    for direction in ("inbound", "outbound"):
        shown = every_number(page(manager, direction=direction))

        assert [number.count for number in shown] == [rows(manager, number) for number in shown]
        assert any(number.count for number in shown)
    assert [number.count for number in page(manager).context["numbers"]] == [7, 2, 1, 1]


def test_open_messages_stand_in_one_band_of_age_each(scenes, bergen, manager):
    reports(bergen, 4, 7, 8, 14, 15, 30, 31, 90, 91)

    response = page(manager)

    ages = [number.count for number in response.context["by_age"].rows[0].numbers]
    assert ages == [9, 0, 2, 2, 2, 2, 1]
    assert ages[0] == sum(ages[1:]) == sum(bar.total for bar in response.context["by_age"].chart.bars)


def test_what_waits_for_a_second_look_is_on_that_list_alone(bergen, caseworker, manager):
    [report] = reports(bergen, 8)
    decide(report, caseworker)

    numbers = {str(row.label): row.numbers[0].count for row in page(manager).context["by_age"].rows}

    assert sorted(numbers.values()) == [0, 0, 0, 0, 0, 0, 1, 1]
    assert Decision.objects.count() == 1


def test_time_in_state_is_counted_from_the_deadline_that_decided_it(bergen, manager):
    reports(bergen, 8)

    response = page(manager)

    assert [number.count for number in response.context["by_age"].rows[0].numbers] == [1, 0, 0, 1, 0, 0, 0]
    assert [number.count for number in response.context["by_time"].rows[0].numbers] == [1, 0, 1, 0, 0, 0, 0]  # 72 hours later


def test_copies_that_go_this_week_are_told_day_by_day(scenes, bergen, manager):
    report = scenes.report(bergen, received=scenes.NOW - 29 * DAY)

    response = page(manager)

    [row] = response.context["due"].rows
    assert report.gone_at.date() == (scenes.NOW + DAY).date()
    assert [number.count for number in row.numbers] == [0, 1, 0, 0, 0, 0, 0]


def test_the_share_that_arrived_leaves_out_what_is_in_transit(scenes, bergen, manager):
    _lost, arrived = reports(bergen, 15, 16)
    scenes.registration(bergen, at=arrived.first_at, portal=Reference.objects.get(delivery=arrived.pk, namespace="portal").value, case="19")
    scenes.report(bergen, received=scenes.NOW - timedelta(hours=3))

    [portal] = page(manager).context["channels"]

    assert sorted({share for _, share in portal.shares}) == ["50,0 %", "–"]
    assert len(portal.chart.runs) == 1 and len(portal.chart.runs[0]) == 1
    assert "50,0 %" in portal.chart.description


def test_what_changed_since_yesterday_is_told_by_the_time_of_the_event(scenes, bergen, manager):
    scenes.report(bergen, received=scenes.NOW - 3 * DAY - timedelta(hours=2))
    reports(bergen, 30)

    counts = [number.count for number in grid(page(manager), "changes").values()]

    assert sum(counts) == 1


def test_charts_have_words_and_no_style_of_their_own(busy, manager):
    text = page(manager).content.decode()

    assert text.count("<title id=") == text.count("<desc id=") == 2
    assert " style=" not in text.split("<main")[1]


def test_an_outage_stands_behind_the_weeks_it_touches_with_its_words_beneath(bergen, sandefjord, manager):
    reports(bergen, 8)
    outage(bergen)
    outage(bergen, channel="altinn")
    outage(sandefjord)

    response = page(manager)

    [portal] = response.context["channels"]
    [band] = portal.chart.bands
    assert (band.x, band.width) == (portal.chart.times[-2].at - band.width // 2, band.width)
    assert "01.02.2024–01.02.2024: Portalen var nede." in response.content.decode()


def test_numbers_are_those_of_the_service_in_view(scenes, bergen, sandefjord, lena, manager):
    grant(lena, sandefjord, "manager")
    reports(bergen, 8)
    reports(sandefjord, 8, 9)

    together, alone = page(manager), page(manager, service="3907")

    assert (together.context["numbers"][0].count, alone.context["numbers"][0].count) == (3, 2)
    assert [number.count for number in every_number(alone)] == [rows(manager, number) for number in every_number(alone)]


def test_a_caseworker_is_told_who_may_see_it(client):
    assert page(client).status_code == 403


def test_the_page_takes_the_same_few_queries_however_much_there_is(busy, manager):
    page(manager)

    with CaptureQueriesContext(connection) as captured:
        page(manager)

    assert 5 <= asked(captured) <= 10
