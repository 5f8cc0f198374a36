"""How to get the files of each format: who has them, how they are asked for, what they look like, and what could not be tried against the real service.

From the sources' own public descriptions (formats.md names them). English, translated where shown.
"""

from typing import NamedTuple

from apps.feeds.connectors.catalogue import CONNECTORS


def _(text: str) -> str:
    """Marks a sentence for translation; it is translated where it is shown."""
    return text


class Obtaining(NamedTuple):
    """Sentences for a person who has never seen such a file, and a few lines of one, all of it invented."""

    who: str  # who has the file, and who may ask for it
    how: str  # what to ask for, and how often
    holds: str  # what one line or record of it is, and what it proves
    example: str


EXAMPLES_SEEN = _(
    "Read from example files that the source itself has published, and from invented ones. No file of a service in use has been seen: preview your first one, and "
    "tell us where it differs."
)
DESCRIPTION_SEEN = _(
    "Read from invented files in the shape of the source's public description; it has published no whole file. No file of a service in use has been seen: preview "
    "your first one, and tell us where it differs."
)
OURS = _(
    "No supplier publishes a format for this, so the columns are ours, and each supplier's own are mapped to them on the first upload. No supplier's file has been "
    "seen."
)
FETCHING = _(
    "Fetching it without files has been tried against servers that behave as the public description says, never against the real service: that takes an agreement "
    "and keys which only you can get."
)
PUSHING = _(
    "That the source pushes it here has been tried with pushes that we made by the public description, never with the source itself: that takes an agreement which "
    "only you can get."
)

PORTAL_EXAMPLE = """bekymringsmeldingId;tidspunkt;tilstand;kommunenummer
11111111-1111-4111-8111-111111111111;2024-02-01T10:12:00;AKSEPTERT;4601
11111111-1111-4111-8111-111111111111;2024-02-01T10:12:04;SENDT_FAGSYSTEM;4601"""
LIST_EXAMPLE = """bekymringsmeldingId;innsendt;kommunenummer;skjemaType;antallBarn
11111111-1111-4111-8111-111111111111;2024-02-01T10:12:00;4601;OFFENTLIG;2"""
ALTINN_EXAMPLE = """[{"correspondenceId": "22222222-2222-4222-8222-222222222222",
  "recipient": "urn:altinn:organization:identifier-no:964338531",
  "statusHistory": [{"status": "Published", "statusChanged": "2024-02-01T09:12:00Z"},
                    {"status": "Read", "statusChanged": "2024-02-05T07:30:00Z"}]}]"""
ALTINN_EVENTS_EXAMPLE = """{"id": "1", "type": "no.altinn.correspondence.correspondencereceiverread",
 "time": "2024-02-05T07:30:00Z", "resourceinstance": "22222222-2222-4222-8222-222222222222"}"""
SVARUT_STATUS_EXAMPLE = """[{"id": "33333333-3333-4333-8333-333333333333", "status": "LEST",
  "sisteStatusEndring": "2024-02-02T12:00:00+01:00"}]"""
SVARUT_HISTORY_EXAMPLE = """[{"forsendelseId": "33333333-3333-4333-8333-333333333333",
  "tidspunkt": "2024-02-01T10:12:00+01:00", "hendelse": "Akseptert for ekspedering"}]"""
SVARINN_EXAMPLE = """[{"id": "33333333-3333-4333-8333-333333333333", "date": 1706778720000,
  "status": "Akseptert", "avsender": {}, "mottaker": {"orgnr": "964338531"}, "filmetadata": []}]"""
EFORMIDLING_EXAMPLE = """{"content": [{"messageId": "44444444-4444-4444-8444-444444444444",
  "conversationId": "55555555-5555-4555-8555-555555555555", "direction": "INCOMING",
  "serviceIdentifier": "DPO", "messageStatuses": [{"status": "INNKOMMENDE_MOTTATT",
  "lastUpdate": "2024-02-01T10:12:00+01:00"}]}], "totalElements": 1}"""
LOG_EXAMPLE = """bekymringsmeldingId;mottattTidspunkt;lagretTidspunkt;resultat;fagsystemMeldingId;kommunenummer
11111111-1111-4111-8111-111111111111;2024-02-01T10:12:09;2024-02-01T10:12:30;mottatt;M-17;4601"""
REGISTER_EXAMPLE = """<Barnevern Id="1" DatoUttrekk="2024-02-05T06:00:00">
  <Fagsystem Leverandor="L" Navn="N"/>
  <Avgiver Organisasjonsnummer="964338531" Kommunenummer="4601" Kommunenavn="Bergen"/>
  <Sak Id="S-1"><Melding Id="M-17" StartDato="2024-02-01"><Melder Kode="11"/></Melding></Sak>
</Barnevern>"""
KOSTRA_EXAMPLE = """<Barnevern>
  <Avgiver Organisasjonsnummer="964338531" Kommunenummer="4601" Versjon="1"/>
  <Individ Id="1" Journalnummer="24/17"><Melding Id="17" StartDato="2024-02-01"><Melder Kode="11"/></Melding></Individ>
</Barnevern>"""
ARCHIVE_EXAMPLE = """[{"systemID": "66666666-6666-4666-8666-666666666666", "opprettetDato": "2024-02-01T10:20:00+01:00",
  "referanseEksternNoekkel": {"fagsystem": "SvarUt", "noekkel": "33333333-3333-4333-8333-333333333333"}}]"""

