"""`svarut-history`: the log of what happened to messages in KS SvarUt, v1 and v2, formats.md section 6."""

import re
from collections.abc import Iterator
from functools import lru_cache, partial

from apps.feeds.record import Occurrence, Reading, Record, Ref, Refused, Rejected
from apps.feeds.sources import carriers, writing
from apps.feeds.sources.layout import Cells, Layout, records
from apps.feeds.sources.moments import instant
from apps.feeds.sources.references import is_uuid, uuid
from apps.feeds.sources.statuses import UNKNOWN, Statuses
from apps.feeds.sources.unfit import Unfit

COLUMNS = ("forsendelseId", "tidspunkt", "hendelse")
WRAPPER = "hendelsesLogg"  # v1: the log of one message, which it does not name
LAYOUT = Layout(COLUMNS, required=(), wrapped=(WRAPPER, ""))

# By how the text begins; what follows may name people and is not kept.
CODES = {
    "Mottatt, og tildelt": "created",
    "Akseptert for ekspedering": "receipted",
    "Varsling sent til Altinn": "notified",
    "Lesefrist utløpt": "read_deadline_passed",
    "Sendt til manuell print": "print_sent",
    "Sendt til print": "print_sent",
    "Lest eksternt": "opened_elsewhere",
    # Known, and no evidence of anything.
    "Metadata er validert": UNKNOWN,
    "Orginaldokumenter er lagret": UNKNOWN,
    "Forsendelsesfil generert": UNKNOWN,
}
_BEGINNING = re.compile("|".join(map(re.escape, CODES)))
_LOOKED_UP = re.compile(r"Mottaker\b.*kontaktregister", re.DOTALL)
LOOKED_UP = "Mottaker … kontaktregister"

write = writing.lines(lambda row: writing.said(row, COLUMNS))


def parse(reading: Reading) -> Iterator[Record | Rejected]:
    """One record per entry. JSON: v2 an array, an object or an object per line; v1 an object with hendelsesLogg, about the message of options.reference.

    Reference: `svarut`. Times are Oslo's. Raises Refused, also for a v1 file without a reference.
    """
    status = lru_cache(maxsize=10_000)(partial(_status, Statuses({}, reading)))
    given = reading.options.reference
    if not is_uuid(given) and names_no_message(reading):
        raise Refused("reference_missing")

    def read(line: int, cells: Cells) -> Record:
        message, time, event = cells
        references = (Ref("svarut", uuid(message or given, "forsendelseId")),)
        at, by_day, zone_assumed = instant(time, "tidspunkt")
        code, native = status(event)
        return Record(line, references, (Occurrence(code, native, at, by_day, zone_assumed),), names=COLUMNS, cells=cells)

    return records(carriers.rows(reading, LAYOUT, allowed=(carriers.JSON,)), LAYOUT, read)


def names_no_message(reading: Reading) -> bool:
    """Whether the file is a v1 log, so that the import must say which message it is about; raises Refused for a file that cannot be told."""
    return carriers.is_wrapped(reading, WRAPPER)


def _status(statuses: Statuses, event: str) -> tuple[str, str]:
    """(code, native): of a known text the beginning alone is kept."""
    if not event:
        raise Unfit("missing_value", column="hendelse")
    if known := _BEGINNING.match(event):
        return CODES[known[0]], known[0]
    return (UNKNOWN, LOOKED_UP) if _LOOKED_UP.match(event) else statuses.unknown(event)
