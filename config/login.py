"""Whom the application signs in to the database as. Somebody too powerful would walk through the wall, so it does not start as one.

Asked where a process begins (manage.py, wsgi, the worker) and not at each connection: the login comes from the environment and cannot change meanwhile.
A process that begins while the database does not answer asks again before its first page or task.
"""

from functools import cache

from django.db import connections

from config.embedded import DEFINER

TOO_POWERFUL = f"""
SELECT concat_ws(', ', CASE WHEN r.rolsuper THEN 'is a superuser' END, CASE WHEN r.rolbypassrls THEN 'has BYPASSRLS' END,
                 CASE WHEN pg_has_role(r.oid, d.datdba, 'MEMBER') THEN 'owns the database' END,
                 CASE WHEN EXISTS (SELECT FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND pg_has_role(r.oid, c.relowner, 'MEMBER'))
                      THEN 'owns tables' END,
                 CASE WHEN EXISTS (SELECT FROM pg_roles o WHERE o.rolname = '{DEFINER}' AND pg_has_role(r.oid, o.oid, 'MEMBER')) THEN 'holds the keys of the wall' END)
  FROM pg_roles r, pg_database d
 WHERE r.rolname = session_user AND d.datname = current_database()
"""


class TooPowerful(Exception):
    """The login could read every service's rows."""


@cache  # which keeps no exceptions
def prove() -> None:
    """Check once in the life of a process. Raises as `check`."""
    check()


def check() -> None:
    """Raises TooPowerful, and OperationalError when the database cannot be asked."""
    with connections["default"].cursor() as cursor:
        cursor.execute(TOO_POWERFUL)
        (why,) = cursor.fetchone()
        cursor.execute("SELECT session_user")
        (name,) = cursor.fetchone()
    if why:
        raise TooPowerful(f"Framme does not start as {name}, who {why}: only `manage.py setup` may. See config/roles.sql.")
