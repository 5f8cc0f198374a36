from django import forms
from django.utils.translation import gettext_lazy as _

from apps.deliveries.filters import DeliveryFilter
from apps.ui.filters import Words

COVERED = [("yes", _("missing")), ("no", _("no data for the day yet"))]
LOOK = [("mine", _("may be given by me"))]


class WorklistFilter(DeliveryFilter):
    """`covered` divides a list whose parts are counted, so it is the page that applies it; likewise `look`, which needs to know who decided."""

    covered = Words(label=_("In the case system"), choices=COVERED, method="as_it_was", widget=forms.HiddenInput)
    look = Words(label=_("Second look"), choices=LOOK, method="as_it_was", widget=forms.HiddenInput)

    def as_it_was(self, queryset, name, value):
        return queryset
