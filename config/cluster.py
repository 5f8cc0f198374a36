"""One PostgreSQL server of our own: where it lives, and making, starting, asking and stopping it."""

import fcntl
import hashlib
import os
import shlex
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from config import binaries
from config.processes import end_with_parent

PORT = 5432  # only names the socket's file; nothing listens on TCP
LONGEST_SOCKET = 100  # AF_UNIX allows 103 to 107 bytes
START_TRIES = 20  # after a crash the last children of the old server may need a moment to end
SECONDS_TO_RECOVER = 120

MB = 1 << 20
LIMIT_OF_CONTAINER = Path("/sys/fs/cgroup/memory.max")


def memory() -> int:
    """How many bytes this machine, or the container that we are in, has."""
    machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    limit = LIMIT_OF_CONTAINER.read_text().strip() if LIMIT_OF_CONTAINER.exists() else ""
    return min(machine, int(limit)) if limit.isdecimal() else machine


def shared_buffers(memory: int) -> str:
    """An eighth of the memory, since Framme's own processes live beside it. Facts are kept under random keys: what finds no room is read again for each of them."""
    return f"{min(max(memory // 8 // MB, 128), 2048)}MB"


# Statements and details stay out of the log: they may repeat what a feed said about somebody.
SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "60",
    "shared_buffers": shared_buffers(memory()),
    "work_mem": "64MB",
    "temp_buffers": "64MB",  # an import stages its file in temporary tables; with the usual 8 MB they are written to disk and read again
    "maintenance_work_mem": "256MB",
    "max_wal_size": "4GB",
    "wal_buffers": "64MB",  # with the usual 16 several imports wait for one another to write what the log has no room for
    "synchronous_commit": "on",
    "jit": "off",
    "random_page_cost": "1.1",  # the usual 4 is of turning disks: a small import would read a large ledger through instead of looking its messages up
    "dynamic_shared_memory_type": "mmap",  # the /dev/shm of a container is too small for a parallel query
    "log_checkpoints": "off",
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
}


class DatabaseDown(Exception):
    """The server cannot be made or started; the message says why."""


