"""What is asked when a message is handed over, and when one is answered: shape only."""

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.ui.texts import NO_NAMES


class Refusing(forms.Form):
    def refuse(self, problems):
        """Put each sentence beside its field, or above the form where that is not shown."""
        for name, sentence in problems.items():
            self.add_error(name if name in self.fields else None, str(sentence))


def why(label, help_text=NO_NAMES):
    return forms.CharField(label=label, required=False, help_text=help_text, widget=forms.Textarea(attrs={"rows": 3}))


class HandOverForm(Refusing):
    to = forms.ModelChoiceField(label=_("To which service"), queryset=None, empty_label=_("Choose"), error_messages={"required": _("Choose a service.")})
    reason = why(
        _("Why it is theirs"),
        _("Only your own service reads this. No names. If they take it over, it is proposed as misaddressed in your name, in these words."),
    )

    def __init__(self, *args, services, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["to"].queryset = services


class DeclineForm(Refusing):
    reason = why(_("Why it is not yours"), _("The other service reads this. No names and no identity numbers."))
