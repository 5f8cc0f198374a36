"""JSON and XML: what their readers pass over, unfold or fetch."""

import json
from collections.abc import Iterator
from typing import Any

from tests.feeds.sources.reader import IDENTITY_NUMBER, ORGANISATION
from tests.hostile.entry import Fate, Hostile, read, refused
from tests.hostile.texts import id_of, written

OFFICE = f'<Avgiver Organisasjonsnummer="{ORGANISATION}" Versjon="2022"/>'
MELDING = '<Melding Id="M1" StartDato="2022-02-10"/>'
LAUGHS = "".join(f'<!ENTITY lol{n} "{f"&lol{n - 1};" * 10}">' for n in range(1, 10))
DEEP = 200_000
CASES = 400_000  # of these take 500 MB
MEASURES = "".join(f'<Tiltak Id="T{n}" StartDato="2022-02-{n:02}"><Lovhjemmel><Lov>BVL</Lov><Kapittel>4</Kapittel></Lovhjemmel></Tiltak>' for n in range(1, 12))


def change(number: int = 1, **more: Any) -> dict[str, Any]:
    return {"bekymringsmeldingId": id_of(number), "tidspunkt": "2024-02-01T10:12:00", "tilstand": "AKSEPTERT", "kommunenummer": "4601"} | more


def with_value(value: str) -> str:
    """An array of three changes, of which the second holds the value as it is written here."""
    return json.dumps([change(1), change(2, beskrivelse="HERE"), change(3)]).replace('"HERE"', value)


def json_file(name: str, content: str | bytes, fate: Fate, format: str = "portal-history", **more: str) -> Hostile:
    return Hostile(name, format, lambda: content.encode("utf-8", "surrogatepass") if isinstance(content, str) else content, fate, **more)  # type: ignore[arg-type]


def record(name: str, code: str, value: str) -> Hostile:
    return json_file(name, with_value(value), read(2, rejected={2: code}))


def case(*content: str) -> str:
    return f'<Individ Id="I1">{"".join(content)}</Individ>'


def document(*content: str, declaration: str = '<?xml version="1.0" encoding="UTF-8"?>', root: str = "Barnevern") -> str:
    return f"{declaration}<{root}>{''.join(content)}</{root.split()[0]}>"


def xml_file(name: str, content: str | bytes, fate: Fate, format: str = "kostra-xml", **more: str) -> Hostile:
    return Hostile(name, format, lambda: content.encode() if isinstance(content, str) else content, fate, **more)  # type: ignore[arg-type]


def typed(name: str, doctype: str) -> Hostile:
    """A document type, with what it declares where a value is read."""
    declaration = f'<?xml version="1.0" encoding="UTF-8"?>{doctype}'
    return xml_file(name, document(OFFICE, case('<Melding Id="&lol9;" StartDato="2022-02-10"/>'), declaration=declaration), refused("document_type", "1"))


def large_extract(count: int) -> Iterator[bytes]:
    """Cases as a register has them, each with one report and much that is none."""
    yield b'<?xml version="1.0" encoding="UTF-8"?><Barnevern DatoUttrekk="2023-05-20T02:00:00+02:00"><Avgiver Kommunenummer="4601"/>'
    for number in range(count):
        yield f'<Sak Id="S{number}"><Melding Id="{id_of(number)}" StartDato="2022-02-10"><Melder Kode="11"/></Melding>{MEASURES}</Sak>\n'.encode()
    yield b"</Barnevern>"


JSON = [
    record("a key twice", "duplicate_key", '"ok", "tilstand": "LEVERT"'),
    record("a key twice, once spelled otherwise", "duplicate_key", '"ok", "tilst\\u0061nd": "LEVERT"'),
    record("not a number", "not_a_number", "NaN"),
    record("without end", "not_a_number", "-Infinity"),
    record("a number beyond all", "not_a_number", "1e999"),
    record("an integer of 5,000 digits", "not_a_number", "9" * 5000),
    record("half a pair of surrogates", "lone_surrogate", '"\\ud83d"'),
    record("a NUL by its number", "nul", '"a\\u0000b"'),
    record("a list for a text", "wrong_type", '["a"]'),
    record("a truth value for a text", "not_text", "true"),
    record("a number for a message type", "not_text", '"ok", "meldingstype": 301'),
    json_file("records that are none", '[7, null, "x", []]', read(0, rejected=dict.fromkeys(range(1, 5), "not_object"))),
    json_file("fields that nobody knows", with_value('"ok", "navn": "Kari"'), read(3, "unknown_columns")),
    json_file("200,000 arrays in each other", "[" * DEEP + "]" * DEEP, refused("nested_too_deeply", "1")),
    json_file("200,000 objects in each other", '[{"a":' * DEEP, refused("nested_too_deeply", "1")),
    json_file("a page cut in its array", with_value('"ok"')[:-20], refused("cut_json", "1")),
    json_file("something after the end", with_value('"ok"') + " x", refused("trailing_data", "1")),
    json_file("two documents", with_value('"ok"') * 2, refused("trailing_data", "1")),
    json_file("comments", "// fra portalen\n" + with_value('"ok"'), refused("missing_column")),
    json_file("a comment within", with_value('"ok" /* ! */'), refused("broken_json", "1")),
    json_file("a comma too many", with_value('"ok",'), refused("broken_json", "1")),
    json_file("an empty array", "[]", read(0, "no_rows")),
    json_file("one object on each line", "\n".join(json.dumps(change(n)) for n in (1, 2)), read(2)),
    json_file("a record of 20 MB", json.dumps([change(beskrivelse="x" * (20 << 20))]), refused("record_too_long", "1")),
    json_file("a text of a megabyte", json.dumps([change(beskrivelse="x" * (1 << 20))]), read(1)),
    json_file("an identity number in a text", with_value(f'"ringte om {IDENTITY_NUMBER}"'), read(3)),
    json_file(
        "a list that says it is longer",
        json.dumps({"totaltAntallTreff": 3, "meldinger": [{"bekymringsmeldingId": id_of(1)}]}),
        refused("page_cut"),
        "portal-list",
    ),
    json_file("200,000 small records", "[" + "{}," * 199_999 + "{}]", read(0, reasons={"missing_value": 1000}), "svarut-status"),
]

