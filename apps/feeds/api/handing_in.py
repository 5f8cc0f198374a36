"""What another system hands in by a key: authenticated, limited, kept under the name of its request, and received as any file is."""

import hashlib
import json
import re
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any, BinaryIO, NamedTuple

from django.conf import settings
from django.db import IntegrityError, OperationalError, transaction
from django.http import HttpRequest, UnreadablePostError

from apps.audit.verbs import Actor
from apps.feeds import actions, bundles, keys, names, reasons
from apps.feeds.api.problems import Problem
from apps.feeds.models import Feed, Handover, Key, Mishap
from apps.feeds.record import Refused
from apps.ledger.models import Import
from apps.walls import scope

PER_MINUTE = 120
PIECE = 1 << 20
REQUEST = re.compile(r"[\x21-\x7e]{1,255}")
BEARER = re.compile(r"Bearer ([\x21-\x7e]+)", re.IGNORECASE)
LOCK_NOT_AVAILABLE = "55P03"


class Body(NamedTuple):
    """What was sent, on disk, and its SHA-256."""

    stream: BinaryIO
    sha256: str


def authenticate(request: HttpRequest, written: str | None = None) -> Key:
    """The key of the request, from its header unless it is given, with everything from now on in the scope of the key's service. Raises Problem."""
    if written is None:
        found = BEARER.fullmatch(request.headers.get("Authorization", ""))
        written = found[1] if found else ""
    if parts := keys.taken_apart(written):
        try:
            request.standing.become(scope.key(key=parts[0], digest=parts[1]))  # type: ignore[attr-defined]  # config.transaction
            request.key = Key.objects.select_related("feed", "service").get(pk=parts[0])  # type: ignore[attr-defined]
        except scope.Ended:
            pass
        else:
            return request.key  # type: ignore[attr-defined, no-any-return]
    detail = "Send a key that holds as `Authorization: Bearer framme_...`. Whoever brings in files for the service makes one on the page of the feed."
    raise Problem(401, "no_key", detail, **{"WWW-Authenticate": "Bearer"})


def feed_of(key: Key, name: str) -> Feed:
    """The feed of this name, which the key must be for. Raises Problem."""
    if names.name(key.feed, key.service.code) != name:
        raise Problem(404, "no_such_feed", "The key opens no feed of this name.")
    return key.feed


def limit(key: Key, *, now: datetime) -> None:
    """Raises Problem when the key has handed in too much within the last minute."""
    if Handover.objects.filter(key=key, at__gt=now - timedelta(minutes=1)).count() >= PER_MINUTE:
        raise Problem(429, "too_many", f"At most {PER_MINUTE} requests a minute by one key.", **{"Retry-After": "60"})


def no_form(request: HttpRequest) -> None:
    """Raises Problem for a body in parts: what stands around the file would be kept as if it were the file's own."""
    if request.content_type.startswith("multipart/"):
        raise Problem(415, "form", "Send the file itself as the body of the request and not as part of a form (curl: --data-binary @file, not --form).")


def request_name(request: HttpRequest) -> str:
    """The Idempotency-Key. Raises Problem."""
    name = request.headers.get("Idempotency-Key", "")
    if not REQUEST.fullmatch(name):
        detail = "Send an Idempotency-Key of 1 to 255 printable ASCII characters, another one for each file, and the same one when you ask again."
        raise Problem(400, "no_idempotency_key", detail)
    return name


@contextmanager
def body(request: HttpRequest, *, largest: int) -> Iterator[Body]:
    """All that was sent, laid out on disk as it comes. Raises Problem beyond `largest` bytes, or when less comes than was announced.

    What does not announce its length would seem empty here, and that must not be answered with success.
    """
    announced = request.headers.get("Content-Length", "")
    if not (announced.isascii() and announced.isdecimal()):
        raise Problem(411, "no_length", "Say how long the body is (Content-Length). A body in chunks is not received.")
    if int(announced) > largest:
        raise too_large(largest)
    digest, size = hashlib.sha256(), 0
    with tempfile.TemporaryFile() as whole:
        while piece := next_piece(request):
            size += len(piece)
            if size > largest:
                raise too_large(largest)
            digest.update(piece)
            whole.write(piece)
        if size != int(announced):
            raise Problem(400, "cut", f"{announced} bytes were announced and {size} came.")
        whole.seek(0)
        yield Body(whole, digest.hexdigest())


def next_piece(request: HttpRequest) -> bytes:
    """Raises Problem when whoever sends has gone."""
    try:
        return request.read(PIECE)
    except UnreadablePostError:
        raise Problem(400, "cut", "The body ended before all of it had come.") from None


