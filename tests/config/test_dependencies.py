"""What is installed is what is declared, by hash, and no lock file says from where."""

import json
import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
RUN, DEV = (ROOT / "config" / "requirements" / name for name in ("run.txt", "dev.txt"))
PACKAGES = ROOT / "static" / "package-lock.json"
PIN = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)", re.MULTILINE)


def pins(path):
    return {canonicalize_name(name): version for name, version in PIN.findall(path.read_text())}


@pytest.mark.parametrize("declared", PROJECT["dependencies"])
def test_what_runs_is_pinned_as_declared(declared):
    wanted = Requirement(declared)

    assert wanted.specifier.contains(pins(RUN)[canonicalize_name(wanted.name)])


@pytest.mark.parametrize("declared", PROJECT["optional-dependencies"]["dev"])
def test_what_develops_is_pinned_as_declared(declared):
    wanted = Requirement(declared)

    assert wanted.specifier.contains(pins(DEV)[canonicalize_name(wanted.name)])


def test_development_has_everything_that_runs_in_the_same_version():
    assert pins(RUN).items() <= pins(DEV).items()


@pytest.mark.parametrize("path", [RUN, DEV], ids=lambda path: path.name)
def test_every_pin_has_hashes(path):
    entries = re.split(r"\n(?=\S)", path.read_text().strip())

    assert [entry.splitlines()[0] for entry in entries if "--hash=sha256:" not in entry] == []


@pytest.mark.parametrize("path", [RUN, DEV, PACKAGES], ids=lambda path: path.name)
def test_no_lock_file_names_a_registry(path):
    assert re.findall(r"https?:|--index|--find-links|\"resolved\"", path.read_text()) == []


def test_the_packages_of_npm_are_locked_as_declared():
    declared = json.loads((ROOT / "static" / "package.json").read_text())["dependencies"]
    locked = json.loads(PACKAGES.read_text())["packages"]

    assert {name: locked[f"node_modules/{name}"]["version"] for name in declared} == declared
    assert all("integrity" in package for path, package in locked.items() if path)
