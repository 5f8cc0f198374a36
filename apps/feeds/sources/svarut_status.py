"""`svarut-status`: what has become of messages sent through KS SvarUt, v1 and v2, formats.md section 6."""

from collections.abc import Iterator
from functools import lru_cache, partial

from apps.feeds.record import Occurrence, Reading, Record, Rejected
from apps.feeds.sources import carriers, svarut, writing
from apps.feeds.sources.layout import Cells, Layout, records
from apps.feeds.sources.moments import instant
from apps.feeds.sources.ownership import recipient
from apps.feeds.sources.redaction import redact
from apps.feeds.sources.statuses import Statuses
from apps.feeds.sources.unfit import Unfit

COLUMNS = (
    "id",
    "forsendelsesid",
    "status",
    "forsendelseStatus",
    "sisteStatusEndring",
    "eksternRef",
    "forsendelseType",
    "mottakerOrgnr",
    "niva",
    "taushetsbelagtPost",
    "svarPaForsendelse",
)
LAYOUT = Layout(
    COLUMNS,
    required=(),
    numbers=frozenset({"niva"}),
    flags=frozenset({"taushetsbelagtPost"}),
    uuids=frozenset({"eksternRef", "svarPaForsendelse"}),
)

write = writing.lines(lambda row: writing.said(row, COLUMNS))


def parse(reading: Reading) -> Iterator[Record | Rejected]:
    """One record per status. JSON: an array, an object, or an object per line; v1 calls the id forsendelsesid and the status forsendelseStatus.

    References: `svarut`, and `eformidling` when eksternRef is a UUID. Attributes: forsendelseType, niva, taushetsbelagtPost, svarPaForsendelse (a UUID),
    recipientKind (by mottakerOrgnr, which is dropped when it is a person's number). Raises Refused.
    """
    status = lru_cache(maxsize=1000)(partial(svarut.status, Statuses(svarut.CODES, reading)))

    def read(line: int, cells: Cells) -> Record:
        new_id, old_id, new_status, old_status, changed, sender_reference, kind, organisation, level, confidential, answers = cells
        owner, recipient_kind = recipient(organisation)
        code, native = status(_either(new_status, old_status, "status", "forsendelseStatus"), recipient_kind)
        at, by_day, zone_assumed = instant(changed, "sisteStatusEndring")
        return Record(
            line,
            svarut.references(_either(new_id, old_id, "id", "forsendelsesid"), "id / forsendelsesid", sender_reference),
            (Occurrence(code, native, at, by_day, zone_assumed),),
            owner,
            None,
            None,
            "",
            "",
            svarut.attributes(kind, recipient_kind, answers, level, confidential == "true"),
            COLUMNS,
            cells,
        )

    return records(carriers.rows(reading, LAYOUT, allowed=(carriers.JSON,)), LAYOUT, read)


def _either(new: str, old: str, *columns: str) -> str:
    """What v2 or v1 says; raises Unfit when neither does, or when they differ."""
    if new and old and new != old:
        raise Unfit("columns_disagree", columns=", ".join(columns), found=redact(f"{new}, {old}"))
    if not new and not old:
        raise Unfit("missing_value", column=" / ".join(columns))
    return new or old
