"""The way on: where the list that a person came from goes on behind a delivery."""

from django.urls import reverse
from django.utils.http import urlencode

from apps.decisions.outcomes import Outcome
from apps.deliveries.way import found, list_url, with_list
from apps.ledger.models import Reference


def next_url(request, pk):
    """Where a worklist goes on behind this delivery; empty when the person came from none."""
    came_from = list_url(request)
    place = found(came_from)
    if place is None or place.view_name != "worklists:list":
        return ""
    query = came_from.partition("?")[2]
    following = reverse("worklists:next", kwargs={name: place.kwargs[name] for name in ("direction", "slug")})
    return f"{following}?{query}{'&' if query else ''}{urlencode({'after': pk})}"


def onward(request, decision):
    """The next item of the same list; the same item after a note, which is seldom the last word."""
    pk = Reference.objects.get(pk=decision.reference_id).delivery
    following = next_url(request, pk) if decision.closes or decision.outcome == Outcome.CHILD_KNOWN else ""
    return following or with_list(reverse("deliveries:detail", args=[pk]), list_url(request))
