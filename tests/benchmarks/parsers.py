"""How many rows a CPU second each parser reads, beside a bare pass of csv.reader, json or expat over the same bytes (the floor), and the memory it takes.

Run by hand: `python -m tests.benchmarks.parsers [rows]`. Prints ratios; fails on nothing.
"""

import csv
import io
import json
import resource
import sys
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from random import Random
from uuid import UUID
from xml.parsers import expat

from apps.feeds.catalogue import FORMATS
from apps.feeds.record import Reading

COLUMNS = {
    "portal-history": "bekymringsmeldingId tidspunkt meldingstype meldingId state fiksIoKonto beskrivelse",
    "portal-list": "bekymringsmeldingId innsendt fiksOrgId kommunenummer bydelsnummer bydelsnavn skjemaType fraFagsystem kanal bekreftet leveringskanal "
    "virksomhetOrgnr antallBarn",
    "mottakslogg": "bekymringsmeldingId meldingId mottattTidspunkt lagretTidspunkt resultat feilkode journalnummer fagsystemMeldingId apnetTidspunkt "
    "slettetTidspunkt organisasjonsnummer kommunenummer",
}
ROWS = {
    "portal-history": "{id};{time}.123;no.ks.fiks.x;{id};{status};{id};Sendt på nytt til fagsystem {n}",
    "portal-list": "{id};{time}.123;{id};4601;00;Ingen;OFFENTLIG;true;WEB;true;FIKS_IO;964338531;{children}",
    "mottakslogg": "{id};{id};{time}.123;{time}.456;mottatt;;2023/{n};FS-{n};{time};;964338531;4601",
}
# Formats that are no table: what stands before the records, each record, and what stands after them.
WHOLE = {
    "register-xml": (
        '<Barnevern DatoUttrekk="2023-06-02T02:00:00+02:00"><Avgiver Organisasjonsnummer="964338531" Kommunenummer="4601" Kommunenavn="Bergen"/>\n',
        """<Sak StartDato="2023-05-01" Id="{id}" Journalnummer="2023/{n}">
    <Melding StartDato="{day}" Id="{id}">
        <Melder Kode="{code}"/>
        <Saksinnhold Kode="1"/>
        <Konklusjon SluttDato="{day}" Kode="2"/>
    </Melding>
</Sak>
""",
        "</Barnevern>",
    ),
    "kostra-xml": (
        '<Barnevern><Avgiver Organisasjonsnummer="964338531" Versjon="2023" Kommunenummer="4601" Kommunenavn="Bergen"/>\n',
        """<Individ StartDato="2023-05-01" Id="I{n}" Journalnummer="J{n}" Saksbehandler="S" Avslutta3112="2">
    <Melding Id="M{n}" StartDato="{day}" SluttDato="{day}" Konklusjon="1">
        <Melder Kode="{code}"/>
        <Saksinnhold Kode="1"/>
    </Melding>
</Individ>
""",
        "</Barnevern>",
    ),
    "archive-receipts": (
        "",
        '{{"systemID": "{id}", "opprettetDato": "{day}T10:11:12+02:00", "referanseEksternNoekkel": {{"fagsystem": "svarut", "noekkel": "{id}"}}, '
        '"journalaar": "2023", "journalsekvensnummer": "{n}"}}\n',
        "",
    ),
}


# Formats that are JSON only, one object each; those of Altinn and eFormidling hold several statuses, and a status is a row.
OBJECTS = {
    "altinn": '{{"correspondenceId": "{id}", "recipient": "urn:altinn:organization:identifier-no:964338531", "resourceId": "barnevern", "sendersReference": '
    '"{id}", "created": "{time}Z", "status": "Read", "statusHistory": [{{"status": "Initialized", "statusText": "Initialized", "statusChanged": "{time}.023Z"}}, '
    '{{"status": "ReadyForPublish", "statusText": "ReadyForPublish", "statusChanged": "{time}.073Z"}}, '
    '{{"status": "Published", "statusText": "Published", "statusChanged": "{time}.123Z"}}, '
    '{{"status": "Fetched", "statusText": "Fetched", "statusChanged": "{time}.323Z"}}, '
    '{{"status": "Read", "statusText": "Read", "statusChanged": "{time}.456Z"}}]}}',
    "altinn-events": '{{"specversion": "1.0", "id": "{other}", "source": "https://platform.example/correspondence", "type": '
    '"no.altinn.correspondence.{status}", "time": "{time}.1234567Z", "resource": "urn:altinn:resource:barnevern", "resourceinstance": "{id}", '
    '"subject": "urn:altinn:organization:identifier-no:964338531", "alternativesubject": "/organisation/964338531"}}',
    "svarut-status": '{{"id": "{id}", "status": "{status}", "sisteStatusEndring": "{time}.123+02:00", "eksternRef": "{id}", "mottakerOrgnr": "964338531"}}',
    "svarut-history": '{{"forsendelseId": "{id}", "tidspunkt": "01.02.2024 10:11:12", "hendelse": "{status}"}}',
    "svarinn": '{{"id": "{id}", "date": 1706778000398, "status": "Akseptert", "tittel": "Melding {n}", "avsender": {{"navn": "Prøve", "postnr": "0001", '
    '"poststed": "Prøvestad"}}, "mottaker": {{"navn": "Prøvekommunen", "postnr": "0001", "orgnr": "964338531"}}, "svarSendesTil": {{"navn": "Prøve", '
    '"orgnr": "310000003"}}, "metadataFraAvleverendeSystem": {{"saksaar": 0, "journalaar": 0, "tittel": null}}, "filmetadata": [{{"filnavn": "a.pdf"}}], '
    '"kryptert": false}}',
    "eformidling": '{{"id": {n}, "conversationId": "{id}", "messageId": "{id}", "senderIdentifier": "0192:310000003", "receiverIdentifier": "0192:964338531", '
    '"processIdentifier": "urn:no:difi:profile:arkivmelding:helseSosialOgOmsorg:ver1.0", "messageTitle": "Melding", "lastUpdate": "{time}+02:00", '
    '"finished": true, "expiry": "{time}+02:00", "direction": "OUTGOING", "serviceIdentifier": "DPO", "messageStatuses": [{{"id": 1, "lastUpdate": '
    '"{time}+02:00", "status": "SENDT", "description": "Sendt"}}, {{"id": 2, "lastUpdate": "{time}.1+02:00", "status": "MOTTATT", "description": "Mottatt"}}, '
    '{{"id": 3, "lastUpdate": "{time}.2+02:00", "status": "LEVERT", "description": "Levert"}}]}}',
}
STATUSES = {"altinn": 5, "eformidling": 3}
# What the records of one message say one after the other, in formats that have a record for each; in the others a message has one.
STEPS = {
    "portal-history": ("AKSEPTERT", "SENDT_FAGSYSTEM", "LEVERT"),
    "altinn-events": (
        "correspondenceinitialized",
        "correspondencepublished",
        "notificationcreated",
        "correspondencereceiverread",
        "correspondencereceiverconfirmed",
    ),
    "svarut-status": ("MOTTATT", "AKSEPTERT", "VARSLET", "LEST"),
    "svarut-history": (
        "Mottatt, og tildelt forsendelsesid",
        "Metadata er validert",
        "Orginaldokumenter er lagret",
        "Akseptert for ekspedering",
        "Varsling sent til Altinn",
        "Lest eksternt",
    ),
}


