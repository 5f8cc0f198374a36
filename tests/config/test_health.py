"""What machines ask of Framme, and what they are told when something does not hold."""

from datetime import timedelta

import pytest
from django.db import OperationalError
from django.test import Client

from apps.feeds.models import Feed
from apps.ledger.models import Import, Owed, Work
from apps.watch import actions, queries
from apps.watch.models import Pulse
from tests import scenes

pytestmark = pytest.mark.django_db
LISTED = {"bekymringsmeldingId": "0b0e7a1c-5555-4555-8555-555555555555", "innsendt": "2024-02-01T10:00:00"}


@pytest.fixture(autouse=True)
def clock(time_machine):
    time_machine.move_to(scenes.NOW, tick=False)


@pytest.fixture
def machine():
    return Client()


def ready(machine):
    answer = machine.get("/readyz")
    return answer.status_code, {check["name"]: check for check in answer.json()["checks"]}


def expected_daily(feed):
    Feed.objects.filter(pk=feed.pk).update(expected_every=1)


def test_a_process_that_lives_says_so_to_anybody(machine):
    assert (machine.get("/healthz").status_code, machine.get("/healthz").content) == (200, b"alive\n")


def test_everything_holds_when_the_worker_has_just_looked(machine):
    actions.beat(now=scenes.NOW)

    status, checks = ready(machine)

    assert status == 200
    assert all(check["ok"] for check in checks.values())


def test_a_worker_that_never_looked_or_stopped_looking_is_noticed(machine):
    never, _ = ready(machine)
    actions.beat(now=scenes.NOW - timedelta(minutes=4))
    stopped, checks = ready(machine)

    assert (never, stopped) == (503, 503)
    assert not checks["worker"]["ok"]


def test_work_that_is_owed_for_more_than_an_hour_is_noticed(machine):
    scenes.bring_in(scenes.service("4601"), "portal-list", LISTED)
    brought_in = Import.objects.get()
    Owed.objects.create(service=brought_in.service, work=Work.FOLD, feed_import=brought_in, part=1, homes=[1], owed_since=scenes.NOW - timedelta(minutes=61))
    actions.beat(now=scenes.NOW)

    status, checks = ready(machine)

    assert status == 503
    assert (checks["owed"]["ok"], checks["owed"]["count"]) == (False, 1)


def test_a_silent_feed_is_told_and_makes_no_machine_less_ready(machine):
    scenes.bring_in(scenes.service("4601"), "portal-list", LISTED)
    expected_daily(Feed.objects.get())
    actions.beat(now=scenes.NOW + timedelta(days=3))
    Pulse.objects.update(at=scenes.NOW)

    status, checks = ready(machine)

    assert status == 200
    assert (checks["feeds"]["ok"], checks["feeds"]["silent"]) == (False, 1)


def test_migrations_that_were_not_applied_are_noticed(machine, monkeypatch):
    monkeypatch.setattr(queries, "_unapplied", lambda: 2)

    status, checks = ready(machine)

    assert (status, checks["migrations"]["unapplied"]) == (503, 2)


def test_a_database_that_does_not_answer_is_told_and_no_error(machine, monkeypatch):
    def refuse():
        raise OperationalError("connection refused by 10.0.0.7")

    monkeypatch.setattr(queries, "_unapplied", refuse)
    answer = machine.get("/readyz")

    assert answer.status_code == 503
    assert answer.json()["checks"] == [{"name": "database", "ok": False, "error": "OperationalError"}]


@pytest.mark.parametrize(("held", "given"), [("", ""), ("", "Bearer "), ("secret", ""), ("secret", "Bearer other")])
def test_figures_are_for_whoever_holds_the_token(machine, settings, held, given):
    settings.METRICS_TOKEN = held

    assert machine.get("/metrics", headers={"authorization": given}).status_code == 404


def test_figures_tell_what_was_found_and_leave_out_what_nobody_knows(machine, settings):
    settings.METRICS_TOKEN = "secret"
    actions.beat(now=scenes.NOW)

    told = machine.get("/metrics", headers={"authorization": "Bearer secret"}).text

    assert "framme_worker_ok 1.0" in told
    assert "framme_owed 0.0" in told
    assert "framme_oldest_owed_age_seconds" not in told
