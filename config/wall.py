"""The wall as it must stand: which tables it surrounds, by which policies, and putting it up. What the policies ask is in wall.sql."""

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from django.apps import apps
from django.conf import settings
from django.db import models
from psycopg import sql

from apps.accounts.roles import NATIONAL, ROLE_PERMISSIONS, Permission
from apps.deliveries.models import Delivery, Tally
from apps.incidents import cohort
from apps.incidents.models import Answer, Member, Question, Reply, Task
from apps.reports import national
from config.embedded import DEFINER

SOURCE = Path(__file__).with_name("wall.sql")
BLOCK = 64  # of SHA-256, in bytes

# Tables that name a service and yet hold nothing of its own: why each may be read by whoever runs as the application.
OPEN = {
    "accounts.Membership": "who belongs where: every scope is worked out from it",
    "registry.ServiceArea": "what each service covers is public, and every import must tell its own numbers from others'",
    "audit.Head": "the length and the last hash of each chain: whoever adds a link, signed in or not, must see it",
    "audit.Unsealed": "numbers of entries that no seal holds yet",
    "outages.Usage": "which case system a service uses is public, and a review must find out whom a fault of it may have hit",
}

# The functions that the application may call, as granted at the end of wall.sql.
CALLED = ("enter", "held", "everywhere", "services", "figures", "sources", "cohort", "freeze", "progress")
# What the definer's functions look up to open a scope, and to count across the wall.
LOOKED_UP = {
    "accounts_user": ("id", "is_active"),
    "django_session": ("session_key", "expire_date"),
    "accounts_membership": ("user_id", "service_id", "role", "valid_from", "valid_to"),
    "feeds_key": ("id", "digest", "service_id", "ended_at", "expires_at"),
    "ledger_owed": ("id", "fence", "service_id"),
    "deliveries_delivery": tuple(field.column for field in Delivery._meta.concrete_fields),
    "deliveries_tally": tuple(field.column for field in Tally._meta.concrete_fields),
    "ledger_reference": ("id", "service_id", "namespace", "value", "delivery"),
    "ledger_import": ("service_id", "format", "direction", "vantage", "state", "received_at"),
    "ledger_coverage": ("service_id", "reaches_at"),
    "feeds_feed": ("service_id", "format", "direction", "vantage", "created_at", "expected_every", "expected_in"),
    "registry_service": ("id", "valid_from", "valid_to"),
    "registry_servicearea": ("service_id", "municipality_id", "valid_to"),
    "registry_municipality": ("code", "county"),
    "outages_usage": ("service_id", "system", "version", "adopted_on", "patched_on", "ended_on"),
    "watch_telling": ("service_id", "reminds", "subject", "occasion", "fate", "sent_at"),
    "incidents_review": ("id", "direction", "channel", "system", "version", "services", "begins", "ends"),
    **{model._meta.db_table: tuple(field.column for field in model._meta.concrete_fields) for model in (Task, Answer, Question, Reply)},
}
# What freezing writes into each service, for a national coordinator.
WRITTEN = {model._meta.db_table: tuple(field.column for field in model._meta.concrete_fields if not field.primary_key) for model in (Task, Member)}

# As PostgreSQL itself writes them, so that what stands can be held against what should. Whether there is a scope is asked while the statement is planned, so
# that what would find no row is refused too. The services are worked out once a statement and looked up in memory for each row; whether it is an operator's
# scope of all of them is asked only of rows that are not among those.
OF_SERVICES = "(service_id IN ( SELECT wall.services() AS services))"
EVERYWHERE = "( SELECT wall.everywhere() AS everywhere)"
WITHIN = f"(wall.held() AND ({OF_SERVICES} OR {EVERYWHERE}))"
WITHIN_OR_NATIONAL = f"(wall.held() AND ({OF_SERVICES} OR (service_id IS NULL) OR {EVERYWHERE}))"


class Policy(NamedTuple):
    """One policy as the catalog tells it; `check` is None where it is the same as `using`."""

    name: str
    command: str
    using: str | None
    check: str | None


WALL = (Policy("wall", "ALL", WITHIN, None),)
# The trail may be added to by whoever does anything, signed in or not; everything else is within the wall, and what belongs to no service for whoever has a
# scope. By one policy for each command, since one for all would be asked when something is added too.
OF_THE_TRAIL = (
    Policy("added", "INSERT", None, "true"),
    *(Policy(f"wall_{command.lower()}", command, WITHIN_OR_NATIONAL, None) for command in ("DELETE", "SELECT", "UPDATE")),
)
# Some ways of looking belong to a service, others to a person or to everybody, and outages and alarms to a service or to all; none of all holds a row of anybody.
OF_SOME_OR_ALL = (Policy("wall", "ALL", WITHIN_OR_NATIONAL, None),)
OTHERS = {"audit.Entry": OF_THE_TRAIL, "worklists.SavedView": OF_SOME_OR_ALL, "outages.Outage": OF_SOME_OR_ALL} | dict.fromkeys(
    ("watch.Alarm", "watch.Step", "watch.Telling"), OF_SOME_OR_ALL
)


