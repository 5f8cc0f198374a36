"""A request whose body ends before all of it has come is none: the connection was cut, and what came is not what somebody sent.

Without this half a file would be received as a whole one, since Django takes what there is. Reading such a body fails as it does when the connection breaks in a
way that the server notices, so nothing is received, decided or kept.

Nobody waits for ever for a body either: the server has few threads, and who sends slowly, or not at all, would keep one from everybody else.
"""

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from threading import Timer
from typing import Any, BinaryIO

from django.utils.http import parse_header_parameters

LONGEST_SILENCE = 30.0  # seconds in which nothing comes
SLOWEST, GRACE = 64 << 10, 60.0  # bytes a second from the first to the last, and seconds besides

Application = Callable[[dict[str, Any], Callable[..., Any]], Any]


class CutOff(ConnectionError):
    """The body is shorter than was announced, or its last part was never ended."""


class Whole:
    """What is read of a body, and that it is all of it."""

    def __init__(self, stream: BinaryIO, announced: int, end: bytes) -> None:
        """`end` is what the body must end with, white space aside; empty where nobody can tell."""
        self.stream, self.left, self.end = stream, announced, end
        self.tail = b""

    def read(self, size: int = -1) -> bytes:
        """As much as is asked for, as long as it was announced. Raises CutOff."""
        wanted = self.left if size < 0 else min(size, self.left)
        return self.seen(self.stream.read(wanted), is_short=lambda data: len(data) < wanted)

    def readline(self, size: int = -1) -> bytes:
        wanted = self.left if size < 0 else min(size, self.left)
        return self.seen(self.stream.readline(wanted), is_short=lambda data: not data and wanted > 0)

    def seen(self, data: bytes, is_short: Callable[[bytes], bool]) -> bytes:
        self.left -= len(data)
        self.tail = (self.tail + data)[-len(self.end) - 4 :]
        if is_short(data) or (not self.left and self.end not in self.tail):
            raise CutOff("the body ended before all of it had come")
        return data


def whole_bodies(application: Application) -> Application:
    """The application, given no body that was cut off. A body in chunks announces no length; Django takes it for none."""

    def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        announced = environ.get("CONTENT_LENGTH") or ""
        if announced.isdecimal() and int(announced):
            environ["wsgi.input"] = Whole(environ["wsgi.input"], int(announced), end_of(environ.get("CONTENT_TYPE", "")))
            with patience(environ.get("gunicorn.socket"), int(announced)):
                return application(environ, start_response)
        return application(environ, start_response)

    return answer


@contextmanager
def patience(connection: socket.socket | None, announced: int) -> Iterator[None]:
    """While a request is answered whose body has `announced` bytes: reading it fails as soon as it takes too long. Without a connection nothing is timed."""
    if connection is None:
        yield
        return
    end = Timer(GRACE + announced / SLOWEST, no_more_of, [connection])
    end.daemon = True
    connection.settimeout(LONGEST_SILENCE)
    end.start()
    try:
        yield
    finally:
        end.cancel()
        connection.settimeout(None)


def no_more_of(connection: socket.socket) -> None:
    """Nothing more is read; what is answered can still be sent."""
    with suppress(OSError):  # it has been closed
        connection.shutdown(socket.SHUT_RD)


def end_of(content_type: str) -> bytes:
    """The last boundary of a body in parts (RFC 2046), empty for any other."""
    kind, parameters = parse_header_parameters(content_type)
    boundary = parameters.get("boundary", "")
    return f"--{boundary}--".encode() if kind == "multipart/form-data" and boundary else b""
