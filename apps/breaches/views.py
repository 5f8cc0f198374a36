"""Breaches of personal data: all of one's services and one with its clock, for managers and auditors; noting one, the draft and what was done, for managers."""

from datetime import timedelta

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from apps.accounts import fresh, in_view
from apps.accounts import queries as accounts
from apps.accounts.access import needs
from apps.accounts.roles import Permission
from apps.audit import actions as audit
from apps.audit.verbs import Kind, Verb
from apps.breaches import actions, notice, queries
from apps.breaches.clock import clock
from apps.breaches.forms import AffectedForm, AffectedToldForm, BreachForm, SupplementForm, TellForm
from apps.breaches.models import Act, Breach
from apps.statements.models import Statement
from apps.statements.tables import days
from apps.watch import reminders
from apps.watch.models import Reminds

CONFLICT, NOT_FILLED_IN = 409, 422
SOON = timedelta(hours=24)


def breaches_today(request, services, now):
    """For the start page of who sees breaches: how many the authority was not told of, and the hours that are left of the first."""
    mine = set(accounts.scope(request.user).services(Permission.SEE_BREACHES)) & set(services)
    untold = queries.timed(queries.breaches(services=mine).filter(told_at=None), now=now) if mine else []
    if not untold:
        return []
    first = min((clock for _breach, clock in untold), key=lambda clock: clock.left)
    chosen = in_view.service(request)
    url = f"{reverse('breaches:list')}?{urlencode({'untold': 1} | ({'service': chosen.code} if chosen else {}))}"
    return [{"label": _("Breaches to tell the authority of"), "count": len(untold), "url": url, "note": in_hours(first), "is_alarm": first.left < SOON}]


def in_hours(clock):
    if clock.is_late:
        return ngettext("%(count)s hour too late", "%(count)s hours too late", clock.hours_late) % {"count": clock.hours_late}
    return ngettext("%(count)s hour left", "%(count)s hours left", clock.hours) % {"count": clock.hours}


@require_safe
@needs(Permission.SEE_BREACHES)
def page(request):
    """Those of one's own services, those alone that the authority was not told of where that is asked."""
    scope = accounts.scope(request.user)
    now, services = timezone.now(), scope.services(Permission.SEE_BREACHES)
    found, untold = queries.breaches(services=services), "untold" in request.GET
    if untold:
        found = found.filter(service__in=in_view.service_ids(request), told_at=None)
    breaches = queries.timed(queries.with_supplements(found), now=now)
    audit.record(verb=Verb.LISTED, by=request.user, services=services, now=now, list=request.path, count=len(breaches))
    context = {"now": now, "breaches": breaches, "untold": untold, "may_report": scope.may(Permission.REPORT_BREACHES)}
    return render(request, "breaches/list.html", context)


@needs(Permission.REPORT_BREACHES)
def new(request):
    """The form keeps what was typed, with what is wrong beside each field."""
    now = timezone.now()
    mine = list(accounts.services(user=request.user, permission=Permission.REPORT_BREACHES, now=now).order_by("name", "code"))
    statements = {one.pk: one for one in Statement.objects.filter(service__in=mine).select_related("service").order_by("-pk")}
    choices = [(pk, f"{one.service.name}: {one.number} ({days(one)})") for pk, one in statements.items()]
    if request.method != "POST":
        return render(request, "breaches/new.html", {"form": BreachForm(initial=suggested(request, statements), services=mine, statements=choices)})
    by_code = {service.code: service for service in mine}
    if request.POST.get("service", "") not in by_code:
        raise Http404
    form = BreachForm(request.POST, services=mine, statements=choices)
    if form.is_valid():
        typed = dict(form.cleaned_data)
        service, statement = by_code[typed.pop("service")], statements.get(typed.pop("statement"))
        try:
            noted = actions.note(service=service, noted=actions.Noted(**typed), statement=statement, by=request.user, now=now)
        except actions.Incomplete as error:
            form.refuse(error.problems)
        except actions.NotAllowed:
            raise PermissionDenied from None
        else:
            messages.success(request, _("The breach is noted. The draft of the notice stands below."))
            return redirect("breaches:detail", noted.pk)
    form.as_typed()
    return render(request, "breaches/new.html", {"form": form}, status=NOT_FILLED_IN)


