import django_tables2 as tables
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from apps.ui import marks, moments
from apps.ui.tables import LeanTable, MomentColumn


class NumberOfCall(tables.Column):
    names_the_row = True

    def render(self, value, record):
        return format_html('<a class="reference" href="{}">{}</a>', reverse("calls:detail", args=[record.pk]), value)

    def value(self, value):
        return value


class CallTable(LeanTable):
    """Calls, with their answers; what becomes of the message stands on its own page."""

    number = NumberOfCall(verbose_name=_("Call"), orderable=False)
    at = MomentColumn(verbose_name=_("Called"), order_by=("at", "id"))
    service = tables.Column(verbose_name=_("Service"), accessor="service__name", orderable=False)
    first_day = tables.Column(verbose_name=_("Says it was sent"), order_by=("first_day", "id"))
    way = tables.Column(verbose_name=_("Sent by"), orderable=False)
    reporter = tables.Column(verbose_name=_("Reporter"), orderable=False)
    opens = tables.Column(verbose_name=_("Message"), orderable=False)
    due_at = tables.Column(verbose_name=_("Answer"), orderable=False)

    def render_first_day(self, value, record):
        return days(record)

    def render_opens(self, value, record):
        words = _("opened by the call") if value else _("known before")
        return format_html('<a href="{}">{}</a>', reverse("deliveries:detail", args=[record.reference_id]), words)

    def value_opens(self, value):
        return str(_("opened by the call") if value else _("known before"))

    def render_due_at(self, value, record):
        if hasattr(record, "answer"):
            return marks.chip(_("Answered %(day)s") % {"day": record.answer.day.strftime("%d.%m.%Y")}, marks.Look("filed"))
        if value < self.now:
            return marks.chip(_("Ran out %(day)s") % {"day": moments.day(value)}, marks.Look("alarm", "warning"))
        return _("by %(day)s") % {"day": moments.day(value)}

    def value_due_at(self, value, record):
        return record.answer.day.isoformat() if hasattr(record, "answer") else ""


def days(call):
    first, last = call.first_day.strftime("%d.%m.%Y"), call.last_day.strftime("%d.%m.%Y")
    return first if first == last else f"{first}–{last}"
