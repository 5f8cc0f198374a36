"""How far the figures of each service reach: whether its sources report, in whole or in part, or nothing has come at all, which is never zero."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db import connection
from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from apps.feeds import rhythm
from apps.feeds.catalogue import FORMATS
from apps.feeds.models import Days
from apps.ledger.models import Direction

RECENT = timedelta(days=7)  # how far back the case system's data may end before a service reports in part


class Reporting(TextChoices):
    """What a service has told. Partial: a source of it is late, silent or has never come, or the case system's data are missing or a week old."""

    WHOLE = "whole", _("Reports in whole")
    PARTIAL = "partial", _("Partial")
    NONE = "none", _("Not reported")


class Told(NamedTuple):
    """What a service reports, and whether any of it is the case system's."""

    reporting: Reporting
    has_case_system: bool


@dataclass(frozen=True)
class Source:
    """One feed of a service: when its last complete file came, unset when none ever did; `reaches_at` is how far the service's case-system data reach."""

    is_case_system: bool
    made_at: datetime
    latest_at: datetime | None
    expected_every: int | None
    in_working_days: bool
    reaches_at: datetime | None

    def is_behind(self, now: datetime) -> bool:
        latest_at = self.latest_at or self.made_at
        standing = rhythm.standing(latest_at=latest_at, expected_every=self.expected_every, in_working_days=self.in_working_days, now=now)
        return self.latest_at is None or standing in rhythm.BEHIND


def reporting(sources: list[Source], *, now: datetime, needs_case_system: bool = True) -> Reporting:
    """What a service with these sources has told at `now` (aware). Of messages from the service the case system has nothing to tell."""
    if not any(source.latest_at for source in sources):
        return Reporting.NONE
    if not needs_case_system:
        return Reporting.PARTIAL if any(source.is_behind(now) for source in sources) else Reporting.WHOLE
    reaches_at = next((source.reaches_at for source in sources if source.reaches_at), None)
    has_case_system = any(source.is_case_system and source.latest_at for source in sources)
    reaches = has_case_system and reaches_at is not None and now - reaches_at <= RECENT
    return Reporting.WHOLE if reaches and not any(source.is_behind(now) for source in sources) else Reporting.PARTIAL


def across(*, now: datetime, direction: str = "") -> dict[int, Told]:
    """What each service that has any source has told, by id; of messages in one direction, or of all. Raises DatabaseError for whoever is no national
    coordinator.
    """
    found: dict[int, list[Source]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT of_service, format, direction, made_at, latest_at, expected_every, expected_in, reaches_at FROM wall.sources(%s)",
            [now],
        )
        for service, format, of_direction, made_at, latest_at, expected_every, expected_in, reaches_at in cursor.fetchall():
            if direction in ("", of_direction):
                is_case_system = format in FORMATS and FORMATS[format].is_case_system
                found[service].append(Source(is_case_system, made_at, latest_at, expected_every, expected_in == Days.WORKING, reaches_at))
    needs_case_system = direction != Direction.OUTBOUND
    return {
        service: Told(reporting(sources, now=now, needs_case_system=needs_case_system), any(source.is_case_system and source.latest_at for source in sources))
        for service, sources in found.items()
    }
