"""A delivery's decisions as its page tells them: each with its look and withdrawal, and only as much as the person who reads may see."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from apps.calls.models import Call
from apps.decisions import queries
from apps.decisions.forms import FIELDS
from apps.decisions.models import WITHDRAWAL, Decision, SecondLook
from apps.decisions.wording import Eyes, outcome_label
from apps.deliveries.models import Delivery, Reporter
from apps.deliveries.words import EVENTS
from apps.feeds.wording import format_title
from apps.handovers.models import End, Handover
from apps.ledger.models import CALL, HANDOVER, PERSON, Event

TIES = ("tied", "untied")
SHORT = ("case_reference", "other_delivery", "channel", "day", "children", "category", "read_by", "passed_on_to", "confirmed_day")
TEXTS = ("tried", "sender_answer", "reason")
WAITS, STANDS, RETURNED, WITHDRAWN, NOTED, OVER = "waits", "stands", "returned", "withdrawn", "noted", "over"


@dataclass(frozen=True)
class Said:
    """A field that was filled in; `url` is where what it names is shown."""

    label: str | Promise
    value: object
    url: str = ""


@dataclass(frozen=True)
class Entry:
    """One decision. `status` is waits, stands, returned, withdrawn, noted or over (opened again since); `outcome` is empty where the reader must not know it."""

    decision: Decision
    outcome: str | Promise
    status: str
    details: list[Said]
    texts: list[Said]
    texts_are_hidden: bool
    look: SecondLook | None
    withdrawal: Decision | None
    by: str
    at: datetime

    @property
    def is_in_force(self) -> bool:
        return self.status in (WAITS, STANDS)


def history(delivery: Delivery, seen_by: Eyes) -> list[Entry]:
    """Newest first; withdrawals stand with what they withdrew."""
    standing = queries.standing(delivery)
    return [entry(decision, standing, seen_by) for decision in reversed(queries.about(delivery)) if decision.outcome != WITHDRAWAL]


def entry(decision: Decision, standing: Decision | None, seen_by: Eyes) -> Entry:
    blind = seen_by.is_blind_to(decision)
    shows = seen_by.sees_texts and not blind
    return Entry(
        decision=decision,
        outcome="" if blind else outcome_label(decision.outcome),
        status=status(decision, standing),
        details=said(decision, SHORT) if shows else [],
        texts=said(decision, TEXTS) if shows else [],
        texts_are_hidden=not blind and not seen_by.sees_texts,
        look=getattr(decision, "look", None),
        withdrawal=getattr(decision, "withdrawal", None),
        by=str(decision.by),
        at=decision.at,
    )


def status(decision: Decision, standing: Decision | None) -> str:
    if not decision.closes:
        return NOTED
    if hasattr(decision, "withdrawal"):
        return WITHDRAWN
    if decision.needs_look and not hasattr(decision, "look"):
        return WAITS
    if decision.needs_look and not decision.look.agrees:
        return RETURNED
    return STANDS if decision == standing else OVER


def said(decision: Decision, names: tuple[str, ...]) -> list[Said]:
    """The fields that were filled in, by the labels of the form."""
    values = [(name, shown(decision, name)) for name in names]
    told = [Said(FIELDS[name]().label, value, leads_to(name, value)) for name, value in values if value not in (None, "")]
    if "sender_answer" in names and decision.sender_asked is False:
        told.append(Said(FIELDS["sender_asked"]().label, _("No, the sender is not known")))
    return told


def shown(decision: Decision, name: str) -> object:
    if name == "other_delivery":
        return decision.other_delivery.delivery if decision.other_delivery else None
    if name in ("channel", "category"):
        return getattr(decision, f"get_{name}_display")()
    value = getattr(decision, name)
    return value.strftime("%d.%m.%Y") if isinstance(value, date) else value


def leads_to(name: str, value: object) -> str:
    return reverse("deliveries:detail", args=[value]) if name == "other_delivery" else ""


@dataclass(frozen=True)
class Line:
    """One event as the page lists it: what, by whom or from which source, and the source's own word."""

    event: Event
    label: str | Promise
    source: str
    native: str | Promise
    by: str


def lines(
    events: Iterable[Event],
    entries: Iterable[Entry],
    calls: Iterable[Call] = (),
    tied: Mapping[datetime, str] | None = None,
    handed: Iterable[Handover] = (),
) -> list[Line]:
    """What people did is told by the decision, so that an outcome hidden there is hidden here; a reporter's call by the call, a handover by the handover.

    `tied` says who tied and untied, by the moment of it.
    """
    people: dict[int, tuple[str, str | Promise]] = {call.event_id: (str(call.by), call.get_way_display()) for call in calls}
    for one in handed:
        people[one.event_id] = (str(one.by), one.to.name)
        if hasattr(one, "ending"):
            who = str(one.recall.by) if one.ending.end == End.TAKEN_BACK else one.to.name
            people[one.ending.event_id] = (who, one.ending.get_end_display())
    events = list(events)
    people |= {event.pk: (tied.get(event.learned_at, ""), "") for event in events if event.code in TIES} if tied else {}
    for one in entries:
        people[one.decision.event_id] = (one.by, one.outcome)
        for later in (one.look, one.withdrawal):
            if later:
                people[later.event_id] = (str(later.by), one.outcome)
    return [line(event, people) for event in events]


def line(event: Event, people: Mapping[int, tuple[str, str | Promise]]) -> Line:
    label = EVENTS.get(event.code, event.code)
    if event.source == CALL:
        return Line(event, label, _("A reporter's call"), Reporter(event.native).label, _("A reporter's call"))
    if event.source == HANDOVER:
        return Line(event, label, _("Another service"), Reporter(event.native).label, _("Another service"))
    if event.source != PERSON:
        word = "" if event.native == event.code else event.native  # a list of receipts has no word for them; ours stands in the ledger
        if event.word:
            word = _("“%(status)s”, read as %(who)s said") % {"status": word, "who": event.word.by}
        return Line(event, label, format_title(event.source), word, "")
    by, outcome = people.get(event.pk, ("", ""))
    return Line(event, label, _("A person"), outcome, by)
