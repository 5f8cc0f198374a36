"""Writes messages down in the sources' own formats (formats.md): the columns and words are theirs, the rows plain tuples in the order of the columns.

Streams: rows may be a generator of any length. Times are written as each source does: the portal and the case system in Oslo's local time without a zone, Altinn in UTC.
"""

import csv
import io
import json
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import BinaryIO
from zoneinfo import ZoneInfo

from config.demo.messages import Letter, LogLine, Report

OSLO = ZoneInfo("Europe/Oslo")

LIST = ("bekymringsmeldingId", "innsendt", "kommunenummer", "bydelsnummer", "skjemaType", "kanal", "leveringskanal", "antallBarn")
HISTORY = ("bekymringsmeldingId", "meldingId", "tidspunkt", "tilstand", "kommunenummer", "bydelsnummer")
LOG = (
    *("bekymringsmeldingId", "correspondenceId", "mottattTidspunkt", "lagretTidspunkt", "resultat", "feilkode"),
    *("fagsystemMeldingId", "apnetTidspunkt", "slettetTidspunkt", "kommunenummer"),
)

Row = tuple[str | int | None, ...]


def local(at: datetime | None) -> str:
    """Oslo's wall clock without a zone, as the portal and the case systems write it; nothing for a time that never came."""
    return at.astimezone(OSLO).replace(tzinfo=None).isoformat(timespec="seconds") if at else ""


def utc(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def list_row(report: Report) -> Row:
    kind = "FAGSYSTEM" if report.reporter == "OFFENTLIG" else "PORTAL"
    district = report.district or "00"
    return (report.id, local(report.received_at), report.municipality, district, report.reporter, kind, "FIKS_IO", report.children)


def history_rows(report: Report) -> Iterator[Row]:
    for step in report.course.steps:
        yield (report.id, step.sending, local(step.at), step.status, report.municipality, report.district)


def log_row(message: Report | Letter, line: LogLine, municipality: str) -> Row:
    ids = (message.id, "") if isinstance(message, Report) else ("", message.id)
    times = (local(line.received_at), local(line.stored_at))
    return (*ids, *times, line.resultat, line.fault, line.case, local(line.opened_at), local(line.deleted_at), municipality)


def details(letter: Letter) -> dict[str, object]:
    """Altinn's details object. `status` is its overview, the highest value it ever reached, and no source of truth."""
    return {
        "correspondenceId": letter.id,
        "resourceId": "barnevern-fortrolig-post",
        "recipient": f"urn:altinn:organization:identifier-no:{letter.recipient}",
        "propertyList": {"senderOrgNumber": letter.sender},
        "isConfidential": letter.confidential,
        "created": utc(letter.created_at),
        "status": letter.course.steps[-1].status,
        "statusHistory": [{"status": step.status, "statusText": step.status, "statusChanged": utc(step.at)} for step in letter.course.steps],
    }


def as_csv(columns: tuple[str, ...], rows: Iterable[Row], stream: BinaryIO, encoding: str = "utf-8", delimiter: str = ";") -> None:
    """Writes header and rows; CRLF line ends, as Windows programs do."""
    text = io.TextIOWrapper(stream, encoding=encoding, newline="", write_through=False)
    table = csv.writer(text, delimiter=delimiter)
    table.writerow(columns)
    table.writerows(rows)
    text.detach()


def as_json(columns: tuple[str, ...], rows: Iterable[Row], stream: BinaryIO) -> None:
    """Writes an array of objects; a column without a value is null."""
    objects_as_json((dict(zip(columns, (value if value != "" else None for value in row), strict=True)) for row in rows), stream)


def as_page(columns: tuple[str, ...], rows: Iterable[Row], stream: BinaryIO) -> None:
    """Writes the portal's own answer to a search: the total and the reports."""
    found = [dict(zip(columns, row, strict=True)) for row in rows]
    stream.write(json.dumps({"totaltAntallTreff": len(found), "meldinger": found}, ensure_ascii=False, indent=1).encode())


def objects_as_json(objects: Iterable[dict[str, object]], stream: BinaryIO) -> None:
    stream.write(b"[")
    for number, item in enumerate(objects):
        stream.write(b",\n" if number else b"\n")
        stream.write(json.dumps(item, ensure_ascii=False).encode())
    stream.write(b"\n]\n")


def objects_as_lines(objects: Iterable[dict[str, object]], stream: BinaryIO) -> None:
    """Writes newline-delimited JSON."""
    for item in objects:
        stream.write(json.dumps(item, ensure_ascii=False).encode() + b"\n")
