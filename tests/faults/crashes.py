"""The server is killed at any moment, or its disk is full; several processes take the same files at once."""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from random import Random

from config import embedded
from tests.faults import points, story
from tests.faults.ground import Ground, Life
from tests.universe import FeedFile

LONGEST = 1.5  # seconds in which a round's work is done
PROCESSES = 4
FAILED = "it failed"
DISK, LEAST_LEFT, MOST_LEFT = "400m", 0, 2 << 20  # what a round writes beyond the log that is there already


def killed_server(here: Ground, seed: int, rounds: int) -> Iterator[tuple[str, list[str]]]:
    """kill -9 of the server, or of the process that serves us, which makes the server start anew."""
    random = Random(seed)
    for number in range(1, rounds + 1):
        handed = story.files(seed + number)
        calm = points.undisturbed(here, handed)
        here.fresh("round")
        life = Life.begin("round", lambda handed=handed: points.life(handed, points.NEVER, lambda: None))
        time.sleep(random.random() * LONGEST)
        victim = random.choice(["server", "child"])
        kill(here.server if victim == "server" else random.choice(children(here.server) or [here.server]))
        life.end()
        embedded.start(here.home)
        yield f"round {number}, the {victim} killed", _compared(here, handed, life.words, calm)


def together(here: Ground, seed: int, rounds: int) -> Iterator[tuple[str, list[str]]]:
    """Four processes hand in and work off the same files at once."""
    for number in range(1, rounds + 1):
        handed = story.files(seed + number)
        calm = points.undisturbed(here, handed)
        here.fresh("round")
        lives = [Life.begin("round", lambda handed=handed: points.life(handed, points.NEVER, lambda: None)) for _ in range(PROCESSES)]
        failed = [life.words[-1:] for life in lives if life.end()]
        broken = [f"a process failed: {words}" for words in failed]
        yield f"round {number}", broken + _compared(here, handed, [], calm)


def full_disk(here: Ground, seed: int, rounds: int) -> Iterator[tuple[str, list[str]]]:
    """Something else fills the disk that the database is on; later there is room again."""
    random = Random(seed)
    disk = embedded.data(here.home).parent
    for number in range(1, rounds + 1):
        handed = story.files(seed + number)
        calm = points.undisturbed(here, handed)
        here.fresh("round")
        with _filled(disk, leaving=random.randint(LEAST_LEFT, MOST_LEFT)):
            life = Life.begin("round", lambda handed=handed: points.life(handed, points.NEVER, lambda: None))
            ended = life.end()
        embedded.start(here.home)
        yield f"round {number}, {FAILED if ended else 'there was room'}", _compared(here, handed, life.words, calm)


@contextmanager
def small_disk(home: Path) -> Iterator[None]:
    """A disk of its own for the database, in memory; needs root. Raises CalledProcessError where it may not be mounted."""
    place = embedded.data(home).parent
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK}", "tmpfs", str(place)], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(place)], check=True)


@contextmanager
def _filled(disk: Path, *, leaving: int) -> Iterator[None]:
    filler = disk / "filler"
    try:
        with open(filler, "wb") as hole:
            os.posix_fallocate(hole.fileno(), 0, max(shutil.disk_usage(disk).free - leaving, 1))
        yield
    finally:
        filler.unlink(missing_ok=True)


def _compared(here: Ground, handed: list[FeedFile], answered: list[str], calm: str) -> list[str]:
    broken, state = story.afterwards(here, "round", handed, answered)
    return broken if state == calm else [*broken, "not the state of a run without a fault"]


def children(pid: int) -> list[int]:
    with suppress(FileNotFoundError):
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return []


def kill(pid: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
