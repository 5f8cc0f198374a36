"""Which encoding a file has, decided once for the whole file by reading all its bytes; never a guess per line.

UTF-8 with or without BOM, UTF-16 with BOM; what an XML file says of itself; where UTF-8 fails, the declared encoding, and without one the file is refused.
Nothing is decoded with replacement.
"""

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from io import TextIOWrapper
from typing import BinaryIO

from apps.feeds.record import Reading, Refused
from apps.feeds.sources.redaction import redact

CHUNK = 1 << 20
_DECLARED = {
    "cp1252": "cp1252",
    "windows1252": "cp1252",
    "iso88591": "iso-8859-1",
    "latin1": "iso-8859-1",
    "utf8": "utf-8",
    "utf16": "utf-16",
    "usascii": "ascii",
}
_LONGEST_DECLARATION = 200
_XML_DECLARATION = re.compile(rb"""<\?xml\s[^>]*?\sencoding\s*=\s*["']([^"'>]*)["']""")
# æ, ø, å and their capitals, encoded as UTF-8 twice (the second time as if they were Windows-1252 or ISO-8859-1).
_TWICE = re.compile(rb"\xc3\x83(?:\xc2[\xa6\xb8\xa5\x86\x98\x85]|\xe2\x80[\xa0\xa6]|\xcb\x9c)")
_UTF8_LETTER = re.compile(rb"\xc3[\x80-\xbf]")


@dataclass(frozen=True)
class Encoding:
    """What the whole file was found to be: a codec's name, and whether a NUL stands anywhere in it."""

    codec: str
    has_nul: bool
    is_empty: bool


def survey(reading: Reading) -> Encoding:
    """Reads every byte once. Raises Refused when no allowed encoding fits; warns when one looks applied twice, or two are mixed."""
    with reading.open() as stream:
        head = stream.read(_LONGEST_DECLARATION)
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return _checked(reading, "utf-16")
    if head.startswith(codecs.BOM_UTF8):
        return _checked(reading, "utf-8-sig")
    if written := _XML_DECLARATION.match(head):
        return _checked(reading, _declared(written[1].decode("ascii", "replace"), head))
    try:
        return _checked(reading, "utf-8")
    except Refused as refusal:
        if refusal.code == "cut_in_character" or not reading.options.encoding:
            raise
    return _checked(reading, _declared(reading.options.encoding, head))


def open_text(reading: Reading, encoding: Encoding) -> TextIOWrapper:
    """The file as text; lines end at CR, LF and CRLF only, and each reads as ending in a line feed."""
    return TextIOWrapper(reading.open(), encoding=encoding.codec, errors="strict", newline=None)


def utf8_chunks(reading: Reading, encoding: Encoding, *, transcoded: bool = False) -> Iterator[bytes]:
    """The file's bytes as UTF-8; in a one-byte encoding they are given as they are unless `transcoded`, since line ends, quotes and separators are the same."""
    with reading.open() as stream:
        if encoding.codec == "utf-8-sig":
            stream.read(len(codecs.BOM_UTF8))
        if encoding.codec in {"utf-8", "utf-8-sig"} or (encoding.codec != "utf-16" and not transcoded):
            yield from _chunks(stream)
            return
        decoder = codecs.getincrementaldecoder(encoding.codec)()
        for chunk in _chunks(stream):
            yield decoder.decode(chunk).encode()


def _checked(reading: Reading, codec: str) -> Encoding:
    """Decodes the whole file strictly and looks for what deserves a warning."""
    decoder = codecs.getincrementaldecoder(codec)()
    has_nul, is_ascii, is_twice, is_mixed, lines = False, True, False, False, 1
    size, overlap = 0, b""
    with reading.open() as stream:
        for chunk in _chunks(stream):
            try:
                text = decoder.decode(chunk)
            except UnicodeDecodeError as error:
                bad = error.object[: error.start]
                raise Refused("not_decodable", encoding=codec, line=str(lines + bad.count(b"\n")), found=_hex(error)) from None
            has_nul = has_nul or "\0" in text
            if not text.isascii():
                is_ascii = False
                around = overlap + chunk
                is_twice = is_twice or _TWICE.search(around) is not None
                is_mixed = is_mixed or (codec not in {"utf-8", "utf-8-sig", "utf-16"} and _UTF8_LETTER.search(around) is not None)
            lines += chunk.count(b"\n")
            size += len(chunk)
            overlap = chunk[-8:]
        try:
            decoder.decode(b"", final=True)
        except UnicodeDecodeError as error:
            code = "not_decodable" if is_ascii and codec == "utf-8" else "cut_in_character"
            raise Refused(code, encoding=codec, line=str(lines), found=_hex(error)) from None
    if is_twice:
        reading.warn("encoded_twice")
    if is_mixed:
        reading.warn("mixed_encodings", encoding=codec)
    return Encoding(codec, has_nul, size == 0)


def _declared(declared: str, head: bytes) -> str:
    codec = _DECLARED.get(re.sub(r"[-_ ]", "", declared.lower()))
    if codec is None:
        raise Refused("unknown_encoding", found=redact(declared, 40))
    if codec == "utf-16":  # it would begin with a byte order mark, and would have been found
        raise Refused("not_decodable", encoding=codec, line="1", found=head[:2].hex(" "))
    return codec


def _chunks(stream: BinaryIO) -> Iterator[bytes]:
    while chunk := stream.read(CHUNK):
        yield chunk


def _hex(error: UnicodeDecodeError) -> str:
    return error.object[error.start : error.end][:8].hex(" ")
