"""`register-xml`: extracts for Statistics Norway's register of child welfare, versions 1 to 4, formats.md section 8."""

from collections.abc import Iterable, Iterator
from functools import partial

from apps.feeds.record import Occurrence, Reading, Record, Ref, Rejected
from apps.feeds.sources import carriers, writing
from apps.feeds.sources.case_files import OFFICE, SHOWN, CaseFile, on_day, reporters_written
from apps.feeds.sources.elements import Attributes, Walk
from apps.feeds.sources.layout import Cells
from apps.feeds.sources.moments import moment
from apps.feeds.sources.redaction import redact
from apps.feeds.sources.references import case_id
from apps.feeds.sources.unfit import Unfit

NAMES = ("Id", "StartDato", "ErSlettet", "Type", "SluttDato", "Kode", *SHOWN, "DatoUttrekk", "Fagsystem")
SHARED = (*OFFICE[:2], "DatoUttrekk", "Fagsystem")  # what all reports of a file have in common
TRUTH = {"": False, "false": False, "0": False, "true": True, "1": True}
# A deletion is a record too, because the report itself no longer stands in such an extract.
COUNTED = rb"""Melding(?=[\s/>])|Slettet(?:\s+[^\s=<>]+\s*=\s*(?:"[^"<]*"|'[^'<]*'))*?\s+Type\s*=\s*(?:"\s*Melding\s*"|'\s*Melding\s*')"""


def parse(reading: Reading) -> Iterator[Record | Rejected]:
    """One record per Melding and one per Slettet of a Melding (line: its running number among them). XML; dates are days in Oslo.

    Facts: registered at StartDato; concluded at Konklusjon@SluttDato, unless that conclusion is itself deleted; deleted_in_case_system at Slettet@SluttDato,
    or at DatoUttrekk where ErSlettet (of the Melding or its Sak) is true: nothing says when that was, and an earlier time could precede what another log says
    of the registration, which would then seem to hold. The next extract says it once more, at its own time.
    Reference: `case`. Attributes: journalnummer, melder and konklusjon (codes), fagsystem. DatoUttrekk is when the file was taken out. Raises Refused.
    """
    return carriers.records(reading, _Extract(reading).walk())


def write(rows: Iterable[writing.Cells]) -> bytes:
    """Reports and deletions that have SHARED in common, as an extract with each in a case of its own."""
    cases, about, extract = [], "", {}
    for row in rows:
        if not about:
            extract = {"DatoUttrekk": row.get("DatoUttrekk", "")}
            about = writing.element("Fagsystem", {"Navn": row.get("Fagsystem", "")}) + writing.element(
                "Avgiver", {name: row.get(name, "") for name in OFFICE[:2]}
            )
        within = writing.element("Virksomhet", {"Bydelsnummer": row.get("Bydelsnummer", "")}, _written(row))
        cases.append(writing.element("Sak", {"Journalnummer": row.get("Journalnummer", "")}, within))
    return writing.document(writing.element("Barnevern", extract, about, *cases))


def _written(row: writing.Cells) -> str:
    end = {"SluttDato": row.get("SluttDato", ""), "Kode": row.get("Kode", "")}
    if row.get("Type"):
        return writing.element("Slettet", {"Id": row.get("Id", ""), "Type": "Melding", "SluttDato": end["SluttDato"]})
    conclusion = [writing.element("Konklusjon", end)] if any(end.values()) else []
    message = {name: row.get(name, "") for name in ("Id", "StartDato", "ErSlettet")}
    return writing.element("Melding", message, *reporters_written(row), *conclusion)


