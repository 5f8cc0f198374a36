"""What may be done in the review of an incident: open it from a proven loss, freeze what it may concern, answer for a service, keep what others claim."""

from collections.abc import Collection, Mapping
from datetime import date, datetime

from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.accounts.queries import scope_at
from apps.accounts.roles import Permission
from apps.audit import actions as audit
from apps.audit.verbs import Kind, Verb
from apps.deliveries.models import Delivery
from apps.deliveries.states import NEEDS_A_PERSON
from apps.incidents import cohort, queries
from apps.incidents.models import TEXT_LIMIT, Answer, Claim, Freeze, Loss, Method, Question, Reply, Review, Task, Teller, Unit
from apps.ledger.models import Direction
from apps.outages import actions as outages
from apps.outages.models import CHANNELS, Usage
from apps.registry.models import Service
from apps.ui import texts
from apps.watch import reminders
from apps.watch.models import Reminds

LOST = "lost"  # the outcome of a decision
MOST_CLAIMED = 10_000_000
Problems = dict[str, str | Promise]


class NotAllowed(Exception):
    """The person has no role that gives this, in the service or at all."""


class Incomplete(Exception):
    """Fields are missing or cannot be kept; `problems` says which and why, field by field."""

    def __init__(self, problems: Mapping[str, str | Promise]) -> None:
        super().__init__(dict(problems))
        self.problems = dict(problems)


class AlreadyFrozen(Exception):
    """What the review concerns was frozen before, and stays as it is."""


class ConcernsNobody(Exception):
    """No service that the person may freeze for was in reach of the fault: nobody has said that it used the case system in those days."""


class AlreadyReplied(Exception):
    """The supplier's answer to this question is kept already; what came later belongs to another question."""


@transaction.atomic
def open_review(
    *,
    title: str,
    direction: str,
    channel: str,
    system: str,
    version: str,
    services: Collection[Service],
    begins: date,
    ends: date,
    due_on: date,
    delivery: Delivery | None,
    by: User,
    now: datetime,
) -> Review:
    """Open the review of an incident by its criteria; `delivery` is the proven loss that it begins with, if a message here shows it.

    Days are Oslo's, both included; `services` empty means every service that the criteria fit. Raises NotAllowed, Incomplete.
    """
    mine = scope_at(user=by, now=now)
    if not mine.may(Permission.REVIEW_INCIDENTS) or (delivery and delivery.service_id not in mine.services(Permission.REVIEW_INCIDENTS)):
        raise NotAllowed
    title, system, version = title.strip(), system.strip(), version.strip()
    problems = wrong_texts({"title": (title, 200), "system": (system, 80), "version": (version, 40)})
    if not title:
        problems["title"] = _("Give it a name.")
    problems |= wrong_criteria(direction, channel, system, version, begins, ends, due_on, timezone.localdate(now))
    if delivery and delivery.state not in NEEDS_A_PERSON and delivery.outcome != LOST:
        problems["delivery"] = _("This message is not lost: it has arrived, is on its way or was settled otherwise.")
    if problems:
        raise Incomplete(problems)
    review = Review.objects.create(
        title=title,
        direction=direction,
        channel=channel,
        system=system,
        version=version,
        services=sorted(service.pk for service in services),
        begins=begins,
        ends=ends,
        due_on=due_on,
        by=by,
        at=now,
    )
    if delivery:
        Loss.objects.create(service_id=delivery.service_id, review=review, reference_id=delivery.pk)
    tell(Verb.OPENED_REVIEW, review, by, now, services=[None, *([delivery.service_id] if delivery else [])])
    return review


