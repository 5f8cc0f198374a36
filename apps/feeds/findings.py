"""What a file would do, seen while its rows are staged and appended and before all of it is taken back. Plain values, kept as JSON."""

import json
from collections.abc import Iterable, Iterator
from typing import Any

from django.db import connection
from django.db.models import Q

from apps.feeds.queries import Fate
from apps.feeds.record import CASE_PLACEHOLDER, Notice, Record, Rejected
from apps.registry.models import Municipality

FIRST_LINES = 20
MOST_LISTED = 20

REJECTED = """
SELECT code, count(*), min(line), (array_agg(attributes ORDER BY line))[1] FROM incoming WHERE kind = 'r' GROUP BY code ORDER BY count(*) DESC, code
"""
# What stood in the lines that were rejected for one reason: the numbers of other services, the words that no mapping explains.
FOUND = """
SELECT attributes ->> 'found', count(*) FROM incoming WHERE kind = 'r' AND code = %s GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT %s
"""
UNKNOWN_STATUSES = "SELECT native, count(*) FROM incoming WHERE kind = 'e' AND native = ANY(%s::text[]) GROUP BY native ORDER BY 2 DESC, 1 LIMIT %s"
SPAN = "SELECT min(occurred_at), max(occurred_at) FROM incoming WHERE kind = 'e'"
# A message is new when none of the references tied together in it was known.
MESSAGES = """
SELECT count(*), count(*) FILTER (WHERE is_new)
  FROM (SELECT bool_and(n.is_new) AS is_new
          FROM incoming_reference n
          LEFT JOIN incoming_set s ON s.home = coalesce(n.known_delivery, n.home)
         GROUP BY coalesce(s.delivery, n.known_delivery, n.home)) messages
"""
REJECTED_LINES = "SELECT line, code, attributes FROM incoming WHERE kind = 'r' AND line = ANY(%s::int[])"
REPEATED_LINES = "SELECT line FROM ledger_duplicate WHERE import_id = %s AND line = ANY(%s::int[])"


class FirstLines:
    """Lets what a parser yields pass and remembers the first of it as it was understood."""

    def __init__(self) -> None:
        self.lines: list[dict[str, Any]] = []

    def passing(self, parsed: Iterable[Record | Rejected]) -> Iterator[Record | Rejected]:
        parsed = iter(parsed)
        for one in parsed:
            self.lines.append(understood(one))
            yield one
            if len(self.lines) == FIRST_LINES:
                break
        yield from parsed


def understood(one: Record | Rejected) -> dict[str, Any]:
    """A line's allow-listed columns, redacted, beside what it was taken to say."""
    if isinstance(one, Rejected):
        return {"line": one.line, "raw": one.raw, "names": [], "says": []}
    return {
        "line": one.line,
        "raw": one.raw,
        "names": [[reference.namespace, reference.value.removeprefix(CASE_PLACEHOLDER).lstrip(":")] for reference in one.references],
        "says": [[each.code, each.native, each.at, each.by_day] for each in one.occurrences],
    }


def find(*, feed_import_id: int, first: FirstLines, warnings: Iterable[Notice]) -> dict[str, Any]:
    """Counts what the staged and appended rows say; call it in their transaction, before that is rolled back.

    `rejected`: [code, lines, first line, details] by reason; `words`, `statuses`: [what was found, lines]; `foreign`: [the numbers,
    lines, the municipality's name or ""]; `begins`, `ends`: ISO, UTC, or None;
    `messages`, `new_messages`: numbers; `lines`: the first lines with their fate.
    """
    unknown = [notice.details["found"] for notice in warnings if notice.code == "unknown_status"]
    begins, ends = asked(SPAN)[0]
    messages, new_messages = asked(MESSAGES)[0]
    return {
        "rejected": [(code, count, line, json.loads(details)) for code, count, line, details in asked(REJECTED)],
        "foreign": [(number, count, place(number)) for number, count in asked(FOUND, "foreign_service", MOST_LISTED)],
        "words": asked(FOUND, "unknown_result", MOST_LISTED),
        "statuses": asked(UNKNOWN_STATUSES, unknown, MOST_LISTED),
        "begins": begins and begins.isoformat(),
        "ends": ends and ends.isoformat(),
        "messages": messages,
        "new_messages": new_messages,
        "lines": with_fates(feed_import_id, first.lines),
    }


def place(numbers: str) -> str:
    """The municipality that a row's numbers (its own, its district's, an organisation's) name first."""
    first = numbers.partition(" ")[0]
    return Municipality.objects.filter(Q(code=first) | Q(orgnr=first)).values_list("name", flat=True).first() or ""


def with_fates(feed_import_id: int, lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    numbers = [line["line"] for line in lines]
    rejected = {line: [code, json.loads(details)] for line, code, details in asked(REJECTED_LINES, numbers)}
    repeated = {line for (line,) in asked(REPEATED_LINES, feed_import_id, numbers)}
    return [
        line
        | {
            "fate": Fate.REJECTED if line["line"] in rejected else Fate.DUPLICATE if line["line"] in repeated else Fate.ACCEPTED,
            "why": rejected.get(line["line"]),
        }
        for line in lines
    ]


def asked(sql: str, *params: object) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return [tuple(row) for row in cursor.fetchall()]
