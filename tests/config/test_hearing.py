"""A worker that no ring reaches any more ends, and one that is at work or was rung for goes on."""

import subprocess
import sys
from pathlib import Path

import pytest

from config import hearing
from config.hearing import Ear

ROOT = Path(__file__).parents[2]
WORKER = """
from config import hearing
from config.celery import app
hearing.LONGEST = 1.0
app.worker_main(["worker", "--concurrency", "1", "--without-gossip", "--without-mingle", "--without-heartbeat"])
"""


@pytest.fixture
def clock(monkeypatch):
    """Put forward by hand."""
    now = [0.0]
    monkeypatch.setattr(hearing.time, "monotonic", lambda: now[0])
    return now


def test_silence_makes_a_worker_deaf_only_when_it_has_lasted(clock):
    ear = Ear()

    clock[0] = hearing.LONGEST
    assert not ear.is_deaf(is_busy=False)
    clock[0] += 1
    assert ear.is_deaf(is_busy=False)


def test_a_ring_begins_the_silence_anew(clock):
    ear = Ear()
    clock[0] = hearing.LONGEST

    ear.hear()

    clock[0] += hearing.LONGEST
    assert not ear.is_deaf(is_busy=False)


def test_whoever_is_at_work_is_not_deaf_and_has_all_the_time_afterwards(clock):
    ear = Ear()
    clock[0] = hearing.LONGEST + 1

    assert not ear.is_deaf(is_busy=True)
    clock[0] += hearing.LONGEST
    assert not ear.is_deaf(is_busy=False)


@pytest.mark.long
def test_a_real_worker_that_nothing_rings_ends_by_itself():
    ended = subprocess.run([sys.executable, "-c", WORKER], cwd=ROOT, capture_output=True, text=True, check=False, timeout=120)

    assert ended.returncode == 0
    assert "nothing has rung for too long" in ended.stderr
