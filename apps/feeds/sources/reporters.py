"""Who reported, by Statistics Norway's codes; formats.md, "Reporter codes"."""

from collections.abc import Collection

from apps.feeds.record import Reading
from apps.feeds.sources.redaction import redact

PRIVATE = ("1", "2", "3", "4", "23")
KINDS = dict.fromkeys((str(code) for code in range(1, 26)), "public") | dict.fromkeys(PRIVATE, "private")
# Of a report that several have sent: a public body is owed an answer, whoever else signed.
_STRONGEST_FIRST = ("public", "private", "unknown")
_NAMED = 20  # so many unknown codes are named one by one


class Reporters:
    """The reporters of one record after another, and the warnings about codes that are not known."""

    def __init__(self, reading: Reading, column: str) -> None:
        self._reading = reading
        self._column = column
        self._met: set[str] = set()

    def kind(self, code: str) -> str:
        """private, public, or unknown for a code that Statistics Norway does not have."""
        kind = KINDS.get(code)
        if kind:
            return kind
        kept = redact(code, 60)
        if kept not in self._met and len(self._met) < _NAMED:
            self._met.add(kept)
            self._reading.warn("unknown_reporter", column=self._column, found=kept)
        return "unknown"


def strongest(kinds: Collection[str]) -> str:
    """One word for all who reported; "" when nobody is named."""
    return next((kind for kind in _STRONGEST_FIRST if kind in kinds), "")
