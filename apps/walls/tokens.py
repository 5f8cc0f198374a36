"""Tokens: what the application shows the database to be let in. Each is signed with a key from a file of its own, so that SQL alone cannot make one.

Fields are parted by `|` and end with the moment of issue (seconds) and the HMAC-SHA256 in hex; `wall.enter` (config/wall.sql) takes one for five minutes.
"""

import hmac
import time
from collections.abc import Iterable
from datetime import datetime

from django.conf import settings

EVERYWHERE = "*"

issued_at = time.time


def person(*, user: int, session: str, at: datetime) -> str:
    """Somebody signed in: the database looks whether the session lasts, and where their memberships of that moment (aware) let them."""
    return signed("person", user, session, at.isoformat())


def key(*, key: int, digest: str) -> str:
    """Another system by its key, of which the database holds the same digest: it opens the one service of the key, until the key is ended."""
    return signed("key", key, digest)


def job(*, owed: int, fence: int) -> str:
    """Work that is owed: it opens the one service of the owed row, for as long as the row is there with this fence."""
    return signed("job", owed, fence)


def operator(*, by: str, services: Iterable[int] | None) -> str:
    """A command or the schedule, by name; None opens every service, which is a kind of its own and no way around the wall."""
    return signed("operator", by, EVERYWHERE if services is None else ",".join(map(str, services)))


def signed(*fields: object) -> str:
    said = "|".join(str(field) for field in (*fields, int(issued_at())))
    return f"{said}|{hmac.new(settings.WALL_KEY.encode(), said.encode(), 'sha256').hexdigest()}"
