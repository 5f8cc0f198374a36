"""What the two XML formats of case systems have in common: an office (Avgiver), cases, and in each case its reports (Melding) with who sent them (Melder)."""

from collections.abc import Callable, Iterator
from functools import lru_cache

from apps.feeds.record import Occurrence, Reading, Record, Rejected, Whose
from apps.feeds.sources import writing
from apps.feeds.sources.elements import Attributes, Misplaced
from apps.feeds.sources.layout import Cells
from apps.feeds.sources.moments import day
from apps.feeds.sources.ownership import whose
from apps.feeds.sources.redaction import raw_line, redact
from apps.feeds.sources.reporters import Reporters, strongest
from apps.feeds.sources.unfit import Unfit

# What `shown` gives.
OFFICE = ("Organisasjonsnummer", "Kommunenummer", "Bydelsnummer")
SHOWN = ("Journalnummer", "Melder", *OFFICE)


class CaseFile:
    """A file on its way past: what stands around the report that is being read, and what stands in it. `ready` holds the fates of those that are done."""

    def __init__(self, reading: Reading, names: tuple[str, ...], cells: Callable[["CaseFile"], Cells]) -> None:
        self.reading = reading
        self.ready: list[Record | Rejected] = []
        self.line = 0
        self.office: Attributes = {}
        self.case: Attributes = {}
        self.message: Attributes = {}
        self.conclusions: list[Attributes] = []
        self.codes: set[str] = set()
        self.is_code_missing = False
        self._office_shown = ("", "", "")
        self._owners: dict[str, Whose] = {}
        self._names = names
        self._cells = cells
        self._kinds: set[str] = set()
        self._reporters = Reporters(reading, "Melder@Kode")

    def office_begins(self, attributes: Attributes) -> None:
        """Once, before the first report: otherwise it could not be told whose those before it are."""
        if self.office or self.line:
            raise Misplaced("Barnevern/Avgiver")
        self.office = attributes
        self._office_shown = (attributes.get("Organisasjonsnummer", ""), attributes.get("Kommunenummer", ""), attributes.get("Bydelsnummer", ""))

    def case_begins(self, attributes: Attributes) -> None:
        self.case = attributes

    def message_begins(self, attributes: Attributes) -> None:
        self.line += 1
        self.message = attributes
        self.is_code_missing = False
        self.conclusions.clear()
        self.codes.clear()
        self._kinds.clear()

    def reported_by(self, attributes: Attributes) -> None:
        code = attributes.get("Kode", "").strip()
        if not code:
            self.is_code_missing = True
            return
        kind = self._reporters.kind(code)
        self._kinds.add(kind)
        if kind != "unknown":
            self.codes.add(code)

    def concluded(self, attributes: Attributes) -> None:
        if len(self.conclusions) < 2:
            self.conclusions.append(attributes)

    def finish(self, read: Callable[["CaseFile"], Record]) -> None:
        """The report's fate: what `read` makes of it, or why it could not."""
        try:
            self.ready.append(read(self))
        except Unfit as unfit:
            self.ready.append(Rejected(self.line, unfit.code, unfit.details, raw_line(self._names, self._cells(self))))

    def owner(self, district: str = "") -> Whose:
        """Whose the report is, by its office and the district that its case names; raises Unfit."""
        owner = self._owners.get(district)
        if owner is None:
            organisation, municipality, usual = self._office_shown
            owner = self._owners[district] = whose(municipality, district or usual, organisation, needed=self.reading.options.needs_municipality)
        return owner

    def reporter(self) -> str:
        return strongest(self._kinds)

    def attributes(self, conclusion: str, system: str = "") -> dict[str, str] | None:
        """Journal number (redacted), codes of the reporters and of the conclusion, the case system's name; what is not said is left out."""
        said = {}
        if journal := self.case.get("Journalnummer", "").strip():
            said["journalnummer"] = redact(journal, 100)
        if self.codes:
            said["melder"] = self._listed()
        if conclusion:
            said["konklusjon"] = redact(conclusion, 20)
        if system:
            said["fagsystem"] = system
        return said or None

    def shown(self) -> Cells:
        """Journal number, reporters and office, as they stood."""
        return (self.case.get("Journalnummer", ""), self._listed(), *self._office_shown)

    def _listed(self) -> str:
        return ", ".join(sorted(self.codes, key=int) if len(self.codes) > 1 else self.codes)


@lru_cache(maxsize=50_000)
def on_day(code: str, native: str, text: str, column: str) -> Occurrence:
    """A fact of which the day is known; days repeat. Raises Unfit."""
    return Occurrence(code, native, *day(text, column))


def reporters_written(row: writing.Cells) -> Iterator[str]:
    """Who sent the report, as `shown` lists them."""
    return (writing.element("Melder", {"Kode": code}) for code in writing.each(row.get("Melder", "")))
