"""What is asked of an outage or a fault, and of the case system that a service uses: shape only."""

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.outages.models import CHANNELS, Kind, Precision
from apps.ui.filters import DayField

ALL_SERVICES = "all"


class TimeField(forms.TimeField):
    def __init__(self, **kwargs):
        super().__init__(
            required=False,
            input_formats=["%H:%M", "%H.%M"],
            widget=forms.TimeInput(format="%H:%M"),
            error_messages={"invalid": _("Write a time as 14:30.")},
            **kwargs,
        )


def text(label, limit, **kwargs):
    return forms.CharField(label=label, max_length=limit, **kwargs)


class Refusing(forms.Form):
    """`services` are those that the person may speak for; whoever may speak for all gets that choice too."""

    service = forms.ChoiceField(label=_("Service"))

    def __init__(self, *args, services, nationally=False, **kwargs):
        super().__init__(*args, **kwargs)
        self.services = {service.code: service for service in services}
        everywhere = [(ALL_SERVICES, _("All services"))] if nationally and self.may_be_of_all else []
        self.fields["service"].choices = everywhere + [(service.code, service.name) for service in services]

    may_be_of_all = False

    def said(self):
        """What was typed, with the service itself; None for all of them."""
        return self.cleaned_data | {"service": self.services.get(self.cleaned_data["service"])}

    def refuse(self, problems):
        """Put each sentence beside its field, or above the form where that is not shown."""
        for name, sentence in problems.items():
            self.add_error(name if name in self.fields else None, str(sentence))


class OutageForm(Refusing):
    may_be_of_all = True

    kind = forms.ChoiceField(label=_("What it was"), choices=Kind.choices)
    channel = forms.ChoiceField(label=_("Channel"), choices=[("", _("Any channel")), *CHANNELS], required=False)
    system = text(_("Case system"), 80, required=False, help_text=_("Where it was a case system's: only services that used it are meant."))
    version = text(_("Version"), 40, required=False)
    precision = forms.ChoiceField(label=_("How exactly it is known"), choices=Precision.choices, initial=Precision.DAY)
    first_day = DayField(label=_("First day"))
    first_time = TimeField(label=_("Time of its beginning"))
    last_day = DayField(label=_("Last day"), required=False, help_text=_("Empty while it lasts."))
    last_time = TimeField(label=_("Time of its end"))
    what = text(_("What happened"), 500, help_text=_("No names and no identity numbers."))
    said_by = text(_("Who says so"), 200)
    said_on = DayField(label=_("Said on"))
    source = text(_("Source"), 500, help_text=_("A letter, a page or a number by which others find it."))


class UsageForm(Refusing):
    system = text(_("Case system"), 80)
    version = text(_("Version"), 40, required=False)
    adopted_on = DayField(label=_("In use from"))
    patched_on = DayField(label=_("Mended on"), required=False, help_text=_("When a fault of it was put right here."))
    ended_on = DayField(label=_("In use until"), required=False)


class FileForm(forms.Form):
    file = forms.FileField(label=_("CSV file"), allow_empty_file=True, widget=forms.FileInput(attrs={"accept": ".csv,.txt,text/csv"}))
