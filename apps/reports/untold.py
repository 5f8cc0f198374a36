"""Numbers that cannot be told because nothing has come that could tell them: they say so, and are never 0. A number that is not 0 stands as it is."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from apps.deliveries.states import State
from apps.feeds.catalogue import FORMATS
from apps.ledger.models import Direction, Import

NOT_REPORTED = _("Not reported")
NO_CASE_SYSTEM = _("No data from the case system")
NOT_STATED = _("Not stated")
MEANINGS = (
    (NOT_REPORTED, _("Nothing has come from any source. That is not the same as none.")),
    (NO_CASE_SYSTEM, _("Only the case system's data can tell it, and none have come.")),
    (NOT_STATED, _("No record states any number of children.")),
)
# What of messages to the service only the case system's data can tell, by figure and part; and which messages the children of a figure are of.
BY_THE_CASE_SYSTEM = {("states", State.ARRIVED.value), ("late", "")}
CHILDREN_OF = {"children": "deliveries", "children_open": "needs_a_person", "children_settled": "settled"}


@dataclass(frozen=True)
class Sources:
    """What had come: the directions of which any file had told, and whether the case system's data were among that."""

    directions: frozenset[str] = frozenset()
    has_case_system: bool = False

    def __or__(self, other: "Sources") -> "Sources":
        return Sources(self.directions | other.directions, self.has_case_system or other.has_case_system)


def together(several: Iterable[Sources]) -> Sources:
    found = Sources()
    for each in several:
        found |= each
    return found


def sources(*, services: Iterable[int]) -> dict[int, Sources]:
    """What has come of each of these services in complete files; of those of which nothing has come there is none. One query."""
    found: dict[int, Sources] = {}
    for service, direction, format in Import.objects.complete().in_services(services).order_by().values_list("service", "direction", "format").distinct():
        is_case_system = format in FORMATS and FORMATS[format].is_case_system
        found[service] = found.get(service, Sources()) | Sources(frozenset({direction}), is_case_system)
    return found


def why(*, figure: str, part: str, direction: str, count: int, messages: int, come: Sources) -> str | Promise:
    """Why a number cannot be told; empty where it can. `messages` is how many there are of which a figure of children (CHILDREN_OF) counts the children."""
    if count:
        return ""
    if direction not in come.directions:
        return NOT_REPORTED
    if figure in CHILDREN_OF and messages:
        return NOT_STATED
    if direction == Direction.INBOUND and not come.has_case_system and (figure, part) in BY_THE_CASE_SYSTEM:
        return NO_CASE_SYSTEM
    return ""
