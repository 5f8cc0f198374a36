"""`altinn`: Altinn Correspondence, details with status history, formats.md section 3."""

from collections.abc import Iterator
from typing import Any

from apps.feeds.record import Occurrence, Reading, Record, Ref, Rejected, Whose
from apps.feeds.sources import carriers, writing
from apps.feeds.sources.layout import Cells
from apps.feeds.sources.moments import instant
from apps.feeds.sources.objects import nested, shown, text
from apps.feeds.sources.ownership import is_person, organisation, whose
from apps.feeds.sources.redaction import raw_line, redact
from apps.feeds.sources.references import is_uuid, strip_prefix, uuid
from apps.feeds.sources.statuses import Statuses
from apps.feeds.sources.unfit import Unfit

CODES = {
    "Initialized": "created",
    "ReadyForPublish": "receipted",
    "Published": "published",
    "Fetched": "listed",  # an overview or a look through the API, not an opening
    "Read": "opened",
    "AttachmentsDownloaded": "downloaded",
    "Replied": "replied",
    "Confirmed": "confirmed",
    "Archived": "archived",
    "PurgedByRecipient": "purged_by_recipient",
    "PurgedByAltinn": "purged_by_sender",  # the platform writes it when the sender purges
    "Reserved": "recipient_reserved",
    "Failed": "failed",
    "Forwarded": "forwarded",
}
# What older exports write instead, in the order of their numbers from 0.
NUMBERED = (
    "Initialized",
    "ReadyForPublish",
    "Published",
    "Fetched",
    "Read",
    "Replied",
    "Confirmed",
    "PurgedByRecipient",
    "PurgedByAltinn",
    "Archived",
    "Reserved",
    "Failed",
    "AttachmentsDownloaded",
    "Forwarded",
)
_OF_LETTER = ("correspondenceId", "recipient", "resourceId", "sendersReference", "dueDateTime", "isConfidential", "altinn2CorrespondenceId", "senderOrgNumber")
_OF_ENTRY = ("status", "statusChanged")
SHOWN = _OF_LETTER + _OF_ENTRY


def parse(reading: Reading) -> Iterator[Record | Rejected]:
    """One record per entry of statusHistory (line: its running number in the file); the overview `status` is never read. JSON only.

    References: `altinn`, and `eformidling` when sendersReference is a UUID. Attributes: resourceId, senderOrgNumber, dueDateTime (UTC), isConfidential,
    altinn2CorrespondenceId, recipientKind ("person"). A correspondence without entries is one rejection. Raises Refused.
    """
    statuses = Statuses(CODES, reading)
    line = 0
    for _, correspondence, fault in carriers.values(reading, entries="statusHistory"):
        shared: _Shared | Unfit
        try:
            shared = fault or _Shared(correspondence)
        except Unfit as unfit:
            shared = unfit
        for entry in _entries(correspondence):
            line += 1
            try:
                if isinstance(shared, Unfit):
                    raise Unfit(shared.code, **shared.details)
                yield _record(line, shared, entry, statuses)
            except Unfit as unfit:
                yield Rejected(line, unfit.code, unfit.details, raw_line(SHOWN, _shown_of_letter(correspondence) + _shown_of_entry(entry)))


class _Shared:
    """What all entries of one correspondence have in common; raises Unfit."""

    def __init__(self, correspondence: Any) -> None:
        if not isinstance(correspondence, dict):
            raise Unfit("not_object", found=type(correspondence).__name__)
        self.correspondence = correspondence
        self.references = _references(correspondence)
        recipient = strip_prefix(text(correspondence, "recipient"))
        if not recipient:
            raise Unfit("missing_value", column="recipient")
        self.whose = Whose() if is_person(recipient) else whose(organisation=recipient)
        self.attributes = _attributes(correspondence, recipient)
        if not isinstance(correspondence.get("statusHistory"), list):
            raise Unfit("missing_value", column="statusHistory")
        if not correspondence["statusHistory"]:
            raise Unfit("no_history", column="statusHistory")
        self.cells = _shown_of_letter(correspondence)


