"""What must not be kept for ever: the bytes of files, and what records say besides their events. Their accounts, hashes and events stay.

How long is a policy with dates of validity (registry, `policies.csv`). The database refuses to let go of bytes before their time.
"""

from datetime import datetime

from django.db import connection, transaction

from apps.ledger import meanings
from apps.ledger.models import UNREAD, Chunk, Import, StoredBytes
from apps.registry import queries as registry

FILES, ATTRIBUTES = "file_retention", "attribute_retention"

# Children, reporter and category stay, and what a status means by: they are part of what the fold says, and no number or text of anybody's.
KEPT = f"ARRAY[{', '.join(repr(name) for name in meanings.COLUMNS)}]"
EMPTY_ATTRIBUTES = f"""
UPDATE ledger_particulars
   SET removed_at = %s,
       attributes = (SELECT coalesce(jsonb_object_agg(a.key, a.value), '{{}}') FROM jsonb_each(attributes) a WHERE a.key = ANY ({KEPT}))
 WHERE service_id = %s AND removed_at IS NULL AND learned_at <= %s AND attributes - {KEPT} <> '{{}}'
"""


@transaction.atomic
def remove_files(*, service_id: int, now: datetime) -> int:
    """Let go of the bytes whose time is over at `now` (aware), but never of a file that is still to be read. Returns of how many files."""
    kept_for = registry.policy(name=FILES, at=now)
    unread = Import.objects.filter(service=service_id, state__in=UNREAD).values("stored")
    due = StoredBytes.objects.filter(service=service_id, removed_at=None, stored_at__lte=now - kept_for).exclude(pk__in=unread)
    gone = list(due.select_for_update().values_list("pk", flat=True))
    StoredBytes.objects.filter(pk__in=gone).update(removed_at=now, removed_by=FILES)
    Chunk.objects.filter(stored__in=gone).delete()
    return len(gone)


@transaction.atomic
def remove_attributes(*, service_id: int, now: datetime) -> int:
    """Let go of what records said besides their events, once that is older than its policy at `now`. Returns of how many records."""
    with connection.cursor() as cursor:
        cursor.execute(EMPTY_ATTRIBUTES, [now, service_id, now - registry.policy(name=ATTRIBUTES, at=now)])
        return int(cursor.rowcount)
