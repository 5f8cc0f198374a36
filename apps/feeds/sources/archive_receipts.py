"""`archive-receipts`: what an archive answers when it has stored something (Fiks Arkiv), formats.md section 10."""

from collections.abc import Iterator
from typing import Any

from apps.feeds.record import Occurrence, Reading, Record, Ref, Refused, Rejected, Whose
from apps.feeds.sources import carriers, writing
from apps.feeds.sources.layout import Cells
from apps.feeds.sources.moments import instant
from apps.feeds.sources.ownership import whose
from apps.feeds.sources.redaction import raw_line, redact
from apps.feeds.sources.references import case_id, is_uuid, plain, strip_prefix
from apps.feeds.sources.unfit import Unfit

# Whose id `noekkel` may be. All of them but the case system's look alike, so the shape alone does not tell.
KEYS = ("portal", "fiksio", "svarut", "eformidling", "altinn", "case")
OWN = ("registreringsID", "systemID")
KEY = "referanseEksternNoekkel"
NAMES = (*OWN, "opprettetDato", "fagsystem", "noekkel", "journalaar", "journalsekvensnummer", "journalpostnummer")
_NUMBERS = NAMES[5:]


def parse(reading: Reading) -> Iterator[Record | Rejected]:
    """One record per receipt (line: its line in a file of lines, else its running number): registered at opprettetDato. JSON.

    References: `archive` (both ids, where both are given), and what `noekkel` names when it is known whose id that is: the import says so (one of KEYS as its
    reference), or the receipt's `fagsystem` is itself one of those words. Attributes: journalnummer, fagsystem, and noekkel where it ties nothing.
    Raises Refused, also when the import names another system.
    """
    said = reading.options.reference.strip().lower()
    if said and said not in KEYS:
        raise Refused("unknown_key", found=redact(said, 60), expected=", ".join(KEYS))
    owner = whose(needed=False)
    for line, receipt, fault in carriers.values(reading, entries=""):
        try:
            if fault:
                raise fault
            if reading.options.needs_municipality:
                raise Unfit("owner_missing")
            yield _record(line, receipt, said, owner)
        except Unfit as unfit:
            yield Rejected(line, unfit.code, unfit.details, raw_line(NAMES, _cells(receipt)))


def _written(row: writing.Cells) -> dict[str, object]:
    receipt = writing.said(row, (*OWN, "opprettetDato", *_NUMBERS))
    foreign = writing.said(row, ("fagsystem", "noekkel"))
    return receipt | ({KEY: foreign} if foreign else {})


write = writing.lines(_written)


def _record(line: int, receipt: Any, said: str, owner: Whose) -> Record:
    if not isinstance(receipt, dict):
        raise Unfit("not_object", found=type(receipt).__name__)
    references = [Ref("archive", _own(text, name)) for name in OWN if (text := _text(receipt, name))]
    if not references:
        raise Unfit("missing_value", column=" / ".join(OWN))
    system, key = _foreign(receipt)
    tie = _tie(said or system.lower(), key, owner)
    if tie:
        references.append(tie)
    occurrence = Occurrence("registered", "opprettet", *instant(_text(receipt, "opprettetDato"), "opprettetDato"))
    attributes = _attributes(receipt, system, "" if tie else key)
    return Record(line, tuple(dict.fromkeys(references)), (occurrence,), owner, attributes=attributes, names=NAMES, cells=_cells(receipt))


def _own(text: str, column: str) -> str:
    return strip_prefix(text).lower() if is_uuid(text) else plain(strip_prefix(text), column)


def _foreign(receipt: dict[str, Any]) -> tuple[str, str]:
    """(fagsystem, noekkel) of the reference to another system, "" where there is none."""
    foreign = receipt.get(KEY)
    if foreign is None:
        return "", ""
    if not isinstance(foreign, dict):
        raise Unfit("wrong_type", column=KEY, found=type(foreign).__name__)
    return _text(foreign, "fagsystem"), _text(foreign, "noekkel")


def _tie(namespace: str, key: str, owner: Whose) -> Ref | None:
    """The message that the key names; none when it is not known whose key it is, or when it has not the shape of one: an archive stores other things too."""
    if not key or namespace not in KEYS:
        return None
    if namespace == "case":
        return Ref("case", case_id(key, f"{KEY}.noekkel", owner))
    return Ref(namespace, strip_prefix(key).lower()) if is_uuid(key) else None


def _attributes(receipt: dict[str, Any], system: str, key: str) -> dict[str, str] | None:
    year, sequence, number = (_number(receipt, name) for name in _NUMBERS)
    said = {
        "journalnummer": redact(f"{year}/{sequence}" if year and sequence else number, 100),
        "fagsystem": redact(system, 100),
        "noekkel": key if is_uuid(key) else redact(key, 100),
    }
    return {name: value for name, value in said.items() if value} or None


def _text(values: dict[str, Any], name: str) -> str:
    """The value as text without blanks; raises Unfit for a number (it may have lost zeros), a list or an object."""
    value = values.get(name)
    if value is None:
        return ""
    if isinstance(value, bool | int | float):
        raise Unfit("not_text", column=name, found=redact(str(value), 60))
    if not isinstance(value, str):
        raise Unfit("wrong_type", column=name, found=type(value).__name__)
    return value.strip()


def _number(values: dict[str, Any], name: str) -> str:
    value = values.get(name)
    return str(value).strip() if isinstance(value, str | int) and not isinstance(value, bool) else ""


def _cells(receipt: Any) -> Cells:
    """The cells of NAMES, as far as they are text or numbers."""
    if not isinstance(receipt, dict):
        return ("",) * len(NAMES)
    foreign = receipt.get(KEY)
    holders = receipt | (foreign if isinstance(foreign, dict) else {})
    return tuple(_number(holders, name) for name in NAMES)
