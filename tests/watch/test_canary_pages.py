"""Our own test messages, followed rung by rung."""

from datetime import timedelta

import pytest
from django.urls import reverse

from apps.accounts.roles import Role
from apps.watch import actions, canaries
from apps.watch.models import Alarm, What
from tests import scenes
from tests.pages import signed_in

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def bergen():
    return scenes.service("4601")


@pytest.fixture
def anne(bergen):
    return scenes.person("Anne", Role.IMPORT_ADMINISTRATOR, of=bergen)


@pytest.fixture(autouse=True)
def clock(time_machine, settings):
    settings.LANGUAGE_CODE = "en"
    time_machine.move_to(scenes.NOW, tick=False)


def posted(person, service, value):
    return signed_in(person).post(reverse("watch:canaries"), {"service": service.pk, "namespace": "portal", "value": value})


def test_the_time_to_each_rung_is_shown(bergen, anne):
    portal = scenes.uuid()
    assert posted(anne, bergen, portal.upper()).status_code == 302
    scenes.bring_in(bergen, "portal-list", {"bekymringsmeldingId": portal, "innsendt": scenes.wall(scenes.RECEIVED)})
    scenes.registration(bergen, at=scenes.RECEIVED + 3 * HOUR, portal=portal, case="17")

    [row] = signed_in(anne).get(reverse("watch:canaries")).context["rows"]

    reached = {str(rung.label): rung.after for rung in row.rungs if rung.at}
    assert reached["Receipt given"] == timedelta(0)
    assert reached["Registered"] == 3 * HOUR
    assert row.has_arrived


@pytest.mark.parametrize("typed", ["", "123", "x" * 300])
def test_what_is_no_reference_is_refused_beside_the_field(bergen, anne, typed):
    answer = posted(anne, bergen, typed)

    assert answer.status_code == 422
    assert "value" in answer.context["form"].errors


def test_what_a_source_has_told_of_waits_for_a_second_person(bergen, anne):
    portal = scenes.uuid()
    scenes.bring_in(bergen, "portal-list", {"bekymringsmeldingId": portal, "innsendt": scenes.wall(scenes.RECEIVED)})
    posted(anne, bergen, portal)
    assert [row.waits for row in canaries.followed(services=[bergen.pk])] == [True]

    posted(scenes.person("Berit", Role.MANAGER, of=bergen), bergen, portal)

    assert [row.waits for row in canaries.followed(services=[bergen.pk])] == [False]


def test_one_that_does_not_arrive_raises_an_alarm_that_ends_when_it_does(bergen, anne):
    portal = scenes.uuid()
    canaries.register(service=bergen, namespace="portal", value=portal, by=anne, now=scenes.NOW)
    actions.beat(now=scenes.NOW + 73 * HOUR)
    assert Alarm.objects.open().get(what=What.CANARY).figures == {"count": 1}

    scenes.registration(bergen, at=scenes.NOW, portal=portal, case="17", now=scenes.NOW + 74 * HOUR)
    actions.beat(now=scenes.NOW + 75 * HOUR)

    assert not Alarm.objects.open().filter(what=What.CANARY).exists()


def test_one_that_was_withdrawn_is_followed_no_more(bergen, anne):
    made = canaries.register(service=bergen, namespace="portal", value=scenes.uuid(), by=anne, now=scenes.NOW)

    answer = signed_in(anne).post(reverse("watch:canary-withdraw", args=[made.pk]))

    assert answer.status_code == 302
    assert canaries.followed(services=[bergen.pk]) == []
