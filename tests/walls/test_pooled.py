"""Connections that several share, one transaction at a time: the scope of one never reaches the next."""

import os
import shutil
import signal
import subprocess
import time
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from django.db import DatabaseError, connection
from django.db.backends.postgresql.base import DatabaseWrapper

from apps.walls import scope
from config import embedded

pytestmark = pytest.mark.django_db

HOME = Path(os.environ.get("FRAMME_HOME", "."))
CONFIGURED = """
[databases]
{name} = host={sockets} port=5432 dbname={name}
[pgbouncer]
listen_addr =
listen_port = 6543
unix_socket_dir = {folder}
auth_type = plain
auth_file = {folder}/users
pool_mode = transaction
default_pool_size = 1
logfile = {folder}/log
pidfile = {folder}/pid
"""


@pytest.fixture
def bouncer():
    """Debian's pgbouncer before the database of the tests, with one connection to it for everybody; gives the folder of its socket."""
    program = shutil.which("pgbouncer") or shutil.which("pgbouncer", path="/usr/sbin")
    if program is None and os.environ.get("CI"):
        pytest.fail("pgbouncer is not installed.")
    if program is None:
        pytest.skip("THE WALL WAS NOT TRIED THROUGH PGBOUNCER: it is not installed on this machine.")
    cluster = embedded._cluster(HOME)
    folder = cluster.base / "bouncer"
    folder.mkdir(mode=0o700)
    (folder / "users").write_text(f'"{embedded.RUNTIME}" "{embedded.secret(HOME, embedded.RUNTIME)}"\n')
    (folder / "pgbouncer.ini").write_text(CONFIGURED.format(name=connection.settings_dict["NAME"], sockets=cluster.sockets, folder=folder))
    account = cluster._account()
    for path in (folder, *folder.iterdir()) if account else ():
        shutil.chown(path, account)
    running = subprocess.Popen([program, str(folder / "pgbouncer.ini")], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **cluster._as_account())
    while running.poll() is None and not (folder / ".s.PGSQL.6543").exists():
        time.sleep(0.05)
    assert running.poll() is None, (folder / "log").read_text()
    yield folder
    running.send_signal(signal.SIGTERM)
    running.wait(10)
    shutil.rmtree(folder)


def connected(**other):
    """A connection of the application's own login, as a process of its own would have."""
    mine = connection.settings_dict | {"USER": embedded.RUNTIME, "PASSWORD": embedded.secret(HOME, embedded.RUNTIME), "CONN_MAX_AGE": 0}
    return DatabaseWrapper(mine | {"OPTIONS": {"host": str(embedded._cluster(HOME).sockets)}} | other, alias="pooled")


def services_opened(database):
    with database.cursor() as cursor:
        cursor.execute("SELECT array_agg(s) FROM wall.services() s")
        return cursor.fetchone()[0]


def refusal(database):
    with pytest.raises(DatabaseError) as refused:
        services_opened(database)
    return refused.value.__cause__.sqlstate


def test_one_connection_of_pgbouncer_serves_many_and_none_gets_anothers_scope(bouncer):
    through = {"HOST": "", "PORT": "6543", "OPTIONS": {"host": str(bouncer)}, "DISABLE_SERVER_SIDE_CURSORS": True}
    with closing(connected(**through)) as one, closing(connected(**through)) as other:
        for _ in range(20):
            with scope.operator(by="one", services=[1], on=one):
                assert services_opened(one) == [1]
            with scope.operator(by="other", services=[2], on=other):
                assert services_opened(other) == [2]
                assert refusal(one) == "FR001"
            assert refusal(other) == "FR001"


def test_a_scope_set_for_the_whole_session_is_refused_to_the_next_who_shares_it(bouncer):
    through = {"HOST": "", "PORT": "6543", "OPTIONS": {"host": str(bouncer)}, "DISABLE_SERVER_SIDE_CURSORS": True}
    with closing(connected(**through)) as one, closing(connected(**through)) as other:
        with scope.operator(by="one", on=one), one.cursor() as cursor:
            cursor.execute("SELECT set_config('framme.scope', current_setting('framme.scope'), false)")

        assert refusal(other) == "FR002"
        with other.cursor() as cursor:
            cursor.execute("RESET framme.scope")


def test_a_pool_of_psycopg_hands_connections_on_without_their_scope():
    pooled = connected(OPTIONS={"host": str(embedded._cluster(HOME).sockets), "pool": {"min_size": 1, "max_size": 1}})
    try:
        for number in range(1, 10):
            with scope.operator(by="test", services=[number], on=pooled):
                assert services_opened(pooled) == [number]
            pooled.close()
            assert refusal(pooled) == "FR001"
            pooled.close()
    finally:
        pooled.close()
        pooled.close_pool()


def test_a_connection_without_a_pool_has_none_either():
    with closing(connected()) as alone:
        with scope.operator(by="test", services=[7], on=alone):
            assert services_opened(alone) == [7]
        assert refusal(alone) == "FR001"
        assert isinstance(alone.connection, psycopg.Connection)
