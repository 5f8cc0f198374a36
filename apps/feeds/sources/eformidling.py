"""`eformidling`: what an integrasjonspunkt tells of its messages: conversations, statuses, and statuses pushed one by one; formats.md section 7."""

from collections.abc import Iterator
from functools import lru_cache, partial
from typing import Any

from apps.feeds.record import Occurrence, Reading, Record, Ref, Rejected, Whose
from apps.feeds.sources import carriers, titles, writing
from apps.feeds.sources.layout import Cells
from apps.feeds.sources.moments import instant
from apps.feeds.sources.objects import shown, text
from apps.feeds.sources.ownership import organisation, recipient
from apps.feeds.sources.redaction import raw_line, redact
from apps.feeds.sources.references import is_uuid, strip_prefix, uuid
from apps.feeds.sources.statuses import UNKNOWN, Statuses
from apps.feeds.sources.unfit import Unfit
from apps.ledger import meanings

CODES = {
    "OPPRETTET": "created",
    "SENDT": "sent",
    "MOTTATT": "receipted",
    "LEVERT": "published",  # this and the next mean what the service says (ledger.meanings)
    "LEST": "fetched",
    "FEIL": "failed",
    "LEVETID_UTLOPT": "expired",
    "INNKOMMENDE_MOTTATT": "fetched",
    "INNKOMMENDE_LEVERT": "fetched",  # handed to the local system, which is a machine
    "ANNET": UNKNOWN,
}
DELETED, DELETED_WORDS = "ANNET: slettet i Altinn", "slettet i altinn"
NOT_IN_ALTINN = ("DPO", "DPF", "DPI")
OUTBOUND = {meanings.OUTGOING: True, meanings.INCOMING: False}
RECEIPT = ":response:ver1.0"  # how the process of a message ends that is itself a receipt
HISTORY = "messageStatuses"
SHOWN = (
    "messageId",
    "conversationId",
    "direction",
    "serviceIdentifier",
    "processIdentifier",
    "senderIdentifier",
    "receiverIdentifier",
    "externalSystemReference",
    "expiry",
    titles.COLUMN,
    "status",
    "lastUpdate",
    "createdTs",
    "description",
)
_OF_STATUS = SHOWN[-4:]
_OF_MESSAGE = SHOWN[:-4]


def parse(reading: Reading) -> Iterator[Record | Rejected]:
    """One record per status. JSON: a page {content, totalElements}, an array, an object, or an object per line, of conversations (each with its
    messageStatuses) or of statuses. `line` is the status's running number in the file, the physical line where each line holds one.

    References: `eformidling`, and `altinn` when the service is DPV and externalSystemReference is a UUID. Attributes: serviceIdentifier, direction,
    conversationId, senderOrgNumber, expiry (UTC), recipientKind. A conversation that is a receipt gives records without events. A page that holds less than
    the whole is a warning. Raises Refused.
    """
    status = lru_cache(maxsize=1000)(partial(_status, Statuses(CODES, reading)))
    beside: dict[str, object] = {}
    line = held = 0
    for place, value, fault in carriers.values(reading, entries=HISTORY, wrapper="content", beside=beside):
        held += 1
        shared: _Shared | Unfit
        try:
            shared = fault or _Shared(value)
        except Unfit as unfit:
            shared = unfit
        for entry in _entries(value):
            line = max(line + 1, place)
            try:
                if isinstance(shared, Unfit):
                    raise Unfit(shared.code, **shared.details)
                yield Record(line, (), ()) if shared.is_receipt else _record(line, shared, entry, status)
            except Unfit as unfit:
                yield Rejected(line, unfit.code, unfit.details, raw_line(SHOWN, _shown_of_message(value) + _shown_of_status(entry)))
    _tell_of_other_pages(reading, beside, held)


class _Shared:
    """What all statuses of one message have in common; raises Unfit."""

    def __init__(self, message: Any) -> None:
        if not isinstance(message, dict):
            raise Unfit("not_object", found=type(message).__name__)
        self.is_receipt = text(message, "processIdentifier").endswith(RECEIPT)
        if self.is_receipt:
            return
        if HISTORY in message and not message[HISTORY] and not message.get("status"):
            raise Unfit("no_history", column=HISTORY)
        self.service = redact(text(message, "serviceIdentifier").upper(), 20)
        self.references = _references(message, self.service)
        direction = text(message, "direction").upper()
        self.is_outbound = OUTBOUND.get(direction)
        self.whose, self.attributes = _particulars(message, self.service, direction if direction in OUTBOUND else "")
        self.cells = _shown_of_message(message)
        self.category = titles.category(message.get("messageTitle"))


