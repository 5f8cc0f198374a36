"""What tells messages apart in statements, and the figures that statements tell: those of reports, and what people said in the decisions that stand."""

from collections import Counter
from dataclasses import dataclass
from typing import NamedTuple

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.decisions.outcomes import CLOSING, Outcome
from apps.deliveries.states import State
from apps.reports import figures as reported
from apps.reports.figures import BY_THE_CLOCK, Figure


class Kind(NamedTuple):
    """As reports have it; `said_children` is how many the decision that stands says there are."""

    service_id: int
    direction: str
    state: str
    outcome: str
    is_late: bool | None
    look_waits: bool
    category: str
    children: int | None
    is_seen: bool
    said_children: int | None


@dataclass(frozen=True)
class OfDecisions(Figure):
    """Adds up the children that people stated, and not the messages."""

    def of(self, tally: Counter[Kind]) -> dict[str, int]:  # type: ignore[override]
        counted = dict.fromkeys(self.parts, 0)
        for kind, count in tally.items():
            part = self.part(kind)  # type: ignore[arg-type]
            if part is not None:
                counted[part] = counted.get(part, 0) + count * (kind.said_children or 0)
        return counted


FIGURES: tuple[Figure, ...] = (
    *reported.FIGURES,
    OfDecisions(
        "children_settled",
        _("Children of settled messages"),
        _("The children that people stated in the decision that stands, added up by its outcome; of decisions that state no number, none is counted."),
        BY_THE_CLOCK,
        lambda kind: kind.outcome if kind.state == State.SETTLED else None,
        lambda part: Q(state=State.SETTLED, outcome=part),
        {outcome: Outcome(outcome).label for outcome in CLOSING},
        unit=_("children (as people state them in decisions, not messages)"),
        of_children=True,
    ),
)
