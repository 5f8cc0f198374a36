"""Taking back an import that was the wrong file: what that will do, doing it, and what people did meanwhile that should be looked at again."""

from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction
from django.db.models import Q, QuerySet

from apps.accounts.models import User
from apps.audit.verbs import Verb
from apps.feeds.actions import ring, told, worded
from apps.ledger import actions as ledger
from apps.ledger.models import Duplicate, Event, Import, Reference, Tie
from apps.ledger.standing import by_other_imports

# What a person concluded or noted about a message; ties have no conclusion in them.
DECIDED = ("proposed", "decided", "returned", "withdrawn", "noted")

ALONE = f"""
SELECT count(*), count(DISTINCT r.delivery),
       count(DISTINCT r.delivery) FILTER (WHERE NOT EXISTS (SELECT FROM ledger_reference o
                                                              JOIN ledger_event other ON other.reference_id = o.id
                                                             WHERE o.delivery = r.delivery AND other.source <> 'person'
                                                               AND {by_other_imports("other", "%(import)s")}))
  FROM ledger_event e
  JOIN ledger_reference r ON r.id = e.reference_id
 WHERE e.import_id = %(import)s AND NOT {by_other_imports("e", "%(import)s")}
"""


@dataclass(frozen=True)
class Consequences:
    """What undoing an import does: events that count no longer because nobody else said them, those that stand because another import did, the messages that
    lose something and those of which nothing is left, rejected lines that wait no more, and what people decided meanwhile.
    """

    falling: int
    standing: int
    messages: int
    vanishing: int
    rejected: int
    decided: int


def consequences(*, feed_import: Import) -> Consequences:
    with connection.cursor() as cursor:
        cursor.execute(ALONE, {"import": feed_import.pk})
        falling, messages, vanishing = cursor.fetchone()
    return Consequences(
        falling=falling,
        standing=Event.objects.filter(feed_import=feed_import).count() - falling,
        messages=messages,
        vanishing=vanishing,
        rejected=feed_import.rejections.open().count(),
        decided=decided_meanwhile(feed_import=feed_import).count(),
    )


@transaction.atomic
def undo(*, feed_import: Import, reason: str, by: User, now: datetime) -> None:
    """Take the import back: what it alone said counts no longer, and the messages it spoke of are reconciled again. It stays in the history, with `reason`.

    Raises ReasonNotKept when the reason is empty, too long, or holds what looks like an identity number; ledger.NotUndoable when the import is not complete.
    """
    ledger.undo(feed_import=feed_import, by=by.email, reason=worded(reason), now=now)
    told(Verb.UNDID, feed_import, by, now)
    ring("deliveries.reconcile_owed")


def decided_meanwhile(*, feed_import: Import) -> QuerySet[Event]:
    """What people concluded or noted about the messages of the import between its coming and its undoing (or until now), oldest first."""
    repeated = Duplicate.objects.filter(feed_import=feed_import).values("event__reference__delivery")
    said = Reference.objects.filter(events__feed_import=feed_import).values("delivery")
    tied = Tie.objects.filter(feed_import=feed_import)
    ends = Reference.objects.filter(Q(pk__in=tied.values("one")) | Q(pk__in=tied.values("other"))).values("delivery")
    about = Q(reference__delivery__in=said) | Q(reference__delivery__in=repeated) | Q(reference__delivery__in=ends)
    found = Event.objects.filter(about, source="person", code__in=DECIDED, service=feed_import.service_id, learned_at__gte=feed_import.finished_at)
    if hasattr(feed_import, "undoing"):
        found = found.filter(learned_at__lte=feed_import.undoing.learned_at)
    return found.select_related("reference").order_by("id")
