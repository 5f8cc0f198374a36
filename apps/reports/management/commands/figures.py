"""`manage.py figures [--as-of ISO] [--known-at ISO]`: the figures of every service and direction, each with its definition (02-architecture, "Commands").

Without a time they are counted from what is stored; with one they are worked out from the ledger: as-of is the clock, known-at what we had learned. What
nothing was learned of since is folded already, and only stated by that clock; with --anew it is folded again too.
"""

import json
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone, translation

from apps.registry.models import Service
from apps.reports import queries
from apps.reports.figures import FIGURES, by_service_and_direction
from apps.reports.untold import CHILDREN_OF
from apps.ui import commands
from apps.walls import scope


class Command(BaseCommand):
    help = "Prints the figures by service and direction, each with the definition of what it counts."

    def add_arguments(self, parser: CommandParser) -> None:
        commands.terse(parser)
        parser.add_argument(
            "--as-of", type=commands.moment, metavar="ISO", help="the clock to state by, in Oslo time unless it has an offset; now if not given"
        )
        parser.add_argument("--known-at", type=commands.moment, metavar="ISO", help="count only what had been learned by then; everything if not given")
        parser.add_argument("--anew", action="store_true", help="fold every delivery again, also those of which nothing was learned since; takes longer")
        parser.add_argument("--json", action="store_true", dest="as_json", help="print one JSON object")

    @scope.operator(by="figures")
    def handle(self, *, as_of: datetime | None, known_at: datetime | None, anew: bool, as_json: bool, **options: Any) -> None:
        with translation.override("en"):
            told = figures(as_of=as_of, known_at=known_at, anew=anew, now=timezone.now())
        self.stdout.write(json.dumps(told, ensure_ascii=False) if as_json else in_lines(told))


def figures(*, as_of: datetime | None, known_at: datetime | None, now: datetime, anew: bool = False) -> dict[str, Any]:
    """Times are UTC. `due` is how many deliveries the clock had overtaken since they were last stated: always 0 where they were worked out anew."""
    is_stored = as_of is None and known_at is None and not anew
    look_back = queries.recomputed if anew else queries.looked_back
    tally = queries.stored() if is_stored else look_back(as_of=as_of or now, known_at=known_at)
    codes = dict(Service.objects.values_list("pk", "code"))
    cut = sorted((codes[service], direction, counts) for (service, direction), counts in by_service_and_direction(tally).items())
    return {
        "as_of": commands.in_utc(as_of or now),
        "known_at": commands.in_utc(known_at or now),
        "counted_from": "stored" if is_stored else "ledger",
        "due": queries.due(now=now) if is_stored else 0,
        "definitions": {
            figure.name: {"label": str(figure.label), "counts": str(figure.counts), "unit": str(figure.unit), "clock": str(figure.clock)} for figure in FIGURES
        },
        "figures": [{"service": service, "direction": direction, **numbers(counts)} for service, direction, counts in cut],
    }


def numbers(counts) -> dict[str, int | dict[str, int] | None]:  # type: ignore[no-untyped-def]
    """Each figure by name: a number, or an object of numbers where it has parts; null for children of messages of which no record states any number."""
    told = {figure.name: figure.of(counts) if figure.parts else figure.of(counts)[""] for figure in FIGURES}
    return {name: None if number == 0 and told.get(CHILDREN_OF.get(name, "")) else number for name, number in told.items()}


def in_lines(told: dict[str, Any]) -> str:
    """For people: one line a number that is not zero, then what the numbers mean."""
    lines = [f"As of {told['as_of']}, from what was known at {told['known_at']}."]
    if told["due"]:
        lines.append(f"The clock has overtaken {told['due']} of the deliveries since they were last stated: run `manage.py reconcile`.")
    for row in told["figures"]:
        lines += ["", f"{row['service']} {row['direction']}"]
        for name in told["definitions"]:
            parts = row[name] if isinstance(row[name], dict) else {"": row[name]}
            lines += [f"{count:10} {name} {part}".rstrip() for part, count in parts.items() if count]
    lines += ["", *(f"{name}: {meant['counts']} Unit: {meant['unit']}. Clock: {meant['clock']}." for name, meant in told["definitions"].items())]
    return "\n".join(lines)
