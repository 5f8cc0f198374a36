"""A source's own words for what happened, looked up in the format's table."""

from collections.abc import Mapping

from apps.feeds.record import Reading
from apps.feeds.sources.redaction import redact

UNKNOWN = "unknown"
_NAMED = 20  # so many unknown words are named one by one; a file with thousands gives one more warning, not thousands


class Statuses:
    """The table of one format, and the warnings about words that are not in it (once each)."""

    def __init__(self, table: Mapping[str, str], reading: Reading) -> None:
        self._table = table
        self._reading = reading
        self._met: set[str] = set()

    def code(self, native: str) -> tuple[str, str]:
        """(canonical code, native text as kept). An unknown word is kept, never mapped to something near it."""
        code = self._table.get(native)
        return (code, native) if code else self.unknown(native)

    def unknown(self, native: str) -> tuple[str, str]:
        """The same for a word that is known not to be in the table."""
        kept = redact(native, 100)
        if kept not in self._met and len(self._met) <= _NAMED:
            self._met.add(kept)
            if len(self._met) <= _NAMED:
                self._reading.warn("unknown_status", found=kept)
            else:
                self._reading.warn("more_unknown_statuses", count=str(_NAMED))
        return UNKNOWN, kept
