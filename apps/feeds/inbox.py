"""The watched folders: `$FRAMME_HOME/inbox/<feed>`, from which complete files are received and then moved away.

A file is complete when two sweeps find it the same, in size, times and place on the disk. Whoever wants to be surer writes it under a name that begins with a
full stop or ends in one of UNFINISHED, and renames it when it is whole. What was received lies in `done/` for a week, as it came; what was not lies in
`refused/` until somebody takes it away, with a note beside it.

That a file was dealt with is committed with what came of it (Taken), and only then is it moved: a sweep that is killed anywhere reads nothing twice and
loses nothing.
"""

import errno
import fcntl
import json
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import BinaryIO

import structlog
from django.conf import settings
from django.db import transaction
from django.utils.translation import override

from apps.audit.verbs import Actor
from apps.feeds import actions, bundles, names, wording
from apps.feeds.models import Feed, Mishap, Taken
from apps.feeds.record import Refused
from apps.walls import scope

UNFINISHED = (".part", ".partial", ".tmp", ".filepart", ".crdownload", ".swp")
DONE, REFUSED = "done", "refused"
SECONDS_APART = 20.0  # two looks closer together than this count as one
KEPT = timedelta(days=7)
LONGEST_CALLED = 200  # bytes
STAMP = "%Y%m%dT%H%M%S"
BY = actions.Way("inbox", Actor.WORKER)

Seen = dict[str, tuple[str, float]]  # by path: its mark, and when it was first seen with it (seconds)

log = structlog.get_logger("framme.inbox")


class Changed(Exception):
    """Somebody wrote to the file while it was read."""


def sweep(*, now: datetime) -> int:
    """Receive what is complete in every feed's folder, and make the folders that are missing. Returns how many files were dealt with.

    One sweep at a time on a machine. What cannot be read now is logged and tried again.
    """
    settings.INBOX.mkdir(parents=True, exist_ok=True)
    with alone() as is_alone:
        if not is_alone:
            return 0
        seen, before = {}, remembered()
        dealt_with = 0
        for feed in Feed.objects.select_related("service").order_by("pk"):
            with suppress_unreadable(feed):
                dealt_with += sweep_folder(feed, settings.INBOX / names.name(feed), before, seen, now)
        remember(seen)
    tell_of_strangers()
    return dealt_with


def sweep_folder(feed: Feed, folder: Path, before: Seen, seen: Seen, now: datetime) -> int:
    folder.mkdir(exist_ok=True)
    move_away(feed, folder)
    remove_old(folder / DONE, now)
    dealt_with = 0
    for path, found in complete(folder, before, seen, now):
        with suppress_unreadable(feed), scope.operator(by="feeds.sweep_inbox", services=[feed.service_id]):
            take(feed, path, found, now)
            dealt_with += 1
            move_away(feed, folder)
    return dealt_with


def complete(folder: Path, before: Seen, seen: Seen, now: datetime) -> Iterator[tuple[Path, str]]:
    """The files that have not changed since an earlier sweep, each with its mark; the others are noted in `seen`."""
    for path in sorted(folder.iterdir()):
        found = path.lstat()
        if not stat.S_ISREG(found.st_mode) or path.name.startswith(".") or path.name.lower().endswith(UNFINISHED):
            continue
        known, since = before.get(str(path), ("", 0.0))
        if known == mark(found) and now.timestamp() - since >= SECONDS_APART:
            yield path, known
        seen[str(path)] = (mark(found), since if known == mark(found) else now.timestamp())


def mark(found: os.stat_result) -> str:
    """What changes whenever somebody writes to a file or puts another in its place."""
    return f"{found.st_ino}-{found.st_size}-{found.st_mtime_ns}-{found.st_ctime_ns}"


@transaction.atomic
def take(feed: Feed, path: Path, found: str, now: datetime) -> None:
    """Receive the file, or each file of a zip, and note that it is dealt with; all of it or nothing. `found` is its mark. Raises Changed, OSError."""
    with os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW), "rb") as stream:
        is_refused = False
        for handed in bundles.each(stream, name=path.name):
            refusal = handed.refusal or receive(feed, handed.name, handed.stream, now)
            if refusal:
                is_refused = True
                said = refusal.details | {"file": actions.shown_name(handed.name)}
                Mishap.objects.create(service_id=feed.service_id, feed=feed, at=now, code=refusal.code, details=said)
        if not found == mark(os.fstat(stream.fileno())) == mark(path.lstat()):
            raise Changed
        Taken.objects.create(service=feed.service, feed=feed, file_name=actions.shown_name(path.name), mark=found, is_refused=is_refused, at=now)


