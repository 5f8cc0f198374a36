from django import forms
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.feeds import catalogue, recognition, wording
from apps.feeds.actions import LONGEST_REASON
from apps.feeds.arrangements import LONGEST_CADENCE
from apps.feeds.keys import LONGEST_LIFE, LONGEST_NAME
from apps.feeds.models import Days
from apps.feeds.names import usual_direction
from apps.feeds.sources.archive_receipts import KEYS
from apps.feeds.sources.mottakslogg import NAMESPACES as MESSAGE_IDS
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


class ReadingForm(forms.Form):
    """What a file is, and what its format asks beside that."""

    format = forms.ChoiceField(
        label=_("What is it?"),
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose what kind of file it is."), "invalid_choice": _("Choose one of the kinds of file shown.")},
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

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["format"].choices = [(name, _(format.title)) for name, format in catalogue.FORMATS.items()]

    def chosen(self, format):
        """What was asked of a file of this format, as `receive_file` takes it; what the format does not ask is not answered."""
        answers = {name: self.cleaned_data.get(name) or self.fields[name].initial or "" if name in asks(catalogue.FORMATS[format]) else "" for name in ASKED}
        whose_key = answers.pop("whose_key")
        answers["reference"] = answers["reference"] or whose_key
        return answers | {"format": format, "direction": answers["direction"] or None}


class UploadForm(ReadingForm):
    service = forms.ModelChoiceField(
        label=_("Service"),
        queryset=Service.objects.none(),
        empty_label=_("Choose a service"),
        help_text=_("Lines that belong to another service are rejected, with a reason."),
        error_messages={"required": _("Choose the service that the file belongs to."), "invalid_choice": _("Choose one of your own services.")},
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
        self.fields["format"].choices = [(FROM_THE_FILE, _("Find out from the file")), *self.fields["format"].choices]
        self.initial.setdefault("format", FROM_THE_FILE)
        if len(services) == 1:
            self.initial["service"] = services[0]

    def told(self, file):
        """What one of the files (seekable) is: what was chosen, or what its contents tell (recognition.Told)."""
        if self.cleaned_data["format"] == FROM_THE_FILE:
            return recognition.recognise(file)
        return recognition.Told(self.cleaned_data["format"], ())

    def chosen(self, format):
        return super().chosen(format) | {"service": self.cleaned_data["service"], "is_previewed": not self.cleaned_data["at_once"]}


class FeedForm(forms.Form):
    """A feed to be arranged before anything has come by it."""

    service = forms.ModelChoiceField(
        label=_("Service"), queryset=Service.objects.none(), error_messages={"invalid_choice": _("Choose one of your own services.")}
    )
    format = forms.ChoiceField(label=_("Source"), choices=[(name, _(format.title)) for name, format in catalogue.FORMATS.items()])
    direction = forms.ChoiceField(label=_("Which way do the messages go?"), choices=Direction, initial=Direction.INBOUND)
    vantage = forms.ChoiceField(
        label=_("Whose view does it show?"), choices=[("", _("– does not matter –")), *VANTAGES], required=False, help_text=_("Only matters for Altinn.")
    )

    def __init__(self, *args, services, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["service"].queryset = services
        if len(services) == 1:
            self.initial["service"] = services[0]

    def said(self):
        """As `arrangements.add` takes it; what the format does not ask is not answered."""
        answers = self.cleaned_data
        questions = asks(catalogue.FORMATS[answers["format"]])
        direction = answers["direction"] if "direction" in questions else usual_direction(answers["format"])
        return answers | {"direction": direction, "vantage": answers["vantage"] if "vantage" in questions else ""}


class ArrangementForm(forms.Form):
    """How often a file is expected of a feed, and who sees to it."""

    expected_every = forms.IntegerField(
        label=_("A file is expected every"),
        min_value=1,
        max_value=LONGEST_CADENCE,
        required=False,
        help_text=_("A number of days. Leave it empty when nobody knows."),
    )
    expected_in = forms.ChoiceField(label=_("Counted in"), choices=Days)
    responsible = forms.ModelChoiceField(
        label=_("Person responsible"),
        queryset=User.objects.none(),
        required=False,
        empty_label=_("Nobody yet"),
        help_text=_("Somebody who belongs to the service."),
        error_messages={"invalid_choice": _("Choose somebody who belongs to the service.")},
    )

    def __init__(self, *args, members, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["responsible"].queryset = members


class KeyForm(forms.Form):
    """A key for another system."""

    name = forms.CharField(label=_("Which system is it for?"), max_length=LONGEST_NAME, help_text=_("As you call it, so that you know which key to end."))
    days = forms.TypedChoiceField(
        label=_("For how long?"),
        choices=[(30, _("a month")), (90, _("three months")), (365, _("a year")), (LONGEST_LIFE, _("two years"))],
        coerce=int,
        initial=365,
    )


class WordForm(forms.Form):
    """What a status that nobody knows means, and who says so."""

    native = forms.CharField(widget=forms.HiddenInput, required=False, strip=False)
    code = forms.ChoiceField(
        label=_("What does it mean?"),
        choices=[
            ("", _("– choose –")),
            *((label, [(code, wording.meaning(code)) for code in meant]) for label, meant in wording.MEANINGS),
        ],
        error_messages={"required": _("Choose what it means."), "invalid_choice": _("Choose one of the meanings shown.")},
    )
    reason = forms.CharField(
        label=_("How do you know?"),
        max_length=LONGEST_REASON,
        help_text=_("For example: who at the supplier said so, and when, or where it is described."),
    )


NOT_IN_THE_FILE = [("", _("– not in the file –"))]
MEANINGS = [("", _("– not said –")), ("mottatt", _("Received")), ("feilet", _("Failed")), ("slettet", _("Deleted"))]
DECIMAL_SIGNS = [(",", _("Comma")), (".", _("Full stop"))]


class MappingForm(forms.Form):
    """Which of a file's columns is which of ours, and what its words and times mean. `names` are the file's columns, `words` its results, case-folded."""

    dates = forms.ChoiceField(label=_("How are times written?"), choices=list(wording.DATES.items()), required=False)
    decimal = forms.ChoiceField(label=_("What stands before decimals?"), choices=DECIMAL_SIGNS, required=False, help_text=_("Only matters for day numbers."))

    def __init__(self, *args, names, words, **kwargs):
        super().__init__(*args, **kwargs)
        theirs = NOT_IN_THE_FILE + [(name, name) for name in names]
        for ours, label in wording.COLUMNS.items():
            self.fields[ours] = forms.ChoiceField(label=label, choices=theirs, required=False)
        self.words = list(dict.fromkeys([*words, ""]))
        for number, word in enumerate(self.words):
            label = format_lazy(_("“{word}” means"), word=word) if word else _("Empty, or no such column, means")
            self.fields[f"word-{number}"] = forms.ChoiceField(label=label, choices=MEANINGS, required=False)

    @staticmethod
    def filled(mapping, words):
        """What the form shows of a mapping at first."""
        words = list(dict.fromkeys([*words, ""]))
        return {**mapping.columns, "dates": mapping.dates, "decimal": mapping.decimal} | {
            f"word-{number}": mapping.words.get(word, "") for number, word in enumerate(words)
        }

    def columns(self):
        return [self[ours] for ours in wording.COLUMNS]

    def meanings(self):
        return [self[f"word-{number}"] for number in range(len(self.words))]

    def clean(self):
        cleaned = super().clean()
        if not any(cleaned.get(ours) for ours in MESSAGE_IDS):
            self.add_error(next(iter(MESSAGE_IDS)), _("Say which column names the message: one of these three."))
        if not cleaned.get("mottattTidspunkt"):
            self.add_error("mottattTidspunkt", _("Say which column tells when the message was received."))
        if not cleaned.get("resultat") and not cleaned.get(f"word-{self.words.index('')}"):
            self.add_error("resultat", _("Say which column tells what came of the message, or below what all rows mean."))
        used = [cleaned[ours] for ours in wording.COLUMNS if cleaned.get(ours)]
        for ours in wording.COLUMNS:
            if cleaned.get(ours) and used.count(cleaned[ours]) > 1:
                self.add_error(ours, _("One column of the file cannot be two of ours."))
        return cleaned

    def said(self):
        """The mapping as plain values (sources.mapping.Mapping)."""
        answers = self.cleaned_data
        return {
            "columns": {ours: answers[ours] for ours in wording.COLUMNS if answers[ours]},
            "words": {word: answers[f"word-{number}"] for number, word in enumerate(self.words) if answers[f"word-{number}"]},
            "dates": answers["dates"],
            "decimal": answers["decimal"] or ",",
        }
