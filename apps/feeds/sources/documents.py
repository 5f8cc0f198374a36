"""Records of a JSON file, one at a time: an array, an object that wraps one, a single object, or one object per line.

Duplicate keys, numbers that are none, half surrogate pairs and NUL are a fault of their record; what breaks the document refuses the file.
"""

import json
import math
from collections.abc import Iterator
from io import TextIOWrapper

from apps.feeds.record import Reading, Refused
from apps.feeds.sources.brackets import LONGEST_RECORD, Scan, Shape
from apps.feeds.sources.encodings import CHUNK, Encoding, open_text
from apps.feeds.sources.layout import Cells, Layout, Row, scalar
from apps.feeds.sources.redaction import redact
from apps.feeds.sources.references import is_uuid
from apps.feeds.sources.unfit import Unfit

# A value with its line (of a file of lines) or its number (otherwise), and what is wrong with it as a JSON value.
Value = tuple[int, object, Unfit | None]
_BLANKS = " \t\r\n"
_LONGEST_NUMBER = 100
_NO_NUMBER = math.nan  # known by being this very one


def rows(reading: Reading, encoding: Encoding, layout: Layout) -> Iterator[Row]:
    """Each record's allow-listed values as text; sets `reading.counted` before the first. Raises Refused."""
    columns = layout.left.union(layout.columns)
    unknown: dict[str, None] = {}
    for line, value, fault in values(reading, encoding, wrapped=layout.wrapped):
        if isinstance(value, dict):
            if not columns.issuperset(value) and len(unknown) < 20:
                unknown.update(dict.fromkeys(redact(key, 40) for key in value if key not in columns))
            cells, misfit = _cells(value, layout)
        else:
            cells, misfit = ("",) * len(layout.columns), Unfit("not_object", found=type(value).__name__)
        yield line, cells, fault or misfit
    if unknown:
        reading.warn("unknown_columns", columns=", ".join(unknown))


def values(
    reading: Reading, encoding: Encoding, *, wrapped: tuple[str, str] | None = None, entries: str = "", beside: dict[str, object] | None = None
) -> Iterator[Value]:
    """Every record as Python values; `reading.counted` is set first, by the brackets (of `entries` within the records, where that is given).

    What stands beside the array of a wrapped file is put into `beside`.
    """
    wrapper, total = wrapped or ("", "")
    how = shape(reading, encoding, wrapper=wrapper, entries=entries)
    reading.counted = how.records
    if not how.records:
        reading.warn("no_rows")
    with open_text(reading, encoding) as text:
        document = _Document(text)
        if how.is_array:
            yield from document.elements()
            document.end()
        elif how.is_wrapped:
            yield from document.wrapped_elements(wrapper, total, how, {} if beside is None else beside)
            document.end()
        elif how.roots == 1:
            yield 1, *document.value()
            document.end()
        else:
            yield from document.lines()


def shape(reading: Reading, encoding: Encoding, *, wrapper: str = "", entries: str = "") -> Shape:
    """How the records lie and how many there are, by the brackets alone; raises Refused."""
    with open_text(reading, encoding) as text:
        return Scan(wrapper=wrapper, entries=entries).read(iter(lambda: text.read(CHUNK), ""))


class _Decoder:
    """Python's decoder, made to notice what it would pass over."""

    def __init__(self) -> None:
        self.fault: Unfit | None = None
        self._json = json.JSONDecoder(
            object_pairs_hook=self._object, parse_int=self._whole, parse_float=self._fraction, parse_constant=self._constant, strict=False
        )

    def decode(self, text: str, at: int) -> tuple[object, int]:
        """The value that begins there and where it ends; raises JSONDecodeError. `fault` tells what is wrong with a value that can be read."""
        self.fault = None
        value, end = self._json.raw_decode(text, at)
        if self.fault is None and (text.find("\\u", at, end) >= 0 or text.find("\0", at, end) >= 0):
            self.fault = _unstorable(value)
        return value, end

    def _object(self, pairs: list[tuple[str, object]]) -> dict[str, object]:
        made = dict(pairs)
        if self.fault and not self.fault.details["column"]:  # it was met among these
            self.fault.details["column"] = redact(next((key for key, value in pairs if _holds_no_number(value)), ""), 60)
        if len(made) < len(pairs):
            keys = [key for key, _ in pairs]
            twice = next(key for key in keys if keys.count(key) > 1)
            self.fault = Unfit("duplicate_key", column=redact(twice, 60))
            # Its lists are joined, since each element of a list of entries has a fate of its own.
            made = {key: [one for name, value in pairs if name == key and isinstance(value, list) for one in value] or made[key] for key in made}
        return made

    def _whole(self, digits: str) -> float:
        if len(digits) > _LONGEST_NUMBER:
            return self._no_number(f"{digits[:20]}…")
        return int(digits)

    def _fraction(self, text: str) -> float:
        number = float(text)
        return number if math.isfinite(number) else self._no_number(redact(text, 40))

    def _constant(self, name: str) -> float:
        return self._no_number(name)

    def _no_number(self, found: str) -> float:
        self.fault = Unfit("not_a_number", column="", found=found)
        return _NO_NUMBER


