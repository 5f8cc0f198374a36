"""Whether a feed keeps its rhythm: absence is the signal, so a file that was expected and has not come is told in two steps. Pure."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from apps.registry.calendar import working_days_after

OSLO = ZoneInfo("Europe/Oslo")


class Standing(TextChoices):
    IN_TIME = "in_time", _("In time")
    LATE = "late", _("Late")
    SILENT = "silent", _("Silent")
    UNSAID = "unsaid", _("Nobody has said how often")


BEHIND = (Standing.LATE, Standing.SILENT)


def standing(*, latest_at: datetime, expected_every: int | None, in_working_days: bool, now: datetime) -> Standing:
    """Late when the day has ended on which the next file was expected, silent when as many days again have gone. Times are aware; days are Oslo's.

    `latest_at` is when the last file came, or when the feed was made if none ever did.
    """
    if expected_every is None:
        return Standing.UNSAID
    first = expected_on(latest_at.astimezone(OSLO).date(), expected_every, in_working_days=in_working_days)
    second = expected_on(first, expected_every, in_working_days=in_working_days)
    return Standing.IN_TIME if now < end_of(first) else Standing.LATE if now < end_of(second) else Standing.SILENT


def expected_on(day: date, expected_every: int, *, in_working_days: bool) -> date:
    """The last day on which the next file is in time."""
    return working_days_after(day, expected_every) if in_working_days else day + timedelta(days=expected_every)


def end_of(day: date) -> datetime:
    return datetime.combine(day + timedelta(days=1), time.min, OSLO)
