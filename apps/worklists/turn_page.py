"""Taking a delivery, letting it go, giving it to somebody or to another service, putting it aside. Each goes back to the page of the delivery, with the list that one came from."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from apps.accounts import queries as accounts
from apps.accounts.access import needs
from apps.accounts.roles import Permission
from apps.deliveries.models import Delivery
from apps.deliveries.way import list_url, with_list
from apps.handovers import actions as handovers
from apps.handovers import queries as handed
from apps.handovers.forms import HandOverForm
from apps.ui import moments
from apps.worklists import actions
from apps.worklists.forms import AssignForm, PauseForm


@require_POST
@needs(Permission.DECIDE)
def claim(request, pk):
    delivery = seen(request, pk)
    try:
        actions.claim(delivery=delivery, by=request.user, now=timezone.now())
    except actions.Taken as error:
        messages.warning(request, taken(error))
    except (actions.NotOpen, actions.NotAllowed) as error:
        messages.warning(request, PLAIN[type(error)]())
    return back(request, delivery)


@require_POST
@needs(Permission.DECIDE)
def release(request, pk):
    delivery = seen(request, pk)
    try:
        actions.release(delivery=delivery, by=request.user, now=timezone.now())
    except actions.NotYours:
        messages.warning(request, _("Somebody else has it, and lets it go themselves. Nothing was changed."))
    return back(request, delivery)


@require_http_methods(["GET", "POST"])
@needs(Permission.ASSIGN)
def assign(request, pk):
    delivery, now = seen(request, pk), timezone.now()
    form = AssignForm(request.POST or None, people=accounts.who_may(permission=Permission.DECIDE, service=delivery.service, now=now))
    if request.method == "POST" and form.is_valid():
        try:
            actions.assign(delivery=delivery, person=form.cleaned_data["person"], by=request.user, now=now)
        except actions.Unfit as error:
            form.refuse(error.problems)
        except (actions.NotOpen, actions.NotAllowed) as error:
            form.refuse({"": PLAIN[type(error)]()})
        else:
            return back(request, delivery)
    return show(request, delivery, form, _("Give it to somebody"), _("Give it"), reverse("worklists:assign", args=[pk]))


@require_http_methods(["GET", "POST"])
@needs(Permission.DECIDE)
def hand_over(request, pk):
    delivery, now = seen(request, pk), timezone.now()
    form = HandOverForm(request.POST or None, services=handed.receivers(service=delivery.service, now=now))
    if request.method == "POST" and form.is_valid():
        try:
            made = actions.hand_over(delivery=delivery, **form.cleaned_data, by=request.user, now=now)
        except handovers.Unfit as error:
            form.refuse(error.problems)
        except actions.Taken as error:
            form.refuse({"": taken(error)})
        except handovers.HandedOver as error:
            form.refuse({"": with_others(error)})
        except (handovers.NotOpen, handovers.NotAllowed) as error:
            form.refuse({"": PLAIN[type(error)]()})
        else:
            told = {"service": made.to.name, "when": moments.exact(made.until)}
            messages.success(request, _("Offered to %(service)s. Unless they take it over, it is back %(when)s.") % told)
            return back(request, delivery)
    return show(request, delivery, form, _("Hand it over to another service"), _("Offer it"), reverse("worklists:hand-over", args=[pk]))


@require_POST
@needs(Permission.DECIDE)
def recall(request, pk):
    delivery = seen(request, pk)
    try:
        handovers.take_back(delivery=delivery, by=request.user, now=timezone.now())
    except (handovers.NotWaiting, handovers.NotYours, handovers.NotAllowed) as error:
        messages.warning(request, PLAIN[type(error)]())
    else:
        messages.success(request, _("Asked for. Unless the other service has answered first, it is yours again within a minute."))
    return back(request, delivery)


@require_http_methods(["GET", "POST"])
@needs(Permission.DECIDE)
def pause(request, pk):
    delivery, now = seen(request, pk), timezone.now()
    form = PauseForm(request.POST or None, now=now)
    if request.method == "POST" and form.is_valid():
        try:
            actions.pause(delivery=delivery, until=form.end, reason=form.cleaned_data["reason"], by=request.user, now=now)
        except actions.Unfit as error:
            form.refuse(error.problems)
        except actions.Taken as error:
            form.refuse({"": taken(error)})
        except (actions.NotOpen, actions.NotAllowed) as error:
            form.refuse({"": PLAIN[type(error)]()})
        else:
            return back(request, delivery)
    return show(request, delivery, form, _("Put it aside"), _("Put aside"), reverse("worklists:pause", args=[pk]))


@require_POST
@needs(Permission.DECIDE)
def resume(request, pk):
    delivery = seen(request, pk)
    try:
        actions.resume(delivery=delivery, by=request.user, now=timezone.now())
    except actions.NotAllowed as error:
        messages.warning(request, PLAIN[type(error)]())
    return back(request, delivery)


def seen(request, pk):
    return get_object_or_404(Delivery.objects.visible_to(request.user).select_related("service"), pk=pk)


def back(request, delivery):
    return redirect(with_list(reverse("deliveries:detail", args=[delivery.pk]), list_url(request)))


def show(request, delivery, form, title, verb, action):
    context = {"delivery": delivery, "form": form, "title": title, "verb": verb, "action": action, "list_url": list_url(request)}
    return render(request, "worklists/turn.html", context, status=422 if form.errors else 200)


def taken(error):
    told = {"who": str(error.claim.person), "when": moments.exact(error.claim.until)}
    return _("%(who)s was first, and has it until %(when)s. Nothing was changed.") % told


def with_others(error):
    told = {"service": error.handover.to.name, "when": moments.exact(error.handover.until)}
    return _("%(service)s has been offered it, and has until %(when)s to answer. Nothing was changed.") % told


# Made when it is said, in the language of the page.
PLAIN = {
    actions.NotOpen: lambda: _("This message does not need anybody any more. Nothing was changed."),
    actions.NotAllowed: lambda: _("Your roles in this service do not give you this. Ask its manager. Nothing was changed."),
    handovers.NotOpen: lambda: _("Only an open message to the service, which waits for no second look, is handed over. Nothing was changed."),
    handovers.NotWaiting: lambda: _("It waits for no other service any more. Nothing was changed."),
    handovers.NotYours: lambda: _("Who handed it over takes it back, or the manager. Nothing was changed."),
    handovers.NotAllowed: lambda: _("Your roles in this service do not give you this. Ask its manager. Nothing was changed."),
}
