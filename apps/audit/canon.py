"""The text of an entry: one way to write it, and nothing in it that names anybody."""

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime

from apps.ui.redaction import redact, redact_value

LONGEST = 200


def text(**told: object) -> str:
    """JSON with sorted names and no blanks; times in UTC, identity numbers redacted wherever they stand."""
    return json.dumps(_kept(told), ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _kept(value: object) -> object:
    """What is kept of a value, in types that JSON has; a text is redacted and cut, since a person may have typed it."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, bytes):
        return value.hex()  # of a hash, whose digits may look like an identity number
    if isinstance(value, Mapping):
        return {redact(str(name), LONGEST): _kept(one) for name, one in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_kept(one) for one in value]
    return redact_value(str(value), LONGEST)