class _Document:
    """A JSON text read piece by piece; no more of it is held than the record that is being read."""

    def __init__(self, stream: TextIOWrapper) -> None:
        self._stream = stream
        self._decoder = _Decoder()
        self._text = ""
        self._at = 0
        self._is_ended = False
        self._line = 1

    def elements(self) -> Iterator[Value]:
        """What stands in the array that begins here."""
        self._take("[")
        if self._next() == "]":
            self._take("]")
            return
        number = 0
        while True:
            number += 1
            yield number, *self.value()
            if self._next() != ",":
                break
            self._take(",")
        self._take("]")

    def wrapped_elements(self, wrapper: str, total: str, shape: Shape, beside: dict[str, object]) -> Iterator[Value]:
        """What stands in the array under the key `wrapper`; raises Refused when `total` says that there should be another number of them."""
        seen: set[object] = set()
        self._take("{")
        while True:
            key, fault = self.value()
            if fault or not isinstance(key, str) or key in seen:
                raise Refused("broken_json", line=str(self._here()))
            seen.add(key)
            self._take(":")
            if key == wrapper and self._next() == "[":
                yield from self.elements()
            else:
                value, _ = self.value()
                beside[key] = value
                if key == total != "" and value is not None and str(value) != str(shape.records):
                    raise Refused("page_cut", column=total, found=redact(str(value), 40), records=str(shape.records))
            if self._next() != ",":
                break
            self._take(",")
        self._take("}")

    def lines(self) -> Iterator[Value]:
        """One value on each line that is not blank."""
        number = 0
        while line := self._stream.readline(LONGEST_RECORD + 1):
            number += 1
            if not line.strip(_BLANKS):
                continue
            if len(line) > LONGEST_RECORD:
                raise Refused("record_too_long", line=str(number), limit=str(LONGEST_RECORD))
            try:
                value, end = self._decoder.decode(line, len(line) - len(line.lstrip(_BLANKS)))
            except (ValueError, RecursionError):
                raise Refused("broken_json", line=str(number)) from None
            if line[end:].strip(_BLANKS):
                raise Refused("trailing_data", line=str(number))
            yield number, value, self._decoder.fault

    def value(self) -> tuple[object, Unfit | None]:
        """The value that begins here, however many pieces it takes to have it whole."""
        self._next()
        while True:
            try:
                value, end = self._decoder.decode(self._text, self._at)
                if end < len(self._text) or self._is_ended:
                    self._at = end
                    return value, self._decoder.fault
            except (ValueError, RecursionError):
                if self._is_ended or len(self._text) - self._at > LONGEST_RECORD:
                    raise Refused("broken_json", line=str(self._here())) from None
            self._more()

    def end(self) -> None:
        """Raises Refused when anything follows."""
        if self._next():
            raise Refused("trailing_data", line=str(self._here()))

    def _take(self, mark: str) -> None:
        if self._next() != mark:
            raise Refused("broken_json", line=str(self._here()))
        self._at += 1

    def _next(self) -> str:
        """The next character that is not blank, "" at the end; it stays to be read."""
        while True:
            while self._at < len(self._text):
                if self._text[self._at] not in _BLANKS:
                    return self._text[self._at]
                self._at += 1
            if self._is_ended:
                return ""
            self._more()

    def _more(self) -> None:
        self._line += self._text.count("\n", 0, self._at)
        # As much again as is held, so that a long record is not gone through once for every piece.
        piece = self._stream.read(max(CHUNK, len(self._text) - self._at))
        self._is_ended = not piece
        self._text, self._at = self._text[self._at :] + piece, 0

    def _here(self) -> int:
        return self._line + self._text.count("\n", 0, self._at)


def _holds_no_number(value: object) -> bool:
    return value is _NO_NUMBER or (isinstance(value, list) and any(map(_holds_no_number, value)))


def _unstorable(value: object) -> Unfit | None:
    """NUL, and half of a surrogate pair, which is no character."""
    for name, text in _texts(value, ""):
        if "\0" in text:
            return Unfit("nul", column=redact(name, 60))
        if not text.isascii() and any("\ud800" <= letter <= "\udfff" for letter in text):
            return Unfit("lone_surrogate", column=redact(name, 60))
    return None


def _texts(value: object, name: str) -> Iterator[tuple[str, str]]:
    """Each text, the keys too, with the key that it stands under."""
    if isinstance(value, str):
        yield name, value
    elif isinstance(value, list):
        for one in value:
            yield from _texts(one, name)
    elif isinstance(value, dict):
        for key, one in value.items():
            yield key, key
            yield from _texts(one, key)


def _cells(value: dict[str, object], layout: Layout) -> tuple[Cells, Unfit | None]:
    """The allow-listed values as text, and the first that is of the wrong type."""
    fault = None
    cells = []
    for column in layout.columns:
        found = value.get(column)
        if type(found) is str:
            cell = found.strip()
        else:
            cell, misfit = scalar(column, found, layout)
            fault = fault or misfit
        cells.append("" if cell and column in layout.uuids and not is_uuid(cell) else cell)
    return tuple(cells), fault
