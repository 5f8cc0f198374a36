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
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from config import embedded
from config.demo import native
from config.demo.messages import Course, Report
from tests import universe
from tests.universe import BERGEN, Universe

# Whose file it is (a service's code), its format, and its path.
File = tuple[str, str, str]

SOURCES: dict[str, Callable[..., Iterator[universe.Line]]] = {
    "portal-list": lambda reports, _: universe.portal_list(reports),
    "portal-history": lambda reports, _: universe.portal_history(reports),
    "mottakslogg": universe.mottakslogg,
}
ROOT = Path(__file__).parents[2]
TEMPLATE = "template_framme"
START = "import django; django.setup(); from tests.benchmarks import worker; worker.main()"
UPLOADS = 2  # processes of `serve` that take files in
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

    def work(self, url: str, *what: str) -> dict[str, Any]:
        """Let tests.benchmarks.worker do something against a database; what it measured."""
        return self.together(url, what)[0]

    def together(self, url: str, *works: Sequence[str]) -> list[dict[str, Any]]:
        """The same for several things, each in a process of its own, that begin together once all are ready; what each measured."""
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
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        started = [subprocess.Popen([sys.executable, "-c", START, *what], cwd=ROOT, env=environment, **pipes) for what in works]
        for one in started:
            one.stdout.readline()  # it says that it is ready
        for one in started:
            one.stdin.close()  # and waits for this
        said = [one.stdout.read() for one in started]
        if any(one.wait() for one in started):
            raise SystemExit(f"{works[0][0]} failed")
        return [json.loads(text.splitlines()[-1]) for text in said]

    def brought_in(self, url: str, files: list[File], *, processes: int = 1, days_ago: int = 0) -> dict[str, Any]:
        """Take in the files, and import and reconcile them in so many processes: seconds from the first byte to the last fold, CPU seconds of all processes and
        their server processes, rows, messages, and the memory of the largest process in MB, at rest and at most. The clock may go some days behind.
        """
        uploads = min(processes, UPLOADS)
        received = self.together(url, *(("receive", json.dumps(files[number::uploads]), str(days_ago)) for number in range(uploads)))
        done = self.together(url, *[("work_off", str(days_ago))] * processes)
        return {
            "seconds": max(one["seconds"] for one in received) + max(one["ended"] for one in done) - min(one["begun"] for one in done),
            "cpu": sum(one["cpu"] for one in received + done),
            "resting": max(one["resting"] for one in done),
            "peak": max(one["peak"] for one in done),
        } | self.work(url, "accounts")

    def files(
        self,
        first: int,
        count: int,
        *,
        seed: int = 1,
        municipality: str = BERGEN,
        fates: Sequence[str] = MOSTLY_ARRIVED,
        formats: Sequence[str] = tuple(SOURCES),
    ) -> list[File]:
        """Write list, history and log of `count` messages of a municipality, or some of them, numbered from `first`. Flat in memory."""
        told = Universe(seed=seed, municipality=municipality, now=TODAY, fates=fates)
        written = []
        for format in formats:
            lines = SOURCES[format]
            path = self.home / f"{format}-{municipality}-{seed}-{first}-{count}.csv"
            if not path.exists():
                reports = (brief(told.report(number)) for number in range(first, first + count))
                with path.open("wb") as stream:
                    native.as_csv(universe.COLUMNS[format], (line.cells for line in lines(reports, municipality)), stream)
            written.append((municipality, format, str(path)))
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
        with embedded.throwaway(home, durable=True) as url:
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
