"""Counts the records of a JSON file by its brackets, without the JSON parser, so that the parser can be held to it.

On the way it refuses what no record can be saved from: nesting over 100 levels, brackets that do not match, a document that was cut.
"""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import accumulate

from apps.feeds.record import Refused

DEEPEST = 100
LONGEST_RECORD = 1 << 24  # characters; one record is held in memory whole
_STRING = r'"[^"\\]*+(?:\\.[^"\\]*+)*+'
_PLAIN = r'[^{}\[\]"]*+'


def _whole(opens: str, closes: str, levels: int) -> str:
    """An object or array that holds no more than so many levels of others, as one expression."""
    inside = "|".join([f'{_STRING}"', *(_whole(*pair, levels - 1) for pair in (("{", "}"), ("[", "]")) if levels)])
    return rf"\{opens}{_PLAIN}(?:(?:{inside}){_PLAIN})*+\{closes}"


def _tokens(levels: int) -> re.Pattern[str]:
    """Whole objects and runs of members that are no brackets are one token each, the rest is counted mark by mark."""
    return re.compile(
        rf'(?P<flat>{_whole("{", "}", levels)})|(?P<run>(?:{_STRING}"\s*+:\s*+(?:{_STRING}"|[^\s"\[\]{{}},:]++)\s*+,\s*+)++)'
        rf'|(?P<mark>[\[\]{{}},:])|(?P<text>{_STRING})(?P<end>"?)|(?P<bare>[^\s"\[\]{{}},:]++)',
        re.DOTALL,
    )


_LEVELS = 2
_SHALLOW, _DEEP = _tokens(0), _tokens(_LEVELS)
_TEXT = re.compile(_STRING + '"', re.DOTALL)
_NOWHERE = -1
_OPENS = {"]": "[", "}": "{"}


@dataclass
class Shape:
    """How the file's records lie: in an array, in an array under a key of one object (`wrapped`), or one after the other."""

    records: int = 0
    roots: int = 0
    is_array: bool = False
    is_wrapped: bool = False


@dataclass
class Scan:
    """One pass over the text. `wrapper`: the key that holds the records; `entries`: the key of a record whose elements are counted instead of the record."""

    wrapper: str = ""
    entries: str = ""
    shape: Shape = field(default_factory=Shape)
    _open: list[str] = field(default_factory=list)
    _counted_depth: int = 0
    _entries_depth: int = 0
    _entries: int = 0
    _text: str = ""  # the last string, which is a key when a colon follows
    _key: str | None = None
    _line: int = 1

    def read(self, chunks: Iterable[str]) -> Shape:
        """Counts; raises Refused with the line where the document breaks."""
        rest = ""
        for chunk in chunks:
            rest = self._pass(rest + chunk, is_last=False)
            if len(rest) > LONGEST_RECORD:
                raise Refused("record_too_long", line=str(self._line), limit=str(LONGEST_RECORD))
        if self._pass(rest, is_last=True) or self._open:
            raise Refused("cut_json", line=str(self._line))
        return self.shape

    def _pass(self, text: str, *, is_last: bool) -> str:
        """Reads the tokens of one piece; returns what may go on in the next."""
        # What stands under a key that matters must be seen mark by mark.
        tokens = _SHALLOW if self.wrapper or self.entries else _DEEP
        for token in tokens.finditer(text):
            kind = token.lastgroup
            if kind == "end" or kind == "text":
                if not token["end"]:
                    return self._rest(text, token.start())
                self._value_begins()
                self._text = token["text"]
                self._leaf_ends()
            elif kind == "mark":
                self._mark(token[0], text, token.start())
            elif kind == "bare":
                if token.end() == len(text) and not is_last:
                    return self._rest(text, token.start())
                self._value_begins()
                self._leaf_ends()
            elif kind == "run":
                self._check_run()
            else:
                self._check_depth(1 if tokens is _SHALLOW else self._levels(token[0]))
                self._value_begins()
                self._leaf_ends()
        self._line += text.count("\n")
        return ""

    def _rest(self, text: str, start: int) -> str:
        self._line += text.count("\n", 0, start)
        return text[start:]

    def _mark(self, mark: str, text: str, at: int) -> None:
        if mark == ":":
            self._key = self._text
        elif mark == ",":
            self._key = None
        elif mark in "[{":
            self._check_depth(1)
            key, self._key = self._key, None
            self._value_begins()
            self._enter(mark, key)
        elif not self._open or self._open.pop() != _OPENS[mark]:
            raise Refused("broken_json", line=str(self._line + text.count("\n", 0, at)))
        else:
            self._leave()

    def _check_run(self) -> None:
        """Members belong in an object; anywhere else the parser will refuse them."""
        if not self._open:
            self._value_begins()
        self._key = None

    def _levels(self, whole: str) -> int:
        """How deep a whole object is, counted only where it matters."""
        if len(self._open) + _LEVELS < DEEPEST:
            return 1
        depths = accumulate({"{": 1, "[": 1, "}": -1, "]": -1}.get(mark, 0) for mark in _TEXT.sub("", whole))
        return max(depths)

    def _check_depth(self, more: int) -> None:
        if len(self._open) + more > DEEPEST:
            raise Refused("nested_too_deeply", limit=str(DEEPEST), line=str(self._line))

    def _enter(self, mark: str, key: str | None) -> None:
        depth = len(self._open)
        if depth == 0 and mark == "[" and self.shape.roots == 1:
            self.shape.is_array, self._counted_depth = True, 1
        elif depth == 1 and mark == "[" and self._open[0] == "{" and self.shape.roots == 1 and _is(key, self.wrapper):
            self.shape.is_wrapped, self._counted_depth = True, 2
            self._entries_depth = self._entries = 0
        elif depth == self._counted_depth + 1 and mark == "[" and _is(key, self.entries):
            self._entries_depth = depth + 1
        self._open.append(mark)

    def _leave(self) -> None:
        depth = len(self._open)
        if depth == 1 and self.shape.is_wrapped:
            self._counted_depth = _NOWHERE
        if depth == self._counted_depth:
            self.shape.records += max(1, self._entries)
            self._entries = 0
        if depth < self._entries_depth:
            self._entries_depth = 0

    def _value_begins(self) -> None:
        depth = len(self._open)
        if depth == 0:
            self.shape.roots += 1
            if self.shape.roots > 1 and (self.shape.is_array or self.shape.is_wrapped):
                raise Refused("trailing_data", line=str(self._line))
        if depth == self._entries_depth != 0:
            self._entries += 1

    def _leaf_ends(self) -> None:
        """A string, number or flat object where a record stands is a record."""
        if len(self._open) == self._counted_depth and self._key is None:
            self.shape.records += 1
        self._key = None


def _is(token: str | None, name: str) -> bool:
    """Whether a key's token (with its opening quote) is that name, escapes understood."""
    if not token or not name:
        return False
    if "\\" not in token:
        return token[1:] == name
    try:
        return bool(json.loads(token + '"') == name)
    except ValueError:
        return False
