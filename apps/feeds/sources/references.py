"""Identifiers as formats.md wants them: UUIDs in lower case, `0192:` and URN prefixes stripped, blanks trimmed."""

import re

from apps.feeds.record import CASE_PLACEHOLDER, Whose
from apps.feeds.sources.redaction import holds_identity_number, redact
from apps.feeds.sources.unfit import Unfit

_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_PREFIX = re.compile(r"urn:(?:[^:\s]+:)+|0192:", re.IGNORECASE)
# Letters that look like others, invisible characters and control characters would make one message two, or two one.
_PLAIN = re.compile(r"[0-9A-Za-zÆØÅæøå._/:#()+@*&=, -]{1,100}")
NIL = "00000000-0000-0000-0000-000000000000"


def uuid(text: str, column: str) -> str:
    """The UUID in lower case; raises Unfit when it is missing, another shape, or the nil UUID (which many messages would share)."""
    if not _UUID.fullmatch(text):
        text = strip_prefix(text)
        if not text:
            raise Unfit("missing_value", column=column)
        if not _UUID.fullmatch(text):
            raise Unfit("not_uuid", column=column, found=redact(text, 60))
    if text == NIL:
        raise Unfit("nil_uuid", column=column)
    return text.lower()


def is_uuid(text: str) -> bool:
    """Whether the text, without prefix and blanks, is a UUID that can stand for one message."""
    return _uuid_in(text) not in ("", NIL)


def plain(text: str, column: str) -> str:
    """An identifier that need not be a UUID; raises Unfit when it holds an identity number or characters that cannot be compared safely."""
    if holds_identity_number(text):
        # Redacted, different messages would share one reference.
        raise Unfit("identity_number_as_reference", column=column)
    if not _PLAIN.fullmatch(text):
        raise Unfit("reference_characters", column=column, found=ascii(redact(text, 60)))
    return text


def case_id(text: str, column: str, owner: Whose) -> str:
    """A case system's id. A UUID stands alone; any other is unique within its office only (record.CASE_PLACEHOLDER). Raises Unfit."""
    text = text.strip()
    if not text:
        raise Unfit("missing_value", column=column)
    found = _uuid_in(text)
    if found == NIL:
        raise Unfit("nil_uuid", column=column)
    if found:
        return found.lower()
    office = owner.orgnr or CASE_PLACEHOLDER + owner.municipality
    return f"{office}:{plain(text, column)}"


def strip_prefix(text: str) -> str:
    """The identifier itself: `urn:altinn:organization:identifier-no:123` and `0192:123` become `123`."""
    return _PREFIX.sub("", text.strip(), count=1).strip()


def _uuid_in(text: str) -> str:
    """The UUID as it is written, without prefix and blanks; "" when it is another thing."""
    if len(text) < len(NIL):  # as most case systems' ids are
        return ""
    found = _UUID.fullmatch(text) or _UUID.fullmatch(strip_prefix(text))
    return found[0] if found else ""
