"""Any two moments of the same services and period: the figures at each, and why they differ, message by message. Explained as statements are."""

from dataclasses import dataclass
from datetime import UTC, timedelta
from functools import partial

from django.core.exceptions import PermissionDenied
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from apps.accounts import fresh, in_view
from apps.accounts import queries as accounts
from apps.accounts.access import needs
from apps.accounts.roles import Permission
from apps.audit import actions as audit
from apps.audit.verbs import Verb
from apps.ledger.hindsight import snapshot
from apps.reports import untold
from apps.statements import actions, changes, changes_file, coverage, explaining, figuring, moved_page, past, queries
from apps.statements.actions import Asked
from apps.statements.changes import Then
from apps.statements.forms import BetweenForm, this_year
from apps.statements.messages_page import asked, behind
from apps.ui import moments
from apps.ui.pages import FILES

NOT_UNDERSTOOD = 400
A_WEEK = timedelta(days=7)


@dataclass(frozen=True)
class Question:
    """The services, and what is asked of them at two moments: `earlier` is the one that had learned less, whichever was named first."""

    services: list
    earlier: Asked
    later: Asked

    @property
    def ids(self):
        return [service.pk for service in self.services]

    @property
    def period(self):
        return f"{self.earlier.from_day:%d.%m.%Y}–{self.earlier.to_day:%d.%m.%Y}. {self.earlier.basis.label}"

    @property
    def known(self):
        return [(_("First moment"), self.earlier), (_("Second moment"), self.later)]

    def at(self, which):
        one = self.earlier if which == "first" else self.later
        return past.moment(as_of=one.as_of, known_at=one.known_at)

    def explained(self):
        """Call it once in a transaction; it leaves what the messages of a cause are read from."""
        with snapshot():
            return explaining.explain(services=self.ids, period=self.earlier.period, earlier=self.at("first"), later=self.at("second"))

    def told(self):
        """As the trail and the address have it: every time said, so that the same question has the same answer."""
        days = {"from_day": self.earlier.from_day.isoformat(), "to_day": self.earlier.to_day.isoformat(), "basis": str(self.earlier.basis)}
        each = {"first": self.earlier, "second": self.later}
        return days | {f"{which}_{name}": getattr(one, name).astimezone(UTC).isoformat() for which, one in each.items() for name in ("as_of", "known_at")}

    def address(self, page, **more):
        codes = [("services", service.code) for service in self.services]
        return f"{reverse(f'statements:{page}')}?{urlencode([*codes, *self.told().items(), *more.items()])}"

    def then(self, which):
        come = untold.together(coverage.come(services=self.ids, at=self.at(which), period=self.earlier.period).values())
        return Then(come, lambda direction, name, part: self.address("between-messages", moment=which, direction=direction, figure=name, part=part))


@require_safe
@needs(Permission.SEE_DELIVERIES)
def between(request):
    """Without a question, the form alone."""
    now = timezone.now()
    form, question = understood(request, now)
    if question is None:
        form.as_typed()
        return render(request, "statements/between.html", {"form": form}, status=NOT_UNDERSTOOD if form.is_bound else 200)
    write = FILES.get(request.GET.get("format"))
    if write and not may_export(request, question):
        raise PermissionDenied
    if write:
        fresh.ask(request)
    found = question.explained()
    address = partial(question.address, "between-moved")
    shown = list(changes.numbers(found, figuring.definitions(), was=question.then("first"), became=question.then("second"), address=address))
    if write:
        return taken_out(request, question, found, shown, write, now)
    told(request, question, now, sum(found.counts.values()))
    context = {
        "form": BetweenForm(initial=form.cleaned_data, services=mine(request, now)),
        "question": question,
        "period": question.period,
        "known": question.known,
        "export_urls": [(kind.upper(), question.address("between", format=kind)) for kind in FILES] if may_export(request, question) else [],
        "causes": changes.causes(found, address=address),
        "count": sum(found.counts.values()),
        "changes": shown,
        "labels": [cause.label for cause in changes.present(found)],
        "was": moments.exact(question.earlier.as_of),
        "became": moments.exact(question.later.as_of),
    }
    return render(request, "statements/between.html", context)


