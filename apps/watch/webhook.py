"""Where alarms may be posted: by the operator's settings alone, never by anything that a page says.

Each row is `{"address": "https://alarms.example.no/framme", "service": "4601", "headers": {"Authorization": "…"}}`; without a service it is told of all.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from apps.feeds.connectors.addresses import UnfitRow, is_safe

KNOWN = {"address", "service", "headers"}


@dataclass(frozen=True)
class Webhook:
    """`headers` may be secret."""

    address: str
    service: str = ""
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)


def table(rows: Iterable[Mapping[str, Any]]) -> tuple[Webhook, ...]:
    """Raises UnfitRow."""
    made = []
    for number, row in enumerate(rows, 1):
        if unknown := row.keys() - KNOWN:
            raise UnfitRow(f"Row {number} says {', '.join(sorted(unknown))}, which nothing reads.")
        if not is_safe(str(row.get("address", ""))):
            raise UnfitRow(f"Row {number}: an address is an https one and holds no password.")
        headers = {str(name): str(value) for name, value in row.get("headers", {}).items()}
        made.append(Webhook(str(row["address"]), str(row.get("service", "")), headers))
    if len({webhook.address for webhook in made}) < len(made):
        raise UnfitRow("An address stands in more than one row.")
    return tuple(made)
