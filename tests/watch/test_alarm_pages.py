"""The pages of alarms."""

from datetime import timedelta

import pytest
from django.urls import reverse

from apps.accounts.roles import Role
from apps.ledger.models import Import
from apps.watch import actions
from apps.watch.models import Alarm, Arrangement
from tests import scenes
from tests.pages import alarm, reports, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def bergen():
    return scenes.service("4601")


@pytest.fixture(autouse=True)
def clock(time_machine, settings):
    settings.LANGUAGE_CODE = "en"
    time_machine.move_to(scenes.NOW, tick=False)


@pytest.fixture
def anne(bergen):
    return signed_in(scenes.person("Anne", Role.CASEWORKER, of=bergen))


def test_the_start_page_counts_the_alarms_that_its_link_lists(bergen, anne):
    alarm(bergen)

    [number] = [each for each in anne.get(reverse("today")).context["numbers"] if "status/alarms" in each.url]

    assert (number.count, number.is_alarm) == (1, True)
    assert anne.get(number.url).context["count"] == 1


def test_whoever_takes_an_alarm_on_says_until_when_and_what_they_do(bergen, anne):
    pk = alarm(bergen).pk
    page = reverse("watch:alarm", args=[pk])

    refused = anne.post(page, {"until": "2024-03-08", "reason": "Ringer."})
    taken = anne.post(page, {"until": "2024-02-10", "reason": "Ringer leverandøren."})

    assert (refused.status_code, taken.status_code) == (422, 302)
    assert "until" in refused.context["form"].errors
    assert Alarm.objects.get(pk=pk).acknowledged_until is not None
    assert "Ringer leverandøren." in anne.get(page).content.decode()


def test_an_alarm_that_has_ended_meanwhile_is_said(bergen, anne):
    pk = alarm(bergen).pk
    actions.settle(found=[], now=scenes.NOW)

    answer = anne.post(reverse("watch:alarm", args=[pk]), {"until": "2024-02-10", "reason": "Ringer."})

    assert answer.status_code == 409


def test_an_auditor_sees_an_alarm_and_cannot_take_it_on(bergen):
    pk = alarm(bergen).pk
    auditor = signed_in(scenes.person("Rune", Role.AUDITOR, of=bergen))

    assert not auditor.get(reverse("watch:alarm", args=[pk])).context["may_take_on"]
    assert auditor.post(reverse("watch:alarm", args=[pk]), {"until": "2024-02-10", "reason": "Ringer."}).status_code == 403


def test_a_manager_says_how_the_service_is_told(bergen):
    manager = signed_in(scenes.person("Lena", Role.MANAGER, of=bergen))

    wrong = manager.post(reverse("watch:arrange"), {"escalate_after": 999, "escalate_urgent_after": 2})
    right = manager.post(reverse("watch:arrange"), {"escalate_after": 8, "escalate_urgent_after": 2})

    assert (wrong.status_code, right.status_code) == (422, 302)
    assert Arrangement.objects.get(service=bergen).escalate_after == 8


def test_what_is_expected_says_for_how_long_silence_must_last(bergen, anne):
    reports(bergen, *range(1, 60, 2))
    actions.beat(now=scenes.NOW + timedelta(hours=1))

    page = anne.get(reverse("watch:rhythm")).content.decode()

    assert "Nothing stands out" in page
    assert "silent after" in page


def test_alarms_are_told_in_every_kind_of_words(bergen, anne):
    reports(bergen, *range(1, 60, 2))
    Import.objects.filter(service=bergen).update(received_at=scenes.NOW - timedelta(days=3))
    reports(bergen, 0)
    for days in (1, 60):
        actions.beat(now=scenes.NOW + timedelta(days=days))

    page = anne.get(reverse("watch:alarms")).content.decode()

    assert "chance 1 in" in page
    assert "never come" in page
