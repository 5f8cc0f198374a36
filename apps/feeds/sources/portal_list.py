"""`portal-list`: the national portal's list of reports, formats.md section 2."""

import re
from collections.abc import Iterator
from functools import lru_cache

from stdnum.no import orgnr

from apps.feeds.record import Occurrence, Reading, Record, Ref, Rejected
from apps.feeds.sources import carriers
from apps.feeds.sources.layout import Cells, Layout, records
from apps.feeds.sources.moments import instant
from apps.feeds.sources.ownership import whose
from apps.feeds.sources.redaction import redact
from apps.feeds.sources.references import strip_prefix, uuid
from apps.feeds.sources.unfit import Unfit

COLUMNS = (
    "bekymringsmeldingId",
    "innsendt",
    "kommunenummer",
    "bydelsnummer",
    "skjemaType",
    "antallBarn",
    "kanal",
    "leveringskanal",
    "fraFagsystem",
    "virksomhetOrgnr",
    "fiksOrgId",
    "bydelsnavn",
    "bekreftet",
)
REQUIRED = (("bekymringsmeldingId",), ("innsendt",))
REPORTERS = {"PRIVAT": "private", "OFFENTLIG": "public", "UKJENT": "unknown", "": ""}
MOST_CHILDREN = 99
_CHILDREN = re.compile(r"[0-9]{1,4}")


def parse(reading: Reading) -> Iterator[Record | Rejected]:
    """One record per report: `receipted` at innsendt. JSON `{totaltAntallTreff, meldinger}`, array, NDJSON or CSV.

    Attributes: kanal, leveringskanal, fraFagsystem, virksomhetOrgnr. Raises Refused, also for a page that holds fewer than totaltAntallTreff.
    """
    needed = reading.options.needs_municipality
    layout = Layout(
        COLUMNS,
        required=(*REQUIRED, ("kommunenummer",)) if needed else REQUIRED,
        numbers=frozenset({"antallBarn"}),
        flags=frozenset({"bekreftet", "fraFagsystem"}),
        wrapped=("meldinger", "totaltAntallTreff"),
    )

    def read(line: int, cells: Cells) -> Record:
        report, time, municipality, district, form, children, channel, delivery_channel, system, organisation, _, _, _ = cells
        references = (Ref("portal", uuid(report, "bekymringsmeldingId")),)
        at, by_day, zone_assumed = instant(time, "innsendt")
        return Record(
            line,
            references,
            (Occurrence("receipted", "receipted", at, by_day, zone_assumed),),
            whose(municipality, district, needed=needed),
            None,
            _children(children) if children else None,
            _reporter(reading, form),
            "",
            _attributes(channel, delivery_channel, system, organisation),
            COLUMNS,
            cells,
        )

    return records(carriers.rows(reading, layout, allowed=(carriers.JSON, carriers.CSV)), layout, read)


@lru_cache(maxsize=10_000)
def _attributes(channel: str, delivery_channel: str, system: str, organisation: str) -> dict[str, str] | None:
    """What is kept beside the event (shared between records that say the same); a sender's number that is no organisation's may be a person's."""
    organisation = orgnr.compact(strip_prefix(organisation))
    said = {
        "kanal": redact(channel, 100),
        "leveringskanal": redact(delivery_channel, 100),
        "fraFagsystem": redact(system, 100),
        "virksomhetOrgnr": organisation if orgnr.is_valid(organisation) else "",
    }
    return {name: value for name, value in said.items() if value} or None


def _children(text: str) -> int:
    """How many children the report names; an absurd number is a fault of the row, since a state may depend on it."""
    if not _CHILDREN.fullmatch(text) or int(text) > MOST_CHILDREN:
        raise Unfit("not_children", column="antallBarn", found=redact(text, 60), most=str(MOST_CHILDREN))
    return int(text)


def _reporter(reading: Reading, form: str) -> str:
    reporter = REPORTERS.get(form)
    if reporter is None:
        reading.warn("unknown_reporter", column="skjemaType", found=redact(form, 60))
        return ""
    return reporter
