"""The forms of a decision and of a second look, made from the table of outcomes: only what the chosen outcome needs is asked.

They take care of shape alone; what is missing or cannot be kept is said by `outcomes.problems`, through the action.
"""

from collections.abc import Callable
from dataclasses import dataclass

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from apps.decisions import outcomes
from apps.decisions.outcomes import MOST_CHILDREN, POINTS_AT, RULES, Closes, Contact, DocumentKind, Look, Outcome
from apps.ui.texts import NO_NAMES

ASKED = [("yes", _("Yes, they were asked")), ("no", _("No, the sender is not known"))]
KEEP_OPEN = "open"


def text(label: str | Promise, help_text: str | Promise = "") -> Callable[[], forms.Field]:
    return lambda: forms.CharField(label=label, help_text=help_text, required=False)


def long_text(label: str | Promise, help_text: str | Promise = "", rows: int = 3) -> Callable[[], forms.Field]:
    return lambda: forms.CharField(label=label, help_text=help_text, required=False, widget=forms.Textarea(attrs={"rows": rows}))


def choice(label: str | Promise, choices: list[tuple[str, str | Promise]]) -> Callable[[], forms.Field]:
    return lambda: forms.ChoiceField(label=label, choices=[("", _("Choose")), *choices], required=False)


def day(label: str | Promise, help_text: str | Promise = "") -> Callable[[], forms.Field]:
    widget = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    return lambda: forms.DateField(label=label, help_text=help_text, required=False, widget=widget, input_formats=["%Y-%m-%d", "%d.%m.%Y"])


FIELDS: dict[str, Callable[[], forms.Field]] = {
    "case_reference": text(_("The case system's reference"), _("As the case system shows it. The number in front is put there by Framme.")),
    "channel": choice(_("How"), list(Contact.choices)),
    "day": day(_("Day")),
    "children": lambda: forms.IntegerField(label=_("Number of children"), required=False, widget=forms.NumberInput(attrs={"min": 1, "max": MOST_CHILDREN})),
    "category": choice(_("What kind of document"), list(DocumentKind.choices)),
    "read_by": text(_("Read by"), _("The role of whoever has read it, not their name.")),
    "other_delivery": text(_("The message that has arrived"), _("Its number in Framme, or one of its references.")),
    "passed_on_to": text(_("Passed on to"), _("The service or office.")),
    "confirmed_day": day(_("The recipient confirmed on"), _("Leave it empty until they have confirmed: the message stays open.")),
    "tried": long_text(
        _("What was tried"), _("Whom you asked and where you searched, without names. Whoever looks a second time sees this, but not what you concluded.")
    ),
    "sender_asked": choice(_("Was the sender asked?"), ASKED),
    "sender_answer": long_text(_("What the sender said"), _("Also that they did not answer. No names and no identity numbers.")),
    "reason": long_text(_("Why"), NO_NAMES),
}


@dataclass(frozen=True)
class Choice:
    """One outcome in the list to choose from."""

    value: str
    label: str | Promise
    help: str | Promise
    is_chosen: bool = False


class OutcomeForm(forms.Form):
    """`outcome` and the fields of the one that was chosen. What was typed for another outcome is carried along, so that nothing is lost by choosing again."""

    outcome = forms.CharField(label=_("What became of it?"), required=False)

    def __init__(self, *args, direction, **kwargs):
        super().__init__(*args, **kwargs)
        self.direction = direction
        chosen = self.data.get("outcome", "") if self.is_bound else ""
        self.chosen = chosen if chosen in self.values() else ""
        for name in self.asked():
            self.fields[name] = FIELDS[name]()

    def values(self):
        return outcomes.offered(self.direction)

    def asked(self):
        return RULES[self.chosen].fields(self.direction) if self.chosen else ()

    def questions(self):
        """The chosen outcome's fields, bound."""
        return [self[name] for name in self.asked()]

    def carried(self):
        """Names and values that were typed and are not asked for now."""
        return [(name, self.data[name]) for name in FIELDS if name not in self.fields and self.data.get(name)] if self.is_bound else []

    def choices(self, values):
        return [Choice(value, Outcome(value).label, RULES[value].help, value == self.chosen) for value in values]

    def typed(self):
        """What the action takes: the cleaned fields, the answer about the sender as yes, no or nothing."""
        fields = {name: value for name, value in self.cleaned_data.items() if name in FIELDS}
        if "sender_asked" in fields:
            fields["sender_asked"] = {"yes": True, "no": False}.get(fields["sender_asked"])
        return fields

    def refuse(self, problems):
        """Put each sentence beside its field, or above the form where that is not shown."""
        for name, sentence in problems.items():
            self.add_error(name if name in self.fields else None, str(sentence))


class DecisionForm(OutcomeForm):
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def closing(self):
        return self.choices(value for value in self.values() if RULES[value].closes is not Closes.NEVER)

    def noted(self):
        return self.choices(value for value in self.values() if RULES[value].closes is Closes.NEVER)

    def asks_for_a_look(self):
        return bool(self.chosen) and RULES[self.chosen].look is Look.ALWAYS and not self.may_only_note()

    def may_only_note(self):
        return bool(self.chosen) and not outcomes.closes(self.chosen, {"confirmed_day": self.data.get("confirmed_day")})


class LookForm(OutcomeForm):
    """A verdict of one's own: the outcomes that close, or to keep it open. Only what an outcome points at is asked, and why."""

    known = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def values(self):
        return (*(value for value in outcomes.offered(self.direction) if value in outcomes.CLOSING), KEEP_OPEN)

    def asked(self):
        return (POINTS_AT[self.chosen], "reason") if self.chosen in POINTS_AT else ("reason",)

    def verdicts(self):
        stays = Choice(KEEP_OPEN, _("Keep it open"), _("The evidence does not carry any conclusion yet."), self.chosen == KEEP_OPEN)
        return [*self.choices(value for value in self.values() if value != KEEP_OPEN), stays]


class WithdrawalForm(forms.Form):
    reason = forms.CharField(label=_("Why is it withdrawn?"), help_text=NO_NAMES, required=False, widget=forms.Textarea(attrs={"rows": 3}))

    def refuse(self, problems):
        for name, sentence in problems.items():
            self.add_error(name if name in self.fields else None, str(sentence))