def surrounded() -> Iterator[type[models.Model]]:
    """Every model whose rows are a service's."""
    for model in apps.get_models(include_auto_created=True):
        if model._meta.managed and model._meta.label not in OPEN and any(field.column == "service_id" for field in model._meta.concrete_fields):
            yield model


def policies(model: type[models.Model]) -> tuple[Policy, ...]:
    return OTHERS.get(model._meta.label, WALL)


def put_up(cursor) -> None:
    """Make the functions, their keys and every policy; what stands already as it should is left alone."""
    cursor.execute(f"CREATE SCHEMA IF NOT EXISTS wall AUTHORIZATION {DEFINER}")
    for table, columns in LOOKED_UP.items():
        cursor.execute(f"GRANT SELECT ({', '.join(columns)}) ON {table} TO {DEFINER}")
    for table, columns in WRITTEN.items():
        cursor.execute(f"GRANT INSERT ({', '.join(columns)}) ON {table} TO {DEFINER}")
    cursor.execute(f"SET LOCAL ROLE {DEFINER}")
    cursor.execute(_source(cursor))
    _keep_key(cursor, "token", settings.WALL_KEY.encode(), again=True)
    _keep_key(cursor, "scope", os.urandom(BLOCK), again=False)
    cursor.execute("RESET ROLE")
    for model in surrounded():
        _surround(cursor, model)


def let_owner_pass(cursor) -> None:
    """While tables are brought up to date their owner must reach every row; `put_up` forces the policies on the owner again."""
    cursor.execute("SELECT oid::regclass::text FROM pg_class WHERE relforcerowsecurity AND pg_has_role(relowner, 'MEMBER')")
    for (table,) in cursor.fetchall():
        cursor.execute(sql.SQL("ALTER TABLE {} NO FORCE ROW LEVEL SECURITY").format(sql.SQL(table)))


def standing(cursor, table: str) -> tuple[Policy, ...]:
    """The policies that a table has, by name."""
    cursor.execute("SELECT policyname, cmd, qual, with_check FROM pg_policies WHERE schemaname = 'public' AND tablename = %s ORDER BY policyname", [table])
    return tuple(Policy(*row) for row in cursor.fetchall())


def _source(cursor) -> str:
    """wall.sql with the figures that may be told across services, and to whom, as the application's own tables have them."""
    roles = sorted(role for role in NATIONAL if Permission.SEE_FIGURES in ROLE_PERMISSIONS[role])
    filled = {
        "{figures}": cursor.mogrify(*national.query()),
        "{apart}": str(national.APART),
        "{national_roles}": ", ".join(f"'{role}'" for role in roles),
        "{cohort}": cohort.COUNT.format(review="one", services="NULL::bigint[]"),
        "{freeze}": cohort.FREEZE.format(review="one", services="NULL::bigint[]", by="person", at="frozen_at"),
        "{progress}": cohort.PROGRESS.format(review="one", services="NULL::bigint[]"),
    }
    source = SOURCE.read_text()
    for place, text in filled.items():
        source = source.replace(place, text)
    return source


def _surround(cursor, model: type[models.Model]) -> None:
    table, wanted = model._meta.db_table, policies(model)
    there = standing(cursor, table)
    cursor.execute("SELECT relrowsecurity AND relforcerowsecurity FROM pg_class WHERE oid = %s::regclass", [table])
    if cursor.fetchone() == (True,) and there == wanted:
        return
    name = sql.Identifier(table)
    for policy in there:
        cursor.execute(sql.SQL("DROP POLICY {} ON {}").format(sql.Identifier(policy.name), name))
    for policy in wanted:
        using = sql.SQL("USING ({})").format(sql.SQL(policy.using)) if policy.using else sql.SQL("")
        check = sql.SQL("WITH CHECK ({})").format(sql.SQL(policy.check)) if policy.check else sql.SQL("")
        statement = sql.SQL("CREATE POLICY {} ON {} FOR {} {} {}")
        cursor.execute(statement.format(sql.Identifier(policy.name), name, sql.SQL(policy.command), using, check))
    cursor.execute(sql.SQL("ALTER TABLE {} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY").format(name))


def _keep_key(cursor, name: str, secret: bytes, *, again: bool) -> None:
    """A key as HMAC wants it; `again` replaces one that is kept already."""
    key = (secret if len(secret) <= BLOCK else hashlib.sha256(secret).digest()).ljust(BLOCK, b"\0")
    then = "UPDATE SET inside = EXCLUDED.inside, outside = EXCLUDED.outside" if again else "NOTHING"
    statement = f"INSERT INTO wall.key (name, inside, outside) VALUES (%s, %s, %s) ON CONFLICT (name) DO {then}"
    cursor.execute(statement, [name, bytes(byte ^ 0x36 for byte in key), bytes(byte ^ 0x5C for byte in key)])
