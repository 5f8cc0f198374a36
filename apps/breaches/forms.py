"""What is asked of a breach: shape only."""

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.breaches.models import TEXT_LIMIT
from apps.ledger.models import Direction
from apps.statements.forms import moment
from apps.statements.tables import days
from apps.ui.filters import DayField
from apps.ui.texts import NO_NAMES

SAYS_NOT = _("Empty: what the statement says, or not known.")
RISKS = [("", _("Choose")), ("yes", _("High risk: they must be told")), ("no", _("No high risk: they need not be told"))]


def said(label, help_text=NO_NAMES, rows=3, **kwargs):
    """Longer than may be kept is told with its length by the action."""
    return forms.CharField(label=label, help_text=help_text, max_length=4 * TEXT_LIMIT, required=False, widget=forms.Textarea(attrs={"rows": rows}), **kwargs)


class Refusing(forms.Form):
    def refuse(self, problems):
        """Put each sentence beside its field, or above the form where that is not shown."""
        for name, sentence in problems.items():
            self.add_error(name if name in self.fields else None, str(sentence))

    def as_typed(self):
        """A time that was no time is shown as it was typed, which no clock of a browser can."""
        for name, field in self.fields.items():
            if isinstance(field, forms.DateTimeField) and name in self.errors:
                field.widget.attrs["type"] = "text"


class BreachForm(Refusing):
    """`services` are those that the person may speak for, `statements` those of these services."""

    service = forms.ChoiceField(label=_("Service"))
    aware_at = moment(_("Aware at"), _("When the service became aware of the breach, in Oslo time. The 72 hours begin then."))
    noticed_by = forms.CharField(label=_("Noticed by"), max_length=200, required=False, help_text=_("The role or the body, not a name."))
    nature = said(_("What happened"))
    statement = forms.TypedChoiceField(
        label=_("Numbers from statement"),
        required=False,
        coerce=int,
        empty_value=None,
        help_text=_("Its open and lost messages, their children, and its period."),
    )
    direction = forms.ChoiceField(label=_("Direction"), choices=Direction.choices, initial=Direction.INBOUND)
    records = forms.IntegerField(label=_("Number of messages"), required=False, help_text=SAYS_NOT)
    persons = forms.IntegerField(label=_("Number of children"), required=False, help_text=SAYS_NOT)
    from_day = DayField(label=_("First day"), required=False, help_text=_("Empty: that of the statement."))
    to_day = DayField(label=_("Last day"), required=False, help_text=_("Empty: that of the statement."))
    consequences = said(_("Likely consequences"))
    measures = said(_("Measures taken and planned"))
    contact = forms.CharField(
        label=_("Contact"), max_length=200, required=False, help_text=_("A role with a telephone number or address, as the data protection officer.")
    )

    def __init__(self, *args, services, statements, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["service"].choices = [(service.code, service.name) for service in services]
        self.fields["statement"].choices = [("", _("None")), *statements]


class TellForm(Refusing):
    told_at = moment(_("Told at"), _("When the authority had the notice, in Oslo time."))
    text = said(_("How it was told"), _("The number of the receipt, or how it can be found. No names and no identity numbers."), rows=2)
    late_reason = said(_("Why it was told late"), _("Needed after the 72 hours."), rows=2)


class StatementField(forms.ModelChoiceField):
    def label_from_instance(self, statement):
        return f"{statement.number} ({days(statement)})"


class SupplementForm(Refusing):
    """`statements` are those that are newer than the one that the breach has."""

    text = said(_("What is corrected or added"))
    statement = StatementField(
        label=_("Numbers from a newer statement"), queryset=None, required=False, empty_label=_("None"), help_text=_("The first numbers stay beside them.")
    )

    def __init__(self, *args, statements, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["statement"].queryset = statements


class AffectedForm(Refusing):
    is_high_risk = forms.TypedChoiceField(
        label=_("Risk for those affected"), choices=RISKS, required=False, coerce=lambda value: value == "yes", empty_value=None
    )
    text = said(_("Why"))


class AffectedToldForm(Refusing):
    told_at = moment(_("Told at"), _("When all of them had been told, in Oslo time."))
    text = said(_("By whom and how"), rows=2)
    undecided_reason = said(_("Why they were told all the same"), _("Needed where nobody has decided that the risk is high."), rows=2)