def may_export(request, question):
    """Whoever may take out the lists behind the numbers, of every service that is asked about."""
    mine = accounts.scope(request.user)
    return all(mine.may(Permission.EXPORT, service) for service in question.ids)


def taken_out(request, question, found, shown, write, now):
    """What the page shows as a file, which says what it is about."""
    kind, causes = request.GET["format"], changes.present(found)
    moments_of = [
        (name, f"{_('As of')} {moments.exact(one.as_of)}, {_('from what was known at')} {moments.exact(one.known_at)}") for name, one in question.known
    ]
    services = ", ".join(f"{service.name} ({service.code})" for service in question.services)
    facts = [(_("Services"), services), (_("Period"), question.period), *moments_of]
    numbers = list(changes_file.rows(shown, was=moments.exact(question.earlier.as_of), became=moments.exact(question.later.as_of), causes=causes))
    about = changes_file.about(facts=facts, counts={cause: found.counts[cause] for cause in causes}, definitions=figuring.definitions())
    name = f"framme-{slugify(_('Two moments'))}-{timezone.localtime(now):%Y%m%d-%H%M}.{kind}"
    file = write(numbers, file_name=name, about=list(about))
    asked_of = {"services": queries.scope(question.services), **question.told(), "format": kind}
    audit.record(verb=Verb.EXPORTED, by=request.user, services=question.ids, now=now, list=request.path, filter=asked_of, count=len(numbers) - 1)
    return file


@require_safe
@needs(Permission.SEE_DELIVERIES)
def counted(request):
    """The messages that a number stands for at one of the two moments; without a question there is none."""
    now = timezone.now()
    _form, question = understood(request, now)
    if question is None:
        return redirect("statements:between")
    number, which = asked(request), request.GET.get("moment", "first")
    found = behind(request, number, services=question.ids, at=question.at(which), period=question.earlier.period)
    told(request, question, now, found["count"], figure=number.figure.name, part=number.part, direction=number.direction, moment=which)
    return render(request, "statements/messages.html", found | back(question))


@require_safe
@needs(Permission.SEE_DELIVERIES)
def moved(request):
    """The messages that count otherwise, or those by which one number has changed; without a question there are none."""
    now = timezone.now()
    _form, question = understood(request, now)
    if question is None:
        return redirect("statements:between")
    about = moved_page.question(request)
    found = moved_page.shown(request, question.explained(), about)
    told(request, question, now, found["count"], **about.told())
    times = f"{moments.exact(question.earlier.as_of)} → {moments.exact(question.later.as_of)}"
    return render(request, "statements/moved.html", found | back(question) | {"between": times})


def understood(request, now):
    """The form, and the question that it asks; None where it asks none, with what is wrong beside each field."""
    services = mine(request, now)
    is_asked = any(name in request.GET for name in BetweenForm.base_fields)
    form = BetweenForm(request.GET if is_asked else None, initial=usual(request, now), services=services)
    if not is_asked or not form.is_valid():
        return form, None
    both = {which: form.asked(which, now) for which in ("first", "second")}
    chosen = [service for service in services if service.code in form.cleaned_data["services"]]
    for which, one in both.items():
        try:
            actions.check(one, now)
        except actions.Refused as error:
            form.refuse(which, error.field, error.sentence)
    if form.errors:
        return form, None
    return form, Question(chosen, *sorted(both.values(), key=lambda one: (one.known_at, one.as_of)))


def mine(request, now):
    return list(accounts.services(user=request.user, permission=Permission.SEE_DELIVERIES, now=now).order_by("name", "code"))


def usual(request, now):
    """This year so far, a week ago and now, of the service in view."""
    one = in_view.service(request)
    return this_year(now) | {"first_as_of": now - A_WEEK, "services": [one.code] if one else [service.code for service in in_view.services(request)]}


def back(question):
    return {"back_url": question.address("between"), "back": _("Two moments")}


def told(request, question, now, count, **more):
    asked_of = {"services": queries.scope(question.services), **question.told(), **more}
    audit.record(verb=Verb.LISTED, by=request.user, services=question.ids, now=now, list=request.path, filter=asked_of, count=count)
