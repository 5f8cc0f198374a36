"""The clocks that staff live by, for one delivery: the carrier's copy, one week to review, three weeks to answer. Negative when late."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.deliveries.missing import copy_name
from apps.deliveries.models import Category, Delivery
from apps.ledger.models import Direction
from apps.ui import moments

WEEK = timedelta(days=7)
THREE_WEEKS = timedelta(days=21)
SOON = timedelta(days=2)
# Notices and case documents are not reviewed and answered as reports are.
HAS_REVIEW = (Category.REPORT, Category.UNKNOWN)


@dataclass(frozen=True)
class Clock:
    """`manner` is running, soon, late, kept or gone; `number` is in days, empty when there is none to show."""

    name: str
    words: str
    due: datetime
    manner: str
    number: str = ""


def clocks(delivery: Delivery, now: datetime, answered_day: date | None = None) -> list[Clock]:
    """The clocks that run, ran out or were kept for this delivery, at `now`. `answered_day` is when the reporter was answered, if that is noted."""
    shown = [rescue(delivery, now)] if delivery.gone_at else []
    if delivery.direction == Direction.INBOUND and delivery.category in HAS_REVIEW and received_at(delivery):
        shown += [limit(delivery, _("One week to review"), WEEK, now), answer(delivery, now, answered_day)]
    return shown


def received_at(delivery: Delivery) -> datetime | None:
    """When it reached the service's systems; a person may have seen it much later."""
    return delivery.receipted_at or delivery.available_at or delivery.sent_at


def rescue(delivery: Delivery, now: datetime) -> Clock:
    """Says that the copy is gone before anybody tries to fetch it."""
    assert delivery.gone_at
    name, day = copy_name(delivery), moments.day(delivery.gone_at)
    if delivery.gone_at <= now:
        words = _("expired on %(day)s. The sender may still hold the original: ask.") % {"day": day}
        return Clock(name, words, delivery.gone_at, "gone")
    left = delivery.gone_at - now
    return Clock(name, _("can be fetched until %(time)s") % {"time": moments.exact(delivery.gone_at)}, delivery.gone_at, manner(left, WEEK), days(left))


def answer(delivery: Delivery, now: datetime, answered_day: date | None) -> Clock:
    """Ended by an answer that is noted, or by the case system's conclusion, whichever is known."""
    name = _("Three weeks to answer")
    if answered_day is None or delivery.concluded_at:
        return limit(delivery, name, THREE_WEEKS, now)
    due = (received_at(delivery) or delivery.first_at) + THREE_WEEKS
    kept = answered_day <= timezone.localtime(due).date()
    words = (_("answered %(day)s, in time") if kept else _("answered %(day)s, too late")) % {"day": answered_day.strftime("%d.%m.%Y")}
    return Clock(name, words, due, "kept" if kept else "late")


def limit(delivery: Delivery, name: str, length: timedelta, now: datetime) -> Clock:
    """A statutory limit, counted from receipt and ended by the case system's conclusion."""
    due = (received_at(delivery) or delivery.first_at) + length
    if delivery.concluded_at:
        kept = delivery.concluded_at <= due
        words = (_("concluded %(day)s, in time") if kept else _("concluded %(day)s, too late")) % {"day": moments.day(delivery.concluded_at)}
        return Clock(name, words, due, "kept" if kept else "late")
    words = (_("until %(time)s") if due > now else _("ran out %(time)s")) % {"time": moments.exact(due)}
    return Clock(name, words, due, manner(due - now, SOON), days(due - now))


def manner(left: timedelta, soon: timedelta) -> str:
    return "late" if left <= timedelta(0) else "soon" if left <= soon else "running"


def days(left: timedelta) -> str:
    """Whole days, cut towards zero: 36 hours late is one day late."""
    whole = abs(left).days
    if left > timedelta(0) and whole == 0:
        return _("less than a day")
    number = whole if left > timedelta(0) else -whole
    return ngettext("%(days)s day", "%(days)s days", whole) % {"days": str(number).replace("-", "−")}
