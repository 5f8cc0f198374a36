"""The rules of 01-domain and formats.md once more, in plain Python and as slowly as they read; the database's answer must equal this one.

Written from those pages alone. It shares nothing with the application: no import, no table, no query.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

OPEN_GRACE, REGISTER_GRACE, POST_GRACE, LATE_LIMIT, OUTBOUND = (timedelta(hours=hours) for hours in (48, 72, 120, 168, 336))
FOUND_GRACE = timedelta(days=30)
PORTAL_KEEPS_LONGER_FROM = datetime(2023, 6, 2, 14, 30, tzinfo=ZoneInfo("Europe/Oslo")).astimezone(UTC)

SENT = {"created", "sent"}
RECEIPTED = {"receipted"}
AVAILABLE = {"published", "notified"}
POSTED = {"print_sent", "printed", "print_handed_over"}
FETCHED = {"fetched", "delivered_claimed", "receipt_returned", "manually_handled"}
OPENED = {"opened", "downloaded", "opened_elsewhere", "replied", "confirmed"}
REGISTERED = {"registered"}
CONCLUDED = {"concluded"}
FAILED = {"rejected", "failed", "expired", "print_rejected"}
REMOVED = {"purged_by_recipient", "purged_by_sender", "purged_by_platform", "content_expired"}
WITHDRAWN = {"deleted_in_case_system"}
UNREAD = {"read_deadline_passed", "unread_deadline_passed"}
UNDECIDED = {"notification_failed", "transient_error", "listed", "archived", "forwarded", "recipient_reserved", "unknown"}
PROGRESS = SENT | RECEIPTED | AVAILABLE | POSTED | FETCHED
CODES = sorted(PROGRESS | OPENED | REGISTERED | CONCLUDED | FAILED | REMOVED | WITHDRAWN | UNREAD | UNDECIDED)

CARRIERS = {
    "portal-history": "portal",
    "portal-list": "portal",
    "altinn": "altinn",
    "altinn-events": "altinn",
    "svarut-status": "svarut",
    "svarut-history": "svarut",
    "svarinn": "svarut",
}
# What a status means by what any record of its message says (formats.md, sections 6 and 7); the last is for what the table does not name.
BY_SERVICE = {
    "LEVERT": ({"": "published", "DPO": "fetched", "DPF": "delivered_claimed", "DPV": "published", "DPI": "delivered_claimed"}, "delivered_claimed"),
    "LEST": ({"": "fetched", "DPO": "confirmed", "DPF": "fetched", "DPV": "opened", "DPI": "opened"}, "fetched"),
}
BY_RECIPIENT = {"person": "opened", "organisation": "fetched", "": "fetched"}
CASE_SYSTEMS = {"mottakslogg", "register-xml", "kostra-xml", "archive-receipts"}

Name = tuple[str, str]


class Fact(NamedTuple):
    """One event of a record: `native` is the source's word for it."""

    code: str
    at: datetime
    native: str = ""
    by_day: bool = False


@dataclass(frozen=True)
class Said:
    """One record that was read: the references it ties together (the facts are about the first) and what it states."""

    source: str
    names: tuple[Name, ...]
    facts: tuple[Fact, ...]
    children: int | None = None
    outbound: bool = False
    taken_out_at: datetime | None = None  # when the file was, that says so and in which this stood
    service: str = ""  # eFormidling's serviceIdentifier
    recipient: str = ""  # "person" or "organisation"
    direction: str = ""  # "INCOMING" or "OUTGOING", which wins over `outbound`


@dataclass(frozen=True)
class Event:
    source: str
    about: Name
    fact: Fact
    outbound: bool

    @property
    def code(self) -> str:
        return self.fact.code

    @property
    def at(self) -> datetime:
        return self.fact.at


# --- Which records are about the same message ---------------------------------------------------------------------------------------------------------


def sets(records: Iterable[Said]) -> list[frozenset[Name]]:
    """References named by one record are one message; so is whatever that ties together, however long the chain."""
    found: list[set[Name]] = []
    for record in records:
        joined = set(record.names)
        apart = []
        for other in found:
            if other & joined:
                joined |= other
            else:
                apart.append(other)
        found = [*apart, joined]
    return [frozenset(names) for names in found]


