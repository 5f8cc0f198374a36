"""Counts the physical lines and the records of a CSV file from its bytes, without the CSV parser, so that the parser can be held to it."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from apps.feeds.record import Refused

# A field may be 131,072 characters long; a line many times that is no line of any format here, and would have to be held in memory.
LONGEST_LINE = 1 << 20
_ENDS = (b"\n", b"\r\n", b"\r")


@dataclass
class Tally:
    """Physical lines in all, and records: lines that are not empty, a record over several lines counting as one."""

    physical: int = 0
    records: int = 0


def tally(chunks: Iterable[bytes], delimiter: str) -> Tally:
    """Counts; raises Refused for a quote that is never closed (with its line) and for a line that is too long."""
    count = Tally()
    quoting = _Quoting(delimiter)
    opened_on = 0
    for lines in _batches(chunks, count):
        if not quoting.is_open and not any(b'"' in line for line in lines):
            count.physical += len(lines)
            count.records += len(lines) - sum(lines.count(end) for end in _ENDS)
            continue
        for line in lines:
            count.physical += 1
            if not quoting.is_open:
                count.records += line not in _ENDS
                opened_on = count.physical
            quoting.pass_line(line)
    if quoting.is_open:
        raise Refused("quote_never_closed", line=str(opened_on))
    return count


class _Quoting:
    """Whether a quoted field goes on past the end of the line; a quote opens a field only where a field begins."""

    def __init__(self, delimiter: str) -> None:
        self.is_open = False
        separator = re.escape(delimiter.encode())
        self._quoted = re.compile(rb"(?:^|(?<=" + separator + rb'))"[^"]*(?:""[^"]*)*("|$)', re.DOTALL)

    def pass_line(self, line: bytes) -> None:
        if self.is_open or b'"' in line:
            text = line.rstrip(b"\r\n")
            closings = self._quoted.findall(b'"' + text if self.is_open else text)
            self.is_open = bool(closings) and closings[-1] == b""


def _batches(chunks: Iterable[bytes], count: Tally) -> Iterator[list[bytes]]:
    """The lines of each chunk with their ends; CR, LF and CRLF end a line, nothing else does. Raises Refused."""
    rest = b""
    for chunk in chunks:
        lines = (rest + chunk).splitlines(keepends=True)
        # The last line may go on in the next chunk, and a CR there may be followed by its LF.
        rest = lines.pop() if lines and not lines[-1].endswith(b"\n") else b""
        if max(map(len, lines), default=0) > LONGEST_LINE or len(rest) > LONGEST_LINE:
            before = next((number for number, line in enumerate(lines) if len(line) > LONGEST_LINE), len(lines))
            raise Refused("line_too_long", line=str(count.physical + before + 1), limit=str(LONGEST_LINE))
        yield lines
    if rest:
        yield [rest]
