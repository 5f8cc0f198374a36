"""The evidence ladder of one delivery as steps across a page: each filled, empty or crossed, with its time and the event that is its evidence.

Pure: it shows the columns that reconciliation computed beside the events they came from; no state is computed here.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from apps.deliveries.models import Delivery
from apps.ledger import codes
from apps.ledger.models import Direction, Event

FILLED, EMPTY, CROSSED = "filled", "empty", "crossed"


@dataclass(frozen=True)
class Step:
    """One rung: the column that holds its time, and the codes that may have given it."""

    name: str
    label: str | Promise
    columns: tuple[str, ...]
    codes: tuple[str, ...]
    directions: tuple[str, ...] = (Direction.INBOUND, Direction.OUTBOUND)


@dataclass(frozen=True)
class Rung:
    step: Step
    label: str | Promise
    manner: str
    at: datetime | None = None
    event: Event | None = None
    word: str | Promise = ""

    @property
    def is_filled(self) -> bool:
        return self.manner == FILLED


STEPS = (
    Step("sent", _("Sent"), ("sent_at",), codes.SENT),
    Step("receipted", _("Receipt given"), ("receipted_at",), codes.RECEIPTED),
    Step("available", _("Made available"), ("available_at", "posted_at"), codes.AVAILABLE + codes.POSTED),
    Step("fetched", _("Fetched"), ("fetched_at",), codes.FETCHED),
    Step("opened", _("Opened"), ("opened_at",), codes.OPENED),
    Step("registered", _("Registered"), ("registered_at",), codes.REGISTERED, (Direction.INBOUND,)),
)

# The same rung by another name, when its evidence is weaker or of another kind than the usual one.
LABELS: dict[str, str | Promise] = {
    **dict.fromkeys(codes.POSTED, _("Sent as a letter")),
    **dict.fromkeys(("delivered_claimed", "receipt_returned"), _("Said to be delivered")),
    "manually_handled": _("Handled by hand"),
}

NOT_YET = _("no evidence")


@dataclass(frozen=True)
class Crossing:
    """Something that speaks against a rung, by the column with its time."""

    rung: str
    column: str
    word: str | Promise


CROSSINGS = (
    Crossing("registered", "withdrawn_at", _("registration withdrawn")),
    Crossing("opened", "removed_at", _("removed unread")),
    Crossing("opened", "unread_at", _("deadline passed unread")),
)


def ladder(delivery: Delivery, events: Sequence[Event]) -> list[Rung]:
    """The rungs in order. A failure that nothing came after crosses the rung that it stopped."""
    rungs = [rung(step, delivery, events) for step in STEPS if delivery.direction in step.directions]
    if delivery.failed_at and (delivery.progress_at is None or delivery.failed_at > delivery.progress_at):
        event = evidence(events, codes.FAILED, delivery.failed_at)
        place = stopped(rungs, event)
        if place is not None:
            rungs[place] = Rung(rungs[place].step, rungs[place].label, CROSSED, delivery.failed_at, event, _("failed"))
    return rungs


def stopped(rungs: Sequence[Rung], event: Event | None) -> int | None:
    """The recipient's system rejects what it should have fetched; anything else stops the first rung that was not reached."""
    beyond = max((place for place, one in enumerate(rungs) if one.is_filled), default=-1) + 1
    names = [one.step.name for one in rungs]
    if event and event.code == "rejected":
        beyond = max(beyond, names.index("fetched"))
    return beyond if beyond < len(rungs) and rungs[beyond].manner == EMPTY else None


def rung(step: Step, delivery: Delivery, events: Sequence[Event]) -> Rung:
    crossing = next((crossing for crossing in CROSSINGS if crossing.rung == step.name and is_crossed(crossing, delivery)), None)
    if crossing:
        at = getattr(delivery, crossing.column)
        negative = codes.WITHDRAWN + codes.REMOVED + codes.UNREAD
        return Rung(step, step.label, CROSSED, at, evidence(events, negative, at), crossing.word)
    times = [at for at in (getattr(delivery, column) for column in step.columns) if at]
    if not times:
        return Rung(step, step.label, EMPTY, word=NOT_YET)
    event = evidence(events, step.codes, min(times))
    return Rung(step, LABELS.get(event.code, step.label) if event else step.label, FILLED, min(times), event)


def is_crossed(crossing: Crossing, delivery: Delivery) -> bool:
    """A registration that came again, or an opening that came before, is not crossed."""
    against = getattr(delivery, crossing.column)
    if against is None:
        return False
    if crossing.rung == "registered":
        return delivery.last_registered_at is None or delivery.last_registered_at <= against
    return delivery.opened_at is None or (crossing.column == "removed_at" and delivery.opened_at > against)


def evidence(events: Sequence[Event], among: tuple[str, ...], at: datetime) -> Event | None:
    return next((event for event in events if event.occurred_at == at and event.code in among), None)
