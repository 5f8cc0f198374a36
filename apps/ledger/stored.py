"""A file's bytes at rest: in pieces, each compressed and encrypted with a key that is not in the database."""

import hashlib
import io
import os
import zlib
from collections.abc import Iterator
from typing import BinaryIO

import zstandard
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

from apps.ledger.models import Chunk, StoredBytes

PIECE = 1024 * 1024
NONCE = 12
LEVEL = 1  # as small as zlib makes it, in a quarter of the time


class BytesRemoved(Exception):
    """The file's time was over, and its bytes are gone; its hash and accounts are what is left."""


def pieces(stream: BinaryIO) -> Iterator[bytes]:
    while piece := stream.read(PIECE):
        yield piece


def fingerprint(stream: BinaryIO) -> tuple[str, int]:
    """The sha256 (hex) and the size of all that is left of the stream, which is wound back afterwards."""
    digest, size = hashlib.sha256(), 0
    for piece in pieces(stream):
        digest.update(piece)
        size += len(piece)
    stream.seek(0)
    return digest.hexdigest(), size


def cipher() -> AESGCM:
    return AESGCM(hashlib.sha256(settings.BYTES_KEY.encode()).digest())


def sealed(piece: bytes, *, sha256: str, number: int) -> bytes:
    """The place of the piece is authenticated with it, so that pieces cannot be swapped unnoticed."""
    nonce = os.urandom(NONCE)
    return nonce + cipher().encrypt(nonce, zstandard.compress(piece, LEVEL), f"{sha256}:{number}".encode())


def opened(body: bytes, *, sha256: str, number: int) -> bytes:
    piece = cipher().decrypt(body[:NONCE], body[NONCE:], f"{sha256}:{number}".encode())
    return zstandard.decompress(piece, max_output_size=PIECE) if piece.startswith(zstandard.FRAME_HEADER) else zlib.decompress(piece)  # as earlier versions did


class StoredFile(io.RawIOBase):
    """Reads the stored bytes from beginning to end, one piece in memory at a time."""

    def __init__(self, stored: StoredBytes) -> None:
        super().__init__()
        self.stored = stored
        self.number = 0
        self.rest = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer) -> int:  # type: ignore[no-untyped-def, override]
        if not self.rest:
            self.rest = memoryview(self.next_piece())
        count = min(len(buffer), len(self.rest))
        buffer[:count] = self.rest[:count]
        self.rest = self.rest[count:]
        return count

    def next_piece(self) -> bytes:
        body = Chunk.objects.filter(stored=self.stored, number=self.number).values_list("body", flat=True).first()
        if body is None:
            return b""
        piece = opened(bytes(body), sha256=self.stored.sha256, number=self.number)
        self.number += 1
        return piece


def open_stored(stored: StoredBytes) -> BinaryIO:
    """The file as it came; every call begins at its first byte. Raises BytesRemoved."""
    if stored.removed_at:
        raise BytesRemoved(stored.pk)
    return io.BufferedReader(StoredFile(stored), buffer_size=PIECE)
