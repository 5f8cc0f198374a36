"""Statements: all that were issued, issuing one, and one with its files."""

from dataclasses import dataclass

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
from django.views.decorators.http import require_safe

from apps.accounts import fresh
from apps.accounts import queries as accounts
from apps.accounts.access import needs
from apps.accounts.roles import Permission
from apps.audit import actions as audit
from apps.audit.verbs import Kind, Verb
from apps.ledger.models import Direction
from apps.reports import untold
from apps.statements import actions, coverage, figuring, files, queries, sheet
from apps.statements.forms import IssueForm, this_year
from apps.statements.models import Statement
from apps.statements.tables import StatementTable, days
from apps.ui.pages import TablePage

NOT_FILLED_IN = 422


@method_decorator(needs(Permission.SEE_DELIVERIES), name="dispatch")
class StatementList(TablePage):
    template_name = "statements/list.html"
    title = gettext_lazy("Statements")
    lead = gettext_lazy(
        "Figures that were told, each with its day and its definitions. They come out the same for ever; a newer one names the one it replaces."
    )
    table_class = StatementTable

    def get_queryset(self):
        return queries.listed(user=self.request.user)

    def shown(self, count):
        services = accounts.scope(self.request.user).services(Permission.SEE_DELIVERIES)
        audit.record(verb=Verb.LISTED, by=self.request.user, services=services, now=self.now, list=self.request.path, count=count)

    def empty_reason(self):
        return _("No statement has been issued.")

    def get_context_data(self, **kwargs):
        return super().get_context_data(may_issue=accounts.scope(self.request.user).may(Permission.ISSUE_STATEMENTS), **kwargs)


@needs(Permission.ISSUE_STATEMENTS)
def new(request):
    """The form keeps what was typed, with what is wrong beside each field."""
    now = timezone.now()
    mine = list(accounts.services(user=request.user, permission=Permission.ISSUE_STATEMENTS, now=now).order_by("name", "code"))
    by_code = {service.code: service for service in mine}
    earlier = {one.pk: one for one in queries.listed(user=request.user) if not hasattr(one, "replacement")}
    replaceable = [(pk, f"{', '.join(one.codes)}: {one.number} ({days(one)})") for pk, one in earlier.items()]
    initial = {**this_year(now), "services": [mine[0].code] if len(mine) == 1 else []}
    if request.method != "POST":
        asked_for = {name: value for name, value in request.GET.items() if name in IssueForm.base_fields}
        if "services" in asked_for:
            asked_for["services"] = asked_for["services"].split("+")
        form = IssueForm(initial={**initial, **asked_for}, services=mine, replaceable=replaceable)
        return render(request, "statements/new.html", {"form": form})
    if set(request.POST.getlist("services")) - by_code.keys():
        raise Http404
    form = IssueForm(request.POST, services=mine, replaceable=named_too(request, replaceable))
    if form.is_valid():
        typed = form.cleaned_data
        replaces = Statement.objects.visible_to(request.user).get(pk=typed["replaces"]) if typed["replaces"] else None
        try:
            services = [by_code[code] for code in typed["services"]]
            made = actions.issue(services=services, asked=form.asked(now), replaces=replaces, by=request.user, now=now)
        except actions.Refused as error:
            form.add_error(error.field, error.sentence)
        except actions.Busy:
            form.add_error(None, _("A file is being brought in just now. Nothing was issued; try again in a minute."))
        except actions.NotAllowed:
            raise PermissionDenied from None
        else:
            messages.success(request, _("Statement %(number)s is issued.") % {"number": made.number})
            return redirect("statements:detail", made.pk)
    for name in ("as_of", "known_at"):
        if name in form.errors:
            form.as_typed(name)
    return render(request, "statements/new.html", {"form": form}, status=NOT_FILLED_IN)


def named_too(request, replaceable):
    """A statement that somebody else has replaced meanwhile is told so by the action, and is no other's than one's own."""
    asked = request.POST.get("replaces", "")
    if not asked.isdecimal() or int(asked) in dict(replaceable):
        return replaceable
    one = get_object_or_404(Statement.objects.visible_to(request.user), pk=asked[:18])
    return [*replaceable, (one.pk, str(one.number))]


@dataclass(frozen=True)
class Whole:
    """A statement with the row of each service that the person may see; `figures` are those of all of these together."""

    first: Statement
    rows: list[Statement]

    @property
    def services(self):
        return [row.service_id for row in self.rows]

    @property
    def is_whole(self):
        return len(self.rows) == len(self.first.codes)

    @property
    def figures(self):
        return figuring.total(row.figures for row in self.rows)

    @property
    def come(self):
        return untold.together(coverage.had_come(row) for row in self.rows)


def whole(request, pk):
    """Raises Http404 for what is not there, and for what is of no service of the person's."""
    one = get_object_or_404(Statement.objects.visible_to(request.user), pk=pk)
    rows = list(queries.rows(one).visible_to(request.user))
    return Whole(next(row for row in rows if row.pk == one.pk), rows)


@require_safe
@needs(Permission.SEE_DELIVERIES)
def detail(request, pk):
    """One statement; `?format=pdf`, `xlsx` or `csv` is the file."""
    now, one = timezone.now(), whole(request, pk)
    signatures = queries.signatures(one.rows)
    if request.GET.get("format") in files.FORMATS:
        fresh.ask(request)
        file = files.file(one.first, one.rows, one.figures, signatures, format=request.GET["format"])
        audit.record(
            verb=Verb.EXPORTED, by=request.user, services=one.services, about=(Kind.STATEMENT, pk), now=now, list=request.path, format=request.GET["format"]
        )
        return file
    audit.record(verb=Verb.VIEWED, by=request.user, services=one.services, about=(Kind.STATEMENT, pk), now=now)
    told = files.in_words(one.first, one.rows, one.figures, signatures)
    context = {
        "statement": one.first,
        "whole": one,
        "sections": sheet.sections(one.figures, one.first.definitions, come=one.come, address=sheet.messages_address(pk)),
        "directions": Direction.labels,
        "title": told.title,
        "facts": told.facts,
        "covered": told.coverage,
        "others": queries.comparable(one.first, user=request.user),
        "replacement": getattr(one.first, "replacement", None),
        "replace_url": f"{reverse('statements:new')}?{urlencode(as_before(one.first))}",
        "formats": files.FORMATS,
        "may_issue": accounts.scope(request.user).may(Permission.ISSUE_STATEMENTS, one.first.service_id),
        "may_report": accounts.scope(request.user).may(Permission.REPORT_BREACHES, one.first.service_id),
    }
    return render(request, "statements/detail.html", context)


def as_before(statement):
    """What a newer statement is asked for with: the same of the same."""
    return {"replaces": statement.pk, "from_day": statement.from_day, "to_day": statement.to_day, "basis": statement.basis, "services": statement.scope}
