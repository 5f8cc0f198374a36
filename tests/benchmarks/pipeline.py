"""What importing costs: `python -m tests.benchmarks.pipeline [--rows 1000000] [--deliveries 1000000] [--rounds 3]`; 0 leaves a question out.

Two questions, each answered by a ratio measured in one run: how many times as long as a bare COPY of the same events does an import with its reconciliation take;
and how many times as long does the same small import take when the database holds many deliveries. Nothing asserts on time.
"""

import argparse
from collections import defaultdict
from typing import Any

from config.processes import WORKERS
from tests.benchmarks.grounds import File, Ground, ground, median, say
from tests.universe import BERGEN

ROWS_OF_A_MESSAGE = 4
SMALL = 10_000
SERVICES = (BERGEN, "5001", "1103", "4204", "3301", "3907", "5501", "1806")

# How many processes import, and whose files. Within a service one file is appended at a time.
WAYS = {
    "as `serve` does it, eight services": (WORKERS, SERVICES),
    "one process, one service": (1, (BERGEN,)),
}
FLOORS = {"copy_rows": "psycopg COPY of the same events", "copy_text": "COPY of them as ready text"}


def against_the_floor(here: Ground, rows: int, rounds: int) -> None:
    """Import `rows` rows into an empty database, then COPY the events it made; by turns, each time in a database of its own.

    Wall-clock, and work alone (CPU of the processes and their server processes), which a busy machine does not change.
    """
    ratios: dict[tuple[str, str, str], list[float]] = defaultdict(list)
    for number in range(1, rounds + 1):
        for way, (processes, services) in WAYS.items():
            url = here.database("round")
            done = here.brought_in(url, files_of(here, services, rows), processes=processes)
            floors = {floor: here.work(url, floor) for floor in FLOORS}
            here.drop("round")
            for floor, copied in floors.items():
                for measure in ("seconds", "cpu"):
                    ratios[way, floor, measure].append(done[measure] / copied[measure])
            say(f"  round {number}, {way}: {told(done, floors)}")
    for way in WAYS:
        for floor, what in FLOORS.items():
            wall, work = (median(ratios[way, floor, measure]) for measure in ("seconds", "cpu"))
            say(f"import and reconcile, {way} / {what}: {wall:.2f} times, by work {work:.2f} (goal: at most 4)")
    tenth = here.brought_in(here.database("tenth"), files_of(here, (BERGEN,), rows // 10))
    say(f"memory of a process at most {done['peak']:.0f} MB (goal: under 200), with a tenth of the rows {tenth['peak']:.0f} MB (goal: the same)")


def files_of(here: Ground, services: tuple[str, ...], rows: int) -> list[File]:
    """So many rows in three files of each service, one source after the other."""
    return sorted(
        (file for code in services for file in here.files(0, rows // ROWS_OF_A_MESSAGE // len(services), municipality=code)), key=lambda file: file[1]
    )


def told(done: dict[str, Any], floors: dict[str, dict[str, Any]]) -> str:
    copies = ", ".join(f"{floor.replace('_', ' ')} {copied['seconds']:.1f} s ({copied['cpu']:.1f})" for floor, copied in floors.items())
    return (
        f"{done['rows']:,} rows in {done['seconds']:.1f} s ({done['cpu']:.1f} of work), {floors['copy_rows']['events']:,} events: {copies}; "
        f"memory {done['resting']:.0f} MB at rest, at most {done['peak']:.0f} MB"
    )


def growth(here: Ground, deliveries: int, rounds: int) -> None:
    """Import the same small files into a small and a large database, by turns."""
    sizes = {"small": SMALL, "large": deliveries}
    for name, size in sizes.items():
        url = here.database(name)
        here.brought_in(url, [file for file in here.files(0, size) if "portal-history" not in file], processes=2)
        here.work(url, "vacuum")
    seconds: dict[str, list[float]] = {name: [] for name in sizes}
    for number in range(1, rounds + 1):
        files = here.files(number * SMALL, SMALL // ROWS_OF_A_MESSAGE, seed=3)
        for name in sizes:
            seconds[name].append(here.brought_in(here.named(name), files)["seconds"])
        say(f"  round {number}: {seconds['small'][-1]:.2f} s into {SMALL:,} deliveries, {seconds['large'][-1]:.2f} s into {deliveries:,}")
    say(f"{SMALL:,} rows into {deliveries:,} deliveries / into {SMALL:,}: {median(seconds['large']) / median(seconds['small']):.2f} times (goal: at most 1.5)")


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("--rows", type=int, default=1_000_000)
    asked.add_argument("--deliveries", type=int, default=1_000_000)
    asked.add_argument("--rounds", type=int, default=3)
    given = asked.parse_args()
    with ground() as here:
        if given.rows:
            against_the_floor(here, given.rows, given.rounds)
        if given.deliveries:
            growth(here, given.deliveries, given.rounds)


if __name__ == "__main__":
    main()
