"""The closed list of outcomes as one table: what each means, whether it closes, whether another person must look, and what it needs (01-domain, "Decisions").

Pure: no query is made, no clock is read. Forms, actions and the database's constraints are made from this table; nothing else decides what an outcome needs.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import Enum

from django.db import models
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from apps.ledger.models import Direction
from apps.ui.texts import unfit as unfit_text

REASON_LIMIT = 4_000
MOST_CHILDREN = 99
# A message may have come another way before any source told of it: at the latest it tells that the carrier's copy is gone, which is kept for 90 days at most.
SOONER = timedelta(days=100)


class Outcome(models.TextChoices):
    FOUND_REGISTERED = "found_registered", _("Found registered")
    RECOVERED = "recovered", _("Obtained again and registered")
    ARRIVED_OTHERWISE = "arrived_otherwise", _("Arrived another way")
    OTHER_DOCUMENT = "other_document", _("Another document")
    TEST_MESSAGE = "test_message", _("Test message")
    DUPLICATE = "duplicate", _("Sent twice")
    MISADDRESSED = "misaddressed", _("Sent to the wrong place")
    LOST = "lost", _("Lost")
    CHILD_KNOWN = "child_known", _("The child is known")
    RESENT = "resent", _("Asked to send again")
    SENDER_CONTACTED = "sender_contacted", _("Sender contacted")
    SUPPLIER_ASKED = "supplier_asked", _("Supplier asked")
    NOTE = "note", _("Note")


class Contact(models.TextChoices):
    LETTER = "letter", _("Letter")
    PHONE = "phone", _("Telephone")
    MEETING = "meeting", _("Meeting")
    EMAIL = "email", _("E-mail")
    PORTAL = "portal", _("Portal or digital mail")
    OTHER = "other", _("Another way")


class DocumentKind(models.TextChoices):
    """What a document that is no report can be."""

    NOTICE = "notice", _("Notice")
    CASE_DOCUMENT = "case_document", _("Case document")
    OTHER = "other", _("Other document")


class Closes(Enum):
    ALWAYS = "always"
    NEVER = "never"
    WHEN_CONFIRMED = "when the day of the recipient's confirmation is given"


class Look(Enum):
    ALWAYS = "always"
    NEVER = "never"
    UNLESS_IN_LEDGER = "unless the case system's reference is in the ledger with an agreeing day"


@dataclass(frozen=True)
class Rule:
    """`required` holds for both directions; `inbound` adds what only a message to the service can have."""

    help: str | Promise
    closes: Closes
    look: Look
    required: tuple[str, ...]
    optional: tuple[str, ...] = ()
    inbound: tuple[str, ...] = ()
    directions: tuple[str, ...] = (Direction.INBOUND, Direction.OUTBOUND)

    def needed(self, direction: str) -> tuple[str, ...]:
        return self.inbound + self.required if direction == Direction.INBOUND else self.required

    def fields(self, direction: str) -> tuple[str, ...]:
        """What is asked for, in order; the reason comes last, since it explains the rest."""
        asked = (*self.needed(direction), *self.optional)
        return (*(name for name in asked if name != "reason"), "reason")


INBOUND_ONLY = (Direction.INBOUND,)

RULES: dict[str, Rule] = {
    Outcome.FOUND_REGISTERED: Rule(
        help=_("It is registered in the case system after all. Opens again if no file from the case system shows it within 30 days."),
        closes=Closes.ALWAYS,
        look=Look.UNLESS_IN_LEDGER,
        required=("case_reference", "reason"),
        optional=("tried",),
        directions=INBOUND_ONLY,
    ),
    Outcome.RECOVERED: Rule(
        help=_("The contents were obtained again, and are now registered."),
        closes=Closes.ALWAYS,
        look=Look.UNLESS_IN_LEDGER,
        required=("case_reference", "reason"),
        optional=("tried",),
        directions=INBOUND_ONLY,
    ),
    Outcome.ARRIVED_OTHERWISE: Rule(
        help=_("This same message arrived by letter, telephone or in a meeting."),
        closes=Closes.ALWAYS,
        look=Look.ALWAYS,
        required=("channel", "day", "reason"),
        inbound=("case_reference", "children"),
        optional=("tried",),
    ),
    Outcome.OTHER_DOCUMENT: Rule(
        help=_("Somebody has read it, and it is not a report of concern."),
        closes=Closes.ALWAYS,
        look=Look.ALWAYS,
        required=("category", "read_by", "reason"),
        optional=("tried",),
        directions=INBOUND_ONLY,
    ),
    Outcome.TEST_MESSAGE: Rule(
        help=_("It was sent as a test and is about nobody."),
        closes=Closes.ALWAYS,
        look=Look.ALWAYS,
        required=("reason",),
        optional=("tried",),
    ),
    Outcome.DUPLICATE: Rule(
        help=_("The same message was sent more than once, and another of them has arrived."),
        closes=Closes.ALWAYS,
        look=Look.ALWAYS,
        required=("other_delivery", "reason"),
        optional=("tried",),
    ),
    Outcome.MISADDRESSED: Rule(
        help=_("It belongs to somebody else and was passed on. Stays open until they confirm that they have it."),
        closes=Closes.WHEN_CONFIRMED,
        look=Look.ALWAYS,
        required=("passed_on_to", "reason"),
        optional=("confirmed_day", "tried"),
    ),
    Outcome.LOST: Rule(
        help=_("The contents cannot be had again, from anybody."),
        closes=Closes.ALWAYS,
        look=Look.ALWAYS,
        required=("tried", "sender_asked", "reason"),
        optional=("sender_answer", "children"),
    ),
    Outcome.CHILD_KNOWN: Rule(
        help=_("The child is already followed up. Sorted after the others, but open: what this message says is still unread."),
        closes=Closes.NEVER,
        look=Look.NEVER,
        required=("children",),
        optional=("reason",),
        directions=INBOUND_ONLY,
    ),
    Outcome.RESENT: Rule(
        help=_("It has been sent once more; watch for its arrival."),
        closes=Closes.NEVER,
        look=Look.NEVER,
        required=("channel", "day"),
        optional=("reason",),
    ),
    Outcome.SENDER_CONTACTED: Rule(
        help=_("What you asked the sender, and what they said."),
        closes=Closes.NEVER,
        look=Look.NEVER,
        required=("channel", "day"),
        optional=("reason",),
    ),
    Outcome.SUPPLIER_ASKED: Rule(
        help=_("What you asked the supplier of a system, and what they said."),
        closes=Closes.NEVER,
        look=Look.NEVER,
        required=("channel", "day"),
        optional=("reason",),
    ),
    Outcome.NOTE: Rule(
        help=_("Something that whoever takes this next should know."),
        closes=Closes.NEVER,
        look=Look.NEVER,
        required=("reason",),
        optional=("channel", "day"),
    ),
}

CLOSING = tuple(outcome for outcome, rule in RULES.items() if rule.closes is not Closes.NEVER)
# What two people must agree on besides the outcome itself: pointing at different things is not the same verdict.
POINTS_AT = {Outcome.FOUND_REGISTERED: "case_reference", Outcome.RECOVERED: "case_reference", Outcome.DUPLICATE: "other_delivery"}
NEEDS_CASE_REFERENCE = tuple(outcome for outcome, field in POINTS_AT.items() if field == "case_reference")

TEXT_LIMITS = {
    "case_reference": 200,
    "read_by": 200,
    "passed_on_to": 200,
    "other_delivery": 200,
    "tried": REASON_LIMIT,
    "sender_answer": REASON_LIMIT,
    "reason": REASON_LIMIT,
}

MISSING: dict[str, str | Promise] = {
    "case_reference": _("Write the case system's reference of the registered message."),
    "channel": _("Choose how."),
    "day": _("Give the day."),
    "children": _("Give the number of children."),
    "category": _("Choose what kind of document it is."),
    "read_by": _("Write who has read it, by role and not by name."),
    "other_delivery": _("Give the message that has arrived."),
    "passed_on_to": _("Write to whom it was passed on."),
    "tried": _("Write what was tried."),
    "sender_asked": _("Say whether the sender was asked."),
    "sender_answer": _("Write what the sender said."),
    "reason": _("Write why."),
}


def offered(direction: str) -> tuple[str, ...]:
    """The outcomes that a message in this direction can have, in the table's order."""
    return tuple(outcome for outcome, rule in RULES.items() if direction in rule.directions)


