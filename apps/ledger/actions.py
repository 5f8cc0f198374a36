"""What may be done to the ledger: receive a file, claim the work it is owed, append what it said, and record what a person did."""

import hashlib
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, BinaryIO

from django.db import IntegrityError, connection, transaction

from apps.ledger import joining, queries, staging, standing, stored
from apps.ledger.models import CALL, GIVEN_UP, WORK_ON_A_FILE, Chunk, Event, Import, ImportState, Owed, Reference, StoredBytes, Tie, Told, Undoing, Untie, Work
from apps.ledger.queries import TRIES, WORTH_TRYING, free_at
from apps.registry.models import Service
from apps.walls import scope

LEASE = timedelta(minutes=5)
LOCK = "SELECT pg_advisory_xact_lock(%s, %s)"
LOCK_CLASS = 0x6C656467  # "ledg": one append at a time in a service, so that two files cannot each miss the other's rows
# Whoever appends anything holds this lock of the service with the others, and who tells what is known alone.
WITH_OTHERS, ALONE = "SELECT pg_advisory_xact_lock_shared(%s, %s)", "SELECT pg_advisory_xact_lock(%s, %s)"
TELLING = 0x746F6C64  # "told"
TELL = "INSERT INTO ledger_told (service_id, until) VALUES (%s, %s) ON CONFLICT (service_id) DO UPDATE SET until = greatest(ledger_told.until, EXCLUDED.until)"
A_MOMENT = timedelta(microseconds=1)
NO_KEY = hashlib.blake2b(digest_size=16)
BETWEEN = "\x1f"  # the parts of what a key is made of


class LostClaim(Exception):
    """Another worker took the work over: what was done here must not be committed."""


class NotWaiting(Exception):
    """The import does not wait for a person's yes: somebody has decided about it meanwhile."""


class NotUndoable(Exception):
    """The import is not complete: it has brought nothing, or was undone already."""


class AccountsDiffer(Exception):
    """The lines read are not the lines counted, or not every line has a fate."""


@dataclass(frozen=True)
class Received:
    feed_import: Import
    is_new: bool


@dataclass(frozen=True)
class Accounts:
    """The fate of a file's lines, in lines: counted independently, read, accepted, duplicate and rejected."""

    counted: int
    read: int
    accepted: int
    duplicate: int
    rejected: int

    def check(self) -> None:
        if not self.counted == self.read == self.accepted + self.duplicate + self.rejected:
            raise AccountsDiffer(self)


@transaction.atomic
def receive(
    *,
    service: Service,
    format: str,
    direction: str,
    vantage: str,
    encoding: str,
    reference: str,
    file_name: str,
    stream: BinaryIO,
    by: str,
    now: datetime,
    mapping_version: int = 0,
    work: Work = Work.IMPORT,
) -> Received:
    """Keep a file's bytes and owe `work` on it, its import or a preview, both or neither.

    The same bytes with the same options in the same service give the earlier import, unless that was refused, cancelled or undone. `stream` must be seekable and at
    its start.
    """
    asked: dict[str, Any] = {"service": service, "format": format, "direction": direction, "vantage": vantage, "encoding": encoding, "reference": reference}
    asked["mapping_version"] = mapping_version
    sha256, size = stored.fingerprint(stream)
    earlier = Import.objects.filter(**asked, stored__sha256=sha256).exclude(state__in=GIVEN_UP).first()
    if earlier:
        return Received(earlier, is_new=False)
    kept = _kept(service, sha256, size, stream, now)
    try:
        with transaction.atomic():
            made = Import.objects.create(**asked, stored=kept, file_name=file_name, received_at=now, received_by=by)
    except IntegrityError:  # the same file came in at the same moment, and the other was first
        return Received(Import.objects.exclude(state__in=GIVEN_UP).get(**asked, stored=kept), is_new=False)
    Owed.objects.create(service=service, work=work, feed_import=made, owed_since=now)
    return Received(made, is_new=True)


def keep(*, service: Service, stream: BinaryIO, now: datetime) -> StoredBytes:
    """The stored bytes of the stream, stored now if they were not or are no longer."""
    return _kept(service, *stored.fingerprint(stream), stream, now)


def _kept(service: Service, sha256: str, size: int, stream: BinaryIO, now: datetime) -> StoredBytes:
    kept, is_new = StoredBytes.objects.get_or_create(service=service, sha256=sha256, removed_at=None, defaults={"size": size, "stored_at": now})
    if is_new:
        for number, piece in enumerate(stored.pieces(stream)):
            Chunk.objects.create(service=service, stored=kept, number=number, body=stored.sealed(piece, sha256=sha256, number=number))
    return kept


