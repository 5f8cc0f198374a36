"""A day on one sheet, and the page that says what is certainly missing."""

import csv
import io
import json

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.audit.models import Entry
from tests import scenes
from tests.deliveries.test_candidates import DAY, THURSDAY, bring_in, registered
from tests.pages import asked, signed_in

SHEET, SHORTFALL, SUGGESTIONS = (reverse(f"deliveries:{name}") for name in ("day-sheet", "shortfall", "suggestions"))


@pytest.fixture(autouse=True)
def at_a_fixed_time(db, settings):
    settings.LANGUAGE_CODE = "en"
    with time_machine.travel(scenes.NOW + 60 * DAY, tick=False):
        yield


@pytest.fixture
def bergen():
    return scenes.service("4601")


@pytest.fixture
def client(bergen):
    return signed_in(scenes.person("Anne", "caseworker", of=bergen))


def text(response):
    return " ".join(response.content.decode().split())


def ids(rows):
    return [row["id"] for row in rows]


def test_what_belongs_together_is_folded_away_and_the_rest_stands_plain(client, bergen):
    left, arrived = scenes.report(bergen), scenes.report(bergen)
    scenes.registration(bergen, at=scenes.RECEIVED, portal=scenes.Reference.objects.get(pk=arrived.pk).value, case="17")
    alone, _next_day = registered(bergen, THURSDAY, THURSDAY + DAY, codes=(11,))

    sheet = client.get(SHEET, {"day": "2024-02-01"}).context["sheet"]

    assert (ids(sheet.left), ids(sheet.tied), ids(sheet.right)) == ([left.pk], [arrived.pk], [alone.pk])
    assert (sheet.right[0]["journal"], sheet.right[0]["codes"]) == ("2024/1", "11")


def test_a_pair_is_tied_from_the_sheet_and_one_is_back_on_it(client, bergen):
    report = scenes.report(bergen)
    (registration,) = registered(bergen, THURSDAY, codes=(11,))
    here = f"{SHEET}?day=2024-02-01"

    sent = client.post(reverse("decisions:tie", args=[report.pk]), {"registration": registration.pk, "version": 0, "list": here, "sheet": "1"}, follow=True)

    assert sent.redirect_chain[-1] == (here, 302)
    assert (ids(sent.context["sheet"].left), ids(sent.context["sheet"].right)) == ([], [])
    assert len(sent.context["sheet"].tied) == 1


def test_another_services_day_is_another_sheet(client, bergen):
    scenes.report(scenes.service("3907"))

    assert client.get(SHEET, {"day": "2024-02-01", "service": "3907"}).context["sheet"].received == 0


def test_who_has_several_services_chooses_one(bergen):
    anne = scenes.person("Anne", "caseworker", of=bergen)
    scenes.accounts.grant(user=anne, role="caseworker", service=scenes.service("3907"), by=None, now=scenes.RECEIVED)

    response = signed_in(anne).get(SHEET, {"day": "2024-02-01"})

    assert response.context["sheet"] is None
    assert "A day sheet is of one service" in text(response)


@pytest.mark.parametrize("page", [SHEET, SHORTFALL])
def test_what_is_no_day_is_refused_beside_its_field(client, page):
    response = client.get(page, {"day": "31.02.2024", "first": "31.02.2024"})

    assert response.status_code == 400
    assert "Write a day as dd.mm.yyyy." in text(response)


def test_the_sheet_takes_seven_queries_and_the_shortfall_nine_however_full_they_are(client, bergen):
    for _ in range(3):
        scenes.report(bergen)
    registered(bergen, THURSDAY, THURSDAY, codes=(11,))
    client.get(SHEET)

    with CaptureQueriesContext(connection) as sheet:
        client.get(SHEET, {"day": "2024-02-01"})
    with CaptureQueriesContext(connection) as shortfall:
        client.get(SHORTFALL, {"first": "2024-01-01"})

    assert (asked(sheet), asked(shortfall)) == (7, 9)


