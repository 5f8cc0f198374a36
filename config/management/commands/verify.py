"""`manage.py verify`: holds every invariant against the database, in one snapshot (02-architecture, "Commands"; 04-reliability, "Invariants").

Of statements (I15) as many are worked out anew as take some seconds: all of them below about fifty in small services, else the newest, and the others by turns.
It stands here because it asks every app. Exit 0 when all hold, 1 when one does not, with the rows that break it.
"""

import json
import sys
from collections.abc import Iterable
from datetime import datetime
from itertools import islice
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from apps.ledger.hindsight import snapshot
from apps.ledger.invariants import Invariant
from apps.ui import commands
from apps.walls import scope
from config.invariants import EVERY, NOT_HERE

BROKEN = 1
SHOWN = 20


class Command(BaseCommand):
    help = "Checks every invariant against the database; exit 1 and the offending rows when one does not hold."

    def add_arguments(self, parser: CommandParser) -> None:
        commands.terse(parser)
        parser.add_argument("--json", action="store_true", dest="as_json", help="print one JSON object")

    @scope.operator(by="verify")
    def handle(self, *, as_json: bool, **options: Any) -> None:
        now, results = timezone.now(), []
        with snapshot():
            for invariant in EVERY:
                results.append(checked(invariant, now))
                if not as_json:
                    self.stdout.write(in_lines(results[-1]))
        is_green = all(result["ok"] for result in results)
        if as_json:
            told = {"ok": is_green, "at": commands.in_utc(now), "invariants": results, "not_checked": NOT_HERE}
            self.stdout.write(json.dumps(told, ensure_ascii=False))
        else:
            self.stdout.write("\n".join([*(f"-    {id:4} {why}" for id, why in NOT_HERE.items()), "All hold." if is_green else "NOT ALL HOLD."]))
        if not is_green:
            sys.exit(BROKEN)


def checked(invariant: Invariant, now: datetime) -> dict[str, Any]:
    """`offending` names at most 20 rows; `more` says that there are others."""
    offending = first(invariant.offending(now))
    return {
        "id": invariant.id,
        "statement": invariant.statement,
        "ok": not offending,
        "offending": offending[:SHOWN],
        "more": len(offending) > SHOWN,
    }


def first(rows: Iterable[str]) -> list[str]:
    return list(islice(rows, SHOWN + 1))


def in_lines(result: dict[str, Any]) -> str:
    line = f"{'ok ' if result['ok'] else 'RED'}  {result['id']:4} {result['statement']}"
    return "\n".join([line, *(f"          {row}" for row in result["offending"]), *(["          and more"] if result["more"] else [])])
