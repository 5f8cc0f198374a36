"""What other services offer to this one: the list of it, and one offer to be taken over or sent back."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from apps.accounts import in_view
from apps.accounts import queries as accounts
from apps.accounts.access import needs
from apps.accounts.roles import Permission
from apps.audit import actions as audit
from apps.audit.verbs import Verb
from apps.deliveries import neighbours
from apps.handovers import actions
from apps.handovers.filters import OfferFilter
from apps.handovers.forms import DeclineForm
from apps.handovers.models import Offer
from apps.handovers.tables import OfferTable
from apps.ui import moments
from apps.ui.pages import TablePage

CONFLICT, NOT_FILLED_IN = 409, 422
OVER = (actions.Answered, actions.TakenBack, actions.RunOut)


@method_decorator(needs(Permission.SEE_DELIVERIES), name="dispatch")
class OfferList(TablePage):
    title = gettext_lazy("Offered by other services")
    lead = gettext_lazy("Messages that another service holds for yours. Until you take one over, it stays theirs.")
    table_class = OfferTable
    filterset_class = OfferFilter

    def get_queryset(self):
        mine = Offer.objects.visible_to(self.request.user).in_services(in_view.service_ids(self.request))
        return mine.select_related("service", "sender", "reply", "recalled").order_by("-at", "-id")

    def table_kwargs(self):
        return {"exclude": () if len(in_view.service_ids(self.request)) > 1 else ("service",)}

    def shown(self, count):
        asked = {name: value for name, value in self.request.GET.items() if value}
        services = in_view.service_ids(self.request)
        audit.record(verb=Verb.LISTED, by=self.request.user, services=services, now=self.now, list=self.request.path, filter=asked, count=count)

    def tabs(self):
        return neighbours.tabs("handovers:list")

    def empty_reason(self):
        return _("No other service has offered a message to yours.")


@needs(Permission.SEE_DELIVERIES)
def detail(request, pk):
    return shown(request, one(request, pk))


@require_POST
@needs(Permission.DECIDE)
def accept(request, pk):
    offer = one(request, pk)
    try:
        reply = actions.accept(offer=offer, by=request.user, now=timezone.now())
    except actions.NotAllowed:
        raise PermissionDenied from None
    except OVER as error:
        return shown(request, one(request, pk), status=CONFLICT, refusal=refusal(error))
    messages.success(request, _("The message is yours now, and stands on your worklist when its time is over. The other service is told."))
    return redirect("deliveries:detail", reply.reference_id)


@require_POST
@needs(Permission.DECIDE)
def decline(request, pk):
    offer, form = one(request, pk), DeclineForm(request.POST)
    status, said = NOT_FILLED_IN, ""
    if form.is_valid():
        try:
            actions.decline(offer=offer, reason=form.cleaned_data["reason"], by=request.user, now=timezone.now())
        except actions.NotAllowed:
            raise PermissionDenied from None
        except actions.Unfit as error:
            form.refuse(error.problems)
        except OVER as error:
            status, said = CONFLICT, refusal(error)
        else:
            messages.success(request, _("The message is sent back, with your reason."))
            return redirect("handovers:list")
    return shown(request, one(request, pk), status=status, form=form, refusal=said)


def one(request, pk):
    return get_object_or_404(Offer.objects.visible_to(request.user).select_related("service", "sender", "reply__by", "recalled"), pk=pk)


def refusal(error):
    if isinstance(error, actions.RunOut):
        return _("The time to answer is over: the message is back with the service that it came from. Nothing was changed.")
    if isinstance(error, actions.TakenBack):
        return _("The other service took it back %(when)s. Nothing was changed.") % {"when": moments.exact(error.recalled.at)}
    return _("%(who)s answered %(when)s. Nothing was changed.") % {"who": error.reply.by, "when": moments.exact(error.reply.at)}


def shown(request, offer, status=200, form=None, refusal=""):
    now = timezone.now()
    audit.record(verb=Verb.LISTED, by=request.user, services=[offer.service_id], now=now, list=request.path, count=1)
    context = {
        "now": now,
        "offer": offer,
        "may_answer": accounts.scope(request.user).may(Permission.DECIDE, offer.service_id),
        "has_run_out": offer.until <= now,
        "form": form or DeclineForm(),
        "refusal": refusal,
        "tabs": neighbours.tabs("handovers:list"),
    }
    return render(request, "handovers/detail.html", context, status=status)
