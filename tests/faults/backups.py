"""A backup is taken at any moment of the work and restored as another database, by the README's own words."""

import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from random import Random

from django.db import connections

from config import binaries, embedded
from config.cluster import PORT
from tests.faults import points, story
from tests.faults.ground import Ground, Life

LONGEST = 1.5  # seconds in which a round's work is done
RESTORED = "restored"


def restored(here: Ground, seed: int, rounds: int) -> Iterator[tuple[str, list[str]]]:
    """What was answered before the backup was begun is in it; what came later is handed in again, and all is as if nothing had been lost."""
    random = Random(seed)
    for number in range(1, rounds + 1):
        handed = story.files(seed + number)
        calm = points.undisturbed(here, handed)
        here.fresh("round")
        life = Life.begin("round", lambda handed=handed: points.life(handed, points.NEVER, lambda: None))
        time.sleep(random.random() * LONGEST)
        answered = life.told.read_text().splitlines()
        back_up(here, "round", here.home / "backup")
        life.end()
        life.told.unlink()
        here.empty(RESTORED)
        restore(here, here.home / "backup", RESTORED)
        prepared = Life.begin(RESTORED, story.prepare)
        broken = [f"setup after the restore failed: {prepared.words[-1:]}"] if prepared.end() else []
        found, state = story.afterwards(here, RESTORED, handed, [line for line in answered if line.endswith(tuple("0123456789"))])
        yield f"round {number}, {len(answered)} files answered before", broken + found + ([] if state == calm else ["not the state of a run without a fault"])


def back_up(here: Ground, database: str, to: Path) -> None:
    program("pg_dump", "--format=custom", "--exclude-table=wall.key", f"--file={to}", database, user=embedded.BACKUP, here=here)


def restore(here: Ground, kept: Path, database: str) -> None:
    program("pg_restore", "--exit-on-error", f"--dbname={database}", str(kept), user="postgres", here=here)


def program(name: str, *arguments: str, user: str, here: Ground) -> None:
    host = connections["default"].settings_dict["HOST"]
    asked = {"PGHOST": host, "PGPORT": str(PORT), "PGUSER": user, "PGPASSWORD": embedded.secret(here.home, user)}
    subprocess.run([binaries.folder() / name, *arguments], env=os.environ | asked, check=True)
