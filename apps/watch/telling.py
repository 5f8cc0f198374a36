"""What somebody must be told is written down first and owed until it was sent: by mail, and to the webhooks of the settings.

A telling that was tried before may have reached somebody, if the machine died between sending and noting it: it is sent again under the same Message-ID (mail)
or id (webhook), and says so. So nothing is lost, and nothing doubled without a word.
"""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import F, Q

from apps.feeds.rhythm import OSLO
from apps.registry.models import Service
from apps.watch import recipients
from apps.watch.models import Act, Alarm, Arrangement, Fate, Level, Step, Telling, Way
from apps.watch.webhook import Webhook

LEASE = timedelta(minutes=5)
AGAIN, LONGEST_WAIT = timedelta(minutes=1), timedelta(hours=1)
DIGEST_AT = 7  # o'clock in Oslo
AT_ONCE = 200
# By these steps somebody is told, and who. People see on the page what ended; a webhook is told, so that the other system can end it too.
FIRST = {Act.RAISED, Act.CAME_BACK}

log = structlog.get_logger("framme.watch")


class Unsent(Exception):
    """It could not be sent now; the text is a word or a status, without an address."""


def owe(*, steps: Iterable[Step], people: recipients.Recipients, now: datetime) -> None:
    """Write down who must be told of these steps. What cannot be told by mail, because no server is set, is not owed: the page says that."""
    told = []
    for step in steps:
        if step.act == Act.ENDED:
            told += [
                Telling(service_id=step.service_id, step=step, way=Way.WEBHOOK, address=hook.address, made_at=now, due_at=now)
                for hook in webhooks(step.service_id)
            ]
            continue
        is_worse = step.act == Act.CHANGED and step.level == Level.SILENT
        if step.act not in FIRST and not is_worse and step.act != Act.ESCALATED:
            continue
        due_at = recipients.when(is_urgent=step.alarm.is_urgent, now=now)
        whom = people.managers(step.service_id) if step.act == Act.ESCALATED else people.first(step.alarm)
        made = {"service_id": step.service_id, "step": step, "made_at": now}
        if settings.SENDS_MAIL:
            told += [Telling(**made, way=Way.MAIL, person_id=person, due_at=due_at) for person in whom]
        told += [Telling(**made, way=Way.WEBHOOK, address=webhook.address, due_at=now) for webhook in webhooks(step.service_id)]
    Telling.objects.bulk_create(told, ignore_conflicts=True)


def webhooks(service: int | None) -> list[Webhook]:
    """Those of the settings that are told of a service, or of all (None)."""
    wanted = [webhook for webhook in settings.ALARM_WEBHOOKS if not webhook.service]
    if service and len(wanted) < len(settings.ALARM_WEBHOOKS):
        code = Service.objects.values_list("code", flat=True).get(pk=service)
        wanted += [webhook for webhook in settings.ALARM_WEBHOOKS if webhook.service == code]
    return wanted


@transaction.atomic
def owe_digests(*, now: datetime) -> int:
    """Once a day from seven in the morning: whoever sees to a service that has open alarms is told how many. Returns how many are owed from now on."""
    here = now.astimezone(OSLO)
    if here.hour < DIGEST_AT or not settings.SENDS_MAIL:
        return 0
    services = set(Alarm.objects.open().exclude(service=None).order_by().values_list("service", flat=True).distinct())
    services -= set(Arrangement.objects.filter(wants_digest=False).values_list("service", flat=True))
    done = set(Telling.objects.filter(day=here.date()).values_list("service", "person"))
    people = recipients.of(services=services, now=now)
    wanted = [(service, person) for service in services for person in people.of_digest(service) if (service, person) not in done]
    made = [Telling(service_id=service, person_id=person, way=Way.MAIL, day=here.date(), made_at=now, due_at=now) for service, person in wanted]
    return len(Telling.objects.bulk_create(made, ignore_conflicts=True))


def send_due(*, clock: Callable[[], datetime], ways: dict[str, Callable[[Telling, datetime], None]]) -> int:
    """Send what is due, one after the other; returns how many were sent. Several may do this at once: each telling is claimed by one."""
    sent = 0
    for telling_id in due(now=clock()):
        telling = claim(telling_id, clock())
        if telling is None:
            continue
        try:
            ways[telling.way](telling, clock())
        except Unsent as problem:
            log.warning("somebody could not be told of an alarm", telling=telling.pk, way=telling.way, problem=str(problem))
            put_off(telling, str(problem), clock())
        else:
            done(telling, clock())
            sent += 1
    return sent


def due(*, now: datetime) -> list[int]:
    free = Q(lease_until__isnull=True) | Q(lease_until__lte=now)
    return list(Telling.objects.filter(free, fate=Fate.OWED, due_at__lte=now).order_by("due_at", "pk").values_list("pk", flat=True)[:AT_ONCE])


@transaction.atomic
def claim(telling_id: int, now: datetime) -> Telling | None:
    """Take it for a lease, with its tries counted before it is tried; None when somebody else has it, or it was sent."""
    free = Q(lease_until__isnull=True) | Q(lease_until__lte=now)
    if not Telling.objects.filter(free, pk=telling_id, fate=Fate.OWED).update(lease_until=now + LEASE, tries=F("tries") + 1):
        return None
    return Telling.objects.select_related("person", "service", "step__alarm__feed", "step__alarm__service").get(pk=telling_id)


@transaction.atomic
def put_off(telling: Telling, problem: str, now: datetime) -> None:
    """Tried again later and later, at least once an hour, until it was sent or there is nothing to tell any more."""
    wait = min(LONGEST_WAIT, AGAIN * 2 ** min(telling.tries, 10))
    Telling.objects.filter(pk=telling.pk, fate=Fate.OWED).update(failure=problem[:100], lease_until=None, due_at=now + wait)


@transaction.atomic
def done(telling: Telling, now: datetime) -> None:
    if not Telling.objects.filter(pk=telling.pk, fate=Fate.OWED).update(fate=Fate.SENT, sent_at=now, failure="", lease_until=None):
        return
    if step := telling.step:
        said: dict[str, Any] = {"person": telling.person, "way": telling.way, "level": step.level}
        Step.objects.create(service=telling.service, alarm=step.alarm, act=Act.TOLD, at=now, **said)
