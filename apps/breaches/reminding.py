"""Whom the clock of a breach is told to by mail before the 72 hours are over, and when they are."""

from datetime import datetime, timedelta

from django.db import transaction

from apps.breaches.clock import LIMIT
from apps.breaches.models import Act, Breach
from apps.watch import recipients, reminders
from apps.watch.models import Reminds
from apps.watch.reminders import Reminder

# The word of each occasion, and how long after the service became aware; the latest first.
OCCASIONS = (("late", LIMIT), ("66", timedelta(hours=66)), ("48", timedelta(hours=48)))


@transaction.atomic
def remind(*, now: datetime) -> int:
    """Owe each manager of a service a mail on the latest occasion that has come, day or night, while the authority was not told; returns how many are new.

    `now` is aware. Needs the scope of an operator.
    """
    waiting = list(Breach.objects.exclude(steps__act=Act.TOLD).filter(aware_at__lte=now - OCCASIONS[-1][1]))
    people = recipients.of(services={breach.service_id for breach in waiting}, now=now)
    owed = [
        Reminder(
            reminds=Reminds.BREACH,
            service=breach.service_id,
            subject=breach.pk,
            occasion=occasion(breach.aware_at, now),
            people=people.managers(breach.service_id),
            figures={"due_at": (breach.aware_at + LIMIT).isoformat()},
        )
        for breach in waiting
    ]
    return reminders.owe(reminders=owed, is_urgent=True, now=now)


def occasion(aware_at: datetime, now: datetime) -> str:
    return next(word for word, after in OCCASIONS if now - aware_at >= after)