@transaction.atomic
def freeze(*, review: Review, by: User, now: datetime) -> int:
    """Keep for ever which messages the review concerns: a national coordinator in all services, a manager in their own. Returns the number of tasks made.

    A service that has its task already keeps it. Raises NotAllowed, AlreadyFrozen, ConcernsNobody.
    """
    mine = scope_at(user=by, now=now)
    if not mine.may(Permission.REVIEW_INCIDENTS):
        raise NotAllowed
    nationally = mine.everywhere(Permission.REVIEW_INCIDENTS)
    if nationally and Freeze.objects.filter(review=review).exists():
        raise AlreadyFrozen
    own = mine.services(Permission.REVIEW_INCIDENTS)
    with connection.cursor() as cursor:
        if nationally:
            cursor.execute("SELECT of_service FROM wall.freeze(%s, %s)", [review.pk, now])
        else:
            sql = cohort.FREEZE.format(review="%(review)s", services="%(services)s::bigint[]", by="%(by)s", at="%(at)s")
            cursor.execute(sql, {"review": review.pk, "services": own, "by": by.pk, "at": now})
        made = [row[0] for row in cursor.fetchall()]
    if not made and not nationally:
        raise AlreadyFrozen if Task.objects.filter(review=review, service__in=own).exists() else ConcernsNobody
    if nationally:
        if not made and not queries.progress(review=review, services=None, now=now):
            raise ConcernsNobody
        try:
            with transaction.atomic():
                Freeze.objects.create(review=review, tasks=len(made), by=by, at=now)
        except IntegrityError:  # two coordinators at the same moment
            raise AlreadyFrozen from None
    tell(Verb.FROZE, review, by, now, services=[None, *made], tasks=len(made))
    return len(made)


@transaction.atomic
def answer(*, task: Task, count: int | None, method: str, text: str, by: User, now: datetime) -> Answer:
    """Answer for a service: how many of its messages are lost, none too, and how that was found out. A later answer stands in the place of this one.

    Raises NotAllowed, Incomplete.
    """
    allow(by, task, now)
    problems = wrong_texts({"text": (text, TEXT_LIMIT)})
    if count is None:
        problems["count"] = _("Write a number. None found is 0.")
    elif count < 0:
        problems["count"] = _("A number of messages is 0 or more.")
    elif count > task.number:
        problems["count"] = _("At most {number}: so many messages are frozen here. Keep what you know from elsewhere as a claim.").format(number=task.number)
    if method not in Method.values:
        problems["method"] = _("Choose how it was found out.")
    if problems or count is None:
        raise Incomplete(problems)
    given = Answer.objects.create(service_id=task.service_id, task=task, count=count, method=method, text=text.strip(), by=by, at=now)
    reminders.forget(reminds=Reminds.REVIEW, subjects=[task.pk])
    told(task, by, now, answer=given.pk, method=method)
    return given


@transaction.atomic
def ask(*, task: Task, day: date, text: str, by: User, now: datetime) -> Question:
    """Note what the supplier was asked, and when. Raises NotAllowed, Incomplete."""
    allow(by, task, now)
    problems = wrong_texts({"text": (text, TEXT_LIMIT)})
    if not text.strip():
        problems.setdefault("text", _("This is needed."))
    if day > timezone.localdate(now):
        problems["day"] = _("The day lies ahead.")
    if problems:
        raise Incomplete(problems)
    asked = Question.objects.create(service_id=task.service_id, task=task, day=day, text=text.strip(), by=by, at=now)
    told(task, by, now, question=asked.pk)
    return asked


@transaction.atomic
def reply(*, question: Question, day: date, text: str, by: User, now: datetime) -> Reply:
    """Note what the supplier answered, and when. Raises NotAllowed, Incomplete, AlreadyReplied."""
    allow(by, question.task, now)
    problems = wrong_texts({"text": (text, TEXT_LIMIT)})
    if not text.strip():
        problems.setdefault("text", _("This is needed."))
    if not question.day <= day <= timezone.localdate(now):
        problems["day"] = _("Give a day between the question and today.")
    if problems:
        raise Incomplete(problems)
    if Reply.objects.filter(question=question).exists():
        raise AlreadyReplied
    try:
        with transaction.atomic():
            given = Reply.objects.create(service_id=question.service_id, question=question, day=day, text=text.strip(), by=by, at=now)
    except IntegrityError:
        raise AlreadyReplied from None
    told(question.task, by, now, reply=given.pk)
    return given


