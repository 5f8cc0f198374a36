"""Feeds in the words of the person who reads the page: reasons, formats, and how an import stands."""

from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from apps.feeds import catalogue, names, obtaining, reasons
from apps.feeds.models import Days, Feed
from apps.feeds.queries import Fate
from apps.feeds.rhythm import Standing
from apps.feeds.sources import mapping
from apps.ledger import codes
from apps.ledger import wording as ledger
from apps.ledger.models import Direction, Import, ImportState
from apps.ui.marks import Look

VANTAGES: dict[str, str | Promise] = {"sender": _("as the sender sees it"), "recipient": _("as the recipient sees it")}
# "Never completed" is red, however recent: a file that was sent in is not a file that was read.
LOOKS: dict[str, Look] = {
    ImportState.RECEIVED: Look("clock", "danger"),
    ImportState.RUNNING: Look("transit", "danger"),
    ImportState.NEEDS_A_PERSON: Look("alarm", "danger"),
    ImportState.REFUSED: Look("cross", "danger"),
    ImportState.COMPLETE: Look("filed", "neutral"),
    ImportState.PREVIEWED: Look("ring", "info"),
    ImportState.CANCELLED: Look("ring", "neutral"),
    ImportState.UNDONE: Look("ring", "neutral"),
}
STANDINGS: dict[Standing, Look] = {
    Standing.IN_TIME: Look("clock"),
    Standing.LATE: Look("half", "warning"),
    Standing.SILENT: Look("alarm", "danger"),
    Standing.UNSAID: Look("question"),
}
LIVELY = Look("transit", "info")  # on its own page, where one can see it move
WITH_REJECTIONS = Look("half", "warning")
# The columns of the receive log, in the words of who maps a file's columns to them.
COLUMNS: dict[str, str | Promise] = {
    "bekymringsmeldingId": _("The report's identifier in the national portal"),
    "forsendelseId": _("The message's identifier in KS SvarUt"),
    "correspondenceId": _("The message's identifier in Altinn"),
    "mottattTidspunkt": _("When the case system received it"),
    "resultat": _("What came of it"),
    "lagretTidspunkt": _("When the case system stored it, the proof that it arrived"),
    "fagsystemMeldingId": _("The case system's own identifier"),
    "meldingId": _("The message's identifier in Fiks IO"),
    "apnetTidspunkt": _("When it was opened"),
    "slettetTidspunkt": _("When it was deleted"),
    "journalnummer": _("Journal number"),
    "feilkode": _("Error code"),
    "organisasjonsnummer": _("Organisation number of the municipality"),
    "kommunenummer": _("Municipality number"),
    "bydelsnummer": _("District number"),
}
DATES: dict[str, str | Promise] = {
    "": format_lazy(_("Year first, or day first with full stops: {example}"), example=mapping.DATES[""]),
    "day_first": format_lazy(_("Day first: {example}"), example=mapping.DATES["day_first"]),
    "day_first_short": format_lazy(_("Day first, two digits of the year: {example}"), example=mapping.DATES["day_first_short"]),
    "month_first": format_lazy(_("Month first: {example}"), example=mapping.DATES["month_first"]),
    "compact": format_lazy(_("Without signs: {example}"), example=mapping.DATES["compact"]),
    "day_number": format_lazy(_("The day numbers of a spreadsheet: {example}"), example=mapping.DATES["day_number"]),
}
WHY_PROPOSED: dict[str, str | Promise] = {
    "same_name": _("proposed: the same name"),
    "known_word": _("proposed: a word that other systems use"),
    "similar_name": _("proposed: the name is nearly the same"),
    "values": _("proposed: what stands in it is such"),
}
# What a status that nobody knows may be said to mean, in the words of who says it; what stands above is nearer to an arrival than what stands below it.
MEANINGS: tuple[tuple[str | Promise, tuple[str, ...]], ...] = (
    (_("It was opened"), codes.OPENED),
    (_("A machine of the recipient has it, or says so"), codes.FETCHED),
    (_("It lies where the recipient can get it"), codes.AVAILABLE + codes.POSTED),
    (_("The sender has a receipt"), codes.RECEIPTED),
    (_("It is sent"), codes.SENT),
    (_("It failed"), codes.FAILED),
    (_("Nobody read it in time"), codes.UNREAD),
    (_("It is gone"), codes.REMOVED),
    (_("It counts for nothing"), codes.UNDECIDED),
)
MEANS_NOTHING = _("Nothing that matters to us")
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


def meaning(code: str) -> str | Promise:
    """What somebody said that a status means."""
    return MEANS_NOTHING if code == codes.UNKNOWN else ledger.CODES[code]


def format_title(name: str) -> str:
    return gettext(catalogue.FORMATS[name].title) if name in catalogue.FORMATS else name


def format_about(name: str) -> str:
    return gettext(catalogue.FORMATS[name].about) if name in catalogue.FORMATS else ""


def format_obtained(name: str) -> dict[str, object]:
    """How files of a format are got, each sentence in the language of the page (obtaining.Obtaining), and what could not be tried."""
    known = obtaining.OBTAINING[name]
    sentences = {part: gettext(getattr(known, part)) for part in ("who", "how", "holds")}
    return sentences | {"example": known.example, "untried": [gettext(sentence) for sentence in obtaining.UNTRIED[name]]}


def feed_title(feed: Feed) -> str:
    """The format, and direction and vantage where they are not the usual ones."""
    direction = "" if feed.direction == names.usual_direction(feed.format) else Direction(feed.direction).label
    return ", ".join(str(part) for part in (format_title(feed.format), direction, VANTAGES.get(feed.vantage, "")) if part)


def cadence(feed: Feed) -> str:
    """How often a file is expected, in words; empty when nobody has said."""
    if feed.expected_every is None:
        return ""
    if feed.expected_in == Days.WORKING:
        words = ngettext("Every working day", "Every %(count)s working days", feed.expected_every)
    else:
        words = ngettext("Every day", "Every %(count)s days", feed.expected_every)
    return words % {"count": feed.expected_every}


def state_look(feed_import: Import) -> Look:
    return WITH_REJECTIONS if feed_import.is_complete and feed_import.rejected else LOOKS[feed_import.state]


def state_words(feed_import: Import) -> str | Promise:
    return _("Complete, lines rejected") if feed_import.is_complete and feed_import.rejected else ImportState(feed_import.state).label
