"""Test messages of our own, sent through a channel to see how far they come: registered by the reference that they travel under, and followed rung by rung.

None is ever a delivery (apps.ledger.canaries), so what is shown here is read from the ledger's events alone.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection, transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.accounts.queries import may
from apps.accounts.roles import Permission
from apps.audit import actions as audit
from apps.audit.verbs import Kind, Verb
from apps.deliveries import actions as deliveries
from apps.ledger import canaries as ledger
from apps.ledger import codes, words
from apps.ledger.models import Canary, Event, Reference
from apps.registry import queries as registry
from apps.registry.models import Service

# The channels that a message of ours can be sent through, by the namespace of the reference that they give it.
CHANNELS = {"portal": _("National portal"), "svarut": _("SvarUt"), "eformidling": _("eFormidling"), "altinn": _("Altinn")}
# In the ladder's order. A carrier's claim that it was delivered is not told: nothing follows from it.
RUNGS = {
    "sent": (_("Sent"), codes.SENT),
    "receipted": (_("Receipt given"), codes.RECEIPTED),
    "available": (_("Available"), codes.AVAILABLE),
    "fetched": (_("Fetched"), ("fetched",)),
    "opened": (_("Opened"), codes.OPENED),
    "registered": (_("Registered"), codes.REGISTERED),
}
MOST = 100
ARRIVES_WITHIN = "register_grace"  # the policy by which a receipt should have become a registration


class NotAllowed(Exception):
    """The person has no role that gives this in the service."""


class Unfit(Exception):
    """What was typed cannot be a reference of this channel, or says nothing new; `sentence` says why."""

    def __init__(self, sentence: object) -> None:
        super().__init__(str(sentence))
        self.sentence = sentence


@transaction.atomic
def register(*, service: Service, namespace: str, value: str, by: User, now: datetime) -> Canary:
    """Say that what travels under this reference is a test of ours. What a source has told of already is one only when a second person says so. Raises NotAllowed, Unfit."""
    allow(by, service, now)
    try:
        value = str(UUID(value.strip()))
    except ValueError:
        raise Unfit(_("Every reference of these channels is a UUID: 36 characters, in five groups.")) from None
    if namespace not in CHANNELS:
        raise Unfit(_("Choose the channel."))
    try:
        canary, reference = ledger.register(service=service, namespace=namespace, value=value, by=by, now=now)
    except ledger.Known:
        raise Unfit(_("This is registered already, or you have said so already and another person must say so too.")) from None
    except ledger.Touched:
        raise Unfit(_("Somebody has worked on this message, so it is treated as one. Decide that it is a test message instead.")) from None
    if reference:
        deliveries.reconcile(service=service, deliveries=[reference.pk], now=now)
    told = {"channel": namespace, "beforehand": canary.beforehand, "canary": canary.pk}
    audit.record(verb=Verb.CANARY_SENT, by=by, services=[service.pk], about=(Kind.SERVICE, service.pk), now=now, **told)
    return canary


@transaction.atomic
def withdraw(*, canary: Canary, by: User, now: datetime) -> None:
    """It is no test of ours: what was told of it is a message like others. One person is enough, for nothing is hidden by it. Raises NotAllowed."""
    allow(by, canary.service, now)
    reference = ledger.withdraw(canary=canary, by=by, now=now)
    if reference:
        deliveries.reconcile(service=canary.service, deliveries=[reference.pk], now=now)
    about = (Kind.SERVICE, canary.service_id)
    audit.record(verb=Verb.CANARY_SENT, by=by, services=[canary.service_id], about=about, now=now, channel=canary.namespace, canary=canary.pk, withdrawn=True)


def allow(by: User, service: Service, now: datetime) -> None:
    if not may(user=by, permission=Permission.TAKE_ON_ALARMS, service=service, now=now):
        raise NotAllowed


@dataclass(frozen=True)
class Rung:
    """`after` is how long after the first thing that was told; None when the rung was not reached."""

    label: object
    at: datetime | None
    after: timedelta | None


@dataclass(frozen=True)
class Followed:
    """A canary and how far it came. One that `waits` for a second person is a message like others until then."""

    canary: Canary
    channel: object
    rungs: list[Rung]
    waits: bool

    @property
    def has_arrived(self) -> bool:
        return self.rungs[-1].at is not None


def followed(*, services: Iterable[int]) -> list[Followed]:
    """The latest canaries of these services that nobody withdrew, newest first; three queries. Needs their scope."""
    ids = list(services)
    standing = _standing(ids)
    rows = list(Canary.objects.filter(service__in=ids).select_related("service", "by").order_by("-pk")[: 2 * MOST])
    withdrawn = {(row.service_id, row.namespace, row.value): row.pk for row in reversed(rows) if not row.is_one}
    found: dict[tuple[int, str, str], Canary] = {}
    for row in rows:
        if row.is_one and row.pk > withdrawn.get((row.service_id, row.namespace, row.value), 0):
            found[row.service_id, row.namespace, row.value] = row  # the first who said so
    reached = _reached(found)
    return [Followed(row, CHANNELS.get(row.namespace, row.namespace), rungs(reached[key]), key not in standing) for key, row in list(found.items())[:MOST]]


def rungs(reached: dict[str, datetime]) -> list[Rung]:
    first = min(reached.values(), default=None)
    return [Rung(label, at := reached.get(name), at - first if at and first else None) for name, (label, _codes) in RUNGS.items()]


def overdue(*, now: datetime) -> Iterator[tuple[int, int, datetime]]:
    """Service, number and since when, of canaries that should be registered by now and are not. Needs the scope of an operator."""
    standing = _standing(None)
    if not standing:
        return
    before = now - registry.policy(name=ARRIVES_WITHIN, at=now)
    rows = {(row.service_id, row.namespace, row.value): row for row in Canary.objects.filter(is_one=True, learned_at__lt=before).order_by("-pk")}
    due = {key: row for key, row in rows.items() if key in standing}
    reached = _reached(due)
    late: dict[int, list[datetime]] = defaultdict(list)
    for key, row in due.items():
        if "registered" not in reached[key]:
            late[row.service_id].append(row.learned_at)
    yield from ((service, len(since), min(since)) for service, since in late.items())


def _standing(services: list[int] | None) -> set[tuple[int, str, str]]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM ({ledger.standing()}) c WHERE %s::bigint[] IS NULL OR c.service_id = ANY (%s)", [services, services])
        return {(service, namespace, value) for service, namespace, value in cursor.fetchall()}


def _reached(keys: Iterable[tuple[int, str, str]]) -> dict[tuple[int, str, str], dict[str, datetime]]:
    """When each first reached each rung, by what any source tells of the messages tied to it."""
    wanted = list(keys)
    found: dict[tuple[int, str, str], dict[str, datetime]] = {key: {} for key in wanted}
    homes = {
        (service, namespace, value): delivery
        for service, namespace, value, delivery in Reference.objects.filter(
            service__in={key[0] for key in wanted}, value__in={key[2] for key in wanted}
        ).values_list("service", "namespace", "value", "delivery")
    }
    events: dict[int, list[tuple[str, datetime]]] = defaultdict(list)
    told = Event.objects.standing().filter(reference__delivery__in=set(homes.values())).annotate(home=F("reference__delivery"))
    known = list(told)
    words.read(known)
    for event in known:
        events[event.home].append((event.code, event.occurred_at))
    for key in wanted:
        for name, (_label, meant) in RUNGS.items():
            times = [at for code, at in events[homes.get(key, 0)] if code in meant]
            if times:
                found[key][name] = min(times)
    return found
