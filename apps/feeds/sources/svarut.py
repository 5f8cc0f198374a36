"""What the formats of KS SvarUt and SvarInn share: the statuses (formats.md, section 6), the message's references, what is kept beside its events."""

from functools import lru_cache

from apps.feeds.record import Ref
from apps.feeds.sources.redaction import redact
from apps.feeds.sources.references import strip_prefix, uuid
from apps.feeds.sources.statuses import Statuses
from apps.ledger import meanings

# As the interface writes them, and as its pages show them.
CODES = {
    "MOTTATT": "created",
    "AKSEPTERT": "receipted",
    "Akseptert": "receipted",
    "AVVIST": "failed",
    "FEILET_UNDER_MOTTAK": "failed",
    "IKKE_LEVERT": "failed",
    "VARSLET": "notified",
    "KLAR_FOR_MOTTAK": "published",
    "Klar for mottak": "published",
    "SENDT_ALTINN": "sent",
    "SENDT_SDP": "sent",
    "SENDT_NHN_MOTTAKER": "sent",
    "LEVERT_ALTINN": "delivered_claimed",
    "LEVERT_SDP": "delivered_claimed",
    "LEVERT_NHN_MOTTAKER": "delivered_claimed",
    "LEST": "fetched",  # by whom it was read is told by the kind of recipient (ledger.meanings)
    "SENDT_PRINT": "print_sent",
    "PRINTET": "printed",
    "MANUELT_HANDTERT": "manually_handled",
    "SENDT_DIGITALT": "unread_deadline_passed",  # digital only, and the reading deadline ran out unread
    "SLETTET": "purged_by_sender",
}


def status(statuses: Statuses, native: str, recipient_kind: str) -> tuple[str, str]:
    """(code, native text as kept) of a status for a recipient of that kind ("" when nothing says which)."""
    code, kept = statuses.code(native)
    return meanings.READ_BY_RECIPIENT.code(recipient_kind) if native == "LEST" else code, kept


def references(message: str, column: str, sender_reference: str) -> tuple[Ref, ...]:
    """The forsendelse, and the eFormidling message that the sender named beside it (a UUID, or "")."""
    own = Ref("svarut", uuid(message, column))
    return (own, Ref("eformidling", strip_prefix(sender_reference).lower())) if sender_reference else (own,)


@lru_cache(maxsize=10_000)
def attributes(kind: str, recipient_kind: str, answers: str, level: str = "", is_confidential: bool = False) -> dict[str, str] | None:
    """What is kept beside the events, shared between records that say the same."""
    said = {
        "forsendelseType": redact(kind, 100),
        "niva": redact(level, 20),
        "taushetsbelagtPost": "true" if is_confidential else "",
        "svarPaForsendelse": strip_prefix(answers).lower(),
        meanings.RECIPIENT: recipient_kind,
    }
    return {name: value for name, value in said.items() if value} or None
