"""Every parser is given samples that were changed in any way, for minutes of a processor's time: `python -m tests.fuzz [format ...] [--minutes 5] [--seed N]`.

Whatever the bytes, a parser refuses, or gives each record that was counted otherwise exactly one fate, and keeps no identity number. What breaks one is made
as small as it can be and kept among the samples as `found-…`, which the tests read ever after; exit 1.
"""

import argparse
import hashlib
import random
import sys
import time
from collections.abc import Callable
from pathlib import Path

from hypothesis import HealthCheck, Phase, Verbosity, given, seed, settings
from hypothesis import strategies as some

from apps.feeds.catalogue import FORMATS
from tests.feeds.sources.reader import ID, IDENTITY_NUMBER, ORGANISATION
from tests.feeds.sources.test_fuzz import check

SAMPLES = Path(__file__).parent / "samples"
AT_ONCE = 400  # examples, before the clock is looked at
LONGEST = 60_000  # bytes of a sample; a longer one is cut, which is a change too
# What a file may be changed with: marks of every kind of file, numbers, times and letters at the border of what is allowed.
PIECES = [
    *(
        mark.encode()
        for mark in ['"', '""', ";", ",", "\t", "\n", "\r\n", "\r", "[", "]", "{", "}", ":", "\\", "\\u0000", "\\ud83d", "null", "NaN", "1e999", "true"]
    ),
    *(
        mark.encode()
        for mark in ["<", ">", "</", "/>", "<!--", "-->", "<![CDATA[", "]]>", "<!DOCTYPE a>", "&lt;", "&#0;", "&a;", "<?xml version='1.0' encoding='UTF-16'?>"]
    ),
    *(
        text.encode()
        for text in ["", " ", "\0", "\u2028", "\ufeff", "\u202e", "æøå", "01.02.2024", "2024-03-31T02:30:00", "9999-12-31", "0301", "301", "\U0001f600"]
    ),
    *(text.encode() for text in [ID, ORGANISATION, IDENTITY_NUMBER, "018180 12345", "5001", "x" * 200, "9" * 400, "[" * 120, "<a>" * 120]),
    b"\xff",
    b"\xc3",
    b"\xfe\xff",
    b"PK\x03\x04",
]
EDITS = some.lists(
    some.tuples(
        some.sampled_from(["replace", "insert", "remove", "repeat", "move", "flip"]), some.floats(0, 1), some.integers(0, 80), some.sampled_from(PIECES)
    ),
    min_size=1,
    max_size=8,
)


def changed(content: bytes, edits: list[tuple[str, float, int, bytes]]) -> bytes:
    for kind, place, length, piece in edits:
        at = int(place * len(content))
        before, held, after = content[:at], content[at : at + length], content[at + length :]
        content = {
            "replace": before + piece + after,
            "insert": before + piece + held + after,
            "remove": before + after,
            "repeat": before + held + held + after,
            "move": held + before + after,
            "flip": before + bytes([byte ^ 1 << length % 8 for byte in held[:1]]) + held[1:] + after,
        }[kind]
    return content


def fuzzed(format: str, *, minutes: float, first_seed: int) -> int:
    """How many examples were tried; raises what a parser failed with, after the example has been kept."""
    samples = [path.read_bytes()[:LONGEST] for path in sorted((SAMPLES / format).iterdir())]
    until, tried, last = time.process_time() + minutes * 60, 0, b""  # work and not the clock, so that a busy machine tries as much

    def one(sample: bytes, edits: list[tuple[str, float, int, bytes]], encoding: str) -> None:
        nonlocal tried, last
        tried, last = tried + 1, changed(sample, edits)
        check(format, last, encoding=encoding, reference=ID)

    try:
        for number in range(first_seed, sys.maxsize):
            if time.process_time() > until:
                break
            seeded(one, samples, number)()
    except BaseException:
        kept = SAMPLES / format / f"found-{hashlib.sha256(last).hexdigest()[:12]}{FORMATS[format].suffixes[0]}"
        kept.write_bytes(last)
        print(f"{format}: BROKEN by {kept}")
        raise
    return tried


def seeded(one: Callable[..., None], samples: list[bytes], number: int) -> Callable[[], None]:
    tries = settings(
        max_examples=AT_ONCE,
        deadline=None,
        database=None,
        phases=[Phase.generate, Phase.shrink],
        verbosity=Verbosity.quiet,
        suppress_health_check=list(HealthCheck),
    )
    return seed(number)(tries(given(sample=some.sampled_from(samples), edits=EDITS, encoding=some.sampled_from(["", "cp1252", "utf-8"]))(one)))


def main() -> int:
    asked = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    asked.add_argument("formats", nargs="*", metavar="format", help=", ".join(FORMATS))
    asked.add_argument("--minutes", type=float, default=5)
    asked.add_argument("--seed", type=int, default=random.randrange(10**6))
    given_ = asked.parse_args()
    broken = 0
    print(f"seed {given_.seed}", flush=True)
    for format in given_.formats or FORMATS:
        try:
            print(f"{format}: {fuzzed(format, minutes=given_.minutes, first_seed=given_.seed):,} files", flush=True)
        except Exception as error:
            print(f"  {type(error).__name__}: {error}", flush=True)
            broken += 1
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
