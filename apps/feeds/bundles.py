"""A zip of files handed in together: checked before anything in it is read, then one file after the other, each an import of its own.

What a name in it says beside the file's own is thrown away and never used to open anything; a workbook is a zip too, and no bundle.
"""

import struct
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from django.conf import settings

from apps.feeds.record import Refused

MOST_FILES = 200
HIGHEST_RATIO = 100
PIECE = 1 << 20
SMALL = 64 << 10  # a file so small may be as repetitive as it likes
LARGEST_DIRECTORY = 1 << 20  # in bytes; of the list of its files, which is read whole
ENCRYPTED = 0x1
BEGINNINGS = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
OF_A_WORKBOOK = {"[Content_Types].xml", "mimetype", "META-INF/manifest.xml"}
LEFT_BY_MACS = "__MACOSX/"
UNREADABLE = (BadZipFile, NotImplementedError, ValueError, OverflowError, OSError, EOFError, struct.error, zlib.error)


class Handed(NamedTuple):
    """One file that was handed in; `stream` is seekable and at its start, or None where `refusal` says why it cannot be read."""

    name: str
    stream: BinaryIO | None
    refusal: Refused | None = None


def each(stream: BinaryIO, *, name: str) -> Iterator[Handed]:
    """The files of a bundle, or the one file that `stream` is. A stream lasts until the next is asked for.

    A bundle that is refused as a whole, or has nothing in it, is one Handed with its refusal.
    """
    if not is_bundle(stream, name=name):
        yield Handed(name, stream)
        return
    try:
        bundle, members = opened(stream)
    except Refused as refusal:
        yield Handed(name, None, refusal)
        return
    for member in members:
        with tempfile.TemporaryFile() as whole:
            yield taken_out(bundle, member, whole)


def is_bundle(stream: BinaryIO, *, name: str) -> bool:
    """Whether it is a zip and not a workbook; a broken one is a bundle by its name alone. Leaves `stream` at its start."""
    stream.seek(0)
    begins = stream.read(4)
    stream.seek(0)
    if begins not in BEGINNINGS:
        return False
    try:
        if directory_size(stream) > LARGEST_DIRECTORY:
            return True
        return not OF_A_WORKBOOK & set(ZipFile(stream).namelist())
    except UNREADABLE:
        return name.lower().endswith(".zip")
    finally:
        stream.seek(0)


def opened(stream: BinaryIO) -> tuple[ZipFile, list[ZipInfo]]:
    """The bundle and its files, when their number, sizes and ratios are harmless. Raises Refused."""
    try:
        if (directory := directory_size(stream)) > LARGEST_DIRECTORY:
            raise Refused("zip_of_too_many", found=f"> {directory // 100}", limit=str(MOST_FILES))
        bundle = ZipFile(stream)
    except UNREADABLE:
        raise Refused("zip_broken") from None
    members = [member for member in bundle.infolist() if not member.is_dir() and not member.filename.startswith(LEFT_BY_MACS)]
    size = sum(member.file_size for member in members)
    if not members:
        raise Refused("zip_empty")
    if len(members) > MOST_FILES:
        raise Refused("zip_of_too_many", found=str(len(members)), limit=str(MOST_FILES))
    if any(member.flag_bits & ENCRYPTED for member in members):
        raise Refused("zip_encrypted")
    if size > settings.FEED_FILE_LIMIT or any(is_bomb(member) for member in members):
        raise Refused("zip_too_large", found=str(size), limit=str(settings.FEED_FILE_LIMIT))
    return bundle, members


def directory_size(stream: BinaryIO) -> int:
    """How many bytes the list of its files takes, found the way the library finds it, which would read them all: millions of entries are a bomb, too."""
    end = zipfile._EndRecData(stream)  # type: ignore[attr-defined]
    return end[zipfile._ECD_SIZE] if end else 0  # type: ignore[attr-defined, no-any-return]


def is_bomb(member: ZipInfo) -> bool:
    return member.file_size > SMALL and member.file_size > HIGHEST_RATIO * member.compress_size


def taken_out(bundle: ZipFile, member: ZipInfo, whole: BinaryIO) -> Handed:
    """One file laid out in `whole`; it never becomes larger than it said, and what is damaged, or a zip again, is refused by itself."""
    if member.compress_type not in (ZIP_STORED, ZIP_DEFLATED):
        return Handed(member.filename, None, Refused("zip_file_damaged"))
    try:
        for piece in pieces(bundle, member):
            whole.write(piece)
    except Refused as refusal:
        return Handed(member.filename, None, refusal)
    if is_bundle(whole, name=member.filename):
        return Handed(member.filename, None, Refused("zip_within_zip"))
    return Handed(member.filename, whole)


def pieces(bundle: ZipFile, member: ZipInfo) -> Iterator[bytes]:
    """What the file holds. Raises Refused for damage; a disk of ours that is full is no fault of the file, so whoever writes is outside."""
    try:
        with bundle.open(member) as file:
            while piece := file.read(PIECE):
                yield piece
    except (*UNREADABLE, RuntimeError):
        raise Refused("zip_file_damaged") from None
