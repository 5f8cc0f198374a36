"""Whatever the bytes: a parser refuses, or gives every record that was counted otherwise exactly one fate. Nothing else ever comes out of it."""

import json
import re
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as some

from apps.feeds.record import Record
from tests.feeds.sources.reader import ID, IDENTITY_NUMBER, ORGANISATION, OTHER_ID, read
from tests.feeds.sources.workbooks import SHEET, ods, ods_row, ods_table, sheet_xml, with_parts, xlsx_of

ANY_TEXT = some.text(some.characters(exclude_categories=()), max_size=12)
VALUES = some.sampled_from(
    [
        ID,
        OTHER_ID.upper(),
        f"urn:uuid:{ID}",
        "",
        " ",
        "2023-05-01T10:00:00",
        "2023-03-26T02:30:00",
        "2023-05-01T10:00:00.1234567+02:00",
        "01.05.2023",
        "9999-12-31",
        "AKSEPTERT",
        "LEVERT",
        "mottatt",
        "slettet",
        "301",
        "4601",
        "00",
        ORGANISATION,
        IDENTITY_NUMBER,
        "018180 12345",
        "=1+1",
        '"',
        '""',
        '"a',
        'b"',
        '"a"b',
        "a\nb",
        '"a\nb"',
        '"a\r\n\r\nb"',
        "\r",
        "\0",
        "\u2028",
        "\x85",
        "æøå",
        "x" * 131_073,
    ]
)
CELLS = VALUES | some.text(some.characters(codec="utf-8"), max_size=8)
HEADERS = {
    "portal-history": ["bekymringsmeldingId", "tidspunkt", "tilstand", "beskrivelse"],
    "portal-list": ["bekymringsmeldingId", "innsendt", "antallBarn", "kommunenummer"],
    "mottakslogg": ["bekymringsmeldingId", "mottattTidspunkt", "resultat", "fagsystemMeldingId"],
}
# Formats that are JSON only: the keys of one record, and (nested) where the statuses stand.
FLAT = {
    "altinn-events": ["id", "type", "time", "resourceinstance", "resource", "subject"],
    "svarut-status": ["id", "forsendelsesid", "status", "forsendelseStatus", "sisteStatusEndring", "eksternRef", "mottakerOrgnr", "niva"],
    "svarut-history": ["forsendelseId", "tidspunkt", "hendelse", "hendelsesLogg"],
    "svarinn": ["id", "date", "status", "tittel", "mottaker", "orgnr", "eksternRef", "svarPaForsendelse"],
}
NESTED = {
    "altinn": ["correspondenceId", "recipient", "statusHistory", "status", "statusChanged", "dueDateTime", "sendersReference", "propertyList"],
    "eformidling": [
        "messageId",
        "messageStatuses",
        "status",
        "lastUpdate",
        "createdTs",
        "serviceIdentifier",
        "processIdentifier",
        "receiverIdentifier",
        "senderIdentifier",
        "externalSystemReference",
        "content",
        "totalElements",
        "description",
    ],
}
HISTORIES = {"altinn": "statusHistory", "eformidling": "messageStatuses"}
WHOLE = {  # a record that is right, of which some values are taken
    "altinn-events": {"id": ID, "type": "no.altinn.correspondence.attachmentexpired", "time": "2024-02-01T10:00:00Z", "resourceinstance": ID, "subject": ""},
    "svarut-status": {"id": ID, "status": "LEST", "sisteStatusEndring": "2024-02-01T10:00:00Z", "eksternRef": OTHER_ID},
    "svarut-history": {"forsendelseId": ID, "tidspunkt": "01.02.2024 10:00:00", "hendelse": "Lest eksternt av noen"},
    "svarinn": {"id": ID, "date": 1706778000398, "status": "LEST", "tittel": "", "mottaker": {"orgnr": ORGANISATION}},
    "eformidling": {"messageId": ID, "status": "LEVERT", "lastUpdate": "2024-02-01T10:00:00Z", "receiverIdentifier": ORGANISATION},
}
# Within more digits, or within a UUID that stands alone, it is nobody's number.
NUMBERS = re.compile(rf"(?<!\d){IDENTITY_NUMBER[:6]} ?{IDENTITY_NUMBER[6:]}(?!\d)")
UUIDS = re.compile(r"(?<!\w)[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}(?!\w)")
OFTEN = settings(max_examples=150, deadline=None)


