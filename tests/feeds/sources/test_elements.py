"""XML that is meant to harm, and XML that is merely odd; KOSTRA's format stands for both."""

import pytest

from tests.feeds.sources.reader import ORGANISATION, read

OFFICE = f'<Avgiver Organisasjonsnummer="{ORGANISATION}" Versjon="2022"/>'
MELDING = '<Melding Id="M1" StartDato="2022-02-10"/>'
LAUGHS = "".join(f'<!ENTITY lol{n} "{f"&lol{n - 1};" * 10}">' for n in range(1, 10))


def case(*content, number="I1"):
    return f'<Individ Id="{number}">{"".join(content)}</Individ>'


def document(*content, declaration='<?xml version="1.0" encoding="UTF-8"?>', root="Barnevern"):
    return f"{declaration}<{root}>{''.join(content)}</{root.split()[0]}>"


def outcome(*content, **parts):
    return read("kostra-xml", document(*content, **parts))


@pytest.mark.parametrize(
    "doctype",
    [
        "<!DOCTYPE Barnevern>",
        '<!DOCTYPE Barnevern SYSTEM "http://127.0.0.1:9/x.dtd">',
        '<!DOCTYPE Barnevern PUBLIC "x" "file:///etc/passwd">',
        '<!DOCTYPE Barnevern [<!ENTITY a "b">]>',
        '<!DOCTYPE Barnevern [<!ENTITY a SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE Barnevern [<!ENTITY % a SYSTEM "http://127.0.0.1:9/x"> %a;]>',
        f'<!DOCTYPE Barnevern [<!ENTITY lol0 "lol">{LAUGHS}]>',
        f'<!DOCTYPE Barnevern [<!ENTITY a "{"a" * 50_000}">]>',
        '<!DOCTYPE Barnevern [<!ATTLIST Melding Id CDATA "M1">]>',
    ],
)
def test_a_document_type_refuses_the_file_before_anything_is_unfolded_or_fetched(doctype):
    declaration = f'<?xml version="1.0" encoding="UTF-8"?>{doctype}'

    refused = outcome(OFFICE, case('<Melding Id="&lol9;&a;" StartDato="2022-02-10"/>'), declaration=declaration)

    assert (refused.refused, refused.records) == ("document_type", [])


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (document(OFFICE, case(MELDING), root='Barnevern xmlns="http://example.org/x"'), "other_namespace"),
        (document(OFFICE, case('<Melding xmlns="http://example.org/x" Id="M1"/>')), "other_namespace"),
        (document(OFFICE, '<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="file:///etc/passwd"/>'), "other_namespace"),
        (document(OFFICE, case(MELDING), root="Innsending"), "other_root"),
        (document(OFFICE, "<Sak>", MELDING, "</Sak>"), "misplaced_element"),
        (document(OFFICE, MELDING), "misplaced_element"),
        (document(OFFICE, case(f'<Melding Id="M1">{MELDING}</Melding>')), "misplaced_element"),
        (document(OFFICE, case(MELDING), OFFICE), "misplaced_element"),
        (document(case(MELDING), OFFICE), "misplaced_element"),
        (document("&undeclared;"), "broken_xml"),
        (document('<Individ Id="1" Id="2"/>'), "broken_xml"),
        (document("<x:Individ/>"), "broken_xml"),
        (document("\0"), "broken_xml"),
        (document("<Individ></Avgiver>"), "broken_xml"),
        (document(OFFICE) + document(OFFICE), "broken_xml"),
        (document(OFFICE) + "rest", "broken_xml"),
        ("<>", "broken_xml"),
        (document(OFFICE, case(MELDING))[:-4], "cut_xml"),
        (document(OFFICE, case(MELDING))[:-12], "cut_xml"),
        (document(OFFICE, case(MELDING), "<!-- never closed")[:-12], "cut_xml"),
        (document(OFFICE, case(MELDING), "<![CDATA[ never closed")[:-12], "cut_xml"),
        ('<?xml version="1.0"?>', "cut_xml"),
        ("[]", "wrong_kind_of_file"),
        ("Id;StartDato\n", "wrong_kind_of_file"),
        (b"PK\x03\x04", "wrong_kind_of_file"),
    ],
)
def test_what_is_no_document_of_the_format_is_refused(content, code):
    assert read("kostra-xml", content).refused == code


def test_the_refusal_names_the_line_and_the_element():
    refused = outcome(OFFICE, "\n", case("\n", '<Undersokelse Id="U1">', MELDING, "</Undersokelse>"))

    assert refused.details == {"found": "Melding", "line": "3"}


@pytest.mark.parametrize("depth", [101, 1_000_000])
def test_nesting_over_a_hundred_levels_is_refused(depth):
    assert read("kostra-xml", "<Barnevern>" + "<a>" * (depth - 1) + "</a>" * (depth - 1) + "</Barnevern>").refused == "nested_too_deeply"
    assert read("kostra-xml", "<Barnevern>" + "<a>" * (depth - 1)).refused == "nested_too_deeply"


def test_a_hundred_levels_are_read():
    assert read("kostra-xml", "<Barnevern>" + "<a>" * 99 + "</a>" * 99 + "</Barnevern>").warnings == ["no_rows"]


