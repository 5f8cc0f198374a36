"""An entry of the trail in words: what is in its details, and what it is about."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from django.urls import Resolver404, resolve
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from apps.accounts.roles import Role
from apps.calls.forms import QuestionForm
from apps.decisions.come_back import TOLD
from apps.decisions.outcomes import Outcome
from apps.deliveries.filters import AllDeliveriesFilter
from apps.deliveries.forms import DayForm, PeriodForm
from apps.deliveries.words import REOPENED
from apps.feeds.models import Days
from apps.feeds.wording import VANTAGES, format_title
from apps.handovers.models import End
from apps.ledger.models import Direction
from apps.ledger.wording import CODES as EVENTS
from apps.letters.models import Language
from apps.outages.models import CHANNELS
from apps.trail import volumes
from apps.ui import moments
from apps.worklists import catalogue as worklists
from apps.worklists.filters import WorklistFilter

CODES = {"proposed": gettext_lazy("waits for a second look"), "decided": gettext_lazy("stands"), "noted": gettext_lazy("a note")}

# What allauth calls what happened to a person's way of signing in.
FACTORS = {
    "password_changed": "",
    "totp_activated": gettext_lazy("codes from an app"),
    "totp_deactivated": gettext_lazy("codes from an app"),
    "webauthn_added": gettext_lazy("passkey"),
    "webauthn_removed": gettext_lazy("passkey"),
    "recovery_codes_generated": gettext_lazy("recovery codes"),
}

# What was done about a breach, beside that it was noted or told.
BREACHES = {
    "told": gettext_lazy("to the authority"),
    "supplemented": gettext_lazy("corrected or supplemented"),
    "affected_decided": gettext_lazy("whether those affected must be told"),
    "affected_told": gettext_lazy("to those affected"),
}


def told(word: Any) -> Callable[[Any], str]:
    return lambda value: f"{word}: {value}"


def told_at(word: Any) -> Callable[[Any], str]:
    """A time or a day as pages show it."""
    return lambda value: f"{word}: {shown(value)}" if value else ""


def shown(value: Any) -> str:
    """What is kept as ISO 8601: a time with its zone, or a day; anything else as it was kept, for the trail shows all that it holds."""
    try:
        at = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return str(value)
    return moments.exact(at) if at.tzinfo else f"{at:%d.%m.%Y}"


def rows(count: int) -> str:
    return ngettext("%(count)s row", "%(count)s rows", count) % {"count": count}


def asked(filter: Mapping[str, Any]) -> str:
    """A filter as its bar has it; how many rows a page had is no filter."""
    return ", ".join(f"{LABELS.get(name, name)}: {value}" for name, value in filter.items() if name not in ("page", "per_page", "sort", "format"))


def listed(path: str) -> str:
    """The name of the list that is at this address, or the address."""
    try:
        found = resolve(path)
    except Resolver404:
        return path
    if found.view_name == "worklists:list" and found.kwargs["slug"] in worklists.BY_SLUG:
        return f"{worklists.BY_SLUG[found.kwargs['slug']].name} ({Direction(found.kwargs['direction']).label})"
    return str(LISTS.get(found.view_name, path))


LABELS = {name: filter.label for name, filter in {**AllDeliveriesFilter.base_filters, **WorklistFilter.base_filters}.items()}
LABELS |= {name: field.label for form in (PeriodForm, DayForm, QuestionForm) for name, field in form.base_fields.items()}
LISTS = {
    "today": gettext_lazy("Today"),
    "deliveries:list": gettext_lazy("Deliveries"),
    "deliveries:day-sheet": gettext_lazy("Day sheet"),
    "deliveries:suggestions": gettext_lazy("Suggestions"),
    "deliveries:shortfall": gettext_lazy("Shortfall"),
    "calls:list": gettext_lazy("Reporters' calls"),
    "calls:search": gettext_lazy("A reporter asks"),
    "decisions:drawn": gettext_lazy("Drawn for another look"),
    "handovers:list": gettext_lazy("Offered by other services"),
    "handovers:detail": gettext_lazy("A message that another service offers"),
    "letters:resend": gettext_lazy("Letters"),
    "letters:print": gettext_lazy("Letters"),
    "letters:printing": gettext_lazy("Printed letters"),
    "imports:rejected": gettext_lazy("Rejected lines"),
    "deliveries:journal": gettext_lazy("To the journal"),
    "breaches:list": gettext_lazy("Breaches of personal data"),
    "breaches:draft": gettext_lazy("Draft of the notice"),
    "overview:page": gettext_lazy("Overview"),
    "overview:controls": gettext_lazy("Signed controls"),
    "reports:figures": gettext_lazy("Figures"),
    "reports:across": gettext_lazy("Across services"),
    "statements:list": gettext_lazy("Statements"),
    "trail:list": gettext_lazy("Trail"),
    "trail:denied": gettext_lazy("Denied attempts"),
    "trail:message": gettext_lazy("Who has seen it"),
    "trail:person": gettext_lazy("Person"),
    "trail:unusual": gettext_lazy("Unusual days"),
}
# In the order in which they are told; what is not here is told by the name it has in the text.
DETAILS: dict[str, Callable[[Any], str]] = {
    "outcome": lambda value: str(Outcome(value).label) if value in Outcome.values else value,
    "agrees": lambda value: _("agreed") if value else _("differed"),
    "call": lambda value: _("call %(number)s") % {"number": value},
    "opens": lambda value: str(_("opened by the call")) if value else "",
    "answered": told(gettext_lazy("answered")),
    "reference": lambda value: "",
    "decision": lambda value: _("decision %(number)s") % {"number": value},
    "role": lambda value: str(Role(value).label) if value in Role.values else value,
    "begins": told_at(gettext_lazy("from")),
    "ends": told_at(gettext_lazy("to")),
    "format": lambda value: str(format_title(value)),
    "direction": lambda value: str(Direction(value).label) if value in Direction.values else value,
    "vantage": lambda value: str(VANTAGES.get(value, value)),
    "expected_every": lambda value: _("expected every %(number)s") % {"number": value} if value else _("nothing expected"),
    "expected_in": lambda value: str(Days(value).label) if value in Days.values else value,
    "responsible": lambda value: _("person responsible %(number)s") % {"number": value} if value else "",
    "key": lambda value: _("key %(number)s") % {"number": value},
    "is_new": lambda value: "" if value else _("known before"),
    "method": str,
    "path": str,
    "status": lambda value: f"→ {value}",
    "list": listed,
    "filter": asked,
    "batch": lambda value: _("many at once, number %(number)s") % {"number": value},
    "to": lambda value: _("to person %(number)s") % {"number": value},
    TOLD: lambda value: str(REOPENED.get(value, value)),
    "other": told(gettext_lazy("other service")),
    "end": lambda value: str(End(value).label) if value in End.values else value,
    "control": lambda value: _("control %(number)s") % {"number": value},
    "open": told(gettext_lazy("open")),
    "count": rows,
    "counted": lambda value: "",
    "read": told(gettext_lazy("read")),
    "accepted": told(gettext_lazy("accepted")),
    "duplicate": told(gettext_lazy("known before")),
    "rejected": told(gettext_lazy("rejected")),
    "lines": told(gettext_lazy("lines")),
    "after": lambda value: "",
    "line": lambda value: _("line %(number)s") % {"number": value} if value else "",
    "look": lambda value: _("for a second look"),
    "areas": lambda value: ", ".join(value),
    "attempts": told(gettext_lazy("attempts")),
    "files": told(gettext_lazy("files")),
    "attributes": told(gettext_lazy("attributes")),
    "what": lambda value: str(FACTORS.get(value, value)),
    "code": lambda value: str(CODES.get(value, value)),
    "task": lambda value: _("task %(number)s") % {"number": value},
    "tasks": told(gettext_lazy("tasks")),
    "outage": lambda value: _("mark %(number)s") % {"number": value},
    "corrects": lambda value: _("in the place of mark %(number)s") % {"number": value} if value else "",
    "holds": lambda value: "" if value else _("taken back"),
    "adopted_on": told_at(gettext_lazy("in use from")),
    "patched_on": told_at(gettext_lazy("put right")),
    "ended_on": told_at(gettext_lazy("in use until")),
    "question": lambda value: _("question %(number)s to the supplier") % {"number": value},
    "reply": lambda value: _("reply %(number)s of the supplier") % {"number": value},
    "answer": lambda value: _("answer %(number)s") % {"number": value},
    "claim": lambda value: _("claim %(number)s") % {"number": value},
    "system": str,
    "version": str,
    "reads": lambda value: ngettext("%(count)s read", "%(count)s reads", value) % {"count": value},
    "ids": lambda value: "",
    "sha256": lambda value: "",
    "number": told(gettext_lazy("number")),
    "among": lambda value: ngettext("of %(count)s service", "of %(count)s services", value) % {"count": value},
    "from_day": told_at(gettext_lazy("from")),
    "to_day": told_at(gettext_lazy("to")),
    "as_of": told_at(gettext_lazy("as of")),
    "known_at": told_at(gettext_lazy("from what was known at")),
    "is_final": lambda value: str(_("final") if value else _("provisional")),
    "compared_with": lambda value: _("beside statement %(number)s") % {"number": value} if value else "",
    "cause": told(gettext_lazy("cause")),
    "statement": lambda value: _("figures of statement %(number)s") % {"number": value} if value else "",
    "act": lambda value: str(BREACHES.get(value, value)),
    "told_at": told_at(gettext_lazy("done")),
    "is_late": lambda value: _("too late") if value else "",
    "is_high_risk": lambda value: _("high risk") if value else _("no high risk"),
    "was_decided": lambda value: "",
    "channel": lambda value: str(dict(CHANNELS).get(value, value)),
    "proven_on": told_at(gettext_lazy("opened")),
    "is_over": lambda value: _("can open it no longer") if value else "",
    "canary": lambda value: _("test message %(number)s") % {"number": value},
    "beforehand": lambda value: "" if value else _("after it was sent"),
    "withdrawn": lambda value: _("taken back") if value else "",
    "until": told_at(gettext_lazy("until")),
    "escalate_after": lambda value: _("managers after %(hours)s hours") % {"hours": value},
    "escalate_urgent_after": lambda value: _("when urgent after %(hours)s") % {"hours": value},
    "wants_digest": lambda value: _("an e-mail each morning") if value else _("no e-mail each morning"),
    "is_own": lambda value: _("the service's own") if value else _("not the service's own"),
    "mapping": lambda value: _("its columns"),
    "native": told(gettext_lazy("status")),
    "means": lambda value: _("read as: %(meaning)s") % {"meaning": EVENTS.get(value, value)},
    "why": lambda value: _("as the directory says") if value == "claims" else value,
    "language": lambda value: str(Language(value).label) if value in Language.values else value,
    "printing": lambda value: _("printing %(number)s") % {"number": value},
    "letter": lambda value: _("letter %(number)s") % {"number": value},
    "view": lambda value: _("view %(number)s") % {"number": value},
}


def details(kept: Mapping[str, Any]) -> str:
    """What else is known, in one line."""
    known = [say(kept[name]) for name, say in DETAILS.items() if name in kept]
    unknown = [f"{name}: {value}" for name, value in kept.items() if name not in DETAILS]
    return ", ".join(filter(None, known + unknown))


def why_unusual(day: Mapping[str, Any]) -> str:
    """The rule of `volumes`, with the numbers of this day."""
    if day["usual"] is None:
        return _("No usual day is known yet: there are only %(earlier)s earlier days with any view. From %(least)s messages on, such a day is shown.") % {
            "earlier": day["earlier"],
            "least": volumes.AT_LEAST,
        }
    return _("More than %(times)s times the middle one of %(earlier)s days with any view in the 60 days before, and at least %(least)s.") % {
        "times": volumes.TIMES,
        "earlier": day["earlier"],
        "least": volumes.AT_LEAST,
    }
