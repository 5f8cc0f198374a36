import django_tables2 as tables
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from apps.ui.tables import LeanTable, MomentColumn, NumberColumn


class PeriodColumn(tables.Column):
    names_the_row = True

    def render(self, value, record):
        return format_html('<a href="{}">{}</a>', reverse("overview:control", args=[record.pk]), period(record))


def period(control) -> str:
    return f"{control.first_day:%d.%m.%Y}-{control.last_day:%d.%m.%Y}"


class ControlTable(LeanTable):
    first_day = PeriodColumn(verbose_name=_("Period"), order_by=("first_day", "id"))
    service = tables.Column(verbose_name=_("Service"), accessor="service__name", orderable=False)
    open = NumberColumn(verbose_name=_("Open when signed"), accessor="open", orderable=False)
    days_missing = NumberColumn(verbose_name=_("Days without a file"), accessor="days_missing", orderable=False)
    at = MomentColumn(verbose_name=_("Signed"), order_by=("at", "id"))
    by = tables.Column(verbose_name=_("By"), orderable=False)
