"""The figures as a table: each with the one definition of what is counted. A new figure is one more line.

Deliveries are counted once by what tells them apart (a Kind); every figure sums those kinds, so no two figures can disagree about what there is.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import NamedTuple

from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from apps.decisions.outcomes import CLOSING, Outcome
from apps.deliveries.states import NEEDS_A_PERSON, State

UNIT = _("deliveries (messages, not children)")
BY_THE_CLOCK = _("as things stand at the clock the figures are for (as of)")
BY_THE_EVENTS = _("as the sources tell it; time passing does not change it")


class Kind(NamedTuple):
    """What tells deliveries apart in figures. Named as the columns of Delivery."""

    service_id: int
    direction: str
    state: str
    outcome: str
    is_late: bool | None
    look_waits: bool


@dataclass(frozen=True)
class Figure:
    """`part` says in which part of the figure a kind counts: one of `parts` (value to label), "" where it has none, None where it does not count.

    `rows` says the same of the deliveries themselves: those that a number stands for.
    """

    name: str
    label: str | Promise
    counts: str | Promise
    clock: str | Promise
    part: Callable[[Kind], str | None]
    rows: Callable[[str], Q]
    parts: dict[str, str | Promise]
    unit: str | Promise = UNIT

    def of(self, tally: Counter[Kind]) -> dict[str, int]:
        """The number in each part, zeros too."""
        counted = dict.fromkeys(self.parts or {"": ""}, 0)
        for kind, count in tally.items():
            part = self.part(kind)
            if part is not None:
                counted[part] = counted.get(part, 0) + count
        return counted


def where(holds: Callable[[Kind], bool]) -> Callable[[Kind], str | None]:
    """For a figure without parts."""
    return lambda kind: "" if holds(kind) else None


FIGURES = (
    Figure(
        "deliveries",
        _("All messages"),
        _("Every message that any source has told of."),
        BY_THE_EVENTS,
        where(lambda kind: True),
        lambda part: Q(),
        {},
    ),
    Figure(
        "states",
        _("In each state"),
        _("Messages by the one state that the events, the decisions and the clock give them; the states add up to all messages."),
        BY_THE_CLOCK,
        lambda kind: kind.state,
        lambda part: Q(state=part),
        {state.value: state.label for state in State},
    ),
    Figure(
        "needs_a_person",
        _("Open"),
        _("Messages in a state that needs a person and without a decision that stands; those waiting for a second look among them."),
        BY_THE_CLOCK,
        where(lambda kind: kind.state in NEEDS_A_PERSON),
        lambda part: Q(state__in=NEEDS_A_PERSON),
        {},
    ),
    Figure(
        "waiting_for_second_look",
        _("Waiting for a second look"),
        _("Open messages with a decision that does not stand until another person has looked."),
        BY_THE_CLOCK,
        where(lambda kind: kind.state in NEEDS_A_PERSON and kind.look_waits),
        lambda part: Q(state__in=NEEDS_A_PERSON, look_waits=True),
        {},
    ),
    Figure(
        "late",
        _("Late"),
        _(
            "Messages first opened or registered more than 168 hours after the receipt (else after they were available, else sent). "
            "Those of which only the day is known, and those neither opened nor registered, are not counted."
        ),
        BY_THE_EVENTS,
        where(lambda kind: bool(kind.is_late)),
        lambda part: Q(is_late=True),
        {},
    ),
    Figure(
        "settled",
        _("Settled, by outcome"),
        _("Messages in the state settled, by the outcome of the decision that stands; the outcomes add up to the state."),
        BY_THE_CLOCK,
        lambda kind: kind.outcome if kind.state == State.SETTLED else None,
        lambda part: Q(state=State.SETTLED, outcome=part),
        {outcome: Outcome(outcome).label for outcome in CLOSING},
    ),
)


def by_service_and_direction(tally: Counter[Kind]) -> dict[tuple[int, str], Counter[Kind]]:
    """The tally cut into those of each service and direction that has any."""
    cut: dict[tuple[int, str], Counter[Kind]] = {}
    for kind, count in tally.items():
        cut.setdefault((kind.service_id, kind.direction), Counter())[kind] += count
    return cut


def of_services(tally: Counter[Kind], services: Iterable[int]) -> Counter[Kind]:
    wanted = set(services)
    return Counter({kind: count for kind, count in tally.items() if kind.service_id in wanted})
