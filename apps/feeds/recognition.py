"""Which format an uploaded file is of when nobody said, with the reasons that a person is shown; they may always say otherwise."""

from typing import BinaryIO, NamedTuple

from apps.feeds.catalogue import FORMATS, MARKS
from apps.feeds.record import Notice
from apps.feeds.sources import glimpse, recognition
from apps.feeds.sources.headers import listed
from apps.feeds.sources.recognition import Likeness

# Codes of reasons.py, by the kind of file.
RECOGNISED = {
    glimpse.CSV: "recognised_by_columns",
    glimpse.SHEET: "recognised_by_columns",
    glimpse.JSON: "recognised_by_fields",
    glimpse.XML: "recognised_by_elements",
}
UNRECOGNISED = {
    glimpse.CSV: "unrecognised_columns",
    glimpse.SHEET: "unrecognised_columns",
    glimpse.JSON: "unrecognised_fields",
    glimpse.XML: "unrecognised_elements",
}


class Told(NamedTuple):
    """What a file was taken for, and why. `format` is "" when it could not be told; the reasons then say what it is like, likeliest first."""

    format: str
    reasons: tuple[Notice, ...]


def recognise(stream: BinaryIO) -> Told:
    """Tells the format of a file, seekable and wound back afterwards, by what stands at its beginning."""
    seen = glimpse.glimpse(stream)
    if one := recognition.recognised(seen, MARKS):
        return Told(one.format, (Notice(RECOGNISED[seen.kind], {"names": listed(one.found)}),))
    alike = recognition.likenesses(seen, MARKS)
    if alike:
        return Told("", tuple(_like(one) for one in alike))
    if seen.kind in (glimpse.CSV, glimpse.SHEET) and len(seen.names) > 1:
        mapped = next((format.name for format in FORMATS.values() if format.takes_mapping), "")
        return Told(mapped, (Notice("to_be_mapped", {"names": listed(seen.names)}),))
    return Told("", (Notice(UNRECOGNISED.get(seen.kind, "nothing_to_recognise"), {"names": listed(seen.names)}),))


def _like(one: Likeness) -> Notice:
    return Notice("looks_like" if one.missing else "may_be", {"format": one.format, "names": listed(one.found), "missing": listed(one.missing)})
