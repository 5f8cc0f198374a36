"""Altinn Correspondence: which letters there are, and the details of each with its status history.

The list gives at most 1,000 letters, published strictly between two moments, and no pages; so a full one is asked for again in halves that overlap. Statuses
come long after a letter, so every run looks again at those of the last 30 days, as long as the inbox keeps them, that nothing shows to be opened or gone.
A recipient's look at a letter is itself written into its history (Fetched), so do not look more often than somebody needs to know.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

from apps.feeds.connectors.client import Session
from apps.feeds.connectors.failures import Failed, NotThere
from apps.feeds.connectors.pulling import Cursor, Finding, Known, Pulled, array, batches

LIST = "/correspondence/api/v1/correspondence"
MOST_LISTED = 1000
LOOKED_BACK = timedelta(days=31)
OVERLAP = timedelta(seconds=2)
NARROWEST = timedelta(seconds=4)
LATE = timedelta(hours=1)  # for letters that are listed later than they say
LISTED_TO = "listed_to"


def pull(session: Session, cursor: Cursor, known: Known, now: datetime) -> Iterator[Pulled]:
    """Raises failures.Failed."""
    listed_to = datetime.fromisoformat(cursor[LISTED_TO]) if LISTED_TO in cursor else now - LOOKED_BACK
    findings: list[Finding] = []
    letters = listed(session, min(listed_to, now - LOOKED_BACK) - LATE, now + LATE, findings)
    waiting = sorted(letters - known.finished("altinn", letters))
    for batch in batches(waiting):
        bodies = []
        for letter in batch:
            try:
                bodies.append(session.get(f"{LIST}/{quote(letter, safe='')}/details").body)
            except NotThere:
                findings.append(("letter_gone", {"reference": letter}))
        yield Pulled(array(bodies) if bodies else b"")
    yield Pulled(cursor={LISTED_TO: now.astimezone(UTC).isoformat()}, findings=tuple(findings))


def listed(session: Session, begin: datetime, end: datetime, findings: list[Finding]) -> set[str]:
    """The identifiers of all letters published between the two moments; more than one list holds are found in halves, with nothing lost between them.

    Raises failures.Failed, also for an answer that is no such list: it must not pass for an empty one.
    """
    options = session.connection.options
    asked = {"from": begin.astimezone(UTC).isoformat(), "to": end.astimezone(UTC).isoformat(), "role": options.get("role", "Recipient")}
    said = session.get(LIST, resourceId=options.get("resourceId"), onBehalfOf=options.get("onBehalfOf"), **asked).said
    if not isinstance(said, dict) or "ids" not in said:
        raise Failed("carrier_odd", found=type(said).__name__)
    found = said["ids"] or []  # null where there are none
    if not isinstance(found, list) or not all(isinstance(each, str) for each in found):
        raise Failed("carrier_odd", found="ids")
    if len(set(found)) < len(found):
        findings.append(("page_repeats", {"page": "1", "found": str(len(found) - len(set(found)))}))
    if len(found) < MOST_LISTED:
        return set(found)
    if end - begin < NARROWEST:
        findings.append(("list_full", {"found": str(len(found)), "at": asked["from"]}))
        return set(found)
    middle = begin + (end - begin) / 2
    halves = listed(session, begin, middle + OVERLAP / 2, findings) | listed(session, middle - OVERLAP / 2, end, findings)
    if lacking := set(found) - halves:
        findings.append(("page_shrank", {"page": "1", "found": str(len(halves)), "expected": str(len(halves) + len(lacking))}))
    return halves | set(found)
