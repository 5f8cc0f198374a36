"""Feeds in the words of the person who reads the page: reasons, formats, and how an import stands."""

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from apps.feeds import catalogue, reasons
from apps.feeds.queries import Fate
from apps.ledger.models import Import, ImportState
from apps.ui.marks import Look

# "Never completed" is red, however recent: a file that was sent in is not a file that was read.
LOOKS: dict[str, Look] = {
    ImportState.RECEIVED: Look("clock", "danger"),
    ImportState.RUNNING: Look("transit", "danger"),
    ImportState.NEEDS_A_PERSON: Look("alarm", "danger"),
    ImportState.REFUSED: Look("cross", "danger"),
    ImportState.COMPLETE: Look("filed", "neutral"),
    ImportState.PREVIEWED: Look("ring", "info"),
    ImportState.CANCELLED: Look("ring", "neutral"),
}
LIVELY = Look("transit", "info")  # on its own page, where one can see it move
WITH_REJECTIONS = Look("half", "warning")
FATES: dict[str, Look] = {
    Fate.ACCEPTED: Look("filed"),
    Fate.DUPLICATE: Look("ring"),
    Fate.REJECTED: Look("cross", "danger"),
}


def reason(code: str, details: dict[str, str]) -> str:
    """The sentence of a code in the language of the page, its gaps filled; what fills them is text from a file and must be escaped."""
    if "format" in details:
        details = details | {"format": format_title(details["format"])}
    return reasons.filled(gettext(reasons.REASONS[code]) if code in reasons.REASONS else code, details)


def format_title(name: str) -> str:
    return gettext(catalogue.FORMATS[name].title) if name in catalogue.FORMATS else name


def format_about(name: str) -> str:
    return gettext(catalogue.FORMATS[name].about) if name in catalogue.FORMATS else ""


def state_look(feed_import: Import) -> Look:
    return WITH_REJECTIONS if feed_import.rejected else LOOKS[feed_import.state]


def state_words(feed_import: Import) -> str | Promise:
    return _("Complete, lines rejected") if feed_import.rejected else ImportState(feed_import.state).label
