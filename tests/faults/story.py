"""What happens in a round: files are handed in and worked off by the worker's own tasks; afterwards everything must be as if nothing had gone wrong."""

import io
import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from datetime import timedelta
from random import Random

from celery import current_app
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.test import Client
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart
from django.utils import timezone
from kombu.exceptions import OperationalError

from apps.accounts import actions as accounts
from apps.accounts.roles import Role
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
FOUND = 302
TOKEN = "t" * 32  # of the form, and the password of who hands in
LONGEST_ANSWER = 20
SWEEPS, LONGEST_SWEEP = 2, 180.0  # seconds; a busy machine is slow, and what is done earlier is waited for no longer


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


def hand_in_by_web(handed: list[FeedFile], address: str) -> None:
    """The same as a person at the page does it; who gets no answer hands in again afterwards."""
    with scope.operator(by="faults"):
        sent, service = administrator(), Service.objects.get(code=BERGEN)
    for file in handed:
        given = {"format": file.format, "service": service.pk, "vantage": file.vantage, "direction": file.direction, "csrfmiddlewaretoken": TOKEN}
        if file is not handed[-1]:
            given["at_once"] = "on"
        content = encode_multipart(BOUNDARY, {**given, "files": SimpleUploadedFile(file.name, file.body)})
        asked = urllib.request.Request(f"{address}imports/new/", content, {"Cookie": sent, "Content-Type": MULTIPART_CONTENT})
        try:
            urllib.request.build_opener(NoRedirect).open(asked, timeout=LONGEST_ANSWER).close()
        except urllib.error.HTTPError as answer:
            number = answer.headers.get("Location", "").strip("/").rpartition("/")[2]
            if answer.code == FOUND and number.isdecimal():  # the page of the import; anywhere else it was not received
                print("received", number, flush=True)
        except OSError:
            print("no answer", flush=True)


class NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *asked: object) -> None:
        return None


def administrator() -> str:
    """The cookies of somebody who has signed in and may bring in files."""
    now = timezone.now() - timedelta(days=1)
    made = accounts.create_person(email="faults@example.no", full_name="Faults", password=TOKEN, by=None, now=now, is_demo=True)
    accounts.grant(user=made, role=Role.IMPORT_ADMINISTRATOR, service=Service.objects.get(code=BERGEN), by=None, now=now)
    client = Client(headers={"host": "localhost"})
    client.force_login(made)
    return f"{client.cookies.output(header='', attrs=[], sep=';').strip()}; csrftoken={TOKEN}"


def ring(tasks: Iterable[str]) -> None:
    """As the schedule does."""
    for task in tasks:
        with suppress(OperationalError, OSError):
            current_app.send_task(task, ignore_result=True)


def wait_for_others(handed: list[FeedFile]) -> None:
    """As `recover_alone`, but the work is done by processes that run already, within two sweeps."""
    hand_in(handed)
    with scope.operator(by="faults"):
        for _ in range(SWEEPS):
            Owed.objects.update(lease_until=None)  # as if the leases of the dead had run out
            ring(["feeds.sweep", "deliveries.reconcile_owed"])
            until = time.monotonic() + LONGEST_SWEEP
            while (Owed.objects.exists() or say_yes()) and time.monotonic() < until:
                time.sleep(0.2)
        for owed in Owed.objects.values("work", "feed_import", "tries", "lease_until", "feed_import__state"):
            print(owed, flush=True)
        raise SystemExit(STILL_OWED if Owed.objects.exists() else 0)


@scope.operator(by="faults")
def say_yes() -> bool:
    """A person looks at what waits and wants it; whether anything did. Somebody else may have wanted it a moment before."""
    waiting = list(Import.objects.filter(state=ImportState.PREVIEWED))
    for feed_import in waiting:
        with suppress(NotWaiting):
            feeds.approve(feed_import=feed_import, by=None, now=timezone.now())
    return bool(waiting)


def recover_alone(handed: list[FeedFile]) -> None:
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
    print(as_json({"deliveries": sorted(deliveries()), "imports": sorted(imports()), "rejections": sorted(rejections())}))
    print(as_json(sorted(Import.objects.values_list("pk", flat=True))))
    raise SystemExit(BROKEN if status else 0)


def deliveries() -> Iterator[str]:
    out = io.StringIO()
    call_command("deliveries", "--format", "jsonl", stdout=out)
    for line in out.getvalue().splitlines():
        yield as_json({name: value for name, value in json.loads(line).items() if name != "id"})


def imports() -> Iterator[str]:
    for one in Import.objects.values("format", "file_name", "state", "read", "accepted", "duplicate", "rejected"):
        yield as_json(one)


def rejections() -> Iterator[str]:
    out = io.StringIO()
    call_command("rejections", "--format", "jsonl", stdout=out)
    for line in out.getvalue().splitlines():
        yield as_json({name: value for name, value in json.loads(line).items() if name != "import"})


def afterwards(
    here: Ground,
    database: str,
    handed: list[FeedFile],
    answered: list[str],
    *,
    recover: Callable[[list[FeedFile]], None] = recover_alone,
    meanwhile: Callable[[], object] | None = None,
) -> tuple[list[str], str]:
    """Recover and judge: what is broken, in words, and the state of everything as text. `meanwhile` is what is seen to while others do the work."""
    for _ in range(MOST_SWEEPS if recover is recover_alone else 1):
        life = Life.begin(database, lambda: recover(handed))
        ended, said = life.end(meanwhile), life.words
        if ended != STILL_OWED:
            break
    broken = [f"work is owed for ever: {said[-3:]}"] if ended == STILL_OWED else [f"recovery failed: {said[-1:]}"] if ended else []
    judged = Life.begin(database, judge)
    ended, said = judged.end(), judged.words
    if not said or not said[0].startswith("["):
        raise SystemExit("\n".join([f"the judge failed ({ended}):", *said]))
    wrong, state, kept = said[:3]
    promised = {int(line.split()[1]) for line in answered if line.startswith("received ") and line.split()[1:]}
    lost = sorted(promised - set(json.loads(kept)))
    return broken + json.loads(wrong) + [f"import {number} was answered and is gone" for number in lost], state
