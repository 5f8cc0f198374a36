"""The zip around a spreadsheet: checked for what could fill the memory or mislead a reader before anything in it is read."""

import struct
import zlib
from collections.abc import Iterator
from typing import BinaryIO
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from apps.feeds.record import Refused

MOST_ENTRIES = 2_000
MOST_BYTES = 300 << 20  # inflated, all parts together
HIGHEST_RATIO = 100
_SMALL = 64 << 10  # a part so small may be as repetitive as it likes
_PIECE = 64 << 10
_LOCAL_HEADER = 30
_ENCRYPTED = 0x1


def opened(stream: BinaryIO) -> ZipFile:
    """The package, when every part's name, declared size and real size are harmless; raises Refused."""
    try:
        package = ZipFile(stream)
    except (BadZipFile, NotImplementedError, ValueError, OverflowError, OSError, EOFError, struct.error):
        raise Refused("broken_package") from None
    parts = package.infolist()
    if len(parts) > MOST_ENTRIES:
        raise Refused("package_too_large", found=str(len(parts)), limit=str(MOST_ENTRIES))
    names = [part.filename for part in parts]
    if len(set(names)) < len(names) or any(name.startswith(("/", "\\")) or ".." in name.replace("\\", "/").split("/") for name in names):
        raise Refused("broken_package")
    if any(part.flag_bits & _ENCRYPTED for part in parts):
        raise Refused("old_or_encrypted_workbook")
    if sum(part.file_size for part in parts) > MOST_BYTES or any(_is_bomb(part) for part in parts):
        raise Refused("package_too_large", found=str(sum(part.file_size for part in parts)), limit=str(MOST_BYTES))
    for part in parts:
        if _inflated_size(stream, part) != part.file_size:
            raise Refused("broken_package")
    return package


def pieces(package: ZipFile, name: str) -> Iterator[bytes]:
    """One part's content; nothing when there is no such part."""
    if name not in package.namelist():
        return
    try:
        with package.open(name) as part:
            while piece := part.read(_PIECE):
                yield piece
    except (BadZipFile, zlib.error, NotImplementedError, OSError, EOFError, RuntimeError):
        raise Refused("broken_package") from None


def _is_bomb(part: ZipInfo) -> bool:
    return part.file_size > _SMALL and part.file_size > HIGHEST_RATIO * part.compress_size


def _inflated_size(stream: BinaryIO, part: ZipInfo) -> int:
    """What the part's bytes really become; the declared size is only a claim, and other readers may not stop at it. -1: cannot be inflated."""
    if part.compress_type not in {ZIP_STORED, ZIP_DEFLATED} or part.header_offset < 0:
        return -1
    stream.seek(part.header_offset)
    header = stream.read(_LOCAL_HEADER)
    if len(header) < _LOCAL_HEADER or not header.startswith(b"PK\x03\x04"):
        return -1
    stream.seek(int.from_bytes(header[26:28], "little") + int.from_bytes(header[28:30], "little"), 1)
    left = part.compress_size
    if part.compress_type == ZIP_STORED:
        return left
    inflate = zlib.decompressobj(-zlib.MAX_WBITS)
    size = 0
    try:
        while left > 0 and size <= part.file_size and (piece := stream.read(min(_PIECE, left))):
            left -= len(piece)
            while piece and size <= part.file_size:
                size += len(inflate.decompress(piece, _PIECE))
                piece = inflate.unconsumed_tail
    except zlib.error:
        return -1
    return size if inflate.eof and size <= part.file_size else -1
