"""Ground for faults: a home of its own with a real server that survives crashes, and lives, which are processes that may be killed at any moment."""

import io
import json
import os
import shutil
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from django.core.management import call_command
from django.db import connections
from psycopg import sql

from config import embedded

PREPARED = "prepared"  # what the database of each round is copied from
MOST_SWEEPS = 4
KILLED = -9
LOOK_EVERY = 0.5  # seconds


@dataclass(frozen=True)
class Ground:
    """One home. A database is named; each round has its own, copied from the one that was prepared."""

    home: Path

    def empty(self, name: str) -> None:
        """A database with nothing in it."""
        self.superuser(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
        self.copied(name, template="template0")

    def fresh(self, name: str) -> None:
        self.superuser(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
        self.copied(name, template=PREPARED)

    def copied(self, name: str, *, template: str) -> None:
        named, owner = map(sql.Identifier, (name, embedded.OWNER))
        self.superuser(sql.SQL("CREATE DATABASE {} TEMPLATE {} OWNER {}").format(named, sql.Identifier(template), owner))

    def superuser(self, statement: sql.Composed) -> None:
        where = connections["default"].settings_dict["HOST"]
        with psycopg.connect(host=where, user="postgres", password=embedded.secret(self.home, "postgres"), dbname="postgres", autocommit=True) as connection:
            connection.execute(statement)

    @property
    def server(self) -> int:
        return int((self.home / "postmaster.pid").read_text().split()[0])


@contextmanager
def ground(*, prepare: Callable[[], object]) -> Iterator[Ground]:
    """A home that goes when the run ends; its database is migrated and prepared in a process of its own, so that this one holds no connection."""
    home = Path(os.environ["FRAMME_HOME"])
    try:
        embedded.start(home)
        ended = Life.begin(embedded.DATABASE, prepare).end()
        if ended:
            raise SystemExit(f"the database could not be prepared ({ended})")
        here = Ground(home)
        here.copied(PREPARED, template=embedded.DATABASE)
        yield here
    finally:
        embedded.remove(home)
        shutil.rmtree(home, ignore_errors=True)


@dataclass
class Life:
    """A process forked from this one, with a database to work in. What it tells is there however it dies."""

    pid: int
    told: Path

    @classmethod
    def begin(cls, database: str, do: Callable[[], object]) -> "Life":
        """Let a new process do something."""
        handle, path = tempfile.mkstemp(dir=os.environ["FRAMME_HOME"])
        pid = os.fork()
        if pid:
            os.close(handle)
            return cls(pid, Path(path))
        status = 1
        try:
            sys.stdout = os.fdopen(handle, "w", buffering=1)
            for connection in connections.all():
                connection.settings_dict["NAME"] = database
            do()
            status = 0
        except SystemExit as ended:
            status = int(ended.code or 0)
        except BaseException:
            traceback.print_exc(file=sys.stdout)
        finally:
            sys.stdout.flush()
            os._exit(status)

    def end(self, meanwhile: Callable[[], object] | None = None) -> int:
        """Its exit status; negative is the signal that ended it. `meanwhile` is done again and again until then."""
        while meanwhile and os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
            meanwhile()
            time.sleep(LOOK_EVERY)
        _, status = os.waitpid(self.pid, 0)
        return os.waitstatus_to_exitcode(status)

    def kill(self) -> None:
        os.kill(self.pid, 9)

    @property
    def words(self) -> list[str]:
        """What it said, line by line; the last may be cut."""
        said = self.told.read_text().splitlines()
        self.told.unlink()
        return said


def printed(command: str, *arguments: str) -> tuple[int, str]:
    """The exit status of a command, and what it printed."""
    out = io.StringIO()
    try:
        call_command(command, *arguments, stdout=out)
    except SystemExit as ended:
        return int(ended.code or 0), out.getvalue()
    return 0, out.getvalue()


def as_json(value: Any) -> str:
    return json.dumps(value, sort_keys=True)
