"""Statuses that no format knows, as the files of a feed have them: how many lines, what somebody said that they mean, and saying so."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple

from django.db import transaction
from django.db.models import Count

from apps.accounts.models import User
from apps.audit import actions as audit
from apps.audit.verbs import Kind, Verb
from apps.feeds.actions import ring, worded
from apps.feeds.models import Feed, Preview
from apps.ledger import codes, words
from apps.ledger.models import Duplicate, Event, Import, ImportState, Word

WARNING = "unknown_status"


class NotNamed(Exception):
    """No file of the feed has a status of this name that nobody knows."""


class SaidBefore(Exception):
    """The newest word about the status says the same."""


class Unknown(NamedTuple):
    """A status as the events have it, the lines that say it, and the newest word about it, if there is one."""

    native: str
    lines: int
    word: Word | None

    @property
    def is_read(self) -> bool:
        """Whether it means something that counts, by that word."""
        return self.word is not None and self.word.code != codes.UNKNOWN


def named(warnings: Iterable[Any]) -> list[str]:
    return [details["found"] for code, details in warnings if code == WARNING]


def of_import(*, feed_import: Import) -> list[Unknown]:
    """The unknown statuses of one file in the order in which it names them."""
    natives = named(feed_import.warnings)
    if not natives:
        return []
    counts = counted([feed_import.pk], natives)
    said = words.holding(service_id=feed_import.service_id, source=feed_import.format)
    return [Unknown(native, counts[native], said.get(native)) for native in natives]


def of_feed(*, feed: Feed) -> list[Unknown]:
    """Those of all its files, of those that wait for a yes too; what nobody has said anything of comes first, of that what most lines say."""
    warned = dict(imports(feed).values_list("pk", "warnings"))
    natives = list(dict.fromkeys(native for warnings in warned.values() for native in named(warnings)))
    counts = counted(list(warned), natives)
    said = words.holding(service_id=feed.service_id, source=feed.format)
    found = [Unknown(native, counts[native], said.get(native)) for native in natives]
    return sorted(found, key=lambda each: (each.word is not None, -each.lines, each.native))


def imports(feed: Feed):  # type: ignore[no-untyped-def]
    """The files in which the feed's source says what nobody knows, whichever way their messages go: a word holds for all of them."""
    return Import.objects.filter(service=feed.service_id, format=feed.format, warnings__contains=[[WARNING]])


def counted(feed_imports: list[int], natives: list[str]) -> Counter[str]:
    """The lines of these imports that say each, those that said it again among them; of files that wait for a yes, the lines that would."""
    lines: Counter[str] = Counter()
    facts = Event.objects.filter(feed_import__in=feed_imports, code=codes.UNKNOWN, native__in=natives)
    again = Duplicate.objects.filter(feed_import__in=feed_imports, event__code=codes.UNKNOWN, event__native__in=natives)
    lines.update(dict(facts.values_list("native").annotate(Count("pk"))))
    lines.update(dict(again.values_list("event__native").annotate(Count("pk"))))
    waiting = Preview.objects.filter(feed_import__in=feed_imports, feed_import__state=ImportState.PREVIEWED)
    for findings in waiting.values_list("findings", flat=True):
        lines.update({native: count for native, count in findings.get("statuses", []) if native in natives})
    return lines


@transaction.atomic
def say(*, feed: Feed, native: str, code: str, reason: str, by: User, now: datetime) -> int:
    """What a status of the feed's source means, in all files of the service that have come and will; `code` is one of codes.SAYABLE.

    Returns how many lines that came, or wait for a yes, are read so. Raises NotNamed, SaidBefore, ReasonNotKept.
    """
    reason = worded(reason)
    if not imports(feed).filter(warnings__contains=[[WARNING, {"found": native}]]).exists():
        raise NotNamed(native)
    newest = words.holding(service_id=feed.service_id, source=feed.format).get(native)
    if newest and newest.code == code:
        raise SaidBefore(native)
    words.say(service=feed.service, source=feed.format, native=native, code=code, reason=reason, by=by, now=now)
    audit.record(verb=Verb.ARRANGED, by=by, services=[feed.service_id], about=(Kind.FEED, feed.pk), now=now, native=native, means=code)
    ring("deliveries.reconcile_owed")
    return counted(list(imports(feed).values_list("pk", flat=True)), [native])[native]
