import json
from hashlib import sha256

import pytest
from django.db import connection

from apps.audit import actions as audit
from apps.audit import canon, verification
from apps.audit.models import Entry, Unsealed
from apps.audit.verbs import Verb
from tests import scenes

pytestmark = pytest.mark.django_db


def read(*services):
    for service in services:
        audit.record(verb=Verb.LISTED, by=None, services=[service], now=scenes.NOW)


def seals():
    return list(Entry.objects.filter(verb=Verb.SEALED).order_by("service_id", "position"))


def told(seal):
    return json.loads(seal.text)["details"]


def test_a_seal_names_the_reads_of_one_service_and_hashes_their_texts():
    read(4, 4, 5, 4)

    assert audit.seal(now=scenes.NOW) == 4

    seal, other = seals()
    mine = list(Entry.objects.filter(verb=Verb.LISTED, service_id=4).order_by("pk"))
    assert told(seal) == {
        "reads": 3,
        "ids": [[mine[0].pk, mine[1].pk], [mine[2].pk, mine[2].pk]],
        "sha256": sha256(b"".join(sha256(one.text.encode()).digest() for one in mine)).hexdigest(),
    }
    assert (seal.service_id, seal.position, other.service_id) == (4, 1, 5)
    assert not Unsealed.objects.exists()


def test_nothing_read_is_nothing_sealed():
    assert audit.seal(now=scenes.NOW) == 0
    assert seals() == []


def test_what_was_read_since_comes_into_the_next_seal():
    read(4)
    audit.seal(now=scenes.NOW)
    read(4, None)
    audit.seal(now=scenes.NOW)

    assert [(seal.service_id, told(seal)["reads"]) for seal in seals()] == [(4, 1), (4, 1), (None, 1)]
    assert list(verification.broken_seals()) == []


def test_many_reads_are_sealed_in_several_batches(monkeypatch):
    monkeypatch.setattr(audit, "SEALED_AT_ONCE", 3)
    read(*[4] * 7)

    assert audit.seal(now=scenes.NOW) == 7
    assert [told(seal)["reads"] for seal in seals()] == [3, 3, 1]
    assert list(verification.broken_seals()) == list(verification.broken_chains()) == []


def test_a_batch_is_no_larger_under_a_plan_that_joins_row_by_row(monkeypatch):
    monkeypatch.setattr(audit, "SEALED_AT_ONCE", 3)
    read(*[4] * 7)
    with connection.cursor() as cursor:
        cursor.execute("; ".join(f"SET LOCAL enable_{way} = off" for way in ("hashjoin", "mergejoin", "material", "hashagg", "sort")))

    assert audit.seal(now=scenes.NOW) == 7
    assert [told(seal)["reads"] for seal in seals()] == [3, 3, 1]


def test_a_hash_is_kept_whole_whatever_its_digits_look_like():
    assert canon.text(sha256=bytes.fromhex("01818012345f" * 5)) == '{"sha256":"' + "01818012345f" * 5 + '"}'
