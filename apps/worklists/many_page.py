"""Doing one thing to many: what is chosen on a list, or all that the list holds, said with its number before anything is done; and what was done, by its number."""

from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpResponseNotAllowed
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from apps.accounts import queries as accounts
from apps.accounts.access import needs
from apps.accounts.roles import Permission
from apps.deliveries.models import Delivery
from apps.deliveries.views import DeliveryPage
from apps.deliveries.way import found
from apps.ledger.models import Direction
from apps.ui import links
from apps.worklists import actions, catalogue, many
from apps.worklists.forms import AssignForm, PauseForm, TakeBackForm
from apps.worklists.models import Act, Batch, Step
from apps.worklists.turn_page import PLAIN
from apps.worklists.views import WorklistPage

NOT_FILLED_IN = 422


@dataclass(frozen=True)
class Choice:
    """One thing that may be done; `is_chosen` shows what it needs."""

    value: str
    label: str
    is_chosen: bool


@method_decorator(needs(Permission.DECIDE), name="dispatch")
class ManyPage(WorklistPage):
    """Its address is the list's with the same filters, so that "all of the list" is known here as it was there. `said` is given by config.urls."""

    def get(self, request, *args, **kwargs):
        return HttpResponseNotAllowed(["POST"])

    def post(self, request, *args, **kwargs):
        if not self.ids:
            messages.warning(request, _("Choose at least one message first."))
            return redirect(self.list_url)
        is_ready = self.service and len(self.ids) <= many.MOST and self.what in self.values()
        if "do" not in request.POST or not is_ready or self.has_changed:
            return self.show(self.form(bound=False))
        form = self.form(bound=True)
        if form.is_valid():
            try:
                batch = self.done(form)
            except (actions.Unfit, self.kwargs["said"].Unsayable) as error:
                form.refuse(error.problems)
            except actions.NotAllowed as error:
                form.refuse({"": PLAIN[type(error)]()})
            else:
                return redirect("worklists:batch", batch.pk)
        return self.show(form, status=NOT_FILLED_IN)

    @property
    def list_url(self):
        return reverse("worklists:list", args=[self.direction, self.worklist.slug]) + links.replaced(self.request.GET, page=None).rstrip("?")

    @property
    def is_whole(self):
        return self.request.POST.get("whole") == "yes"

    @cached_property
    def ids(self):
        """Open deliveries that the person may see and that are on this list, in its order; at most one more than may be done at once."""
        rows = self.narrow(self.filtered)
        if not self.is_whole:
            asked = [int(pk) for pk in self.request.POST.getlist("chosen") if pk.isdecimal() and len(pk) < 19]
            rows = rows.filter(pk__in=asked[: many.MOST + 1])
        return list(rows.values_list("pk", flat=True)[: many.MOST + 1])

    @property
    def has_changed(self):
        """Whether there are others now than the number that the person said yes to."""
        return self.is_whole and self.request.POST.get("number") != str(len(self.ids))

    @cached_property
    def service(self):
        """The one service whose messages these are; None when they are of several."""
        services = list(Delivery.objects.filter(pk__in=self.ids).order_by().values_list("service", flat=True).distinct()[:2])
        mine = accounts.services(user=self.request.user, permission=Permission.DECIDE, now=self.now)
        return mine.filter(pk=services[0]).first() if len(services) == 1 else None

    @property
    def what(self):
        return self.request.POST.get("outcome", "")

    def values(self):
        return [choice.value for _title, choices in self.choices() for choice in choices]

    def choices(self):
        """By what they do: whose turn it is, what is noted, what is proposed."""
        said, form = self.kwargs["said"], self.kwargs["said"].form(direction=self.direction)
        labels = {choice.value: choice.label for choice in (*form.closing(), *form.noted())}
        turns = [(Act.CLAIMED, _("Take them")), (Act.PAUSED, _("Put them aside"))]
        if self.service and accounts.scope(self.request.user).may(Permission.ASSIGN, self.service.pk):
            turns.append((Act.ASSIGNED, _("Give them to somebody")))
        groups = (
            (_("Whose turn"), turns),
            (_("Leaves them open"), [(outcome, labels[outcome]) for outcome in said.notable(self.direction)]),
            (_("Proposes to close them: another person looks at each"), [(outcome, labels[outcome]) for outcome in said.proposable(self.direction)]),
        )
        return [(title, [Choice(str(value), str(label), value == self.what) for value, label in choices]) for title, choices in groups]

    def form(self, *, bound):
        """What the chosen thing needs. Before it is said yes to, what was typed stays and nothing is found wrong."""
        data = self.request.POST if bound else None
        if self.what == Act.PAUSED:
            return PauseForm(data, now=self.now)
        if self.what == Act.ASSIGNED and self.service:
            return AssignForm(data, people=accounts.who_may(permission=Permission.DECIDE, service=self.service, now=self.now))
        form = self.kwargs["said"].form(self.request.POST, direction=self.direction)
        if not bound:
            form.is_valid()
            form.errors.clear()
        return form

    def done(self, form):
        asked = {"service": self.service, "ids": self.ids, "listed": self.list_url, "by": self.request.user, "now": self.now}
        if self.what == Act.CLAIMED:
            return many.claim(**asked)
        if self.what == Act.ASSIGNED:
            return many.assign(**asked, person=form.cleaned_data["person"])
        if self.what == Act.PAUSED:
            return many.pause(**asked, until=form.end, reason=form.cleaned_data["reason"])
        said = self.kwargs["said"]
        act = Act.PROPOSED if self.what in said.proposable(self.direction) else Act.NOTED
        return many.say(**asked, act=act, outcome=self.what, fields=form.typed(), said=said)

    def show(self, form, status=200):
        fields = [] if self.what in ("", Act.CLAIMED) else form.questions() if hasattr(form, "questions") else list(form)
        context = {
            "title": self.title,
            "direction": self.direction,
            "ids": [] if self.is_whole else self.ids,
            "number": len(self.ids),
            "is_too_many": len(self.ids) > many.MOST,
            "most": many.MOST,
            "whole": self.count_rows(None),
            "is_whole": self.is_whole,
            "has_changed": "do" in self.request.POST and self.has_changed,
            "service": self.service,
            "groups": self.choices() if self.service else [],
            "what": self.what if self.service and self.what in self.values() else "",
            "form": form,
            "fields": fields,
            "list_url": self.list_url,
            "words": self.filterset.words() if self.filterset.is_valid() else [],
        }
        return render(self.request, "worklists/many.html", context, status=status)


