"""What is asked when a reporter calls, and when they are answered: shape only."""

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.calls.models import How, Way
from apps.deliveries.models import Reporter
from apps.ui.filters import DayField
from apps.ui.texts import NO_NAMES


def long_text(label, help_text):
    return forms.CharField(label=label, help_text=help_text, required=False, widget=forms.Textarea(attrs={"rows": 3}))


class Refusing(forms.Form):
    def refuse(self, problems):
        """Put each sentence beside its field, or above the form where that is not shown."""
        for name, sentence in problems.items():
            self.add_error(name if name in self.fields else None, str(sentence))


class QuestionForm(Refusing):
    """ "I sent it on <day>, have you got it?" No child is named."""

    first_day = DayField(label=_("Sent on, or first possible day"))
    last_day = DayField(label=_("Last possible day"), required=False)
    way = forms.ChoiceField(label=_("Sent by"), choices=Way.choices, initial=Way.UNKNOWN)
    reporter = forms.ChoiceField(label=_("Kind of reporter"), choices=Reporter.choices, initial=Reporter.UNKNOWN)

    def clean(self):
        first, last = self.cleaned_data.get("first_day"), self.cleaned_data.get("last_day")
        if first and not last:
            self.cleaned_data["last_day"] = first
        elif first and last and last < first:
            self.add_error("last_day", _("The last day lies before the first."))
        elif first and last and (last - first).days > 92:
            self.add_error("last_day", _("At most three months at a time."))
        return self.cleaned_data


class NoteForm(QuestionForm):
    """The question again, and what it is noted on: a message's id, or nothing where none fits."""

    service = forms.CharField()
    delivery = forms.IntegerField(required=False, min_value=1, max_value=2**62)
    text = long_text(_("What they said"), NO_NAMES)


class AnswerForm(Refusing):
    day = DayField(label=_("Answered on"))
    how = forms.ChoiceField(label=_("How"), choices=[("", _("Choose")), *How.choices], required=False)
    text = long_text(_("What they were told"), NO_NAMES)


class FoundForm(Refusing):
    delivery = forms.CharField(
        label=_("The message that it is"), help_text=_("Its number in Framme, or one of its references."), max_length=200, required=False
    )
