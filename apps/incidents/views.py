"""Reviews of incidents: which there are, what one may concern, freezing it, how far the services have come, and what others claim."""

from datetime import timedelta

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from apps.accounts import in_view
from apps.accounts import queries as accounts
from apps.accounts.access import needs
from apps.accounts.roles import Permission
from apps.audit import actions as audit
from apps.audit.verbs import Kind, Verb
from apps.deliveries.models import Delivery
from apps.incidents import actions, queries, sheet
from apps.incidents.forms import ClaimForm, ReviewForm
from apps.incidents.models import Freeze, Loss, Review
from apps.outages import queries as outages
from apps.outages.views import tabs
from apps.registry.models import Service
from apps.ui.pages import FILES

CONFLICT, NOT_FILLED_IN = 409, 422
TO_ANSWER = timedelta(days=14)


def tasks_today(request, services, now):
    """For the start page of who answers for a service: how many tasks wait for the answer."""
    mine = set(accounts.scope(request.user).services(Permission.ANSWER_REVIEWS)) & set(services)
    waiting = list(queries.tasks(services=mine).filter(answered_at=None)) if mine else []
    if not waiting:
        return []
    late = sum(one.review.due_on < timezone.localdate(now) for one in waiting)
    note = ngettext("%(count)s is overdue", "%(count)s are overdue", late) % {"count": late} if late else ""
    chosen = in_view.service(request)
    query = urlencode({"waiting": 1} | ({"service": chosen.code} if chosen else {}))
    url = f"{reverse('incidents:list')}?{query}"
    return [{"label": _("Incidents to answer for"), "count": len(waiting), "url": url, "note": note, "is_alarm": late > 0}]


@needs(Permission.SEE_FIGURES)
def page(request):
    """One's own tasks, those that wait for an answer alone where that is asked, and all reviews with what became of them."""
    scope = accounts.scope(request.user)
    waiting = "waiting" in request.GET
    tasks = queries.tasks(services=scope.services(Permission.ANSWER_REVIEWS if waiting else Permission.SEE_FIGURES))
    if waiting:
        tasks = tasks.filter(service__in=in_view.service_ids(request), answered_at=None)
    context = {
        "today": timezone.localdate(),
        "tasks": tasks,
        "waiting": waiting,
        "reviews": Review.objects.select_related("by", "freeze").order_by("-pk"),
        "may_open": scope.may(Permission.REVIEW_INCIDENTS),
        "may_report": scope.may(Permission.REPORT_BREACHES),
        "tabs": tabs("incidents:list"),
    }
    return render(request, "incidents/list.html", context)


@needs(Permission.REVIEW_INCIDENTS)
def open_review(request):
    """The criteria, as far as a lost message tells them; POST opens the review."""
    now = timezone.now()
    delivery = meant(request, (request.POST or request.GET).get("delivery", ""))
    if request.method != "POST":
        return asked(request, ReviewForm(initial=suggested(delivery, now)), delivery)
    form = ReviewForm(request.POST)
    if form.is_valid():
        typed = {name: value for name, value in form.cleaned_data.items() if name not in ("delivery", "services")}
        codes = form.cleaned_data["services"].replace(",", " ").split()
        services = list(Service.objects.filter(code__in=codes))
        if unknown := set(codes) - {service.code for service in services}:
            form.refuse({"services": _("No service has this number: %(numbers)s") % {"numbers": ", ".join(sorted(unknown))}})
        else:
            try:
                opened = actions.open_review(**typed, services=services, delivery=delivery, by=request.user, now=now)
            except actions.Incomplete as error:
                form.refuse({None if name == "delivery" else name: sentence for name, sentence in error.problems.items()})
            except actions.NotAllowed:
                raise PermissionDenied from None
            else:
                messages.success(request, _("The review is open. Look at what it would concern, then freeze it."))
                return redirect("incidents:review", opened.pk)
    return asked(request, form, delivery, status=NOT_FILLED_IN)


def asked(request, form, delivery, status=200):
    return render(request, "incidents/open.html", {"form": form, "delivery": delivery, "tabs": tabs("incidents:list")}, status=status)


def meant(request, number):
    """The lost message that the address names, in a service that the person answers for; a foreign one is as absent as one that never was."""
    if not number:
        return None
    if not number.isdecimal() or len(number) > 18:
        raise Http404
    own = accounts.scope(request.user).services(Permission.REVIEW_INCIDENTS)
    return get_object_or_404(Delivery.objects.visible_to(request.user).in_services(own).select_related("service"), pk=int(number))


def suggested(delivery, now):
    today = timezone.localdate(now)
    if delivery is None:
        return {"due_on": today + TO_ANSWER}
    came_at = delivery.receipted_at or delivery.available_at or delivery.sent_at or delivery.first_at
    used = outages.used_by(service=delivery.service_id, at=came_at)
    fault = outages.windows(channel=delivery.channel, between=(came_at, came_at), service=delivery.service_id).first()
    begins = fault.begins_at if fault else came_at
    ends = fault.ends_at - timedelta(microseconds=1) if fault and fault.ends_at else now
    return {
        "delivery": delivery.pk,
        "title": fault.what[:200] if fault else "",
        "direction": delivery.direction,
        "channel": delivery.channel,
        "system": used.system if used else "",
        "version": used.version if used else "",
        "begins": min(used.adopted_on, timezone.localdate(begins)) if used and not fault else timezone.localdate(begins),
        "ends": min(timezone.localdate(ends), today),
        "due_on": today + TO_ANSWER,
    }


