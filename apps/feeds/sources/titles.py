"""A category proposed from the words of a title, which is then dropped (formats.md, rule 3).

A line that is rejected keeps one word for it in place of the title, which is the whole title when the line has been corrected.
"""

import re

# The first that a title holds decides: a report that is also called a document is a report.
WORDS = (
    ("report", re.compile(r"bekymringsmelding")),
    ("notice", re.compile(r"underretning|orientering")),
    ("case_document", re.compile(r"dokument|\bsak")),
)
COLUMN = "kategori"  # of a rejected line
NAMES = {"report": "bekymringsmelding", "notice": "orientering", "case_document": "dokument"}


def category(title: object) -> str:
    """ "report", "notice", "case_document", or "" when no word says it (or what stands there is no text)."""
    words = title.casefold() if isinstance(title, str) else ""
    return next((category for category, word in WORDS if word.search(words)), "") if words else ""


def shown(title: object) -> str:
    """What may be kept of a title: a word that proposes the same category, or ""."""
    return NAMES.get(category(title), "")
