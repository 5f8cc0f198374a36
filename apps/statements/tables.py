import django_tables2 as tables
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.statements.models import Basis
from apps.ui import marks
from apps.ui.tables import LeanTable, MomentColumn


class NumberOfStatement(tables.Column):
    names_the_row = True

    def render(self, value, record):
        return format_html('<a href="{}">{}</a>', reverse("statements:detail", args=[record.pk]), _("Statement %(number)s") % {"number": value})

    def value(self, value):
        return value


class StatementTable(LeanTable):
    number = NumberOfStatement(verbose_name=gettext_lazy("Statement"), orderable=False)
    scope = tables.Column(verbose_name=gettext_lazy("Services"), orderable=False)
    from_day = tables.Column(verbose_name=gettext_lazy("Period"), orderable=False)
    as_of = MomentColumn(verbose_name=gettext_lazy("As of"), order_by=("as_of", "id"))
    is_final = tables.Column(verbose_name=gettext_lazy("Standing"), orderable=False)
    at = MomentColumn(verbose_name=gettext_lazy("Issued"), order_by=("at", "id"))

    def render_scope(self, value, record):
        return ", ".join(record.codes) if len(record.codes) > 1 else record.service.name

    def render_from_day(self, value, record):
        return f"{days(record)}, {Basis(record.basis).label.lower()}"

    def render_is_final(self, value, record):
        if hasattr(record, "replacement"):
            return marks.chip(_("Replaced by %(number)s") % {"number": record.replacement.number}, marks.Look("filed"))
        return marks.chip(_("Final") if value else _("Provisional"), marks.Look("check" if value else "clock"))

    def value_is_final(self, value):
        return _("Final") if value else _("Provisional")


def days(statement):
    return f"{statement.from_day:%d.%m.%Y}–{statement.to_day:%d.%m.%Y}"
