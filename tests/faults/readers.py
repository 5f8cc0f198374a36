"""A file that nobody can read in time, in a real worker: the kernel ends whoever reads it, and after the third the file needs a person. Others are not kept."""

import io
import os
import signal
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from random import Random

from celery import current_app
from django.utils import timezone

from apps.feeds import actions as feeds
from apps.feeds import catalogue, limits
from apps.ledger import actions as ledger
from apps.ledger.models import Import, ImportState, Owed
from apps.registry.models import Service
from apps.walls import scope
from config import embedded
from tests import universe
from tests.faults import story
from tests.faults.ground import Ground, Life, as_json
from tests.universe import BERGEN, Universe

ASKER = "3203"
LEASE = timedelta(seconds=4)
LONGEST = 180.0  # seconds; a busy machine is slow
ENDLESS, MARK = "endless.csv", b"endless"


def worker() -> None:
    """A worker as it is started by the command, in which a file with the mark is read for ever; a second of it is too much."""
    limits.LEAST_SECONDS = 1
    ledger.LEASE = LEASE
    known = catalogue.FORMATS["portal-list"]

    def parse(reading):  # type: ignore[no-untyped-def]
        with reading.open() as stream:
            while stream.read(len(MARK)) == MARK:
                stream.seek(0)
        yield from known.parse(reading)

    catalogue.FORMATS["portal-list"] = known._replace(parse=parse)
    current_app.worker_main(["worker", "--concurrency", "1", "--loglevel", "ERROR", "--without-gossip", "--without-mingle", "--without-heartbeat"])


@scope.operator(by="faults")
def watch(seed: int) -> None:
    """Hand in the file and one of another service, ring each second as the schedule does, and print what became of both and how often it was tried."""
    ordinary = universe.all_files(list(Universe(seed=seed, municipality=ASKER).reports(3)), [], random=Random(seed), repeats=0)[0]
    for code, format, name, content in ((BERGEN, "portal-list", ENDLESS, MARK), (ASKER, ordinary.format, ordinary.name, ordinary.body)):
        given = {"service": Service.objects.get(code=code), "format": format, "file_name": name, "stream": io.BytesIO(content)}
        feeds.receive_file(**given, by="faults", now=timezone.now())
    until = time.monotonic() + LONGEST
    while not Import.objects.filter(file_name=ENDLESS, state=ImportState.NEEDS_A_PERSON).exists() and time.monotonic() < until:
        story.ring(["feeds.sweep", "deliveries.reconcile_owed"])
        time.sleep(1)
    states = dict(Import.objects.values_list("file_name", "state"))
    print(as_json([states.pop(ENDLESS), sorted(states.values()), list(Owed.objects.filter(feed_import__file_name=ENDLESS).values_list("tries", flat=True))]))


def ended_readers(here: Ground, seed: int, rounds: int) -> Iterator[tuple[str, list[str]]]:
    wanted = as_json([ImportState.NEEDS_A_PERSON, [ImportState.COMPLETE], [3]])
    for number in range(1, rounds + 1):
        here.fresh(embedded.DATABASE)
        working = Life.begin(embedded.DATABASE, worker)
        try:
            watching = Life.begin(embedded.DATABASE, lambda number=number: watch(seed + number))
            watching.end()
        finally:
            os.kill(working.pid, signal.SIGTERM)  # it ends its own processes
            working.end()
        told = watching.words[-1:]
        yield f"round {number}, ended by the kernel", [] if told == [wanted] else [f"{told} and not {wanted}; the worker said {_last_words(working.told)}"]


def _last_words(path: Path) -> list[str]:
    return path.read_text().splitlines()[-3:]
