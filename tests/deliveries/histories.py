"""Random histories for the oracle: records in our formats, written as their sources write them, and records of any code that no file of ours can say yet.

Few messages and few moments, so that everything meets: the same report in several files, two facts at one instant, a deadline and an event that coincide.
"""

import csv
import io
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from xml.sax.saxutils import quoteattr
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from apps.feeds.catalogue import Format
from apps.feeds.record import Occurrence, Reading, Record, Ref
from tests.oracle import CASE_SYSTEMS, CODES, REMOVED, Fact, Said

OSLO = ZoneInfo("Europe/Oslo")
BERGEN, BERGEN_ORGNR = "4601", "964338531"

# The portal's longer retention begins at the first; the others stand around Oslo's clock changes and 29 February.
MOMENTS = tuple(
    datetime(*parts, tzinfo=OSLO).astimezone(UTC)
    for parts in ((2023, 6, 2, 14, 30), (2024, 3, 29, 12, 30), (2024, 10, 26, 2, 30), (2024, 2, 27, 11, 5, 7), (2024, 2, 29, 13))
)
HOURS = (0, 0, 0, 1, 24, 47, 48, 49, 72, 120, 168, 336, 720)
BESIDE = (0, 0, 0, -1, 1)


class Written(NamedTuple):
    """A record as a row or object of its format, and what it says."""

    format: str
    cells: dict[str, object]
    said: tuple[Said, ...]


def uuid(kind: int, number: int) -> str:
    return f"{kind:08d}-0000-4000-8000-{number:012d}"


def one_of(kind: int) -> st.SearchStrategy[str]:
    return st.integers(1, 3).map(lambda number: uuid(kind, number))


PORTAL, FIKSIO, SVARUT, EFORMIDLING, ALTINN = (one_of(kind) for kind in range(1, 6))
instants = st.builds(
    lambda hours, beside: st.sampled_from(MOMENTS).map(lambda at: at + timedelta(hours=hours, microseconds=beside)),
    st.sampled_from(HOURS),
    st.sampled_from(BESIDE),
).flatmap(lambda later: later)


class Time(NamedTuple):
    text: str
    at: datetime
    by_day: bool = False


def wall(at: datetime) -> Time:
    """As a source without time zones writes it: in the hour that comes twice, the first is meant."""
    shown = at.astimezone(OSLO).replace(tzinfo=None)
    return Time(shown.isoformat(), shown.replace(tzinfo=OSLO).astimezone(UTC))


def day(at: datetime) -> Time:
    date = at.astimezone(OSLO).date()
    return Time(date.isoformat(), datetime(date.year, date.month, date.day, tzinfo=OSLO).astimezone(UTC), by_day=True)


WAYS = (wall, wall, day, lambda at: Time(at.isoformat(), at), lambda at: Time(at.astimezone(OSLO).isoformat(), at))
times = st.builds(lambda at, way: way(at), instants, st.sampled_from(WAYS))

TILSTAND = {
    "AKSEPTERT": "receipted",
    "SENDT_FAGSYSTEM": "sent",
    "AVVIST_FAGSYSTEM": "rejected",
    "SENDT_PRINT": "print_sent",
    "AVVIST_PRINT": "print_rejected",
    "LEVERT": "delivered_claimed",
    "NOE_NYTT": "unknown",
}
MELDINGSTYPE = {
    "no.ks.fiks.bekymringsmelding.mottatt.v1": "delivered_claimed",
    "no.ks.fiks.bekymringsmelding.feilet.v1": "rejected",
    "no.ks.fiks.kvittering.tidsavbrudd": "expired",
    "no.ks.fiks.kvittering.serverfeil.v1": "failed",
}
STATUS = {
    "Initialized": "created",
    "ReadyForPublish": "receipted",
    "Published": "published",
    "Fetched": "listed",
    "Read": "opened",
    "Replied": "replied",
    "Confirmed": "confirmed",
    "PurgedByRecipient": "purged_by_recipient",
    "PurgedByAltinn": "purged_by_sender",
    "Archived": "archived",
    "Reserved": "recipient_reserved",
    "Failed": "failed",
    "AttachmentsDownloaded": "downloaded",
    "Forwarded": "forwarded",
    "SomethingNew": "unknown",
}


