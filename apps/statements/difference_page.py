"""Why two statements of the same services and period differ: the causes with their numbers, and the messages of each."""

from dataclasses import dataclass

from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from apps.accounts.access import needs
from apps.accounts.roles import Permission
from apps.audit import actions as audit
from apps.audit.verbs import Kind, Verb
from apps.deliveries.states import State
from apps.ledger.hindsight import snapshot
from apps.ledger.models import Direction
from apps.statements import explaining, figuring, past, queries
from apps.statements.causes import Cause
from apps.statements.models import Statement
from apps.statements.views import SHOWN, paging, whole


@dataclass(frozen=True)
class Pair:
    """Two statements of the same: the one that had learned less first, whichever was asked for."""

    earlier: Statement
    later: Statement
    services: list[int]


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
        causes = [(cause, found.counts[cause], f"{page}?{urlencode({'with': other.pk, 'cause': cause})}") for cause in Cause if found.counts[cause]]
        context |= {
            "causes": causes,
            "count": sum(found.counts.values()),
            "changes": changes(found, one.first),
            "labels": [cause.label for cause, *_rest in causes],
        }
    audit.record(verb=Verb.VIEWED, **services, compared_with=two.earlier.pk if two else None)
    return render(request, "statements/difference.html", context)


def changes(found, statement):
    """The numbers that differ: figure, part and direction, the whole difference, and what of it each cause made."""
    present = [cause for cause in Cause if found.counts[cause]]
    rows = []
    for definition in figuring.defined(statement.definitions, get_language() or "nb"):
        name, labels = definition["name"], dict(definition["parts"])
        for direction in Direction.values:
            for part, whole_difference in found.whole[direction].get(name, {}).items():
                by_cause = [found.figures[cause].get(direction, {}).get(name, {}).get(part, 0) for cause in present]
                if whole_difference or any(by_cause):
                    rows.append((definition["label"], labels.get(part, ""), Direction(direction).label, whole_difference, by_cause))
    return rows


@require_safe
@needs(Permission.SEE_DELIVERIES)
def moved(request, pk):
    """The messages that count otherwise by one cause."""
    one, two = pair(request, pk)
    cause = request.GET.get("cause", Cause.CLOCK)
    if cause not in Cause.values:
        raise Http404
    rows, count = [], 0
    page = Paginator(range(0), SHOWN).get_page(1)
    if two:
        count = explained(two).counts[Cause(cause)]
        page = Paginator(range(count), SHOWN).get_page(request.GET.get("page"))
        found = explaining.rows(cause=Cause(cause), first=(page.number - 1) * SHOWN, count=SHOWN)
        names = past.strongest([row.id for row in found])
        rows = [(names[row.id], state(row.was), state(row.became)) for row in found]
    audit.record(
        verb=Verb.LISTED, by=request.user, services=one.services, about=(Kind.STATEMENT, pk), now=timezone.now(), list=request.path, count=count, cause=cause
    )
    back = f"{reverse('statements:difference', args=[pk])}?{urlencode({'with': request.GET.get('with', '')})}"
    context = {"statement": one.first, "pair": two, "cause": Cause(cause).label, "rows": rows, "count": count, "back_url": back}
    return render(request, "statements/moved.html", context | paging(request, page))


def state(value):
    return State(value).label if value else _("not counted")
