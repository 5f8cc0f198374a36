"""What connectors share: what one step of a run gives, what is known already, and going through pages."""

import json
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from apps.feeds.connectors.client import Session

AT_ONCE = 50
MOST_PAGES = 5000
Cursor = dict[str, Any]
Finding = tuple[str, dict[str, str]]  # code of reasons.py and details


class Pulled(NamedTuple):
    """One step: bytes to be kept as an import (empty: none), where the next run begins once they are kept (None: where this one did), and what was odd."""

    body: bytes = b""
    cursor: Cursor | None = None
    findings: tuple[Finding, ...] = ()


class Known(NamedTuple):
    """What the ledger knows, asked while a run goes on.

    `after(namespace, number, limit)` gives identifiers of messages that may still change, each with its number, above that number and in its order; `finished`
    those of some identifiers about which nothing that matters can come any more.
    """

    after: Callable[[str, int, int], list[tuple[int, str]]]
    finished: Callable[[str, Collection[str]], set[str]]


@dataclass
class Walk:
    """Pages as Spring gives them, to the last that any of them announced, whatever single pages say; `findings` fills on the way."""

    session: Session
    path: str
    query: dict[str, object]
    size: int = 200
    findings: list[Finding] = field(default_factory=list)

    def items(self) -> Iterator[dict[str, Any]]:
        """Each item once, by its id. Raises failures.Failed, failures.NotThere."""
        seen: set[object] = set()
        page, pages, total = 0, 1, 0
        while page < min(pages, MOST_PAGES):
            said = self.session.get(self.path, **self.query, page=page, size=self.size).said
            whole = said.get("content") if isinstance(said, dict) else None
            content = [item for item in whole if isinstance(item, dict)] if isinstance(whole, list) else []
            if not isinstance(whole, list) or len(content) < len(whole):
                self.findings.append(("carrier_odd", {"found": "content"}))
            told = {name: said.get(name) if isinstance(said, dict) else None for name in ("totalElements", "totalPages")}
            announced = [number if isinstance(number, int) else 0 for number in told.values()]
            fresh = [item for item in content if item.get("id") not in seen]
            if announced[0] < total:
                self.findings.append(("page_shrank", {"page": str(page + 1), "found": str(announced[0]), "expected": str(total)}))
            if len(fresh) < len(content):
                self.findings.append(("page_repeats", {"page": str(page + 1), "found": str(len(content) - len(fresh))}))
            total, pages = max(total, announced[0]), max(pages, announced[1])
            if len(content) < self.size and page + 1 < pages:
                self.findings.append(("page_short", {"page": str(page + 1), "found": str(len(content)), "expected": str(self.size)}))
            seen |= {item.get("id") for item in fresh}
            yield from fresh
            page += 1
        if len(seen) < total and not self.findings:
            self.findings.append(("page_shrank", {"page": str(page), "found": str(len(seen)), "expected": str(total)}))


def array(bodies: Iterable[bytes]) -> bytes:
    """Documents as they came, as one JSON array."""
    return b"[" + b",\n".join(bodies) + b"]"


def written(items: Iterable[object]) -> bytes:
    """Items taken out of the documents in which they came, as one JSON array."""
    return array(json.dumps(item, ensure_ascii=False).encode() for item in items)


def batches(items: Collection[Any], size: int = AT_ONCE) -> Iterator[list[Any]]:
    ordered = list(items)
    return (ordered[begin : begin + size] for begin in range(0, len(ordered), size))
