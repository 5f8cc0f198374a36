"""What importing and reconciling costs in each format: `python -m tests.benchmarks.formats [format ...] [--rows 100000] [--rounds 3]`. Nothing asserts on time.

Each file tells its messages' histories as such files do (parsers.STEPS), all of them new, in one process. A table of rows a second, events of a message, how many
times as long as a COPY of the same events it takes (the floor of the pipeline's benchmark), by the clock and by work alone
(CPU of the process and its server process, which a busy machine does not change), and the most memory of the process that imports.
"""

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any

import xlsxwriter

from apps.feeds.catalogue import FORMATS
from tests.benchmarks import parsers
from tests.benchmarks.grounds import Ground, ground, median, say
from tests.universe import BERGEN

FLOOR = "copy_rows"


def workbook(path: Path, rows: int) -> None:
    book = xlsxwriter.Workbook(path, {"constant_memory": True})
    sheet = book.add_worksheet("Logg")
    for number, row in enumerate(parsers.made("mottakslogg", rows)):
        sheet.write_row(number, 0, row)
    book.close()


def made(format: str) -> Callable[[Path, int], object]:
    """What writes a file of the format, of so many rows."""
    if format in parsers.ROWS:
        return lambda path, rows: path.write_bytes(parsers.bare(parsers.made(format, rows)))
    return lambda path, rows: path.write_bytes((parsers.whole if format in parsers.WHOLE else parsers.objects)(format, rows))


# Each format in the kind of file that it mostly comes in, and the workbook, whose goal is a time.
KINDS: dict[str, tuple[str, Callable[[Path, int], object]]] = {
    **{name: (name, made(name)) for name in FORMATS},
    "mottakslogg, XLSX": ("mottakslogg", workbook),
}


def measured(here: Ground, kind: str, rows: int) -> dict[str, Any]:
    """One round in a database of its own: what bringing the file in took, and the floor."""
    format, write = KINDS[kind]
    path = here.home / f"{kind.replace(', ', '.').lower()}-{rows}"
    if not path.exists():
        write(path, rows)
    url, file = here.database("round"), (BERGEN, format, str(path))
    done = here.brought_in(url, [file]) | {"floor": here.work(url, FLOOR)}
    here.drop("round")
    return done


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("kinds", nargs="*", choices=[[], *KINDS], metavar="format", help=", ".join(KINDS))
    asked.add_argument("--rows", type=int, default=100_000)
    asked.add_argument("--rounds", type=int, default=3)
    given = asked.parse_args()
    say(
        f"{'format':20} {'rows':>9} {'events':>9} {'messages':>9} {'seconds':>8} {'rows/s':>8} {'x COPY':>7} {'by work':>8} {'memory':>8}   (goals: at most 4 times, under 300 MB; XLSX under 20 s)"
    )
    with ground() as here:
        for kind in given.kinds or KINDS:
            rounds = [measured(here, kind, given.rows) for _ in range(given.rounds)]
            seconds = median([one["seconds"] for one in rounds])
            clock, work = (median([one[measure] / one["floor"][measure] for one in rounds]) for measure in ("seconds", "cpu"))
            rows, events, messages, peak = rounds[0]["rows"], rounds[0]["floor"]["events"], rounds[0]["messages"], max(one["peak"] for one in rounds)
            say(f"{kind:20} {rows:9,} {events:9,} {messages:9,} {seconds:8.1f} {rows / seconds:8,.0f} {clock:7.2f} {work:8.2f} {peak:5.0f} MB")


if __name__ == "__main__":
    main()
