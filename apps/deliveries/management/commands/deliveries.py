"""`manage.py deliveries [--service CODE] [--state S]`: one JSON object per delivery, by id (02-architecture, "Commands")."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from apps.audit import actions as audit
from apps.audit.verbs import Verb
from apps.deliveries import queries
from apps.deliveries.states import State
from apps.registry.models import Service
from apps.ui import commands
from apps.walls import scope


class Command(BaseCommand):
    help = "Prints every delivery with its references, times and state; times are UTC, null where nothing is known."

    def add_arguments(self, parser: CommandParser) -> None:
        commands.terse(parser)
        parser.add_argument("--service", metavar="CODE", help="only the deliveries of this service, for example 4601")
        parser.add_argument("--state", choices=State.values, metavar="S", help="only the deliveries in this state: " + ", ".join(State.values))
        parser.add_argument("--format", choices=["jsonl"], default="jsonl", help="one JSON object per line, the only format so far")

    def handle(self, *, service: str | None, state: str | None, **options: Any) -> None:
        named = None if service is None else list(Service.objects.filter(code=service).values_list("pk", flat=True))
        if named == []:
            raise CommandError(f"There is no service with the code {service!r}.", returncode=commands.USAGE)
        with scope.operator(by="deliveries", services=named):
            audit.record(
                verb=Verb.EXPORTED,
                by=None,
                services=named or audit.NATIONAL,
                now=timezone.now(),
                list="deliveries",
                filter={"service": service, "state": state},
            )
            told = queries.told(service_code=service, state=state)
            commands.write(self.stdout, (json.dumps(delivery, ensure_ascii=False, default=commands.in_utc) for delivery in told))