@st.composite
def history_rows(draw) -> Written:
    report, message, time = draw(PORTAL), draw(st.none() | FIKSIO), draw(times)
    row: dict[str, object] = {"bekymringsmeldingId": report.upper() if draw(st.booleans()) else report, "tidspunkt": time.text, "beskrivelse": "tekst"}
    if message and draw(st.booleans()):
        kind = draw(st.sampled_from(sorted(MELDINGSTYPE)))
        code, native = MELDINGSTYPE[kind], "STATE_" + kind[-8:]
        row |= {"meldingstype": kind, "state": native}
    else:
        native = draw(st.sampled_from(sorted(TILSTAND)))
        code = TILSTAND[native]
        row[draw(st.sampled_from(["tilstand", "state"]))] = native
    names = (("portal", report), *([("fiksio", message)] if message else []))
    row |= {"meldingId": message} if message else {}
    return Written("portal-history", row, (Said("portal-history", names, (Fact(code, time.at, native, time.by_day),)),))


@st.composite
def list_rows(draw) -> Written:
    report, time, children = draw(PORTAL), draw(times), draw(st.none() | st.integers(0, 3))
    row = {"bekymringsmeldingId": report, "innsendt": time.text, "kommunenummer": BERGEN, "skjemaType": "PRIVAT"}
    row |= {} if children is None else {"antallBarn": children}
    return Written("portal-list", row, (Said("portal-list", (("portal", report),), (Fact("receipted", time.at, "receipted", time.by_day),), children),))


@st.composite
def correspondences(draw) -> Written:
    letter, sender = draw(ALTINN), draw(st.none() | EFORMIDLING)
    names = (("altinn", letter), *([("eformidling", sender)] if sender else []))
    entries, said = [], []
    for status in draw(st.lists(st.sampled_from(sorted(STATUS)), min_size=1, max_size=3)):
        time = draw(times)
        entries.append({"status": status, "statusChanged": time.text})
        said.append(Said("altinn", names, (Fact(STATUS[status], time.at, status, time.by_day),)))
    value = {"correspondenceId": letter, "recipient": "0192:" + BERGEN_ORGNR, "sendersReference": sender or "vår ref. 7", "statusHistory": entries}
    return Written("altinn", value, tuple(said))


@st.composite
def log_rows(draw) -> Written:
    named = [("bekymringsmeldingId", "portal", PORTAL), ("forsendelseId", "svarut", SVARUT), ("correspondenceId", "altinn", ALTINN)]
    column, namespace, ids = draw(st.sampled_from(named))
    message, case = draw(ids), draw(st.none() | st.sampled_from(["17", "18", uuid(6, 1)]))
    melding = draw(st.none() | FIKSIO) if namespace == "portal" else None
    office = draw(st.sampled_from([{}, {"kommunenummer": BERGEN}, {"organisasjonsnummer": BERGEN_ORGNR}]))
    received, result = draw(times), draw(st.sampled_from(["mottatt", "mottatt", "MOTTATT", "feilet", "slettet"]))
    stored, opened, deleted = draw(st.none() | times), draw(st.none() | times), draw(st.none() | times)
    row: dict[str, object] = {column: message, "mottattTidspunkt": received.text, "resultat": result, **office}
    names, facts = [(namespace, message)], []
    if melding:
        row["meldingId"] = melding
        names.append(("fiksio", melding))
    if case:
        row["fagsystemMeldingId"] = case
        office_number = office.get("organisasjonsnummer", BERGEN)
        names.append(("case", case if len(case) > 2 else f"{office_number}:{case}"))
    codes = {"mottatt": "delivered_claimed", "feilet": "rejected"}
    if result.lower() in codes:
        facts.append(Fact(codes[result.lower()], received.at, result.lower(), received.by_day))
    for time, written, code in (
        (stored, "lagretTidspunkt", "registered"),
        (opened, "apnetTidspunkt", "opened"),
        (deleted, "slettetTidspunkt", "deleted_in_case_system"),
    ):
        if time:
            row[written] = time.text
            facts.append(Fact(code, time.at, written, time.by_day))
    if result == "slettet" and not deleted:
        facts.append(Fact("deleted_in_case_system", received.at, "slettetTidspunkt", received.by_day))
    return Written("mottakslogg", row, (Said("mottakslogg", tuple(names), tuple(facts)),))