def closes(outcome: str, fields: Mapping[str, object]) -> bool:
    """Whether this decision would close the delivery, its second look included."""
    rule = RULES[outcome]
    return rule.closes is Closes.ALWAYS or (rule.closes is Closes.WHEN_CONFIRMED and bool(fields.get("confirmed_day")))


def given(value: object) -> bool:
    return value is not None and value != "" and not (isinstance(value, str) and not value.strip())


def problems(outcome: str, *, direction: str, fields: Mapping[str, object], sender_is_known: bool, known_since: date, today: date) -> dict[str, str | Promise]:
    """What is wrong with the fields of a decision: field name -> one sentence; empty when nothing is.

    `today` is the day in Oslo, `known_since` that of the first thing that any source tells of the message. `sender_is_known` says that the records name who sent it, so that "unknown" is no answer.
    """
    rule = RULES[outcome]
    found = {name: MISSING[name] for name in rule.needed(direction) if not given(fields.get(name))}
    for name in rule.fields(direction):
        wrong = unfit(name, fields.get(name), known_since, today)
        if wrong:
            found[name] = wrong
    if "sender_asked" in rule.required and "sender_asked" not in found:
        found |= unasked(fields, sender_is_known)
    return found


def unasked(fields: Mapping[str, object], sender_is_known: bool) -> dict[str, str | Promise]:
    """A known sender must have been asked, and what was asked has an answer, "no answer" among them."""
    if not fields["sender_asked"] and sender_is_known:
        return {"sender_asked": _("The records name the sender: ask before this is called lost.")}
    if fields["sender_asked"] and not given(fields.get("sender_answer")):
        return {"sender_answer": MISSING["sender_answer"]}
    return {}


def unfit(name: str, value: object, known_since: date, today: date) -> str | Promise | None:
    """Why a value cannot be kept, or None."""
    if isinstance(value, str):
        return unfit_text(value, TEXT_LIMITS.get(name, 200))
    if isinstance(value, date):
        return unfit_day(value, known_since, today)
    if isinstance(value, int) and name == "children" and not 1 <= value <= MOST_CHILDREN:
        return _("Give a number from 1 to 99.")
    return None


def unfit_day(day: date, known_since: date, today: date) -> str | Promise | None:
    """What came by letter or telephone may have come somewhat sooner than what a source tells of."""
    if day > today:
        return _("The day lies ahead.")
    if day < known_since - SOONER:
        told = {"day": date_format(known_since, "d.m.Y"), "days": SOONER.days}
        return format_lazy(_("The message is first told of on {day}, so the day cannot be more than {days} days before that."), **told)
    return None
