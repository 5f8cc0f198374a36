import django_tables2 as tables
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.deliveries.tables import DeliveryTable
from apps.ui import moments


class ChosenColumn(tables.Column):
    manner = "chosen"

    def render(self, value, table):
        return format_html('<input type="checkbox" name="chosen" value="{}" aria-label="{}">', value, table.choose % {"number": value})


class WorklistTable(DeliveryTable):
    """Rows of queries.rows with `held_by` and `paused_until` of queues.whose."""

    chosen = ChosenColumn(verbose_name=gettext_lazy("Choose"), accessor="id", orderable=False, exclude_from_export=True)
    turn = tables.Column(verbose_name=gettext_lazy("With"), accessor="held_by", orderable=False, empty_values=())

    class Meta:
        sequence = ("chosen", "...")

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.choose = _("Choose message %(number)s")

    def render_turn(self, record):
        if record["paused_until"]:
            return format_html('<span class="quiet"><span class="symbol symbol--pause" aria-hidden="true"></span> {}</span>', self.value_turn(record))
        return record["held_by"] or ""

    def value_turn(self, record):
        if record["paused_until"]:
            return _("Put aside to %(day)s") % {"day": moments.day(record["paused_until"])}
        return record["held_by"] or ""
