"""A file takes no more memory and time than one file may: what tries is stopped, and the next file finds everything as it was."""

import io
import resource
import signal
import subprocess
import sys

import pytest

from apps.feeds import actions as feeds
from apps.feeds import catalogue, limits
from apps.ledger.models import Event, ImportState, Owed
from tests import scenes

ROW = b"bekymringsmeldingId;innsendt\n11111111-1111-4111-8111-111111111111;2024-02-01T10:12:00\n"
LIMITED = """
import sys
from apps.feeds import limits
limits.LEAST_SECONDS = 1
with limits.limited(size=0):
    print("reading", flush=True)
    exec(sys.argv[1])
"""
ENDLESS = {"a loop": "while True: pass", "a library that does not come back": "import hashlib; hashlib.pbkdf2_hmac('sha256', b'', b'', 10**9)"}

pytestmark = pytest.mark.django_db


def received():
    return feeds.receive_file(
        service=scenes.service(), format="portal-list", file_name="fil.csv", stream=io.BytesIO(ROW), by="test", now=scenes.NOW
    ).feed_import


def run(feed_import):
    return feeds.run(feed_import_id=feed_import.pk, clock=lambda: scenes.NOW)


@pytest.fixture
def parsing(monkeypatch):
    """Every file of a list is read by what the test gives."""

    def parse(parser):
        monkeypatch.setitem(catalogue.FORMATS, "portal-list", catalogue.FORMATS["portal-list"]._replace(parse=parser))

    return parse


def test_a_file_that_takes_too_much_memory_is_refused_and_says_what_to_do(parsing):
    def greedy(reading):
        yield from ()
        bytearray(1 << 40 if sys.platform != "linux" else 2 << 30)

    parsing(greedy)

    refused = run(received())

    assert (refused.state, refused.refusal["code"]) == (ImportState.REFUSED, "too_much_memory")
    assert not Owed.objects.exists()
    assert not Event.objects.exists()


@pytest.mark.parametrize("endless", ENDLESS.values(), ids=ENDLESS)
def test_who_takes_too_long_is_ended_whatever_it_does(endless):
    done = subprocess.run([sys.executable, "-c", LIMITED, endless], capture_output=True, text=True, check=False, timeout=60)

    assert (done.stdout, done.returncode) == ("reading\n", -signal.SIGXCPU)


def test_the_next_file_finds_the_limits_as_they_were(parsing):
    kinds = (resource.RLIMIT_CPU, resource.RLIMIT_DATA, resource.RLIMIT_CORE)
    before = [resource.getrlimit(kind) for kind in kinds]
    inside = []

    def parser(reading):
        inside.extend(resource.getrlimit(kind) for kind in kinds)
        raise MemoryError
        yield

    parsing(parser)
    run(received())

    assert [resource.getrlimit(kind) for kind in kinds] == before
    assert inside != before


def test_a_limit_that_somebody_else_has_set_is_not_raised():
    assert limits.lower(100, (50, resource.RLIM_INFINITY)) == 50
    assert limits.lower(100, (resource.RLIM_INFINITY, 70)) == 70
    assert limits.lower(100, (resource.RLIM_INFINITY, resource.RLIM_INFINITY)) == 100
