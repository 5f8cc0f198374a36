"""Why two statements of the same services and period differ: the causes with their numbers, and the messages of each."""

from dataclasses import dataclass

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
from apps.ledger.hindsight import snapshot
from apps.reports import untold
from apps.statements import changes, coverage, explaining, moved_page, past, queries, sheet
from apps.statements.changes import Then
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
        page, other = reverse("statements:moved", args=[pk]), two.later if two.earlier.pk == one.first.pk else two.earlier

        def address(**asked):
            return f"{page}?{urlencode({'with': other.pk, **asked})}"

        was, became = (Then(two.come(each), sheet.messages_address(each.pk)) for each in (two.earlier, two.later))
        context |= {
            "causes": changes.causes(found, address=address),
            "count": sum(found.counts.values()),
            "changes": list(changes.numbers(found, one.first.definitions, was=was, became=became, address=address)),
            "labels": [cause.label for cause in changes.present(found)],
            "was": _("Statement %(number)s") % {"number": two.earlier.number},
            "became": _("Statement %(number)s") % {"number": two.later.number},
        }
    audit.record(verb=Verb.VIEWED, **services, compared_with=two.earlier.pk if two else None)
    return render(request, "statements/difference.html", context)


@require_safe
@needs(Permission.SEE_DELIVERIES)
def moved(request, pk):
    """The messages that count otherwise, or those by which one number has changed."""
    one, two = pair(request, pk)
    asked = moved_page.question(request)
    found = moved_page.shown(request, explained(two) if two else None, asked)
    told = {"list": request.path, "count": found["count"], **asked.told()}
    audit.record(verb=Verb.LISTED, by=request.user, services=one.services, about=(Kind.STATEMENT, pk), now=timezone.now(), **told)
    numbers = {"earlier": two.earlier.number, "later": two.later.number} if two else {}
    context = {
        "between": _("From statement %(earlier)s to statement %(later)s") % numbers if two else "",
        "back_url": f"{reverse('statements:difference', args=[pk])}?{urlencode({'with': request.GET.get('with', '')})}",
        "back": _("Why it differs"),
    }
    return render(request, "statements/moved.html", found | context)
