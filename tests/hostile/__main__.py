"""`python -m tests.hostile [--large]`: exit 1 when a file did not become what is said of it, or took more memory than a worker may have."""

import argparse
import sys

from tests.faults.__main__ import set_up


def main() -> int:
    asked = argparse.ArgumentParser(prog="python -m tests.hostile", description=__doc__)
    asked.add_argument(
        "--large", action="store_true", help="also the files that take minutes: millions of lines, a line or an extract of hundreds of megabytes"
    )
    asked.add_argument("--named", default="", help="only the files whose name has this in it")
    given = asked.parse_args()
    set_up()
    from tests.hostile import run  # reads the settings, which read the environment

    return 1 if run.all_of_it(with_large=given.large, named=given.named) else 0


if __name__ == "__main__":
    sys.exit(main())
