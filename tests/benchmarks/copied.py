"""Many deliveries from few: what was brought in as files is copied row by row in the database. As no import would, and many times sooner."""

from collections.abc import Mapping

from django.db import connections

from apps.deliveries.folding import listed
from apps.deliveries.states import NEEDS_A_PERSON

OPEN = listed(NEEDS_A_PERSON)
LATER = {name: f"c.{name} - k * interval '7 minutes'" for name in ("first_at", "gone_at", "since", "waits_until")}


def deliveries(copies: str) -> dict[str, object]:
    """Every delivery so many times, minutes apart, with its references; the open ones with their events, which their page shows."""
    open_homes = f"reference_id IN (SELECT id FROM deliveries_delivery WHERE state IN {OPEN} AND id <= {{stride}})"
    copy(int(copies), deliveries_delivery=("true", LATER), ledger_reference=("true", {}), ledger_event=(open_homes, {}))
    return {}


def everything(copies: str) -> dict[str, object]:
    """Every delivery so many times at the same times, with all that is known of it."""
    copy(int(copies), **dict.fromkeys(HOMES, ("true", {})))
    return {}


HEARD_AGAIN = """
INSERT INTO ledger_event ({columns})
SELECT {values}
  FROM ledger_event c, (SELECT id AS import_id, finished_at FROM ledger_import ORDER BY id DESC LIMIT 1) newest
 WHERE c.source = 'portal-list' AND mod(c.reference_id, 100) BETWEEN %s AND %s - 1
"""
ANEW = {
    "code": "'concluded'",
    "occurred_at": "c.occurred_at + interval '1 day'",
    "import_id": "newest.import_id",
    "learned_at": "newest.finished_at",
    "key": "gen_random_uuid()",
}


def heard_again(first: str, last: str) -> dict[str, object]:
    """Of so many of a hundred messages one more thing is known, as if the newest file had told it: that they are concluded, which changes no state."""
    with connections["owner"].cursor() as cursor:
        cursor.execute("ALTER TABLE ledger_event NO FORCE ROW LEVEL SECURITY; ALTER TABLE ledger_import NO FORCE ROW LEVEL SECURITY")
        values = {name: ANEW.get(name, f"c.{name}") for name in columns(cursor, "ledger_event") if name != "id"}
        cursor.execute(HEARD_AGAIN.format(columns=", ".join(values), values=", ".join(values.values())), [int(first), int(last)])
        cursor.execute("ALTER TABLE ledger_event FORCE ROW LEVEL SECURITY; ALTER TABLE ledger_import FORCE ROW LEVEL SECURITY")
        cursor.execute("VACUUM ANALYZE ledger_event")
    return {}


# What names a message in each table, and so differs in each copy; `stride` is what lies between them.
HOMES = {
    "deliveries_delivery": {"id": "c.id + k * {stride}"},
    "ledger_reference": {"id": "c.id + k * {stride}", "delivery": "c.delivery + k * {stride}", "value": "c.value || '-' || k"},
    "ledger_tie": {"id": "", "one": "c.one + k * {stride}", "other": "c.other + k * {stride}"},
    "ledger_event": {"id": "", "reference_id": "c.reference_id + k * {stride}", "key": "gen_random_uuid()"},
    "ledger_particulars": {"id": "", "reference_id": "c.reference_id + k * {stride}"},
}


def copy(copies: int, **tables: tuple[str, Mapping[str, str]]) -> None:
    """Of each table which rows (SQL), and what of them is changed besides what names a message (column: SQL)."""
    walled = (*tables, "deliveries_tally")  # which triggers of the deliveries write
    with connections["owner"].cursor() as cursor:
        for table in walled:
            cursor.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
        cursor.execute("SELECT max(id) FROM ledger_reference")
        (stride,) = cursor.fetchone()
        for table, (which, changed) in tables.items():
            values = {name: f"c.{name}" for name in columns(cursor, table)} | HOMES[table] | changed
            given = {name: value.format(stride=stride) for name, value in values.items() if value}
            cursor.execute(
                f"INSERT INTO {table} ({', '.join(given)}) SELECT {', '.join(given.values())} FROM generate_series(1, {copies}) AS k, {table} c "
                f"WHERE {which.format(stride=stride)} ORDER BY k, c.id"
            )
        for table in walled:
            cursor.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        cursor.execute("VACUUM ANALYZE")


def columns(cursor, table: str) -> list[str]:
    cursor.execute("SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum", [table])
    return [name for (name,) in cursor.fetchall()]
