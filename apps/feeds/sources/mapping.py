"""What one supplier's files call our columns, and how they write times and results: said once by a person, and applied to each row before it is read."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from apps.feeds.sources.redaction import redact
from apps.feeds.sources.unfit import Unfit

_CLOCK = r"(?:[T ,]+(\d{1,2})[:.](\d{2})(?:[:.](\d{2}(?:[.,]\d{1,9})?))?(?: ?([AaPp])[.]?[Mm][.]?)?)?"
_DAY_FIRST = re.compile(r"(?P<d>\d{1,2})[./-](?P<m>\d{1,2})[./-](?P<y>\d{4})" + _CLOCK)
_SHORT = re.compile(r"(?P<d>\d{1,2})[./-](?P<m>\d{1,2})[./-](?P<y>\d{2})" + _CLOCK)
_MONTH_FIRST = re.compile(r"(?P<m>\d{1,2})[./-](?P<d>\d{1,2})[./-](?P<y>\d{4})" + _CLOCK)
_COMPACT = re.compile(r"(?P<y>\d{4})(?P<m>\d{2})(?P<d>\d{2})(?:[T ]?(\d{2})(\d{2})(\d{2})?())?")
_ISO = re.compile(r"\d{4}-\d{2}-\d{2}(?!\d).*")
_DAY_ZERO = datetime(1899, 12, 30)  # noqa: DTZ001  # of spreadsheets; a wall clock's day
_FIRST_DAY, _LAST_DAY = 61, 73_050  # before lies a day that never was; after, the year 2100
_NOON = 12

# How a file may write its times, with an example of each. ISO 8601 is understood beside each.
AS_THEY_STAND, DAY_NUMBER = "", "day_number"
DATES: dict[str, str] = {
    AS_THEY_STAND: "2024-01-31 14:05, 31.01.2024 14:05",
    "day_first": "31/1/2024 14.05",
    "day_first_short": "31.01.24 14:05",
    "month_first": "1/31/2024 2:05 PM",
    "compact": "20240131 1405",
    DAY_NUMBER: "45322,5868",
}
DECIMALS = (",", ".")


class Mapping(NamedTuple):
    """`columns`: our column to the file's name for it; `words`: a result as the file has it, case-folded ("" where it has none), to ours."""

    columns: dict[str, str]
    words: dict[str, str]
    dates: str = AS_THEY_STAND  # a key of DATES
    decimal: str = ","  # stands before the part of a day where times are day numbers

    @classmethod
    def of(cls, said: dict[str, Any]) -> "Mapping":
        return cls(**said)

    def fits(self, names: tuple[str, ...]) -> bool:
        """Whether a file with these columns has all that the mapping names."""
        here = {name.strip().casefold() for name in names}
        return all(theirs.casefold() in here for theirs in self.columns.values())

    def result(self, text: str) -> str:
        return self.words.get(text.casefold(), text)

    def time(self, text: str, column: str) -> str:
        """A time as the reader of times takes it; raises Unfit where it is not written as the mapping says."""
        if not text or self.dates == AS_THEY_STAND:
            return text
        told = _WRITTEN[self.dates](text, self.decimal)
        if told is None:
            raise Unfit("not_as_mapped", column=column, found=redact(text, 60), expected=DATES[self.dates])
        return told


def _by(shape: re.Pattern[str], century: str = "") -> Callable[[str, str], str | None]:
    def read(text: str, decimal: str) -> str | None:
        if _ISO.fullmatch(text):
            return text
        found = shape.fullmatch(text)
        if not found:
            return None
        hour, minute, second, half = found.groups()[3:]
        day = f"{century}{found['y']}-{int(found['m']):02}-{int(found['d']):02}"
        if hour is None:
            return day
        hours = int(hour) if not half else int(hour) % _NOON + (_NOON if half in "Pp" else 0)
        return f"{day}T{hours:02}:{minute}" + (f":{second.replace(',', '.')}" if second else "")

    return read


def _by_number(text: str, decimal: str) -> str | None:
    if _ISO.fullmatch(text):  # a workbook's cell that is formatted as a date
        return text
    try:
        days = float(text.replace(decimal, "."))
    except ValueError:
        return None
    if not _FIRST_DAY <= days <= _LAST_DAY:
        return None
    at = _DAY_ZERO + timedelta(seconds=round(days * 86_400))
    return at.date().isoformat() if days.is_integer() else at.isoformat()


_WRITTEN: dict[str, Callable[[str, str], str | None]] = {
    "day_first": _by(_DAY_FIRST),
    "day_first_short": _by(_SHORT, "20"),
    "month_first": _by(_MONTH_FIRST),
    "compact": _by(_COMPACT),
    DAY_NUMBER: _by_number,
}