def _written(row: writing.Cells) -> dict[str, object]:
    """A letter with one entry."""
    letter = writing.said(row, _OF_LETTER[:5] + _OF_LETTER[6:7])
    if row.get("isConfidential") == "true":
        letter["isConfidential"] = True
    return letter | {"propertyList": writing.said(row, ["senderOrgNumber"]), "statusHistory": [writing.said(row, _OF_ENTRY)]}


write = writing.lines(_written)


def _record(line: int, shared: _Shared, entry: Any, statuses: Statuses) -> Record:
    if not isinstance(entry, dict):
        raise Unfit("not_object", found=type(entry).__name__)
    code, native = statuses.code(_status(entry))
    at, by_day, zone_assumed = instant(text(entry, "statusChanged"), "statusChanged")
    occurrence = Occurrence(code, native, at, by_day, zone_assumed)
    cells = shared.cells + _shown_of_entry(entry)
    return Record(line, shared.references, (occurrence,), shared.whose, attributes=shared.attributes, names=SHOWN, cells=cells)


def _entries(correspondence: Any) -> list[Any]:
    """The entries, each of which has a fate; one stands for a correspondence that has none."""
    history = correspondence.get("statusHistory") if isinstance(correspondence, dict) else None
    return history if isinstance(history, list) and history else [None]


def _references(correspondence: dict[str, Any]) -> tuple[Ref, ...]:
    own = Ref("altinn", uuid(text(correspondence, "correspondenceId"), "correspondenceId"))
    sender = text(correspondence, "sendersReference")
    return (own, Ref("eformidling", strip_prefix(sender).lower())) if is_uuid(sender) else (own,)


def _attributes(correspondence: dict[str, Any], recipient: str) -> dict[str, str] | None:
    due = text(correspondence, "dueDateTime")
    said = {
        "resourceId": redact(text(correspondence, "resourceId"), 100),
        "senderOrgNumber": _sender(correspondence),
        "dueDateTime": instant(due, "dueDateTime")[0] if due else "",
        "isConfidential": "true" if correspondence.get("isConfidential") is True else "",
        "altinn2CorrespondenceId": redact(text(correspondence, "altinn2CorrespondenceId"), 40),
        "recipientKind": "person" if is_person(recipient) else "",
    }
    return {name: value for name, value in said.items() if value} or None


def _sender(correspondence: dict[str, Any]) -> str:
    """The sender's number where it is an organisation's; a name is dropped."""
    sender = text(nested(correspondence, "propertyList"), "senderOrgNumber")
    return organisation(sender) or organisation(text(correspondence, "messageSender"))


def _status(entry: dict[str, Any]) -> str:
    status = text(entry, "status")
    if not status:
        raise Unfit("missing_value", column="status")
    return NUMBERED[int(status)] if status.isascii() and status.isdigit() and len(status) < 3 and int(status) < len(NUMBERED) else status


def _shown_of_letter(correspondence: Any) -> Cells:
    """As far as they are text or numbers; a sender's own reference may be anything, so only a UUID is shown."""
    if not isinstance(correspondence, dict):
        return ("",) * len(_OF_LETTER)
    cells = {name: shown(correspondence, name) for name in _OF_LETTER}
    if not is_uuid(cells["sendersReference"]):
        cells["sendersReference"] = ""
    cells["isConfidential"] = "true" if correspondence.get("isConfidential") is True else ""
    holders = (nested(correspondence, "propertyList"), correspondence)
    numbers = (organisation(shown(holder, name)) for holder, name in zip(holders, ("senderOrgNumber", "messageSender"), strict=True))
    cells["senderOrgNumber"] = next(filter(None, numbers), "")
    return tuple(cells.values())


def _shown_of_entry(entry: Any) -> Cells:
    return tuple([shown(entry, name) for name in _OF_ENTRY])