def check(format, content, **options):
    """The fates and the count agree (in `read`), the lines rise, and nothing that is kept or told holds an identity number or a NUL."""
    outcome = read(format, content, **options)

    if not outcome.refused:
        lines = [fate.line for fate in outcome.fates]
        assert all(earlier < later for earlier, later in pairwise(lines))
    kept = [fate.raw for fate in outcome.fates] + outcome.sentences
    kept += [text for record in outcome.records for text in (record.attributes or {}).values()]
    kept += [occurrence.native for record in outcome.records for occurrence in record.occurrences]
    kept += [reference.value for record in outcome.records for reference in record.references]
    for text in kept:
        assert not NUMBERS.search(UUIDS.sub("", text))
        assert "\0" not in text
        assert len(text) <= 2000 or not text.startswith("bekymringsmeldingId=")
        text.encode()
    return outcome


@OFTEN
@given(format=some.sampled_from([*HEADERS, "altinn", *FLAT, *NESTED]), content=some.binary(max_size=300), encoding=some.sampled_from(["", "cp1252", "utf-8"]))
def test_any_bytes_are_refused_or_accounted_for(format, content, encoding):
    read(format, content, encoding=encoding)


@OFTEN
@given(
    format=some.sampled_from(list(HEADERS)),
    rows=some.lists(some.lists(CELLS, min_size=1, max_size=5), max_size=8),
    separator=some.sampled_from(";,\t"),
    end=some.sampled_from(["\n", "\r\n", "\r"]),
    encoding=some.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)
def test_any_table_is_refused_or_accounted_for(format, rows, separator, end, encoding):
    content = end.join(separator.join(cells) for cells in [HEADERS[format], *rows])

    check(format, content.encode(encoding))


@OFTEN
@given(format=some.sampled_from(list(HEADERS)), content=some.text(some.sampled_from('";,\t\n\r ab\0æ'), max_size=60))
def test_any_quoting_is_refused_or_accounted_for(format, content):
    check(format, ";".join(HEADERS[format]) + "\n" + content)


KEYS = some.sampled_from(["bekymringsmeldingId", "tidspunkt", "tilstand", "innsendt", "antallBarn", "meldinger", "totaltAntallTreff", "x"])


def json_values(keys):
    return some.recursive(
        some.none() | some.booleans() | some.integers() | some.floats() | VALUES | ANY_TEXT,
        lambda inner: some.lists(inner, max_size=3) | some.dictionaries(keys | ANY_TEXT, inner, max_size=4),
        max_leaves=8,
    )


@OFTEN
@given(format=some.sampled_from(["portal-history", "portal-list"]), values=some.lists(json_values(KEYS), max_size=5), indent=some.sampled_from([None, 1]))
def test_any_json_values_are_refused_or_accounted_for(format, values, indent):
    check(format, json.dumps(values, indent=indent))
    check(format, "\n".join(json.dumps(value) for value in values))
    check(format, json.dumps({"totaltAntallTreff": len(values), "a": values, "meldinger": values, "b": values}))


@OFTEN
@given(format=some.sampled_from(list(FLAT)), data=some.data())
def test_any_record_is_refused_or_accounted_for(format, data):
    found = json_values(some.sampled_from(FLAT[format]))
    values = data.draw(
        some.lists(found | some.dictionaries(some.sampled_from(FLAT[format]), found, max_size=4).map(lambda some: WHOLE[format] | some), max_size=5)
    )

    check(format, json.dumps(values), reference=ID)
    check(format, "\n".join(json.dumps(value) for value in values), reference=ID)
    check(format, json.dumps({"a": values, "hendelsesLogg": values, "b": values}), reference=ID)


