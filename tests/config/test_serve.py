"""The whole program as somebody runs it: real processes, one of which is killed now and then."""

import os
import re
import signal
import subprocess
import urllib.error
import urllib.request

import pytest
from celery import Celery

from config import broker, embedded
from tests.serving import PATIENCE, ROOT, Serving, serving_from, wait_for


def children(pid):
    """The processes it has started, once there are two at least."""
    found = subprocess.run(["pgrep", "-P", str(pid)], capture_output=True, text=True, check=False).stdout.split()
    return [int(child) for child in found] if len(found) > 1 else None


def status_of(url):
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code


@pytest.fixture(scope="module")
def serving(tmp_path_factory):
    with serving_from(tmp_path_factory.mktemp("serve").resolve() / "home") as running:
        yield running


def test_the_sign_in_page_is_served(serving):
    assert status_of(serving.address() + "accounts/sign-in/") == 200


def test_what_the_page_is_dressed_in_is_served_and_kept_by_browsers(serving):
    with urllib.request.urlopen(serving.address() + "accounts/sign-in/") as page:
        sheets = re.findall(r'<link rel="stylesheet" href="/([^"]+)"', page.read().decode())

    for sheet in sheets:
        with urllib.request.urlopen(serving.address() + sheet) as answer:
            assert "immutable" in answer.headers["Cache-Control"]
    assert any("designsystemet" in sheet for sheet in sheets)


def test_a_second_start_says_that_one_runs_already(serving):
    second = subprocess.run(serving.command, cwd=ROOT, env=serving.environment, capture_output=True, text=True, timeout=PATIENCE, check=False)

    assert second.returncode == 1
    assert second.stderr.startswith("CommandError: Framme is already running here")
    assert serving.address() in second.stderr


@pytest.mark.parametrize("part", [" worker ", " beat ", "gunicorn"])
def test_what_dies_is_started_again(serving, part):
    dead = wait_for(lambda: serving.process_of(part))

    os.kill(dead, signal.SIGKILL)

    assert wait_for(lambda: serving.process_of(part) not in (None, dead))
    assert serving.has_said("starting it again")


def test_a_database_that_is_killed_is_started_again(serving):
    os.kill(int((serving.home / "postmaster.pid").read_text().split()[0]), signal.SIGKILL)

    assert serving.has_said("The database was not answering and has been started again.")
    assert wait_for(lambda: status_of(serving.address() + "accounts/sign-in/") == 200)


def test_it_leaves_nothing_running(tmp_path):
    alone = Serving(tmp_path.resolve() / "home")
    alone.address()
    parts = [alone.process_of(part) for part in (" worker ", " beat ", "gunicorn")]
    database = int((alone.home / "postmaster.pid").read_text().split()[0])

    code = alone.stop(signal.SIGINT)

    assert code == 0
    assert "Everything has stopped." in alone.said_in.read_text()
    assert [process for process in (*parts, database) if is_alive(process)] == []
    embedded._cluster(alone.home).remove()


def is_alive(process):
    """Whether it runs; a dead one that nobody has reaped does not."""
    state = subprocess.run(["ps", "-o", "stat=", "-p", str(process)], capture_output=True, text=True, check=False).stdout.strip()
    return bool(state) and not state.startswith("Z")


def test_the_worker_works_on_whichever_of_its_processes_was_killed(serving):
    """Kernels short of memory kill, and so do limits; who is killed must not take along what the others wait for."""
    log = serving.home / "log" / "worker.log"
    ringing = Celery(broker="filesystem://", set_as_current=False)
    ringing.conf.update(broker_transport="config.broker:Transport", broker_transport_options=broker.options(serving.home / "broker"))
    worker = wait_for(lambda: serving.process_of(" worker "))

    for victim in (None, 0, 1, 0):  # one that is still starting ends, and is started again: the first ring is to see that it is not
        before = log.read_text().count("succeeded")
        if victim is not None:
            os.kill(wait_for(lambda: children(worker))[victim], signal.SIGKILL)
        ringing.send_task("feeds.sweep")

        assert wait_for(lambda before=before: log.read_text().count("succeeded") > before)
    assert serving.process_of(" worker ") == worker
