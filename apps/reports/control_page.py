"""The signed controls: a list of them, one of them beside how things stand now, and the page on which a manager signs the next."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.accounts import in_view
from apps.accounts import queries as accounts
from apps.accounts.access import needs
from apps.accounts.roles import Permission
from apps.audit import actions as audit
from apps.audit.verbs import Kind, Verb
from apps.deliveries.states import State
from apps.feeds.wording import VANTAGES, format_title
from apps.ledger.models import Direction
from apps.reports import actions, controls, sheet
from apps.reports.forms import ControlForm, last_month
from apps.reports.models import Control
from apps.reports.sheet import Number
from apps.reports.tables import ControlTable
from apps.ui.pages import TablePage

NOT_FILLED_IN = 422

# What each number of a control is called, and where its rows are listed, from the direction and the list's other filters.
LINES = {
    "received": (gettext_lazy("Received"), lambda direction, **filters: sheet.all_of_them(direction, **filters)),
    "arrived": (State.ARRIVED.label, lambda direction, **filters: sheet.all_of_them(direction, state=State.ARRIVED.value, **filters)),
    "settled": (State.SETTLED.label, lambda direction, **filters: sheet.all_of_them(direction, state=State.SETTLED.value, **filters)),
    "handed_over": (State.HANDED_OVER.label, lambda direction, **filters: sheet.all_of_them(direction, state=State.HANDED_OVER.value, **filters)),
    "in_transit": (State.IN_TRANSIT.label, lambda direction, **filters: sheet.all_of_them(direction, state=State.IN_TRANSIT.value, **filters)),
    "unknown": (State.UNKNOWN.label, lambda direction, **filters: sheet.all_of_them(direction, state=State.UNKNOWN.value, **filters)),
    "open": (gettext_lazy("Open"), lambda direction, **filters: sheet.worklist("open", direction, **filters)),
    "look_waits": (gettext_lazy("Of these, waiting for a second look"), lambda direction, **filters: sheet.worklist("second-look", direction, **filters)),
}


ALWAYS = ("received", "open")
Numbers = Mapping[str, Mapping[str, int]]


@dataclass(frozen=True)
class Cell:
    """A number as it is now, with its rows, and as it was when the control was signed, None before that."""

    now: Number
    signed: int | None


@dataclass(frozen=True)
class Line:
    """One number of a control, in both directions."""

    label: str | Promise
    cells: list[Cell]


@dataclass(frozen=True)
class Silence:
    """A source by its title, and the days it has not told of, as unbroken stretches in words."""

    title: str
    count: int
    days: str


@method_decorator(needs(Permission.SEE_OVERVIEW), name="dispatch")
class ControlList(TablePage):
    template_name = "reports/controls.html"
    title = gettext_lazy("Signed controls")
    lead = gettext_lazy("For which days a manager has signed that everything received was gone through, and what was open then.")
    table_class = ControlTable

    def get_queryset(self):
        mine = Control.objects.visible_to(self.request.user).in_services(in_view.service_ids(self.request))
        return mine.select_related("service", "by").order_by("-first_day", "-id")

    def table_kwargs(self):
        return {"exclude": () if len(in_view.service_ids(self.request)) > 1 else ("service",)}

    def get_context_data(self, **kwargs):
        return super().get_context_data(may_sign=accounts.scope(self.request.user).may(Permission.SIGN_CONTROLS), **kwargs)

    def empty_reason(self):
        return _("No control has been signed.")


@needs(Permission.SEE_OVERVIEW)
def detail(request, pk):
    control = get_object_or_404(Control.objects.visible_to(request.user).select_related("service", "by"), pk=pk)
    now = timezone.now()
    audit.record(verb=Verb.VIEWED, by=request.user, services=[control.service_id], about=(Kind.SERVICE, control.service_id), now=now, control=control.pk)
    today = controls.counted(service=control.service, first_day=control.first_day, last_day=control.last_day)
    context = {
        "now": now,
        "control": control,
        "lines": lines(today, control.service.code, control.first_day, control.last_day, signed=control.numbers),
        "directions": Direction.labels,
        "silences": [silence(each["format"], each["direction"], each["vantage"], map(date.fromisoformat, each["missing"])) for each in control.sources],
    }
    return render(request, "reports/control.html", context)


@needs(Permission.SIGN_CONTROLS)
def sign(request):
    """What would be signed for the days asked for, those of last month unless others are; and the signing of it."""
    now = timezone.now()
    services = [service for service in in_view.services(request) if accounts.scope(request.user).may(Permission.SIGN_CONTROLS, service.pk)]
    first, last = last_month(timezone.localdate(now))
    one = in_view.service(request)
    usual = {"service": one.code if one in services else services[0].code, "first_day": first.isoformat(), "last_day": last.isoformat()}
    asked = request.POST if request.method == "POST" else {**usual, **{name: request.GET[name] for name in usual if name in request.GET}}
    form = ControlForm(asked, services=services)
    if not form.is_valid():
        return shown(request, form, None, now)
    typed = form.cleaned_data
    period = {
        "service": next(service for service in services if service.code == typed["service"]),
        "first_day": typed["first_day"],
        "last_day": typed["last_day"],
    }
    try:
        if request.method == "POST":
            control = actions.sign_control(**period, note=typed["note"], by=request.user, now=now)
            return redirect("overview:control", control.pk)
        form.refuse(actions.problems(**period, now=now))
    except actions.Unsignable as error:
        form.refuse(error.problems)
    except actions.NotAllowed:
        raise PermissionDenied from None
    return shown(request, form, period if form.is_valid() else None, now)


def shown(request, form, period, now):
    found = controls.proposed(**period) if period else None
    context = {
        "now": now,
        "form": form,
        "found": found,
        "period": period,
        "lines": lines(found.numbers, period["service"].code, period["first_day"], period["last_day"]) if found else [],
        "directions": Direction.labels,
        "silences": [silence(source.format, source.direction, source.vantage, source.missing) for source in found.sources] if found else [],
        "rejected_url": reverse("imports:rejected"),
    }
    return render(request, "reports/sign.html", context, status=NOT_FILLED_IN if request.method == "POST" else 200)


def lines(numbers: Numbers, code: str, first_day: date, last_day: date, signed: Numbers | None = None) -> list[Line]:
    """Only what there is or was, and what is received and open in any case."""
    filters = {"service": code, "from_day": first_day.isoformat(), "to_day": last_day.isoformat()}
    found = []
    for name, (label, url) in LINES.items():
        cells = [
            Cell(Number(numbers[direction][name], url(direction, **filters), Direction(direction).label), signed[direction][name] if signed else None)
            for direction in Direction.values
        ]
        if name in ALWAYS or any(cell.now.count or cell.signed for cell in cells):
            found.append(Line(label, cells))
    return found


def silence(format: str, direction: str, vantage: str, missing) -> Silence:
    days = list(missing)
    title = ", ".join(str(part) for part in (format_title(format), Direction(direction).label, VANTAGES.get(vantage, "")) if part)
    return Silence(title, len(days), ", ".join(stretches(days)))


def stretches(days: list[date]):
    """Ascending days as "01.05.2026-03.05.2026", each unbroken stretch once."""
    for _number, stretch in groupby(enumerate(days), key=lambda one: one[1].toordinal() - one[0]):
        run = [day for _place, day in stretch]
        yield f"{run[0]:%d.%m.%Y}" if len(run) == 1 else f"{run[0]:%d.%m.%Y}-{run[-1]:%d.%m.%Y}"
