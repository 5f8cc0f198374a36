"""`portal-history`: the national portal's status history (KS Fiks bekymringsmelding), formats.md section 1."""

from collections.abc import Iterator
from functools import lru_cache, partial

from apps.feeds.record import Occurrence, Reading, Record, Ref, Rejected
from apps.feeds.sources import carriers
from apps.feeds.sources.layout import Cells, Layout, records
from apps.feeds.sources.moments import instant
from apps.feeds.sources.ownership import whose
from apps.feeds.sources.redaction import redact
from apps.feeds.sources.references import uuid
from apps.feeds.sources.statuses import Statuses
from apps.feeds.sources.unfit import Unfit

COLUMNS = (
    "bekymringsmeldingId",
    "tidspunkt",
    "tilstand",
    "state",
    "meldingstype",
    "meldingId",
    "fiksIoKonto",
    "beskrivelse",
    "kommunenummer",
    "bydelsnummer",
)
LAYOUT = Layout(COLUMNS, required=(("bekymringsmeldingId",), ("tidspunkt",), ("tilstand", "state")))

CODES = {
    "AKSEPTERT": "receipted",
    "SENDT_FAGSYSTEM": "sent",
    "AVVIST_FAGSYSTEM": "rejected",
    "SENDT_PRINT": "print_sent",
    "AVVIST_PRINT": "print_rejected",
    # Answered by a case system, or a letter handed to the post: the fold over the whole history tells which, so the native state is kept.
    "LEVERT": "delivered_claimed",
}
# By how the message type ends: what stands before differs between the protocol's generations.
TYPE_CODES = {
    "bekymringsmelding.mottatt.v1": "delivered_claimed",
    "bekymringsmelding.feilet.v1": "rejected",
    "no.ks.fiks.kvittering.tidsavbrudd": "expired",
    "no.ks.fiks.kvittering.serverfeil.v1": "failed",
}


def parse(reading: Reading) -> Iterator[Record | Rejected]:
    """One record per state change. JSON array, NDJSON or CSV; times are Oslo's unless an offset is written.

    References: `portal`, and `fiksio` when meldingId is given. Attribute: beskrivelse (redacted, 200 characters). Raises Refused.
    """
    status = lru_cache(maxsize=1000)(partial(_status, Statuses(CODES, reading)))
    needed = reading.options.needs_municipality

    def read(line: int, cells: Cells) -> Record:
        report, time, tilstand, state, message_type, message, _, description, municipality, district = cells
        references: tuple[Ref, ...] = (Ref("portal", uuid(report, "bekymringsmeldingId")),)
        if message:
            references += (Ref("fiksio", uuid(message, "meldingId")),)
        at, by_day, zone_assumed = instant(time, "tidspunkt")
        code, native = status(tilstand, state, message_type)
        return Record(
            line,
            references,
            (Occurrence(code, native, at, by_day, zone_assumed),),
            whose(municipality, district, needed=needed),
            None,
            None,
            "",
            "",
            {"beskrivelse": redact(description)} if description else None,
            COLUMNS,
            cells,
        )

    return records(carriers.rows(reading, LAYOUT, allowed=(carriers.JSON, carriers.CSV)), LAYOUT, read)


def _status(statuses: Statuses, tilstand: str, state: str, message_type: str) -> tuple[str, str]:
    """(code, native): the message type decides the code when it is one of the table's; the native word is the state where there is one."""
    if tilstand and state and tilstand != state:
        raise Unfit("columns_disagree", columns="tilstand, state", found=redact(f"{tilstand}, {state}"))
    native = state or tilstand
    if message_type:
        for ending, code in TYPE_CODES.items():
            if message_type == ending or message_type.endswith("." + ending):
                return code, redact(native or message_type, 100)
    if not native and not message_type:
        raise Unfit("missing_value", column="tilstand / state")
    return statuses.code(native or message_type)