# --- The fold -----------------------------------------------------------------------------------------------------------------------------------------


def earliest(events: Iterable[Event], codes: set[str]) -> datetime | None:
    return min((event.at for event in events if event.code in codes), default=None)


def latest(events: Iterable[Event], codes: set[str]) -> datetime | None:
    return max((event.at for event in events if event.code in codes), default=None)


def as_posted_or_claimed(event: Event, events: set[Event]) -> Event:
    """A portal LEVERT after the same report's SENDT_PRINT (or at the same moment) is a letter handed to the post."""
    if event.source != "portal-history" or event.fact.native != "LEVERT":
        return event
    history = {other for other in events if other.source == event.source and other.about == event.about}
    is_letter = any(other.code == "print_sent" and other.at <= event.at for other in history)
    return Event(event.source, event.about, event.fact._replace(code="print_handed_over" if is_letter else "delivered_claimed"), event.outbound)


def said_of(about: Name, records: list[Said], what: str) -> str:
    """What the records about that very reference say; of several answers the first in the alphabet, of none "" (an answer may come from any file)."""
    answers = {getattr(record, what) for record in records if record.names[0] == about}
    return min(answers - {""}, default="")


def as_the_message_says(event: Event, records: list[Said]) -> Event:
    """A status whose meaning hangs on the service or the recipient, and the direction that the message names."""
    code, native = event.code, event.fact.native
    if event.source == "eformidling" and native in BY_SERVICE:
        meanings, otherwise = BY_SERVICE[native]
        code = meanings.get(said_of(event.about, records, "service"), otherwise)
    if event.source in ("svarut-status", "svarinn") and native == "LEST":
        code = BY_RECIPIENT[said_of(event.about, records, "recipient")]
    return Event(event.source, event.about, event.fact._replace(code=code), event.outbound)


def is_outbound(records: list[Said]) -> bool:
    """Only when every record is, by the direction that its message names or else by its feed's."""
    directions = {"OUTGOING": True, "INCOMING": False}
    return all(directions.get(said_of(record.names[0], records, "direction"), record.outbound) for record in records)


def fold(names: frozenset[Name], records: list[Said]) -> dict:
    """The columns of 01-domain for one delivery; a pure function of the set of its records."""
    raw = {Event(record.source, record.names[0], fact, record.outbound) for record in records for fact in record.facts}
    events = {as_posted_or_claimed(as_the_message_says(event, records), raw) for event in raw}
    children = [record.children for record in records if record.children is not None]
    columns = {
        "sent_at": earliest(events, SENT),
        "receipted_at": earliest(events, RECEIPTED),
        "available_at": earliest(events, AVAILABLE),
        "posted_at": earliest(events, POSTED),
        "fetched_at": earliest(events, FETCHED),
        "opened_at": earliest(events, OPENED),
        "taken_at": earliest(events, {"fetched"}),
        "registered_at": earliest(events, REGISTERED),
        "last_registered_at": latest(events, REGISTERED),
        "concluded_at": earliest(events, CONCLUDED),
        "children": max(children, default=None),
        "case_count": sum(namespace == "case" for namespace, _ in names),
        "progress_at": latest(events, PROGRESS),
        "failed_at": latest(events, FAILED),
        "removed_at": earliest(events, REMOVED),
        "withdrawn_at": latest(events, WITHDRAWN),
        "unread_at": earliest(events, UNREAD),
        "printed_at": latest(events, {"printed", "print_handed_over"}),
        "print_rejected_at": latest(events, {"print_rejected"}),
        "first_at": min(event.at for event in events),
        "source_missing": all(event.source in CASE_SYSTEMS for event in events),
        "gone_at": gone_at(events),
    }
    return columns | {"is_late": is_late(columns, events)}