OBTAINING: dict[str, Obtaining] = {
    "portal-history": Obtaining(
        _("KS has it, for every municipality that uses the national portal. Whoever answers for the municipality's agreement on Fiks asks for it."),
        _("Ask KS for the status history of the municipality's reports for a period; the case system's supplier can read it too. Once a week at least."),
        _("One line for each status of each report. It proves that the sender has a receipt, never that the report was registered."),
        PORTAL_EXAMPLE,
    ),
    "portal-list": Obtaining(
        _("KS has it, for every municipality that uses the national portal. Whoever answers for the municipality's agreement on Fiks asks for it."),
        _(
            "Ask KS for the list of reports of the municipality for a period, the whole list and not one page of it. Every working day is best: contents go after 30 days."
        ),
        _("One line for each report that got a receipt. A report that stands here and not in the case system's log is missing."),
        LIST_EXAMPLE,
    ),
    "altinn": Obtaining(
        _(
            "The sender has it of what it sent, and the municipality of its own inbox. Somebody who holds the role for the inbox, or a system with a key from Digdir."
        ),
        _(
            "Ask for the details of each letter with its status history; the overview alone does not tell what happened when. At least once a week: the inbox keeps a letter for 30 days."
        ),
        _("One record for each letter, with everything that has happened to it. Read means that a person opened it; Fetched does not."),
        ALTINN_EXAMPLE,
    ),
    "altinn-events": Obtaining(
        _("Altinn sends them to whoever subscribes: the sender's system, or the municipality's."),
        _("Have the system that receives the events keep them as they came, one on each line, and hand the file in every day."),
        _("One line for each event of a letter. That one was never read is among them, and the most important one."),
        ALTINN_EVENTS_EXAMPLE,
    ),
    "svarut-status": Obtaining(
        _("The system that sent through SvarUt has it, or its supplier; for what the service sends itself that is the case system."),
        _("Ask for the status of all messages of a period, as SvarUt answers it (version 1 or 2). Every day."),
        _("One record for each message, with the status that it has now. LEST from an organisation means that a machine fetched it."),
        SVARUT_STATUS_EXAMPLE,
    ),
    "svarut-history": Obtaining(
        _("The system that sent through SvarUt has it, or its supplier; for what the service sends itself that is the case system."),
        _("Ask for the events of each message. In version 1 the file does not name its message: give the identifier with the upload."),
        _("One record for each thing that happened, in SvarUt's own words, most of them of no interest here."),
        SVARUT_HISTORY_EXAMPLE,
    ),
    "svarinn": Obtaining(
        _("Whoever runs the system that fetches the municipality's messages from SvarInn."),
        _("Ask for the list of waiting messages as SvarInn answers it, taken before they are fetched. Every day, or when something seems to be missing."),
        _("One record for each message that lies there and that no system of the municipality has fetched."),
        SVARINN_EXAMPLE,
    ),
    "eformidling": Obtaining(
        _("Whoever runs the municipality's integrasjonspunkt: IT, or a supplier."),
        _("Ask for all pages of conversations, or for statuses, from its own interface. Every day: a message lives for 24 hours before it counts as lost."),
        _("One record for each message with its statuses. LEVERT means that it lies where the other side can take it."),
        EFORMIDLING_EXAMPLE,
    ),
    "mottakslogg": Obtaining(
        _("The administrator of the case system, or its supplier. This is the file that matters most: only it shows that a report arrived."),
        _("Ask for all reports received in a period, with the carrier's identifier, when each was received and when it was stored. Every working day."),
        _("One row for each report that the case system received. Only a row with the time of storing proves that it was registered."),
        LOG_EXAMPLE,
    ),
    "register-xml": Obtaining(
        _("The administrator of a newer case system: it makes this extract for Statistics Norway."),
        _("Ask for a copy of each extract that is sent. It holds all reports, so the newest is enough to begin with."),
        _("One Melding for each report that is registered, with its day, and with its conclusion once there is one."),
        REGISTER_EXAMPLE,
    ),
    "kostra-xml": Obtaining(
        _("The administrator of an older case system: it makes this report once a year, and can make it at any time."),
        _("Ask for the file of form 15F for the year. An older one shows whether reports of that year arrived."),
        _("One Melding for each report that is registered, with its day, and with its conclusion once there is one."),
        KOSTRA_EXAMPLE,
    ),
    "archive-receipts": Obtaining(
        _("The administrator of the archive that the case system stores in."),
        _("Ask for the receipts of Fiks Arkiv for a period, and which system's identifiers their keys are. Every week."),
        _("One record for each document that was archived. A report that is archived has arrived."),
        ARCHIVE_EXAMPLE,
    ),
}

# What could not be tried, by format: the files, and the ways without files that there are for it.
PUBLISHED = ("svarut-status", "svarinn", "eformidling", "register-xml", "kostra-xml")
FETCHED = {connector.format for connector in CONNECTORS.values()}
PUSHED = ("eformidling", "altinn-events")  # their sources push what happens, one thing at a time


def _untried(name: str) -> tuple[str, ...]:
    files = OURS if name == "mottakslogg" else EXAMPLES_SEEN if name in PUBLISHED else DESCRIPTION_SEEN
    return (files, *([FETCHING] if name in FETCHED else []), *([PUSHING] if name in PUSHED else []))


UNTRIED: dict[str, tuple[str, ...]] = {name: _untried(name) for name in OBTAINING}
