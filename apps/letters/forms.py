"""What is asked when letters are printed, followed or worded: shape only."""

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.letters.models import Language
from apps.ui.texts import NO_NAMES


class PrintForm(forms.Form):
    language = forms.ChoiceField(label=_("Language of the letters"), choices=Language)
    is_again = forms.BooleanField(label=_("Print again what was printed before"), required=False)


class TrackForm(forms.Form):
    number = forms.CharField(label=_("Tracking number"), required=False, help_text=_("As the post writes it, without blanks."))


class WordingForm(forms.Form):
    subject = forms.CharField(label=_("Subject"), required=False)
    body = forms.CharField(label=_("Text"), required=False, widget=forms.Textarea(attrs={"rows": 14}), help_text=NO_NAMES)
