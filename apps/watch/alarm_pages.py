"""The pages of alarms: which stand, what is behind one and who has taken it on, how a service wants to be told, and what is expected of each stream."""

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from apps.accounts import in_view
from apps.accounts import queries as accounts
from apps.accounts.access import needs
from apps.accounts.roles import Permission
from apps.audit import actions as audit
from apps.audit.verbs import Kind, Verb
from apps.ui.pages import TablePage
from apps.watch import actions, queries, words
from apps.watch.filters import AlarmFilter
from apps.watch.forms import AcknowledgeForm, ArrangementForm
from apps.watch.models import Alarm, Telling
from apps.watch.tables import AlarmTable

NOT_FILLED_IN, CONFLICT = 422, 409


@method_decorator(needs(Permission.SEE_IMPORTS), name="dispatch")
class AlarmList(TablePage):
    template_name = "watch/alarms.html"
    title = gettext_lazy("Alarms")
    lead = gettext_lazy("What has not come, what is stuck, and what goes amiss more often than usual. Each ends by itself when its cause is gone.")
    table_class = AlarmTable
    filterset_class = AlarmFilter

    def get_queryset(self):
        mine = Alarm.objects.visible_to(self.request.user).in_services(in_view.service_ids(self.request))
        return mine.select_related("service", "feed").order_by("-raised_at", "-pk")

    def table_kwargs(self):
        return {"exclude": () if len(in_view.service_ids(self.request)) > 1 else ("service",)}

    def empty_reason(self):
        return _("No alarm has been raised.")

    def get_context_data(self, **kwargs):
        mine = accounts.scope(self.request.user)
        may = {"may_arrange": mine.may(Permission.MANAGE_MEMBERS), "may_send": mine.may(Permission.TAKE_ON_ALARMS)}
        return super().get_context_data(sends_mail=settings.SENDS_MAIL, **may, **kwargs)


@needs(Permission.SEE_IMPORTS)
@require_http_methods(["GET", "POST"])
def detail(request, pk):
    """One alarm. Whoever may take it on says until when and what they do."""
    now = timezone.now()
    alarm = get_object_or_404(Alarm.objects.visible_to(request.user).select_related("service", "feed", "feed_import"), pk=pk)
    may_take_on = accounts.scope(request.user).may(Permission.TAKE_ON_ALARMS, alarm.service_id)
    form, status = AcknowledgeForm(request.POST or None, now=now), 200
    if request.method == "POST":
        status = NOT_FILLED_IN
        if form.is_valid():
            try:
                actions.acknowledge(alarm=alarm, until=form.end, reason=form.cleaned_data["reason"], by=request.user, now=now)
            except actions.Unfit as error:
                form.add_error(error.field, str(error.sentence))
            except actions.AlarmEnded:
                status = CONFLICT
                form.add_error(None, _("This alarm has ended by itself. Nothing was changed."))
            except actions.NotAllowed:
                raise PermissionDenied from None
            else:
                messages.success(request, _("You have taken it on."))
                return redirect("watch:alarm", pk)
    audit.record(verb=Verb.VIEWED, by=request.user, services=[alarm.service_id], about=(Kind.ALARM, alarm.pk), now=now)
    context = {
        "now": now,
        "alarm": alarm,
        "look": words.look(alarm.level),
        "reasoning": words.reasoning(alarm),
        "steps": alarm.steps.select_related("by", "person").order_by("pk"),
        "owed": Telling.objects.filter(step__alarm=alarm, fate="owed").select_related("person").order_by("due_at"),
        "form": form,
        "may_take_on": may_take_on,
        "sends_mail": settings.SENDS_MAIL,
    }
    return render(request, "watch/alarm.html", context, status=status)


@needs(Permission.MANAGE_MEMBERS)
@require_http_methods(["GET", "POST"])
def arrange(request):
    """How the service in view wants to be told; where there are several, the first that the person manages."""
    now = timezone.now()
    managed = list(accounts.services(user=request.user, permission=Permission.MANAGE_MEMBERS, now=now).order_by("name"))
    chosen = in_view.service(request)
    service = chosen if chosen in managed else next(iter(managed), None)
    if service is None:
        raise PermissionDenied
    form = ArrangementForm(request.POST or None, initial=queries.arrangement(service))
    if form.is_valid():
        try:
            actions.arrange(service=service, **form.cleaned_data, by=request.user, now=now)
        except actions.Unfit as error:
            form.add_error(error.field, str(error.sentence))
        except actions.NotAllowed:
            raise PermissionDenied from None
        else:
            messages.success(request, _("It is arranged."))
            return redirect("watch:alarms")
    return render(request, "watch/arrange.html", {"form": form, "service": service}, status=NOT_FILLED_IN if form.errors else 200)


@needs(Permission.SEE_IMPORTS)
@require_safe
def rhythms(request):
    """What is expected of each stream of the services in view, and for how long it must be silent before anything is said."""
    now, services = timezone.now(), in_view.service_ids(request)
    context = {"now": now, "rows": queries.rhythms(services=services), "days": queries.SHOWN_DAYS, "holidays": queries.holidays(services=services, now=now)}
    return render(request, "watch/rhythm.html", context)
