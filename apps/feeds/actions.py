"""What may be done with feeds: receive a file, and bring a received file into the ledger."""

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, suppress
from datetime import datetime, timedelta
from typing import Any, BinaryIO, NamedTuple

from celery import current_app
from django.conf import settings
from django.db import connection, transaction

from apps.accounts.models import User
from apps.audit import actions as audit
from apps.audit.verbs import Actor, Kind, Verb
from apps.feeds import catalogue, findings, limits, mappings, places
from apps.feeds.models import DealtWith, Feed, Handover, Mapping, Preview
from apps.feeds.pipeline import Rows
from apps.feeds.record import Notice, Options, Reading, Record, Refused, Rejected
from apps.feeds.sources.redaction import redact
from apps.feeds.sources.references import is_uuid
from apps.feeds.spool import spooled
from apps.ledger import actions as ledger
from apps.ledger import queries as facts
from apps.ledger import retention, staging
from apps.ledger.models import GIVEN_UP, WORK_ON_A_FILE, Direction, Import, ImportState, Owed, Work
from apps.ledger.stored import open_stored
from apps.registry.models import Service
from apps.walls import scope

Clock = Callable[[], datetime]
Watch = Callable[[Iterator[Record | Rejected]], Iterator[Record | Rejected]]
SECONDS_BETWEEN_BEATS = 1.0
MAPPABLE = ("missing_column", "duplicate_column")  # why a file is refused whose columns somebody may map
LONGEST_NAME = 200
LONGEST_REASON = 1000
HANDOVERS_KEPT = timedelta(days=90)  # for so long another system that asks again gets the answer it got

REJECTIONS = """
INSERT INTO feeds_rejection (service_id, import_id, line, code, details, raw)
SELECT %s, %s, line, code, attributes, native FROM incoming WHERE kind = 'r'
"""

KNOWN_RECEIPTS = "INSERT INTO feeds_knownreceipt (service_id, import_id, line) SELECT %s, %s, line FROM incoming WHERE kind = 'n'"


class Way(NamedTuple):
    """What handed a file in where no person did: its name in the history, and who that is to the trail."""

    name: str
    actor: Actor


By = User | Way | str | None


class UnknownFormat(Exception):
    """No feed format has this name."""


class ReasonNotKept(Exception):
    """The reason is missing, too long, or holds what looks like an identity number."""


class BroughtInBefore(Exception):
    """The same file, read in the same way, is an import already."""


class ReferenceMissing(Exception):
    """The file does not name its message, and neither does the import (by a UUID)."""


class FileTooLarge(Exception):
    """The file is larger than what is read at all; it was not stored."""


def receive_file(
    *,
    service: Service,
    format: str,
    file_name: str,
    stream: BinaryIO,
    by: User | Way | str,
    now: datetime,
    direction: str | None = None,
    vantage: str = "",
    encoding: str = "",
    reference: str = "",
    is_previewed: bool = False,
    recognised: Iterable[Notice] = (),
) -> ledger.Received:
    """Store a file and owe its import, or a preview of it that waits for a person's yes; the worker is rung once that is committed.

    `stream` is seekable, at its start; `by` a person, a way in, or the name of the command that the operator ran; `recognised` why the file was taken for its
    format, where nobody said it. Raises UnknownFormat, FileTooLarge, ReferenceMissing. The same file with the same options gives the earlier import, and asking for
    it without a preview is the yes that it may wait for.
    """
    if format not in catalogue.FORMATS:
        raise UnknownFormat(format)
    size = stream.seek(0, 2)
    stream.seek(0)
    if size > settings.FEED_FILE_LIMIT:
        raise FileTooLarge(size)
    if not is_uuid(reference) and needs_reference(catalogue.FORMATS[format], stream, encoding=encoding):
        raise ReferenceMissing(format)
    usual = Direction.OUTBOUND if catalogue.FORMATS[format].is_outbound else Direction.INBOUND
    asked: dict[str, Any] = {"format": format, "direction": direction or usual, "vantage": vantage}
    with transaction.atomic():
        feed, _ = Feed.objects.get_or_create(service=service, **asked, defaults={"created_at": now})
        kept: dict[str, Any] = {"encoding": encoding, "reference": reference, "file_name": shown_name(file_name), "by": name_of(by)}
        work = Work.PREVIEW if is_previewed else Work.IMPORT
        version = mappings.version_for(feed, stream)
        received = ledger.receive(service=service, **asked, **kept, stream=stream, mapping_version=version, work=work, now=now)
        told(Verb.RECEIVED, received.feed_import, by, now, format=format, is_new=received.is_new)
        if received.is_new and is_previewed:
            Preview.objects.create(service=service, feed_import=received.feed_import, recognised=[list(notice) for notice in recognised])
        if received.is_new:
            ring("feeds.run_import", received.feed_import.pk)
        elif not is_previewed and received.feed_import.state == ImportState.PREVIEWED:
            approve(feed_import=received.feed_import, by=by, now=now)
            received.feed_import.refresh_from_db()
    return received