def too_large(largest: int) -> Problem:
    return Problem(413, "too_large", f"At most {largest} bytes are received at once.")


def once(*, key: Key, request: str, asked: dict[str, str], now: datetime, do: Callable[[], dict[str, Any]]) -> tuple[str, bool]:
    """What `do` answers, as JSON, and whether it was done now; the same request of the same key gets the answer that it got before. Raises Problem.

    The same request that asks for something else is refused, and so is one that is being worked on at this moment.
    """
    fingerprint = hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()
    try:
        with transaction.atomic():
            kept = Handover.objects.create(service_id=key.service_id, key=key, request=request, fingerprint=fingerprint, at=now)
    except IntegrityError:
        kept = Handover.objects.get(key=key, request=request)
        if kept.fingerprint != fingerprint:
            raise Problem(422, "other_request", "This Idempotency-Key was used for another file or other options. Use another one.") from None
        return kept.answer, False
    except OperationalError as waited:
        if getattr(waited.__cause__, "sqlstate", "") != LOCK_NOT_AVAILABLE:
            raise
        raise Problem(409, "being_received", "The same request is being received at this moment. Ask again.", **{"Retry-After": "20"}) from None
    kept.answer = json.dumps(do())
    kept.save(update_fields=["answer"])
    return kept.answer, True


def receive(*, key: Key, sent: Body, file_name: str, encoding: str, reference: str, now: datetime) -> dict[str, Any]:
    """Receive the file, or each file of a zip. Raises Problem when nothing of it can be received."""
    imports: list[dict[str, Any]] = []
    refused: list[tuple[str, Refused]] = []
    for handed in bundles.each(sent.stream, name=file_name):
        try:
            if handed.refusal or handed.stream is None:
                raise handed.refusal or Refused("zip_file_damaged")
            imports.append(receive_one(key, handed.name, handed.stream, encoding, reference, now))
        except Refused as refusal:
            refused.append((actions.shown_name(handed.name), refusal))
    if not imports:
        _name, first = refused[0]
        raise Problem(422, first.code, reasons.sentence(first.code, first.details))
    told = [{"code": refusal.code, "details": refusal.details | {"file": name}} for name, refusal in refused]
    Mishap.objects.bulk_create(Mishap(service_id=key.service_id, feed=key.feed, at=now, **each) for each in told)
    return {"imports": imports, "refused": [refusal_told(*each) for each in refused]}


def receive_one(key: Key, name: str, stream: BinaryIO, encoding: str, reference: str, now: datetime) -> dict[str, Any]:
    feed = key.feed
    asked = {"service": key.service, "format": feed.format, "direction": feed.direction, "vantage": feed.vantage, "encoding": encoding, "reference": reference}
    way = actions.Way(f"key {key.pk}: {key.name}", Actor.SYSTEM)
    try:
        received = actions.receive_file(**asked, file_name=name, stream=stream, by=way, now=now)
    except actions.ReferenceMissing:
        raise Refused("reference_missing") from None
    except actions.FileTooLarge as too_large:
        raise Refused("file_too_large", found=str(too_large.args[0]), limit=str(settings.FEED_FILE_LIMIT)) from None
    return {"id": received.feed_import.pk, "file_name": received.feed_import.file_name, "is_new": received.is_new}


def refusal_told(name: str, refusal: Refused) -> dict[str, str]:
    return {"file_name": name, "code": refusal.code, "reason": reasons.sentence(refusal.code, refusal.details)}


def import_of(key: Key, number: int) -> Import:
    """An import of the key's feed. Raises Problem."""
    feed = key.feed
    asked = {"service": feed.service_id, "format": feed.format, "direction": feed.direction, "vantage": feed.vantage}
    found = Import.objects.filter(pk=number, **asked).first()
    if found is None:
        raise Problem(404, "no_such_import", "The feed has no import of this number.")
    return found


def as_told(feed_import: Import) -> dict[str, Any]:
    """How an import stands, in the words and order of the command that imports a file."""
    return {
        "id": feed_import.pk,
        "file_name": feed_import.file_name,
        "state": feed_import.state,
        "received_at": feed_import.received_at.isoformat(),
        "read": feed_import.read,
        "accepted": feed_import.accepted,
        "duplicate": feed_import.duplicate,
        "rejected": feed_import.rejected,
        "warnings": [reasons.sentence(code, details) for code, details in feed_import.warnings],
        "reason": reasons.sentence(**feed_import.refusal) if feed_import.refusal else None,
    }
