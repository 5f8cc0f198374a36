"""What the wall costs a transaction: `python -m tests.benchmarks.scopes [--deliveries 100000] [--rounds 5]`.

The same three look-ups in a transaction of their own, by turns: by the owner with no policy in the way, and by the application in the scope of an operator
and of a person. Milliseconds of work (CPU of the process and its server process, which a busy machine does not change) and what is added; nothing asserts on time.
"""

import argparse

from tests.benchmarks.grounds import ground, median, say

TRANSACTIONS = "2000"


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("--deliveries", type=int, default=100_000)
    asked.add_argument("--rounds", type=int, default=5)
    given = asked.parse_args()
    with ground() as here:
        url = here.database("scopes")
        here.brought_in(url, here.files(0, given.deliveries))
        here.work(url, "vacuum")
        seen = [here.work(url, "scopes", TRANSACTIONS) for _ in range(given.rounds)]
        for way in ("operator", "person"):
            added = [one[way] - one["bare"] for one in seen]
            bare, scoped = (median([one[name] for one in seen]) for name in ("bare", way))
            say(
                f"a transaction of three look-ups among {given.deliveries:,} deliveries: {bare:.2f} ms bare, {scoped:.2f} ms as {way}, {median(added):.2f} ms more"
            )


if __name__ == "__main__":
    main()
