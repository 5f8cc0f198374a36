"""`manage.py reconcile`: folds and states what is owed and what the clock has changed, or everything (02-architecture, "Commands")."""

import json
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from apps.deliveries import actions as deliveries
from apps.deliveries import queries
from apps.ui import commands
from apps.walls import scope


class Command(BaseCommand):
    help = "Folds and states what imports have touched and what the clock has changed, and prints the number of deliveries in each state."

    def add_arguments(self, parser: CommandParser) -> None:
        commands.terse(parser)
        parser.add_argument(
            "--now", type=commands.moment, metavar="ISO", help="the clock to state by, in Oslo time unless it has an offset; by default this moment"
        )
        parser.add_argument("--all", action="store_true", dest="everything", help="every delivery, not only those whose answer may have changed")
        parser.add_argument("--json", action="store_true", dest="as_json", help="print the counts as one JSON object: state to number")

    @scope.operator(by="reconcile")
    def handle(self, *, now: datetime | None, everything: bool, as_json: bool, **options: Any) -> None:
        # Work is leased by the true clock, whatever clock the states are asked for.
        deliveries.reconcile_owed(now=timezone.now())
        restate = deliveries.rebuild if everything else deliveries.restate
        restate(now=now or timezone.now())
        counts = queries.counted_by_state()
        self.stdout.write(json.dumps(counts) if as_json else "\n".join(f"{count:10} {state}" for state, count in counts.items()))
