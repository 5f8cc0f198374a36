"""Owed work: one at a time, by lease and fencing number, tried three times, and never out of sight."""

import io
from datetime import timedelta

import pytest

from apps.deliveries.models import Delivery
from apps.feeds import actions as feeds
from apps.feeds import catalogue, turns
from apps.ledger import actions as ledger
from apps.ledger import queries
from apps.ledger.models import Event, Import, ImportState, Owed, Reference, Work
from tests import scenes

pytestmark = pytest.mark.django_db

NOW = scenes.NOW
LATER = NOW + ledger.LEASE + timedelta(microseconds=1)
ROW = b"bekymringsmeldingId;innsendt\n11111111-1111-4111-8111-111111111111;2024-02-01T10:12:00\n"


@pytest.fixture
def waiting():
    """A file that was received and that nobody has taken."""
    received = feeds.receive_file(service=scenes.service(), format="portal-list", file_name="fil.csv", stream=io.BytesIO(ROW), by="test", now=NOW)
    return received.feed_import


def run(feed_import, now=NOW) -> Import:
    return feeds.run(feed_import_id=feed_import.pk, clock=lambda: now)


def owed(feed_import) -> Owed:
    return Owed.objects.get(feed_import=feed_import, work=Work.IMPORT)


def rings(now) -> int:
    return feeds.sweep(now=now)


class Killed(BaseException):
    """As if the process ended here: nothing in the application catches it."""


@pytest.fixture
def deadly(monkeypatch):
    """Each try of an import ends in the middle of its file, after the first record."""

    def parse(reading):
        yield from catalogue_parse(reading)
        raise Killed

    catalogue_parse = catalogue.FORMATS["portal-list"].parse
    monkeypatch.setitem(catalogue.FORMATS, "portal-list", catalogue.FORMATS["portal-list"]._replace(parse=parse))


def killed(feed_import, now=NOW) -> None:
    with pytest.raises(Killed):
        run(feed_import, now)


def test_work_that_is_held_is_not_given_to_another(waiting):
    assert ledger.claim(owed=owed(waiting), now=NOW)
    assert ledger.claim(owed=owed(waiting), now=NOW) is None
    assert ledger.claim(owed=owed(waiting), now=NOW + ledger.LEASE) is None
    assert rings(NOW + ledger.LEASE) == 0


def test_work_whose_lease_ran_out_is_given_again_with_a_higher_fencing_number(waiting):
    first = ledger.claim(owed=owed(waiting), now=NOW)
    assert rings(LATER) == 1

    second = ledger.claim(owed=owed(waiting), now=LATER)

    assert second.fence > first.fence


def test_who_lost_the_claim_cannot_complete_refuse_or_lengthen(waiting):
    late = ledger.claim(owed=owed(waiting), now=NOW)
    ledger.claim(owed=owed(waiting), now=LATER)

    accounts = ledger.Accounts(counted=0, read=0, accepted=0, duplicate=0, rejected=0)
    with pytest.raises(ledger.LostClaim):
        ledger.complete(owed=late, accounts=accounts, warnings=[], covers=False, now=LATER)
    with pytest.raises(ledger.LostClaim):
        ledger.refuse(owed=late, code="broken_json", details={}, warnings=[], now=LATER)
    assert not ledger.lengthen(owed=late, done=1, now=LATER)


def test_an_import_that_was_taken_over_meanwhile_leaves_nothing(waiting, monkeypatch):
    original = catalogue.FORMATS["portal-list"]

    def slow(reading):
        yield from original.parse(reading)
        assert ledger.claim(owed=owed(waiting), now=LATER)

    monkeypatch.setitem(catalogue.FORMATS, "portal-list", original._replace(parse=lambda reading: list(slow(reading))))

    done = run(waiting)

    assert done.state == ImportState.RUNNING
    assert not Event.objects.exists() and not Reference.objects.exists()
    assert Owed.objects.filter(feed_import=waiting, work=Work.FOLD).count() == 0


def test_a_killed_import_leaves_nothing_and_is_found_when_its_lease_ran_out(waiting, deadly, monkeypatch):
    killed(waiting)

    waiting.refresh_from_db()
    assert waiting.state == ImportState.RUNNING
    assert not Event.objects.exists() and not Reference.objects.exists() and not Delivery.objects.exists()
    assert rings(NOW) == 0
    assert rings(LATER) == 1

    monkeypatch.undo()
    assert run(waiting, LATER).state == ImportState.COMPLETE
    assert Event.objects.count() == 1
    assert not Owed.objects.filter(work=Work.IMPORT).exists()