def name_of(by: User | Way | str) -> str:
    """As the history names who handed a file in."""
    if isinstance(by, str):
        return by
    return by.name if isinstance(by, Way) else by.email


def needs_reference(format: catalogue.Format, stream: BinaryIO, *, encoding: str) -> bool:
    """Whether this file of the format does not name its message; one that cannot be read is refused when it is imported. Leaves `stream` at its start."""
    if format.needs_reference is None:
        return False
    with spooled(stream) as opened:
        stream.seek(0)
        try:
            return format.needs_reference(Reading(open=opened, options=Options(encoding=encoding)))
        except Refused:
            return False


def shown_name(file_name: str) -> str:
    """The name as a person may see it: no path, no control or direction marks, not endless. It is never used to open anything."""
    last = file_name.replace("\\", "/").rsplit("/", 1)[-1]
    return redact("".join(letter for letter in last if letter.isprintable()), LONGEST_NAME)


def ring(task: str, *ids: int) -> None:
    """Tell the worker after the commit. A lost ring costs a minute: the sweep finds what is owed."""
    transaction.on_commit(lambda: current_app.send_task(task, args=ids, ignore_result=True), robust=True)


@transaction.atomic
def deal_with(*, feed_import: Import, reason: str, by: User, now: datetime, line: int | None = None) -> int:
    """Say that the import's rejected lines, or one of them, need nobody any more; returns how many it was said of.

    What had been dealt with stays as it was. Raises ReasonNotKept when the reason is empty, too long, or holds what looks like an identity number.
    """
    reason = worded(reason)
    rejections = feed_import.rejections.open() if line is None else feed_import.rejections.open().filter(line=line)
    said = [DealtWith(service_id=feed_import.service_id, rejection=rejection, by=by, at=now, reason=reason) for rejection in rejections]
    DealtWith.objects.bulk_create(said, ignore_conflicts=True)
    told(Verb.DEALT_WITH, feed_import, by, now, count=len(said), line=line)
    return len(said)


def worded(reason: str) -> str:
    """A reason as it may be kept. Raises ReasonNotKept when it is empty, too long, or holds what looks like an identity number."""
    reason = reason.strip()
    if not reason or len(reason) > LONGEST_REASON or "\0" in reason or redact(reason, LONGEST_REASON) != reason:
        raise ReasonNotKept
    return reason


def told(verb: Verb, feed_import: Import, by: By | Actor, now: datetime, **details: object) -> None:
    who = by if isinstance(by, User | Actor) else by.actor if isinstance(by, Way) else None
    audit.record(verb=verb, by=who, services=[feed_import.service_id], about=(Kind.IMPORT, feed_import.pk), now=now, **details)


def try_again(*, feed_import: Import, by: User | None, now: datetime) -> None:
    """A person asks for three new tries of an import that needs one; `by` is None for a command."""
    with transaction.atomic():
        ledger.try_again(feed_import=feed_import, now=now)
        told(Verb.TRIED_AGAIN, feed_import, by, now)
        ring("feeds.run_import", feed_import.pk)


