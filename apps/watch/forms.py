"""What is asked when somebody takes an alarm on, or says how a service is told: shape only."""

from datetime import timedelta

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.registry.models import Service
from apps.ui.filters import DayField, start_of
from apps.ui.texts import NO_NAMES
from apps.watch.canaries import CHANNELS


class AcknowledgeForm(forms.Form):
    """Until the beginning of a day in Oslo; tomorrow unless said."""

    until = DayField(label=_("I see to it until"), help_text=_("At most seven days ahead. If it still stands then, it is told again."))
    reason = forms.CharField(label=_("What is being done"), required=False, widget=forms.Textarea(attrs={"rows": 3}), help_text=NO_NAMES)

    def __init__(self, *args, now, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["until"].initial = timezone.localdate(now) + timedelta(days=1)

    @property
    def end(self):
        return start_of(self.cleaned_data["until"])


class ArrangementForm(forms.Form):
    escalate_after = forms.IntegerField(
        label=_("Tell the managers after so many hours"), min_value=1, max_value=168, help_text=_("When nobody has taken an alarm on.")
    )
    escalate_urgent_after = forms.IntegerField(label=_("And of urgent ones after so many hours"), min_value=1, max_value=168)
    wants_digest = forms.BooleanField(label=_("A mail each morning while alarms stand"), required=False)


class CanaryForm(forms.Form):
    service = forms.ModelChoiceField(label=_("Service"), queryset=None, empty_label=None)
    namespace = forms.ChoiceField(label=_("Sent through"), choices=CHANNELS.items())
    value = forms.CharField(
        label=_("The reference that it travels under"),
        max_length=200,
        help_text=_("Register it before it is sent. What a source has told of already could be about a child, so then two persons must register it."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def __init__(self, *args, services, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["service"].queryset = Service.objects.filter(pk__in=[service.pk for service in services]).order_by("name")
