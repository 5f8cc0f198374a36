"""What the database is helped with before Framme runs: an index of few rows that once were many keeps its pages, nearly empty, and whoever reads it walks them all.

So it is after a first import in which everything was open until the case system's file came. Vacuuming gives no such page back; making the index anew does.
"""

from django.db import OperationalError, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

FEW_PAGES = 500
# Ten times the pages that its rows would fill, at 128 bytes each; as the last vacuum or analyze counted both.
HOLLOW = """
SELECT c.oid::regclass::text
  FROM pg_index i
  JOIN pg_class c ON c.oid = i.indexrelid
 WHERE i.indpred IS NOT NULL AND c.relnamespace = 'public'::regnamespace AND pg_has_role(c.relowner, 'MEMBER')
   AND c.relpages > %s AND c.relpages > 10 * (c.reltuples * 128 / current_setting('block_size')::integer)
 ORDER BY 1
"""


def make_hollow_indexes_anew(connection: BaseDatabaseWrapper) -> list[str]:
    """The partial indexes that were made anew; writing to their tables waits meanwhile. One that somebody is busy with stays as it is until the next time."""
    with connection.cursor() as cursor:
        cursor.execute(HOLLOW, [FEW_PAGES])
        hollow = [name for (name,) in cursor.fetchall()]
    return [name for name in hollow if _made_anew(connection, name)]


def _made_anew(connection: BaseDatabaseWrapper, name: str) -> bool:
    try:
        with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
            cursor.execute("SET LOCAL lock_timeout = '2s'")
            cursor.execute(f"REINDEX INDEX {name}")
    except OperationalError:
        return False
    return True
