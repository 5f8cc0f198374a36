"""The messages that count otherwise at the later of two moments: by one cause or by any, and all of them or those by which one number has changed."""

from collections import Counter
from dataclasses import dataclass

from django.core.paginator import Paginator
from django.http import Http404
from django.utils.translation import gettext as _

from apps.deliveries.states import State
from apps.statements import explaining, messages_page, past
from apps.statements.causes import Cause
from apps.statements.kinds import Kind
from apps.statements.messages_page import SHOWN, Asked, paging


@dataclass(frozen=True)
class Question:
    """Which of the messages are asked for; None leaves it open."""

    cause: Cause | None
    number: Asked | None

    @property
    def label(self):
        named = [self.number.figure.label, self.number.label] if self.number else []
        return ": ".join(str(name) for name in named if name) or (self.cause.label if self.cause else _("Count otherwise"))

    @property
    def about(self):
        """What the label leaves out."""
        return [str(each) for each in ([self.number.towards, self.cause.label if self.cause else ""] if self.number else []) if each]

    def step(self, turn):
        """How much one message of this turn adds to the number; 1 where none is asked for, None where it is not among the messages."""
        if self.cause and turn.cause != self.cause:
            return None
        return (self.counts(turn.became) - self.counts(turn.was) or None) if self.number else 1

    def counts(self, kind: Kind | None):
        """What one message of this kind adds to the number."""
        if kind is None or kind.direction != self.number.direction:
            return 0
        return self.number.figure.of(Counter([kind])).get(self.number.part, 0)

    def told(self):
        """As the trail has it."""
        number = {"figure": self.number.figure.name, "part": self.number.part, "direction": self.number.direction} if self.number else {}
        return number | ({"cause": self.cause} if self.cause else {})


def question(request):
    """Raises Http404 for what is no cause and no number."""
    cause = request.GET.get("cause", "")
    if cause and cause not in Cause.values:
        raise Http404
    return Question(Cause(cause) if cause else None, messages_page.asked(request) if "figure" in request.GET else None)


def shown(request, found, asked):
    """What the page shows, after `explained` in the same transaction: a page of the messages, how many there are, and what they add to the number."""
    steps = {turn: step for turn in found.turns if (step := asked.step(turn)) is not None} if found else {}
    count = sum(found.turns[turn] for turn in steps)
    page = Paginator(range(count), SHOWN).get_page(request.GET.get("page"))
    moved = explaining.rows(turns=steps, first=(page.number - 1) * SHOWN, count=SHOWN)
    names = past.strongest([home for home, _turn in moved])
    return {
        "asked": asked,
        "rows": [(names[home], state(turn.was), state(turn.became), steps[turn]) for home, turn in moved],
        "count": count,
        "sum": sum(found.turns[turn] * step for turn, step in steps.items()) if asked.number else None,
        **paging(request, page),
    }


def state(kind):
    return State(kind.state).label if kind else _("not counted")
