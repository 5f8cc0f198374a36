import re
from pathlib import Path
from string import Formatter

import pytest

from apps.feeds import reasons, sources

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
    "lone_surrogate", "owner_missing", "stray_quote", "cell_too_long", "nul", "formula_without_value",
}  # fmt: skip
IMPERATIVE = re.compile(
    r"(?<=[.:;,] )(?:or )?(Correct|Export|Choose|Check|Use|Save|Import|Fill|Keep|Add|Write|Shorten|Take|Open|Delete|Format|Make|Bring|put|take|write|leave|say)\b"
)
TURNS_AWAY = {"foreign_service", "unknown_municipality", "accounts_differ", "too_much_memory", "not_together"} | {
    match[1] for source in SOURCES for match in re.finditer(r'(?:Unfit|Refused)\(\s*"([a-z_0-9]+)"', source.read_text())
}


@pytest.mark.parametrize("code", sorted(TURNS_AWAY))
def test_what_is_turned_away_is_told_what_was_found_and_what_to_do(code):
    sentence = reasons.REASONS[code]

    assert SAYS_ENOUGH.search(sentence) or code in OF_THE_WHOLE
    assert IMPERATIVE.search(sentence)


def test_every_sentence_says_what_to_do():
    """But for those that only say by what a file was known."""
    asking = {code: text for code, text in reasons.REASONS.items() if not code.startswith("recognised_by_")}
    short = [code for code, text in asking.items() if text.count(".") + text.count(";") < 1 or len(text) < 40]

    assert short == []
