"""Who is told by mail that a proven opening soon holds no longer."""

from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils import timezone

from apps.readiness import queries
from apps.registry.models import Service
from apps.watch import recipients, reminders
from apps.watch.models import Reminds
from apps.watch.reminders import Reminder

# The word of each occasion, and how long before the last day on which it holds; the latest first.
OCCASIONS = (("3", timedelta(days=3)), ("14", timedelta(days=14)))


@transaction.atomic
def remind(*, now: datetime) -> int:
    """Owe whoever opened a channel, and the managers, a mail two weeks and three days before that holds no longer; returns how many are new.

    `now` is aware. Needs the scope of an operator.
    """
    today = timezone.localdate(now)
    ending = [
        proof
        for proof in queries.newest(services=Service.objects.values_list("pk", flat=True), now=now)
        if not proof.is_over and proof.expires_on and today <= proof.expires_on <= today + OCCASIONS[-1][1]
    ]
    people = recipients.of(services={proof.service_id for proof in ending}, now=now)
    owed = [
        Reminder(
            reminds=Reminds.ACCESS,
            service=proof.service_id,
            subject=proof.pk,
            occasion=occasion(proof.expires_on, today),
            people={proof.person_id, *people.managers(proof.service_id)},
            figures={"expires_on": proof.expires_on.isoformat()},
        )
        for proof in ending
        if proof.expires_on
    ]
    return reminders.owe(reminders=owed, is_urgent=False, now=now)


def occasion(expires_on: date, today: date) -> str:
    return next(word for word, before in OCCASIONS if expires_on - today <= before)
