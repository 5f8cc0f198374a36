"""What the role that the application runs as may do, table by table.

A model says itself when its rows are facts: `append_only = True` lets them be read and added only, and `updatable_columns = ("state", ...)`
lets nothing but these columns be changed; `removable = True` lets facts go whose time is over, which a trigger watches. Nobody is ever granted TRUNCATE.
"""

from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.db import ProgrammingError, connections, models, transaction
from psycopg import sql

from config.embedded import RUNTIME


class MayNotMakeRoles(Exception):
    """The login of DATABASE_URL may not make the runtime's role; the message says what an administrator does about it."""


def grant(*, using: str) -> None:
    """Give the runtime's role exactly what the models say, in one transaction. The login of `using` must own the tables."""
    with transaction.atomic(using=using), connections[using].cursor() as cursor:
        _have_role(cursor)
        for statement in _statements():
            cursor.execute(statement)
        _guard_always(cursor)


def rights(model: type[models.Model]) -> list[str]:
    """What the runtime's role may do with a table, as privileges of SQL."""
    columns = getattr(model, "updatable_columns", ())
    given = ["SELECT", "INSERT"]
    if not getattr(model, "append_only", False):
        given += ["DELETE"] if columns else ["UPDATE", "DELETE"]
    elif getattr(model, "removable", False):
        given.append("DELETE")
    if columns:
        given.append("UPDATE ({})".format(", ".join(f'"{model._meta.get_field(name).column}"' for name in columns)))
    return given


def _statements():
    role = sql.Identifier(RUNTIME)
    yield sql.SQL("GRANT USAGE ON SCHEMA public TO {}").format(role)
    yield sql.SQL("REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {}").format(role)
    for model in filter(lambda model: model._meta.managed, apps.get_models(include_auto_created=True)):
        yield sql.SQL("GRANT {} ON {} TO {}").format(sql.SQL(", ".join(rights(model))), sql.Identifier(model._meta.db_table), role)
    yield sql.SQL("GRANT SELECT ON django_migrations TO {}").format(role)
    yield sql.SQL("GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {}").format(role)


def _guard_always(cursor) -> None:
    """Let the guards of facts stand in a session that calls itself a replica, too. What stands is left alone: changing it waits for imports to end."""
    guarded = [model for model in apps.get_models() if getattr(model, "append_only", False)]
    guards = {guard.get_pgid(model): model._meta.db_table for model in guarded for guard in model._meta.triggers}
    cursor.execute("SELECT tgname FROM pg_trigger WHERE tgname = ANY (%s) AND tgenabled <> 'A'", [list(guards)])
    for (guard,) in cursor.fetchall():
        cursor.execute(sql.SQL("ALTER TABLE {} ENABLE ALWAYS TRIGGER {}").format(sql.Identifier(guards[guard]), sql.Identifier(guard)))


def _have_role(cursor) -> None:
    """Make the role where it is missing, and let the login take it; the embedded database has it from the beginning, as a login of its own."""
    cursor.execute("SELECT oid, pg_has_role(current_user, oid, 'MEMBER') FROM pg_roles WHERE rolname = %s", [RUNTIME])
    found, may_take_it = cursor.fetchone() or (None, False)
    try:
        if not found:
            cursor.execute(f"CREATE ROLE {RUNTIME} NOLOGIN")
        if not may_take_it and not settings.ONE_MACHINE:
            cursor.execute(f"GRANT {RUNTIME} TO CURRENT_USER")
    except ProgrammingError as refused:
        documented = Path(__file__).with_name("roles.sql").read_text()
        raise MayNotMakeRoles(f"This login may not make or take the role {RUNTIME} ({refused}). An administrator runs:\n{documented}") from None
