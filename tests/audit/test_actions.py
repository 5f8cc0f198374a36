import json
from hashlib import sha256

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import DatabaseError, transaction

from apps.accounts.models import User
from apps.audit import actions as audit
from apps.audit.models import Entry, Head, Unsealed
from apps.audit.verbs import Actor, Kind, Verb
from tests import scenes

pytestmark = pytest.mark.django_db

ANNE = User(pk=7)


def record(verb=Verb.DECIDED, by=ANNE, services=(4,), **more):
    audit.record(verb=verb, by=by, services=services, now=scenes.NOW, **more)
    return Entry.objects.order_by("pk").last()


def genesis(name):
    return sha256(f"framme trail {name}".encode()).digest()


def test_the_text_tells_everything_and_the_columns_repeat_it():
    entry = record(about=(Kind.DELIVERY, 17), outcome="lost")

    assert json.loads(entry.text) == {
        "actor": "person",
        "at": "2024-02-08T09:12:00+00:00",
        "details": {"outcome": "lost"},
        "kind": "delivery",
        "object": 17,
        "person": 7,
        "service": 4,
        "verb": "decided",
    }
    assert (entry.at, entry.service_id, entry.actor, entry.person_id, entry.verb) == (scenes.NOW, 4, "person", 7, "decided")
    assert (entry.kind, entry.object_id) == ("delivery", 17)


def test_each_write_hashes_the_one_before_it_in_its_chain():
    first, _other, second = record(), record(services=[5]), record()

    assert bytes(first.hash) == sha256(genesis("4") + first.text.encode()).digest()
    assert bytes(second.hash) == sha256(bytes(first.hash) + second.text.encode()).digest()
    assert (first.position, second.position) == (1, 2)
    assert bytes(Head.objects.get(service_id=4).hash) == bytes(second.hash)


def test_what_belongs_to_no_service_is_in_the_national_chain():
    entry = record(Verb.SIGNED_IN, services=())

    assert (entry.service_id, entry.position) == (None, 1)
    assert bytes(entry.hash) == sha256(genesis("national") + entry.text.encode()).digest()


def test_what_concerns_several_services_is_told_in_the_chain_of_each():
    record(Verb.EXPORTED, services=[5, 4, 5], count=12)

    assert list(Entry.objects.order_by("pk").values_list("service_id", "position")) == [(4, 1), (5, 1)]
    assert {json.loads(entry.text)["service"] for entry in Entry.objects.all()} == {4, 5}


def test_a_read_is_not_chained_and_waits_for_its_seal():
    entry = record(Verb.VIEWED, about=(Kind.DELIVERY, 17))

    assert (entry.position, entry.hash) == (None, None)
    assert Unsealed.objects.get().entry_id == entry.pk
    assert not Head.objects.exists()


@pytest.mark.parametrize(
    ("by", "actor", "person"),
    [(ANNE, "person", 7), (None, "operator", None), (AnonymousUser(), "nobody", None), (Actor.WORKER, "worker", None)],
)
def test_only_people_are_named_and_only_by_their_ids(by, actor, person):
    entry = record(by=by)

    assert (entry.actor, entry.person_id) == (actor, person)


def test_identity_numbers_are_redacted_wherever_they_stand_in_a_filter():
    entry = record(Verb.SEARCHED, filter={"reference": "018180 12345", "more": ["barn 01818012345"]})

    assert json.loads(entry.text)["details"] == {"filter": {"more": ["barn [fnr]"], "reference": "[fnr]"}}


def test_what_could_not_be_told_did_not_happen():
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        record()
        raise ZeroDivisionError

    assert not Entry.objects.exists()
    assert not Head.objects.exists()


def test_a_denied_attempt_is_told_to_each_service_of_the_person():
    audit.record_denied(by=ANNE, services=[4, 5], method="GET", path="/deliveries/17/", status=404, now=scenes.NOW)

    assert list(Entry.objects.order_by("pk").values_list("service_id", "verb")) == [(4, "denied"), (5, "denied")]


def test_only_what_is_on_the_list_can_be_told():
    with pytest.raises(DatabaseError, match="trail_verb_is_known"), transaction.atomic():
        record("whispered")