@transaction.atomic
def approve(*, feed_import: Import, by: By, now: datetime, seen: str = "") -> None:
    """Say yes to what a preview showed: the file is owed its import; `by` is None for a command (receive_file has it otherwise), `seen` when the preview was made that the person saw (ISO).

    A mapping that was tried becomes the feed's, as a new version unless it says what the newest says. Raises ledger.NotWaiting, also when the file was tried
    in another way meanwhile, and BroughtInBefore.
    """
    preview = Preview.objects.select_for_update().filter(feed_import=feed_import).first()
    if preview is None:  # nobody was asked about the file
        raise ledger.NotWaiting(feed_import.pk)
    if seen and (preview.seen_at is None or preview.seen_at.isoformat() != seen):
        raise ledger.NotWaiting(feed_import.pk)
    changed = {"mapping_version": keep_mapping(feed_import, preview.mapping, by, now)} if preview.mapping else {}
    ledger.take_up(feed_import=feed_import, work=Work.IMPORT, now=now, **changed)
    decided(Verb.APPROVED, feed_import, by, now)
    ring("feeds.run_import", feed_import.pk)


def keep_mapping(feed_import: Import, said: dict[str, Any], by: By, now: datetime) -> int:
    """The version of the feed's mapping that says this."""
    feed = mappings.feed_of(feed_import)
    newest = mappings.newest(feed)
    if newest and newest.said == said:
        same = {name: getattr(feed_import, name) for name in ("service", "stored", "format", "direction", "vantage", "encoding", "reference")}
        if Import.objects.exclude(state__in=GIVEN_UP).filter(**same, mapping_version=newest.version).exclude(pk=feed_import.pk).exists():
            raise BroughtInBefore(feed_import.pk)
        return newest.version
    made = Mapping.objects.create(service_id=feed.service_id, feed=feed, version=newest.version + 1 if newest else 1, said=said, by=person(by), at=now)
    told(Verb.MAPPED, feed_import, by, now, version=made.version)
    return made.version


@transaction.atomic
def try_mapping(*, feed_import: Import, said: dict[str, Any], by: User, now: datetime) -> None:
    """Read a file that waits once more, by the mapping `said` (sources.mapping.Mapping as plain values), as a preview. Raises ledger.NotWaiting."""
    Preview.objects.filter(feed_import=feed_import).update(mapping=said, seen_at=None)
    ledger.take_up(feed_import=feed_import, work=Work.PREVIEW, now=now)
    told(Verb.TRIED_AGAIN, feed_import, by, now)
    ring("feeds.run_import", feed_import.pk)


@transaction.atomic
def read_otherwise(*, feed_import: Import, chosen: dict[str, Any], by: User, now: datetime) -> ledger.Received:
    """Have a file that was received read as something else (`chosen` as receive_file takes it), and give up the preview that waits, if one does.

    Raises ReferenceMissing, ledger.NotWaiting.
    """
    if feed_import.state == ImportState.PREVIEWED:
        cancel(feed_import=feed_import, by=by, now=now)
    with spooled(open_stored(feed_import.stored)) as opened, opened() as stream:
        given: dict[str, Any] = {"service": feed_import.service, "file_name": feed_import.file_name, "stream": stream, "by": by, "now": now}
        return receive_file(**given, **chosen, is_previewed=True)


@transaction.atomic
def cancel(*, feed_import: Import, by: User, now: datetime) -> None:
    """Say no to what a preview showed: nothing of the file is brought in, and it stays in the history. Raises ledger.NotWaiting."""
    ledger.cancel(feed_import=feed_import, now=now)
    decided(Verb.CANCELLED, feed_import, by, now)


def person(by: By) -> User | None:
    return by if isinstance(by, User) else None


def decided(verb: Verb, feed_import: Import, by: By, now: datetime) -> None:
    """What the preview counted stays with the import; the lines it showed go, since no fact came of them."""
    preview = Preview.objects.get(feed_import=feed_import)
    preview.decided_by, preview.decided_at = person(by), now
    preview.findings = preview.findings | {"lines": []}
    preview.save(update_fields=["decided_by", "decided_at", "findings"])
    told(verb, feed_import, by, now)


def sweep(*, now: datetime) -> int:
    """Ring again for every import whose lease ran out or that nobody took; what failed three times needs a person. Returns the number of rings."""
    ledger.give_up(now=now)
    waiting = [pk for work in WORK_ON_A_FILE for pk in facts.unclaimed(work=work, now=now).values_list("feed_import_id", flat=True)]
    for feed_import_id in waiting:
        ring("feeds.run_import", feed_import_id)
    return len(waiting)


