"""Ground for a benchmark: a throw-away cluster, databases in it made from one migrated template, and work done in processes of their own.

Only the process that does the work is measured, so the one that writes the files and prints the ratios may be as it likes.
"""

import json
import os
import secrets
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import psycopg
from psycopg import sql

from config import embedded
from config.demo import native
from config.demo.messages import Course, Report
from tests import universe
from tests.universe import Universe

ROOT = Path(__file__).parents[2]
TEMPLATE = "template_framme"
START = "import django; django.setup(); from tests.benchmarks import worker; worker.main()"
TODAY = datetime.now(UTC)
# A hundred messages of which three need a person, as after a bad year; the rest went straight.
MOSTLY_ARRIVED = ("arrived",) * 97 + ("lost", "claimed", "turned_down")


@dataclass(frozen=True)
class Ground:
    """One cluster with a folder for files. A database is named; its URL is what a process is started with."""

    home: Path
    url: str

    def database(self, name: str, *, template: str = TEMPLATE) -> str:
        """The URL of a new database, a copy of `template`."""
        self.owner(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template)))
        return self.named(name)

    def drop(self, name: str) -> None:
        self.owner(sql.SQL("DROP DATABASE {}").format(sql.Identifier(name)))

    def named(self, name: str) -> str:
        return self.url.replace(f"/{embedded.DATABASE}?", f"/{name}?")

    def owner(self, statement: sql.Composed) -> None:
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(statement)

    def work(self, url: str, *what: str) -> dict[str, object]:
        """Let tests.benchmarks.worker do something against a database; what it measured."""
        environment = (
            {"DJANGO_SETTINGS_MODULE": "config.settings"}
            | os.environ
            | {
                "DATABASE_URL": url,
                "FRAMME_HOME": str(self.home),
                "SECRET_KEY": "benchmark" * 8,
                "CELERY_BROKER_URL": "memory://",
            }
        )
        command = [sys.executable, "-c", START, *what]
        done = subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, check=True, text=True)
        return json.loads(done.stdout.splitlines()[-1])

    def files(self, first: int, count: int, *, seed: int = 1) -> list[list[str]]:
        """Write list, history and log of `count` messages, numbered from `first`; [format, path] of each. Flat in memory."""
        told = Universe(seed=seed, now=TODAY, fates=MOSTLY_ARRIVED)
        written = []
        for format, lines in (("portal-list", universe.portal_list), ("portal-history", universe.portal_history), ("mottakslogg", universe.mottakslogg)):
            path = self.home / f"{format}-{seed}-{first}-{count}.csv"
            if not path.exists():
                reports = (brief(told.report(number)) for number in range(first, first + count))
                with path.open("wb") as stream:
                    native.as_csv(universe.COLUMNS[format], (line.cells for line in lines(reports)), stream)
            written.append([format, str(path)])
        return written


def brief(report: Report) -> Report:
    """Four rows and five events: in the list; handed over and answered, in the shape that names no sending; taken and stored, in the log."""
    steps = tuple(step._replace(sending="") for step in report.course.steps[1:])
    return replace(report, children=1, course=Course(steps, tuple(line._replace(opened_at=None) for line in report.course.log[:1])))


@contextmanager
def ground() -> Iterator[Ground]:
    """A cluster that is gone when the benchmark ends, however it ends."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped"))
    home = Path(tempfile.mkdtemp(prefix=f"framme-benchmark-{secrets.token_hex(3)}-"))
    try:
        (home / "static").mkdir()
        with embedded.throwaway(home / "cluster", durable=True) as url:
            made = Ground(home, url)
            made.owner(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(TEMPLATE)))
            made.work(made.named(TEMPLATE), "prepare")
            yield made
    finally:
        shutil.rmtree(home, ignore_errors=True)


def median(values: list[float]) -> float:
    return statistics.median(values)


def say(text: str) -> None:
    print(text, flush=True)
