import django_tables2 as tables
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from apps.feeds.wording import feed_title
from apps.ui import marks, moments
from apps.ui.tables import LeanTable, MomentColumn
from apps.watch import words


class Cause(tables.Column):
    names_the_row = True

    def render(self, value, record):
        subject = f", {feed_title(record.feed)}" if record.feed else ""
        return format_html('<a href="{}">{}{}</a>', reverse("watch:alarm", args=[record.pk]), record.get_what_display(), subject)


class AlarmTable(LeanTable):
    """Alarms, each with why it was raised."""

    what = Cause(verbose_name=_("Alarm"), orderable=False)
    level = tables.Column(verbose_name=_("Level"), orderable=False)
    service = tables.Column(verbose_name=_("Service"), accessor="service__name", orderable=False)
    figures = tables.Column(verbose_name=_("Why"), orderable=False, empty_values=())
    since = MomentColumn(verbose_name=_("Since"), order_by=("since", "id"))
    raised_at = MomentColumn(verbose_name=_("Raised"), order_by=("raised_at", "id"))
    ended_at = tables.Column(verbose_name=_("Now"), orderable=False, empty_values=())

    def render_level(self, value, record):
        return marks.chip(record.get_level_display(), words.look(record.level))

    def render_figures(self, record):
        return words.reasoning(record)

    def render_ended_at(self, record):
        if record.ended_at:
            return _("ended %(day)s") % {"day": moments.exact(record.ended_at)}
        if record.acknowledged_until:
            return _("taken on until %(day)s") % {"day": moments.exact(record.acknowledged_until)}
        return marks.chip(_("nobody has taken it on"), marks.Look("alarm", "warning"))