@needs(Permission.SEE_FIGURES)
def review(request, pk):
    """`format=csv` and `format=xlsx` are how far the services have come, as a file."""
    found, kind = one(pk), request.GET.get("format", "")
    return taken_out(request, found, kind) if kind in FILES else shown(request, found)


def taken_out(request, found, kind):
    now = timezone.now()
    services = reach(request)
    told = queries.progress(review=found, services=services, now=now)
    file = FILES[kind](sheet.rows(told), file_name=f"framme-incident-{found.pk}.{kind}", about=sheet.about(review=found, told=told, now=now))
    said = {"list": request.path, "count": len(told), "format": kind}
    audit.record(verb=Verb.EXPORTED, by=request.user, services=[None, *(services or [])], about=(Kind.INCIDENT, found.pk), now=now, **said)
    return file


def reach(request):
    """The services whose tasks the person sees; None for whoever sees all of them, as numbers."""
    scope = accounts.scope(request.user)
    return None if scope.everywhere(Permission.SEE_FIGURES) else scope.services(Permission.SEE_FIGURES)


@require_POST
@needs(Permission.REVIEW_INCIDENTS)
def freeze(request, pk):
    found = one(pk)
    try:
        made = actions.freeze(review=found, by=request.user, now=timezone.now())
    except actions.NotAllowed:
        raise PermissionDenied from None
    except actions.AlreadyFrozen:
        return shown(request, found, status=CONFLICT, refused=_("This was frozen before, and stays as it was. Nothing was changed."))
    except actions.ConcernsNobody:
        refused = _("No service used this case system in these days, as far as anybody has said under Case systems. Nothing was frozen.")
        return shown(request, found, status=NOT_FILLED_IN, refused=refused)
    messages.success(request, _("Frozen. Services that have to look: %(number)s.") % {"number": made})
    return redirect("incidents:review", pk)


@require_POST
@needs(Permission.REVIEW_INCIDENTS)
def claim(request, pk):
    found, form = one(pk), ClaimForm(request.POST)
    if form.is_valid():
        try:
            actions.claim(review=found, **form.cleaned_data, by=request.user, now=timezone.now())
        except actions.Incomplete as error:
            form.refuse(error.problems)
        except actions.NotAllowed:
            raise PermissionDenied from None
        else:
            messages.success(request, _("The claim is kept."))
            return redirect("incidents:review", pk)
    return shown(request, found, status=NOT_FILLED_IN, claim_form=form)


def one(pk):
    return get_object_or_404(Review.objects.select_related("by"), pk=pk)


def shown(request, found, status=200, **more):
    now = timezone.now()
    scope = accounts.scope(request.user)
    services = reach(request)
    is_national = services is None
    told = queries.progress(review=found, services=services, now=now)
    frozen = Freeze.objects.filter(review=found).select_related("by").first()
    tasked = {one.service.pk for one in told}
    # What would be frozen besides: a service of which it was said later that it used the case system is frozen by its own manager.
    waiting = [] if frozen and is_national else [one for one in queries.concerned(review=found, services=services, now=now) if one.service.pk not in tasked]
    audit.record(verb=Verb.VIEWED, by=request.user, services=[None, *(services or [])], about=(Kind.INCIDENT, found.pk), now=now)
    answered = [one for one in told if one.is_answered]
    together = queries.rough_total if is_national else queries.total
    context = {
        "now": now,
        "review": found,
        "named": Service.objects.filter(pk__in=found.services).order_by("name"),
        "loss": Loss.objects.filter(review=found).visible_to(request.user).first(),
        "freeze": frozen,
        "waiting": waiting,
        "waiting_total": together(one.number for one in waiting),
        "waiting_doubt": together(one.in_doubt for one in waiting),
        "unsaid": list(queries.unsaid(review=found, services=services)),
        "told": told,
        "total": queries.total(one.number for one in told),
        "answered": answered,
        "lost": queries.total(one.count for one in answered),
        "found_some": sum(one.count != 0 for one in answered),
        "behind": [one for one in told if one.is_behind],
        "claims": found.claims.select_related("by").order_by("said_on", "pk"),
        "is_national": is_national,
        "may_open_tasks": set(scope.services(Permission.SEE_FIGURES)),
        "may_review": scope.may(Permission.REVIEW_INCIDENTS),
        "sends_mail": settings.SENDS_MAIL,
        "files": [(kind, f"?format={kind}") for kind in FILES],
        "claim_form": ClaimForm(),
        "tabs": tabs("incidents:list"),
        "back": reverse("incidents:list"),
        **more,
    }
    return render(request, "incidents/review.html", context, status=status)
