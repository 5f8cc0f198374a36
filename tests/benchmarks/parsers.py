"""How many rows a CPU second each parser reads, beside a bare csv.reader pass over the same bytes (the floor).

Run by hand: `python -m tests.benchmarks.parsers [rows]`. Prints ratios; fails on nothing.
"""

import csv
import io
import sys
import time
from collections import deque
from collections.abc import Callable, Iterator
from random import Random
from uuid import UUID

from apps.feeds.record import Reading, Record
from apps.feeds.sources import portal_history, portal_list

HISTORY = "{id};2023-05-{day:02}T{hour:02}:11:12.123;no.ks.fiks.x;{id};SENDT_FAGSYSTEM;{id};Sendt til fagsystem {n}"
LIST = "{id};2023-05-{day:02}T{hour:02}:11:12.123;{id};4601;00;Ingen;OFFENTLIG;true;WEB;true;FIKS_IO;964338531;{children}"
LOG = "{id};{id};2023-05-{day:02}T{hour:02}:11:12.123;2023-05-{day:02}T{hour:02}:12:12.123;mottatt;;2023/{n};FS-{n};2023-05-{day:02}T{hour:02}:15:00;;964338531;4601"
HEADERS = {
    HISTORY: "bekymringsmeldingId;tidspunkt;meldingstype;meldingId;state;fiksIoKonto;beskrivelse",
    LIST: "bekymringsmeldingId;innsendt;fiksOrgId;kommunenummer;bydelsnummer;bydelsnavn;skjemaType;fraFagsystem;kanal;bekreftet;leveringskanal;virksomhetOrgnr;antallBarn",
    LOG: "bekymringsmeldingId;meldingId;mottattTidspunkt;lagretTidspunkt;resultat;feilkode;journalnummer;fagsystemMeldingId;apnetTidspunkt;slettetTidspunkt;organisasjonsnummer;kommunenummer",
}


def made(line: str, rows: int) -> bytes:
    """A well-formed file of that many rows spread over 28 days."""
    chance = Random(rows)
    body = (line.format(id=UUID(int=chance.getrandbits(128), version=4), n=n, day=n % 28 + 1, hour=n % 24, children=n % 4 + 1) for n in range(1, rows + 1))
    return "\r\n".join([HEADERS[line], *body, ""]).encode()


def per_second(work: Callable[[], Iterator[object]], rows: int) -> float:
    """Rows per CPU second, best of three."""
    best = float("inf")
    for _ in range(3):
        started = time.process_time()
        deque(work(), maxlen=0)
        best = min(best, time.process_time() - started)
    return rows / best


def main(rows: int) -> None:
    """Prints one line per format."""
    for name, parse, line in (("portal-history", portal_history.parse, HISTORY), ("portal-list", portal_list.parse, LIST)):
        content = made(line, rows)
        first = next(iter(parse(Reading(open=lambda content=content: io.BytesIO(content)))))  # type: ignore[misc]
        assert isinstance(first, Record), first
        floor = per_second(lambda content=content: csv.reader(io.TextIOWrapper(io.BytesIO(content), "utf-8"), delimiter=";"), rows)  # type: ignore[misc]
        speed = per_second(lambda content=content, parse=parse: parse(Reading(open=lambda: io.BytesIO(content))), rows)  # type: ignore[misc]
        print(f"{name:15} {speed:9,.0f} rows/s   csv.reader alone {floor:9,.0f} rows/s   {floor / speed:.1f} times the floor")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