@dataclass(frozen=True)
class Cluster:
    """`home` belongs to whoever runs the commands, `base` to the account that the server runs as; for an ordinary user they are one."""

    home: Path
    base: Path
    settings: Mapping[str, str] = field(default_factory=dict)
    outlives_us: bool = True  # else it ends with the process that started it, however that ends

    @property
    def data(self) -> Path:
        """The data directory, named by major version so that a later one can stand beside it."""
        return self.base / f"postgresql-{binaries.version().partition('.')[0]}"

    @property
    def sockets(self) -> Path:
        """The directory of the socket: below the base, or in /tmp where that path would be too long for a socket."""
        below = self.base / "run"
        if len(os.fsencode(below / f".s.PGSQL.{PORT}")) <= LONGEST_SOCKET:
            return below
        return Path("/tmp") / f"framme-{os.geteuid()}-{hashlib.sha256(os.fsencode(self.base)).hexdigest()[:12]}"

    @property
    def log(self) -> Path:
        return self.base / "log" / "postgresql.log"

    def is_running(self) -> bool:
        """Whether it answers. pg_ctl status is not asked: it takes a dead server that nobody has reaped for a running one."""
        return self._readiness() == 0

    def start(self, *, password: str, roles: str) -> bool:
        """Have it answering; True when this call started it.

        `password` (of the superuser) and `roles` (SQL, one statement a line) are used once, when the cluster is made. Raises DatabaseDown.
        """
        if self.is_running():
            return False
        with self._locked():
            if self.is_running():
                return False
            self._make_directories()
            if not self.data.exists():
                self._create(password, roles)
            self._launch()
        return True

    def stop(self) -> bool:
        """End it, with what is committed safe; True when there was a server to stop."""
        with self._locked():
            if self._readiness() > 1:
                return False
            self._run("pg_ctl", "stop", "-D", str(self.data), "-m", "fast", "-w", "-t", "60")
            self._pid_file.unlink(missing_ok=True)
        return True

    def remove(self) -> None:
        """Delete the data and the sockets: for throw-away clusters only."""
        shutil.rmtree(self.sockets, ignore_errors=True)
        shutil.rmtree(self.base, ignore_errors=True)

    @property
    def _pid_file(self) -> Path:
        return self.home / "postmaster.pid"

    @contextmanager
    def _locked(self) -> Iterator[None]:
        self.home.mkdir(mode=0o700, parents=True, exist_ok=True)
        with open(self.home / "database.lock", "w") as handle:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield

    def _readiness(self) -> int:
        """0 answers, 1 is starting or stopping, 2 is not there."""
        if not self.sockets.exists():
            return 2
        return self._run("pg_isready", "-q", "-h", str(self.sockets), "-p", str(PORT), "-t", "5", must_succeed=False).returncode

    def _account(self) -> str | None:
        """Whom the server runs as; None is ourselves."""
        if os.geteuid() != 0:
            return None
        return self.data.owner() if self.data.exists() else binaries.server_account()

    def _as_account(self) -> dict[str, Any]:
        """How a program is run as the server's account, with nothing of our environment."""
        account = self._account()
        rights: dict[str, Any] = {"user": account, "extra_groups": []} if account else {}
        return {"cwd": "/", "env": {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "LC_ALL": "C", "TZ": "UTC"}, **rights}

    def _make_directories(self) -> None:
        account = self._account()
        for directory in (self.base, self.log.parent, self.sockets):
            directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            if account:
                shutil.chown(directory, account)
            elif directory.is_symlink() or directory.stat().st_uid != os.geteuid():
                raise DatabaseDown(f"{directory} belongs to another account: run the command as that account, or choose another FRAMME_HOME")

    def _create(self, password: str, roles: str) -> None:
        """Make the cluster beside its place and rename it there at the end, so that a half-made one is never taken for a whole one."""
        unfinished = self.data.with_suffix(".unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        password_file = self.base / "initial-password"
        password_file.unlink(missing_ok=True)
        password_file.touch(mode=0o600)
        if account := self._account():
            shutil.chown(password_file, account)
        password_file.write_text(password)
        locale = ("-E", "UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C")
        self._run("initdb", "-D", str(unfinished), "-U", "postgres", "-A", "scram-sha-256", "--pwfile", str(password_file), "--no-sync", *locale)
        password_file.unlink()
        told = self._run("postgres", "--single", "-D", str(unfinished), "postgres", text=roles)
        if "ERROR:" in told.stderr:
            raise DatabaseDown(f"the roles of the database could not be made: {told.stderr[-1000:]}")
        unfinished.rename(self.data)

    def _launch(self) -> None:
        for _ in range(START_TRIES):
            self._forget_the_dead()
            if not self._comes_by_itself():
                self._start_server()
            if self.is_running():
                self._pid_file.write_text((self.data / "postmaster.pid").read_text())
                return
            time.sleep(0.5)
        last_words = self.log.read_text(errors="replace")[-1000:] if self.log.exists() else "(no log)"
        raise DatabaseDown(f"PostgreSQL does not start; {self.log} ends with:\n{last_words}")

    def _comes_by_itself(self) -> bool:
        """Whether a server that is there already, and recovers from a crash or ends, answers after a while: another beside it could not start."""
        until = time.monotonic() + SECONDS_TO_RECOVER
        while self._readiness() == 1 and time.monotonic() < until:
            time.sleep(0.1)
        return self.is_running()

    def _start_server(self) -> None:
        given = {**SETTINGS, **self.settings, "unix_socket_directories": f'"{self.sockets}"'}
        options = ["-p", str(PORT), *(f"-c{name}={value}" for name, value in given.items())]
        if self.outlives_us:
            command = ("pg_ctl", "start", "-D", str(self.data), "-l", str(self.log), "-o", shlex.join(options), "-w", "-t", "120")
            self._run(*command, must_succeed=False, silent=True)
            return
        with open(self.log, "ab") as log:
            server = subprocess.Popen(
                [str(binaries.folder() / "postgres"), "-D", str(self.data), *options],
                stdout=log, stderr=log, start_new_session=True, preexec_fn=partial(end_with_parent, signal.SIGINT), **self._as_account(),
            )  # fmt: skip
        while server.poll() is None and not self.is_running():
            time.sleep(0.05)

    def _forget_the_dead(self) -> None:
        """When the server was killed: end what is left of it, which may be deep in a query, and remove its pid file.

        PostgreSQL itself looks only whether the number in that file is in use: by a server nobody has reaped, or by any program after a restart.
        """
        left_over = self.data / "postmaster.pid"
        if not Path("/proc/self/exe").exists() or not left_over.exists():
            return
        if int(left_over.read_text().split()[0]) in _servers_in(self.data):
            return
        while orphans := _servers_in(self.data):
            for orphan in orphans:
                with suppress(ProcessLookupError):
                    os.kill(orphan, signal.SIGKILL)
            time.sleep(0.05)
        left_over.unlink(missing_ok=True)

    def _run(self, program: str, *arguments: str, text: str = "", must_succeed: bool = True, silent: bool = False) -> subprocess.CompletedProcess[str]:
        """Run a program of PostgreSQL as the server's account. `silent` when it leaves a process behind that would hold our pipes open."""
        output = subprocess.DEVNULL if silent else subprocess.PIPE
        command = [str(binaries.folder() / program), *arguments]
        done = subprocess.run(command, check=False, text=True, input=text, stdout=output, stderr=output, **self._as_account())
        if must_succeed and done.returncode:
            raise DatabaseDown(f"{program} failed: {done.stderr[-1000:]}")
        return done


def _servers_in(directory: Path) -> list[int]:
    """The living processes of PostgreSQL that work in this directory, as all of a server's do."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if (process / "cwd").readlink() == directory and (process / "exe").readlink().name.startswith("postgres"):
                found.append(int(process.name))
    return found
