"""Every file of the catalogue comes to what is said there, through the real import; nothing of it that must not be kept is anywhere."""

import subprocess
import sys
from pathlib import Path

import pytest
from django.db import connection

from apps.ledger.models import Event, Import, ImportState, Particulars, Reference
from apps.registry.actions import load_reference_data
from apps.registry.models import Service
from tests.feeds.sources.reader import ID_WITH_DIGITS, IDENTITY_NUMBER
from tests.hostile.entry import became
from tests.hostile.run import CATALOGUE

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def bergen(django_db_setup, django_db_blocker, database_of_its_own):
    with django_db_blocker.unblock():
        load_reference_data()
        return Service.objects.get(code="4601")


def kept():
    """All text that is kept of files, but for the encrypted bytes."""
    for model in (Import, Event, Particulars, Reference):
        yield from model.objects.values_list()
    with connection.cursor() as cursor:
        cursor.execute("SELECT code, details, raw FROM feeds_rejection")
        yield from cursor.fetchall()


@pytest.mark.parametrize("hostile", [each for each in CATALOGUE if not each.is_large], ids=lambda hostile: f"{hostile.format}: {hostile.name}")
def test_what_becomes_of_it(bergen, hostile):
    fate, feed_import = became(hostile, bergen, hostile.stream())

    assert fate == hostile.fate
    assert feed_import is None or feed_import.state in (ImportState.COMPLETE, ImportState.REFUSED)
    assert not [row for row in kept() if IDENTITY_NUMBER in str(row).replace(ID_WITH_DIGITS, "") or "018180 12345" in str(row)]


def test_names_are_unique():
    assert len({(each.format, each.name) for each in CATALOGUE}) == len(CATALOGUE)


@pytest.mark.long
def test_none_of_it_takes_too_much_memory():
    """In one process, as a worker reads one file after the other; and the invariants hold when all is done."""
    done = subprocess.run([sys.executable, "-m", "tests.hostile"], cwd=ROOT, capture_output=True, text=True, check=False, timeout=400)

    assert done.returncode == 0, done.stdout + done.stderr
