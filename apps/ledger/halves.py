"""Work shared by two sessions of the database that see the same moment: one session works on one processor, and counting a million messages anew is work for two."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Barrier
from typing import TypeVar

from django.db import connection

from apps.ledger.hindsight import snapshot
from apps.ledger.models import Canary, Event, Import, Particulars, Reference, Repeat, Tie, Undoing, Untie, Word
from apps.walls import scope

SECONDS_TO_MEET = 20
HOMES_TOGETHER = 1000  # numbers are given one after another, perhaps two to each message: neighbours go to one half, so that both have as much to do

# What a message is folded of, and what says which message a reference is in. Whoever writes a table holds a lock on it until the transaction ends.
READ = (Reference, Event, Particulars, Tie, Untie, Import, Repeat, Undoing, Canary, Word)
HAS_WRITTEN = """
SELECT EXISTS (SELECT FROM pg_locks l JOIN pg_class c ON c.oid = l.relation
                WHERE l.pid = pg_backend_pid() AND l.mode = 'RowExclusiveLock' AND c.relname = ANY (%s))
"""

T = TypeVar("T")


def condition(delivery: str, half: int | None) -> str:
    """SQL for whether a message, by the SQL for its number, is in this half: 0 or 1, or None for all there are."""
    return "true" if half is None else f"mod({delivery} / {HOMES_TOGETHER}, 2) = {half}"


def each(work: Callable[[int | None], T]) -> list[T]:
    """What `work` gives of each half, at the same time, in sessions beside this one, in its scope. Whatever it asks of the database must be of that half alone.

    What this transaction has written no other session sees: where it has written any of the ledger, `work` does all (None) here.
    """
    with connection.cursor() as cursor:
        cursor.execute(HAS_WRITTEN, [[model._meta.db_table for model in READ]])
        (has_written,) = cursor.fetchone()
    if has_written:
        return [work(None)]
    acting, moment, both = scope.current(), Future[str](), Barrier(2, timeout=SECONDS_TO_MEET)
    with ThreadPoolExecutor(max_workers=2) as pool:
        first = pool.submit(beside, acting, both, lambda: work(0), tells=moment)
        second = pool.submit(beside, acting, both, lambda: work(1), sees=moment)
        return [first.result(), second.result()]


def beside(acting: scope.Scope | None, both: Barrier, work: Callable[[], T], *, tells: Future[str] | None = None, sees: Future[str] | None = None) -> T:
    """Do the work in a session of this thread's own, which `tells` the moment that it sees, or `sees` the one that it is told."""
    try:
        with scope.acting(acting), snapshot(of=sees.result(SECONDS_TO_MEET) if sees else ""):
            if tells:
                with connection.cursor() as cursor:
                    cursor.execute("SELECT pg_export_snapshot()")
                    tells.set_result(cursor.fetchone()[0])
            both.wait()  # a moment can be taken over only while the session that told of it still looks at it
            return work()
    except BaseException as failed:
        both.abort()
        if tells and not tells.done():
            tells.set_exception(failed)
        raise
    finally:
        connection.close()
