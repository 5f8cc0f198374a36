"""What may be asked of the ledger."""

from collections.abc import Iterator
from datetime import datetime

from django.db import connection
from django.db.models import Q, QuerySet

from apps.ledger.models import Owed, Reference, Tie, Work

CHUNK = 50_000
TRIES = 3
# Only a file can be at fault; reconciliation is tried until it is done.
WORTH_TRYING = Q(tries__lt=TRIES) | ~Q(work=Work.IMPORT)

TOUCHED = """
SELECT DISTINCT r.delivery
  FROM (SELECT reference_id AS home FROM ledger_event WHERE import_id = %(import)s
         UNION ALL SELECT one FROM ledger_tie WHERE import_id = %(import)s
         UNION ALL SELECT reference_id FROM ledger_particulars WHERE import_id = %(import)s) touched
  JOIN ledger_reference r ON r.id = touched.home
"""


def unclaimed(*, work: str, now: datetime) -> QuerySet[Owed, int]:
    """Ids of imports with owed work that nobody holds, oldest first; an import that failed three times waits for a person and is not among them."""
    free = Q(lease_until__isnull=True) | Q(lease_until__lt=now)
    return Owed.objects.filter(free, WORTH_TRYING, work=work).order_by("owed_since", "pk").values_list("feed_import_id", flat=True)


def touched_deliveries(*, feed_import_id: int) -> Iterator[list[int]]:
    """Deliveries about which an import said something new, in chunks that fit in memory."""
    # A cursor of the server's that outlives the commits between chunks.
    with connection.chunked_cursor() as cursor:
        cursor.execute(TOUCHED, {"import": feed_import_id})
        while rows := cursor.fetchmany(CHUNK):
            yield [delivery for (delivery,) in rows]


def references(*, delivery: int) -> QuerySet[Reference]:
    """The references tied together in a delivery, oldest first."""
    return Reference.objects.filter(delivery=delivery).order_by("pk")


def ties(*, homes: list[int]) -> QuerySet[Tie]:
    """The ties among these homes, each with the import and line (or the person) that asserted it."""
    return Tie.objects.filter(one__in=homes, other__in=homes).order_by("pk")


