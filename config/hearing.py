"""A worker that hears nothing any more ends itself, so that whoever keeps processes alive starts it anew.

The schedule rings several times a minute. A worker that finds its broker gone when it wants to say that it is done does not notice that the connection is none,
and waits on it for ever, looking well to everybody (Celery with Redis). What is owed stands in the database, so nothing is lost by it; but it would wait for a
person to notice.
"""

import os
import signal
import threading
import time

import structlog
from celery.signals import task_received
from celery.worker import state

LONGEST = 120.0  # seconds without a ring; several workers share them, so that none hears every one
LOOK_EVERY = 15.0
SECONDS_TO_STOP = 30.0

log = structlog.get_logger("framme.worker")


class Ear:
    """When this worker last heard a ring, by a clock that only goes forward."""

    def __init__(self) -> None:
        self.heard_at = time.monotonic()

    def hear(self, **_: object) -> None:
        self.heard_at = time.monotonic()

    def is_deaf(self, *, is_busy: bool) -> bool:
        """Whether nothing was heard for too long; whoever is at work takes no more, and is not deaf for that."""
        if is_busy:
            self.hear()
        return time.monotonic() - self.heard_at > LONGEST


ear = Ear()


def listen(**_: object) -> None:
    """Begin to watch, in the worker's main process: rings come there."""
    ear.hear()
    task_received.connect(ear.hear)
    threading.Thread(target=_end_when_deaf, name="hearing", daemon=True).start()


def _end_when_deaf() -> None:
    while not ear.is_deaf(is_busy=bool(state.reserved_requests)):
        time.sleep(min(LOOK_EVERY, LONGEST))
    log.error("nothing has rung for too long; this worker ends, to be started anew", seconds=LONGEST)
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(SECONDS_TO_STOP)
    os._exit(1)  # it is idle, and too far gone to stop by itself
