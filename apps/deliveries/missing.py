"""What is missing about one delivery, in one sentence, and what is being waited for: the state in the words of the person who must act on it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from apps.deliveries.ladder import Rung
from apps.deliveries.models import Channel, Delivery
from apps.deliveries.states import State
from apps.ledger.models import Direction
from apps.ui import moments

# The strongest evidence there is, as the beginning of a sentence.
HELD: dict[str, str | Promise] = {
    "sent": gettext_lazy("Sent {at}"),
    "receipted": gettext_lazy("Receipt given {at}"),
    "available": gettext_lazy("Made available {at}"),
    "posted": gettext_lazy("Sent as a letter {at}"),
    "fetched": gettext_lazy("Fetched by the recipient's system {at}"),
    "claimed": gettext_lazy("Said to be delivered {at}"),
    "opened": gettext_lazy("Opened {at}"),
    "registered": gettext_lazy("Registered {at}"),
}
NOTHING_HELD = gettext_lazy("Nothing shows that it was sent")

LACKING: dict[str, dict[str, str | Promise]] = {
    Direction.INBOUND: {
        State.ARRIVED: gettext_lazy("Registered in the case system {registered}. Nothing is missing."),
        State.SETTLED: gettext_lazy("{held}. A decision closed it {since}."),
        State.PARTLY_REGISTERED: gettext_lazy("{held}, but for {registrations} of {children} children."),
        State.REMOVED: gettext_lazy("{held}; removed {since}, and nobody had opened it."),
        State.FAILED: gettext_lazy("{held}; then the delivery failed {since}, and nothing later shows that it arrived."),
        State.UNOPENED: gettext_lazy("{held}; nobody has opened it."),
        State.OPENED_LATE: gettext_lazy("{held}, {late} after it came; the case system has no record of it."),
        State.UNCONFIRMED: gettext_lazy("{held}; the case system has no record of it."),
        State.IN_TRANSIT: gettext_lazy("{held}; it is still within the time it may take."),
        State.UNKNOWN: gettext_lazy("No record says that it was sent, received or opened."),
    },
    Direction.OUTBOUND: {
        State.ARRIVED: gettext_lazy("Opened by the recipient {opened}. Nothing is missing."),
        State.SETTLED: gettext_lazy("{held}. A decision closed it {since}."),
        State.HANDED_OVER: gettext_lazy("{held}; the recipient's system or the post has it, and nothing shows that anybody opened it."),
        State.REMOVED: gettext_lazy("{held}; removed {since}, and nobody had opened it."),
        State.FAILED: gettext_lazy("{held}; then the delivery failed {since}."),
        State.UNOPENED: gettext_lazy("{held}; the recipient has not opened it."),
        State.UNCONFIRMED: gettext_lazy("{held}; nothing shows that the recipient has it."),
        State.IN_TRANSIT: gettext_lazy("{held}; it is still within the time it may take."),
        State.UNKNOWN: gettext_lazy("No record says that it was sent, received or opened."),
    },
}
SHARED = gettext_lazy("{held}, but the records say that this registration is another message's.")
WITHDRAWN = gettext_lazy("Registered {registered}, but the registration was withdrawn {withdrawn}.")

COPIES: dict[str, str | Promise] = {
    Channel.PORTAL: gettext_lazy("The portal's copy"),
    Channel.ALTINN: gettext_lazy("Altinn's copy"),
    Channel.SVARUT: gettext_lazy("SvarUt's copy"),
}
A_COPY = gettext_lazy("The carrier's copy")


@dataclass(frozen=True)
class Waiting:
    """What the delivery waits for, or should have shown, and when that time is over."""

    words: str | Promise
    until: datetime


AWAITED: dict[tuple[str, bool], str | Promise] = {
    (Direction.INBOUND, False): gettext_lazy("Waiting for its registration in the case system until"),
    (Direction.INBOUND, True): gettext_lazy("It should have been registered in the case system by"),
    (Direction.OUTBOUND, False): gettext_lazy("Waiting for a sign that the recipient has it until"),
    (Direction.OUTBOUND, True): gettext_lazy("There should have been a sign that the recipient has it by"),
}
AWAITED_OPENING = gettext_lazy("Waiting for somebody to open it until")


def sentence(delivery: Delivery, rungs: Sequence[Rung]) -> str:
    """What is known, and what is not: "Receipt given 01.02.2024 10:12; the case system has no record of it." Times in Oslo."""
    told = {
        "held": held(rungs),
        "since": moments.exact(delivery.since),
        "registered": registered(delivery, rungs),
        "withdrawn": moments.exact(delivery.withdrawn_at) if delivery.withdrawn_at else "",
        "opened": moments.exact(delivery.opened_at) if delivery.opened_at else "",
        "late": lateness(delivery),
        "registrations": delivery.case_count,
        "children": delivery.children,
    }
    words = LACKING[delivery.direction].get(delivery.state, "{held}.")
    if delivery.state == State.REMOVED and delivery.withdrawn_at:
        words = WITHDRAWN
    if delivery.state == State.PARTLY_REGISTERED and not 0 < delivery.case_count < (delivery.children or 0):
        words = SHARED
    return str(words).format_map(told)


def held(rungs: Sequence[Rung]) -> str:
    strongest = next((rung for rung in reversed(rungs) if rung.is_filled and rung.at), None)
    if strongest is None or strongest.at is None:
        return str(NOTHING_HELD)
    return str(HELD[kind(strongest)]).format(at=time(strongest))


def registered(delivery: Delivery, rungs: Sequence[Rung]) -> str:
    """Case systems' extracts give days: an hour that nobody told would be a wrong one."""
    rung = next((one for one in rungs if one.step.name == "registered" and one.is_filled), None)
    if rung and rung.at:
        return time(rung)
    return moments.exact(delivery.registered_at) if delivery.registered_at else ""