def test_three_failed_tries_need_a_person_and_are_not_tried_again(waiting, deadly):
    now = NOW
    for _ in range(3):
        assert rings(now) == 1
        killed(waiting, now)
        now += ledger.LEASE + timedelta(seconds=1)

    assert rings(now) == 0
    waiting.refresh_from_db()
    assert waiting.state == ImportState.NEEDS_A_PERSON
    assert waiting in Import.objects.never_completed()
    assert run(waiting, now).state == ImportState.NEEDS_A_PERSON
    assert owed(waiting).tries == 3


def test_a_person_may_ask_for_three_new_tries(waiting, deadly, monkeypatch):
    now = NOW
    for _ in range(3):
        killed(waiting, now)
        now += ledger.LEASE + timedelta(seconds=1)
    rings(now)
    monkeypatch.undo()

    feeds.try_again(feed_import=waiting, by=None, now=now)

    assert run(waiting, now).state == ImportState.COMPLETE


def test_a_complete_import_is_not_done_again(waiting):
    done = run(waiting)

    assert run(waiting, LATER) == done
    assert (Event.objects.count(), rings(LATER)) == (1, 0)


def test_what_an_import_touched_is_owed_until_it_is_reconciled(waiting):
    run(waiting)
    assert queries.unclaimed(work=Work.FOLD, now=NOW).count() == 1

    scenes.deliveries.reconcile_owed(now=NOW)

    assert not Owed.objects.exists()
    assert Delivery.objects.count() == 1


def test_what_other_files_of_the_service_may_tell_more_of_waits_until_they_are_read_but_not_for_long(waiting):
    other = received(scenes.service(), 2)
    elsewhere = received(scenes.service("3203"), 3)
    run(waiting)

    folded_while_owed = scenes.deliveries.reconcile_owed(now=NOW, waits_for_files=True)
    folded_by_a_command = scenes.deliveries.reconcile_owed(now=NOW)
    run(elsewhere)
    folded_elsewhere = scenes.deliveries.reconcile_owed(now=NOW, waits_for_files=True)
    run(other)
    folded_when_read = scenes.deliveries.reconcile_owed(now=NOW, waits_for_files=True)

    assert (folded_while_owed, folded_by_a_command, folded_elsewhere, folded_when_read) == (0, 1, 1, 1)


def test_what_is_owed_for_long_waits_for_no_other_file(waiting):
    received(scenes.service(), 2)
    run(waiting)

    assert scenes.deliveries.reconcile_owed(now=NOW + scenes.deliveries.PATIENCE, waits_for_files=True) == 1


def test_a_refused_import_is_no_longer_owed():
    received = feeds.receive_file(service=scenes.service(), format="portal-list", file_name="x", stream=io.BytesIO(b"a;b\n1;2\n"), by="test", now=NOW)

    assert run(received.feed_import).state == ImportState.REFUSED
    assert not Owed.objects.exists()


def received(service, number) -> Import:
    row = ROW.replace(b"11111111-1111", f"{number:08}-1111".encode())
    return feeds.receive_file(service=service, format="portal-list", file_name="fil.csv", stream=io.BytesIO(row), by="test", now=NOW).feed_import


@pytest.fixture
def rung(monkeypatch):
    """The imports that were rung for."""
    heard = []
    monkeypatch.setattr(feeds, "ring", lambda task, *ids: heard.extend(ids) if task == "feeds.run_import" else None)
    return heard


def turn(feed_import, now=NOW) -> str:
    turns.take(feed_import_id=feed_import.pk, clock=lambda: now)
    return Import.objects.get(pk=feed_import.pk).state


def test_many_files_of_one_service_do_not_keep_another_waiting(rung):
    bergen, trondheim = scenes.service("4601"), scenes.service("5001")
    first, second, third = (received(bergen, number) for number in (1, 2, 3))
    theirs = received(trondheim, 4)
    ledger.claim(owed=owed(first), now=NOW)

    assert turn(second) == ImportState.RECEIVED
    assert turn(theirs) == ImportState.COMPLETE
    assert turn(second) == ImportState.COMPLETE
    assert rung[-1] == third.pk


def test_who_died_at_a_file_makes_nobody_give_way_for_long(rung):
    bergen, trondheim = scenes.service("4601"), scenes.service("5001")
    first, second, _theirs = received(bergen, 1), received(bergen, 2), received(trondheim, 3)
    ledger.claim(owed=owed(first), now=NOW)

    assert turn(second) == ImportState.RECEIVED
    assert turn(second, LATER) == ImportState.COMPLETE
    assert rung[-1] == first.pk
