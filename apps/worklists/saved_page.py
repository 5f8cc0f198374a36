"""The ways of looking that one has kept or shares, keeping the one that one comes from, and where the worklists begin."""

from django.contrib import messages
from django.http import QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.accounts import in_view
from apps.accounts.access import needs
from apps.accounts.roles import Permission
from apps.deliveries.way import found, list_url
from apps.worklists import actions, saving
from apps.worklists.catalogue import BY_SLUG
from apps.worklists.forms import ViewForm
from apps.worklists.turn_page import PLAIN


@require_safe
def start(request):
    """The default of one's role, else everything that is open."""
    view = saving.default(user=request.user)
    return redirect(saving.url(view) if view else reverse("worklists:list", args=["inbound", "open"]))


@require_http_methods(["GET", "POST"])
@needs(Permission.SEE_DELIVERIES)
def views(request):
    """GET list: the list that one comes from; POST keeps it."""
    address, service = address_of(list_url(request)), in_view.service(request) or only(in_view.services(request))
    form = ViewForm(request.POST or None, reaches=saving.reaches(user=request.user, service=service))
    if request.method == "POST" and address and form.is_valid():
        try:
            view = saving.keep(address=address, service=service, by=request.user, now=timezone.now(), **form.cleaned_data)
        except actions.Unfit as error:
            form.refuse(error.problems)
        except actions.NotAllowed as error:
            form.refuse({"": PLAIN[type(error)]()})
        else:
            return redirect(saving.url(view))
    known = [{"view": view, "url": saving.url(view), "list": BY_SLUG[view.slug].name} for view in saving.visible(user=request.user) if view.slug in BY_SLUG]
    context = {"known": known, "form": form if address else None, "list_url": list_url(request)}
    return render(request, "worklists/views.html", context, status=422 if form.errors else 200)


@require_POST
@needs(Permission.SEE_DELIVERIES)
def remove(request, pk):
    view = get_object_or_404(saving.visible(user=request.user), pk=pk)
    try:
        saving.remove(view=view, by=request.user, now=timezone.now())
    except actions.NotAllowed:
        messages.warning(request, _("Only who kept it, or who may share such views, removes it. Nothing was changed."))
    return redirect("worklists:views")


def address_of(came_from):
    """None when one came from no worklist."""
    place = found(came_from)
    if place is None or place.view_name != "worklists:list":
        return None
    return saving.Address(place.kwargs["direction"], place.kwargs["slug"], saving.kept(QueryDict(came_from.partition("?")[2])))


def only(services):
    return services[0] if len(services) == 1 else None
