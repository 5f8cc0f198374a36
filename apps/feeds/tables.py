import django_tables2 as tables
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from apps.feeds import arrangements, wording
from apps.ui import marks
from apps.ui.tables import LeanTable, MomentColumn, NumberColumn


def link_to_import(pk, words, query=""):
    return format_html('<a href="{}{}">{}</a>', reverse("imports:detail", args=[pk]), query, words)


class FileColumn(tables.Column):
    """The file's name as its sender wrote it, kept from turning the text around it."""

    names_the_row = True

    def render(self, value, record):
        return link_to_import(record.pk, format_html("<bdi>{}</bdi>", value or _("(no name)")))

    def value(self, value):
        return value


class StateColumn(tables.Column):
    def render(self, record):
        return marks.chip(wording.state_words(record), wording.state_look(record))

    def value(self, record):
        return str(wording.state_words(record))


class ImportTable(LeanTable):
    file_name = FileColumn(verbose_name=_("File"), empty_values=())
    format = tables.Column(verbose_name=_("Format"))
    service = tables.Column(verbose_name=_("Service"), accessor="service__name")
    state = StateColumn(verbose_name=_("State"), order_by=("state", "rejected"))
    read = NumberColumn(verbose_name=_("Lines read"))
    accepted = NumberColumn(verbose_name=_("Accepted"))
    duplicate = NumberColumn(verbose_name=_("Known before"))
    rejected = NumberColumn(verbose_name=_("Rejected"))
    received_at = MomentColumn(verbose_name=_("Received"))

    def render_format(self, value):
        return wording.format_title(value)

    def render_rejected(self, value, record):
        return format_html('<a href="{}">{}</a>', reverse("imports:lines", args=[record.pk, "rejected"]), value) if value else value


class RejectionTable(LeanTable):
    line = NumberColumn(verbose_name=_("Line"))
    file = tables.Column(verbose_name=_("File"), accessor="feed_import__file_name", empty_values=())
    service = tables.Column(verbose_name=_("Service"), accessor="service__name")
    reason = tables.Column(verbose_name=_("Why"), accessor="code", order_by=("code",))
    raw = tables.Column(verbose_name=_("What stood there"), orderable=False)
    received_at = MomentColumn(verbose_name=_("Received"), accessor="feed_import__received_at")

    def render_line(self, value, record):
        return link_to_import(record.feed_import_id, value, f"?line={value}")

    def render_file(self, value, record):
        return link_to_import(record.feed_import_id, format_html("<bdi>{}</bdi>", value or _("(no name)")))

    def render_reason(self, record):
        return wording.reason(record.code, record.details)

    def render_raw(self, value):
        return format_html('<code class="raw">{}</code>', value)


class FeedColumn(tables.Column):
    names_the_row = True

    def render(self, record):
        return format_html('<a href="{}">{}</a>', reverse("imports:feed", args=[record.pk]), wording.feed_title(record))

    def value(self, record):
        return wording.feed_title(record)


class FeedTable(LeanTable):
    format = FeedColumn(verbose_name=_("Source"))
    service = tables.Column(verbose_name=_("Service"), accessor="service__name")
    expected_every = tables.Column(verbose_name=_("Expected"), order_by=("expected_in", "expected_every"))
    responsible = tables.Column(verbose_name=_("Responsible"), accessor="responsible__full_name")
    latest_at = MomentColumn(verbose_name=_("Latest file brought in"))
    went_wrong = NumberColumn(verbose_name=_("Went wrong this week"))
    standing = tables.Column(verbose_name=_("Now"), accessor="pk", orderable=False)

    def render_went_wrong(self, value, record):
        return format_html('<a href="{}#wrong">{}</a>', reverse("imports:feed", args=[record.pk]), value) if value else value

    def render_expected_every(self, record):
        return wording.cadence(record)

    def render_standing(self, record):
        stands = arrangements.standing(record, now=self.now)
        return marks.chip(stands.label, wording.STANDINGS[stands])

    def value_standing(self, record):
        return str(arrangements.standing(record, now=self.now).label)
