"""The wrong file taken back: as if it had never come, and still in the history."""

from datetime import timedelta

import pytest
from django.core.management import call_command
from django.urls import reverse

from apps.accounts.roles import Role
from apps.audit.models import Entry
from apps.audit.verbs import Verb
from apps.decisions import actions as decisions
from apps.deliveries import actions as deliveries
from apps.deliveries.models import Delivery
from apps.deliveries.states import State
from apps.feeds import undoing
from apps.feeds.actions import ReasonNotKept
from apps.feeds.models import Rejection
from apps.ledger.actions import NotUndoable
from apps.ledger.models import Coverage, Event, Import, ImportState
from apps.reports import queries as reports
from tests import scenes

pytestmark = pytest.mark.django_db

LATER = scenes.NOW + timedelta(hours=2)
MUCH_LATER = scenes.NOW + timedelta(hours=4)


@pytest.fixture
def bergen():
    return scenes.service("4601")


@pytest.fixture
def anne(bergen):
    return scenes.person("Anne", Role.IMPORT_ADMINISTRATOR, Role.CASEWORKER, of=bergen)


def undo(feed_import, by, *, now=LATER, reason="Feil fil: den gjelder en annen måned."):
    undoing.undo(feed_import=feed_import, reason=reason, by=by, now=now)
    deliveries.reconcile_owed(now=now)


def row(portal):
    return {"bekymringsmeldingId": portal, "innsendt": scenes.wall(scenes.RECEIVED)}


def verify():
    call_command("verify")


def test_a_message_that_only_the_undone_file_told_of_is_no_message_any_more(bergen, anne):
    done = scenes.bring_in(bergen, "portal-list", row(scenes.uuid()))

    undo(done, anne)

    assert not Delivery.objects.exists()
    assert Event.objects.filter(feed_import=done).count() == 1
    verify()


def test_a_registration_that_the_undone_file_told_of_proves_nothing_any_more(bergen, anne):
    portal = Event.objects.get(reference__delivery=scenes.report(bergen).pk).reference.value
    log = scenes.registration(bergen, at=scenes.RECEIVED, case="17", portal=portal)
    assert scenes.known_as(portal).state == State.ARRIVED

    undo(log, anne)

    assert scenes.known_as(portal).state == State.UNCONFIRMED
    assert scenes.known_as(portal).case_count == 0
    assert not Coverage.objects.exists()
    verify()


def test_what_another_file_said_too_goes_on_standing(bergen, anne):
    portal = scenes.uuid()
    first = scenes.bring_in(bergen, "portal-list", row(portal))
    again = scenes.bring_in(bergen, "portal-list", row(portal), row(scenes.uuid()))
    assert (again.accepted, again.duplicate) == (1, 1)

    undo(first, anne)

    assert scenes.known_as(portal).state == State.UNCONFIRMED
    assert Delivery.objects.count() == 2
    verify()

    undo(again, anne, now=MUCH_LATER)

    assert not Delivery.objects.exists()
    verify()


def test_the_same_file_may_come_again_and_its_lines_are_accepted_as_at_first(bergen, anne):
    portal = scenes.uuid()
    first = scenes.bring_in(bergen, "portal-list", row(portal))
    undo(first, anne)

    again = scenes.bring_in(bergen, "portal-list", row(portal), now=MUCH_LATER)

    assert again.pk != first.pk
    assert (again.accepted, again.duplicate) == (1, 0)
    assert scenes.known_as(portal).state == State.UNCONFIRMED
    verify()


def test_what_was_taken_back_twice_may_come_a_third_time(bergen, anne):
    portal = scenes.uuid()
    for later in range(3):
        done = scenes.bring_in(bergen, "portal-list", row(portal), now=scenes.NOW + timedelta(hours=later))
        assert (done.accepted, done.duplicate) == (1, 0)
        if later < 2:
            undo(done, anne, now=scenes.NOW + timedelta(hours=later))

    assert Delivery.objects.count() == 1
    verify()


