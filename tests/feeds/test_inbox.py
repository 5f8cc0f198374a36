"""The watched folders: what is complete is received once, whatever happens in between, and nothing that is still being written."""

import fcntl
import io
import os
import zipfile
from datetime import timedelta
from pathlib import Path

import pytest

from apps.accounts.roles import Role
from apps.audit.models import Entry
from apps.audit.verbs import Actor, Verb
from apps.feeds import arrangements, inbox, names
from apps.feeds.models import Feed, Mishap, Taken
from apps.ledger.models import Direction, Import, ImportState
from tests import scenes

pytestmark = pytest.mark.django_db

LIST = "bekymringsmeldingId;innsendt;kommunenummer\n11111111-1111-4111-8111-111111111111;2024-02-01T10:12:00;4601\n"


class Killed(BaseException):
    """As if the process had been ended there."""


@pytest.fixture
def feed():
    bergen = scenes.service("4601")
    anne = scenes.person("Anne", Role.IMPORT_ADMINISTRATOR, of=bergen)
    return arrangements.add(service=bergen, format="portal-list", direction=Direction.INBOUND, vantage="", by=anne, now=scenes.NOW)


@pytest.fixture
def folder(feed, tmp_path, settings):
    settings.INBOX = tmp_path / "inbox"
    sweep(0)
    return settings.INBOX / names.name(feed)


def sweep(minute):
    return inbox.sweep(now=scenes.NOW + timedelta(minutes=minute))


def swept(*minutes):
    return [sweep(minute) for minute in minutes]


def lying_in(folder):
    return sorted(path.name for path in folder.iterdir() if path.is_file())


def zipped(**files):
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w") as bundle:
        for name, text in files.items():
            bundle.writestr(f"{name}.csv", text)
    return body.getvalue()


def test_the_folder_of_each_feed_is_made(feed, folder):
    assert folder.name == "4601.portal-list"
    assert folder.is_dir()


def test_a_file_that_two_sweeps_find_the_same_is_received_and_moved(feed, folder):
    (folder / "list.csv").write_text(LIST)

    dealt_with = swept(1, 2, 3)

    made = Import.objects.get()
    assert dealt_with == [0, 1, 0]
    assert (made.file_name, made.state, made.received_by, made.format) == ("list.csv", ImportState.RECEIVED, "inbox", "portal-list")
    assert lying_in(folder) == []
    assert lying_in(folder / "done") == ["20240208T091400-list.csv"]
    assert Entry.objects.get(verb=Verb.RECEIVED).actor == Actor.WORKER
    assert not Taken.objects.exists()


def test_a_file_that_grows_is_left_until_it_has_stopped(folder):
    path = folder / "list.csv"

    path.write_text(LIST[:40])
    sweep(1)
    path.write_text(LIST)
    dealt_with = swept(2, 3)

    assert dealt_with == [0, 1]
    assert Import.objects.get().stored.size == len(LIST)


def test_two_sweeps_at_once_are_one_look(folder):
    (folder / "list.csv").write_text(LIST)

    assert swept(1, 1) == [0, 0]


@pytest.mark.parametrize("name", ["list.csv.part", "list.csv.PARTIAL", "list.tmp", ".list.csv", "list.filepart"])
def test_a_name_that_says_unfinished_is_left_and_taken_once_it_is_renamed(folder, name):
    (folder / name).write_text(LIST)
    assert swept(1, 2, 3) == [0, 0, 0]

    (folder / name).rename(folder / "list.csv")

    assert swept(4, 5) == [0, 1]


def test_links_and_folders_are_not_followed(folder, tmp_path):
    (tmp_path / "elsewhere.csv").write_text(LIST)
    (folder / "link.csv").symlink_to(tmp_path / "elsewhere.csv")
    (folder / "nested").mkdir()
    (folder / "nested" / "list.csv").write_text(LIST)

    assert swept(1, 2, 3) == [0, 0, 0]


def test_folders_of_no_feed_are_left_alone(folder):
    stranger = folder.parent / "4601.portal-history"
    stranger.mkdir()
    (stranger / "history.csv").write_text(LIST)

    assert swept(1, 2) == [0, 0]
    assert lying_in(stranger) == ["history.csv"]


def test_the_same_file_put_there_again_changes_nothing(folder):
    for minute in (1, 5):
        (folder / "list.csv").write_text(LIST)
        swept(minute, minute + 1)

    assert Import.objects.count() == 1
    assert len(lying_in(folder / "done")) == 2


def test_each_file_of_a_zip_is_an_import_of_its_own(folder):
    (folder / "month.zip").write_bytes(zipped(a=LIST, b=LIST.replace("1111", "2222")))

    swept(1, 2)

    assert list(Import.objects.order_by("pk").values_list("file_name", flat=True)) == ["a.csv", "b.csv"]


