"""Who is told by mail that a proven opening, or that a channel is not used, soon holds no longer."""

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
    """Owe the managers, and whoever opened a channel, a mail two weeks and three days before that, or that it is not used, holds no longer; returns how many are
    new.

    `now` is aware. Needs the scope of an operator.
    """
    today, services = timezone.localdate(now), Service.objects.values_list("pk", flat=True)
    last = today + OCCASIONS[-1][1]
    ending = [proof for proof in queries.newest(services=services, now=now) if not proof.is_over and proof.expires_on and today <= proof.expires_on <= last]
    lapsing = [said for said in queries.unused(services=services, now=now).values() if said.until <= last]
    people = recipients.of(services={one.service_id for one in (*ending, *lapsing)}, now=now)
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
    owed += [
        Reminder(
            reminds=Reminds.UNUSED,
            service=said.service_id,
            subject=said.pk,
            occasion=occasion(said.until, today),
            people=people.managers(said.service_id),
            figures={"until": said.until.isoformat()},
        )
        for said in lapsing
    ]
    return reminders.owe(reminders=owed, is_urgent=False, now=now)


def occasion(holds_until: date, today: date) -> str:
    return next(word for word, before in OCCASIONS if holds_until - today <= before)
