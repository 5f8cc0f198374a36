"""The page that says how many reports were certainly never registered, for whoever may see them, with the reasoning."""

from datetime import timedelta
from typing import NamedTuple

from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.accounts import in_view
from apps.accounts.access import needs
from apps.accounts.roles import Permission
from apps.audit import actions as audit
from apps.audit.verbs import Verb
from apps.deliveries import neighbours, shortfall
from apps.deliveries.forms import WAITS, PeriodForm
from apps.registry.models import Service

USUAL = timedelta(days=180)
USUAL_WAIT = "30"


class Shown(NamedTuple):
    """One service with what its sources say and what follows from it."""

    service: Service
    known: shortfall.Known
    certain: shortfall.Shortfall


@needs(Permission.SEE_DELIVERIES)
def page(request):
    now = timezone.now()
    today = timezone.localdate(now)
    usual = {"first": (today - USUAL).isoformat(), "last": today.isoformat(), "within": USUAL_WAIT}
    form = PeriodForm({**usual, **{name: request.GET[name] for name in usual if request.GET.get(name)}})
    rules = shortfall.rules(within=int(form.cleaned_data["within"]) if form.is_valid() else shortfall.EVER, now=now)
    shown = computed(request, form.cleaned_data, rules, now) if form.is_valid() else []
    context = {
        "now": now,
        "form": form,
        "tabs": neighbours.tabs("deliveries:shortfall"),
        "shown": shown,
        "one": shown[0] if len(shown) == 1 else None,
        "missing": sum(each.certain.missing for each in shown),
        "reports": sum(each.certain.reports for each in shown),
        "wait": wait(form.cleaned_data["within"]) if form.is_valid() else "",
        "before": rules.before,
    }
    return render(request, "deliveries/shortfall.html", context, status=200 if form.is_valid() else 400)


def computed(request, asked, rules, now):
    ids = in_view.service_ids(request)
    known = shortfall.known(services=ids, first=asked["first"], last=asked["last"], now=now)
    shown = [
        Shown(service, known[service.pk], shortfall.shortfall(known[service.pk], first=asked["first"], last=asked["last"], rules=rules))
        for service in in_view.services(request)
        if service.pk in ids
    ]
    filter = {name: str(value) for name, value in asked.items()}
    audit.record(verb=Verb.LISTED, by=request.user, services=ids, now=now, list=request.path, filter=filter, count=sum(one.certain.reports for one in shown))
    return shown


def wait(within):
    """The end of the sentence "at least so many were not registered …"."""
    if int(within) == shortfall.EVER:
        return _("up to the end of the case system's data")
    return _("within %(wait)s") % {"wait": str(dict(WAITS)[within])}
