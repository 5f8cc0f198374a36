"""What may be done with a breach of personal data: note it, tell the authority, supplement what was told, decide whether those affected must be told, tell them."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.accounts.queries import may
from apps.accounts.roles import Permission
from apps.audit import actions as audit
from apps.audit.verbs import Kind, Verb
from apps.breaches import queries
from apps.breaches.clock import clock
from apps.breaches.models import TEXT_LIMIT, Act, Breach, Step
from apps.breaches.numbers import numbers
from apps.ledger.models import Direction
from apps.registry.models import Service
from apps.statements.models import Statement
from apps.ui import texts
from apps.ui.filters import FIRST_DAY
from apps.watch import reminders
from apps.watch.models import Reminds

MOST = 10_000_000
LIMITS = {"noticed_by": 200, "nature": TEXT_LIMIT, "consequences": TEXT_LIMIT, "measures": TEXT_LIMIT, "contact": 200}
NEEDED = _("This is needed.")
Problems = dict[str, str | Promise]


class NotAllowed(Exception):
    """The person has no role that gives this in the service."""


class Incomplete(Exception):
    """Fields are missing or cannot be kept; `problems` says which and why, field by field."""

    def __init__(self, problems: Mapping[str, str | Promise]) -> None:
        super().__init__(dict(problems))
        self.problems = dict(problems)


class AlreadyTold(Exception):
    """That the authority, or those affected, were told is kept before."""


@dataclass(frozen=True)
class Noted:
    """What is known of a breach when it is noted. `aware_at` is aware; None is what nobody knows, or what the statement says."""

    aware_at: datetime | None
    noticed_by: str
    nature: str
    direction: str
    records: int | None
    persons: int | None
    from_day: date | None
    to_day: date | None
    consequences: str
    measures: str
    contact: str


@transaction.atomic
def note(*, service: Service, noted: Noted, statement: Statement | None = None, by: User, now: datetime) -> Breach:
    """Note a breach; what is left open of its numbers and its period is the statement's, and what is not must equal it. Raises NotAllowed, Incomplete."""
    allow(by, service, now)
    noted = replace(noted, **{name: getattr(noted, name).strip() for name in LIMITS})
    problems = wrong_texts({name: (getattr(noted, name), limit) for name, limit in LIMITS.items()})
    problems |= wrong_time("aware_at", noted.aware_at, now)
    if noted.direction not in Direction.values:
        problems["direction"] = _("Choose a direction.")
    elif statement and statement.service_id != service.pk:
        problems["statement"] = _("This statement is of another service.")
    elif statement:
        problems |= otherwise_stated(noted, statement)
        noted = stated(noted, statement)
    problems |= wrong_numbers(noted, timezone.localdate(now))
    if problems:
        raise Incomplete(problems)
    kept = Breach.objects.create(service=service, statement=statement, **vars(noted), by=by, at=now)
    tell_trail(Verb.BREACH_NOTED, kept, by, now, statement=statement.pk if statement else None)
    return kept


@transaction.atomic
def tell(*, breach: Breach, told_at: datetime | None, text: str, late_reason: str, by: User, now: datetime) -> Step:
    """Note when the authority was told (aware), and how it can be found; after the 72 hours with the reason for that.

    Raises NotAllowed, Incomplete, AlreadyTold.
    """
    allow(by, breach.service, now)
    late_reason = late_reason.strip()
    problems = wrong_texts({"text": (text.strip(), TEXT_LIMIT)}) | wrong_time("told_at", told_at, now, since=breach.aware_at)
    is_late = "told_at" not in problems and clock(aware_at=breach.aware_at, told_at=told_at, now=now).is_late
    if is_late and not late_reason:
        problems["late_reason"] = _("The authority was told more than 72 hours after you became aware. Say why.")
    elif wrong := texts.unfit(late_reason, TEXT_LIMIT):
        problems["late_reason"] = wrong
    if problems:
        raise Incomplete(problems)
    step = once(breach, Act.TOLD, text, by, now, done_at=told_at)
    if is_late:
        take(breach, Act.LATE_REASON, late_reason, by, now)
    reminders.forget(reminds=Reminds.BREACH, subjects=[breach.pk])
    tell_trail(Verb.BREACH_TOLD, breach, by, now, act=Act.TOLD, told_at=told_at, is_late=is_late)
    return step


@transaction.atomic
def supplement(*, breach: Breach, text: str, statement: Statement | None = None, by: User, now: datetime) -> Step:
    """Correct or add to what was noted, with the numbers of a newer statement where one is named: the first words and numbers stay. Raises NotAllowed, Incomplete."""
    allow(by, breach.service, now)
    problems = wrong_texts({"text": (text.strip(), TEXT_LIMIT)})
    if statement and statement not in queries.newer(breach=breach):
        problems["statement"] = _("Choose a statement of this service that is newer than the one that the breach has.")
    refuse(problems)
    try:
        with transaction.atomic():
            step = take(breach, Act.SUPPLEMENTED, text, by, now, statement=statement)
    except IntegrityError:  # two people at the same moment
        raise Incomplete({"statement": _("Choose a statement of this service that is newer than the one that the breach has.")}) from None
    tell_trail(Verb.BREACH_NOTED, breach, by, now, act=Act.SUPPLEMENTED, statement=statement.pk if statement else None)
    return step


