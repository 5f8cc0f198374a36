"""`manage.py audit_anchor`: writes where the trail and the other facts have come to as a signed file, or holds them against an earlier one (02-architecture, "The trail").

Exit 0 when it is written or holds, 1 when something that it anchors is gone or changed, 2 for a wrong question.
"""

import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from apps.audit import anchors
from apps.ui import commands
from apps.walls import scope

BROKEN = 1


class Command(BaseCommand):
    help = "Writes where the trail and the other facts have come to as a signed file, or holds them against an earlier one."

    def add_arguments(self, parser: CommandParser) -> None:
        commands.terse(parser)
        parser.add_argument("--file", type=Path, metavar="F", help="where to write it; without, among those that `verify` holds the chains against")
        parser.add_argument("--verify", type=Path, metavar="F", help="an earlier anchor to hold them against, instead of writing one")

    @scope.operator(by="audit_anchor")
    def handle(self, *, file: Path | None, verify: Path | None, **options: Any) -> None:
        if file and verify:
            raise CommandError("Either write an anchor or verify one.", returncode=commands.USAGE)
        if verify:
            self.hold_against(verify)
            return
        try:
            written = anchors.keep(now=timezone.now(), path=file)
        except OSError as error:
            raise CommandError(f"The anchor cannot be written: {error.strerror or error}.", returncode=commands.USAGE) from error
        self.stdout.write(f"{written}\nPublic key {anchors.public_key()}")

    def hold_against(self, path: Path) -> None:
        if not path.exists():
            raise CommandError(f"There is no file {str(path)!r}.", returncode=commands.USAGE)
        wrong = list(anchors.contradicted(path))
        for line in wrong:
            self.stdout.write(line)
        if wrong:
            sys.exit(BROKEN)
        anchor = anchors.read(path)
        self.stdout.write(
            f"Holds: {len(anchor['chains'])} chains and {len(anchor['rows'])} tables of facts are what they were at {anchor['at']}, and may have grown since."
        )