def is_late(fold: dict, events: set[Event]) -> bool | None:
    """Unset before anything was opened or registered, without a time to count from, and when the first of them is known by the day only."""
    first = min((at for at in (fold["opened_at"], fold["registered_at"]) if at), default=None)
    start = fold["receipted_at"] or fold["available_at"] or fold["sent_at"]
    if first is None or start is None:
        return None
    if all(event.fact.by_day for event in events if event.at == first and event.code in OPENED | REGISTERED):
        return None
    return first > start + LATE_LIMIT


def gone_at(events: set[Event]) -> datetime | None:
    """Each carrier's copy by that carrier's own events; the last of the copies counts."""
    gone = []
    for carrier in ("portal", "altinn", "svarut"):
        own = {event for event in events if CARRIERS.get(event.source) == carrier}
        removed = earliest(own, REMOVED)
        received = earliest(own, AVAILABLE if carrier == "altinn" else RECEIPTED)
        kept = {
            "portal": timedelta(days=30 if received and received >= PORTAL_KEEPS_LONGER_FROM else 14),
            "altinn": timedelta(days=30),
            "svarut": timedelta(days=90),
        }[carrier]
        if removed:
            gone.append(removed)
        elif received:
            gone.append(received + kept)
    return max(gone, default=None)


# --- States -------------------------------------------------------------------------------------------------------------------------------------------


def registration_holds(f: dict) -> bool:
    return f["registered_at"] is not None and (f["withdrawn_at"] is None or f["last_registered_at"] > f["withdrawn_at"])


def is_partly_registered(f: dict) -> bool:
    return f["children"] is not None and 0 < f["case_count"] < f["children"]


def has_failed(f: dict) -> bool:
    return f["failed_at"] is not None and (f["progress_at"] is None or f["failed_at"] > f["progress_at"])


RUNGS = ("sent_at", "receipted_at", "available_at", "posted_at", "fetched_at", "opened_at", "registered_at", "concluded_at")


def first_rung(f: dict) -> datetime | None:
    return min((f[rung] for rung in RUNGS if f[rung]), default=None)


def otherwise(f: dict) -> tuple[str, datetime]:
    return ("in_transit", first_rung(f)) if first_rung(f) else ("unknown", f["first_at"])


def waiting_deadline(f: dict) -> datetime | None:
    """What rule 8 waits for: never, where the message only lies available (rule 6 watches that)."""
    if f["posted_at"]:
        return f["posted_at"] + POST_GRACE
    if f["opened_at"] or f["fetched_at"]:
        return (f["opened_at"] or f["fetched_at"]) + REGISTER_GRACE
    start = None if f["available_at"] else f["receipted_at"] or f["sent_at"]
    return start + REGISTER_GRACE if start else None


def registered_since(f: dict) -> datetime:
    """After a withdrawal it is the later registration that decides."""
    return f["last_registered_at"] if f["withdrawn_at"] else f["registered_at"]


def inbound_state(f: dict, now: datetime, decided_at: datetime | None) -> tuple[str, datetime]:
    """(state, what decided it), the first rule that holds."""
    holds = registration_holds(f)
    if holds and not is_partly_registered(f):
        return "arrived", registered_since(f)
    if decided_at:
        return "settled", decided_at
    if holds:
        return "partly_registered", registered_since(f)
    if f["withdrawn_at"]:
        return "removed", f["withdrawn_at"]
    if f["removed_at"] and (f["opened_at"] is None or f["opened_at"] > f["removed_at"]):
        return "removed", f["removed_at"]
    if has_failed(f) and f["opened_at"] is None:
        return "failed", f["failed_at"]
    if f["fetched_at"] is None and f["opened_at"] is None and f["posted_at"] is None:
        unopened = since_unopened(f, now, OPEN_GRACE)
        if unopened:
            return "unopened", unopened
    start = f["available_at"] or f["receipted_at"] or f["sent_at"]
    if f["opened_at"] and start and f["opened_at"] > start + LATE_LIMIT:
        return "opened_late", f["opened_at"]
    deadline = waiting_deadline(f)
    if deadline and now > deadline:
        return "unconfirmed", deadline
    return otherwise(f)


