"""`kostra-xml`: KOSTRA form 15F, the yearly report of older case systems, formats.md section 9."""

from collections.abc import Iterable, Iterator
from functools import partial

from apps.feeds.record import Occurrence, Reading, Record, Ref, Rejected
from apps.feeds.sources import carriers, writing
from apps.feeds.sources.case_files import OFFICE, SHOWN, CaseFile, on_day, reporters_written
from apps.feeds.sources.elements import Attributes, Walk
from apps.feeds.sources.layout import Cells
from apps.feeds.sources.redaction import redact
from apps.feeds.sources.references import is_uuid, plain
from apps.feeds.sources.unfit import Unfit

NAMES = ("Individ Id", "Id", "StartDato", "SluttDato", "Konklusjon", "Versjon", *SHOWN)
COUNTED = rb"Melding(?=[\s/>])"
SHARED = ("Versjon", *OFFICE)  # what all reports of a file have in common


def parse(reading: Reading) -> Iterator[Record | Rejected]:
    """One record per Melding (line: its running number). XML, often ISO-8859-1; dates are days in Oslo.

    Facts: registered at StartDato, concluded at SluttDato. Reference: `case`, as `orgnr:Versjon:IndividId:MeldingId`, since the ids are unique within one
    year's report of one office only. Attributes: journalnummer, melder and konklusjon (codes). A Melder without Kode rejects its Melding. Raises Refused.
    """
    file = CaseFile(reading, NAMES, _cells)
    starts = {
        "Barnevern/Avgiver": file.office_begins,
        "Barnevern/Individ": file.case_begins,
        "Individ/Melding": file.message_begins,
        "Melding/Melder": file.reported_by,
    }
    ends = {"Individ/Melding": partial(file.finish, _report)}
    return carriers.records(reading, Walk("Barnevern", COUNTED, frozenset({"Avgiver", "Melding"}), starts, ends, file.ready))


def write(rows: Iterable[writing.Cells]) -> bytes:
    """Reports that have SHARED in common, as a file with each in a case of its own."""
    reports, office = [], ""
    for row in rows:
        office = office or writing.element("Avgiver", {name: row.get(name, "") for name in SHARED})
        message = {name: row.get(name, "") for name in ("Id", "StartDato", "SluttDato", "Konklusjon")}
        case = {"Id": row.get("Individ Id", ""), "Journalnummer": row.get("Journalnummer", "")}
        reports.append(writing.element("Individ", case, writing.element("Melding", message, *reporters_written(row))))
    return writing.document(writing.element("Barnevern", {}, office, *reports))


def _report(file: CaseFile) -> Record:
    message, owner = file.message, file.owner()
    if file.is_code_missing:
        raise Unfit("missing_value", column="Melder@Kode")
    occurrences: tuple[Occurrence, ...] = (on_day("registered", "Melding", message.get("StartDato", ""), "Melding@StartDato"),)
    if concluded := message.get("SluttDato", ""):
        occurrences += (on_day("concluded", "SluttDato", concluded, "Melding@SluttDato"),)
    said = file.attributes(message.get("Konklusjon", "").strip())
    return Record(file.line, (_reference(file),), occurrences, owner, None, None, file.reporter(), "", said, NAMES, _cells(file))


def _reference(file: CaseFile) -> Ref:
    parts = (
        _part(file.office, "Avgiver", "Organisasjonsnummer").replace(" ", ""),
        _part(file.office, "Avgiver", "Versjon"),
        _part(file.case, "Individ", "Id"),
        _part(file.message, "Melding", "Id"),
    )
    return Ref("case", ":".join(parts))


def _part(attributes: Attributes, element: str, name: str) -> str:
    value = attributes.get(name, "").strip()
    if not value:
        raise Unfit("missing_value", column=f"{element}@{name}")
    if ":" in value:  # joined with colons, two reports could come to one reference
        raise Unfit("reference_characters", column=f"{element}@{name}", found=ascii(redact(value, 60)))
    return value.lower() if is_uuid(value) else plain(value, f"{element}@{name}")


def _cells(file: CaseFile) -> Cells:
    message = file.message
    own = (message.get("Id", ""), message.get("StartDato", ""), message.get("SluttDato", ""), message.get("Konklusjon", ""))
    return (file.case.get("Id", ""), *own, file.office.get("Versjon", ""), *file.shown())
