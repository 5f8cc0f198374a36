"""Framme's own processes, as `serve` starts them: web, worker and schedule are killed by their ids, and the broker with them; then they run again."""

import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random
from urllib.parse import urlsplit

import redis
from django.conf import settings

from config import embedded, processes
from config.processes import Part
from tests.faults import points, story
from tests.faults.crashes import children, kill
from tests.faults.ground import Ground, Life

LONGEST = 3.0  # seconds in which a round's work is done
ROUNDS_OF_A_STORY = 10  # the same files with as many deaths, so that their calm state is found once
TASKS = ("feeds.sweep", "deliveries.reconcile_owed", "deliveries.reconcile_due")


@dataclass
class Machine:
    """The parts that run, by name."""

    parts: dict[str, Part]
    address: str

    def keep(self) -> None:
        """Start again what is not running, the way whatever keeps processes alive does."""
        for part in self.parts.values():
            if not part.is_running():
                part.end()
                part.start()

    def victim(self, random: Random) -> tuple[str, int]:
        """One of the processes: a part, or one that it has started."""
        name = random.choice(list(self.parts))
        process = self.parts[name].process
        own = process.pid if process else 0
        return name, random.choice([own, *children(own)])


@contextmanager
def machine(home: Path, *names: str) -> Iterator[Machine]:
    """Those of the parts, with this home."""
    port = processes.free_port(None)
    made = Machine({part.name: part for part in processes.parts(home=home, port=port) if part.name in names}, f"http://{processes.ADDRESS}:{port}/")
    (home / "static").mkdir(exist_ok=True)
    try:
        made.keep()
        if "web" in names:
            processes.wait_until_it_answers(f"{made.address}healthz")
        yield made
    finally:
        for part in made.parts.values():
            part.end()


def rounds_of(
    here: Ground, running: Machine, seed: int, rounds: int, play: Callable[[Random, list, int], tuple[str, list[str]]]
) -> Iterator[tuple[str, list[str]]]:
    """What `play` makes of each round and what it was answered; then all that is owed must be done within two sweeps, by parts that are kept alive."""
    random = Random(seed)
    for number in range(1, rounds + 1):
        if number % ROUNDS_OF_A_STORY == 1:
            handed = story.files(seed + number)
            calm = points.undisturbed(here, handed)
        here.fresh(embedded.DATABASE)
        what, answered = play(random, handed, number)
        broken, state = story.afterwards(here, embedded.DATABASE, handed, answered, recover=story.wait_for_others, meanwhile=running.keep)
        yield f"round {number}, {what}", broken if state == calm else [*broken, "not the state of a run without a fault"]


def killed_processes(here: Ground, seed: int, rounds: int) -> Iterator[tuple[str, list[str]]]:
    """kill -9 of web, worker or schedule, or of one of their processes, while files are handed in at the page and worked off."""
    with machine(here.home, "web", "worker", "schedule") as running:

        def play(random: Random, handed: list, number: int) -> tuple[str, list[str]]:
            life = Life.begin(embedded.DATABASE, lambda: story.hand_in_by_web(handed, running.address))
            time.sleep(random.random() * LONGEST)
            name, victim = running.victim(random)
            kill(victim)
            life.end()
            running.keep()
            answers = life.words
            return f"{name} killed, {sum(map(is_answer, answers))} of {len(handed)} files answered", answers

        yield from rounds_of(here, running, seed, rounds, play)


def broken_broker(here: Ground, seed: int, rounds: int) -> Iterator[tuple[str, list[str]]]:
    """The broker forgets everything, or is killed and starts empty; rings come twice and in another order."""
    with broker() as server, machine(here.home, "worker") as running:

        def play(random: Random, handed: list, number: int) -> tuple[str, list[str]]:
            life = Life.begin(embedded.DATABASE, lambda: story.hand_in(handed))
            time.sleep(random.random() * LONGEST)
            what = random.choice(list(FAULTS))
            FAULTS[what](server, random)
            life.end()
            server.keep()
            running.keep()
            return f"the broker {what}", life.words

        yield from rounds_of(here, running, seed, rounds, play)


@dataclass
class Broker:
    """A Redis of our own, that keeps nothing on disk."""

    port: int
    process: subprocess.Popen[bytes] | None = None

    def keep(self) -> None:
        if self.process is None or self.process.poll() is not None:
            command = ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
            self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, preexec_fn=processes.end_with_parent)
        while not self.answers():
            time.sleep(0.05)

    def answers(self) -> bool:
        try:
            return bool(self.client.ping())
        except redis.ConnectionError:
            return False

    @property
    def client(self) -> redis.Redis:
        return redis.Redis(port=self.port)

    def end(self) -> None:
        if self.process:
            self.process.kill()
            self.process.wait()


def forget(server: Broker, random: Random) -> None:
    server.client.flushall()


def die(server: Broker, random: Random) -> None:
    server.end()


def repeat(server: Broker, random: Random) -> None:
    """Every ring once more, in any order."""
    rings = server.client.lrange("celery", 0, -1)
    random.shuffle(rings)
    for ring in rings:
        server.client.lpush("celery", ring)
    story.ring(random.choices(TASKS, k=9))


FAULTS = {"forgets everything": forget, "is killed": die, "rings twice": repeat}


@contextmanager
def broker() -> Iterator[Broker]:
    server = Broker(urlsplit(settings.CELERY_BROKER_URL).port or 0)
    try:
        server.keep()
        yield server
    finally:
        server.end()


def is_answer(word: str) -> bool:
    return word.startswith("received ")


def is_there() -> bool:
    """Whether this machine has a Redis that can be broken."""
    return shutil.which("redis-server") is not None