@pytest.mark.parametrize(
    "long",
    [
        '<Melding Id="M1" ' + " ".join(f'a{n}=""' for n in range(1_000_000)) + "/>",
        f'<Melding Id="{"M" * (2 << 20)}"/>',
        f"<!--{'x' * (2 << 20)}-->",
        f"<!--{'<Melding ' * (1 << 18)}-->",
        f"<![CDATA[{'x' * (2 << 20)}]]>",
        f"<Presisering>{'x' * (3 << 20)}</Presisering>",
    ],
    ids=["a million attributes", "a long value", "a long comment", "tags in a long comment", "long CDATA", "a long text"],
)
def test_what_would_have_to_be_held_whole_is_refused_when_it_is_too_long(long):
    refused = outcome("\n\n", OFFICE, case(f"\n{long}"))

    assert (refused.refused, refused.details["line"]) == ("tag_too_long", "4")


def test_an_attribute_that_is_not_named_is_not_read():
    many = " ".join(f'a{n}="x"' for n in range(10_000))

    record = outcome(OFFICE, case(f'<Melding Id="M1" StartDato="2022-02-10" {many} Navn="Kari"/>')).records[0]

    assert "Kari" not in repr(record)


@pytest.mark.parametrize(
    "between",
    [
        "<!-- <Melding Id='M2' StartDato='2022-02-10'/> -->",
        "<![CDATA[<Melding Id='M2' StartDato='2022-02-10'/>]]>",
        "<![CDATA[<!--]]>",
        "<!-- <![CDATA[ -->",
        "<?prosess <Melding Id='M2'/> ?>",
        "&lt;Melding Id='M2'/&gt;",
        "<Meldinger/><MeldingX/><Undersokelse/>",
        "<Presisering>a<![CDATA[b]]>c<!-- d -->e</Presisering>",
        "x" * 100_000,
    ],
)
def test_only_tags_are_counted_and_read(between):
    assert len(outcome(OFFICE, between, case(between, MELDING, between)).records) == 1


@pytest.mark.parametrize("shift", range(60))
def test_a_tag_may_lie_across_two_pieces(shift):
    """The counter reads a mebibyte at a time, the parser less."""
    blanks = " " * ((1 << 20) - 200 + shift)
    inside = "<!-- <Melding/> --><![CDATA[ <Melding/> ]]>"

    for content in (MELDING + inside + MELDING.replace("M1", "M2"), inside + MELDING + MELDING.replace("M1", "M2")):
        assert [record.line for record in outcome(OFFICE, "<a/>", blanks[: len(blanks) // 2], "<b/>", blanks[len(blanks) // 2 :], case(content)).records] == [
            1,
            2,
        ]


def test_character_references_are_understood():
    assert outcome(OFFICE, case('<Melding Id="&#77;&#x31;&amp;" StartDato="2022&#45;02-10"/>')).records[0].references[0].value.endswith(":M1&")


@pytest.mark.parametrize(
    ("declared", "written", "codes"),
    [
        ("UTF-8", "utf-8", []),
        ("ISO-8859-1", "iso-8859-1", []),
        ("iso-8859-1", "iso-8859-1", []),
        ("windows-1252", "cp1252", []),
        ("US-ASCII", "ascii", []),
        ("UTF-16", "utf-16", []),
        ("UTF-8", "utf-8-sig", []),
        ("ISO-8859-1", "utf-8", ["mixed_encodings"]),
    ],
)
def test_the_declared_encoding_is_the_file_s(declared, written, codes):
    name = "Bjoern" if written == "ascii" else "Bjørn"
    content = document(
        OFFICE, case(MELDING).replace("<Individ", f'<Individ Journalnummer="{name}"'), declaration=f'<?xml version="1.0" encoding="{declared}"?>'
    )

    outcome = read("kostra-xml", content.encode(written))

    assert len(outcome.records) == 1
    assert outcome.warnings == codes
    if not codes:
        assert outcome.records[0].attributes["journalnummer"] == name


@pytest.mark.parametrize(
    ("declared", "content", "code"),
    [
        ("UTF-8", b"\xf8", "not_decodable"),
        ("US-ASCII", "ø".encode(), "not_decodable"),
        ("UTF-16", b"", "not_decodable"),
        ("EBCDIC-CP-NO", b"", "unknown_encoding"),
        ("", b"", "unknown_encoding"),
    ],
)
def test_an_encoding_that_does_not_fit_refuses_the_file(declared, content, code):
    declaration = f'<?xml version="1.0" encoding="{declared}"?>'
    whole = declaration.encode() + b"<Barnevern><!--" + content + b"--></Barnevern>"

    assert read("kostra-xml", whole).refused == code


def test_an_encoding_said_with_the_import_helps_a_file_that_declares_none():
    content = document(OFFICE, case(MELDING), declaration="<!-- ø -->").encode("iso-8859-1")

    assert read("kostra-xml", content).refused == "not_decodable"
    assert len(read("kostra-xml", content, encoding="iso-8859-1").records) == 1


@pytest.mark.parametrize("content", [b"", b"  \n"])
def test_an_empty_file_is_read_with_a_warning(content):
    assert read("kostra-xml", content).warnings == ["empty_file"]


def test_a_document_without_records_is_read_with_a_warning():
    assert outcome(OFFICE).warnings == ["no_rows"]
