"""How each state looks: one symbol and one tone beside its word. Green belongs to `arrived` alone; amber says that a person is needed."""

from apps.deliveries.states import State
from apps.ui.marks import Look

LOOKS: dict[State, Look] = {
    State.ARRIVED: Look("check", "success"),
    State.SETTLED: Look("filed"),
    State.PARTLY_REGISTERED: Look("half", "warning"),
    State.REMOVED: Look("removed", "warning"),
    State.HANDED_OVER: Look("handed", "info"),
    State.FAILED: Look("cross", "warning"),
    State.UNOPENED: Look("letter", "warning"),
    State.OPENED_LATE: Look("clock", "warning"),
    State.UNCONFIRMED: Look("question", "warning"),
    State.IN_TRANSIT: Look("transit", "info"),
    State.UNKNOWN: Look("ring"),
}
