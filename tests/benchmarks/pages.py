"""What a page costs: `python -m tests.benchmarks.pages [--deliveries 1000000] [--rounds 5]`.

The first page of a worklist, whole, through Django's test client: over many deliveries against over ten thousand, and against the same rows in a template
written by hand; and the overview for managers, the figures, and those across services. By turns, medians, ratios; nothing asserts on time.
"""

import argparse

from tests.benchmarks.grounds import Ground, ground, median, say

SMALL = 10_000
PAGES_A_ROUND = "20"


def fill(here: Ground, name: str, deliveries: int) -> None:
    """A database of so many deliveries of one service, three in a hundred open."""
    done = here.brought_in(here.database(name), here.files(0, deliveries, formats=("portal-list", "mottakslogg")), processes=2)
    here.work(here.named(name), "vacuum")
    say(f"  {deliveries:,} deliveries from {done['rows']:,} rows in {done['seconds']:.0f} s")


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("--deliveries", type=int, default=1_000_000)
    asked.add_argument("--rounds", type=int, default=5)
    given = asked.parse_args()
    with ground() as here:
        sizes = {"small": SMALL, "large": given.deliveries}
        for name, size in sizes.items():
            fill(here, name, size)
        seen: dict[str, list[dict[str, float]]] = {name: [] for name in sizes}
        for number in range(1, given.rounds + 1):
            for name, rounds in seen.items():
                rounds.append(here.work(here.named(name), "pages", PAGES_A_ROUND))
            say(f"  round {number}: " + "; ".join(told(rounds[-1]) for rounds in seen.values()))
        figures = here.work(here.named("large"), "figures", PAGES_A_ROUND)
        small, large = (
            {part: median([one[part] for one in rounds]) for part in ("page", "by_hand", "queries", "work")} for rounds in (seen["small"], seen["large"])
        )
    say(f"worklist page over {given.deliveries:,} deliveries: {large['queries']:.0f} queries (goal: at most 8)")
    say(f"against the same page over {SMALL:,}: {large['page'] / small['page']:.2f} times (goal: at most 2)")
    say(f"against the same rows in a template by hand: {large['page'] / large['by_hand']:.2f} times, {large['work']:.2f} times the work (goal: at most 3)")
    for page, one in figures.items():
        say(
            f"{page}: {one['queries']} queries, 95 of 100 within {one['slow']:.0f} ms (goal: 500), {one['middle']:.0f} ms at the middle, {one['work']:.0f} of work"
        )


def told(one: dict[str, float]) -> str:
    return f"{one['open']:,} open of {one['deliveries']:,}: page {one['page']:.1f} ms, by hand {one['by_hand']:.1f} ms, {one['queries']} queries"


if __name__ == "__main__":
    main()