XML = [
    typed("entities that unfold to a billion", f'<!DOCTYPE Barnevern [<!ENTITY lol0 "lol">{LAUGHS}]>'),
    typed("a long entity that is used often", f'<!DOCTYPE Barnevern [<!ENTITY lol9 "{"a" * 50_000}">]>'),
    typed("an entity from a file", '<!DOCTYPE Barnevern [<!ENTITY lol9 SYSTEM "file:///etc/passwd">]>'),
    typed("an entity from the network", '<!DOCTYPE Barnevern [<!ENTITY % a SYSTEM "http://127.0.0.1:9/x"> %a;]>'),
    typed("a document type and nothing else", "<!DOCTYPE Barnevern>"),
    xml_file(
        "XInclude", document(OFFICE, '<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="file:///etc/passwd"/>'), refused("other_namespace", "1")
    ),
    xml_file("another namespace", document(OFFICE, case(MELDING), root='Barnevern xmlns="http://example.org/x"'), refused("other_namespace", "1")),
    xml_file("another root", document(OFFICE, case(MELDING), root="Innsending"), refused("other_root")),
    xml_file("a million levels", "<Barnevern>" + "<a>" * 1_000_000, refused("nested_too_deeply", "1")),
    xml_file("a million attributes", document(OFFICE, case("<Melding " + " ".join(f'a{n}=""' for n in range(1_000_000)) + "/>")), refused("tag_too_long", "1")),
    xml_file("a value of two megabytes", document(OFFICE, case(f'<Melding Id="{"M" * (2 << 20)}"/>')), refused("tag_too_long", "1")),
    xml_file("a comment of two megabytes", document(OFFICE, f"<!--{'x' * (2 << 20)}-->"), refused("tag_too_long", "1")),
    xml_file(
        "UTF-8 that is said to be ISO-8859-1",
        document(OFFICE, case(MELDING).replace("<Individ", '<Individ Journalnummer="Bjørn"'), declaration='<?xml version="1.0" encoding="ISO-8859-1"?>'),
        read(1, "mixed_encodings"),
    ),
    xml_file("ISO-8859-1 that is said to be UTF-8", document(OFFICE, case(MELDING), "<!-- ø -->").encode("iso-8859-1"), refused("not_decodable", "1")),
    xml_file("an encoding that nobody reads", document(OFFICE, declaration='<?xml version="1.0" encoding="EBCDIC-CP-NO"?>'), refused("unknown_encoding")),
    xml_file("an encoding with a NUL", document(OFFICE, declaration='<?xml version="1.0" encoding="UTF-8\0"?>'), refused("unknown_encoding")),
    xml_file("comments and CDATA that hold records", document(OFFICE, case(MELDING), f"<!-- {MELDING} --><![CDATA[{MELDING}]]>"), read(1)),
    xml_file("a text split by CDATA and comments", document(OFFICE, case("<Presisering>a<![CDATA[b]]>c<!-- d -->e</Presisering>", MELDING)), read(1)),
    xml_file("cut off", document(OFFICE, case(MELDING))[:-6], refused("cut_xml", "1")),
    xml_file("two documents", document(OFFICE) * 2, refused("broken_xml", "1")),
    xml_file("a report where none can be", document(OFFICE, MELDING), refused("misplaced_element", "1")),
    Hostile("an extract of 500 MB", "register-xml", lambda: written(large_extract(CASES)), read(CASES), is_large=True),
    xml_file("no reports", document(OFFICE), read(0, "no_rows")),
    xml_file("an empty file", b"", read(0, "empty_file")),
    xml_file("no XML", "Id;StartDato\n", refused("wrong_kind_of_file")),
]

CATALOGUE = [*JSON, *XML]
