"""The formats Framme reads: one line each. A new format is a module in sources/, a line here and a folder of samples."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from apps.feeds.record import Reading, Record, Rejected
from apps.feeds.sources import (
    altinn,
    altinn_events,
    archive_receipts,
    eformidling,
    glimpse,
    kostra_xml,
    mottakslogg,
    portal_history,
    portal_list,
    register_xml,
    svarinn,
    svarut_history,
    svarut_status,
    writing,
)
from apps.feeds.sources.recognition import Marks
from apps.feeds.sources.writing import Write


def _(text: str) -> str:
    """Marks a name for translation; it is translated where it is shown."""
    return text


class Format(NamedTuple):
    """What is known of a format without opening a file."""

    name: str  # as commands and tables have it
    title: str  # as people call it, English, translated where shown
    parse: Callable[[Reading], Iterator[Record | Rejected]]
    carrier: str  # "portal", "altinn", "svarut", "eformidling" or "case_system"
    suffixes: tuple[str, ...]  # what an upload may be called
    shapes: tuple[str, ...] = ()  # the names by which its files are known (recognition.Marks)
    is_case_system: bool = False  # what it does not hold is not registered, until the time that its file reaches
    takes_mapping: bool = False  # suppliers call its columns what they like, so a person may say which is which
    takes_vantage: bool = False  # whose view it is, sender's or recipient's, is said with the import
    needs_reference: Callable[[Reading], bool] | None = None  # of a format some of whose files do not name their message: whether this one does not
    asks_whose_key: bool = False  # records may name a message by another system's id; the import says whose (as its reference)
    is_outbound: bool = False  # the direction where neither the import nor the record says one
    about: str = ""  # what such a file is and where to get it, one English sentence, translated where shown
    columns: tuple[str, ...] = ()  # what is kept of a rejected line, and corrected
    write: Write | None = None  # corrected lines as a file of the format
    shared: tuple[str, ...] = ()  # those of the columns that all lines of a file have in common
    key_holds_all_references: bool = False  # what tells two events apart: every reference of the record, not the first alone
    key_holds_attribute: str = ""  # ... and this attribute of the record


TEXT = (".csv", ".tsv", ".txt")
JSON = (".json", ".jsonl", ".ndjson")
XML = (".xml",)

FORMATS: dict[str, Format] = {
    each.name: each
    for each in (
        Format(
            "portal-history",
            _("National portal, status history"),
            portal_history.parse,
            "portal",
            TEXT + JSON,
            ("bekymringsmeldingId tidspunkt tilstand|state", "bekymringsmeldingId tidspunkt meldingstype"),
            columns=portal_history.COLUMNS,
            write=writing.table(portal_history.COLUMNS),
            about=_(
                "What became of each report in the national portal, status by status. KS Fiks or the supplier of your case system takes it out (CSV or JSON)."
            ),
            key_holds_all_references=True,
        ),
        Format(
            "portal-list",
            _("National portal, list of reports"),
            portal_list.parse,
            "portal",
            TEXT + JSON,
            ("bekymringsmeldingId innsendt",),
            columns=portal_list.COLUMNS,
            write=writing.table(portal_list.COLUMNS),
            about=_(
                "One row for each report that the national portal gave a receipt for. KS Fiks or the supplier of your case system takes it out (CSV or JSON)."
            ),
        ),
        Format(
            "altinn",
            _("Altinn, correspondence with status history"),
            altinn.parse,
            "altinn",
            JSON,
            ("correspondenceId recipient statusHistory",),
            takes_vantage=True,
            columns=altinn.SHOWN,
            write=altinn.write,
            about=_("Letters in Altinn with every status they have had. The sender, or whoever opens the municipality's inbox, takes it out of Altinn (JSON)."),
        ),
        Format(
            "altinn-events",
            _("Altinn, events"),
            altinn_events.parse,
            "altinn",
            JSON,
            ("id type time resourceinstance",),
            columns=altinn_events.COLUMNS,
            write=altinn_events.write,
            about=_(
                "Altinn's events about letters, as they were sent to whoever subscribes to them: opened, confirmed, never read (JSON, one event on each line)."
            ),
            key_holds_attribute=altinn_events.EVENT_ID,
        ),
        Format(
            "svarut-status",
            _("KS SvarUt, statuses"),
            svarut_status.parse,
            "svarut",
            JSON,
            ("id status sisteStatusEndring", "forsendelsesid forsendelseStatus sisteStatusEndring"),
            columns=svarut_status.COLUMNS,
            write=svarut_status.write,
            about=_("The status that messages sent through KS SvarUt have now. The system that sent them, or its supplier, takes it out of SvarUt (JSON)."),
        ),
        Format(
            "svarut-history",
            _("KS SvarUt, log of messages"),
            svarut_history.parse,
            "svarut",
            JSON,
            ("hendelsesLogg", "forsendelseId tidspunkt hendelse"),
            needs_reference=svarut_history.names_no_message,
            columns=svarut_history.COLUMNS,
            write=svarut_history.write,
            about=_(
                "All that happened to messages sent through KS SvarUt, step by step. The system that sent them, or its supplier, takes it out of SvarUt (JSON)."
            ),
        ),
        Format(
            "svarinn",
            _("KS SvarInn, messages waiting"),
            svarinn.parse,
            "svarut",
            JSON,
            ("id date avsender mottaker filmetadata|status|tittel",),
            columns=svarinn.SHOWN,
            write=svarinn.write,
            about=_("Messages that lie in KS SvarInn until the municipality's system fetches them. Whoever runs that system takes out the list (JSON)."),
        ),
        Format(
            "eformidling",
            _("eFormidling, messages and statuses"),
            eformidling.parse,
            "eformidling",
            JSON,
            ("messageId conversationId messageStatuses|status|serviceIdentifier",),
            columns=eformidling.SHOWN,
            write=eformidling.write,
            about=_(
                "Messages of the integrasjonspunkt with their statuses, in either direction. Whoever runs it takes out conversations or statuses, or what it has "
                "pushed (JSON)."
            ),
        ),
        Format(
            "mottakslogg",
            _("Case system, receive log"),
            mottakslogg.parse,
            "case_system",
            (*TEXT, ".xlsx", ".ods"),
            ("bekymringsmeldingId|forsendelseId|correspondenceId mottattTidspunkt resultat",),
            is_case_system=True,
            takes_mapping=True,
            columns=mottakslogg.COLUMNS,
            write=writing.table(mottakslogg.COLUMNS),
            about=_(
                "What the case system has received and stored, the proof that a report arrived. Its administrator or supplier takes it out (CSV, Excel or ODS)."
            ),
        ),
        Format(
            "register-xml",
            _("Register of child welfare, extract"),
            register_xml.parse,
            "case_system",
            XML,
            ("Barnevern Fagsystem|Sak|Slettet Avgiver",),
            is_case_system=True,
            columns=register_xml.NAMES,
            write=register_xml.write,
            shared=register_xml.SHARED,
            about=_("The extracts that newer case systems send to Statistics Norway's register of child welfare. The system's administrator has copies (XML)."),
        ),
        Format(
            "kostra-xml",
            _("KOSTRA, yearly report of child welfare (15F)"),
            kostra_xml.parse,
            "case_system",
            XML,
            ("Barnevern Avgiver Individ",),
            is_case_system=True,
            columns=kostra_xml.NAMES,
            write=kostra_xml.write,
            shared=kostra_xml.SHARED,
            about=_("The yearly report to KOSTRA that older case systems make, with every report registered. The system's administrator makes it (XML)."),
        ),
        Format(
            "archive-receipts",
            _("Archive, receipts"),
            archive_receipts.parse,
            "case_system",
            JSON,
            ("registreringsID|systemID opprettetDato",),
            asks_whose_key=True,
            columns=archive_receipts.NAMES,
            write=archive_receipts.write,
            about=_("The archive's receipts for what it has stored, the proof that a report was archived. The archive's administrator takes them out (JSON)."),
        ),
    )
}

# What kinds of file a format comes in, by what an upload of it may be called.
KINDS = {".csv": glimpse.CSV, ".json": glimpse.JSON, ".xlsx": glimpse.SHEET, ".ods": glimpse.SHEET, ".xml": glimpse.XML}
MARKS = {format.name: Marks(tuple(dict.fromkeys(KINDS[suffix] for suffix in format.suffixes if suffix in KINDS)), format.shapes) for format in FORMATS.values()}