days = st.builds(day, instants)
TAKEN_OUT = datetime(2025, 3, 30, 1, 30, tzinfo=UTC)  # when every extract was, so that one that repeats another says the same


@st.composite
def extracted_reports(draw) -> Written:
    """A Melding of the register's extract, or the deletion of one; some of the ids are the receive log's."""
    case, start = draw(st.sampled_from(["17", uuid(6, 1), uuid(6, 2)])), draw(days)
    names = (("case", case if len(case) > 2 else f"{BERGEN_ORGNR}:{case}"),)
    if draw(st.integers(0, 5)) == 0:
        fact = Fact("deleted_in_case_system", start.at, "Slettet", by_day=True)
        return Written(
            "register-xml",
            {"Slettet": {"Id": case, "Type": "Melding", "SluttDato": start.text}},
            (Said("register-xml", names, (fact,), taken_out_at=TAKEN_OUT),),
        )
    facts, message = [Fact("registered", start.at, "Melding", by_day=True)], {"Id": case, "StartDato": start.text}
    cells: dict[str, object] = {"Melding": message}
    if draw(st.booleans()):
        end = draw(days)
        cells["Konklusjon"] = {"SluttDato": end.text, "Kode": "2"}
        facts.append(Fact("concluded", end.at, "Konklusjon", by_day=True))
    if draw(st.integers(0, 5)) == 0:
        message["ErSlettet"] = "true"
        facts.append(Fact("deleted_in_case_system", TAKEN_OUT, "ErSlettet"))
    return Written("register-xml", cells, (Said("register-xml", names, tuple(facts), taken_out_at=TAKEN_OUT),))


@st.composite
def yearly_reports(draw) -> Written:
    individual, case, start, end = draw(st.sampled_from("AB")), draw(st.sampled_from("12")), draw(days), draw(st.none() | days)
    message, facts = {"Id": case, "StartDato": start.text}, [Fact("registered", start.at, "Melding", by_day=True)]
    if end:
        message["SluttDato"] = end.text
        facts.append(Fact("concluded", end.at, "SluttDato", by_day=True))
    names = (("case", f"{BERGEN_ORGNR}:2023:{individual}:{case}"),)
    return Written("kostra-xml", {"Individ": {"Id": individual}, "Melding": message}, (Said("kostra-xml", names, tuple(facts)),))


@st.composite
def receipts(draw) -> Written:
    own, time = draw(one_of(7)), draw(times)
    system, key = draw(st.sampled_from([("svarut", SVARUT), ("Portal", PORTAL), ("case", one_of(6)), ("noe annet", PORTAL)]))
    named = draw(key)
    cells = {"systemID": own, "opprettetDato": time.text, "referanseEksternNoekkel": {"fagsystem": system, "noekkel": named}}
    names = (("archive", own), *([(system.lower(), named)] if system != "noe annet" else []))
    return Written("archive-receipts", cells, (Said("archive-receipts", names, (Fact("registered", time.at, "opprettet", time.by_day),)),))


@st.composite
def conversations(draw) -> Written:
    """A conversation with its statuses, or one status alone, which may not name its service and direction."""
    message, service, direction = (
        draw(EFORMIDLING),
        draw(st.sampled_from(["", "DPO", "DPF", "DPV", "DPI", "DPE"])),
        draw(st.sampled_from(["", "", *DIRECTIONS])),
    )
    letter = draw(st.none() | ALTINN)
    is_tied = letter is not None and service == "DPV"
    names = (("eformidling", message), *([("altinn", letter)] if is_tied else []))
    value: dict[str, object] = {"messageId": message.upper(), "serviceIdentifier": service.lower(), "direction": direction, "externalSystemReference": letter}
    entries, said = [], []
    for native in draw(st.lists(st.sampled_from(sorted(EFORMIDLING_STATUS)), min_size=1, max_size=3)):
        time = draw(times)
        entries.append({"status": draw(st.sampled_from([native, native.lower()])), "lastUpdate": time.text, "description": "Levert"})
        fact = Fact(EFORMIDLING_STATUS[native], time.at, native, time.by_day)
        said.append(Said("eformidling", names, (fact,), service=service, direction=direction))
    if len(entries) == 1 and draw(st.booleans()):
        return Written("eformidling", value | entries[0], tuple(said))
    return Written("eformidling", value | {"messageStatuses": entries}, tuple(said))


