"""Who is told of an alarm, and when: by rule, for no list of addresses is kept."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from apps.accounts.models import Membership, User
from apps.accounts.roles import NATIONAL, Role
from apps.feeds.models import Feed
from apps.feeds.rhythm import OSLO
from apps.watch.models import Alarm

QUIET_FROM, QUIET_UNTIL = time(22), time(7)  # Oslo


@dataclass(frozen=True)
class Recipients:
    """Of some services: who belongs to each with which role, and who sees to which feed; and who is told of what concerns all services."""

    held: dict[tuple[int, str], list[int]]
    responsible: dict[int, int]
    nationally: list[int]

    def first(self, alarm: Alarm) -> list[int]:
        """Whoever sees to the feed, as long as they belong to the service; else who brings in files, else the managers. Of all services whoever speaks for all."""
        if alarm.service_id is None:
            return self.nationally
        person = self.responsible.get(alarm.feed_id or 0)
        members = {one for (service, _role), people in self.held.items() if service == alarm.service_id for one in people}
        if person in members:
            return [person]
        return self.held.get((alarm.service_id, Role.IMPORT_ADMINISTRATOR), []) or self.managers(alarm.service_id)

    def managers(self, service: int | None) -> list[int]:
        return self.held.get((service, Role.MANAGER), []) if service else []

    def of_digest(self, service: int) -> list[int]:
        return sorted({*self.managers(service), *self.held.get((service, Role.IMPORT_ADMINISTRATOR), [])})


def of(*, services: Iterable[int | None], now: datetime) -> Recipients:
    """Two queries; where None, which is all services, is among them, one or two more."""
    asked = set(services)
    ids = [service for service in asked if service]
    held: dict[tuple[int, str], list[int]] = defaultdict(list)
    memberships = Membership.objects.at(now).filter(service__in=ids, user__is_active=True).order_by("user")
    for service, role, user in memberships.values_list("service", "role", "user"):
        held[service, role].append(user)
    feeds = Feed.objects.filter(service__in=ids, responsible__isnull=False).values_list("pk", "responsible")
    return Recipients(dict(held), dict(feeds), nationally(now) if None in asked else [])


def nationally(now: datetime) -> list[int]:
    """National coordinators; while there are none, whoever set the system up, so that what concerns all services goes to somebody."""
    national = Membership.objects.at(now).filter(service=None, role__in=NATIONAL, user__is_active=True)
    people = sorted(set(national.values_list("user", flat=True)))
    return people or list(User.objects.filter(is_superuser=True, is_active=True).order_by("pk").values_list("pk", flat=True))


def when(*, is_urgent: bool, now: datetime) -> datetime:
    """Now, or when the night is over for what can wait until then."""
    here = now.astimezone(OSLO)
    if is_urgent or QUIET_UNTIL <= here.time() < QUIET_FROM:
        return now
    morning = datetime.combine(here.date(), QUIET_UNTIL, OSLO)
    return morning if morning > here else datetime.combine(here.date() + timedelta(days=1), QUIET_UNTIL, OSLO)
