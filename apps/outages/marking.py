"""Outages and faults marked from a file: all of its lines or none, and what stands already is not marked twice."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.outages import actions
from apps.outages.file import ALL, Line, Problem, Unread, When, when
from apps.outages.models import CHANNELS, Kind, Outage
from apps.registry.models import Service
from apps.ui.filters import FIRST_DAY, LAST_DAY

# Which column of the file says what of a mark.
COLUMNS = {"first_day": "from", "first_time": "from", "last_day": "to", "last_time": "to", "precision": "from"}


class Marked(NamedTuple):
    """How many were marked, and how many stood already as the file says."""

    made: int
    known: int


@transaction.atomic
def mark_all(*, lines: Sequence[Line], services: Collection[Service], nationally: bool, by: User, now: datetime) -> Marked:
    """Mark what each line says, of these services, and of all where `nationally`. Raises Unread with every problem of every line, and marks nothing then."""
    codes, made, known = {service.code: service for service in services}, 0, 0
    problems: list[Problem] = []
    for line in lines:
        said, wrong = spoken(line, codes, nationally, now)
        if wrong:
            problems += wrong
        elif stands(said):
            known += 1
        else:
            try:
                actions.mark(**said, by=by, now=now)
                made += 1
            except actions.Incomplete as error:
                problems += dict.fromkeys(line.problem(column(line, name), sentence) for name, sentence in error.problems.items())
            except actions.NotAllowed:
                problems.append(line.problem("service", _("You do not mark for this service.")))
    if problems:
        raise Unread(problems)
    return Marked(made, known)


def column(line: Line, name: str) -> str:
    """The column that says this of a mark: what happened and who says so are the source's words where nothing else stands."""
    if name in ("what", "said_by") and not line.cells.get(name):
        return "source"
    return COLUMNS.get(name, name)


def spoken(line: Line, codes: dict[str, Service], nationally: bool, now: datetime) -> tuple[dict[str, Any], list[Problem]]:
    """What a mark is made of, and what cannot be understood."""
    cell, problems = line.cells.get, []
    begins, ends = when(line.cells["from"]), when(line.cells["to"]) if line.cells["to"] else None
    said_on = when(cell("said_on", "")) or When(timezone.localdate(now))
    is_of_all = line.cells["service"].lower() in ALL
    if begins is None or not FIRST_DAY <= begins.day <= LAST_DAY:
        problems.append(line.problem("from", _("Write a day as 2024-02-01 or 01.02.2024, with the time as 14:30 where it is known.")))
    if line.cells["to"] and (ends is None or not FIRST_DAY <= ends.day <= LAST_DAY):
        problems.append(line.problem("to", _("Write a day as 2024-02-01 or 01.02.2024, with the time as 14:30 where it is known.")))
    if begins and ends and begins.precision != ends.precision:
        problems.append(line.problem("to", _("Say the beginning and the end equally exactly: both to the minute, the day or the month.")))
    if cell("said_on") and when(line.cells["said_on"]) is None:
        problems.append(line.problem("said_on", _("Write a day as 2024-02-01 or 01.02.2024, with the time as 14:30 where it is known.")))
    if not (nationally if is_of_all else line.cells["service"] in codes):
        problems.append(line.problem("service", _("You mark for none of this number. Write the number of a service of yours, or all where you speak for all.")))
    channel, kind = chosen(line.cells["channel"], CHANNELS), chosen(cell("kind", "") or Kind.OUTAGE, Kind.choices)
    if channel is None:
        problems.append(line.problem("channel", _("There is no such channel.")))
    if kind is None:
        problems.append(line.problem("kind", _("Write outage or fault.")))
    if problems or begins is None or kind is None:
        return {}, problems
    said = {
        "service": None if is_of_all else codes[line.cells["service"]],
        "kind": kind,
        "channel": channel,
        "system": cell("system", ""),
        "version": cell("version", ""),
        "first_day": begins.day,
        "first_time": begins.at,
        "last_day": ends.day if ends else None,
        "last_time": ends.at if ends else None,
        "precision": begins.precision,
        "what": cell("what") or line.cells["source"],
        "said_by": cell("said_by") or line.cells["source"][: actions.LIMITS["said_by"]],
        "said_on": said_on.day,
        "source": line.cells["source"],
    }
    return said, []


def chosen(typed: str, choices: Collection[tuple[Any, Any]]) -> str | None:
    """The value that is meant by its name or its label; empty for none, None where there is no such."""
    meant = typed.lower()
    if not meant or meant in ALL:
        return ""
    return next((value for value, label in choices if meant in (value, str(label).lower())), None)


def stands(said: dict[str, Any]) -> bool:
    """Whether the same of the same window was marked before, whoever said so on which day."""
    begins_at, ends_at = actions.window(said["first_day"], said["first_time"], said["last_day"], said["last_time"], said["precision"])
    same = {name: said[name] for name in ("service", "kind", "channel", "system", "version", "precision", "source")}
    return Outage.objects.standing().filter(**same, begins_at=begins_at, ends_at=ends_at).exists()