def since_unopened(f: dict, now: datetime, grace: timedelta) -> datetime | None:
    """The first of what makes it unopened: the reading deadline that a source reports, or our own."""
    deadlines = [f["unread_at"]] if f["unread_at"] else []
    if f["available_at"] and now > f["available_at"] + grace:
        deadlines.append(f["available_at"] + grace)
    return min(deadlines, default=None)


def outbound_state(f: dict, now: datetime, decided_at: datetime | None) -> tuple[str, datetime]:
    if f["opened_at"]:
        return "arrived", f["opened_at"]
    if decided_at:
        return "settled", decided_at
    if f["removed_at"]:
        return "removed", f["removed_at"]
    if f["taken_at"]:
        return "handed_over", f["taken_at"]
    if f["printed_at"] and (f["print_rejected_at"] is None or f["printed_at"] > f["print_rejected_at"]):
        return "handed_over", f["printed_at"]
    if has_failed(f):
        return "failed", f["failed_at"]
    unopened = since_unopened(f, now, OUTBOUND)
    if unopened:
        return "unopened", unopened
    start = f["fetched_at"] or f["receipted_at"] or f["sent_at"] or f["posted_at"]
    if start and now > start + OUTBOUND:
        return "unconfirmed", start + OUTBOUND
    return otherwise(f)


def next_change(f: dict, state: str, goes_out: bool) -> datetime | None:
    """When the clock alone will change the state: an open deadline, and for what is sent out the reading deadline even after the other has passed."""
    if goes_out:
        start = f["fetched_at"] or f["receipted_at"] or f["sent_at"] or f["posted_at"]
        starts = {"in_transit": (f["available_at"], start), "unconfirmed": (f["available_at"],)}.get(state, ())
        return min((at + OUTBOUND for at in starts if at), default=None)
    if state != "in_transit":
        return None
    return waiting_deadline(f) or (f["available_at"] and f["available_at"] + OPEN_GRACE)


def reaches(records: Iterable[Said]) -> datetime | None:
    """How far a service's case-system data reach: the latest time in its files, or an extract's own; an archive's receipts are no case system's data."""
    told = [record for record in records if record.source in CASE_SYSTEMS - {"archive-receipts"}]
    return max([fact.at for record in told for fact in record.facts] + [record.taken_out_at for record in told if record.taken_out_at], default=None)


SHOWN = (
    "sent_at",
    "receipted_at",
    "available_at",
    "posted_at",
    "fetched_at",
    "opened_at",
    "registered_at",
    "failed_at",
    "removed_at",
    "withdrawn_at",
    "unread_at",
    "concluded_at",
    "children",
    "case_count",
    "is_late",
    "source_missing",
    "gone_at",
)


def delivery(names: frozenset[Name], records: list[Said], *, now: datetime, reach: datetime | None = None, decided_at: datetime | None = None) -> dict:
    """One delivery as the command `deliveries` prints it."""
    folded = fold(names, records)
    goes_out = is_outbound(records)
    state, since = (outbound_state if goes_out else inbound_state)(folded, now, decided_at)
    deadline = None if goes_out else waiting_deadline(folded)
    return {
        "direction": "outbound" if goes_out else "inbound",
        "references": sorted(names),
        "state": state,
        "since": since,
        **{column: folded[column] for column in SHOWN},
        "covered": bool(deadline and reach and reach > deadline),
        "review_at": next_change(folded, state, goes_out),
    }


def deliveries(records: Iterable[Said], *, now: datetime) -> dict[frozenset[Name], dict]:
    """Every delivery of one service, by its references."""
    told = list(records)
    reach = reaches(told)
    return {names: delivery(names, [record for record in told if record.names[0] in names], now=now, reach=reach) for names in sets(told)}


def deadlines(f: dict) -> list[datetime]:
    """Every moment at which some answer about the delivery may change."""
    graces = (OPEN_GRACE, REGISTER_GRACE, POST_GRACE, LATE_LIMIT, OUTBOUND)
    return [value + grace for column, value in f.items() if isinstance(value, datetime) and column.endswith("_at") for grace in graces]
