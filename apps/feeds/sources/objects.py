"""Values of a JSON object as it stands in a file, whatever their types."""

from collections.abc import Mapping
from typing import Any

from apps.feeds.sources.unfit import Unfit


def text(values: Mapping[str, Any], name: str) -> str:
    """The value as text without blanks, "" where there is none; raises Unfit when it is a list or an object."""
    value = values.get(name)
    if value is None:
        return ""
    if isinstance(value, list | dict):
        raise Unfit("wrong_type", column=name, found=type(value).__name__)
    return str(value).strip()


def shown(holder: Any, name: str) -> str:
    """The value as it may be shown: only text and numbers, and nothing of what is no object."""
    value = holder.get(name) if isinstance(holder, dict) else None
    return str(value) if isinstance(value, str | int) else ""


def nested(values: Mapping[str, Any], name: str) -> dict[str, Any]:
    """The object under that name, an empty one where there is none."""
    value = values.get(name)
    return value if isinstance(value, dict) else {}
