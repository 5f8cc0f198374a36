"""The records of an XML file, read element by element in flat memory, and counted in the bytes without the XML parser, so that the parser can be held to it.

What is no plain XML refuses the file: document types and entities, other namespaces (XInclude is one), nesting over 100 levels, tags over 1 MiB, an end
that never comes. Nothing is ever fetched, whatever the file names.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import NamedTuple, NoReturn
from xml.parsers import expat

from apps.feeds.record import Reading, Record, Refused, Rejected
from apps.feeds.sources.brackets import DEEPEST
from apps.feeds.sources.encodings import Encoding, utf8_chunks
from apps.feeds.sources.redaction import redact

Attributes = dict[str, str]
LONGEST_TAG = 1 << 20  # a tag is held in memory whole, and so is a comment
_PIECE = 1 << 16  # so much is parsed before the records found in it are handed on
# What may look like a tag and is none; the second half of each is one that goes on in the next piece.
_NO_TAG = rb"!--(?:.*?-->|(?P<comment>.*))|!\[CDATA\[(?:.*?\]\]>|(?P<verbatim>.*))|\?(?:.*?\?>|(?P<instruction>.*))"
_CUT = {expat.errors.codes[error] for error in (expat.errors.XML_ERROR_NO_ELEMENTS, expat.errors.XML_ERROR_UNCLOSED_TOKEN)} | {
    expat.errors.codes[expat.errors.XML_ERROR_UNCLOSED_CDATA_SECTION]
}


class Misplaced(Exception):
    """An element stands where it cannot be told what it belongs to; raised by a walk's handlers, with the element's path."""


class Walk(NamedTuple):
    """How a format goes through its elements. A path is `Parent/Name`, the root's `/Name`; what is not named is passed over."""

    root: str
    counted: bytes  # a regular expression: how the tag of a record goes on after its bracket, in UTF-8
    fixed: frozenset[str]  # elements that refuse the file at any other path than those named below
    starts: Mapping[str, Callable[[Attributes], None]]
    ends: Mapping[str, Callable[[], None]]
    ready: list[Record | Rejected]  # what the walk has finished; taken from it after each piece


def records(reading: Reading, encoding: Encoding, walk: Walk) -> Iterator[Record | Rejected]:
    """Each record's fate as the walk finds it; sets `reading.counted` before the first. Raises Refused."""
    reading.counted = count(utf8_chunks(reading, encoding, transcoded=True), walk.counted)
    if not reading.counted:
        reading.warn("no_rows")
    parser = _parser(walk)
    try:
        for chunk in utf8_chunks(reading, encoding, transcoded=True):
            for start in range(0, len(chunk), _PIECE):
                parser.Parse(chunk[start : start + _PIECE], False)
                yield from walk.ready
                walk.ready.clear()
        parser.Parse(b"", True)
    except expat.ExpatError as error:
        raise Refused("cut_xml" if error.code in _CUT else "broken_xml", line=str(error.lineno)) from None
    except Misplaced as misplaced:
        raise Refused("misplaced_element", found=str(misplaced), line=str(parser.CurrentLineNumber)) from None


def count(chunks: Iterable[bytes], counted: bytes) -> int:
    """How many records the bytes hold: tags that look like one, outside comments and CDATA. Raises Refused for a tag that is too long."""
    token = re.compile(rb"<(?:" + _NO_TAG + rb"|(?P<record>" + counted + rb"))", re.DOTALL)
    found, rest, lines = 0, b"", 1
    for chunk in chunks:
        whole = rest + chunk
        # Nothing that begins with the last bracket can be told yet.
        known = max(whole.rfind(b"<"), 0)
        tags, unfinished = _tags(token, whole, known)
        found += tags
        rest = whole[unfinished:] if b"<" in whole else b""
        lines += whole.count(b"\n") - rest.count(b"\n")
        if len(rest) > LONGEST_TAG:
            raise Refused("tag_too_long", line=str(lines), limit=str(LONGEST_TAG))
    return found + _tags(token, rest, len(rest))[0]


def _tags(token: re.Pattern[bytes], text: bytes, end: int) -> tuple[int, int]:
    """The records before `end`, and where that begins which is not finished there."""
    found = 0
    for match in token.finditer(text, 0, end):
        if match.lastgroup == "record":
            found += 1
        elif match.lastgroup:
            return found, match.start()
    return found, end


class _Place(NamedTuple):
    """An element at its path: what may stand in it, and whom to call."""

    path: str
    within: dict[str, "_Place"]
    start: Callable[[Attributes], None] | None = None
    end: Callable[[], None] | None = None


_PASSED_OVER = _Place("", {})


def _place(path: str, walk: Walk) -> _Place:
    """The place of that path and all below it."""
    name = path.rpartition("/")[2]
    below = {here.partition("/")[2] for here in (*walk.starts, *walk.ends) if here.startswith(f"{name}/")}
    return _Place(path, {each: _place(f"{name}/{each}", walk) for each in below}, walk.starts.get(path), walk.ends.get(path))


def _parser(walk: Walk) -> expat.XMLParserType:
    """Expat, told to call the walk's handlers; whatever the document declares, the bytes it is given are UTF-8."""
    parser = expat.ParserCreate("UTF-8", " ")
    here = _Place("", {walk.root: _place(f"/{walk.root}", walk)})
    around: list[_Place] = []

    def started(name: str, attributes: Attributes) -> None:
        nonlocal here
        around.append(here)
        place = here.within.get(name)
        if place is None:
            if " " in name or len(around) == 1 or name in walk.fixed:
                raise _unexpected(here, name, walk, parser.CurrentLineNumber)
            if len(around) > DEEPEST:
                raise Refused("nested_too_deeply", limit=str(DEEPEST), line=str(parser.CurrentLineNumber))
            here = _PASSED_OVER
            return
        here = place
        if place.start:
            place.start(attributes)

    def ended(name: str) -> None:
        nonlocal here
        done, here = here, around.pop()
        if done.end:
            done.end()

    def refused(*_: object) -> NoReturn:
        raise Refused("document_type", line=str(parser.CurrentLineNumber))

    parser.StartElementHandler = started
    parser.EndElementHandler = ended
    parser.StartDoctypeDeclHandler = refused
    parser.EntityDeclHandler = refused
    parser.UnparsedEntityDeclHandler = refused
    parser.ExternalEntityRefHandler = refused
    return parser


def _unexpected(here: _Place, name: str, walk: Walk, line: int) -> Refused:
    """Why an element cannot stand there: its namespace, another root, or a record outside of what it belongs to."""
    if " " in name:
        return Refused("other_namespace", found=redact(name, 100), line=str(line))
    if walk.root in here.within:
        return Refused("other_root", found=redact(name, 100), expected=walk.root)
    parent = here.path.rpartition("/")[2]
    return Refused("misplaced_element", found=redact(f"{parent}/{name}".lstrip("/"), 100), line=str(line))