def _written(row: writing.Cells) -> dict[str, object]:
    """A message with one status."""
    return writing.said(row, _OF_MESSAGE[:-1]) | {"messageTitle": row.get(titles.COLUMN, ""), HISTORY: [writing.said(row, _OF_STATUS)]}


write = writing.lines(_written)


def _record(line: int, shared: _Shared, entry: Any, status: Any) -> Record:
    if not isinstance(entry, dict):
        raise Unfit("not_object", found=type(entry).__name__)
    is_deleted = DELETED_WORDS in shown(entry, "description").casefold()
    code, native = status(text(entry, "status"), shared.service, is_deleted)
    time = "createdTs" if entry.get("lastUpdate") is None and entry.get("createdTs") is not None else "lastUpdate"
    at, by_day, zone_assumed = instant(text(entry, time), time)
    return Record(
        line,
        shared.references,
        (Occurrence(code, native, at, by_day, zone_assumed),),
        shared.whose,
        shared.is_outbound,
        None,
        "",
        shared.category,
        shared.attributes,
        SHOWN,
        shared.cells + _shown_of_status(entry),
    )


def _entries(value: Any) -> list[Any]:
    """The statuses, each of which has a fate; what has none listed is one itself."""
    history = value.get(HISTORY) if isinstance(value, dict) else None
    return history if isinstance(history, list) and history else [value]


def _references(message: dict[str, Any], service: str) -> tuple[Ref, ...]:
    own = Ref("eformidling", uuid(text(message, "messageId"), "messageId"))
    other = text(message, "externalSystemReference")
    return (own, Ref("altinn", strip_prefix(other).lower())) if service == "DPV" and is_uuid(other) else (own,)


def _particulars(message: dict[str, Any], service: str, direction: str) -> tuple[Whose, dict[str, str] | None]:
    """Whose the message is by its receiver, and what is kept beside its events."""
    whose, recipient_kind = recipient(text(message, "receiverIdentifier"))
    conversation, expiry = text(message, "conversationId"), text(message, "expiry")
    said = {
        meanings.SERVICE: service,
        meanings.DIRECTION: direction,
        "conversationId": strip_prefix(conversation).lower() if is_uuid(conversation) else "",
        "senderOrgNumber": organisation(text(message, "senderIdentifier")),
        "expiry": instant(expiry, "expiry")[0] if expiry else "",
        meanings.RECIPIENT: recipient_kind,
    }
    return whose, {name: value for name, value in said.items() if value} or None


def _status(statuses: Statuses, native: str, service: str, is_deleted: bool) -> tuple[str, str]:
    """(code, native): compared without regard to case, and kept as the table writes it."""
    if not native:
        raise Unfit("missing_value", column="status")
    known = native.upper()
    if known not in CODES:
        return statuses.unknown(native)
    if known == "ANNET" and is_deleted and service not in NOT_IN_ALTINN:
        return "purged_by_platform", DELETED
    return meanings.code("eformidling", known, {meanings.SERVICE: service}, CODES[known]), known


def _tell_of_other_pages(reading: Reading, beside: dict[str, object], held: int) -> None:
    """Warns when the page says that there are more elements than it holds."""
    total = _whole(beside.get("totalElements"))
    if total <= held:
        return
    size = _whole(beside.get("size")) or held or 1
    pages = _whole(beside.get("totalPages")) or -(-total // size)
    page = _whole(beside.get("number")) + 1
    reading.warn("page_of_several", page=str(page), pages=str(max(page, pages)), records=str(held), total=str(total))


def _whole(value: object) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else 0


def _shown_of_message(message: Any) -> Cells:
    """As far as they are text or numbers; another system's reference may be anything, so only a UUID is shown."""
    cells = {name: shown(message, name) for name in _OF_MESSAGE}
    if not is_uuid(cells["externalSystemReference"]):
        cells["externalSystemReference"] = ""
    cells[titles.COLUMN] = titles.shown(message.get("messageTitle")) if isinstance(message, dict) else ""
    return tuple(cells.values())


def _shown_of_status(entry: Any) -> Cells:
    """The description only where it is known, and decides what the status means."""
    description = DELETED_WORDS if DELETED_WORDS in shown(entry, "description").casefold() else ""
    return (shown(entry, "status"), shown(entry, "lastUpdate"), shown(entry, "createdTs"), description)
