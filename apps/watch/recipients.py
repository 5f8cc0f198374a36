"""Who is told of an alarm, and when: by rule, for no list of addresses is kept."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from apps.accounts.models import Membership
from apps.accounts.roles import Role
from apps.feeds.models import Feed
from apps.feeds.rhythm import OSLO
from apps.watch.models import Alarm

QUIET_FROM, QUIET_UNTIL = time(22), time(7)  # Oslo


@dataclass(frozen=True)
class Recipients:
    """Of some services: who belongs to each with which role, and who sees to which feed."""

    held: dict[tuple[int, str], list[int]]
    responsible: dict[int, int]

    def first(self, alarm: Alarm) -> list[int]:
        """Whoever sees to the feed, as long as they belong to the service; else who brings in files, else the managers."""
        person = self.responsible.get(alarm.feed_id or 0)
        members = {one for (service, _role), people in self.held.items() if service == alarm.service_id for one in people}
        if person in members:
            return [person]
        return self.held.get((alarm.service_id, Role.IMPORT_ADMINISTRATOR), []) or self.managers(alarm.service_id)

    def managers(self, service: int) -> list[int]:
        return self.held.get((service, Role.MANAGER), [])

    def of_digest(self, service: int) -> list[int]:
        return sorted({*self.managers(service), *self.held.get((service, Role.IMPORT_ADMINISTRATOR), [])})


def of(*, services: Iterable[int], now: datetime) -> Recipients:
    """Two queries."""
    ids = list(services)
    held: dict[tuple[int, str], list[int]] = defaultdict(list)
    memberships = Membership.objects.at(now).filter(service__in=ids, user__is_active=True).order_by("user")
    for service, role, user in memberships.values_list("service", "role", "user"):
        held[service, role].append(user)
    feeds = Feed.objects.filter(service__in=ids, responsible__isnull=False).values_list("pk", "responsible")
    return Recipients(dict(held), dict(feeds))


def when(*, is_urgent: bool, now: datetime) -> datetime:
    """Now, or when the night is over for what can wait until then."""
    here = now.astimezone(OSLO)
    if is_urgent or QUIET_UNTIL <= here.time() < QUIET_FROM:
        return now
    morning = datetime.combine(here.date(), QUIET_UNTIL, OSLO)
    return morning if morning > here else datetime.combine(here.date() + timedelta(days=1), QUIET_UNTIL, OSLO)
