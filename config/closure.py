"""That nothing crosses the line between services (04-reliability, I10): no row, no table outside the wall, no way around it, no role above it."""

from collections.abc import Iterator
from datetime import datetime

from django.apps import apps
from django.db import connection

from apps.ledger.invariants import Invariant, found, none_in
from config import wall
from config.embedded import BACKUP, RUNTIME

OF_SERVICES = """
SELECT c.relname, c.relrowsecurity AND c.relforcerowsecurity
  FROM pg_class c
  JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'service_id' AND NOT a.attisdropped
 WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
 ORDER BY 1
"""
POWERFUL = """
SELECT r.rolname || ' is a superuser' FROM pg_roles r WHERE r.rolname = %(runtime)s AND r.rolsuper
 UNION ALL
SELECT r.rolname || ' has BYPASSRLS' FROM pg_roles r WHERE r.rolname = %(runtime)s AND r.rolbypassrls
 UNION ALL
SELECT r.rolname || ' may make roles' FROM pg_roles r WHERE r.rolname = %(runtime)s AND r.rolcreaterole
 UNION ALL
SELECT r.rolname || ' is in ' || other.rolname
  FROM pg_roles r, pg_roles other
 WHERE r.rolname = %(runtime)s AND NOT r.rolsuper AND other.oid <> r.oid AND pg_has_role(r.oid, other.oid, 'MEMBER')
"""
# What would lead around the wall: copies of rows that no policy guards, views that read as their owner, foreign keys that find other services' rows,
# functions and keys of the definer in others' hands, and rights that are nobody's business.
WAYS_AROUND = """
SELECT c.relname || ': a materialised view' FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'm'
 UNION ALL
SELECT c.relname || ': a view that reads as its owner'
  FROM pg_class c
 WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'v' AND NOT coalesce('security_invoker=true' = ANY (c.reloptions), false)
 UNION ALL
SELECT f.conrelid::regclass || ': ' || f.conname || ' does not carry the service'
  FROM pg_constraint f
  JOIN pg_class t ON t.oid = f.confrelid AND t.relforcerowsecurity
 WHERE f.contype = 'f' AND NOT EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = f.confrelid AND a.attnum = ANY (f.confkey) AND a.attname = 'service_id')
 UNION ALL
SELECT p.proname || ': may be called by ' || coalesce(r.rolname, 'everybody')
  FROM pg_proc p CROSS JOIN LATERAL aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) g LEFT JOIN pg_roles r ON r.oid = g.grantee
 WHERE p.pronamespace = 'wall'::regnamespace AND g.grantee <> p.proowner
   AND (r.rolname = %(runtime)s AND p.proname = ANY (%(functions)s)) IS NOT TRUE
 UNION ALL
SELECT c.relname || ': ' || coalesce(r.rolname, 'everybody') || ' may ' || g.privilege_type
  FROM pg_class c CROSS JOIN LATERAL aclexplode(coalesce(c.relacl, acldefault('r', c.relowner))) g LEFT JOIN pg_roles r ON r.oid = g.grantee
 WHERE c.relkind IN ('r', 'p', 'v') AND g.grantee <> c.relowner AND c.relnamespace IN ('wall'::regnamespace, 'public'::regnamespace)
   AND (c.relnamespace = 'public'::regnamespace AND r.rolname = %(runtime)s AND g.privilege_type IN ('SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE')) IS NOT TRUE
   AND (r.rolname = %(backup)s AND g.privilege_type = 'SELECT' AND (c.relnamespace = 'public'::regnamespace OR c.relname = 'asked')) IS NOT TRUE
"""
# Foreign keys that carry the service are constraints of the database; these are what is none there, because it would slow down every import.
OF_ANOTHER_SERVICE = """
SELECT 'duplicate ' || d.id FROM ledger_duplicate d JOIN ledger_import i ON i.id = d.import_id WHERE i.service_id <> d.service_id
 UNION ALL
SELECT 'untie ' || u.id FROM ledger_untie u JOIN ledger_tie t ON t.id = u.tie_id WHERE t.service_id <> u.service_id
 UNION ALL
SELECT 'decision ' || d.id
  FROM decisions_decision d
  LEFT JOIN ledger_event e ON e.id = d.event_id
  LEFT JOIN ledger_reference r ON r.id = d.reference_id
  LEFT JOIN ledger_reference o ON o.id = d.other_delivery_id
 WHERE d.service_id IS DISTINCT FROM e.service_id OR d.service_id IS DISTINCT FROM r.service_id OR d.service_id <> o.service_id
 UNION ALL
SELECT 'second look ' || l.id
  FROM decisions_secondlook l
  LEFT JOIN ledger_event e ON e.id = l.event_id
  LEFT JOIN ledger_reference o ON o.id = l.other_delivery_id
 WHERE l.service_id IS DISTINCT FROM e.service_id OR l.service_id <> o.service_id
"""


def powerful_roles(now: datetime) -> Iterator[str]:
    """What would let the runtime's role walk around the wall: a power of its own, or a role that it is in."""
    yield from found(POWERFUL, {"runtime": RUNTIME})


def gaps_in_the_wall(now: datetime) -> Iterator[str]:
    """Tables with rows of services that are not behind the wall as it should stand, whoever made them; and what would lead around it."""
    expected = {model._meta.db_table: wall.policies(model) for model in wall.surrounded()}
    is_open = {apps.get_model(label)._meta.db_table for label in wall.OPEN}
    with connection.cursor() as cursor:
        cursor.execute(OF_SERVICES)
        for table, is_forced in cursor.fetchall():
            if table in is_open:
                continue
            if not is_forced:
                yield f"{table}: row-level security is not forced"
            if wall.standing(cursor, table) != expected.get(table):
                yield f"{table}: its policies are not the wall's"
    yield from found(WAYS_AROUND, {"runtime": RUNTIME, "backup": BACKUP, "functions": list(wall.CALLED)})


INVARIANTS = (
    Invariant("I10", "No row refers to a row of another service", none_in(OF_ANOTHER_SERVICE)),
    Invariant(
        "I10", "Every table of a service is behind the wall: row-level security forced, by its policy and no other, and no way around it", gaps_in_the_wall
    ),
    Invariant("I10", "The role of the application is in no other role, and has no power over the wall", powerful_roles),
)
