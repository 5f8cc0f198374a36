"""What is asked when a control is signed: shape only."""

import calendar
from datetime import date, timedelta

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.reports.models import NOTE_LIMIT
from apps.ui.filters import DayField


def last_month(today: date) -> tuple[date, date]:
    """The whole month before that of `today`."""
    last = today.replace(day=1) - timedelta(days=1)
    return last.replace(day=1), last.replace(day=calendar.monthrange(last.year, last.month)[1])


class ControlForm(forms.Form):
    """The service by its code, among those that the person may sign for."""

    service = forms.ChoiceField(label=_("Service"))
    first_day = DayField(label=_("From"))
    last_day = DayField(label=_("To"))
    note = forms.CharField(label=_("Note"), required=False, widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(self, *args, services, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["service"].choices = [(service.code, service.name) for service in services]
        self.fields["note"].help_text = _("No names and no identity numbers. At most %(limit)s characters.") % {"limit": NOTE_LIMIT}

    def refuse(self, problems):
        """Put each sentence beside its field."""
        for name, sentence in problems.items():
            self.add_error(name, str(sentence))