@st.composite
def sent_messages(draw) -> Written:
    """One status of SvarUt, one message of SvarInn, or one entry of a log."""
    message, sender = draw(SVARUT), draw(st.none() | EFORMIDLING)
    format = draw(st.sampled_from(["svarut-status", "svarinn", "svarut-history"]))
    number, recipient = draw(st.sampled_from([("", ""), (BERGEN_ORGNR, "organisation"), ("01818012345", "person")]))
    names = (("svarut", message), *([("eformidling", sender)] if sender and format != "svarut-history" else []))
    native, code = draw(st.sampled_from(sorted((HENDELSE if format == "svarut-history" else FORSENDELSE).items())))
    if format == "svarut-history":
        time = wall(draw(instants).replace(microsecond=0))
        shown = datetime.fromisoformat(time.text).strftime("%d.%m.%Y %H:%M:%S")
        value = {"forsendelseId": message, "tidspunkt": shown, "hendelse": f"{native} av noen"}
        return Written(format, value, (Said(format, names, (Fact(code, time.at, native),)),))
    if format == "svarinn":
        milliseconds = (draw(instants) - EPOCH) // timedelta(milliseconds=1)
        time = Time("", EPOCH + timedelta(milliseconds=milliseconds))
        value = {"id": message, "date": milliseconds, "status": native, "eksternRef": sender, "mottaker": {"orgnr": number or None}}
    else:
        time = draw(times)
        value = {"id": message, "sisteStatusEndring": time.text, "status": native, "eksternRef": sender or "vår ref. 7", "mottakerOrgnr": number}
    return Written(format, value, (Said(format, names, (Fact(code, time.at, native, time.by_day),), recipient=recipient),))


@st.composite
def cloud_events(draw) -> Written:
    letter, time, name = draw(ALTINN), draw(times), draw(st.sampled_from(sorted(EVENT)))
    value = {"id": str(draw(st.uuids(version=4))), "type": f"no.altinn.correspondence.{name}", "time": time.text, "resourceinstance": letter}
    return Written("altinn-events", value, (Said("altinn-events", (("altinn", letter),), (Fact(EVENT[name], time.at, name, time.by_day),)),))


EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
DIRECTIONS = ("INCOMING", "OUTGOING")
EFORMIDLING_STATUS = {
    "OPPRETTET": "created",
    "SENDT": "sent",
    "MOTTATT": "receipted",
    "LEVERT": "",  # these two by the service
    "LEST": "",
    "FEIL": "failed",
    "LEVETID_UTLOPT": "expired",
    "INNKOMMENDE_LEVERT": "fetched",
    "ANNET": "unknown",
}
FORSENDELSE = {
    "AKSEPTERT": "receipted",
    "IKKE_LEVERT": "failed",
    "VARSLET": "notified",
    "LEVERT_SDP": "delivered_claimed",
    "LEST": "",  # by the recipient
    "SENDT_PRINT": "print_sent",
    "PRINTET": "printed",
    "SENDT_DIGITALT": "unread_deadline_passed",
    "SLETTET": "purged_by_sender",
}
HENDELSE = {"Akseptert for ekspedering": "receipted", "Sendt til print": "print_sent", "Lest eksternt": "opened_elsewhere", "Metadata er validert": "unknown"}
EVENT = {
    "correspondencepublished": "published",
    "correspondencepurged": "purged_by_platform",
    "correspondencereceiverread": "opened",
    "correspondencereceiverneverread": "read_deadline_passed",
    "attachmentexpired": "content_expired",
}
of_carriers = st.one_of(conversations(), sent_messages(), cloud_events())
in_our_formats = st.lists(
    st.one_of(history_rows(), list_rows(), correspondences(), log_rows(), extracted_reports(), yearly_reports(), receipts(), of_carriers),
    min_size=1,
    max_size=9,
)

