"""`mottakslogg`: the case system's receive log, formats.md section 5 (our own template, since no supplier publishes one)."""

from collections.abc import Callable, Iterator
from contextlib import suppress

from apps.feeds.record import Occurrence, Reading, Record, Ref, Rejected, Whose
from apps.feeds.sources import carriers
from apps.feeds.sources.layout import Cells, Layout, records
from apps.feeds.sources.mapping import DAY_NUMBER, Mapping
from apps.feeds.sources.moments import instant
from apps.feeds.sources.ownership import whose
from apps.feeds.sources.redaction import redact
from apps.feeds.sources.references import case_id, uuid
from apps.feeds.sources.unfit import Unfit

# The columns that name the message, strongest first, and the namespace of each.
NAMESPACES = {"bekymringsmeldingId": "portal", "forsendelseId": "svarut", "correspondenceId": "altinn"}
COLUMNS = (
    *NAMESPACES,
    "meldingId",
    "mottattTidspunkt",
    "resultat",
    "lagretTidspunkt",
    "apnetTidspunkt",
    "slettetTidspunkt",
    "fagsystemMeldingId",
    "journalnummer",
    "feilkode",
    "organisasjonsnummer",
    "kommunenummer",
    "bydelsnummer",
)
REQUIRED = (tuple(NAMESPACES), ("mottattTidspunkt",), ("resultat",))
TIMES = ("mottattTidspunkt", "lagretTidspunkt", "apnetTidspunkt", "slettetTidspunkt")
RESULTS = ("mottatt", "feilet", "slettet")


def parse(reading: Reading) -> Iterator[Record | Rejected]:
    """One record per row, with up to four facts; only lagretTidspunkt is evidence of registration. CSV, XLSX or ODS.

    A file with names and words of its own is read by the mapping in the reading's options.
    References: the message's ids, `fiksio` for meldingId, `case` for fagsystemMeldingId. Attributes: journalnummer, feilkode. Raises Refused.
    """
    needed = reading.options.needs_municipality
    mapping = reading.options.mapping
    required = (*REQUIRED, ("organisasjonsnummer", "kommunenummer")) if needed else REQUIRED
    layout = Layout(COLUMNS, required=required, numbers=frozenset({"journalnummer", "feilkode"}))
    layout = _mapped(layout, mapping) if mapping else layout

    def read(line: int, cells: Cells) -> Record:
        portal, svarut, altinn, message, received, result, stored, opened, deleted, case, journal, fault, organisation, municipality, district = cells
        if mapping:
            result = mapping.result(result)
            received, stored, opened, deleted = (mapping.time(text, column) for text, column in zip((received, stored, opened, deleted), TIMES, strict=True))
        owner = whose(municipality, district, organisation, needed=needed)
        return Record(
            line,
            _references(portal, svarut, altinn, message, case, owner),
            _occurrences(received, result, stored, opened, deleted),
            owner,
            None,
            None,
            "",
            "",
            _attributes(journal, fault) if journal or fault else None,
            COLUMNS,
            cells,
        )

    rows = carriers.rows(reading, layout, allowed=(carriers.CSV, carriers.SHEET))
    return records(rows, layout, _as_written(read, mapping) if mapping else read)


def _as_written(read: Callable[[int, Cells], Record], mapping: Mapping) -> Callable[[int, Cells], Record]:
    """Reads a row; what is wrong with it is told with the file's own name of the column beside ours, and a time as it stands there."""

    def told(line: int, cells: Cells) -> Record:
        try:
            return read(line, cells)
        except Unfit as unfit:
            ours, details = unfit.details.get("column", ""), dict(unfit.details)
            if ours in mapping.columns:
                details["column"] = f"{ours} / {mapping.columns[ours]}"
            if ours in TIMES and "found" in details:
                details["found"] = redact(cells[COLUMNS.index(ours)], 60)
            raise Unfit(unfit.code, **details) from None

    return told


def as_mapped(cells: dict[str, str], mapping: Mapping) -> dict[str, str]:
    """The cells of a row with result and times as the format has them; what the mapping does not explain stays as it is."""
    said = cells | {"resultat": mapping.result(cells["resultat"])}
    for column in TIMES:
        with suppress(Unfit):
            said[column] = mapping.time(cells[column], column)
    return said


def _mapped(layout: Layout, mapping: Mapping) -> Layout:
    """The layout of a file that calls the columns otherwise; one that says nothing of the result may have it said for all of its rows."""
    return layout._replace(
        called=tuple((theirs, ours) for ours, theirs in mapping.columns.items()),
        required=tuple(group for group in layout.required if group != ("resultat",) or "" not in mapping.words),
        numbers=layout.numbers | frozenset(TIMES) if mapping.dates == DAY_NUMBER else layout.numbers,
    )


def _references(portal: str, svarut: str, altinn: str, message: str, case: str, owner: Whose) -> tuple[Ref, ...]:
    references = []
    if portal:
        references.append(Ref("portal", uuid(portal, "bekymringsmeldingId")))
    if svarut:
        references.append(Ref("svarut", uuid(svarut, "forsendelseId")))
    if altinn:
        references.append(Ref("altinn", uuid(altinn, "correspondenceId")))
    if not references:
        raise Unfit("missing_value", column=" / ".join(NAMESPACES))
    if message:
        references.append(Ref("fiksio", uuid(message, "meldingId")))
    if case:
        references.append(Ref("case", case_id(case, "fagsystemMeldingId", owner)))
    return tuple(references)


def _occurrences(received: str, result: str, stored: str, opened: str, deleted: str) -> tuple[Occurrence, ...]:
    """The facts of a row; what the case system says to have received is a claim until it says when it stored it."""
    at = instant(received, "mottattTidspunkt")
    outcome = result.lower()
    occurrences = []
    if outcome == "mottatt":
        occurrences.append(Occurrence("delivered_claimed", "mottatt", *at))
    elif outcome == "feilet":
        occurrences.append(Occurrence("rejected", "feilet", *at))
    elif outcome != "slettet":
        raise Unfit("unknown_result", column="resultat", found=redact(result, 60), expected=", ".join(RESULTS))
    if stored:
        occurrences.append(Occurrence("registered", "lagret", *instant(stored, "lagretTidspunkt")))
    if opened:
        occurrences.append(Occurrence("opened", "apnet", *instant(opened, "apnetTidspunkt")))
    if deleted:
        occurrences.append(Occurrence("deleted_in_case_system", "slettet", *instant(deleted, "slettetTidspunkt")))
    elif outcome == "slettet":
        occurrences.append(Occurrence("deleted_in_case_system", "slettet", *at))
    return tuple(occurrences)


def _attributes(journal: str, fault: str) -> dict[str, str]:
    said = {"journalnummer": redact(journal, 100), "feilkode": redact(fault, 100)}
    return {name: value for name, value in said.items() if value}