def test_what_cannot_be_received_lies_apart_with_a_note_and_is_shown_with_the_feed(feed, folder, settings):
    settings.FEED_FILE_LIMIT = 10
    (folder / "list.csv").write_text(LIST)

    swept(1, 2)

    assert not Import.objects.exists()
    assert lying_in(folder / "refused") == ["20240208T091400-list.csv", "20240208T091400-list.csv.txt"]
    note = (folder / "refused" / "20240208T091400-list.csv.txt").read_text()
    assert note.startswith("list.csv: ")
    assert "10" in note
    assert [(mishap.code, mishap.details["file"]) for mishap in feed.mishaps.all()] == [("file_too_large", "list.csv")]


def test_of_a_zip_with_a_file_that_cannot_be_read_the_others_are_received(feed, folder):
    with zipfile.ZipFile(folder / "mixed.zip", "w") as bundle:
        bundle.writestr("good.csv", LIST.replace("1111", "4444"))
        bundle.writestr("again.zip", zipped(a=LIST))

    swept(1, 2)

    assert "good.csv" in Import.objects.values_list("file_name", flat=True)
    assert [mishap.details["file"] for mishap in feed.mishaps.filter(code="zip_within_zip")] == ["again.zip"]
    assert "20240208T091400-mixed.zip" in lying_in(folder / "refused")


@pytest.mark.parametrize("name", [b"\xe6\xf8\xe5.csv", b"a\nb.csv", ("å" * 120).encode() + b".csv", b"01818012345.csv"])
def test_a_name_of_any_bytes_is_received_under_one_that_can_be_shown(folder, name):
    Path(os.fsdecode(os.path.join(os.fsencode(folder), name))).write_text(LIST)

    assert swept(1, 2) == [0, 1]
    assert Import.objects.get().file_name.isprintable()
    assert "01818012345" not in "".join(lying_in(folder / "done"))
    assert lying_in(folder) == []


def test_what_was_received_lies_open_for_a_week(folder):
    (folder / "list.csv").write_text(LIST)
    swept(1, 2)

    sweep(60 * 24 * 6)
    assert len(lying_in(folder / "done")) == 1
    sweep(60 * 24 * 8)
    assert lying_in(folder / "done") == []


# -- killed anywhere


@pytest.mark.parametrize(
    ("killed_at", "of"),
    [("receive_file", inbox.actions), ("create", Taken.objects), ("into", inbox), ("rename", Path), ("delete", type(Taken.objects.all()))],
)
def test_a_sweep_that_is_killed_loses_nothing_and_reads_nothing_twice(feed, folder, monkeypatch, killed_at, of):
    (folder / "list.csv").write_text(LIST)
    sweep(1)
    genuine = getattr(of, killed_at)

    def killed(*args, **kwargs):
        if killed_at == "delete":
            raise Killed
        if killed_at == "rename" and "inbox" in str(args[0]) and ".seen" in str(args[0]):
            return genuine(*args, **kwargs)
        result = genuine(*args, **kwargs)
        raise Killed(result)

    with monkeypatch.context() as patched:
        patched.setattr(of, killed_at, killed)
        with pytest.raises(Killed):
            sweep(2)
    swept(3, 4, 5)

    assert Import.objects.count() == 1
    assert Entry.objects.filter(verb=Verb.RECEIVED).count() == 1
    assert len(lying_in(folder / "done")) == 1
    assert lying_in(folder) == []
    assert not Taken.objects.exists()


def test_another_file_of_the_same_name_put_there_after_a_kill_is_received_too(feed, folder, monkeypatch):
    (folder / "list.csv").write_text(LIST)
    sweep(1)
    genuine = inbox.take

    def killed(*args):
        genuine(*args)
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(inbox, "take", killed)
        with pytest.raises(Killed):
            sweep(2)
    (folder / "list.csv").unlink()
    (folder / "list.csv").write_text(LIST.replace("1111", "2222"))

    swept(3, 4)

    assert Import.objects.count() == 2
    assert lying_in(folder) == []


def test_a_file_that_changes_while_it_is_read_is_not_received(feed, folder, monkeypatch):
    path = folder / "list.csv"
    path.write_text(LIST)
    sweep(1)
    genuine = inbox.actions.receive_file

    def meanwhile(**kwargs):
        received = genuine(**kwargs)
        path.write_text(LIST + "more")
        return received

    with monkeypatch.context() as patched:
        patched.setattr(inbox.actions, "receive_file", meanwhile)
        sweep(2)

    assert not Import.objects.exists()
    assert lying_in(folder) == ["list.csv"]


def test_one_sweep_at_a_time(folder):
    (folder / "list.csv").write_text(LIST)
    sweep(1)

    with (folder.parent / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert sweep(2) == 0

    assert sweep(3) == 1


def test_one_folder_that_cannot_be_read_keeps_no_other_from_being_swept(feed, folder, monkeypatch):
    other = Feed.objects.create(service=feed.service, format="portal-history", direction="inbound", created_at=scenes.NOW)
    genuine = inbox.complete
    monkeypatch.setattr(inbox, "complete", lambda path, *more: (_ for _ in ()).throw(PermissionError) if path == folder else genuine(path, *more))
    (folder.parent / names.name(other)).mkdir()
    (folder.parent / names.name(other) / "history.csv").write_text(LIST)

    assert swept(1, 2) == [0, 1]
    assert not Mishap.objects.exists()
