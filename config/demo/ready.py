"""Feed files that lie ready for a person to try an upload with, good and bad ones, and a README.txt that says what each shows."""

import shutil
from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from random import Random

from config.demo import files, native
from config.demo.files import BEGINNING, Span, save
from config.demo.messages import Report, report
from config.demo.native import Row
from config.demo.story import BERGEN, SANDEFJORD
from config.demo.year import PlaceYear

README = """Filer til å prøve en opplasting med (Importer -> Last opp). Velg tjenesten som står ved filen; formatet kan velges, eller finnes ut.
Files to try an upload with (Imports -> Upload). Choose the service named beside each file; the format may be chosen, or found out.

1-portal-list.json            portal-list     4601 Bergen       Fem nye meldinger, sendt for fem dager siden.
                                                                Five new reports, sent five days ago.
2-portal-history.json         portal-history  4601 Bergen       Hva portalen gjorde med de fem: alle ble levert, sier den.
                                                                What the portal did with the five: all delivered, it says.
3-mottakslogg.csv             mottakslogg     4601 Bergen       Fagsystemet lagret fire av dem. Den femte står igjen som ubekreftet.
                                                                The case system stored four. The fifth stays unconfirmed.
4-mottakslogg-komplett.csv    mottakslogg     3907 Sandefjord   Hele loggen. En av de sju mistenkte var kommet fram hele tiden.
                                                                The whole log. One of the seven suspects had arrived all along.
5-mottakslogg-to-feil.csv     mottakslogg     4601 Bergen       To linjer avvises (umulig dato, ukjent resultat), resten leses.
                                                                Two lines are rejected (impossible date, unknown result), the rest is read.
6-portal-history-avkuttet.json portal-history 4601 Bergen       Filen er kuttet midt i: den nektes, ingenting lagres.
                                                                Cut in the middle: refused, nothing is stored.
7-mottakslogg-feil-kolonner.csv mottakslogg   4601 Bergen       Noe mangler: hentet inn med en gang nektes filen og sier hva.
                                                                Something is missing: brought in at once it is refused, and told what.
8-annen-tjeneste.csv          portal-list     4601 Bergen       Linjene er Sandefjords: alle avvises, ingen havner hos feil tjeneste.
                                                                The lines are Sandefjord's: all rejected, none lands in the wrong service.
9-samme-fil-igjen.json        portal-list     4601 Bergen       Samme innhold som 1: gjenkjennes, ingenting endres.
                                                                The same bytes as 1: recognised, nothing changes.
10-leverandorens-kolonner.csv mottakslogg     4601 Bergen       Fagsystemets egne navn: si hvilken kolonne som er hvilken, prøv, og si ja. Den femte var kommet fram.
                                                                The case system's own names: say which column is which, try it, say yes. The fifth had arrived.
"""

SUPPLIERS_COLUMNS = ("Saksnr", "Referanse", "Mottatt dato", "Registrert", "Hva skjedde", "Saksbehandler")
WRONG_COLUMNS = ("melding", "dato", "status")


def written(years: Iterable[PlaceYear], folder: Path, now: datetime) -> Path:
    """Write the files and their README.txt; returns the folder."""
    by_service = {year.place.service: year for year in years}
    reports = five_new(now)
    listed = save(folder / "1-portal-list.json", partial(native.as_page, native.LIST, [native.list_row(one) for one in reports]))
    steps = [row for one in reports for row in native.history_rows(one)]
    save(folder / "2-portal-history.json", partial(native.as_json, native.HISTORY, steps))
    save(folder / "3-mottakslogg.csv", partial(native.as_csv, native.LOG, log_of(reports)))
    log_ends = by_service[SANDEFJORD].place.log_ends
    everything = files.log_rows(by_service[SANDEFJORD], Span(now - BEGINNING, now - timedelta(days=log_ends)), complete=True)
    save(folder / "4-mottakslogg-komplett.csv", partial(native.as_csv, native.LOG, everything))
    save(folder / "5-mottakslogg-to-feil.csv", partial(native.as_csv, native.LOG, log_with_faults(by_service[BERGEN], now)))
    files.cut_short(save(folder / "6-portal-history-avkuttet.json", partial(native.as_json, native.HISTORY, steps)))
    save(folder / "7-mottakslogg-feil-kolonner.csv", partial(native.as_csv, WRONG_COLUMNS, [("1", native.local(now), "ok")]))
    elsewhere = [native.list_row(one) for one in by_service[SANDEFJORD].reports[:10]]
    save(folder / "8-annen-tjeneste.csv", partial(native.as_csv, native.LIST, elsewhere))
    shutil.copyfile(listed, folder / "9-samme-fil-igjen.json")
    save(folder / "10-leverandorens-kolonner.csv", partial(native.as_csv, SUPPLIERS_COLUMNS, print_out(reports)))
    (folder / "README.txt").write_text(README, encoding="utf-8")
    return folder


def five_new(now: datetime) -> list[Report]:
    random = Random("five new reports")
    fates = ("arrived", "arrived", "arrived", "arrived", "claimed")
    moments = [(now - timedelta(days=5, hours=number * 2)).replace(microsecond=0) for number in range(len(fates))]
    return [report(random, fate=fate, municipality=BERGEN, at=at) for fate, at in zip(fates, moments, strict=True)]


def log_of(reports: Iterable[Report]) -> list[Row]:
    return [native.log_row(one, line, one.municipality) for one in reports for line in one.course.log]


def print_out(reports: Iterable[Report]) -> list[Row]:
    """What a case system prints of the reports that its log lacks, in words and columns of its own: received and stored an hour after they were sent."""
    lost = [one for one in reports if not any(line.stored_at for line in one.course.log)]
    return [
        (
            f"2024-{number}",
            one.id,
            printed_at(one.received_at + timedelta(hours=1)),
            printed_at(one.received_at + timedelta(hours=1, minutes=1)),
            "Lagret",
            "Åse Ås",
        )
        for number, one in enumerate(lost, start=1)
    ]


def printed_at(at: datetime) -> str:
    return at.astimezone(native.OSLO).strftime("%d/%m/%Y %H.%M")


def log_with_faults(year: PlaceYear, now: datetime) -> list[Row]:
    """Yesterday's log once more, with one impossible date and one word that the log does not have."""
    rows = files.log_rows(year, Span(now - timedelta(days=1), now - timedelta(hours=2)))
    impossible, unheard_of = ("2026-02-31T08:00:00", "mottatt"), (native.local(now - timedelta(days=1)), "kanskje")
    strangers = ("1f0e6a1b-5f6c-4b57-8a6e-7d1c3b1a9f01", "1f0e6a1b-5f6c-4b57-8a6e-7d1c3b1a9f02")
    faulty = [(stranger, "", at, "", result, "", "", "", "", BERGEN) for stranger, (at, result) in zip(strangers, (impossible, unheard_of), strict=True)]
    return rows[:3] + faulty + rows[3:]
