"""The clock of a breach: the supervisory authority is told at most 72 hours after the service became aware (GDPR, article 33)."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

LIMIT = timedelta(hours=72)
HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Clock:
    """Until when the authority must be told (UTC), when it was (None: not yet), and the time between: negative when that is late."""

    due_at: datetime
    told_at: datetime | None
    left: timedelta

    @property
    def is_late(self) -> bool:
        return self.left < timedelta(0)

    @property
    def is_told(self) -> bool:
        return self.told_at is not None

    @property
    def hours(self) -> int:
        """Whole hours left, cut downwards: less than an hour too late is -1."""
        return self.left // HOUR

    @property
    def hours_late(self) -> int:
        return max(-self.hours, 0)


def clock(*, aware_at: datetime, told_at: datetime | None, now: datetime) -> Clock:
    """All aware. Hours are those that pass: a night in which the clocks are changed makes the limit neither longer nor shorter, so it is counted in UTC."""
    due_at = aware_at.astimezone(UTC) + LIMIT
    return Clock(due_at, told_at, due_at - (told_at or now).astimezone(UTC))
