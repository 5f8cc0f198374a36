"""Whatever the bytes of the case systems' and archives' files: refused, or every record that was counted otherwise has exactly one fate."""

import json
from xml.sax.saxutils import escape, quoteattr

import pytest
from hypothesis import given
from hypothesis import strategies as some

from tests.feeds.sources.reader import ID, IDENTITY_NUMBER, OTHER_ID, read
from tests.feeds.sources.test_fuzz import ANY_TEXT, OFTEN, VALUES, check, json_values

FORMATS = ("register-xml", "kostra-xml")
NAMES = ("Barnevern", "Avgiver", "Fagsystem", "Sak", "Individ", "Virksomhet", "Melding", "Melder", "Konklusjon", "Slettet", "Undersokelse", "x")
ATTRIBUTES = (
    "Id",
    "StartDato",
    "SluttDato",
    "Kode",
    "Type",
    "ErSlettet",
    "Konklusjon",
    "Versjon",
    "Organisasjonsnummer",
    "Kommunenummer",
    "Journalnummer",
    "x",
)
WORDS = some.sampled_from(["Melding", "Vedtak", "true", "0", "1", "8", "99", "2022", "2023-05-02", "2023-05-02+02:00", "964338531", "4601"])
CELLS = VALUES.filter(lambda value: len(value) < 1000) | WORDS | some.text(some.characters(codec="utf-8"), max_size=8)
TEXTS = some.sampled_from(["", "\n", "tekst", f"Kari {IDENTITY_NUMBER}", "<!-- <Melding/> -->", "<![CDATA[<Melding Id='1'/>]]>", "<?x <Melding ?>"])


def tag(name, attributes, inner):
    written = "".join(f" {key}={quoteattr(value)}" for key, value in attributes.items())
    return f"<{name}{written}>{inner}</{name}>"


def elements(names):
    attributes = some.dictionaries(some.sampled_from(ATTRIBUTES), CELLS, max_size=6)
    return some.recursive(
        some.builds(tag, names, attributes, TEXTS),
        lambda inner: some.builds(tag, names, attributes, some.lists(inner, max_size=4).map("".join)),
        max_leaves=12,
    )


ANY_ELEMENTS = elements(some.sampled_from(NAMES))


@OFTEN
@given(format=some.sampled_from((*FORMATS, "archive-receipts")), content=some.binary(max_size=300), encoding=some.sampled_from(["", "utf-16", "cp1252"]))
def test_any_bytes_are_refused_or_accounted_for(format, content, encoding):
    read(format, content, encoding=encoding)
    read(format, b"<Barnevern>" + content, encoding=encoding)


@OFTEN
@given(format=some.sampled_from(FORMATS), inner=some.lists(ANY_ELEMENTS, max_size=4), encoding=some.sampled_from(["utf-8", "utf-16", "iso-8859-1"]))
def test_any_elements_are_refused_or_accounted_for(format, inner, encoding):
    content = f'<?xml version="1.0" encoding="{encoding}"?><Barnevern DatoUttrekk="2023-05-20">{"".join(inner)}</Barnevern>'

    check(format, content.encode(encoding, "xmlcharrefreplace"))


@OFTEN
@given(
    format=some.sampled_from(FORMATS),
    cells=some.lists(some.tuples(some.dictionaries(some.sampled_from(ATTRIBUTES), CELLS, max_size=6), some.lists(CELLS, max_size=3)), max_size=6),
    office=some.dictionaries(some.sampled_from(ATTRIBUTES), CELLS, max_size=4),
)
def test_any_values_in_the_right_places_are_accounted_for(format, cells, office):
    holder = "Sak" if format == "register-xml" else "Individ"
    reports = [tag("Melding", values, "".join(tag("Melder", {"Kode": code}, "") for code in codes)) for values, codes in cells]
    content = tag("Barnevern", {}, tag("Avgiver", office, "") + tag(holder, {"Id": "1"}, "".join(reports)))

    outcome = check(format, content)

    assert outcome.refused in ("", "broken_xml")  # a character that no XML may hold
    if not outcome.refused:
        assert [fate.line for fate in outcome.fates] == list(range(1, len(cells) + 1))


PIECES = [
    "<Melding",
    "<Sak>",
    "</Sak>",
    "<Individ Id='1'>",
    "/>",
    ">",
    "<",
    " Id='1'",
    " StartDato='2023-05-02'",
    "<!--",
    "-->",
    "<![CDATA[",
    "]]>",
    "<?",
    "?>",
]
PIECES += [
    "<Slettet",
    " Type='Melding'",
    ' Type="Vedtak"',
    "'",
    '"',
    "&lt;",
    "&#77;",
    "a",
    " ",
    "\n",
    "</Melding>",
    "<Barnevern>",
    "</Barnevern>",
    "<!DOCTYPE x>",
]


@OFTEN
@given(format=some.sampled_from(FORMATS), pieces=some.lists(some.sampled_from(PIECES), max_size=30))
def test_any_pieces_of_xml_are_refused_or_accounted_for(format, pieces):
    holder = "Sak" if format == "register-xml" else "Individ"
    for content in ("".join(pieces), f"<Barnevern><{holder}>{''.join(pieces)}</{holder}></Barnevern>"):
        check(format, content)


@OFTEN
@given(format=some.sampled_from(FORMATS), changes=some.lists(some.tuples(some.integers(0, 10**6), some.integers(0, 255)), min_size=1, max_size=4))
def test_a_file_with_changed_bytes_is_refused_or_accounted_for(format, changes):
    holder = "Sak" if format == "register-xml" else "Individ"
    reports = tag("Melding", {"Id": ID, "StartDato": "2023-05-02"}, tag("Melder", {"Kode": "8"}, escape("ø")))
    content = bytearray(tag("Barnevern", {}, tag(holder, {"Id": "1"}, reports * 2 + tag("Slettet", {"Id": OTHER_ID, "Type": "Melding"}, ""))).encode())
    for place, byte in changes:
        content[place % len(content)] = byte

    read(format, bytes(content))


RECEIPT_KEYS = some.sampled_from(["systemID", "registreringsID", "opprettetDato", "referanseEksternNoekkel", "fagsystem", "noekkel", "journalaar", "x"])
RECEIPTS = some.fixed_dictionaries(
    {},
    optional={
        "systemID": CELLS,
        "registreringsID": CELLS,
        "opprettetDato": CELLS | WORDS,
        "referanseEksternNoekkel": some.fixed_dictionaries({}, optional={"fagsystem": some.sampled_from(["svarut", "Case", "x"]), "noekkel": CELLS}),
        "journalpostnummer": CELLS | some.integers(),
    },
)


@OFTEN
@given(values=some.lists(RECEIPTS | json_values(RECEIPT_KEYS | ANY_TEXT), max_size=5), indent=some.sampled_from([None, 1]))
def test_any_receipts_are_refused_or_accounted_for(values, indent):
    check("archive-receipts", json.dumps(values, indent=indent))
    check("archive-receipts", "\n".join(json.dumps(value) for value in values))


@pytest.mark.parametrize("format", FORMATS)
def test_a_file_cut_anywhere_is_refused(format):
    holder = "Sak" if format == "register-xml" else "Individ"
    whole = tag("Barnevern", {}, tag(holder, {"Id": "1"}, tag("Melding", {"Id": ID, "StartDato": "2023-05-02"}, "<!-- a --><![CDATA[ b ]]>"))).encode()

    assert {read(format, whole[:end]).refused for end in range(1, len(whole))} <= {"cut_xml", "broken_xml"}
