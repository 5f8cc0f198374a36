"""A few of the faults; all of them by `python -m tests.faults`."""

import subprocess
import sys
from pathlib import Path

import pytest

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
