"""The control of a period: what a manager signs, what cannot be signed, and that what was signed stays as it was."""

from datetime import date, timedelta

import pytest
from django.urls import reverse

from apps.audit.models import Entry
from apps.feeds.models import Days, Feed
from apps.ledger.models import Reference
from apps.reports import actions, controls
from apps.reports.models import Control
from tests.pages import decide, reports, signed_in

DAY = timedelta(days=1)
FIRST, LAST = date(2024, 1, 1), date(2024, 1, 31)


@pytest.fixture
def manager(lena):
    return signed_in(lena)


@pytest.fixture
def january(scenes, bergen, caseworker):
    """Of January four reports: one arrived, one waits for a second look, two are open; and one of February."""
    arrived, decided, *_open = reports(bergen, 30, 25, 20, 10, 4)
    scenes.registration(bergen, at=arrived.first_at, portal=Reference.objects.get(delivery=arrived.pk, namespace="portal").value, case="17")
    decide(decided, caseworker)
    return bergen


def sign(service, by, scenes, first_day=FIRST, last_day=LAST, note=""):
    return actions.sign_control(service=service, first_day=first_day, last_day=last_day, note=note, by=by, now=scenes.NOW)


def refused(service, by, scenes, **asked):
    with pytest.raises(actions.Unsignable) as error:
        sign(service, by, scenes, **asked)
    return set(error.value.problems)


def test_a_control_keeps_what_came_and_what_was_open(scenes, january, lena):
    control = sign(january, lena, scenes, note="Gått gjennom med alle.")

    assert control.numbers["inbound"] | {} == {
        "received": 4,
        "arrived": 1,
        "settled": 0,
        "handed_over": 0,
        "in_transit": 0,
        "unknown": 0,
        "open": 3,
        "look_waits": 1,
    }
    assert (control.open, control.by, control.at) == (3, lena, scenes.NOW)


def test_what_was_signed_stays_when_more_becomes_known(scenes, january, lena):
    control = sign(january, lena, scenes)
    reports(january, 15)

    control.refresh_from_db()

    assert control.open == 3
    assert controls.counted(service=january, first_day=FIRST, last_day=LAST)["inbound"]["open"] == 4


def test_signing_is_told_by_the_trail(scenes, january, lena):
    sign(january, lena, scenes)

    entry = Entry.objects.get(verb="signed")
    assert (entry.person_id, entry.service_id, '"open":3' in entry.text) == (lena.pk, january.pk, True)


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"first_day": LAST, "last_day": FIRST}, "last_day"),
        ({"last_day": date(2024, 2, 8)}, "last_day"),
        ({"last_day": date(2031, 1, 1)}, "last_day"),
        ({"first_day": date(2001, 1, 1)}, "last_day"),
        ({"note": "Gjelder 01818012345."}, "note"),
        ({"note": "x" * 1001}, "note"),
    ],
)
def test_a_period_that_cannot_be_signed_is_refused_beside_the_field(scenes, bergen, lena, asked, field):
    assert refused(bergen, lena, scenes, **asked) == {field}
    assert not Control.objects.exists()


@pytest.mark.parametrize(
    ("first", "last"), [(FIRST, LAST), (date(2024, 1, 31), date(2024, 2, 3)), (date(2023, 12, 1), FIRST), (date(2024, 1, 5), date(2024, 1, 6))]
)
def test_no_day_is_signed_twice(scenes, bergen, lena, first, last):
    sign(bergen, lena, scenes)

    assert refused(bergen, lena, scenes, first_day=first, last_day=last) == {"first_day"}


def test_only_a_manager_of_the_service_signs(scenes, bergen, sandefjord, caseworker, lena):
    for service, by in ((bergen, caseworker), (sandefjord, lena)):
        with pytest.raises(actions.NotAllowed):
            sign(service, by, scenes)


# -- sources and missing days


def missing(service, first_day, last_day):
    return {source.format: [day.day for day in source.missing] for source in controls.sources(service=service, first_day=first_day, last_day=last_day)}


