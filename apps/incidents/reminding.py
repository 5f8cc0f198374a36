"""Who is reminded by mail that a service has not answered in the review of an incident."""

from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils import timezone

from apps.accounts.roles import Permission, roles_with
from apps.incidents.models import Answer, Task
from apps.watch import recipients, reminders
from apps.watch.models import Reminds
from apps.watch.reminders import Reminder

PATIENCE = timedelta(days=7)  # before the first, and between them
# The word of each occasion, and how long after the first; the latest first.
OCCASIONS = (("last", 2 * PATIENCE), ("again", PATIENCE), ("first", timedelta(0)))


@transaction.atomic
def remind(*, now: datetime) -> int:
    """Owe whoever may answer for a service that has not answered a mail; on the last occasion whoever opened the review as well. Returns how many are new.

    `now` is aware. Needs the scope of an operator.
    """
    today = timezone.localdate(now)
    unanswered = Task.objects.exclude(pk__in=Answer.objects.values("task")).select_related("review__by")
    waiting = [task for task in unanswered if begins(task) <= today]
    people = recipients.of(services={task.service_id for task in waiting}, now=now)
    owed = [
        Reminder(
            reminds=Reminds.REVIEW,
            service=task.service_id,
            subject=task.pk,
            occasion=occasion(task, today),
            people=told(task, people, is_last=occasion(task, today) == "last"),
            figures={"review": task.review_id, "due_on": task.review.due_on.isoformat(), "is_last": occasion(task, today) == "last"},
        )
        for task in waiting
    ]
    return reminders.owe(reminders=owed, is_urgent=False, now=now)


def begins(task: Task) -> date:
    """A week after it was frozen, or the day after the answer was due where that comes first."""
    return min(timezone.localdate(task.at) + PATIENCE, task.review.due_on + timedelta(days=1))


def occasion(task: Task, today: date) -> str:
    return next(word for word, after in OCCASIONS if today >= begins(task) + after)


def told(task: Task, people: recipients.Recipients, *, is_last: bool) -> set[int]:
    answering = {person for role in roles_with(Permission.ANSWER_REVIEWS) for person in people.held.get((task.service_id, role), [])}
    opener = task.review.by
    return answering | ({opener.pk} if is_last and opener.is_active else set())
