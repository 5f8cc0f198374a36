"""The durations that the rules of states wait for, as one value for one moment."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple


@dataclass(frozen=True)
class Policies:
    """Elapsed time, never working days (01-domain, "States")."""

    open_grace: timedelta
    register_grace: timedelta
    post_grace: timedelta
    late_limit: timedelta
    outbound_limit: timedelta
    found_grace: timedelta


class Retention(NamedTuple):
    """How long a carrier keeps what it received from `valid_from` until before `valid_to` (aware; None is open)."""

    name: str
    kept: timedelta
    valid_from: datetime | None
    valid_to: datetime | None
