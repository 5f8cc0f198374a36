import re
from pathlib import Path
from string import Formatter

import pytest

from apps.feeds import reasons, sources
from config import languages

SOURCES = sorted(Path(sources.__file__).parent.glob("*.py"))
RAISED = re.compile(r'(?:Unfit|Refused|warn)\(\s*"([a-z_0-9]+)"((?:[^()]|\((?:[^()]|\([^()]*\))*\))*)\)')


def raised():
    return [(match[1], match[2]) for source in SOURCES for match in RAISED.finditer(source.read_text())]


def test_the_parsers_reasons_are_found():
    assert len({code for code, _ in raised()}) > 40


@pytest.mark.parametrize("code", sorted({code for code, _ in raised()} | {"foreign_service", "unknown_municipality", "accounts_differ"}))
def test_every_reason_has_a_sentence(code):
    assert code in reasons.REASONS


@pytest.mark.parametrize(("code", "given"), sorted(set(raised())))
def test_every_gap_of_a_sentence_is_filled_by_who_raises_it(code, given):
    gaps = {name for _, name, _, _ in Formatter().parse(reasons.REASONS[code]) if name}

    assert gaps <= set(re.findall(r"(\w+)=", given))


# What is told beyond the sentence itself: the file, the line, and the columns as they stood, which the page shows beside it.
SAYS_ENOUGH = re.compile(r"\{(?:column|columns|found|line|lines|limit|encoding|counted|expected)\}")
OF_THE_WHOLE = {  # there is nothing to quote: what is wrong is what the sentence says
    "old_or_encrypted_workbook", "broken_package", "not_a_workbook", "workbook_with_macros", "broken_workbook", "document_type_in_xml", "reference_missing",
    "owner_missing", "stray_quote", "cell_too_long", "zip_broken", "zip_empty", "zip_encrypted", "zip_file_damaged", "zip_within_zip",
}  # fmt: skip
WHAT_TO_DO = {  # what one is asked for; a sentence that asks for nothing leaves the reader alone
    "en": "Correct Export Choose Check Use Save Import Fill Keep Add Write Shorten Take Open Delete Format Make Bring Hand put take write leave say hand",
    "nb": "Rett Hent Eksporter Velg Kontroller Sjekk Bruk Lagre Importer Fyll Behold Legg Skriv Kort Ta Åpne Slett Formater Gjør Lag Lever Del Se sett ta skriv la si",
    "nn": "Rett Hent Eksporter Vel Kontroller Sjekk Bruk Lagre Importer Fyll Behald Legg Skriv Kort Ta Opne Slett Formater Gjer Lag Lever Del Sjå set ta skriv la sei",
}
CODES = [*SOURCES, *Path(reasons.__file__).parent.glob("*.py")]
TURNS_AWAY = {"foreign_service", "unknown_municipality", "accounts_differ", "too_much_memory", "not_together", "file_too_large"} | {
    match[1] for source in CODES for match in re.finditer(r'(?:Unfit|Refused)\(\s*"([a-z_0-9]+)"', source.read_text())
}


@pytest.fixture(scope="module", params=WHAT_TO_DO)
def language(request):
    """Each language's words for what to do, and what it makes of a sentence; that it keeps the gaps is tested with the catalogues."""
    asked = re.compile(rf"(?:[.:;,]|, (?:or|eller)) ({'|'.join(WHAT_TO_DO[request.param].split())})\b")
    if request.param == "en":
        return asked, str
    catalogue = languages.read(languages.CATALOGUES / request.param / "LC_MESSAGES" / "django.po")
    return asked, lambda sentence: catalogue.get(sentence).string


def test_what_is_turned_away_is_told_what_to_do_in_every_language(language):
    asked, said = language

    assert [code for code in sorted(TURNS_AWAY) if not asked.search(said(reasons.REASONS[code]))] == []


@pytest.mark.parametrize("code", sorted(TURNS_AWAY))
def test_what_is_turned_away_is_told_what_was_found(code):
    assert SAYS_ENOUGH.search(reasons.REASONS[code]) or code in OF_THE_WHOLE


def test_a_line_s_reason_names_the_column_wherever_the_reader_knows_it():
    of_a_row = {
        "spans_lines",
        "short_row",
        "long_row",
        "stray_quote",
        "cell_too_long",
        "owner_missing",
        "not_object",
    }
    of_lines = {match[1] for source in SOURCES for match in re.finditer(r'Unfit\(\s*"([a-z_0-9]+)"', source.read_text())}
    of_lines |= {"foreign_service", "unknown_municipality"}

    assert [code for code in sorted(of_lines - of_a_row) if not re.search(r"\{columns?\}", reasons.REASONS[code])] == []


def test_every_sentence_says_what_to_do():
    """But for those that only say by what a file was known."""
    asking = {code: text for code, text in reasons.REASONS.items() if not code.startswith("recognised_by_")}
    short = [code for code, text in asking.items() if text.count(".") + text.count(";") < 1 or len(text) < 40]

    assert short == []
