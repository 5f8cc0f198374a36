"""The draft of a notice to the supervisory authority, on the page and as a PDF that everybody can read (PDF/UA-1). It holds no name."""

import hashlib
import json
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import NamedTuple

import typst
from django.conf import settings
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from apps.breaches import queries
from apps.breaches.clock import clock
from apps.breaches.models import Act, Breach, Step
from apps.breaches.numbers import numbers, supplemented
from apps.reports import untold
from apps.ui import moments

FORM = Path(settings.BASE_DIR) / "templates" / "breaches" / "notice.typ"


class Part(NamedTuple):
    label: str
    text: str


class Notice(NamedTuple):
    """The PDF, and the fingerprint of what stands on it."""

    pdf: bytes
    sha256: bytes


def parts(*, breach: Breach, now: datetime) -> list[Part]:
    """Everything that the notice says, in its order; times in Oslo."""
    steps = list(breach.steps.select_related("breach", "statement").order_by("pk"))
    told = next((step for step in steps if step.act == Act.TOLD), None)
    due_at = clock(aware_at=breach.aware_at, told_at=None, now=now).due_at
    return [
        Part(_("Service"), breach.service.name),
        Part(_("Aware at"), moments.exact(breach.aware_at)),
        Part(_("To be told by"), moments.exact(due_at)),
        *([Part(_("Told at"), moments.exact(told.done_at))] if told else []),
        *(Part(step.get_act_display(), step.text) for step in steps if step.act == Act.LATE_REASON),
        Part(_("Noticed by"), breach.noticed_by),
        Part(_("What happened"), breach.nature),
        Part(_("Period"), f"{day(breach.from_day)}-{day(breach.to_day)}"),
        Part(_("Number of messages"), number(breach.records)),
        Part(_("Number of children"), number(breach.persons)),
        Part(_("Where the numbers are from"), source(breach)),
        Part(_("Likely consequences"), breach.consequences),
        Part(_("Measures taken and planned"), breach.measures),
        Part(_("Whether those affected must be told"), affected(breach, steps)),
        *(Part(f"{step.get_act_display()} {moments.exact(step.at)}", supplement(step)) for step in steps if step.act == Act.SUPPLEMENTED),
        Part(_("Contact"), breach.contact),
    ]


def number(known: int | None) -> str:
    return _("Not known") if known is None else str(known)


def day(day: date) -> str:
    return day.strftime("%d.%m.%Y")


def source(breach: Breach) -> str:
    if not breach.statement:
        return _("Given by the service; no statement")
    told = {"number": breach.statement.number, "as_of": moments.exact(breach.statement.as_of), "direction": str(breach.get_direction_display())}
    said = _(
        "Statement %(number)s, as of %(as_of)s (%(direction)s): messages that are open or settled as lost, and their children as far as anybody states them."
    )
    if numbers(statement=breach.statement, direction=breach.direction).records is None:
        return f"{said % told} {untold.NOT_REPORTED}: {dict(untold.MEANINGS)[untold.NOT_REPORTED]}"
    return said % told


def supplement(step: Step) -> str:
    """With the numbers of the statement that it names, as the first ones stand above."""
    if not step.statement:
        return step.text
    told = supplemented(step)
    said = _("Statement %(number)s, as of %(as_of)s, %(days)s: %(records)s messages, %(persons)s children.")
    if told.records is None:
        said = _("Statement %(number)s, as of %(as_of)s, %(days)s: not reported. Nothing has come from any source; that is not the same as none.")
    said %= {
        "number": step.statement.number,
        "as_of": moments.exact(step.statement.as_of),
        "days": f"{day(step.statement.from_day)}-{day(step.statement.to_day)}",
        "records": told.records,
        "persons": number(told.persons).lower(),
    }
    return f"{step.text}\n{said}"


def affected(breach: Breach, steps: Sequence[Step]) -> str:
    decided = queries.standing(breach)
    said = _("Not decided yet") if decided is None else _("Yes, the risk is high.") if decided.is_high_risk else _("No, the risk is not high.")
    why = next((step.text for step in steps if step.act == Act.AFFECTED_REASON), "")
    told = next((_("They were told by %(when)s.") % {"when": moments.exact(step.done_at)} for step in steps if step.act == Act.AFFECTED_TOLD), "")
    return " ".join(filter(None, (said, decided.text if decided else "", told, why)))


def pdf(*, breach: Breach, now: datetime) -> Notice:
    """In the language of the page. `now` is aware."""
    told = {
        "language": (get_language() or "nb")[:2],
        "title": _("Draft of the notice of breach %(number)s") % {"number": breach.pk},
        "service": breach.service.name,
        "parts": [list(part) for part in parts(breach=breach, now=now)],
        "note": _("Draft of %(when)s. No names and no identity numbers stand here.") % {"when": moments.exact(now)},
    }
    sha256 = hashlib.sha256(json.dumps(told, sort_keys=True, ensure_ascii=False).encode()).digest()
    return Notice(bytes(typst.compile(FORM, sys_inputs={"told": json.dumps(told)}, pdf_standards=["ua-1"])), sha256)
