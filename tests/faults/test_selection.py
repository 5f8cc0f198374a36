"""A few of the faults; all of them by `python -m tests.faults`."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.faults import runs

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    "asked",
    [
        ["points", "--step", "283"],
        pytest.param(["together", "--rounds", "1"], marks=pytest.mark.long),
        pytest.param(["server", "--rounds", "1"], marks=pytest.mark.long),
        ["bugs", "--bug", "swallowed_exception"],
        pytest.param(["processes", "--rounds", "1"], marks=pytest.mark.long),
        pytest.param(["broker", "--rounds", "1"], marks=pytest.mark.long),
        pytest.param(["readers", "--rounds", "1"], marks=pytest.mark.long),
    ],
    ids=["points", "together", "server", "bugs", "processes", "broker", "readers"],
)
def test_nothing_is_lost_and_bugs_are_caught(asked):
    done = subprocess.run([sys.executable, "-m", "tests.faults", *asked, "--seed", "1"], cwd=ROOT, capture_output=True, text=True, check=False, timeout=900)

    assert done.returncode == 0, done.stdout + done.stderr
    assert "nothing was lost or broken" in done.stdout


@pytest.mark.parametrize(("failed", "wrong"), [(3, 0), (2, 1), (0, 1)])
def test_a_fault_that_hardly_ever_struck_shows_nothing(failed, wrong):
    rounds = [(f"round {number}, {'it failed' if number <= failed else 'there was room'}", []) for number in range(1, 10)]

    assert runs.counted(rounds, minutes=1, struck="it failed") == wrong


def test_a_run_that_may_not_take_longer_ends_after_its_round():
    assert runs.counted(((f"round {number}", ["lost"]) for number in range(1, 10)), minutes=0) == 1
