"""How long somebody waits for a preview: `python -m tests.benchmarks.previews [--rows 100000]`. Nothing asserts on time.

From the first byte to the rendered page, with a worker that is free; and as a ratio to what bringing the same file in takes.
"""

import argparse
import json

from tests.benchmarks.grounds import ground, say


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    rows = parser.parse_args().rows
    with ground() as here:
        url = here.database("previews")
        for file in here.files(0, rows):
            taken = here.work(url, "preview", json.dumps(file))
            say(
                f"{file[1]}: {taken['rows']:,} rows, preview shown after {taken['shown']:.1f} s ({taken['work']:.1f} of work; goal: 10 s for 100,000), "
                f"{taken['shown'] / taken['brought_in']:.2f} times what bringing it in took; memory at most {taken['peak']:.0f} MB"
            )


if __name__ == "__main__":
    main()
