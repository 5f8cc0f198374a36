"""One thing done to many deliveries of a service at once, under one number by which all of them are found again and all of it is taken back.

Nothing is closed: what is proposed waits for a second look, one by one. `Said` is what decisions can say of many; config.urls gives it, since worklists do
not know them.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.accounts.queries import may
from apps.accounts.roles import Permission
from apps.audit import actions as audit
from apps.audit.verbs import Verb
from apps.registry.models import Service
from apps.ui import texts
from apps.worklists import actions, turns
from apps.worklists.actions import NotAllowed, Unfit, allow, told
from apps.worklists.models import REASON_LIMIT, Act, Batch, Claim, Pause

MOST = 1_000
UNDOING = {Act.CLAIMED: Act.RELEASED, Act.ASSIGNED: Act.RELEASED, Act.PAUSED: Act.RESUMED}


@dataclass(frozen=True)
class Said:
    """`say` notes or proposes, `take_back` undoes that; `notable` and `proposable` name the outcomes for a direction; `Unsayable` is what they raise."""

    say: Callable[..., list[int]]
    take_back: Callable[..., list[int]]
    notable: Callable[[str], tuple[str, ...]]
    proposable: Callable[[str], tuple[str, ...]]
    form: Callable[..., object]
    Unsayable: type[Exception]


class TooMany(Exception):
    """More than MOST at once, or none; `args` is the number."""


class TakenBack(Exception):
    """The batch was taken back before, or is itself a taking back."""


@transaction.atomic
def begin(*, service: Service, act: Act, ids: Sequence[int], listed: str, by: User, now: datetime) -> Batch:
    """The number under which something is done to these deliveries; in the transaction that does it. Raises NotAllowed, TooMany."""
    allow(by, Permission.ASSIGN if act == Act.ASSIGNED else Permission.DECIDE, service, now)
    if not 0 < len(ids) <= MOST:
        raise TooMany(len(ids))
    return Batch.objects.create(service=service, act=act, listed=listed, matched=len(ids), by=by, at=now)


@transaction.atomic
def claim(*, service: Service, ids: Sequence[int], listed: str, by: User, now: datetime) -> Batch:
    """Take those that nobody has. Raises NotAllowed, TooMany."""
    batch = begin(service=service, act=Act.CLAIMED, ids=ids, listed=listed, by=by, now=now)
    return done(batch, actions.take(service=service, deliveries=ids, by=by, now=now, batch=batch))


@transaction.atomic
def assign(*, service: Service, ids: Sequence[int], listed: str, person: User, by: User, now: datetime) -> Batch:
    """Give them to somebody who may decide, whoever has them. Raises NotAllowed, TooMany, Unfit."""
    batch = begin(service=service, act=Act.ASSIGNED, ids=ids, listed=listed, by=by, now=now)
    return done(batch, actions.give(service=service, deliveries=ids, person=person, by=by, now=now, batch=batch))


@transaction.atomic
def pause(*, service: Service, ids: Sequence[int], listed: str, until: datetime, reason: str, by: User, now: datetime) -> Batch:
    """Put aside those whose copy is there so long and that nobody else has. Raises NotAllowed, TooMany, Unfit."""
    batch = begin(service=service, act=Act.PAUSED, ids=ids, listed=listed, by=by, now=now)
    return done(batch, actions.put_aside(service=service, deliveries=ids, until=until, reason=reason, by=by, now=now, batch=batch))


@transaction.atomic
def say(*, service: Service, ids: Sequence[int], listed: str, act: Act, outcome: str, fields: dict[str, object], by: User, now: datetime, said: Said) -> Batch:
    """Note something about them, or propose an outcome. Raises NotAllowed, TooMany, and what `said` raises."""
    batch = begin(service=service, act=act, ids=ids, listed=listed, by=by, now=now)
    about = said.say(service=service, ids=ids, outcome=outcome, fields=fields, by=by, now=now, batch=batch.pk)
    return done(batch, told(act, service, about, by=by, now=now, batch=batch))


@transaction.atomic
def take_back(*, batch: Batch, reason: str, by: User, now: datetime, said: Said) -> Batch:
    """Undo what the batch did and nobody has done something else about since; only who did it, or who gives messages to people.

    Raises NotAllowed, TakenBack, Unfit, and what `said` raises.
    """
    if by.pk != batch.by_id and not may(user=by, permission=Permission.ASSIGN, service=batch.service, now=now):
        raise NotAllowed
    allow(by, Permission.DECIDE, batch.service, now)
    if batch.undoes_id or hasattr(batch, "undone"):
        raise TakenBack
    wrong = texts.unfit(reason, REASON_LIMIT) if reason.strip() else _("Write why.")
    if wrong:
        raise Unfit(reason=wrong)
    act = UNDOING.get(Act(batch.act), Act(batch.act))
    ids = sorted(set(batch.steps.values_list("reference__delivery", flat=True)))
    try:
        with transaction.atomic():
            again = Batch.objects.create(service=batch.service, act=act, listed=batch.listed, matched=len(ids), undoes=batch, by=by, at=now)
    except IntegrityError:  # of two at the same moment, one
        raise TakenBack from None
    undone = _undone(batch, again, ids, reason, by, now, said)
    return done(again, told(act, batch.service, undone, by=by, now=now, batch=again, reason=reason.strip()))


def _undone(batch: Batch, again: Batch, ids: Sequence[int], reason: str, by: User, now: datetime, said: Said) -> list[int]:
    service = batch.service
    if batch.act in (Act.CLAIMED, Act.ASSIGNED):
        as_then = Claim.objects.filter(reference__delivery__in=ids, since=batch.at, by=batch.by).values_list("reference__delivery", flat=True)
        return turns.free(service=service, deliveries=list(as_then), person=by, now=now, over=True)
    if batch.act == Act.PAUSED:
        as_then = Pause.objects.filter(reference__delivery__in=ids, since=batch.at, by=batch.by).values_list("reference__delivery", flat=True)
        return turns.resume(service=service, deliveries=list(as_then))
    return said.take_back(service=service, batch=batch.pk, reason=reason, by=by, now=now, again=again.pk)


def done(batch: Batch, deliveries: Sequence[int]) -> Batch:
    """Told to the trail once, with its number and how many it was done to."""
    verb = Verb.TOOK_BACK if batch.undoes_id else VERBS[Act(batch.act)]
    audit.record(verb=verb, by=batch.by, services=[batch.service_id], now=batch.at, batch=batch.pk, count=len(deliveries))
    return batch


VERBS = actions.VERBS | {Act.NOTED: Verb.DECIDED, Act.PROPOSED: Verb.DECIDED}
