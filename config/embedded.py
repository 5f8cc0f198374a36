"""What one machine gets without being asked for it: a real PostgreSQL server, its logins and the keys, all of $FRAMME_HOME.

Nothing here runs when DATABASE_URL is set, except that databases() turns it into Django's settings.
"""

import hashlib
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from itertools import chain
from pathlib import Path

import environ
import psycopg

from config.cluster import PORT, Cluster

DATABASE = "framme"
OWNER = "framme_owner"
DEFINER = "framme_definer"
RUNTIME = "framme_runtime"
BACKUP = "framme_backup"

CONNECTION = {"CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True}
# A throw-away cluster is worth nothing after a crash, so it need not survive one.
FAST_AND_LOSABLE = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "shared_buffers": "128MB",
    "wal_level": "minimal",
    "max_wal_senders": "0",
}


def secret(home: Path, name: str) -> str:
    """A random text of our own, made at first sight and kept in a file that only its owner can read."""
    kept = home / "secrets" / name
    if not kept.exists():
        for directory in (home, kept.parent):
            directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = kept.with_name(f"{name}.{os.getpid()}")
        draft.touch(mode=0o600)
        draft.write_text(secrets.token_urlsafe(48))
        with suppress(FileExistsError):  # the first of two commands wins, and both use its text
            os.link(draft, kept)
        draft.unlink()
    return kept.read_text()


def databases(*, home: Path, url: str) -> dict:
    """Django's DATABASES: "default" is the login the application runs as, "owner" the one that migrates. Starts nothing.

    A URL that names framme_runtime is used as it is, for both: then others have prepared the database. One that names any other login is the owner's,
    and the application signs in to the same database as framme_runtime, by the password in this home.
    """
    if url:
        named = environ.Env.db_url_config(url) | CONNECTION
        runtime = {} if named["USER"] == RUNTIME else {"USER": RUNTIME, "PASSWORD": secret(home, RUNTIME)}
        return {"default": named | runtime, "owner": named | {"TEST": {"MIRROR": "default"}}}
    return {"default": _login(home, RUNTIME), "owner": _login(home, OWNER)}


def start(home: Path) -> bool:
    """Have the database of this home answering; True when this call started it. Raises cluster.DatabaseDown."""
    return _start(_cluster(home), owner_may="NOCREATEDB")


def stop(home: Path) -> bool:
    """End the database of this home; True when it was running."""
    return _cluster(home).stop()


def remove(home: Path) -> None:
    """End the database of this home and delete it with all that it holds: for homes that are thrown away."""
    cluster = _cluster(home)
    cluster.stop()
    cluster.remove()


def data(home: Path) -> Path:
    """The directory of this home's database."""
    return _cluster(home).data


def is_running(home: Path) -> bool:
    """Whether the database of this home answers."""
    return _cluster(home).is_running()


def have_roles(home: Path) -> None:
    """Make the roles that a database of this home made by an earlier release does not have yet."""
    sockets, password = str(_cluster(home).sockets), secret(home, "postgres")
    with psycopg.connect(host=sockets, port=PORT, dbname=DATABASE, user="postgres", password=password, autocommit=True) as superuser:
        there = {name for (name,) in superuser.execute("SELECT rolname FROM pg_roles")}
        for name, statements in roles(home).items():
            if name not in there:
                for statement in statements:
                    superuser.execute(statement)


@contextmanager
def throwaway(home: Path, *, durable: bool = False) -> Iterator[str]:
    """A cluster for tests that ends with this process: gives the URL of its owner, who may also make databases and take the runtime's role.

    Without fsync, unless it shall be as `durable`, and as slow, as the one that is kept.
    """
    cluster = replace(_cluster(home), settings={} if durable else FAST_AND_LOSABLE, outlives_us=False)
    try:
        _start(cluster, owner_may="CREATEDB", more=(f"GRANT {RUNTIME} TO {OWNER};",))
        yield f"postgres://{OWNER}:{secret(home, OWNER)}@/{DATABASE}?host={cluster.sockets}"
    finally:
        cluster.stop()
        cluster.remove()


def _start(cluster: Cluster, *, owner_may: str, more: tuple[str, ...] = ()) -> bool:
    statements = (
        f"CREATE ROLE {OWNER} LOGIN {owner_may} PASSWORD '{secret(cluster.home, OWNER)}';",
        *chain.from_iterable(roles(cluster.home).values()),
        f"CREATE DATABASE {DATABASE} OWNER {OWNER};",
        *more,
    )
    return cluster.start(password=secret(cluster.home, "postgres"), roles="\n".join(statements) + "\n")


def roles(home: Path, *, owner: str = OWNER) -> dict[str, tuple[str, ...]]:
    """The roles beside the owner, each with the statements that make it; roles.sql says the same for an administrator."""
    return {
        RUNTIME: (f"CREATE ROLE {RUNTIME} LOGIN PASSWORD '{secret(home, RUNTIME)}';",),
        DEFINER: (f"CREATE ROLE {DEFINER} NOLOGIN;", f"GRANT {DEFINER} TO {owner};"),
        BACKUP: (f"CREATE ROLE {BACKUP} LOGIN BYPASSRLS PASSWORD '{secret(home, BACKUP)}';",),
    }


def _cluster(home: Path) -> Cluster:
    """Below the home; but PostgreSQL refuses root, and another account may not reach the home, so root's is below /var/lib.

    Its name holds a text kept in the home, so that a home which was deleted and made anew gets a new database and not a forgotten one.
    """
    base = home
    if os.geteuid() == 0:
        name = f"{home} {secret(home, 'cluster')}"
        base = Path("/var/lib") / f"framme-{hashlib.sha256(name.encode()).hexdigest()[:16]}"
    return Cluster(home=home, base=base)


def _login(home: Path, role: str) -> dict:
    where = {"ENGINE": "django.db.backends.postgresql", "NAME": DATABASE, "HOST": str(_cluster(home).sockets), "PORT": str(PORT)}
    return where | {"USER": role, "PASSWORD": secret(home, role)} | CONNECTION
