"""Reads a file that a test made, and sorts what came of it."""

import io
from dataclasses import dataclass

from apps.feeds import catalogue
from apps.feeds.reasons import sentence
from apps.feeds.record import Options, Reading, Record, Refused, Rejected

ID = "9f0c2a4e-1b2c-4d3e-8f90-0123456789ab"
OTHER_ID = "11111111-2222-4333-8444-555555555555"
IDENTITY_NUMBER = "01818012345"  # synthetic: month + 80
ID_WITH_DIGITS = f"9f0c2a4e-1b2c-4d3e-8f90-{IDENTITY_NUMBER}a"  # a UUID may hold eleven digits in a row, and is no person's number for that
ORGANISATION = "964338531"


@dataclass
class Outcome:
    """What a file gave: its records and rejections in order, or the code it was refused with."""

    fates: list
    reading: Reading
    refused: str = ""
    details: dict | None = None

    @property
    def records(self):
        return [fate for fate in self.fates if isinstance(fate, Record)]

    @property
    def rejected(self):
        return [(fate.line, fate.code) for fate in self.fates if isinstance(fate, Rejected)]

    @property
    def codes(self):
        return [occurrence.code for record in self.records for occurrence in record.occurrences]

    @property
    def warnings(self):
        return [notice.code for notice in self.reading.warnings]

    @property
    def sentences(self):
        """Everything that a person would be told."""
        told = [sentence(notice.code, notice.details) for notice in self.reading.warnings]
        told += [sentence(fate.code, fate.details) for fate in self.fates if isinstance(fate, Rejected)]
        return [*told, sentence(self.refused, self.details or {})]


def read(format, content, **options):
    """What the parser of `format` makes of `content` (text is encoded as UTF-8)."""
    stored = content.encode() if isinstance(content, str) else content
    reading = Reading(open=lambda: io.BytesIO(stored), options=Options(**options))
    outcome = Outcome([], reading)
    try:
        for fate in catalogue.FORMATS[format].parse(reading):
            outcome.fates.append(fate)
    except Refused as refusal:
        outcome.refused, outcome.details = refusal.code, refusal.details
    else:
        assert len(outcome.fates) == reading.counted, "the fates and the independent count differ"
    return outcome


def table(*lines):
    """Lines of cells as a CSV text."""
    return "".join(";".join(line) + "\n" for line in lines)