@transaction.atomic
def patch(*, task: Task, day: date, by: User, now: datetime) -> Usage:
    """Say on which day the fault was put right in a service: on its latest adoption of the review's case system. What is frozen stays as it is.

    Raises NotAllowed, Incomplete.
    """
    allow(by, task, now)
    used = in_use(task)
    if used is None:
        raise Incomplete({"day": _("Nobody has said that this service used the case system of the review.")})
    kept = {name: getattr(used, name) for name in ("service", "system", "version", "adopted_on", "ended_on")}
    try:
        mended = outages.arrange(**kept, patched_on=day, by=by, now=now)
    except outages.Incomplete as wrong:
        raise Incomplete({"day": wrong.problems["patched_on"]}) from None
    told(task, by, now, patched_on=day)
    return mended


@transaction.atomic
def claim(*, review: Review, number: int, unit: str, teller: str, said_by: str, said_on: date, source: str, by: User | None, now: datetime) -> Claim:
    """Keep a number that somebody said, with the day and where it stands. It is never counted. Raises NotAllowed, Incomplete. `by` None is the operator."""
    if by and not scope_at(user=by, now=now).may(Permission.REVIEW_INCIDENTS):
        raise NotAllowed
    said_by, source = said_by.strip(), source.strip()
    problems = wrong_texts({"said_by": (said_by, 200), "source": (source, 500)})
    for name, typed in (("said_by", said_by), ("source", source)):
        if not typed:
            problems[name] = _("This is needed.")
    if not 0 <= number <= MOST_CLAIMED:
        problems["number"] = _("Write a number from 0 to ten million.")
    if unit not in Unit.values:
        problems["unit"] = _("Choose what was counted.")
    if teller not in Teller.values:
        problems["teller"] = _("Choose who said it.")
    if said_on > timezone.localdate(now):
        problems["said_on"] = _("The day lies ahead.")
    if problems:
        raise Incomplete(problems)
    kept = Claim.objects.create(review=review, number=number, unit=unit, teller=teller, said_by=said_by, said_on=said_on, source=source, by=by, at=now)
    tell(Verb.CLAIM_KEPT, review, by, now, services=[None], claim=kept.pk)
    return kept


def in_use(task: Task) -> Usage | None:
    """What the service said it used of the review's case system, adopted last."""
    review = task.review
    used = Usage.objects.filter(service=task.service_id, system__iexact=review.system) if review.system else Usage.objects.none()
    if review.version:
        used = used.filter(version__iexact=review.version)
    return used.select_related("service").order_by("-adopted_on", "-pk").first()


def allow(by: User, task: Task, now: datetime) -> None:
    if task.service_id not in scope_at(user=by, now=now).services(Permission.ANSWER_REVIEWS):
        raise NotAllowed


def wrong_texts(typed: Mapping[str, tuple[str, int]]) -> Problems:
    found = {name: texts.unfit(text, limit) for name, (text, limit) in typed.items()}
    return {name: wrong for name, wrong in found.items() if wrong}


def wrong_criteria(direction: str, channel: str, system: str, version: str, begins: date, ends: date, due_on: date, today: date) -> Problems:
    problems: Problems = {}
    if direction not in Direction.values:
        problems["direction"] = _("Choose a direction.")
    if channel not in ("", *(value for value, _label in CHANNELS)):
        problems["channel"] = _("Choose a channel.")
    elif not channel and not system:
        problems["channel"] = _("Name the channel or the case system.")
    if version and not system:
        problems["system"] = _("Name the case system that the version is of.")
    if ends < begins:
        problems["ends"] = _("The window ends before it begins.")
    elif begins > today:
        problems["begins"] = _("The day lies ahead.")
    if due_on < today:
        problems["due_on"] = _("Nobody can answer by a day that has passed.")
    return problems


def tell(verb: Verb, review: Review, by: User | None, now: datetime, *, services: Collection[int | None], **details: object) -> None:
    audit.record(verb=verb, by=by, services=services, about=(Kind.INCIDENT, review.pk), now=now, **details)


def told(task: Task, by: User, now: datetime, **details: object) -> None:
    tell(Verb.ANSWERED, task.review, by, now, services=[task.service_id], task=task.pk, **details)
