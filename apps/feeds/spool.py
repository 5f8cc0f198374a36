"""The stored file laid out on disk for one import: nameless, so that nothing of it outlives the process, and readable from the start many times."""

import io
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import BinaryIO


class Pass(io.RawIOBase):
    """One reading of the file from its first byte; several may be open at once."""

    def __init__(self, descriptor: int) -> None:
        super().__init__()
        self.descriptor = descriptor
        self.at = 0
        self.size = os.fstat(descriptor).st_size

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        self.at = offset + {os.SEEK_SET: 0, os.SEEK_CUR: self.at, os.SEEK_END: self.size}[whence]
        return self.at

    def readinto(self, buffer) -> int:  # type: ignore[no-untyped-def, override]
        piece = os.pread(self.descriptor, len(buffer), self.at)
        buffer[: len(piece)] = piece
        self.at += len(piece)
        return len(piece)


@contextmanager
def spooled(stored: BinaryIO) -> Iterator[Callable[[], BinaryIO]]:
    """Gives a function that opens the file afresh each time it is called."""
    with tempfile.TemporaryFile() as whole:
        shutil.copyfileobj(stored, whole, 1024 * 1024)
        whole.flush()
        yield lambda: io.BufferedReader(Pass(whole.fileno()), buffer_size=256 * 1024)
