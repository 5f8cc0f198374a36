"""Proves the trail from what is stored, with nothing that wrote it: its own reading, its own hashing, its own idea of what a text says.

Rules: the first link of a chain hashes sha256("framme trail " + service id or "national") before its text, every other one the link before it; positions count
from 1 without a gap; the head is the last link; a seal hashes the sha256 of each text that it names, in the order of their ids; each read is named once or
waits to be; the columns say what the text says. Each function names what does not hold, in words.
"""

import json
from array import array
from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, NamedTuple

from django.db import connection

AT_ONCE = 5000
COLUMNS = "id, service_id, at, actor, person_id, verb, kind, object_id, text"
LINKS = f"SELECT {COLUMNS}, position, hash FROM audit_entry WHERE position IS NOT NULL ORDER BY service_id NULLS FIRST, position"
HEADS = "SELECT service_id, position, hash FROM audit_head"
SEALS = "SELECT id, service_id, text FROM audit_entry WHERE verb = 'sealed' ORDER BY service_id NULLS FIRST, position"
SEALED = f"""
SELECT {COLUMNS}
  FROM unnest(%s::bigint[], %s::bigint[]) AS r (first, last) JOIN audit_entry ON id BETWEEN first AND last
 WHERE position IS NULL AND service_id IS NOT DISTINCT FROM %s
 ORDER BY id
"""
WAITING = f"SELECT {COLUMNS} FROM audit_entry WHERE position IS NULL AND id IN (SELECT entry_id FROM audit_unsealed) ORDER BY id"
COUNTS = """
SELECT (SELECT count(*) FROM audit_entry WHERE position IS NULL), (SELECT count(*) FROM audit_unsealed),
       (SELECT count(*) FROM audit_unsealed u JOIN audit_entry e ON e.id = u.entry_id AND e.position IS NULL)
"""


class Row(NamedTuple):
    id: int
    service: int | None
    at: datetime
    actor: str
    person: int | None
    verb: str
    kind: str
    object: int | None
    text: str


Heads = dict[int | None, tuple[int, bytes]]


def broken_chains() -> Iterator[str]:
    heads: Heads = {service: (position, bytes(hashed)) for service, position, hashed in _read(HEADS)}
    service, position, previous = None, 0, _beginning(None)
    for *columns, number, hashed in _read(LINKS):
        row = Row(*columns)
        if row.service != service:
            yield from _wrong_head(service, position, previous, heads)
            service, position, previous = row.service, 0, _beginning(row.service)
        position += 1
        if number != position:
            yield f"{_name(service)}: there is no link {position}, the next is {number}"
            position = number
        elif sha256(previous + row.text.encode()).digest() != bytes(hashed):
            yield f"{_name(service)}: link {position} (entry {row.id}) does not hash with the one before it"
        yield from _wrong_columns(row)
        previous = bytes(hashed)
    yield from _wrong_head(service, position, previous, heads)
    yield from (f"{_name(gone)}: nothing is left of {position} links" for gone, (position, _hashed) in heads.items())


def broken_seals() -> Iterator[str]:
    bounds, sealed = array("q"), 0
    for seal, service, text in _read(SEALS):
        told = json.loads(text)["details"]
        digest, found = sha256(), 0
        for columns in _read(SEALED, [[first for first, _last in told["ids"]], [last for _first, last in told["ids"]], service]):
            row = Row(*columns)
            digest.update(sha256(row.text.encode()).digest())
            found += 1
            yield from _wrong_columns(row)
        if found != told["reads"]:
            yield f"{_name(service)}: of the {told['reads']} reads in the seal of entry {seal}, {found} are there"
        elif digest.hexdigest() != told["sha256"]:
            yield f"{_name(service)}: what was read does not hash to the seal of entry {seal}"
        sealed += found
        for first, last in told["ids"]:
            bounds.extend((first, last))
    yield from _sealed_twice(bounds)
    yield from _unsealed(sealed)


def _sealed_twice(bounds: array) -> Iterator[str]:
    """`bounds` are first and last of every row of ids that a seal names."""
    last_end = 0
    for first, last in sorted(zip(bounds[::2], bounds[1::2], strict=True)):
        if first <= last_end:
            yield f"read {first} is in two seals"
        last_end = max(last_end, last)


def _unsealed(sealed: int) -> Iterator[str]:
    """What no seal names must wait for one, and what waits must be there."""
    ((reads, waiting, there),) = _read(COUNTS)
    if waiting != there:
        yield f"{waiting - there} reads that wait for a seal are gone"
    if reads != sealed + there:
        yield f"of {reads} reads {sealed} are sealed and {there} wait for it"
    for columns in _read(WAITING):
        yield from _wrong_columns(Row(*columns))


def _wrong_columns(row: Row) -> Iterator[str]:
    try:
        told = json.loads(row.text)
        told.pop("details")
    except (ValueError, TypeError, AttributeError, KeyError):
        told = None
    expected = {
        "at": row.at.astimezone(UTC).isoformat(),
        "service": row.service,
        "actor": row.actor,
        "person": row.person,
        "verb": row.verb,
        "kind": row.kind,
        "object": row.object,
    }
    if told != expected:
        yield f"entry {row.id}: its columns do not say what its text says"


def _wrong_head(service: int | None, position: int, previous: bytes, heads: Heads) -> Iterator[str]:
    """Takes the chain's head out of `heads`; a chain without a link has none."""
    if position and heads.pop(service, None) != (position, previous):
        yield f"{_name(service)}: its head is not its last link, {position}"


def _beginning(service: int | None) -> bytes:
    return sha256(f"framme trail {'national' if service is None else service}".encode()).digest()


def _name(service: int | None) -> str:
    return "national chain" if service is None else f"chain of service {service}"


def _read(sql: str, params: Any = None) -> Iterator[Any]:
    """Through a cursor of the server, so that a million rows take no more memory than a few."""
    with connection.chunked_cursor() as cursor:
        cursor.execute(sql, params)
        while rows := cursor.fetchmany(AT_ONCE):
            yield from rows
