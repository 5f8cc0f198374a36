"""What the trail costs: `python -m tests.benchmarks.trail [--writes 20000] [--views 300] [--rounds 3]`.

Rows a second that are chained, sealed and verified; and the page of a delivery with the trail and without, by turns, while views come 1,000 a minute.
"""

import argparse

from tests.benchmarks.grounds import ground, median, say

DELIVERIES = 2000
A_MINUTE = 1000


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("--writes", type=int, default=20_000)
    asked.add_argument("--views", type=int, default=300)
    asked.add_argument("--rounds", type=int, default=3)
    given = asked.parse_args()
    with ground() as here:
        here.brought_in(here.database("viewed"), here.files(0, DELIVERIES), processes=1)
        kept, viewed = [], []
        for number in range(1, given.rounds + 1):
            one = here.work(here.database(f"kept{number}"), "trail", str(given.writes), str(given.writes))
            kept.append({name: given.writes / one[name] for name in ("together", "apart", "read", "sealed")} | {"verified": one["entries"] / one["verified"]})
            viewed.append(here.work(here.named("viewed"), "views", str(given.views), str(A_MINUTE)))
            say(f"  round {number}: " + ", ".join(f"{name} {rate:,.0f}/s" for name, rate in kept[-1].items()))
            say(f"  round {number}: " + ", ".join(f"{name} {taken:.2f} ms" for name, taken in viewed[-1].items()))
    rate = {name: median([one[name] for one in kept]) for name in kept[0]}
    page = {name: median([one[name] for one in viewed]) for name in viewed[0]}
    say(f"chained: {rate['together']:,.0f} rows/s in one transaction, {rate['apart']:,.0f} in one each (goal: at least 1,600)")
    say(f"read: {rate['read']:,.0f} rows/s; sealed: {rate['sealed']:,.0f}; verified: {rate['verified']:,.0f} (goal: at least 32,000)")
    say(f"a view told: {page['call']:.2f} ms, 95 % within {page['slow_call']:.2f} ms (goal: less than 1 ms at the median)")
    say(f"a delivery's page: {page['told']:.1f} ms, without the trail {page['untold']:.1f} ms")


if __name__ == "__main__":
    main()
