"""Times in the words of people: "3 days ago" beside the exact time in Oslo. Nothing here reads the clock."""

from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

MINUTE, HOUR, DAY = 60, 3600, 86400

# Beyond a limit (in seconds) the next larger unit is used: 90 minutes are still minutes, 47 hours still hours, two weeks still days.
UNITS = (
    (2 * MINUTE, None),
    (90 * MINUTE, MINUTE),
    (48 * HOUR, HOUR),
    (60 * DAY, DAY),
    (730 * DAY, 30 * DAY),
    (float("inf"), 365 * DAY),
)
WORDS = {
    MINUTE: lambda count: ngettext("%(count)s minute", "%(count)s minutes", count),
    HOUR: lambda count: ngettext("%(count)s hour", "%(count)s hours", count),
    DAY: lambda count: ngettext("%(count)s day", "%(count)s days", count),
    30 * DAY: lambda count: ngettext("%(count)s month", "%(count)s months", count),
    365 * DAY: lambda count: ngettext("%(count)s year", "%(count)s years", count),
}


def exact(value: datetime) -> str:
    """dd.mm.yyyy hh:mm in Oslo time."""
    return timezone.localtime(value).strftime("%d.%m.%Y %H:%M")


def day(value: datetime) -> str:
    """dd.mm.yyyy in Oslo time."""
    return timezone.localtime(value).strftime("%d.%m.%Y")


def amount(seconds: float) -> str:
    """A length of time as one number and one unit, cut downwards: "3 days"."""
    unit = next(unit for limit, unit in UNITS if seconds < limit)
    if unit is None:
        return _("a moment")
    count = int(seconds // unit)
    return WORDS[unit](count) % {"count": count}


def ago(value: datetime, *, now: datetime) -> str:
    """ "3 days ago", or "in 3 days" for a time to come."""
    seconds = (now - value).total_seconds()
    if abs(seconds) < UNITS[0][0]:
        return _("just now")
    if seconds < 0:
        return _("in %(amount)s") % {"amount": amount(-seconds)}
    return _("%(amount)s ago") % {"amount": amount(seconds)}


def days_left(value: datetime, *, now: datetime) -> int:
    """Whole days of 24 hours until `value`, cut downwards; negative when it has passed (less than a day ago is -1)."""
    return (value - now) // timedelta(days=1)
