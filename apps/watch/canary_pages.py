"""The page of our own test messages: which were sent, how far each came and how soon, and registering another."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from apps.accounts import in_view
from apps.accounts import queries as accounts
from apps.accounts.access import needs
from apps.accounts.roles import Permission
from apps.ledger.models import Canary
from apps.watch import canaries
from apps.watch.forms import CanaryForm

NOT_FILLED_IN = 422


@needs(Permission.TAKE_ON_ALARMS)
@require_http_methods(["GET", "POST"])
def listed(request):
    now = timezone.now()
    services = list(accounts.services(user=request.user, permission=Permission.TAKE_ON_ALARMS, now=now).order_by("name"))
    form = CanaryForm(request.POST or None, services=services, initial={"service": in_view.service(request)})
    if form.is_valid():
        try:
            made = canaries.register(**form.cleaned_data, by=request.user, now=now)
        except canaries.Unfit as error:
            form.add_error("value", str(error.sentence))
        except canaries.NotAllowed:
            raise PermissionDenied from None
        else:
            said = _("It is registered. Whatever is told of it is counted nowhere.")
            another = _("A source has told of it already, so it stays a message like others until another person registers it too.")
            messages.success(request, said if made.beforehand or _stands(made) else another)
            return redirect("watch:canaries")
    mine = [service for service in services if service.pk in in_view.service_ids(request)]
    context = {
        "now": now,
        "form": form,
        "rows": canaries.followed(services=[service.pk for service in mine]),
        "labels": [label for label, _codes in canaries.RUNGS.values()],
    }
    return render(request, "watch/canaries.html", context, status=NOT_FILLED_IN if form.errors else 200)


@needs(Permission.TAKE_ON_ALARMS)
@require_POST
def withdraw(request, pk):
    now = timezone.now()
    services = accounts.services(user=request.user, permission=Permission.TAKE_ON_ALARMS, now=now)
    canary = get_object_or_404(Canary.objects.select_related("service"), pk=pk, service__in=services, is_one=True)
    try:
        canaries.withdraw(canary=canary, by=request.user, now=now)
    except canaries.NotAllowed:
        raise Http404 from None
    messages.success(request, _("It is no test any more: what is told of it is a message like others."))
    return redirect("watch:canaries")


def _stands(made):
    return any(row.canary.value == made.value and not row.waits for row in canaries.followed(services=[made.service_id]))
