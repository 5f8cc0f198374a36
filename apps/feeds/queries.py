"""The history of imports in its parts, and what became of the lines of one.

Lines are read by their number, so that a page out of a million lines costs what a page out of ten does.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from heapq import merge
from itertools import groupby, islice

from django.db import models
from django.db.models import Count, Prefetch, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from apps.feeds.models import KnownReceipt, Rejection, RepairedLine
from apps.ledger import words
from apps.ledger.models import UNFINISHED, Duplicate, Event, Import, ImportState

RELEASED = Prefetch("repaired", RepairedLine.objects.released().select_related("repair__by"), to_attr="released")
EVENTS_PER_LINE = 5  # one more than any format yields: a row of a receive log gives up to four


class Fate(models.TextChoices):
    """What every line that was read became: exactly one of these."""

    ACCEPTED = "accepted", _("Accepted")
    DUPLICATE = "duplicate", _("Known before")
    REJECTED = "rejected", _("Rejected")


class Part(models.TextChoices):
    """The parts of the history; every import is in exactly one of those before the last."""

    ERRORS = "errors", _("Errors")
    SUCCESSES = "successes", _("Successes")
    NEVER_COMPLETED = "never-completed", _("Never completed")
    WAITING = "waiting", _("Waiting for a yes")
    CANCELLED = "cancelled", _("Cancelled")
    UNDONE = "undone", _("Taken back")
    ALL = "all", _("All")


PARTS: dict[str, Q] = {
    Part.ERRORS: Q(state=ImportState.REFUSED) | Q(state=ImportState.COMPLETE, rejected__gt=0),
    Part.SUCCESSES: Q(state=ImportState.COMPLETE, rejected=0),
    Part.NEVER_COMPLETED: Q(state__in=UNFINISHED),
    Part.WAITING: Q(state=ImportState.PREVIEWED),
    Part.CANCELLED: Q(state=ImportState.CANCELLED),
    Part.UNDONE: Q(state=ImportState.UNDONE),
    Part.ALL: Q(),
}


def counts(imports: QuerySet[Import]) -> dict[str, int]:
    """How many of these imports are in each part of the history, by its slug; one query."""
    names = {part.name.lower(): part.value for part in Part}
    counted = imports.order_by().aggregate(**{name: Count("pk", filter=PARTS[part]) for name, part in names.items()})
    return {part: counted[name] for name, part in names.items()}


@dataclass(frozen=True)
class Line:
    """One line of a file with its fate and what shows it; `number` counts as the file's format counts (formats.md).

    An accepted line without events is the known receipt of another message.
    """

    number: int
    fate: Fate
    events: tuple[Event, ...] = ()
    repeats: Event | None = None
    rejection: Rejection | None = None


@dataclass(frozen=True)
class Page:
    """The next lines in the order of the file; `next_after` is where the following page begins, or None at the end."""

    lines: list[Line]
    next_after: int | None


def page(*, feed_import: Import, fate: Fate | None, after: int = 0, size: int = 100) -> Page:
    """The first `size` lines beyond line `after` that met this fate, or any fate when it is None."""
    fates = [fate] if fate else list(Fate)
    beyond = merge(*(READERS[each](feed_import, after, size + 1) for each in fates), key=lambda line: line.number)
    lines = list(islice(beyond, size + 1))
    words.read([event for line in lines for event in (*line.events, line.repeats) if event])
    return Page(lines=lines[:size], next_after=lines[size - 1].number if len(lines) > size else None)


def line(*, feed_import: Import, number: int) -> Line | None:
    """That one line, or None when the file has no such line (a header, a blank, or beyond the end)."""
    found = page(feed_import=feed_import, fate=None, after=number - 1, size=1).lines
    return found[0] if found and found[0].number == number else None


def _accepted(feed_import: Import, after: int, size: int) -> Iterator[Line]:
    return merge(_stating(feed_import, after, size), _known_receipts(feed_import, after, size), key=lambda line: line.number)


def _stating(feed_import: Import, after: int, size: int) -> Iterator[Line]:
    """Looks as far as the page should reach, and further only when that was not enough: the index then reads a few blocks only."""
    read_per_accepted = (feed_import.read or 0) / (feed_import.accepted or 1)
    reach = after + 2 * int(size * max(read_per_accepted, 1))
    near = list(_with_events(feed_import, size, line__gt=after, line__lte=reach))
    return iter(near) if len(near) == size else _with_events(feed_import, size, line__gt=after)


def _with_events(feed_import: Import, size: int, **lines: int) -> Iterator[Line]:
    events = Event.objects.filter(feed_import=feed_import, **lines).select_related("reference").order_by("line", "id")
    for number, group in islice(groupby(events[: size * EVENTS_PER_LINE], key=lambda event: event.line), size):
        yield Line(number=number or 0, fate=Fate.ACCEPTED, events=tuple(group))


def _known_receipts(feed_import: Import, after: int, size: int) -> Iterator[Line]:
    for number in KnownReceipt.objects.filter(feed_import=feed_import, line__gt=after).order_by("line").values_list("line", flat=True)[:size]:
        yield Line(number=number, fate=Fate.ACCEPTED)


def _duplicates(feed_import: Import, after: int, size: int) -> Iterator[Line]:
    rows = Duplicate.objects.filter(feed_import=feed_import, line__gt=after).select_related("event__reference").order_by("line")
    for row in rows[:size]:
        yield Line(number=row.line, fate=Fate.DUPLICATE, repeats=row.event)


def _rejections(feed_import: Import, after: int, size: int) -> Iterator[Line]:
    for row in (
        Rejection.objects.filter(feed_import=feed_import, line__gt=after).select_related("dealt_with__by").prefetch_related(RELEASED).order_by("line")[:size]
    ):
        yield Line(number=row.line, fate=Fate.REJECTED, rejection=row)


READERS: dict[Fate, Callable[[Import, int, int], Iterator[Line]]] = {
    Fate.ACCEPTED: _accepted,
    Fate.DUPLICATE: _duplicates,
    Fate.REJECTED: _rejections,
}