@transaction.atomic
def decide_affected(*, breach: Breach, is_high_risk: bool | None, text: str, by: User, now: datetime) -> Step:
    """Decide whether those affected must be told, with the reason; a later decision stands in the place of this one. Raises NotAllowed, Incomplete."""
    allow(by, breach.service, now)
    problems = wrong_texts({"text": (text.strip(), TEXT_LIMIT)})
    if is_high_risk is None:
        problems["is_high_risk"] = _("Choose whether the risk is high.")
    refuse(problems)
    step = take(breach, Act.AFFECTED_DECIDED, text, by, now, is_high_risk=is_high_risk)
    tell_trail(Verb.BREACH_NOTED, breach, by, now, act=Act.AFFECTED_DECIDED, is_high_risk=is_high_risk)
    return step


@transaction.atomic
def tell_affected(*, breach: Breach, told_at: datetime | None, text: str, undecided_reason: str, by: User, now: datetime) -> Step:
    """Note when those affected had been told (aware), by whom and how; where nobody has decided that the risk is high, with the reason for that.

    Raises NotAllowed, Incomplete, AlreadyTold.
    """
    allow(by, breach.service, now)
    undecided_reason, decided = undecided_reason.strip(), queries.standing(breach)
    must = decided is not None and decided.is_high_risk
    problems = wrong_texts({"text": (text.strip(), TEXT_LIMIT)}) | wrong_time("told_at", told_at, now, since=breach.aware_at)
    if not must and not undecided_reason:
        problems["undecided_reason"] = _("Nobody has decided that the risk is high. Decide that first, or say why they were told all the same.")
    elif wrong := texts.unfit(undecided_reason, TEXT_LIMIT):
        problems["undecided_reason"] = wrong
    refuse(problems)
    step = once(breach, Act.AFFECTED_TOLD, text, by, now, done_at=told_at)
    if not must:
        take(breach, Act.AFFECTED_REASON, undecided_reason, by, now)
    tell_trail(Verb.BREACH_TOLD, breach, by, now, act=Act.AFFECTED_TOLD, told_at=told_at, was_decided=must)
    return step


def stated(noted: Noted, statement: Statement) -> Noted:
    """With the statement's numbers and period where nothing else was typed."""
    of_statement = numbers(statement=statement, direction=noted.direction)
    return replace(
        noted,
        records=of_statement.records if noted.records is None else noted.records,
        persons=of_statement.persons if noted.persons is None else noted.persons,
        from_day=noted.from_day or statement.from_day,
        to_day=noted.to_day or statement.to_day,
    )


def otherwise_stated(noted: Noted, statement: Statement) -> Problems:
    """A notice never says another number than the statement that it names, nor the same number of another time."""
    told = numbers(statement=statement, direction=noted.direction)
    problems: Problems = {}
    for name, number in (("records", told.records), ("persons", told.persons)):
        if number is not None and getattr(noted, name) not in (None, number):
            problems[name] = _("The statement says {number}. Leave this empty, or take another statement.").format(number=number)
    for name in ("from_day", "to_day"):
        if getattr(noted, name) not in (None, getattr(statement, name)):
            problems[name] = _("The statement is of another period. Leave this empty, or take another statement.")
    return problems


def wrong_numbers(noted: Noted, today: date) -> Problems:
    problems: Problems = {}
    for name in ("records", "persons"):
        number = getattr(noted, name)
        if number is not None and not 0 <= number <= MOST:
            problems[name] = _("Write a number from 0 to ten million, or leave it empty where nobody knows.")
    for name in ("from_day", "to_day"):
        if getattr(noted, name) is None:
            problems[name] = _("Give the day, or name a statement.")
    if noted.from_day and noted.to_day and noted.to_day < noted.from_day:
        problems["to_day"] = _("The period ends before it begins.")
    if noted.from_day and noted.from_day > today:
        problems["from_day"] = _("The day lies ahead.")
    return problems


def wrong_texts(typed: Mapping[str, tuple[str, int]]) -> Problems:
    found = {name: texts.unfit(text, limit) if text else NEEDED for name, (text, limit) in typed.items()}
    return {name: wrong for name, wrong in found.items() if wrong}


def wrong_time(name: str, at: datetime | None, now: datetime, since: datetime | None = None) -> Problems:
    if at is None:
        return {name: NEEDED}
    if at > now:
        return {name: _("This time has not come yet.")}
    if since and at < since:
        return {name: _("This is before you became aware of the breach.")}
    return {name: _("This is too long ago.")} if at.date() < FIRST_DAY else {}


def refuse(problems: Problems) -> None:
    if problems:
        raise Incomplete(problems)


def once(breach: Breach, act: Act, text: str, by: User, now: datetime, *, done_at: datetime | None) -> Step:
    """Of two who say so at once, the second is told."""
    try:
        with transaction.atomic():
            return take(breach, act, text, by, now, done_at=done_at)
    except IntegrityError:
        raise AlreadyTold from None


def take(
    breach: Breach,
    act: Act,
    text: str,
    by: User,
    now: datetime,
    *,
    done_at: datetime | None = None,
    is_high_risk: bool | None = None,
    statement: Statement | None = None,
) -> Step:
    said = {"text": text.strip(), "done_at": done_at or now, "is_high_risk": is_high_risk, "statement": statement}
    return Step.objects.create(service_id=breach.service_id, breach=breach, act=act, **said, by=by, at=now)


def allow(by: User, service: Service, now: datetime) -> None:
    if not may(user=by, permission=Permission.REPORT_BREACHES, service=service, now=now):
        raise NotAllowed


def tell_trail(verb: Verb, breach: Breach, by: User, now: datetime, **details: object) -> None:
    audit.record(verb=verb, by=by, services=[breach.service_id], about=(Kind.BREACH, breach.pk), now=now, **details)
