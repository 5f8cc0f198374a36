"""One file of the catalogue, what an import of it must come to, and what it came to."""

import io
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import BinaryIO

from django.utils import timezone

from apps.feeds import actions as feeds
from apps.ledger.models import Import
from apps.registry.models import Service

Rejected = dict[int, str]


@dataclass(frozen=True)
class Fate:
    """What becomes of a file: `code` of what it is refused for and on which `line`, or its accounts, reasons and warnings.

    `rejected` has the reason by line; where there are many, `reasons` has how many lines were rejected for each instead.
    """

    state: str = "complete"
    code: str = ""
    line: str = ""
    accepted: int = 0
    duplicate: int = 0
    rejected: Rejected = field(default_factory=dict)
    reasons: dict[str, int] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()

    @property
    def again(self) -> "Fate":
        """The same where other files may have said before what this one says."""
        return replace(self, accepted=self.accepted + self.duplicate, duplicate=0)


def read(accepted: int, *warnings: str, duplicate: int = 0, rejected: Rejected | None = None, reasons: dict[str, int] | None = None) -> Fate:
    return Fate(accepted=accepted, duplicate=duplicate, rejected=rejected or {}, reasons=reasons or {}, warnings=warnings)


def refused(code: str, line: str = "") -> Fate:
    return Fate("refused", code, line)


TOO_LARGE = Fate("not received", "FileTooLarge")


@dataclass(frozen=True)
class Hostile:
    """A file by the name of what is wrong with it. It is made when it is needed: some are large."""

    name: str
    format: str
    make: Callable[[], bytes | BinaryIO]
    fate: Fate
    encoding: str = ""
    reference: str = ""
    file_name: str = "fil"
    is_large: bool = False

    def stream(self) -> BinaryIO:
        made = self.make()
        return io.BytesIO(made) if isinstance(made, bytes) else made


def became(hostile: Hostile, service: Service, stream: BinaryIO) -> tuple[Fate, Import | None]:
    """The fate that the file met, read as the worker reads it; and its import, if it was received."""
    given = {"format": hostile.format, "file_name": hostile.file_name, "encoding": hostile.encoding, "reference": hostile.reference}
    try:
        received = feeds.receive_file(service=service, stream=stream, by="hostile", now=timezone.now(), **given)
    except feeds.FileTooLarge:
        return TOO_LARGE, None
    done = feeds.run(feed_import_id=received.feed_import.pk, clock=timezone.now)
    if done.refusal:
        return Fate(done.state, done.refusal["code"], done.refusal["details"].get("line", "")), done
    lines = list(done.rejections.order_by("line").values_list("line", "code")[:1000])
    few = len(lines) <= len(hostile.fate.rejected) + 10
    return Fate(
        done.state,
        accepted=done.accepted or 0,
        duplicate=done.duplicate or 0,
        rejected=dict(lines) if few and not hostile.fate.reasons else {},
        reasons={} if few and not hostile.fate.reasons else dict(Counter(code for _, code in lines)),
        warnings=tuple(sorted(code for code, _ in done.warnings)),
    ), done
