"""Figures across services as a table: what reports stands beside every number, and a message that two services know counts once."""

import csv
import io
import json
from datetime import timedelta

import pytest
from django.urls import reverse
from python_calamine import CalamineWorkbook

from apps.audit.models import Entry
from apps.audit.verbs import Verb
from apps.feeds.models import Feed
from apps.reports import rollup
from apps.reports.coverage import Reporting, Source, reporting
from apps.reports.levels import Level, groups
from apps.reports.spans import Span
from tests import scenes as made
from tests.pages import reports, signed_in

ACROSS = reverse("reports:across")


@pytest.fixture(autouse=True)
def _english(settings):
    settings.LANGUAGE_CODE = "en"


@pytest.fixture
def coordinator(nina):
    return signed_in(nina)


@pytest.fixture
def kinn(scenes):
    return scenes.service("4602")


def rows(client, **asked):
    response = client.get(ACROSS, asked)
    assert response.status_code == 200
    found = response.context["found"]
    return {group.name: group for group in [*found.groups, found.all]}


def number(group, name):
    place = [figure.name for figure in rollup.COLUMNS].index(name)
    counted = group.numbers[place]
    return counted.between or counted.count


def letter_known_to_both(sender, recipient):
    """Sent by one service with SvarUt, and received by the other."""
    sent = made.uuid()
    told = [{"id": sent, "status": "LEST", "sisteStatusEndring": "2024-02-01T10:00:00+01:00"}]
    made.bring_in_file(sender, "svarut-status", "status.json", json.dumps(told), direction="outbound")
    made.bring_in(
        recipient,
        "mottakslogg",
        {
            "forsendelseId": sent,
            "mottattTidspunkt": made.wall(made.RECEIVED),
            "lagretTidspunkt": made.wall(made.RECEIVED),
            "resultat": "mottatt",
            "fagsystemMeldingId": made.uuid(),
        },
    )


def test_services_are_grouped_by_county_police_district_municipality_and_by_themselves(scenes, bergen, sandefjord, kinn):
    assert groups(Level.COUNTY) == {bergen.pk: "Vestland", kinn.pk: "Vestland", sandefjord.pk: "Vestfold"}
    assert groups(Level.POLICE_DISTRICT) == {bergen.pk: "Vest politidistrikt", kinn.pk: "Vest politidistrikt", sandefjord.pk: "Sør-Øst politidistrikt"}
    assert groups(Level.MUNICIPALITY)[bergen.pk] == "Bergen (4601)"
    assert groups(Level.SERVICE)[bergen.pk] == "Bergen (4601)"


def test_beside_every_total_stands_how_many_report_of_how_many(scenes, bergen, sandefjord, kinn, coordinator):
    reports(bergen, *range(4, 14))

    shown = rows(coordinator, level="county")

    assert (shown["Vestland"].reporting, shown["Vestland"].expected) == (1, 2)
    assert (shown["Vestfold"].reporting, shown["Vestfold"].expected) == (0, 1)
    assert (shown["All"].reporting, shown["All"].expected) == (1, 3)
    assert number(shown["Vestland"], "deliveries") == number(shown["All"], "deliveries")


def test_not_reported_partial_and_none_look_different(scenes, bergen, sandefjord, kinn, coordinator):
    scenes.registration(bergen, at=scenes.RECEIVED, now=scenes.NOW)
    reports(kinn, *range(4, 14))

    shown = rows(coordinator, level="service")
    html = coordinator.get(ACROSS, {"level": "service"}).content.decode()

    assert shown["Sandefjord (3907)"].is_silent
    assert shown["Kinn (4602)"].is_partial  # the case system has told nothing
    assert not shown["Bergen (4601)"].is_partial and number(shown["Bergen (4601)"], "needs_a_person") == 0
    assert html.count(">–<") >= len(rollup.COLUMNS)  # a ring at the right would be read as a zero
    assert "Not reported" in html and "Partial" in html


@pytest.mark.parametrize(
    ("latest", "every", "reaches", "case_system", "told"),
    [
        (None, 1, 0, True, Reporting.NONE),
        (0, 1, 0, True, Reporting.WHOLE),
        (0, None, 0, True, Reporting.WHOLE),
        (5, 1, 0, True, Reporting.PARTIAL),  # silent
        (0, 1, 8, True, Reporting.PARTIAL),  # the case system's data end a week ago
        (0, 1, None, False, Reporting.PARTIAL),  # there are none
    ],
)
def test_a_service_reports_in_whole_in_part_or_not_at_all(latest, every, reaches, case_system, told):
    now = made.NOW
    ago = [None if days is None else now - timedelta(days=days) for days in (latest, reaches)]
    source = Source(case_system, now - timedelta(days=30), ago[0], every, False, ago[1])

    assert reporting([source], now=now) == told