@OFTEN
@given(format=some.sampled_from(list(NESTED)), data=some.data())
def test_any_history_is_refused_or_accounted_for(format, data):
    found = json_values(some.sampled_from(NESTED[format]))
    histories = some.fixed_dictionaries({HISTORIES[format]: some.lists(found, max_size=4)})
    values = data.draw(some.lists(found | histories | histories.map(lambda some: WHOLE["eformidling"] | some), max_size=4))
    wrapped = {"messageStatuses": values, "totalElements": len(values) + 1, "content": values, "statusHistory": values}

    for content in (json.dumps(values), "\n".join(json.dumps(value) for value in values), json.dumps(wrapped)):
        outcome = check(format, content)
        if not outcome.refused and not content.startswith("{"):
            assert [fate.line for fate in outcome.fates] == list(range(1, len(outcome.fates) + 1))


@OFTEN
@given(format=some.sampled_from(list(WHOLE)), data=some.data())
def test_the_order_of_records_does_not_matter(format, data):
    changed = some.dictionaries(some.sampled_from(list(WHOLE[format])), VALUES, max_size=2)
    values = [WHOLE[format] | each for each in data.draw(some.lists(changed, min_size=1, max_size=4))]
    shuffled = data.draw(some.permutations(values))

    told = [
        sorted(
            (str(fate.references), str(fate.occurrences), str(fate.attributes)) if isinstance(fate, Record) else (fate.code, "", fate.raw)
            for fate in made.fates
        )
        for made in (check(format, json.dumps(values)), check(format, json.dumps(shuffled)))
    ]
    assert told[0] == told[1]


@OFTEN
@given(content=some.text(some.sampled_from('[]{},:"\\ \n1eau"statusHistory"'), max_size=60))
def test_any_brackets_are_refused_or_accounted_for(content):
    for start in ("[", '{"statusHistory":', '{"meldinger":[', '{"content":[', '{"messageStatuses":[', ""):
        check("altinn", start + content)
        check("eformidling", start + content)
        check("portal-list", start + content)


BOOK = xlsx_of(HEADERS["mottakslogg"], [ID, "2023-05-01T10:00:00", "mottatt", "17"], [ID, "2023-05-01", "slettet"])
ODS = ods(ods_table(ods_row(*HEADERS["mottakslogg"]), ods_row(ID, "2023-05-01", "mottatt", "17", repeated=2)))


@OFTEN
@given(book=some.sampled_from([BOOK, ODS]), changes=some.lists(some.tuples(some.integers(0, 10**6), some.integers(0, 255)), min_size=1, max_size=4))
def test_a_workbook_with_changed_bytes_is_refused_or_accounted_for(book, changes):
    content = bytearray(book)
    for place, byte in changes:
        content[place % len(content)] = byte

    read("mottakslogg", bytes(content))


@OFTEN
@given(rows=some.lists(some.lists(some.tuples(some.sampled_from(["str", "n", "b", "e", "s", "d", "x"]), CELLS), max_size=5), max_size=5))
def test_any_cells_are_refused_or_accounted_for(rows):
    safe = [[(kind, value.replace("&", "").replace("<", "").replace("\0", "")) for kind, value in row] for row in rows]
    heading = [("str", name) for name in HEADERS["mottakslogg"]]

    check("mottakslogg", with_parts(BOOK, **{SHEET: sheet_xml(heading, *safe).encode("utf-8", "replace")}))


@OFTEN
@given(rows=some.lists(some.tuples(some.lists(CELLS, max_size=5), some.integers(0, 3)), max_size=5))
def test_any_opendocument_cells_are_refused_or_accounted_for(rows):
    made = [ods_row(*[cell.replace("&", "").replace("<", "").replace("\0", "") for cell in cells], repeated=count) for cells, count in rows]

    check("mottakslogg", ods(ods_table(ods_row(*HEADERS["mottakslogg"]), *made)))
