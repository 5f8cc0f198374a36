"""What is asked when a statement is issued, or two moments are held against each other: shape only."""

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.statements.actions import Asked
from apps.statements.models import Basis
from apps.ui.filters import DayField
from apps.ui.texts import NO_NAMES

TIMES = ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%d.%m.%Y %H:%M", "%Y-%m-%d %H:%M"]
FINAL = [("", _("Provisional: it may still change")), ("final", _("Final"))]


def moment(label, help_text):
    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
    wrong = {"invalid": _("Write a time as dd.mm.yyyy hh:mm.")}
    return forms.DateTimeField(label=label, help_text=help_text, required=False, input_formats=TIMES, widget=widget, error_messages=wrong)


class IssueForm(forms.Form):
    services = forms.MultipleChoiceField(label=_("Services"), widget=forms.CheckboxSelectMultiple(attrs={"class": "ds-input"}))
    from_day = DayField(label=_("From"))
    to_day = DayField(label=_("To, that day included"))
    basis = forms.ChoiceField(label=_("Which messages"), choices=Basis.choices, initial=Basis.RECEIVED)
    as_of = moment(_("As of"), _("The clock that the figures are for, in Oslo time. Empty: now."))
    known_at = moment(_("From what was known at"), _("What was learned later is not counted. Empty: now."))
    is_final = forms.ChoiceField(label=_("Standing"), choices=FINAL, required=False)
    replaces = forms.TypedChoiceField(label=_("Replaces"), required=False, coerce=int, empty_value=None)
    method = forms.CharField(label=_("Note on method"), help_text=NO_NAMES, required=False, widget=forms.Textarea(attrs={"rows": 4}))

    def __init__(self, *args, services, replaceable, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["services"].choices = [(service.code, service.name) for service in services]
        self.fields["replaces"].choices = [("", _("None")), *replaceable]

    def asked(self, now) -> Asked:
        """What is typed, `now` where no time is."""
        typed = {name: self.cleaned_data[name] for name in ("from_day", "to_day", "method")}
        times = {name: self.cleaned_data[name] or now for name in ("as_of", "known_at")}
        return Asked(**typed, **times, basis=Basis(self.cleaned_data["basis"]), is_final=self.cleaned_data["is_final"] == "final")

    def as_typed(self, name):
        """A time that was no time is shown as it was typed, which no clock of a browser can."""
        self.fields[name].widget.attrs["type"] = "text"


class BetweenForm(forms.Form):
    """The same services and period at two moments; what a moment knew is, unless it is said, what was known at its clock."""

    services = forms.MultipleChoiceField(label=_("Services"), widget=forms.CheckboxSelectMultiple(attrs={"class": "ds-input"}))
    from_day = DayField(label=_("From"))
    to_day = DayField(label=_("To, that day included"))
    basis = forms.ChoiceField(label=_("Which messages"), choices=Basis.choices, initial=Basis.RECEIVED)
    first_as_of = moment(_("First moment: as of"), _("The clock that the figures are for, in Oslo time."))
    first_known_at = moment(_("First moment: from what was known at"), _("What was learned later is not counted. Empty: at that clock."))
    second_as_of = moment(_("Second moment: as of"), _("The clock that the figures are for, in Oslo time. Empty: now."))
    second_known_at = moment(_("Second moment: from what was known at"), _("What was learned later is not counted. Empty: at that clock."))

    def __init__(self, *args, services, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["services"].choices = [(service.code, service.name) for service in services]
        self.fields["first_as_of"].required = True

    def asked(self, which, now) -> Asked:
        """What is typed of the moment `which`, "first" or "second"."""
        typed = self.cleaned_data
        as_of = typed[f"{which}_as_of"] or now
        return Asked(typed["from_day"], typed["to_day"], Basis(typed["basis"]), as_of, typed[f"{which}_known_at"] or as_of)

    def refuse(self, which, field, sentence):
        """Put the sentence beside its field, once where it is of both moments."""
        name = field if field in self.fields else f"{which}_{field}"
        if name not in self.errors:
            self.add_error(name, sentence)

    def as_typed(self):
        """Times that were no times, or not allowed, are shown as they were typed, which no clock of a browser can."""
        for name in self.errors:
            if name in self.fields and name.endswith(("_as_of", "_known_at")):
                self.fields[name].widget.attrs["type"] = "text"


def this_year(now):
    """The period that is asked for most: the year so far."""
    today = timezone.localdate(now)
    return {"from_day": today.replace(month=1, day=1), "to_day": today, "basis": Basis.RECEIVED}
