"""The same thing said about many deliveries at once: a note, or a proposal. Nothing here closes anything: what is proposed waits for a second look, one by one.

A few statements, however many there are. `batch` is the number under which worklists keep what was done to many together.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from django.db import connection, transaction
from django.db.models import Max, Q

from apps.accounts.models import User
from apps.accounts.roles import Permission
from apps.decisions import outcomes, pointing
from apps.decisions.actions import LOCK, Incomplete, allow, check_reason
from apps.decisions.models import WITHDRAWAL, Decision
from apps.decisions.outcomes import POINTS_AT, RULES, Closes, Look, Outcome
from apps.decisions.queries import SENDERS
from apps.deliveries import actions as deliveries
from apps.deliveries.models import Delivery
from apps.ledger import actions as ledger
from apps.ledger.models import Event, Particulars
from apps.registry.models import Service

# Each by its own number, in their order, so that nobody waits in a circle; whoever decides about one of them waits, or is waited for.
LOCK_ALL = f"{LOCK} FROM (SELECT unnest(%s::bigint[]) AS one ORDER BY 1) AS each".replace("(%s)", "(one)", 1)


def notable(direction: str) -> tuple[str, ...]:
    """What may be noted of many: each is about the same conversation. How many children are known is said one by one."""
    return tuple(outcome for outcome in outcomes.offered(direction) if RULES[outcome].closes is Closes.NEVER and outcome != Outcome.CHILD_KNOWN)


def proposable(direction: str) -> tuple[str, ...]:
    """What may be proposed of many: always looked at by another person, and pointing at nothing that only one of them can have."""
    pointing_at = {*POINTS_AT.values()}
    return tuple(
        outcome
        for outcome in outcomes.offered(direction)
        if RULES[outcome].closes is Closes.ALWAYS and RULES[outcome].look is Look.ALWAYS and not pointing_at & set(RULES[outcome].needed(direction))
    )


@transaction.atomic
def say(*, service: Service, ids: Sequence[int], outcome: str, fields: Mapping[str, object], by: User, now: datetime, batch: int) -> list[int]:
    """Note or propose this about the deliveries, all of one direction; those that are not open any more, or wait for a look, are left out of a proposal.

    Returns those that it was said about. Raises NotAllowed, Incomplete.
    """
    allow(by, Permission.DECIDE, service, now)
    _hold(ids)
    about = _open(service, ids, by_proposal=RULES[outcome].closes is Closes.ALWAYS if outcome in RULES else False)
    if not about:
        return []
    direction = about[0].direction
    closes = outcome in proposable(direction)
    if not closes and outcome not in notable(direction):
        raise Incomplete({"outcome": outcomes.MISSING["reason"]})
    kept = _checked(about, outcome, fields, now)
    _append(service, [one.pk for one in about], "proposed" if closes else "noted", outcome, by, now, batch, closes=closes, needs_look=closes, **kept)
    return [one.pk for one in about]


@transaction.atomic
def take_back(*, service: Service, batch: int, reason: str, by: User, now: datetime, again: int) -> list[int]:
    """Withdraw every proposal of the batch that nobody has looked at yet; of a batch of notes, note with each that it does not hold. Returns the deliveries.

    `again` is the batch that this is. Raises NotAllowed, Incomplete.
    """
    allow(by, Permission.DECIDE, service, now)
    check_reason(reason)
    said = Decision.objects.filter(service=service, batch=batch)
    _hold(list(said.values_list("reference__delivery", flat=True)))
    unseen = said.filter(needs_look=True, look__isnull=True, withdrawal__isnull=True).select_related("reference")
    waiting = {decision.reference.delivery: decision for decision in unseen.order_by("reference__delivery")}
    if waiting:
        _append(
            service,
            list(waiting),
            "withdrawn",
            next(iter(waiting.values())).outcome,
            by,
            now,
            again,
            outcome=WITHDRAWAL,
            closes=False,
            needs_look=False,
            withdraws=waiting.values(),
            reason=reason.strip(),
        )
    noted = sorted(set(said.filter(closes=False).exclude(outcome=WITHDRAWAL).values_list("reference__delivery", flat=True)))
    if noted:
        _append(service, noted, "noted", Outcome.NOTE, by, now, again, closes=False, needs_look=False, reason=reason.strip())
    return sorted({*waiting, *noted})


def _hold(ids: Sequence[int]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(LOCK_ALL, [list(ids)])


def _open(service: Service, ids: Sequence[int], *, by_proposal: bool) -> list[Delivery]:
    found = Delivery.objects.open().filter(service=service, pk__in=list(ids))
    return list((found.filter(look_waits=False) if by_proposal else found).order_by("pk"))


def _checked(about: Sequence[Delivery], outcome: str, fields: Mapping[str, object], now: datetime) -> dict[str, object]:
    """As for one delivery; the sender counts as known when the records name that of any, and a day must fit all of them."""
    direction, ids = about[0].direction, [one.pk for one in about]
    named = Particulars.objects.standing().filter(reference__delivery__in=ids, attributes__has_any_keys=list(SENDERS))
    sender_is_known = named.exists()
    days = {"known_since": pointing.day(max(one.first_at for one in about)), "today": pointing.day(now)}
    found = outcomes.problems(outcome, direction=direction, fields=fields, sender_is_known=sender_is_known, **days)
    if found:
        raise Incomplete(found)
    asked = {name: fields.get(name) for name in RULES[outcome].fields(direction)}
    return {name: value.strip() if isinstance(value, str) else value for name, value in asked.items() if outcomes.given(value)}


def _append(
    service: Service,
    homes: Sequence[int],
    code: str,
    native: str,
    by: User,
    now: datetime,
    batch: int,
    *,
    outcome: str = "",
    withdraws: Collection[Decision] = (),
    **fields: object,
) -> None:
    """One event and one decision for each, and all of them reconciled."""
    follows = _versions(homes)
    events = ledger.record_many(service=service, references=homes, code=code, native=native, occurred_at=now, now=now)
    undone = list(withdraws) or [None] * len(homes)
    Decision.objects.bulk_create(
        Decision(
            service=service,
            reference_id=home,
            event=event,
            follows=follows.get(home, 0),
            outcome=outcome or native,
            withdraws=withdrawn,
            batch=batch,
            by=by,
            at=now,
            **fields,
        )
        for home, event, withdrawn in zip(homes, events, undone, strict=True)
    )
    deliveries.reconcile(service=service, deliveries=homes, now=now)


def _versions(homes: Sequence[int]) -> dict[int, int]:
    """The ledger's sequence of the last thing a person did about each; of a delivery that was joined, counted for all its homes."""
    people = Event.objects.filter(Q(source="person"), reference__delivery__in=list(homes)).order_by()
    return dict(people.values_list("reference__delivery").annotate(last=Max("id")))
