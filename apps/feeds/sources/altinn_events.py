"""`altinn-events`: Altinn's CloudEvents about correspondence, formats.md section 4."""

from collections.abc import Iterator
from functools import lru_cache, partial

from apps.feeds.record import Occurrence, Reading, Record, Ref, Rejected
from apps.feeds.sources import carriers, writing
from apps.feeds.sources.layout import Cells, Layout, records
from apps.feeds.sources.moments import instant
from apps.feeds.sources.ownership import recipient
from apps.feeds.sources.redaction import redact
from apps.feeds.sources.references import is_uuid, plain, uuid
from apps.feeds.sources.statuses import Statuses
from apps.feeds.sources.unfit import Unfit
from apps.ledger import meanings

COLUMNS = ("id", "type", "time", "resourceinstance", "resource", "subject")
LAYOUT = Layout(
    COLUMNS,
    required=(),
    left=frozenset({"source", "specversion", "alternativesubject", "datacontenttype", "dataschema", "data"}),
)
PREFIX = "no.altinn.correspondence."
CODES = {
    "correspondenceinitialized": "created",
    "correspondencepublished": "published",
    "correspondencearchived": "archived",
    "correspondencepurged": "purged_by_platform",
    "correspondencepublishfailed": "failed",
    "correspondencereceiverread": "opened",
    "correspondencereceiverconfirmed": "confirmed",
    "correspondencereceiverreplied": "replied",
    "correspondencereceiverneverread": "read_deadline_passed",
    "correspondencereceiverneverconfirmed": "read_deadline_passed",
    "correspondencereceiverreserved": "recipient_reserved",
    "attachmentdownloaded": "downloaded",
    "attachmentexpired": "content_expired",
    "attachmentpurged": "content_expired",
    "notificationcreated": "notified",
    "correspondencenotificationdelivered": "notified",
    "correspondencenotificationfailed": "notification_failed",
    "correspondencenotificationallfailed": "notification_failed",
    "correspondencenotificationcreationfailed": "notification_failed",
}
EVENT_ID = "eventId"  # the attribute that is part of an event's key: Altinn may tell the same of one letter twice in a moment

write = writing.lines(lambda row: writing.said(row, COLUMNS))


def parse(reading: Reading) -> Iterator[Record | Rejected]:
    """One record per event. JSON: an object per line, an array, or one object.

    Reference: `altinn` (resourceinstance). Attributes: eventId, resourceId, recipientKind (by subject, which is dropped when it is a person's number).
    Raises Refused.
    """
    status = lru_cache(maxsize=1000)(partial(_status, Statuses(CODES, reading)))

    def read(line: int, cells: Cells) -> Record:
        event, type, time, letter, resource, subject = cells
        owner, recipient_kind = recipient(subject)
        references = (Ref("altinn", uuid(letter, "resourceinstance")),)
        at, by_day, zone_assumed = instant(time, "time")
        code, native = status(type)
        said = {EVENT_ID: _event_id(event), "resourceId": redact(resource, 100), meanings.RECIPIENT: recipient_kind}
        return Record(
            line,
            references,
            (Occurrence(code, native, at, by_day, zone_assumed),),
            owner,
            attributes={name: value for name, value in said.items() if value},
            names=COLUMNS,
            cells=cells,
        )

    return records(carriers.rows(reading, LAYOUT, allowed=(carriers.JSON,)), LAYOUT, read)


def _event_id(text: str) -> str:
    if not text:
        raise Unfit("missing_value", column="id")
    return text.lower() if is_uuid(text) else plain(text, "id")


def _status(statuses: Statuses, type: str) -> tuple[str, str]:
    """(code, native): the name without what all of Altinn's types of this kind begin with."""
    if not type:
        raise Unfit("missing_value", column="type")
    return statuses.code(type.removeprefix(PREFIX)) if type.startswith(PREFIX) else statuses.unknown(type)
