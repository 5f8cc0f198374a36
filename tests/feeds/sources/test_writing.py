"""What is kept of a line, written as a file again, says what the line said: so a corrected line is read as it would have been."""

import io
from pathlib import Path

import pytest

from apps.feeds.catalogue import FORMATS
from apps.feeds.record import Options, Reading, Record
from apps.feeds.repairs import taken_apart

SAMPLES = Path(__file__).parents[2] / "samples"
NOT_KEPT = {"category": ""}  # the title's words, which are dropped at once
REFERENCE = "9f0c2a4e-1b2c-4d3e-8f90-0123456789ab"
GOOD = [path for format in FORMATS for path in sorted((SAMPLES / format).glob("good*"))]


def read(format, body, reference=""):
    encoding = "windows-1252"
    return list(FORMATS[format].parse(Reading(open=lambda: io.BytesIO(body), options=Options(encoding=encoding, reference=reference))))


def alike(one, other):
    kept = ("references", "occurrences", "whose", "outbound", "children", "reporter", "attributes")
    return [name for name in kept if getattr(one, name) != getattr(other, name)]


@pytest.mark.parametrize("path", GOOD, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_what_is_kept_of_a_line_says_what_the_line_said(path):
    format = FORMATS[path.parent.name]
    reference = REFERENCE if format.name == "svarut-history" else ""
    records = [one for one in read(format.name, path.read_bytes(), reference) if isinstance(one, Record) and one.occurrences]
    kept = [dict.fromkeys(format.columns, "") | taken_apart(one.raw, format.columns) for one in records]

    again = read(format.name, format.write(kept), reference)

    assert len(again) == len(records) > 0
    for before, after in zip(records, again, strict=True):
        assert isinstance(after, Record), (after, before)
        assert not alike(before, after), (before, after, before.raw)


@pytest.mark.parametrize("format", FORMATS.values(), ids=lambda format: format.name)
def test_each_line_that_is_written_is_one_line_whatever_stands_in_it(format):
    rows = [dict.fromkeys(format.columns, text) for text in ("\";<&>'", "a\tb", "{}[]", "æøå\u2028", "\x01\ud800")]
    rows = [row | dict.fromkeys(format.shared, "same") for row in rows]

    assert len(read(format.name, format.write(rows), REFERENCE if format.name == "svarut-history" else "")) == len(rows)
