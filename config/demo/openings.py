"""Who has shown that they can open which channel: in Bergen nobody but the manager can open Altinn, which is where the letters of the police lay unread."""

from datetime import datetime

from django.utils import timezone

from apps.accounts.models import User
from apps.readiness import actions as readiness
from apps.readiness.models import Channel, Proof
from apps.registry.models import Service
from config.demo.messages import DAY
from config.demo.people import CASEWORKER, MANAGER
from config.demo.story import BERGEN, SANDEFJORD

ALONE = (BERGEN, Channel.ALTINN)


def prove(now: datetime) -> None:
    """Once; a build that was stopped may have come so far already."""
    manager, caseworker = (User.objects.get(email=person.email) for person in (MANAGER, CASEWORKER))
    proven_on = timezone.localdate(now - 30 * DAY)
    for service in Service.objects.filter(code__in=(BERGEN, SANDEFJORD)):
        for channel in Channel:
            for person in (manager,) if (service.code, channel) == ALONE else (manager, caseworker):
                if not Proof.objects.filter(service=service, channel=channel, person=person).exists():
                    readiness.prove(service=service, channel=channel, person=person.pk, proven_on=proven_on, expires_on=None, by=manager, now=now - 30 * DAY)
