"""Takes national identity numbers, and what could hide them or break a database, out of text that is kept or shown."""

import re

MARK = "[fnr]"
# formats.md: six and five digits with at most one blank between, not inside a longer number; \d takes full-width digits too.
_IDENTITY_NUMBER = re.compile(r"(?<!\d)\d{6}[ \u00a0\u2009\u202f]?\d{5}(?!\d)")
_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
# Invisible characters could split an identity number or turn a line around; a NUL or half a surrogate pair cannot be stored.
_INVISIBLE = re.compile("[\u00ad\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def redact(text: str, limit: int = 200) -> str:
    """The text without identity numbers and unstorable characters, cut at `limit` characters (after redaction, never before)."""
    if not text.isascii() or "\0" in text:
        text = _UNSTORABLE.sub("\ufffd", _INVISIBLE.sub("", text))
    return _IDENTITY_NUMBER.sub(MARK, text)[:limit]


def redact_value(text: str, limit: int = 200) -> str:
    """The same for a value that stands alone: a UUID, whose digits may look like such a number, stays whole."""
    return text if _UUID.fullmatch(text) else redact(text, limit)


def without_uuids(text: str) -> str:
    """What is left when UUIDs are taken out, some of whose digits look like such a number."""
    return _UUID.sub("", text)


def holds_identity_number(text: str) -> bool:
    """Whether redaction would change the text by taking out a number."""
    return _IDENTITY_NUMBER.search(text if text.isascii() else _INVISIBLE.sub("", text)) is not None
