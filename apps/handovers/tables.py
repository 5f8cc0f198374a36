import django_tables2 as tables
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from apps.ui import marks, moments
from apps.ui.tables import LeanTable, MomentColumn


class NumberOfOffer(tables.Column):
    names_the_row = True

    def render(self, value, record):
        return format_html('<a class="reference" href="{}">{}</a>', reverse("handovers:detail", args=[record.pk]), value)

    def value(self, value):
        return value


class OfferTable(LeanTable):
    """What other services offer, and what was answered."""

    number = NumberOfOffer(verbose_name=_("Handover"), orderable=False)
    at = MomentColumn(verbose_name=_("Offered"), order_by=("at", "id"))
    service = tables.Column(verbose_name=_("Service"), accessor="service__name", orderable=False)
    sender = tables.Column(verbose_name=_("From"), accessor="sender__name", orderable=False)
    day = tables.Column(verbose_name=_("Received there"), order_by=("day", "id"))
    channel = tables.Column(verbose_name=_("Channel"), orderable=False)
    reporter = tables.Column(verbose_name=_("Reporter"), orderable=False)
    until = tables.Column(verbose_name=_("Answer"), order_by=("until", "id"))

    def render_day(self, value):
        return value.strftime("%d.%m.%Y")

    def render_until(self, value, record):
        if hasattr(record, "reply"):
            return marks.chip(_("Taken over") if record.reply.accepts else _("Sent back"), marks.Look("filed"))
        if hasattr(record, "recalled"):
            return marks.chip(_("Taken back %(day)s") % {"day": moments.day(record.recalled.at)}, marks.Look("filed"))
        if value <= self.now:
            return marks.chip(_("Ran out %(day)s") % {"day": moments.day(value)}, marks.Look("clock"))
        return _("by %(day)s") % {"day": moments.exact(value)}

    def value_until(self, value):
        return moments.exact(value)
