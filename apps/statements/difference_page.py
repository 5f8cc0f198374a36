"""Why two statements of the same services and period differ: the causes with their numbers, and the messages of each."""

from dataclasses import dataclass

from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from apps.accounts.access import needs
from apps.accounts.roles import Permission
from apps.audit import actions as audit
from apps.audit.verbs import Kind, Verb
from apps.deliveries.states import State
from apps.ledger.hindsight import snapshot
from apps.reports import untold
from apps.statements import changes, coverage, explaining, past, queries, sheet
from apps.statements.causes import Cause
from apps.statements.changes import Then
from apps.statements.messages_page import SHOWN, paging
from apps.statements.models import Statement
from apps.statements.views import whole


@dataclass(frozen=True)
class Pair:
    """Two statements of the same: the one that had learned less first, whichever was asked for."""

    earlier: Statement
    later: Statement
    services: list[int]

    @staticmethod
    def come(statement):
        return untold.together(coverage.had_come(row) for row in queries.rows(statement))


def pair(request, pk):
    """The statement and the other one that is asked for by `with`: else the one that it replaces, else the newest other; None where there is no other."""
    one = whole(request, pk)
    others = queries.comparable(one.first, user=request.user)
    asked = request.GET.get("with", "")
    if asked:
        other = get_object_or_404(others, pk=asked if asked.isdecimal() and len(asked) < 19 else 0)
    else:
        other = others.filter(pk=one.first.replaces_id).first() or others.first()
    if other is None:
        return one, None
    earlier, later = sorted((one.first, other), key=lambda each: (each.known_at, each.as_of, each.number))
    return one, Pair(earlier, later, one.services)


def explained(two):
    with snapshot():
        return explaining.explain(
            services=two.services, period=past.period_of(two.earlier), earlier=past.moment_of(two.earlier), later=past.moment_of(two.later)
        )


@require_safe
@needs(Permission.SEE_DELIVERIES)
def difference(request, pk):
    """Why two statements of the same services and period differ."""
    one, two = pair(request, pk)
    context = {"statement": one.first, "others": queries.comparable(one.first, user=request.user), "pair": two}
    services = {"by": request.user, "services": one.services, "about": (Kind.STATEMENT, pk), "now": timezone.now()}
    if two:
        found = explained(two)
        page = reverse("statements:moved", args=[pk])
        other = two.later if two.earlier.pk == one.first.pk else two.earlier
        was, became = (Then(two.come(each), sheet.messages_address(each.pk)) for each in (two.earlier, two.later))
        context |= {
            "causes": changes.causes(found, address=lambda cause: f"{page}?{urlencode({'with': other.pk, 'cause': cause})}"),
            "count": sum(found.counts.values()),
            "changes": list(changes.numbers(found, one.first.definitions, was=was, became=became)),
            "labels": [cause.label for cause in changes.present(found)],
            "was": _("Statement %(number)s") % {"number": two.earlier.number},
            "became": _("Statement %(number)s") % {"number": two.later.number},
        }
    audit.record(verb=Verb.VIEWED, **services, compared_with=two.earlier.pk if two else None)
    return render(request, "statements/difference.html", context)


@require_safe
@needs(Permission.SEE_DELIVERIES)
def moved(request, pk):
    """The messages that count otherwise by one cause."""
    one, two = pair(request, pk)
    cause = cause_asked(request)
    found = by_cause(request, explained(two) if two else None, cause)
    told = {"list": request.path, "count": found["count"], "cause": cause}
    audit.record(verb=Verb.LISTED, by=request.user, services=one.services, about=(Kind.STATEMENT, pk), now=timezone.now(), **told)
    numbers = {"earlier": two.earlier.number, "later": two.later.number} if two else {}
    context = {
        "between": _("From statement %(earlier)s to statement %(later)s") % numbers if two else "",
        "back_url": f"{reverse('statements:difference', args=[pk])}?{urlencode({'with': request.GET.get('with', '')})}",
        "back": _("Why it differs"),
    }
    return render(request, "statements/moved.html", found | context)


def cause_asked(request):
    """Raises Http404 for what is no cause."""
    asked = request.GET.get("cause", Cause.CLOCK)
    if asked not in Cause.values:
        raise Http404
    return Cause(asked)


def by_cause(request, found, cause):
    """What the page shows of one cause, after `explained` in the same transaction: a page of its messages, and how many there are."""
    count = found.counts[cause] if found else 0
    page = Paginator(range(count), SHOWN).get_page(request.GET.get("page"))
    moved = explaining.rows(cause=cause, first=(page.number - 1) * SHOWN, count=SHOWN) if found else []
    names = past.strongest([row.id for row in moved])
    rows = [(names[row.id], state(row.was), state(row.became)) for row in moved]
    return {"cause": cause.label, "rows": rows, "count": count, **paging(request, page)}


def state(value):
    return State(value).label if value else _("not counted")