@transaction.atomic
def claim(*, owed: Owed, now: datetime) -> Owed | None:
    """Take the work for a lease, if it is still owed and nobody holds it. A file that failed three times is not tried again."""
    free = Owed.objects.select_for_update(skip_locked=True).filter(free_at(now), WORTH_TRYING, pk=owed.pk)
    claimed = free.defer("homes").first()  # which may be a hundred thousand
    if claimed is None:
        return None
    claimed.tries += 1
    claimed.fence += 1
    claimed.lease_until = now + LEASE
    claimed.save(update_fields=["tries", "fence", "lease_until"])
    if claimed.work in WORK_ON_A_FILE:
        Import.objects.filter(pk=claimed.feed_import_id).update(state=ImportState.RUNNING, started_at=now, heartbeat_at=now, done=0, fence=claimed.fence)
    return claimed


@transaction.atomic
def give_up(*, now: datetime) -> int:
    """Imports whose last try ran out need a person; returns how many were found."""
    spent = Owed.objects.select_for_update(skip_locked=True).filter(work__in=WORK_ON_A_FILE, tries__gte=TRIES, lease_until__lt=now)
    return Import.objects.filter(owed__in=spent, state__in=(ImportState.RECEIVED, ImportState.RUNNING)).update(
        state=ImportState.NEEDS_A_PERSON, heartbeat_at=now
    )


@transaction.atomic
def try_again(*, feed_import: Import, now: datetime) -> None:
    """A person asks for three new tries of an import that needs one."""
    Import.objects.filter(pk=feed_import.pk, state=ImportState.NEEDS_A_PERSON).update(state=ImportState.RECEIVED, heartbeat_at=now)
    Owed.objects.filter(feed_import=feed_import, work__in=WORK_ON_A_FILE).update(tries=0, lease_until=None)


def lengthen(*, owed: Owed, done: int, now: datetime, using=connection) -> bool:  # type: ignore[no-untyped-def]
    """Say how many bytes are read and keep the lease, on a connection beside the import's own so that others see it. False when the claim is lost."""
    with scope.operator(by="lengthen", services=[owed.service_id], on=using), using.cursor() as cursor:
        cursor.execute("UPDATE ledger_owed SET lease_until = %s WHERE id = %s AND fence = %s", [now + LEASE, owed.pk, owed.fence])
        held = cursor.rowcount == 1
        cursor.execute(
            "UPDATE ledger_import SET done = %s, heartbeat_at = %s WHERE id = %s AND fence = %s AND state = 'running'",
            [done, now, owed.feed_import_id, owed.fence],
        )
    return held