def test_figures_known_before_the_undoing_still_show_what_was_known(bergen, anne):
    done = scenes.bring_in(bergen, "portal-list", row(scenes.uuid()))
    undo(done, anne)

    before = reports.recomputed(as_of=LATER, known_at=LATER - timedelta(hours=1))
    after = reports.recomputed(as_of=LATER, known_at=LATER)

    assert (before.total(), after.total()) == (1, 0)
    assert reports.recomputed(as_of=LATER, known_at=None).total() == 0


def test_rejected_lines_of_an_undone_file_wait_for_nobody(bergen, anne):
    done = scenes.bring_in(bergen, "portal-list", row(scenes.uuid()))
    Rejection.objects.create(service=bergen, feed_import=done, line=9, code="not_uuid")

    undo(done, anne)

    assert not Rejection.objects.open().exists()


def test_it_stays_in_the_history_with_who_when_and_why(bergen, anne, client):
    done = scenes.bring_in(bergen, "portal-list", row(scenes.uuid()))
    client.force_login(anne)

    asked = client.get(reverse("imports:undo", args=[done.pk]))
    told = client.post(reverse("imports:undo", args=[done.pk]), {"reason": "Feil måned."}, follow=True)

    assert asked.context["consequences"] == undoing.Consequences(falling=1, standing=0, messages=1, vanishing=1, rejected=0, decided=0)
    assert "Feil måned." in told.content.decode()
    assert anne.email in told.content.decode()
    assert client.get(reverse("imports:list", args=["undone"])).context["table"].rows
    assert Entry.objects.filter(verb=Verb.UNDID).exists()


def test_what_was_decided_meanwhile_is_listed_for_a_look(bergen, anne, client):
    report = scenes.report(bergen)
    done = Import.objects.get()
    noted = {"reason": "Ringt.", "channel": "phone", "day": scenes.NOW.date()}
    decisions.decide(delivery=report, outcome="note", fields=noted, by=anne, now=scenes.NOW + timedelta(hours=1), expected_version=0)

    client.force_login(anne)
    asked = client.get(reverse("imports:undo", args=[done.pk]))
    assert asked.context["consequences"].decided == 1
    assert [event.native for event in asked.context["decided_meanwhile"]] == ["note"]
    undo(done, anne)

    page = client.get(reverse("imports:detail", args=[done.pk]))
    assert [event.native for event in page.context["decided_meanwhile"]] == ["note"]


@pytest.mark.parametrize("reason", ["", "  ", "x" * 1001, "Gjelder 01817512345"])
def test_a_reason_is_asked_for_and_no_identity_number_is_kept_in_it(bergen, anne, client, reason):
    done = scenes.bring_in(bergen, "portal-list", row(scenes.uuid()))
    client.force_login(anne)

    page = client.post(reverse("imports:undo", args=[done.pk]), {"reason": reason})

    assert page.status_code == 422
    assert Import.objects.get(pk=done.pk).state == ImportState.COMPLETE
    with pytest.raises(ReasonNotKept):
        undo(done, anne, reason=reason)


def test_nothing_is_taken_back_twice(bergen, anne, client):
    done = scenes.bring_in(bergen, "portal-list", row(scenes.uuid()))
    undo(done, anne)

    with pytest.raises(NotUndoable):
        undo(done, anne)
    client.force_login(anne)
    assert client.post(reverse("imports:undo", args=[done.pk]), {"reason": "Igjen."}).status_code == 302


def test_only_who_may_bring_in_files_may_take_them_back(bergen, client):
    done = scenes.bring_in(bergen, "portal-list", row(scenes.uuid()))
    client.force_login(scenes.person("Berit", Role.MANAGER, of=bergen))

    assert client.post(reverse("imports:undo", args=[done.pk]), {"reason": "Feil."}).status_code in (403, 404)
    assert Import.objects.get(pk=done.pk).state == ImportState.COMPLETE
