"""The day sheet of one service: a day before and a day after, on the screen and on paper."""

from datetime import timedelta

from django.shortcuts import render
from django.utils import timezone

from apps.accounts import in_view
from apps.accounts import queries as accounts
from apps.accounts.access import needs
from apps.accounts.roles import Permission
from apps.audit import actions as audit
from apps.audit.verbs import Verb
from apps.deliveries import neighbours
from apps.deliveries.day_sheet import sheet
from apps.deliveries.forms import DayForm
from apps.deliveries.models import Delivery

DAY = timedelta(days=1)


@needs(Permission.SEE_DELIVERIES)
def page(request):
    """Without a day, yesterday; without one service in view, the choice of one."""
    now = timezone.now()
    form = DayForm({"day": request.GET.get("day") or (timezone.localdate(now) - DAY).isoformat()})
    services = in_view.services(request)
    one = in_view.service(request) or (services[0] if len(services) == 1 else None)
    day = form.cleaned_data["day"] if form.is_valid() else None
    context = {
        "now": now,
        "form": form,
        "tabs": neighbours.tabs("deliveries:day-sheet"),
        "one": one,
        "services": services,
        "day": day,
        "before": day and day - DAY,
        "after": day and day + DAY,
        "may_decide": one and accounts.scope(request.user).may(Permission.DECIDE, one.pk),
        "sheet": shown(request, one, day, now) if one and day else None,
    }
    return render(request, "deliveries/day_sheet.html", context, status=200 if form.is_valid() else 400)


def shown(request, service, day, now):
    found = sheet(Delivery.objects.visible_to(request.user).in_services([service.pk]), day=day)
    count = found.received + len(found.right)
    audit.record(verb=Verb.LISTED, by=request.user, services=[service.pk], now=now, list=request.path, filter={"day": day.isoformat()}, count=count)
    return found
