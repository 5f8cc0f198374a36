"""An integrasjonspunkt of eFormidling: which messages got a status since the last time, and the whole conversation of each.

Statuses alone do not say by which service a message goes, and so not what LEVERT means; they only tell which messages to ask for. An older integrasjonspunkt
does not know `fromDateTime` and gives them all, which takes longer and skips nothing.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

from apps.feeds.connectors.client import Session
from apps.feeds.connectors.failures import NotThere
from apps.feeds.connectors.pulling import Cursor, Finding, Known, Pulled, Walk, array, batches, written

STATUSES, CONVERSATION = "/api/statuses", "/api/conversations/messageId/"
FIRST_LOOK = timedelta(days=90)
OVERLAP = timedelta(days=1)  # for statuses that say they are older than they came
SINCE = "since"
NAMELESS: Finding = ("carrier_odd", {"found": "messageId"})


def pull(session: Session, cursor: Cursor, known: Known, now: datetime) -> Iterator[Pulled]:
    """Raises failures.Failed. The cursor stays where it is when a page was odd, so that the next run goes through them again."""
    since = datetime.fromisoformat(cursor[SINCE]) - OVERLAP if SINCE in cursor else now - FIRST_LOOK
    walk = Walk(session, STATUSES, {"fromDateTime": since.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"), "sort": "id,asc"})
    statuses: dict[str, list[dict[str, Any]]] = {}
    for status in walk.items():
        if isinstance(status.get("messageId"), str):
            statuses.setdefault(status["messageId"], []).append(status)
        elif NAMELESS not in walk.findings:
            walk.findings.append(NAMELESS)
    for batch in batches(statuses):
        conversations, alone = [], []
        for message in batch:
            try:
                conversations.append(session.get(CONVERSATION + quote(message, safe="")).body)
            except NotThere:  # it was cleared away, and its statuses are what is left
                alone += statuses[message]
        yield Pulled(array(conversations) if conversations else b"")
        if alone:
            yield Pulled(written(alone))
    begun = {SINCE: now.astimezone(UTC).isoformat()}
    yield Pulled(cursor=None if walk.findings else begun, findings=tuple(walk.findings))
