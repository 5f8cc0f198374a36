"""Whose turn it is: four queues for whoever asks, and every open delivery is in exactly one of them.

A claim counts until it is over, a pause until it is over or something new is known, an offer to another service until it is answered or over.
"""

from datetime import datetime

from django.db import models
from django.db.models import Case, F, Func, Q, QuerySet, Value, When
from django.db.models.expressions import RawSQL
from django.utils.translation import gettext_lazy as _

from apps.worklists.models import Claim, Pause

# Written by hand: every list asks these, and building them as querysets took longer than the database takes to answer. Each ends where the moment stands.
HELD = """
  FROM worklists_claim c
  JOIN ledger_reference r ON r.id = c.reference_id
  JOIN accounts_user u ON u.id = c.person_id
 WHERE c.until > """
# Not over, and nothing new is known since. Counted and not compared by the latest id, since ids are not committed in order.
PAUSED = """
  FROM worklists_pause p
  JOIN ledger_reference r ON r.id = p.reference_id
  JOIN deliveries_delivery d ON d.id = r.delivery AND d.state = p.state
 WHERE p.events = (SELECT count(*) FROM ledger_reference m JOIN ledger_event e ON e.reference_id = m.id WHERE m.delivery = r.delivery)
   AND p.until > """
# Offered to another service, which has neither answered nor let the time run out (see `handovers.queries.waiting`).
ELSEWHERE = """
  FROM handovers_handover h
  JOIN ledger_reference r ON r.id = h.reference_id
 WHERE NOT EXISTS (SELECT FROM handovers_ending n WHERE n.handover_id = h.id) AND h.until > """


class Queue(models.TextChoices):
    MINE = "mine", _("Mine")
    FREE = "free", _("Nobody's")
    COLLEAGUES = "colleagues", _("Others' in my service")
    WAITING = "waiting", _("Waiting for others")


class HeldBy(Func):
    """HeldBy(now, id): the name of whoever has a delivery."""

    template = f"(SELECT u.full_name {HELD} %(expressions)s ORDER BY c.since LIMIT 1)"
    arg_joiner = " AND r.delivery = "
    output_field = models.CharField()


class PausedUntil(Func):
    """PausedUntil(now, id): when a delivery that is put aside comes back."""

    template = f"(SELECT max(p.until) {PAUSED} %(expressions)s)"
    arg_joiner = " AND r.delivery = "
    output_field = models.DateTimeField()


def claims(*, now: datetime) -> QuerySet[Claim]:
    """Claims that hold at `now` (aware)."""
    return Claim.objects.filter(until__gt=now)


def pauses(*, now: datetime) -> QuerySet[Pause]:
    """Pauses that hold at `now`."""
    return Pause.objects.filter(pk__in=RawSQL(f"SELECT p.reference_id {PAUSED} %s", [now]))


def paused(*, now: datetime) -> RawSQL:
    """The deliveries that are put aside at `now`."""
    return RawSQL(f"SELECT r.delivery {PAUSED} %s", [now])


def queue(*, person: int | None, now: datetime) -> Case:
    """The queue that a delivery is in, for this person (None: for nobody in particular, so that nothing is theirs)."""
    elsewhere = RawSQL(f"SELECT r.delivery {ELSEWHERE} %s", [now])
    return Case(
        When(Q(look_waits=True) | Q(pk__in=paused(now=now)) | Q(pk__in=elsewhere), then=Value(Queue.WAITING)),
        When(pk__in=RawSQL(f"SELECT r.delivery {HELD} %s AND c.person_id = %s", [now, person]), then=Value(Queue.MINE)),
        When(pk__in=RawSQL(f"SELECT r.delivery {HELD} %s", [now]), then=Value(Queue.COLLEAGUES)),
        default=Value(Queue.FREE),
        output_field=models.CharField(),
    )


def whose(rows: QuerySet, *, now: datetime) -> QuerySet:
    """Rows of deliveries with `held_by`, the name of whoever has it, and `paused_until`; None where nobody has it, or it is not put aside."""
    return rows.annotate(held_by=HeldBy(Value(now), F("pk")), paused_until=PausedUntil(Value(now), F("pk")))