def test_days_between_two_entries_of_one_file_are_covered_and_those_outside_are_missing(scenes, bergen):
    reports(bergen, 12, 8)  # 27 and 31 January, in one file

    assert missing(bergen, date(2024, 1, 26), date(2024, 2, 1)) == {"portal-list": [26, 1]}


def test_each_source_has_its_own_missing_days(scenes, bergen):
    reports(bergen, 12, 8)
    scenes.registration(bergen, at=scenes.NOW - 10 * DAY)

    assert missing(bergen, date(2024, 1, 28), date(2024, 1, 30)) == {"mottakslogg": [28, 30], "portal-list": []}


def test_a_file_that_only_repeats_covers_its_days_too(scenes, bergen):
    row = {"bekymringsmeldingId": scenes.uuid(), "innsendt": scenes.wall(scenes.NOW - 12 * DAY)}
    other = {"bekymringsmeldingId": scenes.uuid(), "innsendt": scenes.wall(scenes.NOW - 8 * DAY)}
    scenes.bring_in(bergen, "portal-list", row)
    scenes.bring_in(bergen, "portal-list", other)
    assert missing(bergen, date(2024, 1, 27), date(2024, 1, 31)) == {"portal-list": [28, 29, 30]}

    scenes.bring_in(bergen, "portal-list", row, other)

    assert missing(bergen, date(2024, 1, 27), date(2024, 1, 31)) == {"portal-list": []}


def test_days_off_are_not_missing_where_files_are_expected_on_working_days(scenes, bergen):
    reports(bergen, 4)
    Feed.objects.update(expected_in=Days.WORKING)

    assert missing(bergen, date(2024, 1, 26), date(2024, 1, 29)) == {"portal-list": [26, 29]}  # a Friday and a Monday


# -- pages


def test_the_page_shows_what_would_be_signed_with_its_rows_and_then_signs(january, manager):
    period = {"service": "4601", "first_day": "2024-01-01", "last_day": "2024-01-31"}
    shown = manager.get(reverse("overview:sign"))
    assert [shown.context["form"][name].value() for name in period] == list(period.values())
    assert "Bergen, 01.01.2024-31.01.2024" in shown.content.decode()

    numbers = [cell.now for line in shown.context["lines"] for cell in line.cells]
    assert [number.count for number in numbers] == [manager.get(number.url).context["count"] for number in numbers]
    done = manager.post(reverse("overview:sign"), {**period, "note": ""})

    assert done.url == reverse("overview:control", args=[Control.objects.get().pk])
    page = manager.get(done.url)
    assert "01.01.2024-31.01.2024" in page.content.decode()
    assert [(cell.signed, cell.now.count) for line in page.context["lines"] for cell in line.cells if str(cell.now.label) and cell.signed] == [
        (4, 4),
        (1, 1),
        (3, 3),
        (1, 1),
    ]
    assert manager.get(reverse("overview:controls")).context["count"] == 1


def test_what_is_wrong_stands_beside_its_field_and_nothing_is_kept(scenes, bergen, lena, manager):
    sign(bergen, lena, scenes)

    again = manager.post(reverse("overview:sign"), {"service": "4601", "first_day": "2024-01-01", "last_day": "2024-01-31"})
    backwards = manager.get(reverse("overview:sign"), {"first_day": "2024-01-31", "last_day": "2024-01-01"})
    nonsense = manager.post(reverse("overview:sign"), {"service": "4601", "first_day": "31.02.2024", "last_day": ""})

    assert (again.status_code, list(again.context["form"].errors)) == (422, ["first_day"])
    assert (backwards.status_code, list(backwards.context["form"].errors)) == (200, ["last_day"])
    assert (nonsense.status_code, list(nonsense.context["form"].errors)) == (422, ["first_day", "last_day"])
    assert Control.objects.count() == 1


def test_another_services_control_is_not_there(scenes, bergen, sandefjord, lena):
    control = sign(bergen, lena, scenes)
    other = signed_in(scenes.person("Mads", "manager", of=sandefjord))

    assert other.get(reverse("overview:control", args=[control.pk])).status_code == 404
    assert other.get(reverse("overview:controls")).context["count"] == 0
