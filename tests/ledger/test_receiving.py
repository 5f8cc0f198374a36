"""Files are kept before anything is promised, once, sealed, and come back as they came."""

import hashlib
import io
import os
import zlib

import pytest
import zstandard
from cryptography.exceptions import InvalidTag
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.ledger import actions as ledger
from apps.ledger import stored
from apps.ledger.models import Chunk, Import, ImportState, Owed, StoredBytes, Work
from tests import scenes

pytestmark = pytest.mark.django_db


@pytest.fixture
def bergen():
    return scenes.service("4601")


def receive(service, body: bytes, **asked):
    options = {"format": "portal-list", "direction": "inbound", "vantage": "", "encoding": "", "reference": "", **asked}
    return ledger.receive(service=service, **options, file_name="fil.csv", stream=io.BytesIO(body), by="test", now=scenes.NOW)


def test_what_is_received_is_stored_and_owed(bergen):
    received = receive(bergen, b"innhold")

    assert received.is_new
    assert received.feed_import.state == ImportState.RECEIVED
    assert received.feed_import.stored.sha256 == hashlib.sha256(b"innhold").hexdigest()
    assert received.feed_import.stored.size == 7
    assert Owed.objects.get().feed_import == received.feed_import
    assert Owed.objects.get().work == Work.IMPORT


def test_the_same_file_is_received_once(bergen):
    first, again = receive(bergen, b"innhold"), receive(bergen, b"innhold")

    assert (again.is_new, again.feed_import) == (False, first.feed_import)
    assert (Import.objects.count(), StoredBytes.objects.count(), Owed.objects.count()) == (1, 1, 1)


@pytest.mark.parametrize("other", [{"format": "altinn"}, {"direction": "outbound"}, {"vantage": "sender"}, {"encoding": "latin-1"}, {"reference": "17"}])
def test_the_same_bytes_asked_for_otherwise_are_another_import_of_bytes_stored_once(bergen, other):
    receive(bergen, b"innhold")

    assert receive(bergen, b"innhold", **other).is_new
    assert StoredBytes.objects.count() == 1


def test_the_same_bytes_in_another_service_are_stored_apart(bergen):
    receive(bergen, b"innhold")

    assert receive(scenes.service("5001"), b"innhold").is_new
    assert StoredBytes.objects.count() == 2


@settings(max_examples=10, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=st.binary(max_size=3000))
def test_stored_bytes_come_back_as_they_were(bergen, body):
    kept = ledger.keep(service=bergen, stream=io.BytesIO(body), now=scenes.NOW)

    assert stored.open_stored(kept).read() == body


@pytest.mark.parametrize("size", [0, stored.PIECE - 1, stored.PIECE, stored.PIECE + 1, 2 * stored.PIECE + 17])
def test_a_file_of_many_pieces_comes_back_whole_and_in_order(bergen, size):
    body = os.urandom(size)
    kept = ledger.keep(service=bergen, stream=io.BytesIO(body), now=scenes.NOW)

    assert hashlib.sha256(stored.open_stored(kept).read()).hexdigest() == kept.sha256 == hashlib.sha256(body).hexdigest()
    assert kept.chunks.count() == -(-size // stored.PIECE)


def test_nothing_of_the_file_can_be_read_in_the_database(bergen):
    name = b"Kari Nordmann, Storgata 1"
    kept = ledger.keep(service=bergen, stream=io.BytesIO(name * 50), now=scenes.NOW)

    at_rest = bytes(Chunk.objects.get(stored=kept).body)
    assert name not in at_rest
    assert zstandard.compress(name * 50, stored.LEVEL)[4:20] not in at_rest


def test_a_piece_that_was_changed_or_moved_is_not_opened(bergen):
    kept = ledger.keep(service=bergen, stream=io.BytesIO(b"innhold"), now=scenes.NOW)
    body = bytes(Chunk.objects.get(stored=kept).body)

    with pytest.raises(InvalidTag):
        stored.opened(body[:-1] + bytes([body[-1] ^ 1]), sha256=kept.sha256, number=0)
    with pytest.raises(InvalidTag):
        stored.opened(body, sha256=kept.sha256, number=1)


def test_equal_files_are_not_equal_at_rest(bergen):
    one = ledger.keep(service=bergen, stream=io.BytesIO(b"innhold"), now=scenes.NOW)
    other = ledger.keep(service=scenes.service("5001"), stream=io.BytesIO(b"innhold"), now=scenes.NOW)

    assert bytes(one.chunks.get().body) != bytes(other.chunks.get().body)


def test_what_an_earlier_version_stored_can_still_be_read():
    nonce = bytes(stored.NONCE)
    body = nonce + stored.cipher().encrypt(nonce, zlib.compress(b"1;2\n", 1), b"abc:0")

    assert stored.opened(body, sha256="abc", number=0) == b"1;2\n"
