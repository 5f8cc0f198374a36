"""The day sheet of one service: a day before and a day after, on the screen, on paper, and as a file."""

from datetime import timedelta

from django.core.exceptions import PermissionDenied
from django.shortcuts import render
from django.utils import timezone

from apps.accounts import fresh, in_view
from apps.accounts import queries as accounts
from apps.accounts.access import needs
from apps.accounts.roles import Permission
from apps.audit import actions as audit
from apps.audit.verbs import Verb
from apps.deliveries import day_sheet_file, neighbours
from apps.deliveries.day_sheet import sheet
from apps.deliveries.forms import DayForm
from apps.deliveries.models import Delivery
from apps.ui import links
from apps.ui.pages import FILES

DAY = timedelta(days=1)


@needs(Permission.SEE_DELIVERIES)
def page(request):
    """Without a day, yesterday; without one service in view, the choice of one."""
    now = timezone.now()
    form = DayForm({"day": request.GET.get("day") or (timezone.localdate(now) - DAY).isoformat()})
    services = in_view.services(request)
    one = in_view.service(request) or (services[0] if len(services) == 1 else None)
    day = form.cleaned_data["day"] if form.is_valid() else None
    if one and day and request.GET.get("format") in FILES:
        return taken_out(request, one, day, now)
    mine = accounts.scope(request.user)
    context = {
        "now": now,
        "form": form,
        "tabs": neighbours.tabs("deliveries:day-sheet"),
        "one": one,
        "services": services,
        "day": day,
        "before": day and day - DAY,
        "after": day and day + DAY,
        "may_decide": one and mine.may(Permission.DECIDE, one.pk),
        "export_urls": [(kind.upper(), links.replaced(request.GET, format=kind)) for kind in FILES] if one and mine.may(Permission.EXPORT, one.pk) else [],
        "sheet": shown(request, one, day, now) if one and day else None,
    }
    return render(request, "deliveries/day_sheet.html", context, status=200 if form.is_valid() else 400)


def shown(request, service, day, now):
    found = sheet(of_service(request, service), day=day)
    told(request, Verb.LISTED, service, day, now, found)
    return found


def taken_out(request, service, day, now):
    """All of the day, also where the page shows only the first of it."""
    if not accounts.scope(request.user).may(Permission.EXPORT, service.pk):
        raise PermissionDenied
    fresh.ask(request)
    found = sheet(of_service(request, service), day=day, most=None)
    kind = request.GET["format"]
    name = f"framme-day-sheet-{service.code}-{day:%Y%m%d}.{kind}"
    file = FILES[kind](day_sheet_file.rows(found), file_name=name, about=day_sheet_file.about(found, service=service.name, day=day, now=now))
    told(request, Verb.EXPORTED, service, day, now, found)
    return file


def of_service(request, service):
    return Delivery.objects.visible_to(request.user).in_services([service.pk])


def told(request, verb, service, day, now, found):
    count = found.received + len(found.right)
    audit.record(verb=verb, by=request.user, services=[service.pk], now=now, list=request.path, filter={"day": day.isoformat()}, count=count)
