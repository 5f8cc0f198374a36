"""Everything that must be in place before Framme runs; each step does nothing when there is nothing to do."""

from collections.abc import Callable

from django.conf import settings
from django.core.management import call_command
from django.db import OperationalError, connections
from django.db.migrations.executor import MigrationExecutor

from apps.registry import actions as registry
from config import assets, cluster, embedded, grants, languages

OWNER = "owner"

# What may be wrong with the machine and not with us: told in a sentence, without a traceback.
PROBLEMS = (assets.AssetsMissing, cluster.DatabaseDown, grants.MayNotMakeRoles, OperationalError)


def prepare(*, say: Callable[[str], object]) -> None:
    """Start the embedded database where no other is named, and bring tables, rights, reference data, assets and languages up to date.

    `say` is told of each step that had something to do. Raises one of PROBLEMS.
    """
    if settings.ONE_MACHINE and embedded.start(settings.HOME):
        say("Started the database.")
    _bring_tables_up_to_date(say)
    registry.load_reference_data()
    if assets.build():
        say("Fetched what the pages are dressed in.")
    if assets.collect():
        say("Collected the static files.")
    if compiled := languages.compile_all():
        say(f"Compiled {compiled} languages.")


def _bring_tables_up_to_date(say: Callable[[str], object]) -> None:
    """Migrate and grant as the owner, one command at a time."""
    connection = connections[OWNER]
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(hashtext('framme.preparation'))")
    try:
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            call_command("migrate", database=OWNER, interactive=False, verbosity=0)
            say("Brought the tables up to date.")
        grants.grant(using=OWNER)
    finally:
        connection.close()  # gives the lock back
