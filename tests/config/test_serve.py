"""The whole program as somebody runs it: real processes, one of which is killed now and then."""

import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from config import embedded

ROOT = Path(__file__).parents[2]
PATIENCE = 60
OURS = ("DATABASE_URL", "SECRET_KEY", "FRAMME_HOME", "CELERY_BROKER_URL", "ALLOWED_HOSTS")


class Serving:
    """`manage.py serve` with a home of its own, and everything it has said."""

    command = (sys.executable, "manage.py", "serve")

    def __init__(self, home):
        self.home = home
        self.environment = {name: value for name, value in os.environ.items() if name not in OURS} | {"FRAMME_HOME": str(home)}
        self.said_in = home.with_suffix(".txt")
        with self.said_in.open("w") as said:
            self.process = subprocess.Popen(self.command, cwd=ROOT, env=self.environment, stdout=said, stderr=said)

    def has_said(self, words):
        return wait_for(lambda: words in self.said_in.read_text())

    def address(self):
        assert self.has_said("Framme is running at "), self.said_in.read_text()
        return self.said_in.read_text().split("Framme is running at ")[1].split()[0]

    def process_of(self, part):
        found = subprocess.run(["pgrep", "-P", str(self.process.pid), "-f", part], capture_output=True, text=True, check=False)
        return int(found.stdout.split()[0]) if found.stdout else None

    def stop(self, number):
        self.process.send_signal(number)
        return self.process.wait(PATIENCE)


def wait_for(condition):
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        if found := condition():
            return found
        time.sleep(0.1)
    return None


def status_of(url):
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code


@pytest.fixture(scope="module")
def serving(tmp_path_factory):
    running = Serving(tmp_path_factory.mktemp("serve").resolve() / "home")
    try:
        running.address()
        yield running
    finally:
        assert running.stop(signal.SIGTERM) == 0
        embedded._cluster(running.home).remove()


def test_the_sign_in_page_is_served(serving):
    assert status_of(serving.address() + "accounts/sign-in/") == 200


def test_a_second_start_says_that_one_runs_already(serving):
    second = subprocess.run(serving.command, cwd=ROOT, env=serving.environment, capture_output=True, text=True, timeout=PATIENCE, check=False)

    assert second.returncode == 1
    assert second.stderr.startswith("CommandError: Framme is already running here")
    assert serving.address() in second.stderr


@pytest.mark.parametrize("part", [" worker ", " beat ", "gunicorn"])
def test_what_dies_is_started_again(serving, part):
    dead = wait_for(lambda: serving.process_of(part))

    os.kill(dead, signal.SIGKILL)

    assert wait_for(lambda: serving.process_of(part) not in (None, dead))
    assert serving.has_said("starting it again")


def test_a_database_that_is_killed_is_started_again(serving):
    os.kill(int((serving.home / "postmaster.pid").read_text().split()[0]), signal.SIGKILL)

    assert serving.has_said("The database was not answering and has been started again.")
    assert wait_for(lambda: status_of(serving.address() + "accounts/sign-in/") == 200)


def test_it_leaves_nothing_running(tmp_path):
    alone = Serving(tmp_path.resolve() / "home")
    alone.address()
    parts = [alone.process_of(part) for part in (" worker ", " beat ", "gunicorn")]
    database = int((alone.home / "postmaster.pid").read_text().split()[0])

    code = alone.stop(signal.SIGINT)

    assert code == 0
    assert "Everything has stopped." in alone.said_in.read_text()
    assert [process for process in (*parts, database) if is_alive(process)] == []
    embedded._cluster(alone.home).remove()


def is_alive(process):
    """Whether it runs; a dead one that nobody has reaped does not."""
    state = subprocess.run(["ps", "-o", "stat=", "-p", str(process)], capture_output=True, text=True, check=False).stdout.strip()
    return bool(state) and not state.startswith("Z")
