"""How long ago something was, in bands of whole days in Oslo: one table counts the overview and filters the lists, so that their numbers agree all day.

Pure, but for the two that write SQL: `within` as a filter, and `bucket` as what is counted by.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple

from django.contrib.postgres.fields import ArrayField
from django.db.models import DateTimeField, F, Func, IntegerField, Q, Value
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from apps.ui.filters import start_of


class Band(NamedTuple):
    """From `least` to `most` days ago, both included; `most` is None for ever."""

    code: str
    label: str | Promise
    least: int
    most: int | None


BANDS = (
    Band("3", _("0-3 days"), 0, 3),
    Band("7", _("4-7 days"), 4, 7),
    Band("14", _("8-14 days"), 8, 14),
    Band("30", _("15-30 days"), 15, 30),
    Band("90", _("31-90 days"), 31, 90),
    Band("older", _("More than 90 days"), 91, None),
)
BY_CODE = {band.code: band for band in BANDS}
CHOICES = [(band.code, band.label) for band in BANDS]


def day(*, ago: int, now: datetime) -> date:
    """The day in Oslo so many days before that of `now` (aware)."""
    return timezone.localdate(now) - timedelta(days=ago)


def within(field: str, band: Band, *, now: datetime) -> Q:
    """The time in `field` lies in the band; what is still to come counts as today."""
    condition = Q(**{f"{field}__gte": start_of(day(ago=band.most, now=now))}) if band.most is not None else Q()
    return condition & Q(**{f"{field}__lt": start_of(day(ago=band.least - 1, now=now))}) if band.least else condition


def bucket(field: str, starts: Sequence[datetime]) -> Func:
    """Where the time in `field` lies among these moments, which ascend: 0 before the first, 1 from it on, and so on; NULL stays NULL."""
    return Func(F(field), Value(list(starts), output_field=ArrayField(DateTimeField())), function="width_bucket", output_field=IntegerField())


def band_bucket(field: str, *, now: datetime) -> Func:
    """The place of the band in BANDS, counted from its end: 0 is the last."""
    return bucket(field, [start_of(day(ago=band.most, now=now)) for band in reversed(BANDS) if band.most is not None])
