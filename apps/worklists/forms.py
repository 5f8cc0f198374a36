"""Forms of what people do about whose turn it is. They take care of shape; what may not be is said by the actions."""

from datetime import timedelta

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.accounts.roles import Role
from apps.ui.filters import DayField, DayInput, start_of
from apps.worklists.models import REASON_LIMIT


class Refusable(forms.Form):
    def refuse(self, problems):
        """Put each sentence beside its field, or above the form where that is not shown."""
        for name, sentence in problems.items():
            self.add_error(name if name in self.fields else None, str(sentence))


class PauseForm(Refusable):
    """Until the beginning of a day in Oslo; tomorrow unless said."""

    until = DayField(
        label=_("Put aside to"), widget=DayInput(format="%Y-%m-%d"), help_text=_("At most seven days, and never longer than the carrier's copy is there.")
    )
    reason = forms.CharField(label=_("Why"), required=False, max_length=REASON_LIMIT, widget=forms.TextInput(attrs={"autocomplete": "off"}))

    def __init__(self, *args, now, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["until"].initial = timezone.localdate(now) + timedelta(days=1)

    @property
    def end(self):
        return start_of(self.cleaned_data["until"])


class AssignForm(Refusable):
    person = forms.ModelChoiceField(label=_("To whom"), queryset=None, empty_label=_("Choose"), error_messages={"required": _("Choose somebody.")})

    def __init__(self, *args, people, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["person"].queryset = people


class TakeBackForm(Refusable):
    reason = forms.CharField(label=_("Why is it taken back?"), required=False, max_length=REASON_LIMIT, widget=forms.TextInput(attrs={"autocomplete": "off"}))


class ViewForm(Refusable):
    """Under which name, and who else sees it. What may not be shared is not offered."""

    name = forms.CharField(
        label=_("Name"), max_length=80, error_messages={"required": _("Give it a name.")}, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    reach = forms.ChoiceField(label=_("Who sees it"))
    default_for = forms.ChoiceField(label=_("Opens the worklists for"), required=False, help_text=_("Only what others see too."))

    def __init__(self, *args, reaches, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["reach"].choices = reaches
        self.fields["default_for"].choices = [("", _("Nobody in particular")), *Role.choices]
        if len(reaches) == 1:
            del self.fields["default_for"]
