"""Runs web, worker and schedule as processes of this machine, starts again what dies, and stops everything together."""

import ctypes
import fcntl
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

ADDRESS = "127.0.0.1"
WORKERS = (os.cpu_count() or 1) + 1  # one may wait for the disk or for another while the others work; with more they get in each other's way
FIRST_PORT, LAST_PORT = 8000, 8099
# An idle worker takes six. After this a part is killed; what it was doing is still owed, and is done at the next start.
SECONDS_TO_STOP = 15
SECONDS_TO_ANSWER = 60
LONGEST_PAUSE = 60
LOOK_EVERY = 1.0
LOG_LIMIT = 10_000_000

Say = Callable[[str], object]


class AlreadyRunning(Exception):
    """Another process serves from this $FRAMME_HOME; the message says which and where."""


class PortTaken(Exception):
    """Something else listens where the web process should."""


@dataclass
class Part:
    """One of the processes: how it is started, where it writes, and how it has fared."""

    name: str
    command: list[str]
    log: Path
    process: subprocess.Popen[bytes] | None = None
    deaths: int = 0
    started_at: float = 0.0
    start_again_at: float = 0.0

    def start(self) -> None:
        if self.log.exists() and self.log.stat().st_size > LOG_LIMIT:
            self.log.replace(self.log.with_suffix(".log.1"))
        with open(self.log, "ab") as output:
            # A session of its own: Ctrl-C reaches only us, and we stop the parts in order.
            self.process = subprocess.Popen(
                self.command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True, preexec_fn=end_with_parent
            )
        self.started_at = time.monotonic()

    def exit_code(self) -> int | None:
        """Of a process that has died; None while it runs, or is waiting to be started again."""
        return self.process.poll() if self.process else None

    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def clear_away(self) -> float:
        """End what a dead process left behind; returns how many seconds to wait before it is started again."""
        self.end()
        lived = time.monotonic() - self.started_at
        self.deaths = 0 if lived > LONGEST_PAUSE else self.deaths + 1
        pause = min(2.0 ** max(self.deaths - 1, 0), LONGEST_PAUSE)
        self.process, self.start_again_at = None, time.monotonic() + pause
        return pause

    def ask_to_stop(self) -> None:
        if self.process:
            self.process.terminate()

    def end(self) -> None:
        """Leave nothing of it, nor of what it started."""
        if self.process:
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


@dataclass
class Supervisor:
    """Keeps the parts running until it is told to stop. `keep_database` is called every round and says whether it had to start it."""

    parts: list[Part]
    keep_database: Callable[[], bool]
    say: Say
    stops_wanted: int = field(default=0, init=False)

    def run(self, *, when_started: Callable[[], object]) -> None:
        """Start everything, call `when_started`, and come back after SIGINT, SIGTERM or SIGHUP with all of it stopped."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._stop_wanted)
        try:
            for part in self.parts:
                part.start()
            when_started()
            while not self.stops_wanted:
                self._look_after()
                time.sleep(LOOK_EVERY)
        finally:
            self.say("Stopping ...")
            self._stop()

    def _stop_wanted(self, number: int, frame: object) -> None:
        self.stops_wanted += 1

    def _stop(self) -> None:
        """Ask all of them at once, the schedule first; who asks twice does not want to wait."""
        for part in reversed(self.parts):
            part.ask_to_stop()
        before = time.monotonic() + SECONDS_TO_STOP
        for part in self.parts:
            while part.is_running() and time.monotonic() < before and self.stops_wanted < 2:
                time.sleep(0.05)
            part.end()

    def _look_after(self) -> None:
        if self.keep_database():
            self.say("The database was not answering and has been started again.")
        for part in self.parts:
            code = part.exit_code()
            if code is not None:
                self.say(f"{part.name} ended (exit {code}, see {part.log}); starting it again in {part.clear_away():.0f} s.")
            elif part.process is None and time.monotonic() >= part.start_again_at:
                part.start()
                self.say(f"{part.name} is running again.")


@contextmanager
def only_one(home: Path) -> Iterator[Callable[[str], object]]:
    """Hold the home for this process; gives a function that notes the address for the next one who asks. Raises AlreadyRunning."""
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    with open(home / "running", "a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            raise AlreadyRunning(" ".join(lock.read().split()) or "starting") from None
        _rewrite(lock, f"process {os.getpid()}")
        yield lambda address: _rewrite(lock, f"process {os.getpid()} at {address}")
        _rewrite(lock, "")


def free_port(wanted: int | None) -> int:
    """The port asked for, or the first free one from 8000. Raises PortTaken."""
    candidates = [wanted] if wanted else range(FIRST_PORT, LAST_PORT + 1)
    for port in candidates:
        if _is_free(port):
            return port
    raise PortTaken(f"Port {wanted or f'{FIRST_PORT} to {LAST_PORT}'} is in use by something else.")


def parts(*, home: Path, port: int) -> list[Part]:
    """Web, worker and schedule, in the order in which they are started."""
    python = [sys.executable, "-m"]
    celery = [*python, "celery", "--app", "config"]
    quiet = ["--without-gossip", "--without-mingle", "--without-heartbeat"]  # there is nobody else to talk to
    serving = ["--bind", f"{ADDRESS}:{port}", "--workers", "2", "--threads", "4", "--no-control-socket", "--logger-class", "config.logs.Gunicorn"]
    commands = {
        "web": [*python, "gunicorn", "config.wsgi:application", *serving],
        "worker": [*celery, "worker", "--concurrency", str(WORKERS), "--loglevel", "INFO", *quiet],
        "schedule": [*celery, "beat", "--loglevel", "INFO", "--schedule", str(home / "schedule")],
    }
    logs = home / "log"
    logs.mkdir(mode=0o700, exist_ok=True)
    return [Part(name=name, command=command, log=logs / f"{name}.log") for name, command in commands.items()]


def wait_until_it_answers(url: str) -> bool:
    """Whether the web process answers, with any page, within a minute."""
    until = time.monotonic() + SECONDS_TO_ANSWER
    while time.monotonic() < until:
        try:
            urllib.request.urlopen(url, timeout=5).close()
            return True
        except urllib.error.HTTPError:
            return True
        except OSError:
            time.sleep(0.1)
    return False


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((ADDRESS, port))
        except OSError:
            return False
    return True


def _rewrite(lock: TextIO, text: str) -> None:
    lock.seek(0)
    lock.truncate()
    lock.write(text)
    lock.flush()


def end_with_parent(number: signal.Signals = signal.SIGTERM) -> None:
    """Run in a new child. Linux: have it sent this signal when we are killed, so that the next start finds nothing of ours left."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, number)
