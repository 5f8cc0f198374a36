"""Times as the sources write them, made into instants.

With an offset the written offset is trusted; without one it is Europe/Oslo with fold 0, and that is remembered. A date alone is that day's start in
Oslo, known by the day. Fractions beyond microseconds are cut. Times that no clock in Oslo ever showed, impossible dates and years outside 1990-2100 are unfit.
"""

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from apps.feeds.sources.redaction import redact
from apps.feeds.sources.unfit import Unfit

OSLO = ZoneInfo("Europe/Oslo")
FIRST_YEAR, LAST_YEAR = 1990, 2100
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LONGEST_EPOCH = 14  # digits; the year 5138

_TIME = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}):[0-9]{2}(?::[0-9]{2}(?:[.,][0-9]{1,9})?)?(Z|[+-][0-9]{2}(?::?[0-9]{2})?)?")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_DAY_AND_ZONE = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?:Z|[+-][0-9]{2}:[0-9]{2})")
_NORWEGIAN = re.compile(r"([0-9]{2})\.([0-9]{2})\.([0-9]{4})(?:[T ]+([0-9]{2}:[0-9]{2}.*))?")

# Most times look like this. Oslo's clock, and every offset written so, differs from UTC by whole hours, so what hour it was is worked out once for all of its
# 3,600 seconds; what follows the hour stays as it is written.
_USUAL = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2})(:[0-5][0-9]:[0-5][0-9])(?:[.,]([0-9]{1,9}))?(Z|[+-][0-9]{2}:00)?")
_hours: dict[str, str] = {}
_MOST_HOURS = 50_000
# And most of these are written to the second and without an offset: their hour met before, only these can follow it.
_IN_AN_HOUR = frozenset(f":{minute:02}:{second:02}" for minute in range(60) for second in range(60))

# The instant (aware, UTC), whether the source knew the day only, and whether the zone was assumed. Bare tuples: millions are made.
Moment = tuple[datetime, bool, bool]
# The same with the instant as `datetime.isoformat` writes it in UTC, which is what is stored and told of it.
Instant = tuple[str, bool, bool]


def instant(text: str, column: str) -> Instant:
    """Reads a time or a date; raises Unfit naming the column."""
    if (began := _hours.get(text[:13])) and text[13:] in _IN_AN_HOUR:
        return f"{began}{text[13:]}+00:00", False, True
    shape = _USUAL.fullmatch(text)
    if not shape:
        return _told(moment(text, column))
    hour, minutes, fraction, offset = shape.groups()
    known = f"{hour}{offset}" if offset else hour
    began = _hours.get(known) or _hour_in_utc(known, text, column)
    if fraction and (fraction := fraction[:6].rstrip("0")):
        return f"{began}{minutes}.{fraction:0<6}+00:00", False, not offset
    return f"{began}{minutes}+00:00", False, not offset


def moment(text: str, column: str) -> Moment:
    """Reads a time or a date; raises Unfit naming the column."""
    shape = _TIME.fullmatch(text)
    if not shape:
        return _other_shape(text.strip(), column)
    hour, offset = shape.groups()
    try:
        if offset:
            at = datetime.fromisoformat(text)
        else:
            at = datetime.fromisoformat(text + "Z") - _ahead_of_utc(hour, column)
    except ValueError:
        raise Unfit("impossible_time", column=column, found=text) from None
    if not FIRST_YEAR <= at.year <= LAST_YEAR:
        raise Unfit("year_out_of_range", column=column, found=text, first=str(FIRST_YEAR), last=str(LAST_YEAR))
    return at.astimezone(UTC) if offset else at, False, not offset


def day(text: str, column: str) -> Instant:
    """The day of a date or a time, known by the day even where an hour is written; of a time with an offset, the day it was in Oslo. Raises Unfit.

    A date may carry a zone, as XML's dates do: the written day counts.
    """
    text = text.strip()
    if zoned := _DAY_AND_ZONE.fullmatch(text):
        text = zoned[1]
    at, by_day, _ = moment(text, column)
    return _told((at, True, True) if by_day else moment(at.astimezone(OSLO).date().isoformat(), column))


def epoch(value: object, column: str) -> Instant:
    """Reads milliseconds since 1970, a number or its digits; a time written otherwise is read as such. Raises Unfit naming the column."""
    if value is None:
        raise Unfit("missing_value", column=column)
    if isinstance(value, str) and not value.isdecimal():
        return instant(value, column)
    if isinstance(value, bool) or not isinstance(value, int | str) or len(str(value)) > _LONGEST_EPOCH:
        raise Unfit("not_epoch", column=column, found=redact(str(value), 60))
    at = EPOCH + timedelta(milliseconds=int(value))
    if not FIRST_YEAR <= at.year <= LAST_YEAR:
        raise Unfit("year_out_of_range", column=column, found=redact(str(value), 60), first=str(FIRST_YEAR), last=str(LAST_YEAR))
    return at.isoformat(), False, False


def _told(moment: Moment) -> Instant:
    at, by_day, zone_assumed = moment
    return at.isoformat(), by_day, zone_assumed


def _hour_in_utc(hour: str, text: str, column: str) -> str:
    """The hour in UTC (`2023-05-01T08`) of a time written in that hour; raises Unfit about the time when there is none."""
    at, _, _ = moment(text, column)
    if len(_hours) >= _MOST_HOURS:
        _hours.clear()
    return _hours.setdefault(hour, at.isoformat()[: len("2023-05-01T08")])


def _other_shape(text: str, column: str) -> Moment:
    if not text:
        raise Unfit("missing_value", column=column)
    if _TIME.fullmatch(text):
        return moment(text, column)
    if norwegian := _NORWEGIAN.fullmatch(text):
        day, month, year, clock = norwegian.groups()
        return _rewritten(f"{year}-{month}-{day}" + (f"T{clock}" if clock else ""), column, text)
    if not _DAY.fullmatch(text):
        raise Unfit("not_a_time", column=column, found=redact(text, 60))
    return _rewritten(text + "T00:00", column, text)[0], True, True


def _rewritten(iso: str, column: str, text: str) -> Moment:
    """What is wrong with it is told as it was written."""
    try:
        return moment(iso, column)
    except Unfit as unfit:
        raise Unfit(unfit.code, **(unfit.details | {"found": redact(text, 60)})) from None


def _ahead_of_utc(hour: str, column: str) -> timedelta:
    """Oslo's offset in that wall-clock hour (`2023-05-01T10`); raises Unfit when the clock jumped over it."""
    wall = datetime.fromisoformat(hour + ":00")
    if not FIRST_YEAR <= wall.year <= LAST_YEAR:
        raise Unfit("year_out_of_range", column=column, found=hour, first=str(FIRST_YEAR), last=str(LAST_YEAR))
    local = wall.replace(tzinfo=OSLO)
    if local.astimezone(UTC).astimezone(OSLO).replace(tzinfo=None) != wall:
        raise Unfit("time_skipped_by_clock_change", column=column, found=hour + ":xx")
    offset = local.utcoffset()
    assert offset is not None  # an aware time has an offset
    return offset
