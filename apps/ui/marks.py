"""Small pieces of HTML that tables and templates share, made in one place so that a thing looks the same everywhere.

A symbol never stands alone: each has a word beside it, or one for screen readers.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.ui import moments

SOON = timedelta(days=7)
LAST_CHANCE = timedelta(days=2)
ABSENT = SafeString('<span class="quiet">–</span>')


@dataclass(frozen=True)
class Look:
    """How a word is marked: `symbol` is a class of parts.css, `tone` one of Designsystemet's colours."""

    symbol: str
    tone: str = "neutral"


def chip(word: str, look: Look) -> SafeString:
    return format_html('<span class="chip" data-color="{}"><span class="symbol symbol--{}" aria-hidden="true"></span>{}</span>', look.tone, look.symbol, word)


def moment(value: datetime | None, *, now: datetime) -> SafeString:
    """ "3 days ago"; the exact time is the title, and what is shown on focus and on paper."""
    if value is None:
        return ABSENT
    return format_html(
        '<time class="moment" datetime="{}" title="{}"><span>{}</span></time>',
        value.astimezone(timezone.get_current_timezone()).isoformat(timespec="seconds"),
        moments.exact(value),
        moments.ago(value, now=now),
    )


def exact(value: datetime | None) -> SafeString:
    if value is None:
        return ABSENT
    local = value.astimezone(timezone.get_current_timezone())
    return format_html('<time class="nowrap" datetime="{}">{}</time>', local.isoformat(timespec="seconds"), moments.exact(value))


def days_left(gone_at: datetime | None, *, now: datetime) -> SafeString:
    """Days until the carrier's copy is gone, with a symbol of its own; red only while there is something to save, soon."""
    if gone_at is None:
        return format_html('<span class="days days--gone"><span aria-hidden="true">–</span><span class="ds-sr-only">{}</span></span>', _("no known deadline"))
    left = gone_at - now
    days = moments.days_left(gone_at, now=now)
    if left <= timedelta(0):
        # Counted from the moment it went, so that the first day reads 0 and not 1.
        days = (now - gone_at).days
        words = ngettext("the carrier's copy went %(days)s day ago", "the carrier's copy went %(days)s days ago", days) % {"days": days}
        return _days("gone", "gone", f"−{days}" if days else "0", words, gone_at)
    words = ngettext("%(days)s day left", "%(days)s days left", days) % {"days": days}
    manner = "now" if left <= LAST_CHANCE else "soon" if left <= SOON else "later"
    return _days(manner, "hourglass", str(days) if days else "<1", words, gone_at)


def _days(manner: str, symbol: str, number: str, words: str, gone_at: datetime) -> SafeString:
    manners = f"days days--{manner}" + (" days--soon" if manner == "now" else "")
    return format_html(
        '<span class="{}" title="{}"><span class="symbol symbol--{}" aria-hidden="true"></span>'
        '<span aria-hidden="true">{}</span><span class="ds-sr-only">{}</span></span>',
        manners,
        moments.exact(gone_at),
        symbol,
        number,
        words,
    )