def receive(feed: Feed, name: str, stream: BinaryIO | None, now: datetime) -> Refused | None:
    """Receive one file of the feed; returns why not."""
    asked = {"service": feed.service, "format": feed.format, "direction": feed.direction, "vantage": feed.vantage}
    try:
        actions.receive_file(**asked, file_name=name, stream=stream, by=BY, now=now)
    except actions.FileTooLarge as too_large:
        return Refused("file_too_large", found=str(too_large.args[0]), limit=str(settings.FEED_FILE_LIMIT))
    except actions.ReferenceMissing:
        return Refused("reference_missing")
    return None


def move_away(feed: Feed, folder: Path) -> None:
    """Move what is dealt with, also by an earlier sweep that came no further; a file that has come since under the same name stays."""
    dealt_with = {taken.mark: taken for taken in Taken.objects.filter(feed=feed)}
    for path in folder.iterdir() if dealt_with else ():
        if taken := dealt_with.get(mark(path.lstat())):
            moved = into(folder / (REFUSED if taken.is_refused else DONE), taken)
            if taken.is_refused:
                write_note(feed, taken, moved)
            path.rename(moved)
    Taken.objects.filter(pk__in=[taken.pk for taken in dealt_with.values()]).delete()


def into(folder: Path, taken: Taken) -> Path:
    """A name in the folder that nothing has yet: when it was dealt with, and what it was called."""
    folder.mkdir(exist_ok=True)
    called = taken.file_name.encode()[:LONGEST_CALLED].decode(errors="ignore")
    free = (folder / f"{taken.at:{STAMP}}-{f'{number}-' if number else ''}{called}" for number in count())
    return next(path for path in free if not path.exists())


def write_note(feed: Feed, taken: Taken, beside: Path) -> None:
    """Why not all of the file was received, in the language of the installation."""
    with override(settings.LANGUAGE_CODE):
        told = [f"{each.details.get('file', '')}: {wording.reason(each.code, each.details)}" for each in feed.mishaps.filter(at=taken.at).order_by("pk")]
    beside.with_name(beside.name + ".txt").write_text("\n".join(told) + "\n", encoding="utf-8")


def remove_old(done: Path, now: datetime) -> None:
    """What is kept in the database, encrypted and for as long as it may be, does not lie open on a disk longer than somebody may want to look for it."""
    last = f"{now - KEPT:{STAMP}}"
    for path in done.iterdir() if done.is_dir() else ():
        if path.is_file() and path.name[: len(last)] < last:
            path.unlink(missing_ok=True)


@contextmanager
def alone() -> Iterator[bool]:
    """Whether this is the only sweep; the lock goes with the process."""
    with (settings.INBOX / ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True


@contextmanager
def suppress_unreadable(feed: Feed) -> Iterator[None]:
    """One folder or file that cannot be read now, or is being written to, keeps no other from being received."""
    try:
        yield
    except (OSError, Changed) as problem:
        if isinstance(problem, OSError) and problem.errno == errno.ENOSPC:
            raise
        log.warning("a watched file could not be received now", feed=feed.pk, problem=type(problem).__name__)


def remembered() -> Seen:
    """What the last sweep saw; losing it costs one more sweep."""
    try:
        kept = json.loads((settings.INBOX / ".seen.json").read_text())
        return {path: (str(mark), float(since)) for path, (mark, since) in kept.items()}
    except (OSError, ValueError, AttributeError, TypeError):
        return {}


def remember(seen: Seen) -> None:
    draft = settings.INBOX / ".seen.json.draft"
    draft.write_text(json.dumps(seen))
    draft.rename(settings.INBOX / ".seen.json")


def tell_of_strangers() -> None:
    """Folders that belong to no feed are left alone; the operator is told, since somebody may be waiting."""
    ours = {names.name(feed) for feed in Feed.objects.select_related("service")}
    strangers = [path.name for path in settings.INBOX.iterdir() if path.is_dir() and path.name not in ours]
    if strangers:
        log.warning("folders of the inbox belong to no feed", count=len(strangers))
