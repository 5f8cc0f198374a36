"""`svarinn`: messages waiting for the municipality in KS SvarInn (hentNyeForsendelser), formats.md section 6."""

from collections.abc import Iterator
from typing import Any

from apps.feeds.record import Occurrence, Reading, Record, Rejected
from apps.feeds.sources import carriers, svarut, titles, writing
from apps.feeds.sources.layout import Cells
from apps.feeds.sources.moments import epoch
from apps.feeds.sources.objects import nested, shown, text
from apps.feeds.sources.ownership import recipient
from apps.feeds.sources.redaction import raw_line
from apps.feeds.sources.references import is_uuid
from apps.feeds.sources.statuses import Statuses
from apps.feeds.sources.unfit import Unfit

_OF_MESSAGE = ("id", "date", "status", "eksternRef", "forsendelseType", "svarPaForsendelse")
SHOWN = (*_OF_MESSAGE, "orgnr", titles.COLUMN)
_UUIDS = ("eksternRef", "svarPaForsendelse")  # a sender's own reference may be anything, so only a UUID is taken


def parse(reading: Reading) -> Iterator[Record | Rejected]:
    """One record per message, at `date` (milliseconds since 1970). JSON: an array, an object, or an object per line.

    References: `svarut`, and `eformidling` when eksternRef is a UUID. Attributes: forsendelseType, svarPaForsendelse, recipientKind. The category is what
    the title's words propose; nothing else of the contents is looked at. Raises Refused.
    """
    statuses = Statuses(svarut.CODES, reading)
    for line, message, fault in carriers.values(reading):
        try:
            if fault:
                raise fault
            yield _record(line, message, statuses)
        except Unfit as unfit:
            yield Rejected(line, unfit.code, unfit.details, raw_line(SHOWN, _shown(message)))


def _written(row: writing.Cells) -> dict[str, object]:
    return writing.said(row, _OF_MESSAGE) | {"mottaker": writing.said(row, ["orgnr"]), "tittel": row.get(titles.COLUMN, "")}


write = writing.lines(_written)


def _record(line: int, message: Any, statuses: Statuses) -> Record:
    if not isinstance(message, dict):
        raise Unfit("not_object", found=type(message).__name__)
    cells = _shown(message)
    _, _, _, sender_reference, _, answers, _, title = cells
    references = svarut.references(text(message, "id"), "id", sender_reference)
    native = text(message, "status")
    if not native:
        raise Unfit("missing_value", column="status")
    owner, recipient_kind = recipient(text(nested(message, "mottaker"), "orgnr"))
    code, kept = svarut.status(statuses, native, recipient_kind)
    at, by_day, zone_assumed = epoch(message.get("date"), "date")
    return Record(
        line,
        references,
        (Occurrence(code, kept, at, by_day, zone_assumed),),
        owner,
        category=titles.category(title),
        attributes=svarut.attributes(text(message, "forsendelseType"), recipient_kind, answers),
        names=SHOWN,
        cells=cells,
    )


def _shown(message: Any) -> Cells:
    """The cells of SHOWN, as far as they are text or numbers; the last two are the recipient's, and what is kept of the title."""
    if not isinstance(message, dict):
        return ("",) * len(SHOWN)
    cells = [shown(message, name) for name in _OF_MESSAGE]
    cells += [shown(nested(message, "mottaker"), "orgnr"), titles.shown(message.get("tittel"))]
    return tuple([cell if not cell or name not in _UUIDS or is_uuid(cell) else "" for name, cell in zip(SHOWN, cells, strict=True)])
