"""What happened to one message, from -> to, as a sheet for the child's journal: who did what, which record said what, and how it stood before and after.

Nothing that anybody wrote in their own words is on it, so no child's name can be; reasons stand in Framme. What was done to many at once bears its one number.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from pathlib import Path

import typst
from django.conf import settings
from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from apps.accounts import queries as accounts
from apps.accounts.models import User
from apps.calls import queries as calls
from apps.decisions import ties
from apps.decisions.history import Line, history, lines
from apps.decisions.wording import eyes
from apps.deliveries import hindsight
from apps.deliveries.evidence import Evidence, evidence
from apps.deliveries.hindsight import Standing
from apps.deliveries.models import Delivery
from apps.deliveries.states import State
from apps.feeds.wording import format_title
from apps.handovers import queries as handovers
from apps.ledger import queries as ledger
from apps.ledger.models import PERSON
from apps.letters.queries import letters_of
from apps.ui import moments
from apps.worklists.models import Step

FORM = Path(settings.BASE_DIR) / "templates" / "reports" / "journal.typ"
JUST_AFTER = timedelta(microseconds=1)
MOST_TURNS_OF_THE_CLOCK = 20
HOLDING = ("claimed", "assigned", "released")


@dataclass(frozen=True)
class Change:
    """One line: when Framme knew it (aware), what, by whom or from which line of which import, from what to what, and the number of what was done to many."""

    at: datetime
    what: str | Promise
    by: str | Promise
    before: str | Promise = ""
    after: str | Promise = ""
    number: int | None = None


def changes(*, delivery: Delivery, reader: User, now: datetime) -> list[Change]:
    """Everything that happened to the message, in the order in which it became known; what the reader must not know yet is not told."""
    known = evidence(delivery=delivery, now=now)
    homes = [reference.pk for reference in known.references]
    found = [*of_events(delivery, known, homes, reader, now), *of_turns(homes), *of_letters(delivery)]
    return sorted(found, key=lambda change: change.at)


def of_events(delivery: Delivery, known: Evidence, homes: Sequence[int], reader: User, now: datetime) -> Iterator[Change]:
    """Each fact, with how the message stood before and after all that was learned at the same moment; and what the clock alone changed in between."""
    told = history(delivery, eyes(reader, delivery.service_id))
    about = list(calls.about(homes=homes))
    listed = lines(known.events, told, about, ties.who(delivery, homes), handovers.about(homes=homes))
    batches = {event: entry.decision.batch for entry in told for event in events_of(entry) if entry.decision.batch}
    stood: Standing | None = None
    learned_before: datetime | None = None
    in_order = sorted(listed, key=lambda line: (line.event.learned_at, line.event.pk))
    for at, together in groupby(in_order, key=lambda line: line.event.learned_at):
        if stood and learned_before:
            yield from by_the_clock(homes, stood, learned_before, until=at)
            stood = hindsight.stood(homes=homes, clock=at, known_at=learned_before)
        after = hindsight.stood(homes=homes, clock=at, known_at=at)
        *earlier, last = list(together)
        yield from (fact(line, batches) for line in earlier)
        yield fact(last, batches, stood, after)
        stood, learned_before = after, at
    if stood and learned_before:
        yield from by_the_clock(homes, stood, learned_before, until=now)


def events_of(entry) -> Iterator[int]:  # type: ignore[no-untyped-def]
    yield entry.decision.event_id
    if entry.withdrawal and entry.withdrawal.batch:
        yield entry.withdrawal.event_id


def by_the_clock(homes: Sequence[int], stood: Standing, known_at: datetime, until: datetime) -> Iterator[Change]:
    """What changed because a time passed, and nothing was learned."""
    for _turn in range(MOST_TURNS_OF_THE_CLOCK):
        if stood.review_at is None or stood.review_at >= until:
            return
        then = hindsight.stood(homes=homes, clock=stood.review_at + JUST_AFTER, known_at=known_at)
        if then is None or then.review_at == stood.review_at:
            return
        if then.state != stood.state:
            yield Change(stood.review_at, _("Its time passed"), _("The clock"), *worded(stood, then))
        stood = then


def fact(line: Line, batches: dict[int, int], before: Standing | None = None, after: Standing | None = None) -> Change:
    event = line.event
    said = f"{line.label}: {line.native}" if event.source == PERSON and line.native else str(line.label)
    happened = event.occurred_at.date() if event.by_day else None
    when = happened.strftime("%d.%m.%Y") if happened else moments.exact(event.occurred_at)
    what = said if event.source == PERSON else f"{said} ({when})"
    by = line.by or _("%(source)s, import %(number)s, line %(line)s") % {
        "source": format_title(event.source),
        "number": event.feed_import_id,
        "line": event.line,
    }
    return Change(event.learned_at, what, by, *worded(before, after), number=batches.get(event.pk))


def worded(before: Standing | None, after: Standing | None) -> tuple[str | Promise, str | Promise]:
    """Empty where nothing changed."""
    if after is None or (before and before.state == after.state):
        return "", ""
    return State(before.state).label if before else _("Not known"), State(after.state).label


def of_turns(homes: Sequence[int]) -> Iterator[Change]:
    """Whose turn it was: from whom to whom, or aside and back."""
    holder: str | Promise = _("Nobody")
    for step in Step.objects.filter(reference__in=homes).exclude(Q(act="noted") | Q(act="proposed")).select_related("by", "person").order_by("pk"):
        if step.act in HOLDING:
            before, holder = holder, str(step.person) if step.person else _("Nobody")
            yield Change(step.at, step.get_act_display(), str(step.by), before, holder, step.batch_id)
        else:
            until = moments.exact(step.until) if step.until else ""
            yield Change(step.at, step.get_act_display(), str(step.by), "", until, step.batch_id)


def of_letters(delivery: Delivery) -> Iterator[Change]:
    return (Change(letter.printing.at, _("Letter printed"), str(letter.printing.by), number=letter.printing_id) for letter in letters_of(delivery))


@dataclass(frozen=True)
class Sheet:
    """The PDF, and the fingerprint of what stands on it."""

    pdf: bytes
    sha256: bytes


def sheet(*, delivery: Delivery, changes: Iterable[Change], by: User, now: datetime) -> Sheet:
    """The changes as a PDF that everybody can read (PDF/UA-1), signed off by `by`; in the language of the page. Times in Oslo."""
    told = content(delivery, changes, by, now)
    sha256 = hashlib.sha256(json.dumps(told, sort_keys=True, ensure_ascii=False).encode()).digest()
    told["fingerprint"] = _("Fingerprint of the contents: %(sha256)s") % {"sha256": sha256.hex()}
    return Sheet(bytes(typst.compile(FORM, sys_inputs={"told": json.dumps(told)}, pdf_standards=["ua-1"])), sha256)


def content(delivery: Delivery, changes: Iterable[Change], by: User, now: datetime) -> dict[str, object]:
    """What the form shows, every word of it."""
    names = ledger.references(delivery=delivery.pk).values_list("namespace", "value")
    roles = ", ".join(str(role.label) for role in accounts.scope(by).roles)
    return {
        "language": (get_language() or "nb")[:2],
        "service": delivery.service.name,
        "title": _("What happened to message %(number)s") % {"number": delivery.pk},
        "about": [
            [_("Service"), delivery.service.name],
            [_("Channel"), str(delivery.get_channel_display())],
            [_("References"), ", ".join(f"{namespace} {value}" for namespace, value in names)],
            [_("It stands as"), str(delivery.get_state_display())],
        ],
        "columns": [_("Known to Framme"), _("What"), _("By"), _("From"), _("To"), _("No.")],
        "rows": [[moments.exact(one.at), str(one.what), str(one.by), str(one.before), str(one.after), str(one.number or "")] for one in changes],
        "note": _("A number is that of what was done to many messages at once. No names of children and no reasons stand here: reasons stand in Framme."),
        "signed": _("Signed off by %(who)s (%(roles)s), who signed in again for it, %(when)s.") % {"who": by, "roles": roles, "when": moments.exact(now)},
    }
