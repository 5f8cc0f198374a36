import django_filters
from django.utils.translation import gettext_lazy as _

from apps.calls.models import Call, Way
from apps.ui.filters import FilterBar, Words

ANSWERED = [("no", _("Not answered")), ("yes", _("Answered"))]


class CallFilter(FilterBar):
    number = django_filters.CharFilter(label=_("Number of the call"), lookup_expr="startswith", max_length=40)
    way = Words(label=_("Sent by"), choices=Way.choices)
    answered = Words(label=_("Answer"), choices=ANSWERED, method="that_was_answered")

    class Meta:
        model = Call
        fields = ()

    def that_was_answered(self, queryset, name, value):
        return queryset.filter(answer__isnull=value == "no")
