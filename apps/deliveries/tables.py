import django_tables2 as tables
from django.urls import reverse
from django.utils.html import escape, format_html, format_html_join
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from apps.deliveries.looks import LOOKS
from apps.deliveries.matching import Strength
from apps.deliveries.models import Category, Channel, Reporter
from apps.deliveries.states import NEEDS_A_PERSON, State
from apps.ledger.models import Direction
from apps.ui import marks
from apps.ui.tables import DaysLeftColumn, LeanTable, MomentColumn

SHOWN_OF_A_REFERENCE = 13  # of a UUID the first two groups: enough to tell two rows apart, and the rest is one click away


def shortened(value: str) -> str:
    return value if len(value) <= SHOWN_OF_A_REFERENCE + 7 else value[:SHOWN_OF_A_REFERENCE] + "…"


def in_case_system(record):
    """What the case system's data say about a message that is waited for: it is missing there, or they do not reach its day. Empty where nothing is waited for."""
    if record["direction"] == Direction.OUTBOUND or record["waits_until"] is None or record["state"] not in NEEDS_A_PERSON:
        return ""
    return _("Missing") if record["is_covered"] else _("No data for the day yet")


class WordColumn(tables.Column):
    """A code shown as its word, which is looked up once a page."""

    def __init__(self, *, choices, **kwargs):
        super().__init__(**kwargs)
        self.choices = choices

    def render(self, value, table):
        if (self.choices, value) not in table.words:
            table.words[self.choices, value] = escape(self.choices(value).label)
        return table.words[self.choices, value]

    def value(self, value):
        return str(self.choices(value).label)


class StateColumn(tables.Column):
    """Symbol and word; made once a page for each state."""

    def render(self, value, table):
        if value not in table.chips:
            table.chips[value] = marks.chip(State(value).label, LOOKS[value])
        return table.chips[value]

    def value(self, value):
        return str(State(value).label)


class ReferenceColumn(tables.Column):
    names_the_row = True


# What a file's columns hold, for whoever has the file and not the page.
MEANINGS = {
    "gone_at": _("When the carrier removes its copy of the contents; empty where no such time is known."),
    "state": _("What the events, the decisions and the clock say about the message, as of the time above."),
    "first_at": _("The earliest time that any source gives of the message, in Oslo."),
    "since": _("The time of the event or the deadline that decided the state, in Oslo; never when it was worked out."),
    "is_covered": _("Whether the case system's data reach the day by which the message should have been registered."),
    "children": _("The largest number of children that any record states; empty where none does. Messages and children are counted apart."),
}


class DeliveryTable(LeanTable):
    """Rows of queries.rows. `origin` is the list they were opened from, path and query, which their links carry on."""

    gone_at = DaysLeftColumn(verbose_name=_("Days left"), accessor="gone_at")
    reference = ReferenceColumn(verbose_name=_("Reference"), accessor="references", orderable=False, empty_values=())
    state = StateColumn(verbose_name=_("State"), orderable=False)
    service = tables.Column(verbose_name=_("Service"), accessor="service__name", order_by=("service__name", "id"))
    reporter = WordColumn(verbose_name=_("Reporter"), choices=Reporter, order_by=("reporter", "id"))
    channel = WordColumn(verbose_name=_("Channel"), choices=Channel, order_by=("channel", "id"))
    first_at = MomentColumn(verbose_name=_("Received"), order_by=("first_at", "id"))
    since = MomentColumn(verbose_name=_("In this state"), orderable=False)
    is_covered = tables.Column(verbose_name=_("In the case system"), orderable=False)

    # Only in files taken out.
    all_references = tables.Column(verbose_name=_("All references"), accessor="references", visible=False)
    service_code = tables.Column(verbose_name=_("Service number"), accessor="service__code", visible=False)
    direction = WordColumn(verbose_name=_("Direction"), choices=Direction, visible=False)
    category = WordColumn(verbose_name=_("Category"), choices=Category, visible=False)
    children = tables.Column(verbose_name=_("Children"), visible=False)

    def __init__(self, *args, origin="", **kwargs):
        super().__init__(*args, **kwargs)
        self.chips, self.words = {}, {}
        self.page_of, _id, self.rest = reverse("deliveries:detail", args=[0]).rpartition("0")
        self.origin = "?" + urlencode({"list": origin}) if origin else ""
        # A child that is followed up already puts its rows last; a walk along the list has to know from which part it began.
        self.origin_when_known = "?" + urlencode({"list": origin + ("&" if "?" in origin else "?") + "known=1"}) if origin else ""

    def render_reference(self, value, record):
        namespace, text = value[0] if value else ("", str(record["id"]))
        return format_html(
            '<a class="reference" href="{}{}{}{}" title="{}">{}</a>{}',
            self.page_of,
            record["id"],
            self.rest,
            self.origin_when_known if record["child_known"] else self.origin,
            f"{namespace} {text}",
            shortened(text),
            self.remarks(record),
        )

    def remarks(self, record) -> str:
        if not record["child_known"] and not record["reopened_at"]:
            return ""
        remarks = [(record["child_known"], "child", _("The child is followed up already")), (record["reopened_at"], "alarm", _("Reopened by later evidence"))]
        return format_html_join(
            "",
            ' <span class="remark" title="{0}"><span class="symbol symbol--{1}" aria-hidden="true"></span><span class="ds-sr-only">{0}</span></span>',
            ((word, symbol) for holds, symbol, word in remarks if holds),
        )

    def value_reference(self, value):
        return value[0][1] if value else ""

    def value_all_references(self, value):
        return " ".join(f"{namespace}:{text}" for namespace, text in value)

    def render_is_covered(self, value, record):
        word = in_case_system(record)
        return word if value else format_html('<span class="quiet">{}</span>', word)

    def value_is_covered(self, record):
        return str(in_case_system(record))


STRENGTHS = {Strength.STRONG: marks.Look("filed", "info"), Strength.POSSIBLE: marks.Look("half"), Strength.WEAK: marks.Look("ring")}


class SuggestionTable(DeliveryTable):
    """Rows with `candidates`, of which the nearest is shown."""

    nearest = tables.Column(verbose_name=_("Nearest registration"), accessor="candidates", orderable=False)
    says = tables.Column(verbose_name=_("Day"), accessor="candidates", orderable=False)
    rivals = tables.Column(verbose_name=_("Reports and registrations that compete"), accessor="candidates", orderable=False)
    strength = tables.Column(verbose_name=_("Strength"), accessor="candidates", orderable=False)

    def render_nearest(self, value):
        if not value.shown:
            return marks.ABSENT
        found = value.shown[0].registration
        url = reverse("deliveries:detail", args=[found.delivery])
        return format_html('<a href="{}" title="{}">{}</a>', url, found.reference, found.journal or shortened(found.reference))

    def render_says(self, value):
        return value.shown[0].judgements[0].words if value.shown else marks.ABSENT

    def render_rivals(self, value):
        return f"{value.rivals.reports} : {value.rivals.registrations}" if value.shown else marks.ABSENT

    def render_strength(self, value):
        if not value.shown:
            return marks.ABSENT
        strength = value.shown[0].strength
        return marks.chip(strength.label, STRENGTHS[strength])
