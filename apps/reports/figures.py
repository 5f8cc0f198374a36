"""The figures as a table: each with the one definition of what is counted. A new figure is one more line.

Deliveries are counted once by what tells them apart (a Kind); every figure sums those kinds, so no two figures can disagree about what there is.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import NamedTuple

from django.db.models import Count, Q, Sum
from django.db.models.aggregates import Aggregate
from django.db.models.functions import Coalesce
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from apps.decisions.outcomes import CLOSING, Outcome
from apps.deliveries.models import Category
from apps.deliveries.states import NEEDS_A_PERSON, State

UNIT = _("deliveries (messages, not children)")
CHILDREN = _("children (as the records state them, not messages)")
BY_THE_CLOCK = _("as things stand at the clock the figures are for (as of)")
BY_THE_EVENTS = _("as the sources tell it; time passing does not change it")


class Kind(NamedTuple):
    """What tells deliveries apart in figures. Named as the columns of the tally of deliveries; `is_seen`: anything shows it opened or registered."""

    service_id: int
    direction: str
    state: str
    outcome: str
    is_late: bool | None
    look_waits: bool
    category: str
    children: int | None
    is_seen: bool


@dataclass(frozen=True)
class Figure:
    """`part` says in which part of the figure a kind counts: one of `parts` (value to label), "" where it has none, None where it does not count.

    `rows` says the same of the deliveries themselves: those that a number stands for; `of_children`: their children are counted, and not they.
    """

    name: str
    label: str | Promise
    counts: str | Promise
    clock: str | Promise
    part: Callable[[Kind], str | None]
    rows: Callable[[str], Q]
    parts: dict[str, str | Promise]
    unit: str | Promise = UNIT
    of_children: bool = False

    def of(self, tally: Counter[Kind]) -> dict[str, int]:
        """The number in each part, zeros too."""
        counted = dict.fromkeys(self.parts or {"": ""}, 0)
        for kind, count in tally.items():
            part = self.part(kind)
            if part is not None:
                counted[part] = counted.get(part, 0) + count * ((kind.children or 0) if self.of_children else 1)
        return counted

    def counted(self, part: str) -> Aggregate | Coalesce:
        """The number in one part, to be asked of the deliveries themselves."""
        if self.of_children:
            return Coalesce(Sum("children", filter=self.rows(part)), 0)
        return Count("pk", filter=self.rows(part) or None)


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
        "never_seen",
        _("Never opened or registered"),
        _("Open messages that nothing shows to have been opened or registered, however late; those opened or registered late are counted apart."),
        BY_THE_CLOCK,
        where(lambda kind: kind.state in NEEDS_A_PERSON and not kind.is_seen),
        lambda part: Q(state__in=NEEDS_A_PERSON, opened_at__isnull=True, registered_at__isnull=True),
        {},
    ),
    Figure(
        "children",
        _("Children"),
        _("The children that records state of the messages, added up; of messages that no record states any number for, none is counted."),
        BY_THE_EVENTS,
        where(lambda kind: kind.children is not None),
        lambda part: Q(children__isnull=False),
        {},
        unit=CHILDREN,
        of_children=True,
    ),
    Figure(
        "children_open",
        _("Children of open messages"),
        _("The children that records state of open messages, added up; of messages that no record states any number for, none is counted."),
        BY_THE_CLOCK,
        where(lambda kind: kind.state in NEEDS_A_PERSON and kind.children is not None),
        lambda part: Q(state__in=NEEDS_A_PERSON, children__isnull=False),
        {},
        unit=CHILDREN,
        of_children=True,
    ),
    Figure(
        "categories",
        _("By category"),
        _("Messages by what they are, as titles in the records say: reports, notices and other documents are told apart, and unknown is its own."),
        BY_THE_EVENTS,
        lambda kind: kind.category,
        lambda part: Q(category=part),
        {category.value: category.label for category in Category},
    ),
    Figure(
        "open_categories",
        _("Open, by category"),
        _("Open messages by what they are; the categories add up to the open messages."),
        BY_THE_CLOCK,
        lambda kind: kind.category if kind.state in NEEDS_A_PERSON else None,
        lambda part: Q(state__in=NEEDS_A_PERSON, category=part),
        {category.value: category.label for category in Category},
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
