"""The whole of `serve` and `demo`: hold the home, prepare, run everything, and leave nothing running."""

import signal
from collections.abc import Callable
from contextlib import suppress

from django.conf import settings
from django.core.management.base import CommandError

from config import embedded, preparation, processes
from config.cluster import DatabaseDown


def say(text: str) -> None:
    """Print at once, also through a pipe; that nobody is listening any more must not keep us from stopping."""
    with suppress(OSError):
        print(text, flush=True)


def run(*, port: int | None, fill: Callable[[], object] = lambda: None, welcome: Callable[[], object] = lambda: None) -> None:
    """Prepare, `fill` the database, run until told to stop; `welcome` is called once pages are served. Raises CommandError with a sentence."""
    for number in (signal.SIGTERM, signal.SIGHUP):  # until everything runs, these do what Ctrl-C does
        signal.signal(number, signal.default_int_handler)
    try:
        with processes.only_one(settings.HOME) as note_address:
            try:
                preparation.prepare(say=say)
                fill()
                _serve(port, welcome, note_address)
            finally:
                if settings.ONE_MACHINE:
                    embedded.stop(settings.HOME)
                say("Everything has stopped.")
    except KeyboardInterrupt:
        raise CommandError("Stopped before everything was running.") from None
    except processes.AlreadyRunning as other:
        raise CommandError(f"Framme is already running here ({other}). Stop it first, or choose another FRAMME_HOME.") from None
    except (*preparation.PROBLEMS, processes.PortTaken) as problem:
        raise CommandError(str(problem)) from problem


def _serve(port: int | None, welcome: Callable[[], object], note_address: Callable[[str], object]) -> None:
    port = processes.free_port(port)
    address = f"http://{processes.ADDRESS}:{port}/"

    def greet() -> None:
        note_address(address)
        answers = processes.wait_until_it_answers(address)
        say(f"\nFramme is running at {address}" if answers else f"\nThe pages do not answer yet; see {settings.HOME / 'log' / 'web.log'}")
        welcome()
        say("Ctrl-C stops everything.")

    started = processes.parts(home=settings.HOME, port=port)
    processes.Supervisor(parts=started, keep_database=_keep_database, say=say).run(when_started=greet)


def _keep_database() -> bool:
    """Whether it had to be started; what cannot be started now is tried again."""
    try:
        return settings.ONE_MACHINE and embedded.start(settings.HOME)
    except DatabaseDown as down:
        say(str(down))
        return False
