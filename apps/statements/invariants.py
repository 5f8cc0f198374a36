"""What always holds of statements (04-reliability, "Invariants")."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from django.db.models import Count, Max, Min

from apps.deliveries.models import Delivery
from apps.ledger.hindsight import snapshot
from apps.ledger.invariants import Invariant
from apps.statements import figuring, past, queries
from apps.statements.models import Statement

# Working one out anew takes as long as stating all of its service's messages, and `verify` comes every few minutes: all of them while these are no more than
# AT_ONCE together (some seconds), else those whose turn it is, and the newest. To begin with one takes as long as EACH messages.
AT_ONCE = 1_000_000
EACH = 20_000
TURN = 300  # seconds


def numbers_left_out(now: datetime) -> Iterator[str]:
    counted = Statement.objects.order_by().values("service_id", "scope").annotate(count=Count("pk"), first=Min("number"), last=Max("number"))
    for row in counted:
        if (row["first"], row["last"]) != (1, row["count"]):
            yield f"service {row['service_id']}, scope {row['scope']}: {row['count']} statements, the last is number {row['last']}"


def unsigned(now: datetime) -> Iterator[str]:
    """Each is hashed again and held against what the trail was told."""
    statements = list(Statement.objects.order_by("pk"))
    signed = queries.signatures(statements)
    for statement in statements:
        entry = signed.get(statement.pk)
        if entry is None or f'"sha256":"{queries.digest(statement).hex()}"' not in entry.text or statement.at != entry.at or statement.by_id != entry.person_id:
            yield f"statement {statement.pk}"


def told_otherwise(now: datetime) -> Iterator[str]:
    """The numbers worked out anew from the ledger, of all statements or of those in turn."""
    for statement in in_turn(now):
        with snapshot():
            again = past.count(services=[statement.service_id], at=past.moment_of(statement), period=past.period_of(statement))
        if not agrees(statement.figures, figuring.figures(again)):
            yield f"statement {statement.pk} of service {statement.service_id}, number {statement.number}"


def in_turn(now: datetime) -> list[Statement]:
    """All of them while that is little work; else the newest, and of the others those whose turn it is: in time each has one."""
    statements = list(Statement.objects.order_by("pk"))
    messages = dict(Delivery.objects.order_by().values_list("service").annotate(Count("pk")))
    parts = divided(statements, messages)
    if len(parts) <= 1:
        return statements
    turn = parts[int(now.timestamp() // TURN) % len(parts)]
    return turn if statements[-1] in turn else [*turn, statements[-1]]


def divided(statements: Iterable[Statement], messages: Mapping[int, int]) -> list[list[Statement]]:
    """Statements in their order, as many in each part as can be worked out at once; `messages` by the service's id."""
    parts: list[list[Statement]] = []
    work = AT_ONCE
    for statement in statements:
        each = EACH + messages.get(statement.service_id, 0)
        if work + each > AT_ONCE:
            parts.append([])
            work = 0
        parts[-1].append(statement)
        work += each
    return parts


def agrees(told: figuring.Figures, again: figuring.Figures) -> bool:
    """Every number that was told is the same again; a figure that was defined later is none of it."""
    return all(
        again.get(direction, {}).get(name, {}).get(part) == number
        for direction, names in told.items()
        for name, parts in names.items()
        for part, number in parts.items()
    )


INVARIANTS = (
    Invariant("I15", "Statements of a scope are numbered from one without holes", numbers_left_out),
    Invariant("I15", "What a statement tells is what the trail was told when it was issued, by whom and when", unsigned),
    Invariant("I15", "Each statement's numbers come out the same from the ledger, at its clock and from what was known then", told_otherwise),
)
