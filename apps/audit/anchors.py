"""Anchors: the heads of all chains and the numbers of all facts at a moment, signed and kept outside the database.

A chain alone cannot show that its end was cut off, or that all of it was written anew; nor do events and decisions count themselves.

An anchor is a JSON file: `anchor` is what is signed, `signature` its Ed25519 signature, `public_key` what checks it, both in hexadecimal. Whoever keeps copies
of the files and once wrote the public key down needs to trust neither this machine nor its database. The private key is made from a file of $FRAMME_HOME.
"""

import json
import os
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.apps import apps
from django.conf import settings
from django.db import connection

HEADS = "SELECT service_id, position, encode(hash, 'hex') FROM audit_head ORDER BY service_id NULLS FIRST"
# What an anchor says and the chain does not.
CONTRADICTED = """
SELECT a.service_id, a.position, (SELECT max(e.position) FROM audit_entry e WHERE e.service_id IS NOT DISTINCT FROM a.service_id)
  FROM unnest(%s::bigint[], %s::bigint[], %s::text[]) AS a (service_id, position, hash)
 WHERE NOT EXISTS (SELECT FROM audit_entry e
                    WHERE e.service_id IS NOT DISTINCT FROM a.service_id AND e.position = a.position AND e.hash = decode(a.hash, 'hex'))
"""


class NotAnAnchor(Exception):
    """The file is none, was changed, or was signed with another key; the message says which."""


def keep(*, now: datetime, path: Path | None = None) -> Path:
    """Write an anchor to `path`, or among those that `verify` holds the chains against, where its name is its time. Returns where it is."""
    path = path or settings.ANCHORS / f"{now.astimezone(UTC):%Y%m%dT%H%M%SZ}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    draft.write_text(json.dumps(_signed(_standing(now)), indent=1) + "\n", encoding="utf-8")
    draft.replace(path)
    return path


def read(path: Path) -> dict[str, Any]:
    """What the anchor says: `at`, `chains` as lists of service (null: national), position and hash, and `rows` by table. Raises NotAnAnchor."""
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
        anchor, signature = kept["anchor"], bytes.fromhex(kept["signature"])
        list(zip(*anchor["chains"], strict=True)), anchor["at"], anchor["rows"].items()
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise NotAnAnchor(f"{path.name} is no anchor that can be read") from error
    try:
        _key().public_key().verify(signature, _canonical(anchor))
    except InvalidSignature as error:
        raise NotAnAnchor(f"{path.name} was changed, or signed with another key than this one") from error
    return anchor


def contradicted(path: Path, *, rows: Mapping[str, int] | None = None) -> Iterator[str]:
    """What the anchor in this file says and the database does not, in words; that it is no anchor, too. `rows` are `facts()`, where they are known."""
    try:
        anchor = read(path)
    except NotAnAnchor as error:
        yield str(error)
        return
    columns = [list(column) for column in zip(*anchor["chains"], strict=True)] or [[], [], []]
    with connection.cursor() as cursor:
        cursor.execute(CONTRADICTED, columns)
        for service, position, end in cursor.fetchall():
            name = "national chain" if service is None else f"chain of service {service}"
            found = f"it ends at {end or 0}" if (end or 0) < position else "another one stands there"
            yield f"{name}: {path.name} anchors link {position}, and {found}"
    now = facts() if rows is None else rows
    yield from (
        f"{table}: {path.name} counts {then} rows, and there are {now.get(table, 0)}" for table, then in anchor["rows"].items() if now.get(table, 0) < then
    )


def all_contradicted() -> Iterator[str]:
    if paths := sorted(settings.ANCHORS.glob("*.json")):
        rows = facts()
        for path in paths:
            yield from contradicted(path, rows=rows)


def facts() -> dict[str, int]:
    """The number of rows in each table that only grows, by its name."""
    models = [model for model in apps.get_models() if getattr(model, "append_only", False) and not getattr(model, "removable", False)]
    return {model._meta.db_table: model._default_manager.count() for model in models}


def public_key() -> str:
    return _key().public_key().public_bytes_raw().hex()


def _standing(now: datetime) -> dict[str, Any]:
    with connection.cursor() as cursor:
        cursor.execute(HEADS)
        return {"at": now.astimezone(UTC).isoformat(), "chains": [list(head) for head in cursor.fetchall()], "rows": facts()}


def _signed(anchor: dict[str, Any]) -> dict[str, Any]:
    return {"anchor": anchor, "public_key": public_key(), "signature": _key().sign(_canonical(anchor)).hex()}


def _canonical(anchor: dict[str, Any]) -> bytes:
    return json.dumps(anchor, sort_keys=True, separators=(",", ":")).encode()


def _key() -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(sha256(settings.ANCHOR_KEY.encode()).digest())
