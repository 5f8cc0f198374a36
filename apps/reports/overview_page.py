"""The overview for managers: how old the open work is, what is due, how each channel does, and what changed. Each number is a link to exactly its rows."""

from django.shortcuts import render
from django.utils import timezone
from django.utils.http import urlencode

from apps.accounts import in_view
from apps.accounts.access import needs
from apps.accounts.roles import Permission
from apps.deliveries.models import Delivery, Tally
from apps.ledger.models import Direction
from apps.outages import queries as outages
from apps.reports import overview, overview_sheet, untold
from apps.ui.filters import start_of
from apps.ui.pages import Tab


@needs(Permission.SEE_OVERVIEW)
def page(request):
    now = timezone.now()
    asked = request.GET.get("direction")
    direction = asked if asked in Direction.values else Direction.INBOUND.value
    one = in_view.service(request)
    limits = {"service": one.code} if one and "service" in request.GET else {}
    services = in_view.service_ids(request)
    rows, tallied = (each.objects.visible_to(request.user).in_services(services).filter(direction=direction) for each in (Delivery, Tally))
    open_now = overview.waiting(rows.open(), now=now)
    context = {
        "now": now,
        "one": one,
        "directions": [Tab(word, f"?{urlencode({'direction': value, **limits})}", is_here=value == direction) for value, word in Direction.choices],
        "is_untold": not rows.exists() and direction not in come(request),
        "numbers": overview_sheet.cards(open_now, direction, limits),
        "by_age": overview_sheet.by_age(open_now, direction, limits),
        "by_time": overview_sheet.by_time_in_state(open_now, direction, limits),
        "due": overview_sheet.due(open_now, direction, now, limits),
        "changes": overview_sheet.changes(overview.changed(rows, now=now), direction, now, limits),
        "channels": overview_sheet.by_channel(
            overview.passages(tallied, now=now), direction, now, limits, outages_since(overview.mondays(now=now)[0], request.user, one, now)
        ),
        "weeks": overview.WEEKS,
    }
    return render(request, "reports/overview.html", context)


def come(request):
    """The directions of which any file has told: where none has, nothing is not the same as none."""
    return untold.together(untold.sources(services=in_view.service_ids(request)).values()).directions


def outages_since(day, user, one, now):
    """What was marked of the one service in view, or of any that the person belongs to."""
    return list(outages.windows(channel="", between=(start_of(day), now), service=one.pk if one else None).visible_to(user))