class _Extract:
    """One extract: the file of its cases, and what only this format has."""

    def __init__(self, reading: Reading) -> None:
        self.reading = reading
        self.file = CaseFile(reading, NAMES, self.cells)
        self.system = self.taken_out = self.district = ""

    def walk(self) -> Walk:
        file = self.file
        starts = {
            "/Barnevern": self.begins,
            "Barnevern/Fagsystem": self.system_begins,
            "Barnevern/Avgiver": file.office_begins,
            "Barnevern/Sak": self.case_begins,
            "Sak/Virksomhet": self.district_begins,  # version 1.0 has one level more
            "Melding/Melder": file.reported_by,
            "Melding/Konklusjon": self.concluded,
        }
        ends = {}
        for parent in ("Sak", "Virksomhet"):
            starts |= {f"{parent}/Melding": file.message_begins, f"{parent}/Slettet": self.deleted}
            ends[f"{parent}/Melding"] = partial(file.finish, self.report)
        return Walk("Barnevern", COUNTED, frozenset({"Avgiver", "Melding", "Slettet"}), starts, ends, file.ready)

    def begins(self, attributes: Attributes) -> None:
        self.taken_out = written = attributes.get("DatoUttrekk", "")
        try:
            self.reading.taken_out_at = moment(written, "DatoUttrekk")[0]
        except Unfit:
            self.reading.warn("extract_time", column="DatoUttrekk", found=redact(written, 60))

    def system_begins(self, attributes: Attributes) -> None:
        self.system = redact(f"{attributes.get('Leverandor', '')} {attributes.get('Navn', '')}".strip(), 100)

    def case_begins(self, attributes: Attributes) -> None:
        self.district = ""
        self.file.case_begins(attributes)

    def district_begins(self, attributes: Attributes) -> None:
        self.district = attributes.get("Bydelsnummer", "")

    def concluded(self, attributes: Attributes) -> None:
        if TRUTH.get(attributes.get("ErSlettet", "").strip()) is not True:
            self.file.concluded(attributes)

    def deleted(self, attributes: Attributes) -> None:
        if attributes.get("Type", "").strip(" ") == "Melding":
            self.file.message_begins(attributes)
            self.file.finish(self.deletion)

    def report(self, file: CaseFile) -> Record:
        message, owner = file.message, file.owner(self.district)
        references = (Ref("case", case_id(message.get("Id", ""), "Melding@Id", owner)),)
        occurrences: tuple[Occurrence, ...] = (on_day("registered", "Melding", message.get("StartDato", ""), "Melding@StartDato"),)
        conclusion = ""
        if file.conclusions:
            occurrences += (on_day("concluded", "Konklusjon", _only(file.conclusions).get("SluttDato", ""), "Konklusjon@SluttDato"),)
            conclusion = file.conclusions[0].get("Kode", "").strip()
        if _is_deleted(message, "Melding") or _is_deleted(file.case, "Sak"):
            occurrences += (self.deletion_seen(),)
        said = file.attributes(conclusion, self.system)
        return Record(file.line, references, occurrences, owner, None, None, file.reporter(), "", said, NAMES, self.cells(file))

    def deletion(self, file: CaseFile) -> Record:
        message, owner = file.message, file.owner(self.district)
        references = (Ref("case", case_id(message.get("Id", ""), "Slettet@Id", owner)),)
        occurrence = on_day("deleted_in_case_system", "Slettet", message.get("SluttDato", ""), "Slettet@SluttDato")
        return Record(file.line, references, (occurrence,), owner, names=NAMES, cells=self.cells(file))

    def deletion_seen(self) -> Occurrence:
        """A deletion known only by the extract that shows it; raises Unfit when that has no time."""
        at = self.reading.taken_out_at
        if at is None:
            raise Unfit("missing_value", column="DatoUttrekk")
        return Occurrence("deleted_in_case_system", "ErSlettet", at.isoformat())

    def cells(self, file: CaseFile) -> Cells:
        message = file.message
        conclusion = file.conclusions[0] if file.conclusions else message
        own = (message.get("Id", ""), message.get("StartDato", ""), _deletion_shown(message, file.case), message.get("Type", ""))
        *shown, usual = file.shown()
        return (*own, conclusion.get("SluttDato", ""), conclusion.get("Kode", ""), *shown, self.district or usual, self.taken_out, self.system)


def _only(conclusions: list[Attributes]) -> Attributes:
    if len(conclusions) > 1:
        raise Unfit("duplicate_key", column="Konklusjon")
    return conclusions[0]


def _deletion_shown(message: Attributes, case: Attributes) -> str:
    """ErSlettet of the report, or of its case where that says more."""
    own, whole = message.get("ErSlettet", ""), case.get("ErSlettet", "")
    return whole if TRUTH.get(own.strip()) is False and TRUTH.get(whole.strip()) is not False else own


def _is_deleted(attributes: Attributes, element: str) -> bool:
    written = attributes.get("ErSlettet")
    if written is None:
        return False
    is_deleted = TRUTH.get(written.strip())
    if is_deleted is None:
        raise Unfit("not_true_or_false", column=f"{element}@ErSlettet", found=redact(written, 60))
    return is_deleted
