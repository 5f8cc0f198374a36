"""The states of a delivery as tables of rules, strongest first, over the columns of its fold and the clock (01-domain, "States").

Pure: no query is made, no clock is read. `reconciliation` compiles the tables to one CASE each; nothing else computes a state.
Durations are columns too (`open_grace` ...), since they are policies with dates of validity.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import takewhile
from typing import Any

from django.db import models
from django.db.models import Case, F, Q, When
from django.db.models.functions import Coalesce, Least
from django.utils.translation import gettext_lazy as _


class State(models.TextChoices):
    ARRIVED = "arrived", _("Arrived")
    SETTLED = "settled", _("Settled")
    PARTLY_REGISTERED = "partly_registered", _("Partly registered")
    REMOVED = "removed", _("Removed")
    HANDED_OVER = "handed_over", _("Handed over")
    FAILED = "failed", _("Failed")
    UNOPENED = "unopened", _("Unopened")
    OPENED_LATE = "opened_late", _("Opened late")
    UNCONFIRMED = "unconfirmed", _("Unconfirmed")
    IN_TRANSIT = "in_transit", _("In transit")
    UNKNOWN = "unknown", _("Unknown")


NEEDS_A_PERSON = (State.UNCONFIRMED, State.UNOPENED, State.OPENED_LATE, State.REMOVED, State.FAILED, State.PARTLY_REGISTERED)


@dataclass(frozen=True)
class Rule:
    """`state` holds when `when` does and no rule above did; `since` is the event or deadline that decided it, `review` when the clock alone may change it."""

    state: State
    when: Q
    since: Any
    review: Any = None


@dataclass(frozen=True)
class Reopening:
    """A later event that speaks against a decision: the column with its ledger sequence, and the condition under which it really does."""

    reason: str
    sequence: str
    at: str
    when: Q = Q()


# The columns of the fold that are durations.
GRACES = ("open_grace", "register_grace", "post_grace", "late_limit", "outbound_limit", "found_grace")


def is_set(*columns: str) -> Q:
    return Q(**{f"{column}__isnull": False for column in columns})


def is_unset(*columns: str) -> Q:
    return Q(**{f"{column}__isnull": True for column in columns})


def passed(deadline: Any) -> Q:
    """Strictly: a state changes when the clock is beyond the deadline."""
    return Q(clock__gt=deadline)


# Deadlines, by direction. A letter, an opening or a claim starts its own wait; a message that only lies available is watched by its opening.
INBOUND_OPEN_BY = F("available_at") + F("open_grace")
INBOUND_WAITS_UNTIL = Case(
    When(is_set("posted_at"), then=F("posted_at") + F("post_grace")),
    When(is_set("opened_at"), then=F("opened_at") + F("register_grace")),
    When(is_set("fetched_at"), then=F("fetched_at") + F("register_grace")),
    When(is_set("available_at"), then=None),
    default=Coalesce("receipted_at", "sent_at") + F("register_grace"),
    output_field=models.DateTimeField(),
)
OUTBOUND_OPEN_BY = F("available_at") + F("outbound_limit")
OUTBOUND_WAITS_UNTIL = Coalesce("fetched_at", "receipted_at", "sent_at", "posted_at") + F("outbound_limit")

REGISTRATION_HOLDS = is_set("registered_at") & (is_unset("withdrawn_at") | Q(last_registered_at__gt=F("withdrawn_at")))
FAILED_LAST = is_set("failed_at") & (is_unset("progress_at") | Q(failed_at__gt=F("progress_at")))

# What comes after a decision and speaks against it reopens the delivery; these outcomes expect that the message is removed or fails.
EXPECTS_NO_ARRIVAL = Q(outcome__in=("lost", "test_message"))
SAYS_REGISTERED = Q(outcome__in=("found_registered", "recovered"))
REOPENINGS = (
    Reopening("removed_unread", "removed_sequence", "removed_at", ~EXPECTS_NO_ARRIVAL & (is_unset("opened_at") | Q(opened_at__gt=F("removed_at")))),
    Reopening("failed_after_delivery", "failed_sequence", "failed_at", ~EXPECTS_NO_ARRIVAL & FAILED_LAST & is_unset("opened_at")),
    Reopening("registration_withdrawn", "withdrawn_sequence", "withdrawn_at", ~REGISTRATION_HOLDS),
    Reopening("sender_called", "called_sequence", "called_at"),
    Reopening("receipt_of_another", "another_sequence", "another_at", SAYS_REGISTERED),
    Reopening("tie_undone", "untied_sequence", "untied_at", SAYS_REGISTERED),
)
NOTHING_AGAINST = ~Q(pk__in=[])
for reopening in REOPENINGS:
    NOTHING_AGAINST &= ~(Q(**{f"{reopening.sequence}__gt": F("decided_sequence")}) & reopening.when)
NEVER_SHOWN = Q(outcome="found_registered") & passed(F("decided_at") + F("found_grace"))
STANDS = Q(decided_sequence__gt=F("undone_sequence")) & NOTHING_AGAINST

# A person tied the message to a registration, and then a record said that it is another message's.
SHARED = Q(tied_sequence__gt=F("untied_sequence"), another_sequence__gt=F("tied_sequence"))
EVERY_CHILD_REGISTERED = is_unset("children") | Q(case_count=0) | Q(case_count__gte=F("children"))
REGISTERED_SINCE = Case(When(is_set("withdrawn_at"), then="last_registered_at"), default="registered_at")
RUNGS = ("sent_at", "receipted_at", "available_at", "posted_at", "fetched_at", "opened_at", "registered_at", "concluded_at")
ANY_RUNG = is_set(RUNGS[0])
for rung in RUNGS[1:]:
    ANY_RUNG |= is_set(rung)


def unopened_since(open_by: Any) -> Case:
    """The reported deadline or our own, whichever passed first."""
    return Case(
        When(is_unset("unread_at"), then=open_by),
        When(passed(open_by), then=Least("unread_at", open_by)),
        default="unread_at",
        output_field=models.DateTimeField(),
    )


SETTLED = Rule(
    State.SETTLED,
    STANDS & ~NEVER_SHOWN,
    since=F("decided_at"),
    review=Case(When(outcome="found_registered", then=F("decided_at") + F("found_grace")), output_field=models.DateTimeField()),
)
UNKNOWN = Rule(State.UNKNOWN, ~Q(pk__in=[]), since=F("first_at"))

INBOUND = (
    Rule(State.ARRIVED, REGISTRATION_HOLDS & EVERY_CHILD_REGISTERED & ~SHARED, since=REGISTERED_SINCE),
    SETTLED,
    Rule(State.PARTLY_REGISTERED, REGISTRATION_HOLDS, since=REGISTERED_SINCE),
    Rule(
        State.REMOVED,
        is_set("withdrawn_at") | (is_set("removed_at") & (is_unset("opened_at") | Q(opened_at__gt=F("removed_at")))),
        since=Coalesce("withdrawn_at", "removed_at"),
    ),
    Rule(State.FAILED, FAILED_LAST & is_unset("opened_at"), since=F("failed_at")),
    Rule(
        State.UNOPENED,
        is_unset("fetched_at", "opened_at", "posted_at") & (is_set("unread_at") | passed(INBOUND_OPEN_BY)),
        since=unopened_since(INBOUND_OPEN_BY),
    ),
    Rule(State.OPENED_LATE, Q(opened_at__gt=Coalesce("available_at", "receipted_at", "sent_at") + F("late_limit")), since=F("opened_at")),
    Rule(State.UNCONFIRMED, passed(INBOUND_WAITS_UNTIL), since=INBOUND_WAITS_UNTIL),
    Rule(State.IN_TRANSIT, ANY_RUNG, since=Least(*RUNGS), review=Coalesce(INBOUND_WAITS_UNTIL, INBOUND_OPEN_BY)),
    UNKNOWN,
)

OUTBOUND = (
    Rule(State.ARRIVED, is_set("opened_at"), since=F("opened_at")),
    SETTLED,
    Rule(State.REMOVED, is_set("removed_at"), since=F("removed_at")),
    Rule(
        State.HANDED_OVER,
        is_set("taken_at") | (is_set("printed_at") & (is_unset("print_rejected_at") | Q(printed_at__gt=F("print_rejected_at")))),
        since=Coalesce("taken_at", "printed_at"),
    ),
    Rule(State.FAILED, FAILED_LAST, since=F("failed_at")),
    Rule(State.UNOPENED, is_set("unread_at") | passed(OUTBOUND_OPEN_BY), since=unopened_since(OUTBOUND_OPEN_BY)),
    # A message counted as unconfirmed becomes unopened when that deadline passes too.
    Rule(State.UNCONFIRMED, passed(OUTBOUND_WAITS_UNTIL), since=OUTBOUND_WAITS_UNTIL, review=OUTBOUND_OPEN_BY),
    Rule(State.IN_TRANSIT, ANY_RUNG, since=Least(*RUNGS), review=Least(OUTBOUND_OPEN_BY, OUTBOUND_WAITS_UNTIL)),
    UNKNOWN,
)


def holds_at_any_clock(rule: Rule) -> bool:
    """Neither the clock nor a duration has a say in whether it holds."""
    compared = {one.name for one in rule.when.flatten() if isinstance(one, F)}  # type: ignore[attr-defined]
    return compared.union(rule.when.referenced_base_fields).isdisjoint(("clock", *GRACES))


def first_of(rules: Iterable[Rule]) -> set[State]:
    return {rule.state for rule in takewhile(holds_at_any_clock, rules)}


# What is in one of these is in it at any clock, as long as nothing more is learned: no rule that asks the clock comes before.
STEADY = tuple(sorted(first_of(INBOUND) & first_of(OUTBOUND)))
