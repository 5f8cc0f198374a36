"""What is asked in the review of an incident: shape only."""

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.incidents.models import Method, Teller, Unit
from apps.ledger.models import Direction
from apps.outages.models import CHANNELS
from apps.ui.filters import DayField
from apps.ui.texts import NO_NAMES


class Refusing(forms.Form):
    def refuse(self, problems):
        """Put each sentence beside its field, or above the form where that is not shown."""
        for name, sentence in problems.items():
            self.add_error(name if name in self.fields else None, str(sentence))


class ReviewForm(Refusing):
    """The criteria by which messages belong to the incident; `delivery` is the id of the proven loss, or nothing."""

    delivery = forms.IntegerField(required=False, min_value=1, max_value=2**62, widget=forms.HiddenInput)
    title = forms.CharField(label=_("Name of the incident"), max_length=200, help_text=_("No names of people and no identity numbers."))
    direction = forms.ChoiceField(label=_("Direction"), choices=Direction.choices, initial=Direction.INBOUND)
    channel = forms.ChoiceField(label=_("Channel"), choices=[("", _("Any channel")), *CHANNELS], required=False)
    system = forms.CharField(label=_("Case system"), max_length=80, required=False, help_text=_("Empty where the fault was not a case system's."))
    version = forms.CharField(label=_("Version"), max_length=40, required=False)
    services = forms.CharField(
        label=_("Services"), max_length=2000, required=False, help_text=_("Their numbers with blanks between, as 4601 3907. Empty: all that the rest fits.")
    )
    begins = DayField(label=_("First day"))
    ends = DayField(label=_("Last day"), help_text=_("For each service it begins with the adoption of the case system and ends with the patch."))
    due_on = DayField(label=_("Answers are due on"))


class AnswerForm(Refusing):
    count = forms.IntegerField(label=_("How many of them are lost"), help_text=_("None found is 0. Without a number the task counts as not answered."))
    method = forms.ChoiceField(label=_("How it was found out"), choices=[("", _("Choose")), *Method.choices], required=False)
    text = forms.CharField(label=_("What was done"), help_text=NO_NAMES, required=False, widget=forms.Textarea(attrs={"rows": 3}))


class SaidForm(Refusing):
    """What the supplier was asked or answered; `question` says which question is answered."""

    question = forms.IntegerField(required=False, min_value=1, max_value=2**62, widget=forms.HiddenInput)
    day = DayField(label=_("Day"))
    text = forms.CharField(label=_("What was said"), help_text=NO_NAMES, widget=forms.Textarea(attrs={"rows": 3}))


class PatchForm(Refusing):
    day = DayField(label=_("Put right on"))


class ClaimForm(Refusing):
    number = forms.IntegerField(label=_("How many"))
    unit = forms.ChoiceField(label=_("Of what"), choices=Unit.choices)
    teller = forms.ChoiceField(label=_("Said by a"), choices=Teller.choices)
    said_by = forms.CharField(label=_("Who said it"), max_length=200, help_text=_("The body, not a private person."))
    said_on = DayField(label=_("Said on"))
    source = forms.CharField(label=_("Source"), max_length=500, help_text=_("A letter, a page or a number by which others find it."))
