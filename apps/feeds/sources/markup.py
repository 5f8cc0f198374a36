"""One XML part of a workbook, read by handlers. DTDs and entities refuse the file, and so does nesting over 100 levels."""

from collections.abc import Callable
from xml.parsers import expat
from zipfile import ZipFile

from apps.feeds.record import Refused
from apps.feeds.sources import packages
from apps.feeds.sources.brackets import DEEPEST

Attributes = dict[str, str]


def parse(
    package: ZipFile,
    part: str,
    start: Callable[[str, Attributes], None],
    end: Callable[[str], None] = lambda name: None,
    data: Callable[[str], None] = lambda text: None,
) -> None:
    """Feeds one part to the handlers, element names without their prefix. Raises Refused for what is no plain XML."""
    parser = expat.ParserCreate()
    parser.buffer_text = True
    depth = 0

    def started(name: str, attributes: Attributes) -> None:
        nonlocal depth
        depth += 1
        if depth > DEEPEST:
            raise Refused("nested_too_deeply", limit=str(DEEPEST), line=str(parser.CurrentLineNumber))
        start(local(name), attributes)

    def ended(name: str) -> None:
        nonlocal depth
        depth -= 1
        end(local(name))

    def refused(*_: object) -> None:
        raise Refused("document_type_in_xml")

    parser.StartElementHandler = started
    parser.EndElementHandler = ended
    parser.CharacterDataHandler = data
    parser.StartDoctypeDeclHandler = refused
    parser.EntityDeclHandler = refused
    try:
        was_any = False
        for piece in packages.pieces(package, part):
            was_any = True
            parser.Parse(piece, False)
        if was_any:
            parser.Parse(b"", True)
    except (expat.ExpatError, ValueError, LookupError, UnicodeError):
        raise Refused("broken_workbook") from None


def local(name: str) -> str:
    """An element's or attribute's name without its prefix."""
    return name.rpartition(":")[2]


def number(text: str | None, default: int) -> int:
    """A row number or a repetition; larger than any sheet counts as one too large rather than as endless digits."""
    if text is None:
        return default
    if not text.isascii() or not text.isdigit() or len(text) > 8:
        raise Refused("broken_workbook")
    return int(text)
