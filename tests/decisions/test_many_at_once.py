"""Messages that two people decide at the same moment: one wins, the other is told who, and nothing is overwritten.

Committed for real, so in a database of its own.
"""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connections

from apps.decisions import actions, invariants
from apps.decisions.models import Decision
from apps.deliveries.models import Delivery
from apps.walls import scope

pytestmark = pytest.mark.django_db

RACES = 300
SAID = {"Per": "Leverandørens prøvekjøring", "Kari": "Avsenderen skrev TEST"}


@pytest.fixture(scope="module")
def town(database_of_its_own, django_db_blocker):
    """A service, two caseworkers, and messages that nobody has decided about."""
    from tests import scenes
    from tests.pages import reports

    with django_db_blocker.unblock():
        bergen = scenes.service("4601")
        people = {name: scenes.person(name, "caseworker", of=bergen) for name in SAID}
        yield people, reports(bergen, *(5 + number / 24 for number in range(RACES))), scenes.NOW


def test_of_two_who_decide_at_once_one_wins_and_the_other_is_told_who(town):
    people, messages, now = town
    together = Barrier(len(people), timeout=60)

    @scope.operator(by="test")
    def decide_all(name):
        told = {}
        try:
            for message in messages:
                together.wait()
                try:
                    actions.decide(delivery=message, outcome="test_message", fields={"reason": SAID[name]}, by=people[name], now=now, expected_version=0)
                except actions.AlreadyDecided as error:
                    told[message.pk] = error.decision
        finally:
            connections["default"].close()
        return told

    with ThreadPoolExecutor(len(people)) as pool:
        told = dict(zip(SAID, pool.map(decide_all, SAID), strict=True))

    kept = {decision.reference_id: decision for decision in Decision.objects.select_related("by")}
    assert Decision.objects.count() == len(kept) == RACES
    assert sorted([*told["Per"], *told["Kari"]]) == sorted(kept)
    for name, lost in told.items():
        assert all(kept[message].pk == decision.pk and decision.by != people[name] for message, decision in lost.items())
    assert all(decision.reason == SAID[decision.by.full_name.split()[0]] for decision in kept.values())
    assert Delivery.objects.filter(look_waits=True).count() == RACES
    assert [problem for invariant in invariants.INVARIANTS for problem in invariant.offending(now)] == []
