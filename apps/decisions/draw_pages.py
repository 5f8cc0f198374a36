"""What was drawn for another look: the list of it with how often people differ, and the look itself, given without seeing what was decided."""

import django_filters
import django_tables2 as tables
from django import forms
from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.accounts import in_view
from apps.accounts import queries as accounts
from apps.accounts.access import needs
from apps.accounts.roles import Permission
from apps.audit import actions as audit
from apps.audit.verbs import Verb
from apps.decisions import draws, queries, views
from apps.decisions.forms import LookForm
from apps.decisions.history import history, lines
from apps.decisions.models import Drawn
from apps.decisions.wording import NOT_FILLED_IN, SAID, eyes, outcome_label
from apps.deliveries import neighbours
from apps.deliveries.candidates import candidates
from apps.deliveries.evidence import evidence
from apps.deliveries.way import list_url, with_list
from apps.ledger.models import PERSON
from apps.ui import marks
from apps.ui.filters import DayField, FilterBar, Words
from apps.ui.pages import TablePage
from apps.ui.tables import LeanTable

TURNS = [
    ("mine", gettext_lazy("Waits for you")),
    ("waits", gettext_lazy("Not looked at")),
    ("looked", gettext_lazy("Looked at again")),
    ("agreed", gettext_lazy("Came to the same")),
    ("differed", gettext_lazy("Differed")),
]
# Of what people did, what tells nothing of a verdict.
SAYS_NOTHING = ("noted", "called")


class MessageColumn(tables.Column):
    names_the_row = True

    def render(self, value, record):
        return format_html('<a class="reference" href="{}">{}</a>', reverse("decisions:look-again", args=[record.pk]), value)


class DrawnTable(LeanTable):
    """Drawn messages, with what they were drawn from; no verdict stands here."""

    message = MessageColumn(verbose_name=gettext_lazy("Message"), accessor="delivery", orderable=False)
    service = tables.Column(verbose_name=gettext_lazy("Service"), accessor="service__name", orderable=False)
    week = tables.Column(verbose_name=gettext_lazy("Closed in the week of"), accessor="draw__week", order_by=("draw__week", "id"))
    of = tables.Column(verbose_name=gettext_lazy("Drawn from"), accessor="draw", orderable=False)
    turn = tables.Column(verbose_name=gettext_lazy("Another look"), accessor="pk", orderable=False)

    def render_week(self, value):
        return value.strftime("%d.%m.%Y")

    def render_of(self, value):
        return _("%(closed)s closed, %(share)s of a hundred") % {"closed": len(value.closed), "share": value.of_hundred}

    def render_turn(self, value, record):
        look = getattr(record, "another_look", None)
        if look is None:
            return marks.chip(_("Not looked at"), marks.Look("eyes", "info"))
        return marks.chip(_("Came to the same"), marks.Look("filed")) if look.agrees else marks.chip(_("Differed"), marks.Look("half", "warning"))


class Week(django_filters.Filter):
    """The week of this Monday."""

    field_class = DayField


class DrawnFilter(FilterBar):
    turn = Words(label=gettext_lazy("Another look"), choices=TURNS, method="whose_turn")
    week = Week(label=gettext_lazy("Closed in the week of"), field_name="draw__week", widget=forms.HiddenInput)
    number = django_filters.NumberFilter(label=gettext_lazy("Message"), field_name="delivery")

    class Meta:
        model = Drawn
        fields = ()

    def whose_turn(self, queryset, name, value):
        if value == "looked":
            return queryset.filter(another_look__isnull=False)
        if value in ("agreed", "differed"):
            return queryset.filter(another_look__agrees=value == "agreed")
        waits = draws.waiting(services=accounts.visible_services(self.request.user)).order_by()
        if value == "mine":
            waits = waits.filter(draws.for_whom(self.request.user), service__in=accounts.visible_services(self.request.user, Permission.SECOND_LOOK))
        return queryset.filter(pk__in=waits.values("pk"))


