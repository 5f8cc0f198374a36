"""Outages and faults with their windows, and which case system each service uses."""

from datetime import timedelta

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import F
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from apps.accounts import in_view
from apps.accounts import queries as accounts
from apps.accounts.access import needs
from apps.accounts.roles import Permission
from apps.outages import actions, file, marking, queries
from apps.outages.forms import FileForm, OutageForm, UsageForm
from apps.outages.models import Outage
from apps.registry.models import Service
from apps.ui.pages import Tab

CONFLICT, NOT_FILLED_IN = 409, 422


def tabs(here):
    """The neighbours: reviews, outages, case systems."""
    pages = (("incidents:list", _("Reviews")), ("outages:list", _("Outages and faults")), ("outages:systems", _("Case systems")))
    return [Tab(label, reverse(name), is_here=name == here) for name, label in pages]


@needs(Permission.SEE_FIGURES)
def page(request):
    """Everything that was marked, the latest first; POST marks another, or corrects one."""
    if request.method != "POST":
        return shown(request, form_for(request, initial=first(request)))
    if not accounts.scope(request.user).may(Permission.REVIEW_INCIDENTS):
        raise PermissionDenied
    corrected = meant(request, request.POST["corrects"]) if request.POST.get("corrects") else None
    form = form_for(request, request.POST)
    status = NOT_FILLED_IN
    if form.is_valid():
        try:
            actions.mark(**form.said(), corrects=corrected, by=request.user, now=timezone.now())
        except actions.Incomplete as error:
            form.refuse(error.problems)
        except actions.AlreadyCorrected:
            status = CONFLICT
            form.refuse({None: _("Somebody has corrected this before. Nothing was changed.")})
        except actions.NotAllowed:
            raise PermissionDenied from None
        else:
            messages.success(request, _("It is marked, and shown on the messages that fall in it."))
            return redirect("outages:list")
    return shown(request, form, status=status)


@require_POST
@needs(Permission.REVIEW_INCIDENTS)
def from_file(request):
    """Marks every line of a file, or says line by line and column by column why not."""
    form, problems = FileForm(request.POST, request.FILES), []
    if form.is_valid():
        nationally = accounts.scope(request.user).everywhere(Permission.REVIEW_INCIDENTS)
        try:
            lines = file.lines(form.cleaned_data["file"].read(file.MOST_BYTES + 1))
            marked = marking.mark_all(lines=lines, services=spoken_for(request), nationally=nationally, by=request.user, now=timezone.now())
        except file.Unread as error:
            problems = error.problems
        else:
            messages.success(request, _("Marked: %(made)s. Marked before: %(known)s.") % marked._asdict())
            return redirect("outages:list")
    return shown(request, form_for(request, initial=first(request)), status=NOT_FILLED_IN, file_form=form, problems=problems)


@require_POST
@needs(Permission.REVIEW_INCIDENTS)
def take_back(request, pk):
    outage = get_object_or_404(mine(request), pk=pk)
    try:
        actions.take_back(outage=outage, by=request.user, now=timezone.now())
    except actions.NotAllowed:
        raise PermissionDenied from None
    except actions.AlreadyCorrected:
        form = form_for(request)
        messages.error(request, _("Somebody has corrected this before. Nothing was changed."))
        return shown(request, form, status=CONFLICT)
    messages.success(request, _("It is taken back. What was marked stays to be read."))
    return redirect("outages:list")


@needs(Permission.SEE_FIGURES)
def systems(request):
    """Which case system each service uses, from when, and when a fault of it was mended; POST says it of one."""
    form = UsageForm(request.POST or None, services=spoken_for(request, anywhere=True))
    status = 200
    if request.method == "POST":
        if not accounts.scope(request.user).may(Permission.REVIEW_INCIDENTS):
            raise PermissionDenied
        status = NOT_FILLED_IN
        if form.is_valid():
            try:
                actions.arrange(**form.said(), by=request.user, now=timezone.now())
            except actions.Incomplete as error:
                form.refuse(error.problems)
            except actions.NotAllowed:
                raise PermissionDenied from None
            else:
                messages.success(request, _("It is noted."))
                return redirect("outages:systems")
    scope = accounts.scope(request.user)
    seen = Service.objects.values("pk") if scope.everywhere(Permission.SEE_FIGURES) else scope.services(Permission.SEE_FIGURES)
    context = {
        "usages": queries.usages(services=seen),
        "form": form,
        "may_say": scope.may(Permission.REVIEW_INCIDENTS),
        "tabs": tabs("outages:systems"),
    }
    return render(request, "outages/systems.html", context, status=status)


def mine(request):
    return Outage.objects.visible_to(request.user)


def meant(request, number):
    """The mark that is to be corrected; what is not a number of one is as absent as one of another service."""
    if not (number.isdecimal() and len(number) < 19):
        raise Http404
    return get_object_or_404(mine(request).select_related("service"), pk=int(number))


def spoken_for(request, *, anywhere=False):
    """The services that the person may say something of; of which case system is used, whoever may speak for all says it of each."""
    scope = accounts.scope(request.user)
    if anywhere and scope.everywhere(Permission.REVIEW_INCIDENTS):
        return list(Service.objects.order_by("name", "code"))
    return sorted((scope.named[pk] for pk in scope.services(Permission.REVIEW_INCIDENTS)), key=lambda service: (service.name, service.code))


def form_for(request, data=None, **kwargs):
    nationally = accounts.scope(request.user).everywhere(Permission.REVIEW_INCIDENTS)
    return OutageForm(data, services=spoken_for(request), nationally=nationally, **kwargs)


def first(request):
    """What the form begins with: an earlier mark where that is to be corrected, else the service in view."""
    if not request.GET.get("corrects"):
        one = in_view.service(request)
        return {"service": one.code} if one else {}
    outage = meant(request, request.GET["corrects"])
    names = ("kind", "channel", "system", "version", "precision", "what", "said_by", "said_on", "source")
    begins, ends = timezone.localtime(outage.begins_at), timezone.localtime(outage.ends_at) if outage.ends_at else None
    exact = outage.precision == "minute"
    last = ends if exact or not ends else ends - timedelta(days=1)
    return {name: getattr(outage, name) for name in names} | {
        "service": outage.service.code if outage.service else "all",
        "first_day": begins.date(),
        "first_time": begins.time() if exact else None,
        "last_day": last.date() if last else None,
        "last_time": last.time() if last and exact else None,
    }


def shown(request, form, status=200, **more):
    context = {
        "outages": mine(request).select_related("service", "by", "corrected").order_by(F("begins_at").desc(), "-pk"),
        "form": form,
        "corrects": request.POST.get("corrects") or request.GET.get("corrects", ""),
        "may_mark": accounts.scope(request.user).may(Permission.REVIEW_INCIDENTS),
        "tabs": tabs("outages:list"),
        "file_form": FileForm(),
        **more,
    }
    return render(request, "outages/list.html", context, status=status)
