import django_filters
from django.utils.translation import gettext_lazy as _

from apps.handovers.models import Offer
from apps.ui.filters import FilterBar, Words

ANSWERED = [("no", _("Not answered")), ("yes", _("Answered")), ("late", _("Run out")), ("back", _("Taken back"))]


class OfferFilter(FilterBar):
    number = django_filters.CharFilter(label=_("Number of the handover"), lookup_expr="startswith", max_length=40)
    answered = Words(label=_("Answer"), choices=ANSWERED, method="that_was_answered")

    class Meta:
        model = Offer
        fields = ()

    def that_was_answered(self, queryset, name, value):
        if value == "yes":
            return queryset.filter(reply__isnull=False)
        if value == "back":
            return queryset.filter(recalled__isnull=False)
        unanswered = queryset.filter(reply__isnull=True, recalled__isnull=True)
        return unanswered.filter(until__gt=self.now) if value == "no" else unanswered.filter(until__lte=self.now)
