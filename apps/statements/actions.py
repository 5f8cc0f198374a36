"""Issuing statements: figures that come out the same for ever, each numbered, told to the trail, and never changed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import OperationalError, transaction
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.accounts.queries import may
from apps.accounts.roles import Permission
from apps.audit import actions as audit
from apps.audit.verbs import Kind, Verb
from apps.ledger import actions as ledger
from apps.ledger.hindsight import snapshot
from apps.registry.models import Service
from apps.statements import coverage, figuring, past, queries
from apps.statements.models import Basis, Statement
from apps.ui import texts

METHOD_LIMIT = 4_000


class NotAllowed(Exception):
    """The person has no role that gives this in every one of the services."""


class Busy(Exception):
    """A file is being brought in and what it says is not known yet; in a moment it is."""


class Refused(Exception):
    """What was asked for cannot be told; `field` says what of it is wrong, `sentence` why."""

    def __init__(self, field: str, sentence: object) -> None:
        super().__init__(field, str(sentence))
        self.field, self.sentence = field, sentence


class EndsBeforeItBegins(Refused):
    """The period's last day lies before its first."""


class InTheFuture(Refused):
    """The clock, or the time of knowing, has not come yet."""


class ReplacedBefore(Refused):
    """Another statement replaces that one already."""


class AnotherScope(Refused):
    """What is to be replaced is about other services, or another period."""


@dataclass(frozen=True)
class Asked:
    """What a statement is to be of: the messages of a period, at a clock, from what had been learned by then (aware), and how it is meant."""

    from_day: date
    to_day: date
    basis: Basis
    as_of: datetime
    known_at: datetime
    is_final: bool = False
    method: str = ""

    @property
    def period(self) -> past.Period:
        return past.Period(self.from_day, self.to_day, self.basis)


@transaction.atomic
def issue(*, services: Sequence[Service], asked: Asked, replaces: Statement | None = None, by: User, now: datetime) -> Statement:
    """Tell the figures of these services for ever, as the next statement of their scope. Returns that of the first service by code.

    What others are appending to the ledger is waited for, and what comes later is learned later, so the same question has the same answer for ever.
    Raises NotAllowed, Busy, EndsBeforeItBegins, InTheFuture, ReplacedBefore, AnotherScope, Refused.
    """
    services = sorted(services, key=lambda service: service.code)
    if not services or not all(may(user=by, permission=Permission.ISSUE_STATEMENTS, service=service, now=now) for service in services):
        raise NotAllowed
    check(asked, now)
    wait_for_others([service.pk for service in services], asked.known_at)
    scope = queries.scope(services)
    replaced = {one.service_id: one for one in queries.rows(replaces)} if replaces else {}
    if replaces:
        check_replaced(replaces, scope, asked)
    at = past.moment(as_of=asked.as_of, known_at=asked.known_at)
    with snapshot():
        counted = past.count(services=[service.pk for service in services], at=at, period=asked.period)
    number, definitions = queries.next_number(scope=scope), figuring.definitions()
    made = [
        Statement.objects.create(
            service=service,
            scope=scope,
            number=number,
            **vars(asked),
            figures=figuring.figures(figuring.of_service(counted, service.pk)),
            definitions=definitions,
            graces=past.hours(at.graces),
            coverage=coverage.covered(service_id=service.pk, at=at, period=asked.period),
            replaces=replaced.get(service.pk),
            by=by,
            at=now,
        )
        for service in services
    ]
    for statement in made:
        told = {"number": number, "from_day": asked.from_day, "to_day": asked.to_day, "as_of": asked.as_of, "known_at": asked.known_at}
        signed = {"among": len(made), "is_final": asked.is_final, "sha256": queries.digest(statement)}
        audit.record(verb=Verb.ISSUED, by=by, services=[statement.service_id], about=(Kind.STATEMENT, statement.pk), now=now, **told, **signed)
    return made[0]


def check(asked: Asked, now: datetime) -> None:
    if asked.to_day < asked.from_day:
        raise EndsBeforeItBegins("to_day", _("The period ends before it begins."))
    for field in ("as_of", "known_at"):
        if getattr(asked, field) > now:
            raise InTheFuture(field, _("This time has not come yet. Nothing can be told of it."))
    if asked.period.bounds[0] > asked.as_of:
        raise InTheFuture("from_day", _("The period begins after the clock that the figures are for."))
    if wrong := texts.unfit(asked.method, METHOD_LIMIT):
        raise Refused("method", wrong)


def check_replaced(replaces: Statement, scope: str, asked: Asked) -> None:
    """Of two who replace the same at once, the second has waited for the first and finds it here."""
    if (replaces.scope, past.period_of(replaces)) != (scope, asked.period):
        raise AnotherScope("replaces", _("A newer statement is of the same services and the same period as the one that it replaces."))
    if newer := Statement.objects.filter(replaces=replaces).first():
        raise ReplacedBefore(
            "replaces", _("Statement %(number)s was replaced already, by statement %(newer)s.") % {"number": replaces.number, "newer": newer.number}
        )


def wait_for_others(services: Sequence[int], known_at: datetime) -> None:
    """Until what is being appended is there. Raises Busy when that takes longer than a page may wait."""
    try:
        with transaction.atomic():
            ledger.tell(services=services, known_at=known_at)
    except OperationalError as error:
        raise Busy from error
