"""What importing costs: `python -m tests.benchmarks.pipeline [--rows 1000000] [--deliveries 1000000] [--rounds 3]`; 0 leaves a question out.

Two questions, each answered by a ratio measured in one run: how many times as long as a bare COPY of the same events does an import with its reconciliation take;
and how many times as long does the same small import take when the database holds many deliveries. Nothing asserts on time.
"""

import argparse
import json

from tests.benchmarks.grounds import Ground, ground, median, say

ROWS_OF_A_MESSAGE = 4
SMALL = 10_000


def against_the_floor(here: Ground, rows: int, rounds: int) -> None:
    """Import `rows` rows into an empty database, then COPY the events it made; by turns, each round in a database of its own.

    Wall-clock, and work alone (CPU of the process and its server process), which a busy machine does not change.
    """
    files = here.files(0, rows // ROWS_OF_A_MESSAGE)
    tenth = here.files(0, rows // ROWS_OF_A_MESSAGE // 10, seed=2)
    ratios: dict[tuple[str, str], list[float]] = {(way, measure): [] for way in ("copy_rows", "copy_text") for measure in ("seconds", "cpu")}
    for number in range(1, rounds + 1):
        url = here.database(f"round_{number}")
        done = here.work(url, "import", json.dumps(files))
        floors = {way: here.work(url, way) for way in ("copy_rows", "copy_text")}
        here.drop(f"round_{number}")
        for (way, measure), found in ratios.items():
            found.append(done[measure] / floors[way][measure])
        say(
            f"  round {number}: {done['rows']:,} rows imported in {done['seconds']:.1f} s ({done['cpu']:.1f} s of work); {floors['copy_rows']['events']:,} events "
            f"copied in {floors['copy_rows']['seconds']:.1f} s ({floors['copy_rows']['cpu']:.1f}), as text in {floors['copy_text']['seconds']:.1f} s "
            f"({floors['copy_text']['cpu']:.1f}); memory {done['resting']:.0f} MB at rest, at most {done['peaks'][-1]:.0f} MB"
        )
    by = {key: median(found) for key, found in ratios.items()}
    small = here.work(here.database("tenth"), "import", json.dumps(tenth))
    say(
        f"import and reconcile / psycopg COPY of the same events: {by['copy_rows', 'seconds']:.2f} times (goal: at most 4), by work {by['copy_rows', 'cpu']:.2f}"
    )
    say(f"import and reconcile / COPY of them as ready text: {by['copy_text', 'seconds']:.2f} times, by work {by['copy_text', 'cpu']:.2f}")
    say(f"memory at most {done['peaks'][-1]:.0f} MB (goal: under 200), with a tenth of the rows {small['peaks'][-1]:.0f} MB (goal: the same)")


def growth(here: Ground, deliveries: int, rounds: int) -> None:
    """Import the same small files into a small and a large database, by turns."""
    sizes = {"small": SMALL, "large": deliveries}
    for name, size in sizes.items():
        url = here.database(name)
        here.work(url, "import", json.dumps(here.files(0, size)))
        here.work(url, "vacuum")
    seconds: dict[str, list[float]] = {name: [] for name in sizes}
    for number in range(1, rounds + 1):
        files = here.files(number * SMALL, SMALL // ROWS_OF_A_MESSAGE, seed=3)
        for name in sizes:
            seconds[name].append(here.work(here.named(name), "import", json.dumps(files))["seconds"])
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
