"""The way on: the list that a person came from, which the page's address names, and where it goes on."""

from django.urls import Resolver404, ResolverMatch, resolve, reverse
from django.utils.http import urlencode

from apps.decisions.outcomes import Outcome
from apps.deliveries.models import Delivery
from apps.ledger.models import Reference

LONGEST_LIST = 2000
LISTS = ("worklists:list", "deliveries:list", "deliveries:day-sheet")


def list_url(request):
    """The list that the person came from, as path and query; empty when there is none, or when it is not one of ours."""
    asked = request.POST.get("list") or request.GET.get("list", "")
    place = found(asked)
    return asked if place and len(asked) <= LONGEST_LIST and place.view_name in LISTS else ""


def found(url) -> ResolverMatch | None:
    try:
        return resolve(url.partition("?")[0])
    except Resolver404:
        return None


def next_url(request, delivery):
    """Where a worklist goes on behind this delivery; empty when the person came from none."""
    came_from = list_url(request)
    place = found(came_from)
    if place is None or place.view_name != "worklists:list":
        return ""
    query = came_from.partition("?")[2]
    following = reverse("worklists:next", kwargs={name: place.kwargs[name] for name in ("direction", "slug")})
    return f"{following}?{query}{'&' if query else ''}{urlencode({'after': delivery.pk})}"


def onward(request, decision):
    """The next item of the same list; the same item after a note, which is seldom the last word."""
    delivery = Delivery.objects.get(pk=Reference.objects.get(pk=decision.reference_id).delivery)
    following = next_url(request, delivery) if decision.closes or decision.outcome == Outcome.CHILD_KNOWN else ""
    return following or with_list(reverse("deliveries:detail", args=[delivery.pk]), list_url(request))


def with_list(url, came_from):
    return f"{url}?{urlencode({'list': came_from})}" if came_from else url
