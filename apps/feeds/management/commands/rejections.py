"""`manage.py rejections [--import ID]`: one JSON object per rejected line, by import and line (02-architecture, "Commands")."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from apps.audit import actions as audit
from apps.audit.verbs import Verb
from apps.feeds import reasons
from apps.feeds.models import Rejection
from apps.ledger.models import Import
from apps.ui import commands
from apps.walls import scope


class Command(BaseCommand):
    help = "Prints the rejected lines, of one import or of all, with why each was rejected; what stood there is redacted."

    def add_arguments(self, parser: CommandParser) -> None:
        commands.terse(parser)
        parser.add_argument("--import", type=int, dest="feed_import", metavar="ID", help="only the lines of this import")
        parser.add_argument("--format", choices=["jsonl"], default="jsonl", help="one JSON object per line, the only format so far")

    @scope.operator(by="rejections")
    def handle(self, *, feed_import: int | None, **options: Any) -> None:
        rejections, services = Rejection.objects.order_by("feed_import", "line"), audit.NATIONAL
        if feed_import is not None:
            services = list(Import.objects.filter(pk=feed_import).values_list("service_id", flat=True))
            if not services:
                raise CommandError(f"There is no import {feed_import}.", returncode=commands.USAGE)
            rejections = rejections.filter(feed_import=feed_import)
        audit.record(verb=Verb.EXPORTED, by=None, services=services, now=timezone.now(), list="rejections", filter={"import": feed_import})
        for rejection in rejections.iterator():
            # Escaped beyond ASCII: what a hostile line holds must neither end a line here nor change how a terminal shows it.
            self.stdout.write(json.dumps(as_printed(rejection)))


def as_printed(rejection: Rejection) -> dict[str, Any]:
    return {
        "import": rejection.feed_import_id,
        "line": rejection.line,
        "code": rejection.code,
        "message": reasons.sentence(rejection.code, rejection.details),
        "raw": rejection.raw,
    }
