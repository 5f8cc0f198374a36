"""The scope of what is done on a connection: whoever acts is named once, and every transaction that begins meanwhile enters their scope before its first statement.

Nothing outside a scope may touch a service's rows: the database refuses it (SQLSTATE FR001) and never answers with no rows. Scopes may be nested; the innermost
holds. What is inside is described in config/wall.sql.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.utils import timezone
from psycopg.pq import TransactionStatus

from apps.walls import tokens

# A page that takes longer than this has gone wrong; work in the background takes what it takes, and imports of one service wait for each other.
PAGE_LIMITS = {"statement_timeout": "60s", "lock_timeout": "20s"}
NO_LIMITS = {"statement_timeout": "0", "lock_timeout": "0"}

ENTER = "SELECT wall.enter(%s), set_config('statement_timeout', %s, true), set_config('lock_timeout', %s, true)"
LEAVE = "SELECT set_config('framme.scope', '', true)"

Token = Callable[[], str]


class Forged(Exception):
    """The token was not made by this application, or is too old (FR002)."""


class Ended(Exception):
    """The session, the person's access, the other system's key or the work that the token speaks of is over (FR003)."""


REFUSALS = {"FR002": Forged, "FR003": Ended}


class Standing:
    """The scopes of one connection, the innermost last, as a wrapper of every statement. None stands for nobody: signed out."""

    def __init__(self, connection: BaseDatabaseWrapper) -> None:
        self.connection = connection
        self.scopes: list[Scope | None] = []
        self.entered: Scope | None = None  # what this transaction has entered
        self.has_ended = False

    def __call__(self, execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: Any) -> Any:
        if self.status() is TransactionStatus.IDLE:
            self.entered = None
            if not self.connection.in_atomic_block and self.scopes[-1:] not in ([], [None]):
                with self.connection.connection.transaction():  # a statement by itself is a transaction too
                    return self.run(execute, sql, params, many, context)
        return self.run(execute, sql, params, many, context)

    def run(self, execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: Any) -> Any:
        # The isolation of a transaction is said before anything is read; and what has failed is only rolled back.
        if not str(sql).startswith("SET TRANSACTION") and self.status() is not TransactionStatus.INERROR:
            self.enter()
        try:
            return execute(sql, params, many, context)
        finally:
            if str(sql).startswith("ROLLBACK TO"):
                self.entered = None  # perhaps what was entered was rolled back with the rest

    def become(self, scope: "Scope") -> None:
        """From now on, and in the transaction that is open, the innermost scope is this one. Raises Forged, Ended, and then leaves it as it was."""
        before, self.scopes[-1] = self.scopes[-1], scope
        try:
            self.enter()
        except (Forged, Ended):
            self.scopes[-1] = before
            raise

    def enter(self) -> None:
        """Make the innermost scope the transaction's own, if it is not already. Raises Forged, Ended."""
        wanted = self.scopes[-1] if self.scopes else None
        if wanted is self.entered:
            return
        # Bound by the server and not put into the text: what runs is visible to every session of the same role, a token must not be.
        with psycopg.Cursor(self.connection.connection) as cursor, self.connection.wrap_database_errors:
            try:
                cursor.execute(*((LEAVE,) if wanted is None else (ENTER, [wanted.token(), *wanted.limits.values()])))
            except psycopg.Error as refused:
                self.has_ended = refused.sqlstate == "FR003"
                raise REFUSALS.get(refused.sqlstate or "", type(refused))(str(refused)) from refused
        self.entered = wanted

    def status(self) -> TransactionStatus:
        return self.connection.connection.info.transaction_status


class Scope:
    """Who acts, as a way to make a fresh token, and how long their statements may take."""

    def __init__(self, token: Token, limits: dict[str, str]) -> None:
        self.token, self.limits = token, limits


def standing(on: BaseDatabaseWrapper | None) -> Standing:
    """The scopes of a connection, from its first one on among its wrappers."""
    raw = on or connection._connections[connection._alias]  # type: ignore[attr-defined]  # the thread's own behind the proxy
    found = next((wrapper for wrapper in raw.execute_wrappers if isinstance(wrapper, Standing)), None)
    if found is None:
        found = Standing(raw)
        raw.execute_wrappers.append(found)
    return found


def current() -> Scope | None:
    """The innermost scope of this thread's connection; None for nobody."""
    scopes = standing(None).scopes
    return scopes[-1] if scopes else None


@contextmanager
def acting(scope: Scope | None, *, on: BaseDatabaseWrapper | None = None) -> Iterator[Standing]:
    """Everything inside happens in this scope, or signed out when it is None."""
    here = standing(on)
    here.scopes.append(scope)
    try:
        yield here
    finally:
        here.scopes.pop()
        raw = here.connection.connection
        if not here.scopes and raw and not raw.closed and here.entered and here.status() is TransactionStatus.INTRANS:
            here.enter()


def person(*, user: int, session: str) -> Scope:
    """Somebody signed in; where they belong is found out by the database."""
    return Scope(lambda: tokens.person(user=user, session=session, at=timezone.now()), PAGE_LIMITS)


def key(*, key: int, digest: str) -> Scope:
    """Another system by its key; whether it holds, and in which service, is found out by the database."""
    return Scope(lambda: tokens.key(key=key, digest=digest), PAGE_LIMITS)


@contextmanager
def job(*, owed: int, fence: int, on: BaseDatabaseWrapper | None = None) -> Iterator[None]:
    """The work that is owed in one row, in the service of that row."""
    with acting(Scope(lambda: tokens.job(owed=owed, fence=fence), NO_LIMITS), on=on):
        yield


@contextmanager
def operator(*, by: str, services: Iterable[int] | None = None, on: BaseDatabaseWrapper | None = None) -> Iterator[None]:
    """A command or the schedule: in the services it names, or in all."""
    named = None if services is None else list(services)
    with acting(Scope(lambda: tokens.operator(by=by, services=named), NO_LIMITS), on=on):
        yield