def test_a_source_that_never_came_makes_a_service_partial(scenes):
    now = made.NOW
    there = Source(True, now, now, 1, False, now)

    assert reporting([there, Source(False, now, None, None, False, now)], now=now) == Reporting.PARTIAL


def test_a_message_that_sender_and_recipient_both_know_counts_once_in_both_directions_together(scenes, bergen, sandefjord, coordinator):
    for _ in range(6):
        letter_known_to_both(bergen, sandefjord)

    inbound, outbound, both = (rows(coordinator, level="county", direction=way)["All"] for way in ("inbound", "outbound", "both"))

    assert [number(group, "deliveries") for group in (inbound, outbound, both)] == [6, 6, 6]
    assert number(rows(coordinator, level="county", direction="both")["Vestland"], "deliveries") == 0


def test_messages_with_references_of_their_own_are_not_taken_for_one(scenes, bergen, sandefjord, coordinator):
    for _ in range(5):
        scenes.letter(bergen)
    reports(sandefjord, *range(4, 10))

    assert number(rows(coordinator, level="county", direction="both")["All"], "deliveries") == 11


def test_one_to_four_is_shown_as_that_and_never_as_none(scenes, bergen, coordinator):
    reports(bergen, 5, 6)

    [row] = [group for name, group in rows(coordinator, level="service").items() if name != "All"]

    assert number(row, "deliveries") == Span(1, 4)
    assert ">1-4<" in coordinator.get(ACROSS, {"level": "service"}).content.decode()


def test_the_level_the_direction_and_the_county_are_in_the_address(scenes, bergen, sandefjord, coordinator):
    assert set(rows(coordinator, level="municipality", county="Vestfold")) == {"Sandefjord (3907)", "All"}


@pytest.mark.parametrize("wrong", [{"level": "planet"}, {"direction": "up"}, {"county": "Atlantis"}])
def test_what_cannot_be_asked_is_said_beside_its_field(scenes, bergen, coordinator, wrong):
    response = coordinator.get(ACROSS, wrong)

    assert response.status_code == 400
    assert list(response.context["form"].errors) == list(wrong)


def read(response, kind):
    """The table, and what the file is about."""
    body = b"".join(response.streaming_content)
    if kind == "csv":
        lines = list(csv.reader(io.StringIO(body.decode("utf-8-sig")), delimiter=";"))
        blank = lines.index([])
        return lines[:blank], lines[blank + 1 :]
    book = CalamineWorkbook.from_filelike(io.BytesIO(body))
    table, about = (book.get_sheet_by_index(number).to_python() for number in (0, 1))
    return [[str(int(cell)) if isinstance(cell, float) else cell for cell in row] for row in table], about


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_the_file_carries_its_time_its_filter_its_coverage_and_its_definitions(scenes, bergen, sandefjord, coordinator, nina, kind):
    reports(bergen, *range(4, 14))
    reports(sandefjord, 5, 6)

    table, about = read(coordinator.get(ACROSS, {"level": "county", "format": kind}), kind)

    about = {line[0]: line[1] for line in about}
    assert about["As of"] == "08.02.2024 10:12"
    assert about["Coverage"].startswith("2 of 2 services report, 2 of them in part")
    assert all(str(figure.counts) in about[str(figure.label)] for figure in rollup.COLUMNS)
    table = {line[0]: dict(zip(table[0], line, strict=True)) for line in table[1:]}
    assert (table["Vestfold"]["All messages, at least"], table["Vestfold"]["All messages, at most"]) == ("1", "4")
    assert table["Vestfold"]["Coverage"] == "Partial"
    assert Entry.objects.filter(verb=Verb.EXPORTED, person_id=nina.pk).count() == 1


@pytest.mark.parametrize("role", ["caseworker", "manager", "auditor", "import_administrator"])
def test_nobody_but_a_national_coordinator_sees_it(scenes, bergen, role):
    assert signed_in(scenes.person("Kari", role, of=bergen)).get(ACROSS).status_code == 403


def test_the_coordinator_reads_no_source_of_a_service_either(scenes, bergen, coordinator):
    reports(bergen, 5)
    assert Feed.objects.exists()

    html = coordinator.get(ACROSS, {"level": "service"}).content.decode()

    assert "portal-list" not in html
