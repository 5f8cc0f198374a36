"""How something is told to the trail: one line beside what it tells, in the same transaction, so that what could not be told did not happen.

Call it last: from then on writers to the same chain wait for the end of the transaction.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from typing import Any, Protocol

from django.db import connection, transaction

from apps.audit import canon
from apps.audit.verbs import READS, Actor, Kind, Verb

NATIONAL = (None,)  # the chain of what belongs to no service

# Functions of the database (migration 0004): one chains what was done, the other keeps what was read until it is sealed.
CHAIN, READ = (
    f"SELECT {function}(%(services)s, %(texts)s, %(at)s, %(actor)s, %(person)s, %(verb)s, %(kind)s, %(object)s)" for function in ("audit_chain", "audit_read")
)

SEALED_AT_ONCE = 5000
# Materialized, since a plan that asked for the oldest again for each row would find others while it deletes, and take more than it was told to.
# A read that is gone although it waits for its seal is sealed as gone: its id is in the seal, and its text in no hash.
TAKE_READS = """
WITH oldest AS MATERIALIZED (
    SELECT entry_id FROM audit_unsealed ORDER BY entry_id LIMIT %s FOR UPDATE SKIP LOCKED
), taken AS (
    DELETE FROM audit_unsealed WHERE entry_id IN (SELECT entry_id FROM oldest) RETURNING entry_id, service_id
)
SELECT t.service_id, array_agg(t.entry_id ORDER BY t.entry_id),
       sha256(coalesce(string_agg(sha256(convert_to(e.text, 'UTF8')), ''::bytea ORDER BY e.id), ''::bytea))
  FROM taken t
  LEFT JOIN audit_entry e ON e.id = t.entry_id
 GROUP BY t.service_id
 ORDER BY t.service_id NULLS FIRST
"""


class Person(Protocol):
    """Whoever has an account; somebody who is not signed in has no id."""

    @property
    def pk(self) -> int | None: ...


Reads = list[dict[str, Any]]
By = Person | Actor | None
About = tuple[Kind, int] | None
_reads: ContextVar[Reads | None] = ContextVar("reads", default=None)


def record(*, verb: Verb, by: By, services: Iterable[int | None] = NATIONAL, about: About = None, now: datetime, **details: object) -> None:
    """Tell what was done. `by` is a person, or an Actor; None is the operator at the machine, as it is for the actions that set things up.

    One entry for each of `services`, whose data or people it was about; without any it belongs to the national chain. `about` is a kind of thing and its id.
    `details` are codes, numbers, times and filters: never a name or an address; identity numbers are redacted, as in what feeds keep.
    """
    if verb in READS:
        services = list(services)
        if (reads := _reads.get()) is not None:
            reads.append({"verb": verb, "by": by, "services": services, "about": about, "now": now, **details})
    _write(READ if verb in READS else CHAIN, verb, by, services, about, now, details)


@contextmanager
def remembering() -> Iterator[Reads]:
    """What is told inside as seen, so that it can be told again when it was rolled back and yet shown: a form that comes back with what was wrong."""
    reads: Reads = []
    before = _reads.set(reads)
    try:
        yield reads
    finally:
        _reads.reset(before)


def tell_again(reads: Reads) -> None:
    """Tell what was seen, in a transaction of its own: call it when that of the request has been rolled back."""
    with transaction.atomic(durable=True):
        for told in list(reads):
            record(**told)


def record_denied(*, by: By, services: Iterable[int | None] = NATIONAL, method: str, path: str, status: int, now: datetime) -> None:
    """Tell of an attempt that was refused, in a transaction of its own: call it when that of the request has been rolled back.

    `services` are those that the person belongs to, whose auditors shall see it; `path` is without its query.
    """
    with transaction.atomic(durable=True):
        record(verb=Verb.DENIED, by=by, services=services, now=now, method=method, path=path, status=status)


def seal(*, now: datetime) -> int:
    """Chain what was read since the last time: one entry for each service, which hashes the texts and names the ids. Returns the number of reads."""
    sealed = 0
    while taken := _seal_some(now):
        sealed += taken
    return sealed


@transaction.atomic
def _seal_some(now: datetime) -> int:
    with connection.cursor() as cursor:
        cursor.execute(TAKE_READS, [SEALED_AT_ONCE])
        batches = cursor.fetchall()
    for service, ids, digest in batches:
        record(verb=Verb.SEALED, by=Actor.WORKER, services=[service], now=now, reads=len(ids), ids=_ranges(ids), sha256=bytes(digest))
    return sum(len(ids) for _service, ids, _digest in batches)


def _ranges(ids: Iterable[int]) -> list[list[int]]:
    """Sorted ids as first and last of each unbroken row of them."""
    found: list[list[int]] = []
    for one in ids:
        if found and one == found[-1][1] + 1:
            found[-1][1] = one
        else:
            found.append([one, one])
    return found


def _write(statement: str, verb: Verb, by: By, services: Iterable[int | None], about: About, now: datetime, details: dict[str, object]) -> None:
    actor, person = _who(by)
    kind, number = about or ("", None)
    chains = sorted(set(services), key=lambda service: service or 0) or list(NATIONAL)  # in order, so that nobody waits in a circle
    told: dict[str, Any] = {"at": now, "actor": actor, "person": person, "verb": verb, "kind": kind, "object": number}
    texts = [canon.text(**told, service=service, details=details) for service in chains]
    with connection.cursor() as cursor:
        cursor.execute(statement, told | {"services": chains, "texts": texts})


def _who(by: By) -> tuple[Actor, int | None]:
    if by is None:
        return Actor.OPERATOR, None
    if isinstance(by, Actor):
        return by, None
    return (Actor.PERSON, by.pk) if by.pk else (Actor.NOBODY, None)
