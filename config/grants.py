"""What each role of the database may do, table by table, and the wall between services.

A model says itself when its rows are facts: `append_only = True` lets them be read and added only, and `updatable_columns = ("state", ...)`
lets nothing but these columns be changed; `removable = True` lets facts go whose time is over, which a trigger watches. Nobody is ever granted TRUNCATE.
"""

from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.db import ProgrammingError, connections, models, transaction
from psycopg import sql

from config import embedded, wall
from config.embedded import BACKUP, DEFINER, RUNTIME


class MayNotMakeRoles(Exception):
    """The login of DATABASE_URL may not make the roles that the application runs as; the message says what an administrator does about it."""


def grant(*, using: str) -> None:
    """Give each role exactly what it needs and put the wall up, in one transaction. The login of `using` must own the tables."""
    with transaction.atomic(using=using), connections[using].cursor() as cursor:
        _have_roles(cursor)
        for statement in _statements():
            cursor.execute(statement)
        _guard_always(cursor)
        wall.put_up(cursor)


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
    role, backup = sql.Identifier(RUNTIME), sql.Identifier(BACKUP)
    yield sql.SQL("GRANT USAGE ON SCHEMA public TO {}, {}").format(role, backup)
    yield sql.SQL("REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {}").format(role)
    for model in filter(lambda model: model._meta.managed, apps.get_models(include_auto_created=True)):
        yield sql.SQL("GRANT {} ON {} TO {}").format(sql.SQL(", ".join(rights(model))), sql.Identifier(model._meta.db_table), role)
    yield sql.SQL("GRANT SELECT ON django_migrations TO {}").format(role)
    yield sql.SQL("GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {}").format(role)
    yield sql.SQL("GRANT SELECT ON ALL TABLES IN SCHEMA public TO {}").format(backup)
    yield sql.SQL("GRANT SELECT ON ALL SEQUENCES IN SCHEMA public TO {}").format(backup)


def _guard_always(cursor) -> None:
    """Let the guards of facts stand in a session that calls itself a replica, too. What stands is left alone: changing it waits for imports to end."""
    guarded = [model for model in apps.get_models() if getattr(model, "append_only", False)]
    guards = {guard.get_pgid(model): model._meta.db_table for model in guarded for guard in model._meta.triggers}
    cursor.execute("SELECT tgname FROM pg_trigger WHERE tgname = ANY (%s) AND tgenabled <> 'A'", [list(guards)])
    for (guard,) in cursor.fetchall():
        cursor.execute(sql.SQL("ALTER TABLE {} ENABLE ALWAYS TRIGGER {}").format(sql.Identifier(guards[guard]), sql.Identifier(guard)))


def _have_roles(cursor) -> None:
    """Make the roles that are missing, where the login may; the embedded database gets them from its superuser."""
    made = embedded.roles(settings.HOME, owner="CURRENT_USER")
    cursor.execute("SELECT rolname FROM pg_roles WHERE rolname = ANY (%s)", [list(made)])
    missing = made.keys() - {name for (name,) in cursor.fetchall()}
    try:
        for name in sorted(missing):
            for statement in made[name]:
                cursor.execute(statement)
        cursor.execute("SELECT rolcanlogin FROM pg_roles WHERE rolname = %s", [RUNTIME])
        if cursor.fetchone() != (True,):  # an earlier release had it taken by the owner
            cursor.execute(f"ALTER ROLE {RUNTIME} LOGIN PASSWORD '{embedded.secret(settings.HOME, RUNTIME)}'")
        cursor.execute("SELECT pg_has_role(%s, 'MEMBER')", [DEFINER])
        if cursor.fetchone() != (True,):
            cursor.execute(f"GRANT {DEFINER} TO CURRENT_USER")
    except ProgrammingError as refused:
        documented = Path(__file__).with_name("roles.sql").read_text()
        raise MayNotMakeRoles(f"This login may not make the roles of the database ({refused}). An administrator runs:\n{documented}") from None
