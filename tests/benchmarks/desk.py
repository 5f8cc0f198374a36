"""What the next item costs: `python -m tests.benchmarks.desk [--copies 99] [--rounds 20]`.

Ten thousand deliveries of one service, a tenth of them open, are brought in as files and then copied row by row in the database: 99 copies are a million
deliveries, 100,000 of them open, as no service has. The desk is asked for at places all along two lists: the page, and what leads from one item to the next.
CPU seconds of both processes, which other programs on the machine do not change much; nothing asserts on time.
"""

import argparse

from tests.benchmarks.grounds import ground, say

ORIGINALS = 10_000
A_TENTH_OPEN = ("arrived",) * 9 + ("lost",)


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("--copies", type=int, default=9)
    asked.add_argument("--rounds", type=int, default=20)
    given = asked.parse_args()
    with ground() as here:
        url = here.database("desk")
        files = here.files(0, ORIGINALS, fates=A_TENTH_OPEN)
        here.brought_in(url, [file for file in files if "portal-history" not in file])
        here.work(url, "copy_deliveries", str(given.copies))
        walked = here.work(url, "desk", str(given.rounds))
    say(f"{walked['deliveries']:,} deliveries of one service, {walked['open']:,} open")
    for name, taken in walked["taken"].items():
        say(f"{name}: {taken['queries']} queries; {taken['median']:.0f} ms of both processors at the median, {taken['slow']:.0f} at p95 (goal: 150)")


if __name__ == "__main__":
    main()
