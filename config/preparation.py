"""Everything that must be in place before Framme runs; each step does nothing when there is nothing to do."""

from collections.abc import Callable

from django.conf import settings
from django.core.management import call_command
from django.db import DEFAULT_DB_ALIAS, OperationalError, ProgrammingError, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.executor import MigrationExecutor

from apps.registry import actions as registry
from config import assets, cluster, embedded, grants, languages, upkeep, wall

OWNER = "owner"


class NotPrepared(Exception):
    """The database must be brought up to date first, and this login may not do it."""


# What may be wrong with the machine and not with us: told in a sentence, without a traceback.
PROBLEMS = (NotPrepared, assets.AssetsMissing, cluster.DatabaseDown, grants.MayNotMakeRoles, OperationalError)


def prepare(*, say: Callable[[str], object]) -> None:
    """Start the embedded database where no other is named, and bring tables, rights, reference data, assets and languages up to date.

    `say` is told of each step that had something to do. Raises one of PROBLEMS.
    """
    if settings.ONE_MACHINE and embedded.start(settings.HOME):
        say("Started the database.")
    if settings.ONE_MACHINE:
        embedded.have_roles(settings.HOME)
    _bring_tables_up_to_date(say)
    _see_that_the_application_can_sign_in()
    registry.load_reference_data()
    if assets.build():
        say("Fetched what the pages are dressed in.")
    if assets.collect():
        say("Collected the static files.")
    if compiled := languages.compile_all():
        say(f"Compiled {compiled} languages.")


def _bring_tables_up_to_date(say: Callable[[str], object]) -> None:
    """Migrate and grant as the owner, one command at a time. Where the application's own login was named, others have done it: it is only looked at."""
    connection = connections[OWNER]
    if connection.settings_dict["USER"] == embedded.RUNTIME:
        return _see_that_tables_are_up_to_date(connection)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(hashtext('framme.preparation'))")
    try:
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            with connection.cursor() as cursor:
                wall.let_owner_pass(cursor)
            call_command("migrate", database=OWNER, interactive=False, verbosity=0)
            say("Brought the tables up to date.")
        grants.grant(using=OWNER)
        if anew := upkeep.make_hollow_indexes_anew(connection):
            say(f"Made {len(anew)} indexes anew that held few rows on many pages.")
    finally:
        connection.close()  # gives the lock back


def _see_that_tables_are_up_to_date(connection: BaseDatabaseWrapper) -> None:
    try:
        executor = MigrationExecutor(connection)
        is_behind = bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))
    except ProgrammingError:  # nothing was ever granted
        is_behind = True
    if is_behind:
        raise NotPrepared(f"The tables are not up to date, and {embedded.RUNTIME} may not change them: run `manage.py setup` with the owner's DATABASE_URL.")


def _see_that_the_application_can_sign_in() -> None:
    """An administrator may have given its role a password of their own."""
    try:
        connections[DEFAULT_DB_ALIAS].ensure_connection()
    except OperationalError as refused:
        kept = settings.HOME / "secrets" / embedded.RUNTIME
        raise NotPrepared(
            f"The tables are ready, but {embedded.RUNTIME} cannot sign in ({refused}). Write its password to {kept}, or go on with `manage.py setup` and a "
            f"DATABASE_URL that names {embedded.RUNTIME}."
        ) from None