NAMESPACES = {
    "portal-history": "portal",
    "altinn": "altinn",
    "altinn-events": "altinn",
    "svarut-status": "svarut",
    "svarut-history": "svarut",
    "eformidling": "eformidling",
    "register-xml": "case",
}
# Only a carrier that keeps a copy can remove it.
KEEPERS = ("altinn", "altinn-events", "svarut-status", "svarut-history")


@st.composite
def any_records(draw) -> Written:
    code = draw(st.sampled_from(CODES))
    source = draw(st.sampled_from(KEEPERS if code in REMOVED else sorted(NAMESPACES)))
    kind = list(NAMESPACES.values()).index(NAMESPACES[source]) + 10
    names = [(NAMESPACES[source], draw(one_of(kind)))]
    if draw(st.integers(0, 3)) == 0:
        other = draw(st.sampled_from(["case", "eformidling", "altinn"]))
        names.append((other, draw(one_of(list(NAMESPACES.values()).index(other) + 10))))
    at = draw(instants)
    children = draw(st.none() | st.integers(0, 3)) if source not in CASE_SYSTEMS else None
    said = Said(source, tuple(dict.fromkeys(names)), (Fact(code, at, code),), children)
    return Written(source, {"names": said.names, "code": code, "at": at.isoformat(), "children": children}, (said,))


of_any_code = st.lists(any_records(), min_size=1, max_size=12)


def read_any(reading: Reading) -> Iterator[Record]:
    """The parser of a format that does not exist: one fact of any code on each line."""
    with reading.open() as stream:
        for reading.counted, line in enumerate(stream, start=1):
            said = json.loads(line)
            references = tuple(Ref(*name) for name in said["names"])
            occurrence = Occurrence(said["code"], said["code"], said["at"])
            yield Record(reading.counted, references, (occurrence,), children=said["children"])


FORMATS_OF_ANY_CODE = {source: Format(source, source, read_any, "", (), is_case_system=source in CASE_SYSTEMS) for source in NAMESPACES}


def as_file(written: list[Written], *, any_code: bool = False, note: str = "") -> bytes:
    """The records as one file of their format; `note` makes the bytes differ, and nothing else."""
    rows = [record.cells for record in written]
    if any_code:
        return "".join(json.dumps(row) + " " * len(note) + "\n" for row in rows).encode()
    if written[0].format in ("register-xml", "kostra-xml"):
        return as_xml(written, note).encode("iso-8859-1")
    if written[0].format not in COLUMNS:
        return json.dumps([row | {"note": note} for row in rows]).encode()
    text = io.StringIO()
    table = csv.DictWriter(text, list(dict.fromkeys([*COLUMNS[written[0].format], *(column for row in rows for column in row), "note" + note])), delimiter=";")
    table.writeheader()
    table.writerows(rows)
    return text.getvalue().encode()


COLUMNS = {
    "portal-history": ("bekymringsmeldingId", "tidspunkt", "tilstand"),
    "portal-list": ("bekymringsmeldingId", "innsendt", "kommunenummer"),
    "mottakslogg": ("bekymringsmeldingId", "mottattTidspunkt", "resultat"),
}


def as_xml(written: list[Written], note: str) -> str:
    """Each record in a case of its own."""
    holder = "Sak" if written[0].format == "register-xml" else "Individ"
    office = tag("Avgiver", {"Organisasjonsnummer": BERGEN_ORGNR, "Kommunenummer": BERGEN, "Versjon": "2023"})
    cases = []
    for record in written:
        parts = dict(record.cells)
        around = tag(holder, parts.pop("Individ", {"Journalnummer": "1"}), end=">")
        outer = next(iter(parts))
        inner = "".join(tag(name, parts[name]) for name in parts if name != outer)
        cases.append(f"{around}{tag(outer, parts[outer], end='>')}{inner}</{outer}></{holder}>")
    root = tag("Barnevern", {"DatoUttrekk": TAKEN_OUT.isoformat()} if holder == "Sak" else {}, end=">")
    return f'<?xml version="1.0" encoding="ISO-8859-1"?><!--{note}-->{root}{office}{"".join(cases)}</Barnevern>'


def tag(name: str, attributes: dict[str, str], end: str = "/>") -> str:
    return f"<{name}{''.join(f' {key}={quoteattr(value)}' for key, value in attributes.items())}{end}"
