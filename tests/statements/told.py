"""What tests of statements share: issuing one over the days of the scenes, reading a number of it, and settling a message."""

from datetime import date, timedelta

from apps.decisions import actions as decisions
from apps.decisions import queries as known
from apps.ledger.hindsight import snapshot
from apps.statements import actions, explaining, past
from apps.statements.actions import Asked
from apps.statements.models import Basis
from tests import scenes

DAY = timedelta(days=1)
FROM, TO = date(2024, 1, 1), date(2024, 3, 31)


def issue(*services, by, now=scenes.NOW, as_of=None, known_at=None, replaces=None, **more):
    asked = Asked(**{"from_day": FROM, "to_day": TO, "basis": Basis.RECEIVED, **more}, as_of=as_of or now, known_at=known_at or now)
    return actions.issue(services=services, asked=asked, replaces=replaces, by=by, now=now)


def number(statement, name, part="", direction="inbound"):
    return statement.figures[direction][name][part]


def settle(delivery, *, by, look_by, now, outcome="other_document", **fields):
    """Closed by one person, and agreed with by another at the same time."""
    said = {"reason": "Gått gjennom.", **({"category": "notice", "read_by": "mottaksleder"} if outcome == "other_document" else {}), **fields}
    decision = decisions.decide(delivery=delivery, outcome=outcome, fields=said, by=by, now=now, expected_version=known.version(delivery))
    decisions.give_second_look(decision=decision, agrees=True, reason="Lest i postsystemet.", by=look_by, now=now)
    return decision


def explained(earlier, later):
    with snapshot():
        return explaining.explain(services=[earlier.service_id], period=past.period_of(earlier), earlier=past.moment_of(earlier), later=past.moment_of(later))


def causes(earlier, later):
    """How many messages count otherwise, by cause, without the causes of none."""
    return {str(cause): count for cause, count in explained(earlier, later).counts.items() if count}
