"""The register of reporters' calls: search for what they sent, note the call, answer it."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from apps.accounts import in_view
from apps.accounts import queries as accounts
from apps.accounts.access import needs
from apps.accounts.roles import Permission
from apps.audit import actions as audit
from apps.audit.verbs import Kind, Verb
from apps.calls import actions, answers, queries
from apps.calls.filters import CallFilter
from apps.calls.forms import AnswerForm, FoundForm, NoteForm, QuestionForm
from apps.calls.models import Call
from apps.calls.tables import CallTable
from apps.deliveries import neighbours
from apps.deliveries import queries as deliveries
from apps.deliveries.models import Delivery
from apps.ledger.models import Reference
from apps.ui.pages import TablePage

CONFLICT, NOT_FILLED_IN, NOT_UNDERSTOOD = 409, 422, 400


@method_decorator(needs(Permission.SEE_DELIVERIES), name="dispatch")
class CallList(TablePage):
    template_name = "calls/list.html"
    title = gettext_lazy("Reporters' calls")
    lead = gettext_lazy("“I sent it on that day, have you got it?” Each call, the message that it is about, and the answer.")
    table_class = CallTable
    filterset_class = CallFilter

    def get_queryset(self):
        mine = Call.objects.visible_to(self.request.user).in_services(in_view.service_ids(self.request))
        return mine.select_related("answer", "service").order_by("-at", "-id")

    def table_kwargs(self):
        return {"exclude": () if len(in_view.service_ids(self.request)) > 1 else ("service",)}

    def shown(self, count):
        asked = {name: value for name, value in self.request.GET.items() if value}
        services = in_view.service_ids(self.request)
        audit.record(verb=Verb.LISTED, by=self.request.user, services=services, now=self.now, list=self.request.path, filter=asked, count=count)

    def tabs(self):
        return neighbours.tabs("calls:list")

    def empty_reason(self):
        return _("No call has been noted.")


@needs(Permission.SEE_DELIVERIES)
def search(request):
    """What was sent on these days, by this way and kind of reporter; to note the call on one of them, or on none."""
    is_asked = any(name in request.GET for name in QuestionForm.base_fields)
    asked = QuestionForm(request.GET if is_asked else None)
    return searched(request, asked, NoteForm(initial=request.GET.dict()), status=NOT_UNDERSTOOD if is_asked and not asked.is_valid() else 200)


def searched(request, asked, form, status=200):
    now = timezone.now()
    services = in_view.service_ids(request)
    rows = []
    if asked.is_bound and asked.is_valid():
        found = queries.fitting(Delivery.objects.visible_to(request.user).in_services(services), **asked.cleaned_data)
        rows = queries.rows(found)
        filter = {name: str(value) for name, value in asked.cleaned_data.items()}
        audit.record(verb=Verb.SEARCHED, by=request.user, services=services, now=now, list=request.path, filter=filter, count=len(rows))
    mine = accounts.scope(request.user)
    context = {
        "now": now,
        "asked": asked,
        "form": form,
        "rows": rows,
        "is_cut": len(rows) == queries.MOST,
        "open_for": [service for service in in_view.services(request) if service.pk in services and mine.may(Permission.DECIDE, service.pk)],
        "may_note": mine.may(Permission.DECIDE),
        "tabs": neighbours.tabs("calls:list"),
    }
    return render(request, "calls/search.html", context, status=status)


@require_POST
@needs(Permission.DECIDE)
def note(request):
    form = NoteForm(request.POST)
    if not form.is_valid():
        return searched(request, QuestionForm(request.POST), form, status=NOT_FILLED_IN)
    typed = form.cleaned_data
    service = next((one for one in in_view.services(request) if one.code == typed["service"]), None)
    delivery = Delivery.objects.visible_to(request.user).filter(pk=typed["delivery"]).first() if typed["delivery"] else None
    if service is None or (typed["delivery"] and delivery is None):
        raise Http404
    said = {name: typed[name] for name in ("first_day", "last_day", "way", "reporter", "text")}
    try:
        call = actions.note(service=service, delivery=delivery, **said, by=request.user, now=timezone.now())
    except actions.Incomplete as error:
        form.refuse(error.problems)
        return searched(request, QuestionForm(request.POST), form, status=NOT_FILLED_IN)
    except actions.NotAllowed:
        raise PermissionDenied from None
    except actions.NotThere:
        raise Http404 from None
    opened = _("The call is noted. Nobody knew this message, so it has a gap of its own, which is on the worklist.")
    messages.success(request, opened if call.opens else _("The call is noted."))
    return redirect("calls:detail", call.pk)


@needs(Permission.SEE_DELIVERIES)
def detail(request, pk):
    return shown(request, one(request, pk))


@require_POST
@needs(Permission.DECIDE)
def answer(request, pk):
    call, form = one(request, pk), AnswerForm(request.POST)
    status = NOT_FILLED_IN
    if form.is_valid():
        try:
            actions.answer(call=call, **form.cleaned_data, by=request.user, now=timezone.now())
        except actions.Incomplete as error:
            form.refuse(error.problems)
        except actions.AlreadyAnswered as error:
            status = CONFLICT
            form.refuse({None: _("%(who)s has answered already. Nothing was changed.") % {"who": error.answer.by}})
        except actions.NotAllowed:
            raise PermissionDenied from None
        else:
            messages.success(request, _("The answer is noted."))
            return redirect("calls:detail", pk)
    return shown(request, call, status=status, answer_form=form)


@require_POST
@needs(Permission.DECIDE)
def find(request, pk):
    """The message is another that sources know: by its number or one of its references."""
    call, form = one(request, pk), FoundForm(request.POST)
    status = NOT_FILLED_IN
    found = meant(request, call, form.cleaned_data["delivery"]) if form.is_valid() else None
    if found is None:
        form.refuse({"delivery": _("No message in this service has this number or reference.")})
    else:
        try:
            together = actions.find(call=call, delivery=found, by=request.user, now=timezone.now())
        except (actions.AlreadyFound, actions.NotThere):
            status = CONFLICT
            form.refuse({None: _("This call is about a message that other sources know already. Nothing was changed.")})
        except actions.IsRegistration:
            form.refuse({"delivery": _("This is a registration. Tie it on the page of the message that the call opened.")})
        except actions.NotAllowed:
            raise PermissionDenied from None
        else:
            messages.success(request, _("The call and the message are one. It can be undone on the message's page."))
            return redirect("deliveries:detail", together.pk)
    return shown(request, call, status=status, found_form=form)


def one(request, pk):
    return get_object_or_404(Call.objects.visible_to(request.user).select_related("service", "by", "answer__by", "reference"), pk=pk)


def meant(request, call, typed):
    mine = Delivery.objects.visible_to(request.user).filter(service=call.service_id).inbound()
    if not typed.strip() or "\0" in typed:
        return None
    if typed.strip().isdecimal() and len(typed.strip()) < 19:
        return mine.filter(pk__in=Reference.objects.filter(pk=int(typed)).values("delivery")).first()
    found = list(deliveries.known_as(mine, text=typed, services=[call.service_id])[:2])
    return found[0] if len(found) == 1 else None


def shown(request, call, status=200, **forms):
    now = timezone.now()
    delivery = Delivery.objects.get(pk=call.reference.delivery)
    audit.record(verb=Verb.VIEWED, by=request.user, services=[call.service_id], about=(Kind.DELIVERY, delivery.pk), now=now, call=call.pk)
    others = queries.cohort(Delivery.objects.visible_to(request.user), call)
    day = {"from_day": call.first_day.isoformat(), "to_day": call.last_day.isoformat(), "service": call.service.code}
    if call.way in queries.CHANNELS:
        day["channel"] = queries.CHANNELS[call.way]
    context = {
        "now": now,
        "call": call,
        "delivery": delivery,
        "is_own": call.opens and delivery.channel == "call",
        "others": others.count(),
        "others_url": f"{reverse('worklists:list', args=['inbound', 'open'])}?{urlencode(day)}",
        "template": answers.template(call, delivery),
        "may_note": accounts.scope(request.user).may(Permission.DECIDE, call.service_id),
        "answer_form": AnswerForm(initial={"day": timezone.localdate(now)}),
        "found_form": FoundForm(),
        "tabs": neighbours.tabs("calls:list"),
        **forms,
    }
    return render(request, "calls/detail.html", context, status=status)
