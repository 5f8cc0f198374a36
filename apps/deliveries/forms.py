"""What is asked of the pages about days: shape only."""

from datetime import timedelta

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.deliveries.shortfall import EVER
from apps.ui.filters import DayField

LONGEST = timedelta(days=3660)
WAITS = [("10", _("10 working days")), ("15", _("15 working days")), ("30", _("30 working days")), (str(EVER), _("to the end of the case system's data"))]


class PeriodForm(forms.Form):
    first = DayField(label=_("Received from"))
    last = DayField(label=_("Received to"))
    within = forms.ChoiceField(label=_("Registered within"), choices=WAITS)

    def clean(self):
        first, last = self.cleaned_data.get("first"), self.cleaned_data.get("last")
        if first and last and first > last:
            self.add_error("last", _("The last day lies before the first."))
        if first and last and last - first > LONGEST:
            self.add_error("last", _("At most ten years at a time."))
        return self.cleaned_data


class DayForm(forms.Form):
    day = DayField(label=_("Day"))
