"""Keys by which other systems hand in files: made for one feed, shown once, kept as a hash, ended by whoever may make one.

A key reads `framme_<number>_<secret>`. The secret is 256 random bits, so a plain SHA-256 of it cannot be guessed back.
"""

import hashlib
import re
import secrets
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db import transaction
from django.db.models import Max, QuerySet

from apps.accounts.models import User
from apps.audit import actions as audit
from apps.audit.verbs import Kind, Verb
from apps.feeds.models import Feed, Key
from apps.feeds.sources.redaction import redact

LONGEST_NAME = 100
LONGEST_LIFE = 730  # days
WRITTEN = re.compile(r"framme_([0-9]{1,18})_([A-Za-z0-9_-]{43})")


class NameNotKept(Exception):
    """The name of the system is missing, or holds what looks like an identity number."""


class Made(NamedTuple):
    """A new key, and the one time that it can be read."""

    key: Key
    written: str


def digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def taken_apart(written: str) -> tuple[int, str] | None:
    """The number and the digest of a key as somebody sent it, or None for what can be no key."""
    found = WRITTEN.fullmatch(written)
    return (int(found[1]), digest(found[2])) if found else None


@transaction.atomic
def make(*, feed: Feed, name: str, days: int, by: User, now: datetime) -> Made:
    """A key that opens the feed for so many days. Raises NameNotKept."""
    name = name.strip()
    if not name or len(name) > LONGEST_NAME or "\0" in name or redact(name, LONGEST_NAME) != name:
        raise NameNotKept
    secret = secrets.token_urlsafe(32)
    ends = now + timedelta(days=min(days, LONGEST_LIFE))
    key = Key.objects.create(service_id=feed.service_id, feed=feed, name=name, digest=digest(secret), made_by=by, made_at=now, expires_at=ends)
    told(Verb.KEY_MADE, key, by, now)
    return Made(key, f"framme_{key.pk}_{secret}")


@transaction.atomic
def end(*, key: Key, by: User, now: datetime) -> None:
    """From now on the key opens nothing; one that was ended stays as it was."""
    if Key.objects.filter(pk=key.pk, ended_at__isnull=True).update(ended_by=by, ended_at=now):
        told(Verb.KEY_ENDED, key, by, now)


def told(verb: Verb, key: Key, by: User, now: datetime) -> None:
    audit.record(verb=verb, by=by, services=[key.service_id], about=(Kind.FEED, key.feed_id), now=now, key=key.pk)


def of(*, feed: Feed) -> QuerySet[Key]:
    """The feed's keys, newest first, with `used_at`, when something was last handed in by each."""
    return feed.keys.select_related("made_by", "ended_by").annotate(used_at=Max("handovers__at")).order_by("-pk")
