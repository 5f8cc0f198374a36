from datetime import datetime

from django import template
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.translation import gettext as _

from apps.feeds import unknowns, wording
from apps.feeds.queries import Fate
from apps.ledger import codes
from apps.ledger import wording as ledger
from apps.ui import marks

register = template.Library()


@register.simple_tag
def reason(code, details):
    """{% reason code details %}: why, in a sentence; what stood in the file is escaped as any text."""
    return wording.reason(code, details)


@register.filter
def meaning(code):
    """{{ word.code|meaning }}: what somebody said that a status means."""
    return wording.meaning(code)


@register.filter
def other_than_statuses(warnings):
    """{% for code, details in import.warnings|other_than_statuses %}: without those that name a status, about which more can be said than a sentence."""
    return [[code, details] for code, details in warnings if code != unknowns.WARNING]


@register.filter
def without_word(found):
    """{{ unknowns|without_word }}: those of which nobody has said what they mean."""
    return [each for each in found if each.word is None]


@register.filter
def with_word(found):
    """{{ unknowns|with_word }}: the others."""
    return [each for each in found if each.word]


@register.filter
def format_title(name):
    """{{ import.format|format_title }}: what people call the format."""
    return wording.format_title(name)


@register.filter
def format_about(name):
    """{{ format.name|format_about }}: what such a file is and where to get it."""
    return wording.format_about(name)


@register.filter
def feed_title(feed):
    """{{ feed|feed_title }}: the format, and what else tells the feed from others of the same service."""
    return wording.feed_title(feed)


@register.filter
def cadence(feed):
    """{{ feed|cadence }}: how often a file is expected, or nothing."""
    return wording.cadence(feed)


@register.simple_tag
def import_state(feed_import, is_lively=False):
    """{% import_state import is_lively %}: the chip; calm while the reading can be followed."""
    look = wording.LIVELY if is_lively else wording.state_look(feed_import)
    return marks.chip(wording.state_words(feed_import), look)


@register.simple_tag
def line_fate(line):
    """{% line_fate line %}: the chip."""
    return marks.chip(line.fate.label, wording.FATES[line.fate])


@register.simple_tag
def fact(event):
    """{% fact event %}: what happened, in our words and the source's, and when."""
    return format_html('<p class="fact"><span>{}{}</span> {}</p>', ledger.CODES.get(event.code, event.code), native(event), marks.exact(event.occurred_at))


def native(event):
    if event.word:
        return format_html(' <span class="quiet">({})</span>', _("“%(status)s”, read as %(who)s said") % {"status": event.native, "who": event.word.by})
    return format_html(' <span class="quiet">({})</span>', event.native) if event.native else ""


@register.simple_tag
def previewed_fate(fate):
    """{% previewed_fate "accepted" %}: the chip of what would become of a line."""
    word = _("New") if fate == Fate.ACCEPTED else Fate(fate).label
    return marks.chip(word, wording.FATES[fate])


@register.simple_tag
def told_time(text):
    """{% told_time "2024-02-01T09:12:00+00:00" %}: a time that was kept as text."""
    return marks.exact(datetime.fromisoformat(text))


@register.simple_tag
def told_name(namespace, value):
    """{% told_name namespace value %}: a reference as a previewed line names it."""
    return format_html('<span class="quiet">{}</span> <span class="reference">{}</span>', ledger.NAMESPACES.get(namespace, namespace), value)


@register.simple_tag
def told_fact(code, native, at, by_day, found=()):
    """{% told_fact code native at by_day unknowns %}: what a previewed line says happened, and when; `found` are the file's unknown statuses."""
    code = next((each.word.code for each in found if code == codes.UNKNOWN and each.native == native and each.word), code)
    moment = datetime.fromisoformat(at)
    when = date_format(timezone.localtime(moment), "d.m.Y") if by_day else marks.exact(moment)
    said = format_html(' <span class="quiet">({})</span>', native) if native else ""
    return format_html('<p class="fact"><span>{}{}</span> {}</p>', ledger.CODES.get(code, code), said, when)


@register.simple_tag
def why_proposed(reasons, ours):
    """{% why_proposed page.reasons "resultat" as why %}: why a column was proposed for ours, or nothing."""
    reason = reasons.get(ours)
    if reason is None:
        return ""
    return f"{wording.WHY_PROPOSED[reason.code]} ({reason.alike} %)" if reason.code == "similar_name" else wording.WHY_PROPOSED[reason.code]


@register.simple_tag
def columns_not_read(feed_import):
    """{% columns_not_read import as columns %}: the names of the columns that are not part of the format."""
    return ", ".join(details["columns"] for code, details in feed_import.warnings if code == "unknown_columns")


@register.simple_tag
def message_link(event, may_see):
    """{% message_link event may_see_deliveries %}: the reference that the event names, a link to its delivery for who may follow it."""
    reference = event.reference
    words = format_html('<span class="quiet">{}</span> <span class="reference">{}</span>', ledger.NAMESPACES.get(reference.namespace, ""), reference.value)
    try:
        return format_html('<a href="{}">{}</a>', reverse("deliveries:detail", args=[reference.delivery]), words) if may_see else words
    except NoReverseMatch:
        return words
