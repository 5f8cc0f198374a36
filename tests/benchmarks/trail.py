"""What the trail costs: `python -m tests.benchmarks.trail [--writes 20000] [--views 300] [--rounds 3]`.

Rows that are chained, sealed and verified in a second, and in a second of processor; and the page of a delivery with the trail and without, by turns, while
views come 1,000 a minute. What is counted in processor time holds on a busy machine too.
"""

import argparse

from tests.benchmarks.grounds import ground, median, say

DELIVERIES = 2000
A_MINUTE = 1000
GOALS = {
    "together": "chained in one transaction (goal: 1,600)",
    "apart": "chained in one each",
    "read": "read",
    "sealed": "sealed",
    "verified": "verified (goal: 32,000)",
}


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("--writes", type=int, default=20_000)
    asked.add_argument("--views", type=int, default=300)
    asked.add_argument("--rounds", type=int, default=3)
    given = asked.parse_args()
    with ground() as here:
        here.brought_in(here.database("viewed"), here.files(0, DELIVERIES), processes=1)
        rates: dict[str, dict[str, list[float]]] = {name: {"seconds": [], "cpu": []} for name in GOALS}
        pages: dict[str, list[float]] = {}
        for number in range(1, given.rounds + 1):
            one = here.work(here.database(f"kept{number}"), "trail", str(given.writes), str(given.writes))
            for name, taken in one["taken"].items():
                for measure, each in taken.items():
                    rates[name][measure].append((one["entries"] if name == "verified" else given.writes) / max(each, 0.01))
            for name, each in here.work(here.named("viewed"), "views", str(given.views), str(A_MINUTE)).items():
                pages.setdefault(name, []).append(each)
            say(f"  round {number} is done")
    for name, means in GOALS.items():
        say(f"{means}: {median(rates[name]['seconds']):,.0f} rows/s, {median(rates[name]['cpu']):,.0f} a second of processor")
    page = {name: median(each) for name, each in pages.items()}
    say(f"a view told: {page['call']:.2f} ms, 95 % within {page['slow_call']:.2f} ms (goal: less than 1 ms at the median)")
    say(
        f"a delivery's page: {page['told']:.1f} ms, without the trail {page['untold']:.1f} ms; of processor {page['work_told']:.1f} and {page['work_untold']:.1f} ms"
    )


if __name__ == "__main__":
    main()