def made(format: str, rows: int) -> list[list[str]]:
    """Well-formed rows spread over 28 days, the heading first."""
    return [COLUMNS[format].split(), *(line.split(";") for line in filled(ROWS[format], rows, STEPS.get(format)))]


def whole(format: str, rows: int) -> bytes:
    before, each, after = WHOLE[format]
    return "".join([before, *filled(each, rows), after]).encode()


def filled(row: str, rows: int, steps: Sequence[str] | None = None) -> Iterable[str]:
    """The row, filled in, so many times; with `steps`, as many times for each message, a second apart."""
    chance, steps = Random(rows), steps or ("",)
    for n in range(1, rows + 1):
        message, step = divmod(n - 1, len(steps))
        if not step:
            id = UUID(int=chance.getrandbits(128), version=4)
        day = f"2023-05-{message % 28 + 1:02}"
        cells = {"time": f"{day}T{message % 24:02}:11:{12 + step}", "day": day, "children": n % 4 + 1, "code": n % 25 + 1, "status": steps[step]}
        yield row.format(id=id, other=UUID(int=chance.getrandbits(128), version=4), n=n, **cells)


def objects(format: str, rows: int) -> bytes:
    """The same as one JSON array."""
    return ("[" + ",\n".join(filled(OBJECTS[format], rows // STATUSES.get(format, 1), STEPS.get(format))) + "]").encode()


def bare(rows: list[list[str]]) -> bytes:
    return "\r\n".join([";".join(row) for row in rows] + [""]).encode()


def quoted(rows: list[list[str]]) -> bytes:
    return "\r\n".join(['"' + '";"'.join(row) + '"' for row in rows] + [""]).encode()


def as_json(rows: list[list[str]]) -> bytes:
    heading, *body = rows
    return json.dumps([dict(zip(heading, row, strict=True)) for row in body]).encode()


def per_second(work: Callable[[], Iterable[object]], rows: int) -> float:
    """Rows per CPU second, best of three."""
    best = float("inf")
    for _ in range(3):
        started = time.process_time()
        deque(work(), maxlen=0)
        best = min(best, time.process_time() - started)
    return rows / best


def measure(format: str, kind: str, content: bytes, rows: int) -> None:
    """Prints one line; the floor reads the same bytes with csv.reader, or with json.loads or expat when they are JSON or XML."""

    def floor() -> Iterable[object]:
        if kind == "JSON":
            return iter(json.loads(content))
        if kind == "JSON lines":
            return map(json.loads, content.splitlines())
        if kind == "XML":
            return iter([expat.ParserCreate().Parse(content, True)])
        return csv.reader(io.TextIOWrapper(io.BytesIO(content), "utf-8"), delimiter=";")

    def parsed() -> Iterable[object]:
        return FORMATS[format].parse(Reading(open=lambda: io.BytesIO(content)))

    speed, lowest = per_second(parsed, rows), per_second(floor, rows)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"{format:15} {kind:11} {speed:9,.0f} rows/s   floor {lowest:9,.0f} rows/s   {lowest / speed:4.1f} times the floor   peak {peak} MB")


def main(rows: int) -> None:
    """Prints one line per format and way of writing it."""
    for format in ROWS:
        lines = made(format, rows)
        measure(format, "CSV", bare(lines), rows)
        measure(format, "CSV, quoted", quoted(lines), rows)
        if ".json" in FORMATS[format].suffixes:
            measure(format, "JSON", as_json(lines), rows)
    for format in WHOLE:
        measure(format, "XML" if format.endswith("-xml") else "JSON lines", whole(format, rows), rows)
    for format in OBJECTS:
        measure(format, "JSON", objects(format, rows), rows)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
