"""Death at every operation: before and after each statement, each piece of a COPY and each commit of hand-in, import and reconciliation."""

import os
import signal
from collections.abc import Callable, Iterator
from itertools import chain, count

import psycopg

from tests.faults import story
from tests.faults.ground import KILLED, Ground, Life
from tests.universe import FeedFile

WATCHED = ((psycopg.Cursor, "execute"), (psycopg.Cursor, "executemany"), (psycopg.Copy, "write"), (psycopg.Connection, "commit"))
NEVER = 0


def die_at(point: int) -> None:
    """Have this process killed at the point: odd ones are before an operation, even ones after it."""
    passed = count(1)

    def watched(operation: Callable) -> Callable:
        def watch(*given, **options):
            if next(passed) == point:
                os.kill(os.getpid(), signal.SIGKILL)
            done = operation(*given, **options)
            if next(passed) == point:
                os.kill(os.getpid(), signal.SIGKILL)
            return done

        return watch

    for owner, name in WATCHED:
        setattr(owner, name, watched(getattr(owner, name)))


def life(handed: list[FeedFile], point: int, bug: Callable[[], object]) -> None:
    bug()
    die_at(point)
    story.hand_in(handed)
    story.work_off()


def undisturbed(here: Ground, handed: list[FeedFile]) -> str:
    """The state of everything after a run without a fault."""
    here.fresh("calm")
    calm = Life.begin("calm", lambda: life(handed, NEVER, lambda: None))
    if calm.end():
        raise SystemExit("\n".join(["the run without a fault failed:", *calm.words]))
    broken, state = story.afterwards(here, "calm", handed, calm.words)
    if broken:
        raise SystemExit("\n".join(["the run without a fault breaks something:", *broken]))
    return state


def every_point(here: Ground, handed: list[FeedFile], *, step: int = 1, bug: Callable[[], object] = lambda: None) -> Iterator[tuple[int, list[str]]]:
    """What was broken after a life without death, then for each `step`-th point; ends when a life comes to its end before the point."""
    calm = undisturbed(here, handed)
    for point in chain([NEVER], count(1, step)):
        here.fresh("round")
        killed = Life.begin("round", lambda at=point: life(handed, at, bug))
        ended = killed.end()
        broken, state = story.afterwards(here, "round", handed, killed.words)
        if state != calm:
            broken.append("not the state of a run without a fault")
        yield point, broken
        if point != NEVER and ended != KILLED:
            return
