"""Files and attributes go when their time is over, no sooner, and never what was counted or decided by them."""

import json
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from apps.audit.models import Entry
from apps.deliveries import actions as deliveries
from apps.deliveries.models import Delivery
from apps.feeds import actions as feeds
from apps.ledger import stored
from apps.ledger.models import Chunk, Import, Particulars, StoredBytes
from config.embedded import RUNTIME
from tests import scenes

pytestmark = pytest.mark.django_db

HALF_A_YEAR, FIVE_YEARS = timedelta(hours=4320), timedelta(hours=43800)
ROW = {"bekymringsmeldingId": "11111111-1111-4111-8111-111111111111", "innsendt": "2021-02-01T10:12:00", "skjemaType": "PRIVAT", "antallBarn": 2}
LONG_AGO = scenes.RECEIVED - timedelta(days=3 * 365)


@pytest.fixture
def bergen():
    return scenes.service("4601")


@pytest.fixture
def imported(bergen):
    """A file of three years before the scenes, which is more than five years ago today."""
    return scenes.bring_in(bergen, "portal-list", {**ROW, "virksomhetOrgnr": "964338531"}, now=LONG_AGO)


def states():
    return list(Delivery.objects.order_by("pk").values_list("state", "children", "reporter"))


def test_a_file_is_kept_for_as_long_as_its_policy_says(imported):
    feeds.remove_due(now=LONG_AGO + HALF_A_YEAR - timedelta(seconds=1))

    assert Chunk.objects.exists()


def test_then_its_bytes_go_and_its_hash_and_accounts_stay_as_a_tombstone(imported):
    now = LONG_AGO + HALF_A_YEAR

    assert feeds.remove_due(now=now) == 1

    kept = StoredBytes.objects.get()
    assert not Chunk.objects.exists()
    assert (kept.removed_at, kept.removed_by, len(kept.sha256)) == (now, "file_retention", 64)
    assert Import.objects.get().accepted == 1
    with pytest.raises(stored.BytesRemoved):
        stored.open_stored(kept)


def test_a_file_that_is_still_to_be_read_is_not_let_go_of(imported, bergen):
    Import.objects.update(state="needs_a_person")

    assert feeds.remove_due(now=LONG_AGO + HALF_A_YEAR) == 0
    assert Chunk.objects.exists()


def test_attributes_go_later_and_what_the_fold_says_stays(imported):
    before = states()
    assert Particulars.objects.get().attributes

    feeds.remove_due(now=LONG_AGO + FIVE_YEARS)

    assert Particulars.objects.get().attributes == {}
    assert states() == before


def test_everything_still_verifies_afterwards(imported):
    feeds.remove_due(now=timezone.now())

    call_command("verify")


def test_the_trail_is_told_how_many_and_of_which_service(imported, bergen):
    now = timezone.now()

    feeds.remove_due(now=now)

    entry = Entry.objects.get(verb="removed")
    assert (entry.service_id, entry.actor) == (bergen.pk, "worker")
    assert '"files":1' in entry.text.replace(" ", "")
    assert '"attributes":1' in entry.text.replace(" ", "")


def test_when_nothing_is_due_nothing_is_told(imported):
    feeds.remove_due(now=LONG_AGO)

    assert not Entry.objects.filter(verb="removed").exists()


def test_the_same_file_again_is_the_same_import_though_its_bytes_are_gone(imported, bergen):
    feeds.remove_due(now=timezone.now())

    again = scenes.bring_in(bergen, "portal-list", {**ROW, "virksomhetOrgnr": "964338531"}, now=timezone.now())

    assert again == imported
    assert StoredBytes.objects.count() == 1


def test_the_same_words_in_another_file_are_not_taken_in_again(imported, bergen):
    feeds.remove_due(now=timezone.now())

    scenes.bring_in(
        bergen,
        "portal-list",
        {**ROW, "virksomhetOrgnr": "964338531"},
        {**ROW, "virksomhetOrgnr": "964338531", "innsendt": "2021-02-02T10:12:00"},
        now=timezone.now(),
    )

    assert Particulars.objects.get().attributes == {}
    call_command("verify")


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE ledger_storedbytes SET removed_at = stored_at + interval '1 hour', removed_by = 'file_retention'",
        "UPDATE ledger_storedbytes SET removed_at = stored_at + interval '1 year', removed_by = 'no such policy'",
        "UPDATE ledger_storedbytes SET removed_at = clock_timestamp() + interval '1 year', removed_by = 'file_retention'",
        "DELETE FROM ledger_chunk",
    ],
    ids=["too soon", "by no policy", "in the future", "without a tombstone"],
)
def test_the_database_lets_go_of_no_bytes_before_their_time(imported, change):
    with pytest.raises(DatabaseError, match="Cannot (update|delete)"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(change)


def test_a_tombstone_is_never_changed(imported):
    feeds.remove_due(now=timezone.now())

    with pytest.raises(DatabaseError, match="Cannot update"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE ledger_storedbytes SET removed_at = removed_at - interval '1 day'")


def test_bytes_that_are_gone_without_a_tombstone_break_an_invariant(imported, capsys):
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("RESET ROLE; ALTER TABLE ledger_chunk DISABLE TRIGGER USER; DELETE FROM ledger_chunk; ALTER TABLE ledger_chunk ENABLE TRIGGER USER")
        cursor.execute(f"SET ROLE {RUNTIME}")

    with pytest.raises(SystemExit):
        call_command("verify")

    assert "I14" in capsys.readouterr().out


def test_what_a_status_means_does_not_change_when_attributes_go(bergen):
    statuses = [{"status": "SENDT", "lastUpdate": "2021-02-01T10:12:00+01:00"}, {"status": "LEST", "lastUpdate": "2021-02-01T11:12:00+01:00"}]
    message = {"messageId": scenes.uuid(), "serviceIdentifier": "DPV", "senderIdentifier": "310000003", "messageStatuses": statuses}
    scenes.bring_in_file(bergen, "eformidling", "messages.json", json.dumps(message), now=LONG_AGO)
    opened = list(Delivery.objects.values_list("opened_at", flat=True))

    feeds.remove_due(now=timezone.now())
    deliveries.rebuild(now=timezone.now())

    assert list(Delivery.objects.values_list("opened_at", flat=True)) == opened != [None]
    assert {name for said in Particulars.objects.values_list("attributes", flat=True) for name in said} == {"serviceIdentifier"}
