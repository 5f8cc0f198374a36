"""Framme as somebody runs it, for tests that need real processes: a home of its own, with its own database, and nothing left afterwards."""

import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

from config import embedded

ROOT = Path(__file__).parents[1]
PATIENCE = 180  # seconds; a busy machine is slow, and waiting longer costs nothing where it is not
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


@contextmanager
def serving_from(home):
    """Runs `serve`; at the end it must stop cleanly, and its database is removed."""
    running = Serving(home)
    try:
        running.address()
        yield running
    finally:
        assert running.stop(signal.SIGTERM) == 0
        embedded._cluster(running.home).remove()
