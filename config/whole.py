"""A request whose body ends before all of it has come is none: the connection was cut, and what came is not what somebody sent.

Without this half a file would be received as a whole one, since Django takes what there is. Reading such a body fails as it does when the connection breaks in a
way that the server notices, so nothing is received, decided or kept.
"""

from collections.abc import Callable
from typing import Any, BinaryIO

from django.utils.http import parse_header_parameters

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
        return application(environ, start_response)

    return answer


def end_of(content_type: str) -> bytes:
    """The last boundary of a body in parts (RFC 2046), empty for any other."""
    kind, parameters = parse_header_parameters(content_type)
    boundary = parameters.get("boundary", "")
    return f"--{boundary}--".encode() if kind == "multipart/form-data" and boundary else b""
