"""What one machine gets without being asked for it: a real PostgreSQL server, its logins and the keys, all of $FRAMME_HOME.

Nothing here runs when DATABASE_URL is set, except that databases() turns it into Django's settings.
"""

import hashlib
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import environ

from config.cluster import PORT, Cluster

DATABASE = "framme"
OWNER = "framme_owner"
RUNTIME = "framme_runtime"

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

    With a URL both use its login; the application then takes the role framme_runtime, so that it owns nothing there either.
    """
    if url:
        named = environ.Env.db_url_config(url) | CONNECTION
        options = named.get("OPTIONS", {})  # may hold the host of a socket, so it is added to and never replaced
        return {"default": named | {"OPTIONS": options | {"assume_role": RUNTIME}}, "owner": named | {"TEST": {"MIRROR": "default"}}}
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
    roles = (
        f"CREATE ROLE {OWNER} LOGIN {owner_may} PASSWORD '{secret(cluster.home, OWNER)}';",
        f"CREATE ROLE {RUNTIME} LOGIN PASSWORD '{secret(cluster.home, RUNTIME)}';",
        f"CREATE DATABASE {DATABASE} OWNER {OWNER};",
        *more,
    )
    return cluster.start(password=secret(cluster.home, "postgres"), roles="\n".join(roles) + "\n")


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