@method_decorator(needs(Permission.SEE_DELIVERIES), name="dispatch")
class DrawnList(TablePage):
    template_name = "decisions/drawn.html"
    title = gettext_lazy("Drawn for another look")
    lead = gettext_lazy("Each week some of what was closed is drawn by chance, and looked at by somebody who had not given a verdict.")
    table_class = DrawnTable
    filterset_class = DrawnFilter

    def get_queryset(self):
        mine = Drawn.objects.visible_to(self.request.user).filter(service__in=in_view.service_ids(self.request))
        return mine.annotate(delivery=draws.DELIVERY).select_related("service", "draw", "another_look").order_by("-draw__week", "-id")

    def table_kwargs(self):
        return {"exclude": () if len(in_view.service_ids(self.request)) > 1 else ("service",)}

    def shown(self, count):
        asked = {name: value for name, value in self.request.GET.items() if value}
        services = in_view.service_ids(self.request)
        audit.record(verb=Verb.LISTED, by=self.request.user, services=services, now=self.now, list=self.request.path, filter=asked, count=count)

    def tabs(self):
        return neighbours.tabs("decisions:drawn")

    def empty_reason(self):
        return _("Nothing has been drawn: no message was closed by a decision in a week that is over.")

    def get_context_data(self, **kwargs):
        services = in_view.service_ids(self.request)
        weeks = draws.by_week(services=services)
        return super().get_context_data(weeks=weeks, rate=draws.rate(services=services, weeks=weeks), **kwargs)


@needs(Permission.SECOND_LOOK)
def look_again(request, pk, beside):
    """The evidence and a form for one's own verdict; afterwards both."""
    drawn = Drawn.objects.visible_to(request.user).select_related("decision__reference", "decision__by", "decision__look", "draw").filter(pk=pk).first()
    if drawn is None:
        raise Http404
    delivery = views.seen(request, drawn.decision.reference.delivery)
    form, status = LookForm(request.POST if request.method == "POST" else None, direction=delivery.direction), 200
    if request.method == "POST" and "choose" not in request.POST:
        status = NOT_FILLED_IN
        if form.is_valid():
            try:
                given = draws.look_again(drawn=drawn, **views.verdict(form), by=request.user, now=timezone.now(), expected_known=form.cleaned_data["known"])
            except SAID as error:
                status = views.refuse(form, error, eyes(request.user, delivery.service_id))
            else:
                agreed, differed = _("You came to the same."), _("You differ: the message is open again, and those who decided are told.")
                messages.success(request, agreed if given.agrees else differed)
                return redirect(with_list(reverse("decisions:look-again", args=[pk]), list_url(request)))
    return show(request, drawn, delivery, form, beside, status)


def show(request, drawn, delivery, form, beside, status):
    if request.POST and "choose" in request.POST:
        form = views.unjudged(form)
    now = timezone.now()
    views.viewed(request, delivery, now, look=drawn.decision_id)
    reader = eyes(request.user, delivery.service_id)
    told = history(delivery, reader)
    this = next(entry for entry in told if entry.decision == drawn.decision)
    known = evidence(delivery=delivery, now=now)
    look = getattr(drawn, "another_look", None)
    context = {
        "now": now,
        "delivery": delivery,
        "known": known,
        "events": [line for line in lines(known.events, told) if look or line.event.source != PERSON or line.event.code in SAYS_NOTHING],
        "decision": this,
        "look": look,
        "second_outcome": outcome_label(look.outcome) if look else "",
        "waits": look is None and queries.standing(delivery) == drawn.decision,
        "version": request.POST.get("known") if "choose" in request.POST else len(known.events) + known.events_left_out,
        "tried": [entry for entry in told if entry.status == "noted"],
        "candidates": candidates(delivery=delivery, now=now),
        "form": form,
        "reader": reader,
        "is_own": request.user.pk in draws.deciders(drawn.decision),
        "action": reverse("decisions:look-again", args=[drawn.pk]),
        "list_url": list_url(request),
        **beside(request, delivery, now),
    }
    template = "decisions/parts/verdict.html" if request.htmx and "choose" in request.POST else "decisions/look_again.html"
    return render(request, template, context, status=status)
