"""The whole catalogue in one process, one file after the other as a worker reads them, with what each became, and the time and memory it took."""

import json
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from django.core.management import call_command

from apps.ledger.models import Import
from apps.registry.models import Service
from apps.walls import scope
from tests.faults import story
from tests.faults.ground import ground
from tests.hostile import books, documents, texts
from tests.hostile.entry import Fate, Hostile, became

MOST_MEMORY = 300  # megabytes of the whole process
CATALOGUE = [*texts.CATALOGUE, *documents.CATALOGUE, *books.CATALOGUE]


def all_of_it(*, with_large: bool, named: str = "") -> int:
    """Prints a line for each file; how many did not become what is said of them, or took too much memory."""
    wrong, most = 0, 0
    with ground(prepare=story.prepare), scope.operator(by="hostile"):
        bergen = Service.objects.get(code="4601")
        for hostile in (each for each in CATALOGUE if named in each.name and (with_large or not each.is_large)):
            with made_elsewhere(hostile) as stream:
                forget_peak()
                begun = time.process_time()
                fate, feed_import = became(hostile, bergen, stream)
            worked, peak = time.process_time() - begun, memory("VmHWM")
            is_right = fate.again == hostile.fate.again and peak < MOST_MEMORY
            print(
                f"{'' if is_right else 'WRONG '}{hostile.format}: {hostile.name}: {told(hostile, fate, feed_import)} {worked:.1f} s of CPU, {peak} MB",
                flush=True,
            )
            wrong += not is_right
            most = max(most, peak)
        call_command("verify")
    print(f"{wrong} of the files did not become what they should; at most {most} MB (goal: under {MOST_MEMORY})")
    return wrong


@contextmanager
def made_elsewhere(hostile: Hostile) -> Iterator[BinaryIO]:
    """The file, made by a process of its own where it is large: what it takes to make it is not what it takes to read it."""
    if not hostile.is_large:
        yield hostile.stream()
        return
    with tempfile.TemporaryFile() as made:
        maker = os.fork()
        if not maker:
            shutil.copyfileobj(hostile.stream(), made)
            made.flush()
            os._exit(0)
        if os.waitstatus_to_exitcode(os.waitpid(maker, 0)[1]):
            raise SystemExit(f"{hostile.name} could not be made")
        yield made


def told(hostile: Hostile, fate: Fate, feed_import: Import | None) -> str:
    said = {name: value for name, value in vars(fate).items() if value}
    return json.dumps(said) if fate.again == hostile.fate.again else f"{json.dumps(said)} and not {hostile.fate}, import {feed_import and feed_import.refusal}"


def forget_peak() -> None:
    Path("/proc/self/clear_refs").write_text("5")


def memory(field: str) -> int:
    """Megabytes of this process, as the kernel counts them."""
    line = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith(field))
    return int(line.split()[1]) // 1024
