"""What always holds of the database as a whole, and the invariants of every app in one list (04-reliability, "Invariants")."""

from collections.abc import Iterator
from datetime import datetime

from django.apps import apps
from django.db import connection

from apps.audit import anchors, verification
from apps.breaches import invariants as breaches
from apps.calls import invariants as calls
from apps.decisions import invariants as decisions
from apps.deliveries import invariants as deliveries
from apps.feeds import invariants as feeds
from apps.handovers import invariants as handovers
from apps.incidents import invariants as incidents
from apps.ledger import invariants as ledger
from apps.ledger.invariants import Invariant, found
from apps.outages import invariants as outages
from apps.readiness import invariants as readiness
from apps.reports import invariants as reports
from apps.statements import invariants as statements
from apps.watch import invariants as watch
from apps.worklists import invariants as worklists
from config import closure, grants
from config.embedded import RUNTIME

# What is proven elsewhere, and by what.
NOT_HERE = {
    "I8": "replay: by the tests of any order of files",
    "I11": "that no feed is silent: by the watch, whose alarms are looked at here",
    "I13": "durability: by the tests of faults",
}

ALWAYS = "A"  # as pg_trigger has it
HELD = "SELECT privilege FROM unnest(ARRAY['UPDATE', 'DELETE', 'TRUNCATE']) AS p (privilege) WHERE has_table_privilege(%s, %s::regclass, privilege)"
COLUMNS_HELD = "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 AND has_column_privilege(%s, attrelid, attnum, 'UPDATE')"
OWNED = "SELECT 'owns ' || relname FROM pg_class WHERE relowner = %s::regrole AND relpersistence <> 't'"


def models():
    return [model for model in apps.get_models(include_auto_created=True) if model._meta.managed]


def unguarded(now: datetime) -> Iterator[str]:
    """Triggers that are missing, changed or switched off on the tables of facts; a guard that a replica would not heed counts as off."""
    for model in models():
        if getattr(model, "append_only", False):
            for trigger in model._meta.triggers:
                status, _is_on = trigger.get_installation_status(model)
                if status != "INSTALLED" or enabled(trigger.get_pgid(model)) != ALWAYS:
                    yield f"{model._meta.db_table}: {trigger.name} is {status.lower()}, or switched off"


def enabled(trigger: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT tgenabled FROM pg_trigger WHERE tgname = %s", [trigger])
        return next((str(state) for (state,) in cursor.fetchall()), "")


def excess_rights(now: datetime) -> Iterator[str]:
    """What the runtime's role may do beyond what the models say."""
    yield from found(OWNED, [RUNTIME])
    with connection.cursor() as cursor:
        for model in models():
            table, given = model._meta.db_table, grants.rights(model)
            cursor.execute(HELD, [RUNTIME, table])
            yield from (f"{table}: may {privilege}" for (privilege,) in cursor.fetchall() if privilege not in given)
            if "UPDATE" not in given:
                cursor.execute(COLUMNS_HELD, [table, RUNTIME])
                named = getattr(model, "updatable_columns", ())
                columns = {model._meta.get_field(name).column for name in named}
                yield from (f"{table}: may UPDATE {column}" for (column,) in cursor.fetchall() if column not in columns)


OF_THE_DATABASE = (
    Invariant("I7", "The triggers that refuse changes stand on every table of facts", unguarded),
    Invariant("I7", "The role of the application may change and remove no more than its models say", excess_rights),
    Invariant(
        "I7",
        "Each chain of the trail holds: every link hashes the one before it, none is missing, the last is its head",
        lambda now: verification.broken_chains(),
    ),
    Invariant("I7", "Each read in the trail is in one seal, which hashes it, or waits for one", lambda now: verification.broken_seals()),
    Invariant(
        "I7", "The trail and the other facts hold what their exported anchors say: none is shorter, and no link another", lambda now: anchors.all_contradicted()
    ),
)
EVERY = sorted(
    (
        *ledger.INVARIANTS,
        *feeds.INVARIANTS,
        *deliveries.INVARIANTS,
        *decisions.INVARIANTS,
        *calls.INVARIANTS,
        *handovers.INVARIANTS,
        *worklists.INVARIANTS,
        *reports.INVARIANTS,
        *incidents.INVARIANTS,
        *breaches.INVARIANTS,
        *outages.INVARIANTS,
        *watch.INVARIANTS,
        *readiness.INVARIANTS,
        *statements.INVARIANTS,
        *OF_THE_DATABASE,
        *closure.INVARIANTS,
    ),
    key=lambda invariant: int(invariant.id.removeprefix("I")),
)