def kind(rung: Rung) -> str:
    """A letter is not lying available, and a claim is not a fetching."""
    code = rung.event.code if rung.event else ""
    if rung.step.name == "available" and code not in ("published", "notified"):
        return "posted"
    if rung.step.name == "fetched" and code != "fetched":
        return "claimed"
    return rung.step.name


def time(rung: Rung) -> str:
    assert rung.at
    return moments.day(rung.at) if rung.event and rung.event.by_day else moments.exact(rung.at)


def lateness(delivery: Delivery) -> str:
    came = delivery.available_at or delivery.receipted_at or delivery.sent_at
    if not (came and delivery.opened_at):
        return ""
    days = (delivery.opened_at - came).days
    return ngettext("%(days)s day", "%(days)s days", days) % {"days": days}


def coverage(delivery: Delivery, reaches_at: datetime | None) -> str:
    """Whether the case system's data could show it yet; empty where that does not matter."""
    if delivery.direction != Direction.INBOUND or delivery.state not in (State.UNCONFIRMED, State.OPENED_LATE):
        return ""
    if reaches_at is None:
        return _("No data from the case system have come yet, so it may be registered there.")
    reach = moments.exact(reaches_at)
    if delivery.waits_until and delivery.waits_until < reaches_at:
        return _("The case system's data cover this: they reach to %(reach)s, and it is missing.") % {"reach": reach}
    return _("The case system's data do not reach this day yet: they end %(reach)s, so it may still turn up.") % {"reach": reach}


def waiting(delivery: Delivery, now: datetime) -> Waiting | None:
    """For what and until when, while that can still matter."""
    if delivery.state not in (State.IN_TRANSIT, State.UNCONFIRMED):
        return None
    if delivery.waits_until:
        return Waiting(AWAITED[delivery.direction, now > delivery.waits_until], delivery.waits_until)
    return Waiting(AWAITED_OPENING, delivery.review_at) if delivery.review_at else None


def copy_name(delivery: Delivery) -> str:
    return str(COPIES.get(delivery.channel, A_COPY))