def remove_due(*, now: datetime) -> int:
    """Let go of files and attributes whose time is over at `now` (aware), a service at a time; the trail is told how many. Returns how many there were."""
    removed = 0
    for service_id in Service.objects.order_by("pk").values_list("pk", flat=True):
        with transaction.atomic():
            files = retention.remove_files(service_id=service_id, now=now)
            attributes = retention.remove_attributes(service_id=service_id, now=now)
            Handover.objects.filter(service=service_id, at__lt=now - HANDOVERS_KEPT).delete()
            if files or attributes:
                audit.record(verb=Verb.REMOVED, by=Actor.WORKER, services=[service_id], now=now, files=files, attributes=attributes)
        removed += files + attributes
    return removed


def run(*, feed_import_id: int, clock: Clock) -> Import:
    """Bring one received file into the ledger, whole or not at all, or try what that would do; `clock` is read at its beginning and end.

    Returns the import as it then stands: complete, refused, previewed, or untouched when somebody else has the work. What touched deliveries is queued for
    reconciliation.
    """
    feed_import = Import.objects.select_related("service", "stored").get(pk=feed_import_id)
    waiting = Owed.objects.filter(feed_import=feed_import, work__in=WORK_ON_A_FILE).first()
    if owed := waiting and ledger.claim(owed=waiting, now=clock()):
        preview = Preview.objects.filter(feed_import=feed_import).first() if owed.work == Work.PREVIEW else None
        mapping = mappings.read_by(feed_import, preview)
        options = Options(encoding=feed_import.encoding, reference=feed_import.reference, vantage=feed_import.vantage, mapping=mapping)
        reading = Reading(open=lambda: open_stored(feed_import.stored), options=options)
        # Inside somebody else's transaction nobody could see the progress, and the row itself is not committed yet.
        beat = None if connection.in_atomic_block else clock
        takes_mapping = bool(preview) and catalogue.FORMATS[feed_import.format].takes_mapping
        # Another worker has it when the claim is lost, and what was done is rolled back.
        with suppress(ledger.LostClaim, scope.Ended), scope.job(owed=owed.pk, fence=owed.fence), limits.limited(size=feed_import.stored.size):
            work_or_refuse(owed=owed, feed_import=feed_import, reading=reading, clock=clock, beat=beat, takes_mapping=takes_mapping)
    feed_import.refresh_from_db()
    return feed_import


@transaction.atomic
def refuse(owed: Owed, code: str, details: dict[str, str], warnings: list[object], now: datetime) -> None:
    ledger.refuse(owed=owed, code=code, details=details, warnings=warnings, now=now)
    told(Verb.REFUSED, owed.feed_import, Actor.WORKER, now, code=code)


def work_or_refuse(*, owed: Owed, feed_import: Import, reading: Reading, clock: Clock, beat: Clock | None, takes_mapping: bool) -> None:
    """`takes_mapping` says that whoever previews the file can still say which column is which."""
    work = try_out if owed.work == Work.PREVIEW else bring_in
    try:
        work(owed=owed, feed_import=feed_import, reading=reading, clock=clock, beat=beat)
    except Refused as refusal:
        if takes_mapping and refusal.code in MAPPABLE:
            ask_for_mapping(owed, refusal, noted(reading), clock())
        else:
            refuse(owed, refusal.code, refusal.details, noted(reading), clock())
    except ledger.AccountsDiffer as differ:
        details = {name: str(value) for name, value in vars(differ.args[0]).items()}
        refuse(owed, "accounts_differ", details, noted(reading), clock())
    except MemoryError:
        refuse(owed, "too_much_memory", {"limit": str(limits.MOST_MEMORY >> 20)}, noted(reading), clock())


@transaction.atomic
def ask_for_mapping(owed: Owed, refusal: Refused, warnings: list[object], now: datetime) -> None:
    """The file waits, as a previewed one does, for somebody to say which column is which."""
    counts = {"read": None, "accepted": None, "duplicate": None, "rejected": None}
    why = {"code": refusal.code, "details": refusal.details}
    Preview.objects.filter(feed_import=owed.feed_import_id).update(**counts, findings={}, refusal=why, seen_at=now)
    ledger.show(owed=owed, warnings=warnings, now=now)


