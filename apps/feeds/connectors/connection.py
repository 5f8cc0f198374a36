"""Where a connector fetches and as whom: by the operator's settings alone, never by anything that a page or an answer says.

Each row names a feed, the connector that fetches for it, the address of the service and what proves who asks:
`{"feed": "4601.altinn.recipient", "connector": "altinn", "address": "https://altinn.example.no", "options": {"resourceId": "…"}, "headers": {…}, "every": 360,
"maskinporten": {"address": "https://maskinporten.example.no", "client_id": "…", "scope": "…", "key_file": "…", "kid": "…"}}`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from apps.feeds.connectors.addresses import UnfitRow, is_safe
from apps.feeds.connectors.proxy import Proxy

USUAL_PACE = 60  # minutes
KNOWN = {"feed", "connector", "address", "options", "headers", "every", "maskinporten"}


@dataclass(frozen=True)
class Maskinporten:
    """As whom tokens are asked for; the key is a file with a private RSA key (PEM)."""

    address: str
    client_id: str
    scope: str
    key_file: str
    kid: str = ""
    resource: str = ""


@dataclass(frozen=True)
class Connection:
    """One row, ready for use. `every` is in minutes; `headers` go with every question to `address`, and may be secret."""

    feed: str
    connector: str
    address: str
    every: int = USUAL_PACE
    options: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    maskinporten: Maskinporten | None = None
    proxy: Proxy | None = None

    @property
    def hosts(self) -> frozenset[str]:
        """The only ones that are asked."""
        addresses = [self.address, *([self.maskinporten.address] if self.maskinporten else [])]
        return frozenset(urlsplit(address).netloc for address in addresses)


def table(rows: Iterable[Mapping[str, Any]], *, proxy: Proxy | None = None) -> tuple[Connection, ...]:
    """The settings, ready for use; one row for a feed. Raises UnfitRow."""
    made = tuple(_row(number, dict(row), proxy) for number, row in enumerate(rows, 1))
    names = [connection.feed for connection in made]
    if len(set(names)) < len(names):
        raise UnfitRow("A feed stands in more than one row.")
    return made


def _row(number: int, row: dict[str, Any], proxy: Proxy | None) -> Connection:
    unknown = row.keys() - KNOWN
    if unknown:
        raise UnfitRow(f"Row {number} says {', '.join(sorted(unknown))}, which nothing reads.")
    try:
        said = {name: row[name] for name in ("feed", "connector", "address")}
        given = row.get("maskinporten")
        maskinporten = Maskinporten(**given) if given else None
    except (KeyError, TypeError) as missing:
        raise UnfitRow(f"Row {number} lacks something or says too much: {missing}.") from None
    every = row.get("every", USUAL_PACE)
    if not isinstance(every, int) or not 1 <= every <= 7 * 24 * 60:
        raise UnfitRow(f"Row {number}: every is a number of minutes, at most those of a week.")
    for address in [said["address"], *([maskinporten.address] if maskinporten else [])]:
        if not is_safe(address):
            raise UnfitRow(f"Row {number}: an address is an https one and holds no password.")
    pairs = {name: {str(key): str(value) for key, value in row.get(name, {}).items()} for name in ("options", "headers")}
    said["address"] = said["address"].rstrip("/")
    return Connection(**said, **pairs, every=every, maskinporten=maskinporten, proxy=proxy)
