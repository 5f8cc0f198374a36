"""The messages that one number stands for, as they were then: of a statement, or of any services at any moment."""

from collections.abc import Collection
from dataclasses import dataclass

from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from apps.accounts.access import needs
from apps.accounts.roles import Permission
from apps.audit import actions as audit
from apps.audit.verbs import Kind, Verb
from apps.deliveries.models import Category
from apps.deliveries.states import State
from apps.ledger.hindsight import snapshot
from apps.ledger.models import Direction
from apps.reports.figures import Figure
from apps.statements import past, sheet
from apps.statements.kinds import OfDecisions
from apps.statements.past import Moment, Period
from apps.statements.views import whole
from apps.ui import links

SHOWN = 50
LOOKED_AT = "counted_then"


@dataclass(frozen=True)
class Asked:
    """One number: a figure, a part of it and a direction."""

    figure: Figure
    part: str
    direction: str

    @property
    def label(self) -> str | Promise:
        return self.figure.parts.get(self.part, "")

    @property
    def towards(self) -> str | Promise:
        return Direction(self.direction).label


def asked(request):
    """The number whose messages are asked for. Raises Http404 for none that there is."""
    figure = sheet.BY_NAME.get(request.GET.get("figure", "deliveries"))
    direction, part = request.GET.get("direction", Direction.INBOUND), request.GET.get("part", "")
    if figure is None or direction not in Direction.values or part not in (figure.parts or {"": ""}):
        raise Http404
    return Asked(figure, part, direction)


def behind(request, number: Asked, *, services: Collection[int], at: Moment, period: Period) -> dict[str, object]:
    """What the page shows of a number: its messages, a page of them, how many there are, and the number itself, which may be of their children."""
    figure = number.figure
    with snapshot():
        past.look(name=LOOKED_AT, services=services, at=at, period=period)
    tally = past.tally(name=LOOKED_AT)
    kinds = [kind for kind in tally if kind.direction == number.direction and figure.part(kind) == number.part]  # type: ignore[arg-type]
    count = sum(tally[kind] for kind in kinds)
    page = Paginator(range(count), SHOWN).get_page(request.GET.get("page"))
    found = past.messages(name=LOOKED_AT, kinds=kinds, first=(page.number - 1) * SHOWN, count=SHOWN)
    names = past.strongest([home for home, _kind in found])
    children = "said_children" if isinstance(figure, OfDecisions) else "children"
    return {
        "figure": figure,
        "part": number.label,
        "direction": number.towards,
        "as_of": at.as_of,
        "rows": [(names[home], State(kind.state).label, Category(kind.category).label, getattr(kind, children)) for home, kind in found],
        "count": count,
        "children": figure.of({kind: tally[kind] for kind in kinds})[number.part] if figure.of_children else None,  # type: ignore[arg-type]
        **paging(request, page),
    }


@require_safe
@needs(Permission.SEE_DELIVERIES)
def of_statement(request, pk):
    """The messages that one number of a statement stands for."""
    now, one, number = timezone.now(), whole(request, pk), asked(request)
    found = behind(request, number, services=one.services, at=past.moment_of(one.first), period=past.period_of(one.first))
    told = {"list": request.path, "filter": request.GET.dict(), "count": found["count"]}
    audit.record(verb=Verb.LISTED, by=request.user, services=one.services, about=(Kind.STATEMENT, pk), now=now, **told)
    back = {"back_url": reverse("statements:detail", args=[pk]), "back": f"{_('Statement')} {one.first.number}"}
    return render(request, "statements/messages.html", found | back)


def paging(request, page):
    query = request.GET
    return {
        "page": page,
        "previous_url": links.replaced(query, page=page.number - 1) if page.has_previous() else "",
        "next_url": links.replaced(query, page=page.number + 1) if page.has_next() else "",
    }
