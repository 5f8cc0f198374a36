"""What commands share: a wrong option gets one sentence and exit 2, a time is read as people in Oslo write it, and long output may be cut short."""

import os
import sys
from argparse import ArgumentTypeError
from collections.abc import Iterable
from datetime import UTC, datetime

from django.core.management.base import CommandParser, OutputWrapper
from django.utils import timezone

USAGE = 2
YEARS = range(1900, 2200)


def terse(parser: CommandParser) -> None:
    """A wrong option is answered by one sentence; --help shows the rest."""
    parser.print_usage = lambda file=None: None  # type: ignore[method-assign]


def moment(text: str) -> datetime:
    """An ISO 8601 time as an argument, aware; one without an offset is Oslo time, a day alone its first moment there."""
    try:
        typed = datetime.fromisoformat(text)
    except ValueError:
        typed = None
    if typed is None or typed.year not in YEARS:
        raise ArgumentTypeError(f"{text!r} is no time; write it like 2024-02-29T13:45, in Oslo time unless it has an offset.")
    return typed if typed.tzinfo else timezone.make_aware(typed)


def write(out: OutputWrapper, lines: Iterable[str]) -> None:
    """Line after line, until the reader has seen enough (`| head`), which is no fault."""
    try:
        for line in lines:
            out.write(line)
    except BrokenPipeError:
        # What Python still holds for the closed pipe goes nowhere, or it would complain at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def in_utc(at: datetime | None) -> str | None:
    """A time as commands print it: UTC with "Z", six fraction digits only when they are not all zero."""
    return at.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z" if at else None
