"""What each fault does in its rounds. Every run gives the number of rounds after which something was lost or broken."""

import time
from argparse import Namespace
from collections import Counter
from collections.abc import Callable, Iterable

from django.conf import settings

from tests.faults import backups, bugs, crashes, machines, points, readers, story
from tests.faults.ground import ground

TOLD_EVERY = 10
STRIKES = 3  # one in so many


def say(text: str) -> None:
    print(text, flush=True)


def counted(rounds: Iterable[tuple[str, list[str]]], *, minutes: float, struck: str = "") -> int:
    """Prints what was broken in each round, and at last how many rounds there were of each kind; how many were broken.

    `struck` is the kind in which a fault that may miss has struck; a run in which it did so in less than a third of the rounds shows nothing.
    """
    done = wrong = 0
    until = time.monotonic() + minutes * 60
    kinds: Counter[str] = Counter()
    for name, broken in rounds:
        done += 1
        kinds.update(name.split(", ")[1:2])
        if done % TOLD_EVERY == 0:
            say(f"  {done} rounds so far, the last was {name}")
        wrong += bool(broken)
        for what in broken:
            say(f"  {name}: {what}")
        if time.monotonic() > until:
            break
    say(f"{done} rounds, {wrong} of them broken" + "".join(f"; {kind}: {count}" for kind, count in sorted(kinds.items())))
    if struck and kinds[struck] * STRIKES < done:
        say(f"BROKEN: {struck} in {kinds[struck]} of {done} rounds only, so that little was tried")
        wrong += 1
    return wrong


def every_point(given: Namespace) -> int:
    with ground(prepare=story.prepare) as here:
        found = points.every_point(here, story.files(given.seed), step=given.step)
        return counted(((f"point {point}", broken) for point, broken in found), minutes=given.minutes)


def every_bug(given: Namespace) -> int:
    """Each bug must break something at some point; returns how many were not caught."""
    missed = 0
    with ground(prepare=story.prepare) as here:
        for name, bug in bugs.BUGS.items() if not given.bug else [(given.bug, bugs.BUGS[given.bug])]:
            found = ((point, broken) for point, broken in points.every_point(here, story.files(given.seed), step=given.step, bug=bug) if broken)
            point, broken = next(found, (0, []))
            say(f"{name}: caught at point {point}: {broken[0]}" if broken else f"{name}: NOT CAUGHT")
            missed += not broken
    return missed


def of_crashes(rounds_of: Callable[..., Iterable[tuple[str, list[str]]]], *, struck: str = "") -> Callable[[Namespace], int]:
    def run(given: Namespace) -> int:
        with ground(prepare=story.prepare) as here:
            return counted(rounds_of(here, given.seed, given.rounds), minutes=given.minutes, struck=struck)

    return run


def full_disk(given: Namespace) -> int:
    with crashes.small_disk(settings.HOME):
        return of_crashes(crashes.full_disk, struck=crashes.FAILED)(given)


def broken_broker(given: Namespace) -> int:
    if not machines.is_there():
        say("SKIPPED: there is no redis-server on this machine, so nothing was tried")
        return 0
    return of_crashes(machines.broken_broker)(given)


RUNS: dict[str, Callable[[Namespace], int]] = {
    "points": every_point,
    "bugs": every_bug,
    "together": of_crashes(crashes.together),
    "server": of_crashes(crashes.killed_server),
    "disk": full_disk,
    "processes": of_crashes(machines.killed_processes),
    "broker": broken_broker,
    "backup": of_crashes(backups.restored),
    "readers": of_crashes(readers.ended_readers),
}
