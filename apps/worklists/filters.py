from django import forms
from django.utils.translation import gettext_lazy as _

from apps.deliveries.filters import DeliveryFilter
from apps.ui.filters import Words
from apps.worklists.queues import Queue

COVERED = [("yes", _("missing")), ("no", _("no data for the day yet"))]
QUEUES = [(queue.value, queue.label) for queue in Queue]
LOOK = [("mine", _("may be given by me"))]


class WorklistFilter(DeliveryFilter):
    """`covered` and `queue` divide a list whose parts are counted, so it is the page that applies them; likewise `look`, which needs to know who decided."""

    covered = Words(label=_("In the case system"), choices=COVERED, method="as_it_was", widget=forms.HiddenInput)
    queue = Words(label=_("Whose turn"), choices=QUEUES, method="as_it_was", widget=forms.HiddenInput)
    look = Words(label=_("Second look"), choices=LOOK, method="as_it_was", widget=forms.HiddenInput)

    def as_it_was(self, queryset, name, value):
        return queryset