@method_decorator(needs(Permission.SEE_DELIVERIES), name="dispatch")
class BatchPage(DeliveryPage):
    """What was done to many at once: all of them, whatever has become of them."""

    template_name = "worklists/batch.html"
    is_taken_out = False

    @cached_property
    def batch(self):
        seen = Batch.objects.visible_to(self.request.user).select_related("by", "undoes", "undone", "service")
        return get_object_or_404(seen, pk=self.kwargs["pk"])

    @property
    def title(self):
        return _("Many at once, number %(number)s") % {"number": self.batch.pk}

    def get_queryset(self):
        done = Step.objects.filter(batch=self.batch).values("reference__delivery")
        return Delivery.objects.visible_to(self.request.user).filter(pk__in=done).order_by("pk")

    def get_context_data(self, **kwargs):
        step = self.batch.steps.select_related("person").first()
        may = accounts.scope(self.request.user)
        is_mine = self.batch.by_id == self.request.user.pk or may.may(Permission.ASSIGN, self.batch.service_id)
        may_undo = is_mine and may.may(Permission.DECIDE, self.batch.service_id) and not self.batch.undoes_id and not hasattr(self.batch, "undone")
        form = self.kwargs.get("form") or TakeBackForm()
        return super().get_context_data(batch=self.batch, list_name=list_name(self.batch.listed), step=step, may_undo=may_undo, form=form, **kwargs)


def list_name(address):
    """The list that an address shows, in words; the address itself when the list is no more."""
    place = found(address)
    slug, direction = (place.kwargs.get("slug"), place.kwargs.get("direction")) if place else ("", "")
    if slug not in catalogue.BY_SLUG or direction not in catalogue.DIRECTIONS:
        return address
    name = f"{catalogue.BY_SLUG[slug].name}, {Direction(direction).label}"
    return _("%(list)s, filtered") % {"list": name} if "?" in address else name


@require_POST
@needs(Permission.DECIDE)
def take_back(request, pk, said, proposed_by):
    batch = get_object_or_404(Batch.objects.visible_to(request.user), pk=pk)
    form = TakeBackForm(request.POST)
    if form.is_valid():
        try:
            again = many.take_back(batch=batch, reason=form.cleaned_data["reason"], by=request.user, now=timezone.now(), said=said)
        except (actions.Unfit, said.Unsayable) as error:
            form.refuse(error.problems)
        except actions.NotAllowed:
            form.refuse({"": _("Only who did it, or the manager, takes it back. Nothing was changed.")})
        except many.TakenBack:
            form.refuse({"": _("This was taken back before. Nothing was changed.")})
        else:
            messages.success(request, _("Taken back, as far as nobody has done something else since."))
            return redirect("worklists:batch", again.pk)
    page = BatchPage()
    page.setup(request, pk=pk, form=form)
    response = page.get(request)
    response.status_code = NOT_FILLED_IN
    return response
