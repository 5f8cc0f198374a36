"""`manage.py import_feed FORMAT FILE --service CODE`: brings in one file now, by the same code path as an upload (02-architecture, "Commands").

It stands here because it spans two apps that do not know each other: feeds brings the file in, deliveries says what it changed.
Exit 0 when the import is complete, 3 when the file was refused, 2 when the question was wrong.
"""

import json
import sys
import time
from typing import Any

import structlog
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import Error
from django.utils import timezone

from apps.deliveries import actions as deliveries
from apps.feeds import actions as feeds
from apps.feeds import catalogue, reasons
from apps.ledger.actions import Received
from apps.ledger.models import Direction, Import, ImportState, Owed, Work
from apps.registry.models import Service
from apps.walls import scope

USAGE, REFUSED = 2, 3
SECONDS_BETWEEN_LOOKS = 1
KEPT = "The file is kept and nothing of it was appended; it is tried again, and after three tries stands among the imports that need a person."

log = structlog.get_logger("framme.imports")


class Command(BaseCommand):
    help = "Imports one file of a feed now and reconciles the deliveries that it touches."

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        parser = super().create_parser(prog_name, subcommand, **kwargs)
        parser.print_usage = lambda file=None: None  # type: ignore[method-assign]  # a wrong option gets one sentence; --help shows the rest
        return parser

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("format", help=", ".join(catalogue.FORMATS))
        parser.add_argument("file")
        parser.add_argument("--service", required=True, metavar="CODE", help="the service that the file belongs to, for example 4601")
        parser.add_argument("--direction", choices=Direction.values, help="whether the messages go to or from the service")
        parser.add_argument("--vantage", choices=["sender", "recipient"], default="", help="whose view the file shows, for formats where it matters")
        parser.add_argument("--encoding", default="", help="what to read a file as that is not UTF-8, for example windows-1252")
        parser.add_argument(
            "--reference",
            default="",
            metavar="ID",
            help="the message, for files that do not name it (svarut-history v1); for archive-receipts the system whose keys they hold, for example svarut",
        )
        parser.add_argument("--json", action="store_true", dest="as_json", help="print the accounts as one JSON object")

    def handle(self, *, as_json: bool, **options: Any) -> None:
        owner = service(options["service"])
        with scope.operator(by="import_feed", services=[owner.pk]):
            received = receive(**options | {"service": owner})
            is_again = received.feed_import.state == ImportState.COMPLETE
            feed_import = finished(received.feed_import)
            reconcile(feed_import)
        result = accounts(feed_import, is_again=is_again)
        self.stdout.write(json.dumps(result) if as_json else in_a_sentence(result))
        if feed_import.state == ImportState.REFUSED:
            sys.exit(REFUSED)


def service(code: str) -> Service:
    try:
        return Service.objects.get(code=code)
    except Service.DoesNotExist:
        raise CommandError(f"There is no service with the code {code!r}.", returncode=USAGE) from None


def receive(*, format: str, file: str, service: Service, direction: str | None, vantage: str, encoding: str, reference: str, **_: Any) -> Received:
    """Stores the file and owes its import; whatever is wrong with the question is one sentence and exit 2."""
    asked = {"format": format, "direction": direction, "vantage": vantage, "encoding": encoding, "reference": reference}
    try:
        with open(file, "rb") as stream:
            return feeds.receive_file(service=service, file_name=file, stream=stream, by="import_feed", now=timezone.now(), **asked)
    except OSError as error:
        wrong = f"The file {file!r} cannot be read: {error.strerror or error}."
    except feeds.UnknownFormat:
        wrong = f"There is no format {format!r}; the formats are {', '.join(catalogue.FORMATS)}."
    except feeds.ReferenceMissing:
        wrong = f"The file {file!r} does not say which message it is about: name it with --reference and its identifier, a UUID."
    except feeds.FileTooLarge:
        wrong = f"The file {file!r} is larger than {settings.FEED_FILE_LIMIT} bytes, the most that is read."
    raise CommandError(wrong, returncode=USAGE)


def finished(feed_import: Import) -> Import:
    """The import done, here or by the worker that had it already; one that needs a person has got one now."""
    if feed_import.state == ImportState.NEEDS_A_PERSON:
        feeds.try_again(feed_import=feed_import, by=None, now=timezone.now())
        feed_import.refresh_from_db()
    while feed_import.is_on_its_way:
        try:
            feed_import = feeds.run(feed_import_id=feed_import.pk, clock=timezone.now)
        except (Error, OSError) as problem:
            raise CommandError(f"Import {feed_import.pk} is not finished: the database or the disk failed ({type(problem).__name__}). {KEPT}") from None
        except Exception as fault:
            log.exception("a file could not be read", feed_import=feed_import.pk)
            raise CommandError(f"Import {feed_import.pk} is not finished: Framme itself failed ({type(fault).__name__}). {KEPT}") from None
        if feed_import.state == ImportState.PREVIEWED:  # an upload of the same file was to be shown first; the command is the yes to it
            feeds.approve(feed_import=feed_import, by=None, now=timezone.now())
            feed_import.refresh_from_db()
        elif feed_import.is_on_its_way:
            time.sleep(SECONDS_BETWEEN_LOOKS)
    return feed_import


def reconcile(feed_import: Import) -> None:
    """Fold what is owed; what a worker has taken already is waited for, so that the states are right when the command ends."""
    deliveries.reconcile_owed(now=timezone.now())
    while Owed.objects.filter(feed_import=feed_import, work=Work.FOLD, lease_until__gt=timezone.now()).exists():
        time.sleep(SECONDS_BETWEEN_LOOKS)


def accounts(feed_import: Import, *, is_again: bool) -> dict[str, Any]:
    """What is printed, in the words and order of 02-architecture; a file that was imported before adds nothing now."""
    read, rejected = feed_import.read or 0, feed_import.rejected or 0
    warnings = [reasons.sentence(code, details) for code, details in feed_import.warnings]
    again = [f"The same file was imported before, as import {feed_import.pk}; nothing was changed."] if is_again else []
    return {
        "import": feed_import.pk,
        "state": feed_import.state,
        "read": read,
        "accepted": 0 if is_again else feed_import.accepted or 0,
        "duplicate": read - rejected if is_again else feed_import.duplicate or 0,
        "rejected": rejected,
        "warnings": again + warnings,
        "reason": reasons.sentence(**feed_import.refusal) if feed_import.refusal else None,
    }


def in_a_sentence(result: dict[str, Any]) -> str:
    """For people: the accounts on one line, then each warning or the reason on its own."""
    if result["reason"]:
        return "Import {import}: refused. {reason}".format_map(result)
    line = "Import {import}: complete; {read} read = {accepted} accepted + {duplicate} duplicate + {rejected} rejected.".format_map(result)
    return "\n".join([line, *result["warnings"]])
