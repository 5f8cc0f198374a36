"""Tying a message to a registration from its page or the day sheet, and undoing that."""

from django.contrib import messages
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from apps.accounts.access import needs
from apps.accounts.roles import Permission
from apps.decisions import ties
from apps.decisions.forms import DecisionForm
from apps.decisions.views import seen, show
from apps.decisions.way import next_url
from apps.decisions.wording import NOT_FILLED_IN, SAID, eyes, refusal, status_of
from apps.deliveries.states import State
from apps.deliveries.way import list_url, with_list

# Made when it is said, in the language of the page.
REFUSED = {
    ties.NothingToTie: lambda: _("This message seeks no registration any more: it has arrived, or somebody has decided about it. Nothing was changed."),
    ties.NotFree: lambda: _("This registration belongs to another message by now, or is not there any more. Nothing was changed."),
    ties.TooFarApart: lambda: _(
        "The registration's day is more than three days from the day of receipt, so another person has to look: decide “Found registered” with its reference."
    ),
    ties.NothingToUndo: lambda: _("This tie is not in force any more. Nothing was changed."),
    ties.MadeByDecision: lambda: _("This tie follows from a decision. Withdraw the decision, and the tie goes with it."),
}
# All but one tell of what a page that is up to date would not have sent.
STATUS = dict.fromkeys(REFUSED, 409) | {ties.TooFarApart: NOT_FILLED_IN}


@require_POST
@needs(Permission.DECIDE)
def accept(request, pk, beside):
    """`registration` is the id of a message that only the case system knows; `version` what the person had seen."""
    delivery = seen(request, pk)
    try:
        asked = {"registration": number(request, "registration"), "expected_version": number(request, "version")}
        together = ties.accept(delivery=delivery, by=request.user, now=timezone.now(), **asked)
    except (*REFUSED, *SAID) as error:
        return refused(request, pk, error, beside)
    messages.success(request, _("Tied: the message and the registration are one. It can be undone on the message's page."))
    onward = next_url(request, together.pk) if together.state == State.ARRIVED else ""
    return redirect(sheet(request) or onward or with_list(reverse("deliveries:detail", args=[together.pk]), list_url(request)))


@require_POST
@needs(Permission.DECIDE)
def undo(request, pk, beside):
    delivery = seen(request, pk)
    try:
        left = ties.undo(delivery=delivery, tie=number(request, "tie"), by=request.user, now=timezone.now())
    except (*REFUSED, *SAID) as error:
        return refused(request, pk, error, beside)
    messages.success(request, _("The tie is undone. Both are judged by their own evidence again."))
    return redirect(with_list(reverse("deliveries:detail", args=[left.pk]), list_url(request)))


def number(request, name):
    """Ids are whole numbers; anything else is the id of nothing."""
    typed = request.POST.get(name, "")
    return int(typed) if typed.isdecimal() and len(typed) < 19 else 0


def sheet(request):
    """The day sheet that the person ties from, so that they go on there."""
    came_from = list_url(request)
    return came_from if "sheet" in request.POST else ""


def refused(request, pk, error, beside):
    """The page again, with the sentence at its top."""
    delivery = seen(request, pk)
    if type(error) in REFUSED:
        said, status = REFUSED[type(error)](), STATUS[type(error)]
    else:
        said, status = " ".join(refusal(error, eyes(request.user, delivery.service_id)).values()), status_of(error)
    return show(request, delivery, DecisionForm(direction=delivery.direction), beside, status=status, refused_tie=said)
