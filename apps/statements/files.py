"""A statement as a file: PDF that everybody can read (PDF/UA-1), XLSX and CSV. Each carries what it is of, as of when, every definition, and who signs it."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import typst
from django.conf import settings
from django.http import HttpResponse, HttpResponseBase
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from apps.audit.models import Entry
from apps.ledger.models import Direction
from apps.reports import untold
from apps.statements import coverage, sheet
from apps.statements.figuring import Figures
from apps.statements.models import Basis, Statement
from apps.ui import moments, spreadsheets

FORMATS = {"pdf": "PDF", "xlsx": "XLSX", "csv": "CSV"}
FORM = Path(settings.BASE_DIR) / "templates" / "statements" / "statement.typ"


@dataclass(frozen=True)
class Told:
    """A statement in words: `facts` and `coverage` as pairs of what and what of it."""

    title: str
    facts: list[tuple[str, str]]
    sections: list[sheet.Section]
    coverage: list[tuple[str, str]]
    method: str


def file(statement: Statement, rows: Sequence[Statement], figures: Figures, signatures: Mapping[int, Entry], *, format: str) -> HttpResponseBase:
    told = in_words(statement, rows, figures, signatures)
    name = f"framme-statement-{'-'.join(statement.codes[:3])}-{statement.number}.{format}"
    if format == "pdf":
        return HttpResponse(pdf(told), content_type="application/pdf", headers={"Content-Disposition": f'attachment; filename="{name}"'})
    if format == "csv":
        return spreadsheets.built(all_rows(told), file_name=name)
    return spreadsheets.workbook(all_rows(told), file_name=name)


def in_words(statement: Statement, rows: Sequence[Statement], figures: Figures, signatures: Mapping[int, Entry]) -> Told:
    return Told(
        title=_("Statement %(number)s, %(services)s") % {"number": statement.number, "services": ", ".join(row.service.name for row in rows)},
        facts=facts(statement, rows, signatures),
        sections=sheet.sections(figures, statement.definitions, come=untold.together(coverage.had_come(row) for row in rows)),
        coverage=[pair for row in rows for pair in covered(row)],
        method=statement.method,
    )


def facts(statement: Statement, rows: Sequence[Statement], signatures: Mapping[int, Entry]) -> list[tuple[str, str]]:
    replacement = getattr(statement, "replacement", None)
    told = [
        (_("Services"), ", ".join(f"{row.service.name} ({row.service.code})" for row in rows)),
        (_("Period"), f"{statement.from_day:%d.%m.%Y}–{statement.to_day:%d.%m.%Y}. {Basis(statement.basis).label}"),
        (_("As of"), moments.exact(statement.as_of)),
        (_("From what was known at"), moments.exact(statement.known_at)),
        (_("Standing"), _("Final") if statement.is_final else _("Provisional")),
        (_("Issued"), f"{moments.exact(statement.at)}, {statement.by}"),
    ]
    if len(rows) < len(statement.codes):
        told.append((_("Parts"), _("Figures of %(some)s of %(all)s services: those that you belong to.") % {"some": len(rows), "all": len(statement.codes)}))
    if statement.replaces:
        told.append((_("Replaces"), _("Statement %(number)s") % {"number": statement.replaces.number}))
    if replacement:
        told.append((_("Replaced by"), _("Statement %(number)s") % {"number": replacement.number}))
    for row in rows:
        if entry := signatures.get(row.pk):
            told.append((_("Signed by the trail of %(service)s") % {"service": row.service.name}, f"{entry.position}: {bytes(entry.hash or b'').hex()}"))
    return told


def covered(row: Statement) -> Iterator[tuple[str, str]]:
    kept = row.coverage
    reaches = kept["reaches_at"]
    yield (
        _("%(service)s: the case system's data reach to") % {"service": row.service.name},
        moments.exact(datetime.fromisoformat(reaches)) if reaches else _("no file yet, so no report can be shown to have arrived"),
    )
    for feed in kept["feeds"]:
        yield f"{row.service.name}: {feed['format']}, {str(Direction(feed['direction']).label).lower()}", told_days(feed, kept["days"])


def told_days(feed: Mapping, days: int) -> str:
    """How many of the days a feed told anything of, and of which it told nothing."""
    told = _("%(told)s of %(days)s days") % {"told": feed["days"], "days": days}
    silent = ", ".join(in_words_of(date.fromisoformat(first), date.fromisoformat(last)) for first, last in feed["silent"])
    return f"{told}. " + _("Nothing of: %(days)s") % {"days": silent} if silent else told


def in_words_of(first: date, last: date) -> str:
    return f"{first:%d.%m.%Y}" if first == last else f"{first:%d.%m.%Y}–{last:%d.%m.%Y}"


def figure_rows(told: Told) -> Iterator[list[object]]:
    yield [_("Figure"), _("Part"), _("Direction"), _("How many"), _("Unit"), _("What is counted")]
    for section in told.sections:
        definition = section.figure
        counts = f"{definition['counts']} {_('Clock: %(clock)s.') % {'clock': definition['clock']}}"
        for row in section.rows:
            part = row.label if definition["parts"] else ""
            for number in row.numbers:
                yield [definition["label"], part, number.label, number.untold or number.count, definition["unit"], counts]


def about_rows(told: Told) -> Iterator[list[object]]:
    yield [told.title]
    yield from ([name, value] for name, value in told.facts)
    if told.method:
        yield [_("Note on method"), told.method]
    yield [_("Coverage")]
    yield from ([name, value] for name, value in told.coverage)
    yield from ([str(reason), str(meaning)] for reason, meaning in untold.MEANINGS)


def all_rows(told: Told) -> Iterator[list[object]]:
    yield from about_rows(told)
    yield []
    yield from figure_rows(told)


def pdf(told: Told) -> bytes:
    content = {
        "language": get_language() or "nb",
        "title": told.title,
        "facts": told.facts,
        "method": told.method.split("\n\n") if told.method else [],
        "columns": [_("Figures"), *map(str, Direction.labels)],
        "words": {"coverage": _("Coverage"), "method": _("Note on method"), "figures": _("Figures"), "unit": _("Unit"), "clock": _("Clock")},
        "sections": [
            {**section.figure, "rows": [[row.label, *(str(number.untold or number.count) for number in row.numbers)] for row in section.rows]}
            for section in told.sections
        ],
        "coverage": told.coverage,
    }
    return bytes(typst.compile(FORM, sys_inputs={"told": json.dumps(content)}, pdf_standards=["ua-1"]))
