"""A number that cannot be told says so, and is never 0: on pages and in files, of figures, the roll-up, the overview and statements."""

import csv
import io

import pytest
from django.urls import reverse

from apps.reports import rollup
from apps.reports.untold import NO_CASE_SYSTEM, NOT_REPORTED, NOT_STATED, Sources, why
from tests.pages import grant, signed_in
from tests.statements.told import issue

BOTH_WAYS = frozenset({"inbound", "outbound"})


@pytest.fixture(autouse=True)
def _english(settings):
    settings.LANGUAGE_CODE = "en"


@pytest.mark.parametrize(
    ("figure", "part", "direction", "count", "come", "told"),
    [
        ("deliveries", "", "outbound", 0, Sources(frozenset({"inbound"}), True), NOT_REPORTED),
        ("deliveries", "", "inbound", 0, Sources(frozenset({"inbound"}), True), ""),
        ("deliveries", "", "inbound", 2, Sources(), ""),  # a reporter called
        ("states", "arrived", "inbound", 0, Sources(BOTH_WAYS), NO_CASE_SYSTEM),
        ("states", "arrived", "outbound", 0, Sources(BOTH_WAYS), ""),
        ("states", "removed", "inbound", 0, Sources(BOTH_WAYS), ""),
        ("late", "", "inbound", 0, Sources(BOTH_WAYS), NO_CASE_SYSTEM),
        ("late", "", "inbound", 0, Sources(BOTH_WAYS, True), ""),
        ("children", "", "inbound", 0, Sources(BOTH_WAYS, True), NOT_STATED),
        ("children", "", "inbound", 3, Sources(BOTH_WAYS, True), ""),
    ],
)
def test_a_number_is_none_only_where_something_came_that_could_tell_it(figure, part, direction, count, come, told):
    assert why(figure=figure, part=part, direction=direction, count=count, messages=2, come=come) == told


def test_no_children_of_no_messages_are_none():
    assert why(figure="children", part="", direction="inbound", count=0, messages=0, come=Sources(BOTH_WAYS, True)) == ""


@pytest.fixture
def told_of(scenes, bergen):
    """Six reports of which no record states any children; nothing of the case system, and nothing from the service."""
    for _ in range(6):
        scenes.report(bergen, children="")


def numbers(response):
    """The first number of each figure, to the service and from it."""
    sections = response.context["sections"]
    return {section.figure["name"] if isinstance(section.figure, dict) else section.figure.name: section.rows[0].numbers for section in sections}


def rows(response):
    return list(csv.reader(io.StringIO(response.getvalue().decode("utf-8-sig"), newline=""), delimiter=";"))


def test_figures_and_statements_say_what_they_cannot_tell_on_the_page_and_in_files(scenes, bergen, told_of):
    manager = scenes.person("Lena", "manager", of=bergen)
    client = signed_in(manager)
    statement = reverse("statements:detail", args=[issue(bergen, by=manager).pk])

    for page in (reverse("reports:figures"), statement):
        response = client.get(page)
        shown = numbers(response)
        assert {outbound.untold for _inbound, outbound in shown.values()} == {NOT_REPORTED}
        assert [shown[name][0].untold for name in ("deliveries", "late", "children")] == ["", NO_CASE_SYSTEM, NOT_STATED]
        assert shown["deliveries"][0].count == 6
        assert "Not reported" in response.content.decode()
        file = [row for row in rows(client.get(page, {"format": "csv"})) if "From the service" in row]
        assert file
        assert all("Not reported" in row and "0" not in row for row in file)
        assert client.get(page, {"format": "xlsx"}).status_code == 200
    assert client.get(statement, {"format": "pdf"}).content.startswith(b"%PDF")


def test_the_overview_of_what_nothing_told_of_shows_no_number(scenes, bergen, told_of):
    client = signed_in(scenes.person("Lena", "manager", of=bergen))

    outbound, inbound = (client.get(reverse("overview:page"), {"direction": direction}) for direction in ("outbound", "inbound"))

    assert (outbound.context["is_untold"], inbound.context["is_untold"]) == (True, False)
    assert "figure__number" not in outbound.content.decode()


def test_the_roll_up_knows_what_was_not_reported_in_one_direction_and_which_children_nobody_states(scenes, bergen, told_of):
    nina = scenes.person("Nina", of=None)
    grant(nina, None, role="national_coordinator")
    client = signed_in(nina)

    inbound, outbound = (client.get(reverse("reports:across"), {"direction": direction}).context["found"].all for direction in ("inbound", "outbound"))
    file = rows(client.get(reverse("reports:across"), {"direction": "outbound", "format": "csv"}))

    children = [figure.name for figure in rollup.COLUMNS].index("children")
    late = [figure.name for figure in rollup.COLUMNS].index("late")
    assert [inbound.numbers[place].untold for place in (0, late, children)] == ["", NO_CASE_SYSTEM, NOT_STATED]
    assert (inbound.is_silent, outbound.is_silent) == (False, True)
    assert file[1][5:7] == ["Not reported", ""]
    national = client.get(reverse("reports:figures"), {"service": "4601"})
    assert [number.untold for number in numbers(national)["children"]] == [NOT_STATED, NOT_REPORTED]