def suggested(request, statements):
    """What a statement's page asks a notice for, when it is one of one's own."""
    asked = request.GET.get("statement", "")
    meant = statements.get(int(asked)) if asked.isdecimal() and len(asked) < 19 else None
    return {"statement": meant.pk, "service": meant.service.code} if meant else {}


@require_safe
@needs(Permission.SEE_BREACHES)
def detail(request, pk):
    return shown(request, one(request, pk))


@require_POST
@needs(Permission.REPORT_BREACHES)
def draft(request, pk):
    """The draft of the notice as a PDF, for who has just signed in again."""
    found, now = one(request, pk), timezone.now()
    if not may_report(request, found):
        raise PermissionDenied
    fresh.ask(request)
    made = notice.pdf(breach=found, now=now)
    audit.record(verb=Verb.EXPORTED, by=request.user, services=[found.service_id], about=(Kind.BREACH, pk), now=now, list=request.path, sha256=made.sha256)
    name = f'attachment; filename="framme-breach-{pk}.pdf"'
    return HttpResponse(made.pdf, content_type="application/pdf", headers={"Content-Disposition": name})


@require_POST
@needs(Permission.REPORT_BREACHES)
def tell(request, pk):
    return done(request, pk, actions.tell, TellForm(request.POST, prefix="tell"), "tell_form", _("It is kept that the authority was told."))


@require_POST
@needs(Permission.REPORT_BREACHES)
def supplement(request, pk):
    form = SupplementForm(request.POST, prefix="supplement", statements=queries.newer(breach=one(request, pk)))
    return done(request, pk, actions.supplement, form, "supplement_form", _("The supplement is kept."))


@require_POST
@needs(Permission.REPORT_BREACHES)
def affected(request, pk):
    return done(request, pk, actions.decide_affected, AffectedForm(request.POST, prefix="affected"), "affected_form", _("The decision is kept."))


@require_POST
@needs(Permission.REPORT_BREACHES)
def affected_told(request, pk):
    form = AffectedToldForm(request.POST, prefix="affected-told")
    return done(request, pk, actions.tell_affected, form, "affected_told_form", _("It is kept that those affected were told."))


def done(request, pk, act, form, name, said):
    """What a form of the page asks for; it comes back with what was typed where that cannot be."""
    found, status = one(request, pk), NOT_FILLED_IN
    if form.is_valid():
        try:
            act(breach=found, **form.cleaned_data, by=request.user, now=timezone.now())
        except actions.Incomplete as error:
            form.refuse(error.problems)
        except actions.AlreadyTold:
            status = CONFLICT
            form.refuse({None: _("That they were told is kept already. Nothing was changed.")})
        except actions.NotAllowed:
            raise PermissionDenied from None
        else:
            messages.success(request, said)
            return redirect("breaches:detail", pk)
    form.as_typed()
    return shown(request, found, status=status, **{name: form})


def one(request, pk):
    return get_object_or_404(Breach.objects.visible_to(request.user).select_related("service", "statement", "by"), pk=pk)


def may_report(request, found):
    return accounts.scope(request.user).may(Permission.REPORT_BREACHES, found.service_id)


def shown(request, found, status=200, **more):
    now = timezone.now()
    audit.record(verb=Verb.VIEWED, by=request.user, services=[found.service_id], about=(Kind.BREACH, found.pk), now=now)
    steps = list(found.steps.select_related("by", "breach", "statement").order_by("pk"))
    at = {step.act: step.done_at for step in steps}
    context = {
        "now": now,
        "breach": found,
        "clock": clock(aware_at=found.aware_at, told_at=at.get(Act.TOLD), now=now),
        "parts": notice.parts(breach=found, now=now),
        "steps": steps,
        "standing": queries.standing(found),
        "reminded": reminders.told(reminds=Reminds.BREACH, subjects=[found.pk]),
        "affected_told_at": at.get(Act.AFFECTED_TOLD),
        "may_report": may_report(request, found),
        "tell_form": TellForm(prefix="tell"),
        "supplement_form": SupplementForm(prefix="supplement", statements=queries.newer(breach=found)),
        "affected_form": AffectedForm(prefix="affected"),
        "affected_told_form": AffectedToldForm(prefix="affected-told"),
        **more,
    }
    return render(request, "breaches/detail.html", context, status=status)
