from django import forms
from django.utils.translation import gettext_lazy as _

from apps.feeds import catalogue, recognition
from apps.feeds.sources.archive_receipts import KEYS
from apps.ledger.models import Direction
from apps.ledger.wording import NAMESPACES
from apps.registry.models import Service

# What a person can say of a file that is not UTF-8. Left open, the parser decides for the whole file and says so in a warning.
ENCODINGS = [
    ("", _("UTF-8, or found out from the file")),
    ("windows-1252", _("Windows-1252 (older Windows programs)")),
    ("iso-8859-1", _("ISO-8859-1 (older Unix programs)")),
]
VANTAGES = [
    ("recipient", _("The recipient's: taken out of the service's own inbox")),
    ("sender", _("The sender's: shows less, since a recipient's deletions are hidden")),
]

FROM_THE_FILE = "from-the-file"  # what is chosen when the file itself shall tell its format

# Which questions a format asks beyond file and service; a question that is not asked is not answered either.
ASKED = {
    "vantage": lambda format: format.takes_vantage,
    "direction": lambda format: format.carrier not in ("portal", "case_system"),
    "encoding": lambda format: ".csv" in format.suffixes,
    "reference": lambda format: format.needs_reference is not None,
    "whose_key": lambda format: format.asks_whose_key,
}


def asks(format):
    """The names of the questions that this format asks."""
    return [name for name, is_asked in ASKED.items() if is_asked(format)]


class FilesInput(forms.FileInput):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Several files in one field; an empty one is taken too, because that it is empty is worth knowing."""

    widget = FilesInput

    def clean(self, data, initial=None):
        return [super(FilesField, self).clean(each, initial) for each in data or [None]]


class UploadForm(forms.Form):
    format = forms.ChoiceField(
        label=_("What is it?"),
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose what kind of file it is."), "invalid_choice": _("Choose one of the kinds of file shown.")},
    )
    service = forms.ModelChoiceField(
        label=_("Service"),
        queryset=Service.objects.none(),
        empty_label=_("Choose a service"),
        help_text=_("Lines that belong to another service are rejected, with a reason."),
        error_messages={"required": _("Choose the service that the file belongs to."), "invalid_choice": _("Choose one of your own services.")},
    )
    vantage = forms.ChoiceField(label=_("Whose view does the file show?"), choices=VANTAGES, initial="recipient", required=False)
    direction = forms.ChoiceField(label=_("Which way do the messages go?"), choices=Direction, initial=Direction.INBOUND, required=False)
    encoding = forms.ChoiceField(
        label=_("Encoding"), choices=ENCODINGS, required=False, help_text=_("Only needed for a file that is not UTF-8, as older programs write it.")
    )
    reference = forms.CharField(
        label=_("The message's identifier"), required=False, max_length=100, help_text=_("Some files of this format do not say which message they are about.")
    )
    whose_key = forms.ChoiceField(
        label=_("Whose identifiers are the keys?"),
        choices=[("", _("Not known, or as the file says")), *((name, NAMESPACES[name]) for name in KEYS)],
        required=False,
        help_text=_("The system that asked for the archiving gave its own identifier. Only when it is known whose that is can it be tied to a message."),
    )
    at_once = forms.BooleanField(
        label=_("Bring in at once"),
        required=False,
        help_text=_("Otherwise you are first shown what the file would do, and nothing is brought in before you say yes."),
    )
    files = FilesField(
        label=_("Files"), allow_empty_file=True, max_length=None, error_messages={"required": _("Choose a file."), "missing": _("Choose a file.")}
    )

    def __init__(self, *args, services, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["service"].queryset = services
        self.fields["format"].choices = [(FROM_THE_FILE, _("Find out from the file"))] + [(name, _(format.title)) for name, format in catalogue.FORMATS.items()]
        self.initial.setdefault("format", FROM_THE_FILE)
        if len(services) == 1:
            self.initial["service"] = services[0]

    def told(self, file):
        """What one of the files is: what was chosen, or what its contents tell (recognition.Told)."""
        if self.cleaned_data["format"] == FROM_THE_FILE:
            return recognition.recognise(file.file)
        return recognition.Told(self.cleaned_data["format"], ())

    def chosen(self, format):
        """What was asked of the files that are of this format, as `receive_file` takes it; what the format does not ask is not answered."""
        answers = {name: self.cleaned_data.get(name) or self.fields[name].initial or "" if name in asks(catalogue.FORMATS[format]) else "" for name in ASKED}
        whose_key = answers.pop("whose_key")
        answers["reference"] = answers["reference"] or whose_key
        given = {"service": self.cleaned_data["service"], "format": format, "direction": answers["direction"] or None}
        return answers | given | {"is_previewed": not self.cleaned_data["at_once"]}
