"""What happens in a round: files are handed in and worked off by the worker's own tasks; afterwards everything must be as if nothing had gone wrong."""

import io
import json
from collections.abc import Iterator
from contextlib import suppress
from random import Random

from celery import current_app
from django.core.management import call_command
from django.utils import timezone

from apps.feeds import actions as feeds
from apps.ledger.actions import NotWaiting
from apps.ledger.models import Import, ImportState, Owed
from apps.registry.models import Service
from apps.walls import scope
from config import preparation
from tests import universe
from tests.faults.ground import MOST_SWEEPS, Ground, Life, as_json, printed
from tests.universe import BERGEN, FeedFile, Universe

REPORTS, LETTERS = 12, 4
STILL_OWED = 7
BROKEN = 1


def files(seed: int) -> list[FeedFile]:
    """A handful of messages as every source tells of them: shuffled, with repeats, cut in two, and with lines that must be rejected."""
    told, random = Universe(seed=seed), Random(seed)
    reports, letters = list(told.reports(REPORTS)), list(told.letters(LETTERS))
    whole = universe.all_files(reports, letters, random=random, repeats=3)
    log = universe.files("mottakslogg", [*universe.mottakslogg(reports), *universe.garbage("mottakslogg")], random=random, parts=2)
    return [file for file in whole if file.format != "mottakslogg"] + log


def prepare() -> None:
    preparation.prepare(say=lambda _: None)


@scope.operator(by="faults")
def hand_in(handed: list[FeedFile]) -> None:
    """Take in each file, as an upload does, and print what was answered: that import must be there ever after. The last is to be shown first."""
    service = Service.objects.get(code=BERGEN)
    for file in handed:
        given = {"service": service, "format": file.format, "file_name": file.name, "stream": file.stream(), "vantage": file.vantage}
        received = feeds.receive_file(**given, is_previewed=file is handed[-1], by="faults", now=timezone.now())
        print("received", received.feed_import.pk, flush=True)


def work_off() -> None:
    """What the worker does when it is rung for, until nobody rings any more."""
    rings: list[tuple[str, tuple[int, ...]]] = []
    current_app.send_task = lambda task, args=(), **_: rings.append((task, args))
    call = current_app.tasks
    current_app.loader.import_default_modules()
    call["feeds.sweep"]()
    while rings or say_yes():
        while rings:
            task, arguments = rings.pop(0)
            call[task](*arguments)
    call["deliveries.reconcile_owed"]()


@scope.operator(by="faults")
def say_yes() -> bool:
    """A person looks at what waits and wants it; whether anything did. Somebody else may have wanted it a moment before."""
    waiting = list(Import.objects.filter(state=ImportState.PREVIEWED))
    for feed_import in waiting:
        with suppress(NotWaiting):
            feeds.approve(feed_import=feed_import, by=None, now=timezone.now())
    return bool(waiting)


def recover(handed: list[FeedFile]) -> None:
    """What people and the schedule do afterwards: hand in again what was not answered, wait until the leases of the dead have run out, and sweep."""
    hand_in(handed)
    with scope.operator(by="faults"):
        Owed.objects.update(lease_until=None)  # the server's clock cannot be put forward
    work_off()
    with scope.operator(by="faults"):
        raise SystemExit(STILL_OWED if Owed.objects.exists() else 0)


@scope.operator(by="faults")
def judge() -> None:
    """Print what `verify` found wrong, and what the database holds, in words that do not depend on numbers given on the way."""
    status, said = printed("verify", "--json")
    wrong = [f"{one['id']} {one['statement']}: {one['offending'][:3]}" for one in json.loads(said)["invariants"] if not one["ok"]]
    print(as_json(wrong))
    print(as_json({"deliveries": sorted(deliveries()), "imports": sorted(accounts()), "rejections": sorted(rejections())}))
    print(as_json(sorted(Import.objects.values_list("pk", flat=True))))
    raise SystemExit(BROKEN if status else 0)


def deliveries() -> Iterator[str]:
    out = io.StringIO()
    call_command("deliveries", "--format", "jsonl", stdout=out)
    for line in out.getvalue().splitlines():
        yield as_json({name: value for name, value in json.loads(line).items() if name != "id"})


def accounts() -> Iterator[str]:
    for one in Import.objects.values("format", "file_name", "state", "read", "accepted", "duplicate", "rejected"):
        yield as_json(one)


def rejections() -> Iterator[str]:
    out = io.StringIO()
    call_command("rejections", "--format", "jsonl", stdout=out)
    for line in out.getvalue().splitlines():
        yield as_json({name: value for name, value in json.loads(line).items() if name != "import"})


def afterwards(here: Ground, database: str, handed: list[FeedFile], answered: list[str]) -> tuple[list[str], str]:
    """Recover and judge: what is broken, in words, and the state of everything as text."""
    for _ in range(MOST_SWEEPS):
        life = Life.begin(database, lambda: recover(handed))
        ended, said = life.end(), life.words
        if ended != STILL_OWED:
            break
    broken = ["work is owed for ever"] if ended == STILL_OWED else [f"recovery failed: {said[-1:]}"] if ended else []
    judged = Life.begin(database, judge)
    ended, said = judged.end(), judged.words
    if not said or not said[0].startswith("["):
        raise SystemExit("\n".join([f"the judge failed ({ended}):", *said]))
    wrong, state, kept = said[:3]
    promised = {int(line.split()[1]) for line in answered if line.startswith("received ") and line.split()[1:]}
    lost = sorted(promised - set(json.loads(kept)))
    return broken + json.loads(wrong) + [f"import {number} was answered and is gone" for number in lost], state
