"""Joining: the sets are those of a plain union-find over what the records say, whatever the order and the cut into files."""

import io
import json
from random import Random

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.deliveries import actions as deliveries
from apps.deliveries.models import Delivery
from apps.feeds import actions as feeds
from apps.feeds import catalogue
from apps.feeds.catalogue import Format
from apps.feeds.record import Occurrence, Record, Ref
from apps.ledger import actions as ledger
from apps.ledger.models import ImportState, Reference
from tests import scenes

pytestmark = pytest.mark.django_db

Names = list[str]


@pytest.fixture
def bergen(monkeypatch):
    monkeypatch.setitem(catalogue.FORMATS, "names", Format("names", "", read_names, "", ()))
    return scenes.service()


def read_names(reading):
    """A format that says nothing but which names are the same message."""
    with reading.open() as stream:
        for reading.counted, line in enumerate(stream, start=1):
            names = json.loads(line)
            occurrence = Occurrence("receipted", f"line {names}"[:100], scenes.RECEIVED.isoformat())
            yield Record(reading.counted, tuple(Ref("portal", name) for name in names), (occurrence,))


def bring_in(service, records: list[Names]) -> None:
    stream = io.BytesIO("".join(json.dumps(names) + "\n" for names in records).encode())
    received = feeds.receive_file(service=service, format="names", file_name="fil", stream=stream, by="test", now=scenes.NOW)
    assert feeds.run(feed_import_id=received.feed_import.pk, clock=lambda: scenes.NOW).state == ImportState.COMPLETE


def union_find(records: list[Names]) -> set[frozenset[str]]:
    parent: dict[str, str] = {}

    def root(name: str) -> str:
        while parent.setdefault(name, name) != name:
            name = parent[name]
        return name

    for names in records:
        for name in names:
            parent[root(name)] = root(names[0])
    sets: dict[str, set[str]] = {}
    for name in list(parent):
        sets.setdefault(root(name), set()).add(name)
    return {frozenset(names) for names in sets.values()}


def found(service) -> set[frozenset[str]]:
    """The sets in the ledger; each must be named by the smallest home in it."""
    sets: dict[int, dict[int, str]] = {}
    for home, delivery, value in Reference.objects.filter(service=service).values_list("pk", "delivery", "value"):
        sets.setdefault(delivery, {})[home] = value
    assert all(min(homes) == delivery for delivery, homes in sets.items())
    return {frozenset(homes.values()) for homes in sets.values()}


records = st.lists(st.lists(st.integers(1, 14).map(str), min_size=1, max_size=3, unique=True), min_size=1, max_size=10)


@settings(max_examples=20, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(files=st.lists(records, min_size=1, max_size=3))
def test_any_ties_in_any_files_give_the_sets_of_a_union_find(bergen, files):
    with transaction.atomic():
        for told in files:
            bring_in(bergen, told)
        deliveries.reconcile_owed(now=scenes.NOW)

        assert found(bergen) == union_find([names for told in files for names in told])
        assert set(Delivery.objects.values_list("pk", flat=True)) == set(Reference.objects.values_list("delivery", flat=True))
        transaction.set_rollback(True)


LENGTH = 2000
ORDERS = {
    "forwards": lambda links: links,
    "backwards": lambda links: links[::-1],
    "shuffled": lambda links: Random(1).sample(links, len(links)),
    "every other first": lambda links: links[::2] + links[1::2],
    "from both ends": lambda links: [link for pair in zip(links, links[::-1], strict=True) for link in pair],
}


@pytest.mark.parametrize("order", ORDERS)
def test_a_long_chain_in_one_file_is_one_delivery(bergen, order):
    links = [[str(number), str(number + 1)] for number in range(LENGTH)]

    bring_in(bergen, ORDERS[order](links))

    assert len(found(bergen)) == 1


def test_a_long_chain_that_joins_what_earlier_files_knew(bergen):
    bring_in(bergen, [[str(number), str(number + 1)] for number in range(0, LENGTH, 2)])
    assert len(found(bergen)) == LENGTH / 2
    deliveries.reconcile_owed(now=scenes.NOW)

    bring_in(bergen, Random(2).sample([[str(number), str(number + 1)] for number in range(1, LENGTH - 1, 2)], LENGTH // 2 - 1))
    deliveries.reconcile_owed(now=scenes.NOW)

    assert len(found(bergen)) == 1
    assert Delivery.objects.count() == 1


def test_a_star_of_many_references_is_one_delivery(bergen):
    bring_in(bergen, [["centre", str(number)] for number in range(LENGTH)])

    assert len(found(bergen)) == 1


def test_the_same_names_in_another_service_are_other_references(bergen):
    bring_in(bergen, [["1", "2"]])
    bring_in(scenes.service("5001"), [["2", "3"]])

    assert found(bergen) == {frozenset("12")}


def test_a_person_ties_two_deliveries_and_parts_them_again(bergen):
    bring_in(bergen, [["1", "2"], ["3", "4"]])
    one = Reference.objects.get(value="1").pk
    about = {"service": bergen, "one": one, "namespace": "portal", "value": "3", "by": "anne@example.no", "now": scenes.NOW}

    ledger.tie(**about)
    assert found(bergen) == {frozenset("1234")}

    ledger.untie(**about)
    assert found(bergen) == {frozenset("12"), frozenset("34")}


@pytest.mark.parametrize("record_first", [True, False])
def test_what_a_record_says_too_is_not_parted_by_a_person(bergen, record_first):
    about = {"service": bergen, "namespace": "portal", "value": "3", "by": "anne@example.no", "now": scenes.NOW}
    bring_in(bergen, [["1", "2"], ["3"], *([["1", "3"]] if record_first else [])])
    about["one"] = Reference.objects.get(value="1").pk
    ledger.tie(**about)
    if not record_first:
        bring_in(bergen, [["3", "1"]])

    ledger.untie(**about)

    assert found(bergen) == {frozenset("123")}