def noted(reading: Reading) -> list[object]:
    return [[notice.code, notice.details] for notice in reading.warnings]


def bring_in(*, owed: Owed, feed_import: Import, reading: Reading, clock: Clock, beat: Clock | None) -> None:
    """Parse, stage, append, account and mark complete in one transaction."""
    covers = catalogue.FORMATS[feed_import.format].is_case_system
    with spooled(open_stored(feed_import.stored)) as reading.open, transaction.atomic():
        accounts, now = append(owed, feed_import, reading, clock, beat=beat)
        ledger.complete(owed=owed, accounts=accounts, warnings=noted(reading), covers=covers, taken_out_at=reading.taken_out_at, now=now)
        told(Verb.COMPLETED, feed_import, Actor.WORKER, now, **vars(accounts))
        ring("deliveries.reconcile_owed")


def try_out(*, owed: Owed, feed_import: Import, reading: Reading, clock: Clock, beat: Clock | None) -> None:
    """Do all that bringing in would do, look at what came of it, and take it back; what was seen waits for a person."""
    first = findings.FirstLines()
    with spooled(open_stored(feed_import.stored)) as reading.open, transaction.atomic():
        accounts, now = append(owed, feed_import, reading, clock, beat=beat, watch=first.passing)
        accounts.check()
        found = findings.find(feed_import_id=feed_import.pk, first=first, warnings=reading.warnings)
        transaction.set_rollback(True)
    with transaction.atomic():
        counts = {"read": accounts.read, "accepted": accounts.accepted, "duplicate": accounts.duplicate, "rejected": accounts.rejected}
        Preview.objects.filter(feed_import=feed_import).update(**counts, findings=found, refusal=None, seen_at=now)
        ledger.show(owed=owed, warnings=noted(reading), now=now)


def append(owed: Owed, feed_import: Import, reading: Reading, clock: Clock, *, beat: Clock | None, watch: Watch = iter) -> tuple[ledger.Accounts, datetime]:
    """Parse the file, stage it and append what is new, in the caller's transaction; what is parsed passes through `watch`. Returns when it was learned, too."""
    format = catalogue.FORMATS[feed_import.format]
    rows = Rows(
        source=feed_import.format,
        outbound=feed_import.direction == Direction.OUTBOUND,
        addressing=places.addressing(service=feed_import.service),
        key_holds_all_references=format.key_holds_all_references,
        key_holds_attribute=format.key_holds_attribute,
    )
    staging.create()
    stage(rows, watch(format.parse(reading)), owed=owed, size=feed_import.stored.size, reading=reading, clock=beat)
    with connection.cursor() as cursor:
        if rows.rejected:
            cursor.execute(REJECTIONS, [feed_import.service_id, feed_import.pk])
        if rows.receipts:
            cursor.execute(KNOWN_RECEIPTS, [feed_import.service_id, feed_import.pk])
    now = ledger.learned_at(service_id=feed_import.service_id, now=clock())
    appended = ledger.append(feed_import=feed_import, now=now)
    accepted = rows.read - rows.rejected - appended.duplicate_lines
    return ledger.Accounts(counted=reading.counted, read=rows.read, accepted=accepted, duplicate=appended.duplicate_lines, rejected=rows.rejected), now


def stage(rows: Rows, parsed: Iterable[Record | Rejected], *, owed: Owed, size: int, reading: Reading, clock: Clock | None) -> None:
    """COPY every row of a file of `size` bytes; once a second say how far it is. Raises LostClaim when the work was taken over.

    Nothing else may be asked of the connection while it copies, so progress is told on another.
    """
    last = time.monotonic()
    with closing(connection.copy()) as beside, connection.cursor() as cursor, cursor.copy("COPY incoming FROM STDIN") as target:
        for block in rows.blocks(parsed):
            target.write(block)
            if clock and time.monotonic() - last > SECONDS_BETWEEN_BEATS:
                last = time.monotonic()
                done = size * rows.read // max(reading.counted, rows.read, 1)
                if not ledger.lengthen(owed=owed, done=done, now=clock(), using=beside):
                    raise ledger.LostClaim(owed.feed_import_id)