def test_a_day_is_taken_out_as_a_file_that_computes_nothing_and_the_trail_is_told(client, bergen):
    report = scenes.report(bergen)
    registered(bergen, THURSDAY, codes=(11,), journal="=2024")

    file = client.get(SHEET, {"day": "2024-02-01", "format": "csv"})
    headings, received, alone, _blank, *about = csv.reader(io.StringIO(file.getvalue().decode("utf-8-sig"), newline=""), delimiter=";")

    assert headings[:4] == ["Side", "Part", "Time", "Reference"]
    assert received[:4] == ["Received", "Nothing shows that these arrived", "01.02.2024 10:12", scenes.Reference.objects.get(pk=report.pk).value]
    assert (alone[0], alone[-2:]) == ("Registered without a carrier's reference", ["'=2024/1", "11"])
    assert about[0] == ["List", "Day sheet, Bergen, 01.02.2024"]
    told = json.loads(Entry.objects.get(verb="exported").text)["details"]
    assert told == {"count": 2, "filter": {"day": "2024-02-01"}, "list": SHEET}


def test_who_may_not_take_lists_out_gets_no_file_of_a_day(bergen):
    reviewer = signed_in(scenes.person("Siri", "reviewer", of=bergen))

    assert reviewer.get(SHEET, {"day": "2024-02-01", "format": "csv"}).status_code == 403
    assert "Your roles do not let you take this list out" in text(reviewer.get(SHEET))


def test_what_is_certainly_missing_is_said_with_the_reasoning(client, bergen):
    for _ in range(3):
        scenes.report(bergen, received=scenes.RECEIVED + DAY)
    registered(bergen, THURSDAY, THURSDAY + 40 * DAY, codes=(11,), now=scenes.NOW + 50 * DAY)

    response = client.get(SHORTFALL, {"first": "2024-02-02", "last": "2024-02-10", "within": "10"})

    assert "Of 3 reports with a receipt, at least 2 were not registered within 10 working days." in text(response)
    assert "At most 1 of the reports can be among those, so 2 are not." in text(response)


def test_days_that_the_case_systems_data_do_not_cover_are_left_out_and_told(client, bergen):
    scenes.report(bergen)

    response = client.get(SHORTFALL, {"first": "2024-02-01", "last": "2024-02-10"})

    assert "1 more report is not counted" in text(response)


def test_open_reports_are_listed_with_the_nearest_registration(client, bergen, django_assert_max_num_queries):
    report, private = scenes.report(bergen), scenes.report(bergen, kind="PRIVAT")
    registered(bergen, THURSDAY + DAY, THURSDAY, codes=(11,))
    client.get(SUGGESTIONS)

    with django_assert_max_num_queries(10):
        response = client.get(SUGGESTIONS)

    rows = {row.record["id"]: row.record["candidates"] for row in response.context["table"].paginated_rows}
    assert [one.registration.gap for one in rows[report.pk].shown] == [0]
    assert (rows[report.pk].rivals.reports, rows[report.pk].rivals.registrations) == (1, 2)
    assert rows[private.pk].shown == []
    assert "2024/2" in text(response)


def test_an_old_kostra_file_says_what_was_never_registered_in_its_year(client, bergen):
    """Ten reports of March 2022 and seven registrations of that spring; the file knows no id but its own."""
    received = scenes.RECEIVED.replace(year=2022, month=3)
    rows = [
        {"bekymringsmeldingId": scenes.uuid(), "innsendt": scenes.wall(received + number * DAY), "skjemaType": "OFFENTLIG", "antallBarn": 1}
        for number in range(10)
    ]
    scenes.bring_in(bergen, "portal-list", *rows)
    told = "".join(
        f'<Individ Id="{number}" Journalnummer="22/{number}"><Melding Id="1" StartDato="{day}" SluttDato="2022-12-01" Konklusjon="1">'
        '<Melder Kode="11"/></Melding></Individ>'
        for number, day in enumerate(["2022-01-03", *(f"2022-03-{day:02}" for day in range(2, 8)), "2022-12-20"])
    )
    office = f'<Avgiver Organisasjonsnummer="964338531" Kommunenummer="{bergen.code}" Versjon="2022"/>'
    bring_in(bergen, "kostra-xml", f"<Barnevern>{office}{told}</Barnevern>".encode())

    response = client.get(SHORTFALL, {"first": "2022-03-01", "last": "2022-03-31", "within": "30"})

    assert "Of 10 reports with a receipt, at least 4 were not registered within 30 working days." in text(response)
