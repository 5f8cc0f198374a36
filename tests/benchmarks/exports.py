"""Whether a list is taken out in flat memory: `python -m tests.benchmarks.exports [--deliveries 1000000]`.

All messages of one service, as CSV and as a workbook, each by a process of its own, over a tenth of the messages and over all of them. What it says is how
much more memory the process needed than at rest, which must not grow with the rows, and the CPU seconds of the process and its server process.
"""

import argparse

from tests.benchmarks.grounds import Ground, ground, say
from tests.benchmarks.pages import fill

KINDS = ("csv", "xlsx")


def taken_out(here: Ground, name: str, kind: str) -> dict[str, float]:
    one = here.work(here.named(name), "take_out", kind)
    grown = one["peak"] - one["resting"]
    say(f"  {kind}: {one['rows']:,} rows, {one['size'] / 1e6:.1f} MB, {one['cpu']:.1f} CPU seconds, {grown:.0f} MB beyond {one['resting']:.0f} MB at rest")
    return one | {"grown": grown}


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("--deliveries", type=int, default=1_000_000)
    given = asked.parse_args()
    with ground() as here:
        for name, size in {"small": given.deliveries // 10, "large": given.deliveries}.items():
            fill(here, name, size)
        for kind in KINDS:
            small, large = taken_out(here, "small", kind), taken_out(here, "large", kind)
            say(f"{kind}: {large['rows'] / small['rows']:.0f} times the rows, {large['grown'] - small['grown']:+.0f} MB (goal: at most +20)")


if __name__ == "__main__":
    main()