def lock(*, service_id: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(LOCK, [LOCK_CLASS, service_id])


@transaction.atomic
def tell(*, services: Iterable[int], known_at: datetime) -> None:
    """What these services have learned by `known_at` is told for ever: what others are appending is waited for, and whatever comes later is learned later."""
    with connection.cursor() as cursor:
        for service_id in sorted(services):
            cursor.execute(ALONE, [TELLING, service_id])
            cursor.execute(TELL, [service_id, known_at])


def learned_at(*, service_id: int, now: datetime) -> datetime:
    """When what is appended in this transaction is learned: `now`, or just after what was told (`tell`) by somebody who could not see it yet."""
    with connection.cursor() as cursor:
        cursor.execute(WITH_OTHERS, [TELLING, service_id])
    until = Told.objects.filter(pk=service_id).values_list("until", flat=True).first()
    return max(now, until + A_MOMENT) if until else now


def append(*, feed_import: Import, now: datetime) -> staging.Appended:
    """Append what is staged: references, sets, ties, events, particulars and duplicates, in the caller's transaction.

    Events known already are left as they are; a line none of whose events was new becomes a duplicate. `now` is that of `learned_at`.
    """
    lock(service_id=feed_import.service_id)
    values: dict[str, Any] = {"service": feed_import.service_id, "import": feed_import.pk, "learned_at": now, "source": feed_import.format}
    staging.find_references(values)
    joining.find_sets()
    staging.append_references(values)
    joining.move_known()
    is_any_undone = standing.is_any_undone(service_id=feed_import.service_id)
    if is_any_undone:
        standing.follow_keys(values)
    events, ties, particulars = staging.append(values)
    repeated = 0 if events.is_all else staging.append_duplicates(values)
    noted = staging.append_repeats(values, events=events, ties=ties, particulars=particulars)
    # What fell with an undone import may stand again by being repeated.
    if events.number or ties.number or particulars.number or (noted and is_any_undone):
        staging.owe_fold(values)
    return staging.Appended(events=events.number, duplicate_lines=repeated)


def complete(*, owed: Owed, accounts: Accounts, warnings: list[object], covers: bool, taken_out_at: datetime | None = None, now: datetime) -> None:
    """Mark the import complete and its work done, if the accounts agree and the claim is still ours.

    `covers` says that the file is a case system's: what it reaches is what it proves missing; that is its latest event or, where it holds any event at all
    (an extract of another service's holds none), the moment it was taken out. Raises AccountsDiffer, LostClaim.
    """
    accounts.check()
    reaches_at = staging.reaches_at() if covers else None
    if reaches_at and taken_out_at:
        reaches_at = max(reaches_at, taken_out_at)
    changed = Import.objects.filter(pk=owed.feed_import_id, fence=owed.fence, state=ImportState.RUNNING).update(
        state=ImportState.COMPLETE,
        finished_at=now,
        heartbeat_at=now,
        done=owed.feed_import.stored.size,
        warnings=warnings,
        reaches_at=reaches_at,
        **vars(accounts),
    )
    finish(owed=owed, changed=changed)
    if reaches_at:
        extend_coverage(service_id=owed.service_id, reaches_at=min(reaches_at, now))


def extend_coverage(*, service_id: int, reaches_at: datetime) -> None:
    """A file cannot know more than what had happened when it came, and an older file takes nothing back."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO ledger_coverage (service_id, reaches_at) VALUES (%s, %s) "
            "ON CONFLICT (service_id) DO UPDATE SET reaches_at = greatest(ledger_coverage.reaches_at, EXCLUDED.reaches_at)",
            [service_id, reaches_at],
        )


@transaction.atomic
def refuse(*, owed: Owed, code: str, details: dict[str, str], warnings: list[object], now: datetime) -> None:
    """The whole file could not be read: the reason and the bytes are kept, nothing is appended."""
    changed = Import.objects.filter(pk=owed.feed_import_id, fence=owed.fence, state=ImportState.RUNNING).update(
        state=ImportState.REFUSED, finished_at=now, heartbeat_at=now, refusal={"code": code, "details": details}, warnings=warnings
    )
    finish(owed=owed, changed=changed)


@transaction.atomic
def show(*, owed: Owed, warnings: list[object], now: datetime) -> None:
    """The file was tried and nothing of it appended: from now on it waits for a person's yes. Raises LostClaim."""
    changed = Import.objects.filter(pk=owed.feed_import_id, fence=owed.fence, state=ImportState.RUNNING).update(
        state=ImportState.PREVIEWED, heartbeat_at=now, done=owed.feed_import.stored.size, warnings=warnings
    )
    finish(owed=owed, changed=changed)


@transaction.atomic
def take_up(*, feed_import: Import, work: Work, now: datetime, **changed: object) -> None:
    """A person has looked at a preview: owe the import, or another preview. `changed` are columns of the import. Raises NotWaiting."""
    leave(feed_import, state=ImportState.RECEIVED, heartbeat_at=now, **changed)
    Owed.objects.create(service_id=feed_import.service_id, work=work, feed_import=feed_import, owed_since=now)


def cancel(*, feed_import: Import, now: datetime) -> None:
    """A person has looked at a preview and does not want the file; it stays in the history. Raises NotWaiting."""
    leave(feed_import, state=ImportState.CANCELLED, heartbeat_at=now, finished_at=now)


def leave(feed_import: Import, **changed: object) -> None:
    """Only one of two people who decide at the same moment finds it waiting."""
    if not Import.objects.filter(pk=feed_import.pk, state=ImportState.PREVIEWED).update(**changed):
        raise NotWaiting(feed_import.pk)


@transaction.atomic
def undo(*, feed_import: Import, by: str, reason: str, now: datetime) -> None:
    """Take a complete import back: what it alone said stands no more, sets fall into the parts that other ties hold together, and all of it is owed a fold.

    `by` is who, as they are written in the history. Raises NotUndoable.
    """
    lock(service_id=feed_import.service_id)
    if not Import.objects.filter(pk=feed_import.pk, state=ImportState.COMPLETE).update(state=ImportState.UNDONE):
        raise NotUndoable(feed_import.pk)
    now = learned_at(service_id=feed_import.service_id, now=now)
    Undoing.objects.create(service_id=feed_import.service_id, feed_import=feed_import, learned_at=now, by=by, reason=reason)
    standing.take_back(service_id=feed_import.service_id, feed_import_id=feed_import.pk, now=now)


def finish(*, owed: Owed, changed: int) -> None:
    """The owed row goes in the transaction that did the work, and only if the claim was not taken over meanwhile."""
    removed, _ = Owed.objects.filter(pk=owed.pk, fence=owed.fence).delete()
    if not (changed and removed):
        raise LostClaim(owed.feed_import_id)


@transaction.atomic
def record(*, service: Service, reference: int, code: str, occurred_at: datetime, by: str, now: datetime, native: str = "") -> Event:
    """Append what a person did about a delivery. `reference` is a home of the delivery; `native` the outcome; `by` who, without a name."""
    about = Reference.objects.get(pk=reference, service=service)
    now = learned_at(service_id=service.pk, now=now)
    return Event.objects.create(
        service=service,
        reference=about,
        source="person",
        code=code,
        native=native,
        occurred_at=occurred_at,
        learned_at=now,
        by_day=False,
        zone_assumed=False,
        outbound=False,
        key=uuid.uuid4(),
    )


@transaction.atomic
def hear(*, service: Service, value: str, sent_at: datetime, reporter: str, by: str, now: datetime, source: str = CALL) -> Reference:
    """Make a message known that no source has told of: somebody says that they sent it on the day of `sent_at` (its beginning in Oslo).

    It is evidence of the rung "sent" and of no other. `reporter` is private, public or unknown; `source` is who says so, a caller or another service, and
    the namespace in which `value` names it.
    """
    lock(service_id=service.pk)
    now = learned_at(service_id=service.pk, now=now)
    made = make_reference(service, source, value)
    Event.objects.create(
        service=service,
        reference=made,
        source=source,
        code="sent",
        native=reporter,
        occurred_at=sent_at,
        learned_at=now,
        by_day=True,
        zone_assumed=False,
        outbound=False,
        key=uuid.uuid4(),
    )
    return made


@transaction.atomic
def record_many(*, service: Service, references: Iterable[int], code: str, occurred_at: datetime, now: datetime, native: str = "") -> list[Event]:
    """As `record`, the same thing about many deliveries, by a home of each; in their order."""
    now = learned_at(service_id=service.pk, now=now)
    said = {"source": "person", "code": code, "native": native, "occurred_at": occurred_at, "learned_at": now}
    never = {"by_day": False, "zone_assumed": False, "outbound": False}
    return Event.objects.bulk_create(Event(service=service, reference_id=home, key=uuid.uuid4(), **said, **never) for home in references)


@transaction.atomic
def tie(*, service: Service, one: int, namespace: str, value: str, by: str, now: datetime) -> Reference:
    """A person says that the reference with home `one` and (namespace, value) are the same message; their sets are joined."""
    lock(service_id=service.pk)
    now = learned_at(service_id=service.pk, now=now)
    mine = Reference.objects.get(pk=one, service=service)
    other = Reference.objects.filter(service=service, namespace=namespace, value=value).first() or make_reference(service, namespace, value)
    smaller, larger = sorted((mine.pk, other.pk))
    if smaller != larger and not queries.ties(homes=[smaller, larger]):
        Tie.objects.create(service=service, one=smaller, other=larger, learned_at=now)
        record(service=service, reference=one, code="tied", native=namespace, occurred_at=now, by=by, now=now)
        Reference.objects.filter(service=service, delivery__in=(mine.delivery, other.delivery)).update(delivery=min(mine.delivery, other.delivery))
    return other


@transaction.atomic
def untie(*, service: Service, one: int, namespace: str, value: str, by: str, now: datetime) -> list[int]:
    """Undo what `tie` did, if a person did it and it is in force; the set falls into the parts that other ties still hold together.

    Returns the homes of what was one set, to be reconciled; what a record says is the same message stays so.
    """
    lock(service_id=service.pk)
    now = learned_at(service_id=service.pk, now=now)
    other = Reference.objects.get(service=service, namespace=namespace, value=value)
    smaller, larger = sorted((one, other.pk))
    undone = queries.ties(homes=[smaller, larger]).filter(feed_import__isnull=True).first()
    homes = list(queries.references(delivery=other.delivery).values_list("pk", flat=True))
    if undone:
        Untie.objects.create(service=service, tie=undone, learned_at=now)
        record(service=service, reference=one, code="untied", native=namespace, occurred_at=now, by=by, now=now)
        for home, delivery in joining.parts(homes, queries.ties(homes=homes).values_list("one", "other")).items():
            Reference.objects.filter(pk=home).update(delivery=delivery)
    return homes


def make_reference(service: Service, namespace: str, value: str) -> Reference:
    """A reference seen for the first time: its home is its own delivery."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence('ledger_reference', 'id'))")
        home = cursor.fetchone()[0]
    return Reference.objects.create(pk=home, service=service, namespace=namespace, value=value, delivery=home)


def event_key(parts: str) -> str:
    """The identity of a fact within its service: format, reference, what else the format's key names, native status, UTC instant; BETWEEN them a sign."""
    hashed = NO_KEY.copy()  # a third quicker than one made anew, and this is asked of every event
    hashed.update(parts.encode())
    return hashed.hexdigest()
