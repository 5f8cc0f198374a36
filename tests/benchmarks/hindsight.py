"""What looking back costs: `python -m tests.benchmarks.hindsight [--deliveries 1000000]`.

Reports of one service are listed 20 days ago, logged as received 15 days ago, and one in a hundred of them only 5 days ago. Figures are asked for as of 10 days ago,
when few had still to be heard of; as of 17 days ago, when no log had been; and as of now; and why the statement of 10 days ago differs from that of today. Then
more and more of the messages are heard of again, and figures are asked for as of 10 days ago after each: whatever the day, it is one of these. Seconds beside
those that a million messages may take, CPU seconds of this process and its server process (where much has to be folded again two others do it, which these leave
out), and how many times the work of one pass over what is stored; nothing asserts on time.
"""

import argparse
from itertools import pairwise

from tests.benchmarks.grounds import Ground, ground, say

ORIGINALS, LATE = 20_000, 200
BARS = {"statement": 5, "figures": 5, "difference": 10}  # seconds at a million messages
BEFORE_ANY_LOG, BEFORE_THE_LATE = "17", "10"
HEARD_AGAIN = (5, 10, 30, 100)  # of a hundred messages
LISTED, LOGGED = ("portal-list",), ("mottakslogg",)


def fill(here: Ground, url: str, deliveries: int) -> None:
    """Of a fiftieth of them, when there are a million, by files; the others are copies of those."""
    on_time = ORIGINALS - LATE
    told = ((0, ORIGINALS, LISTED, 20), (0, on_time, LOGGED, 15), (on_time, LATE, LOGGED, 5))
    for first, count, formats, days_ago in told:
        here.brought_in(url, here.files(first, count, formats=formats), days_ago=days_ago)
    here.work(url, "copy_everything", str(deliveries // ORIGINALS - 1))


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("--deliveries", type=int, default=1_000_000)
    given = asked.parse_args()
    with ground() as here:
        url = here.database("past")
        fill(here, url, given.deliveries)
        looked = here.work(url, "look_back", BEFORE_ANY_LOG, BEFORE_THE_LATE)
        say(f"{looked['deliveries']:,} deliveries, of which {looked['differ']:,} are in another state than {BEFORE_THE_LATE} days ago")
        floor = looked["taken"]["floor"]["cpu"]
        tell(looked["taken"], floor)
        for fewer, more in pairwise((0, *HEARD_AGAIN)):
            here.work(url, "hear_again", str(fewer), str(more))
            say(f"when {more} of a hundred were heard of again since")
            tell(here.work(url, "look_back_again", BEFORE_THE_LATE), floor)


def tell(taken: dict[str, dict[str, float]], floor: float) -> None:
    for name, one in taken.items():
        bar = BARS.get(name.split()[0])
        say(f"  {name}: {one['seconds']:.1f} s{f' (of {bar})' if bar else ''}, {one['cpu']:.1f} CPU seconds, {one['cpu'] / floor:.1f} times the floor")


if __name__ == "__main__":
    main()
