"""One registration that two people tie to two messages at the same moment: one of the messages has it, and the other stays open.

Committed for real, so in a database of its own.
"""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connections

from apps.decisions import pointing, ties
from apps.deliveries.models import Delivery
from apps.ledger.models import Tie
from apps.walls import scope

pytestmark = pytest.mark.django_db

RACES = 10
NAMES = ("Per", "Kari")


@pytest.fixture(scope="module")
def town(database_of_its_own, django_db_blocker):
    """A service, two caseworkers, and for each race two messages and the one registration of their day."""
    from tests import scenes
    from tests.deliveries.test_candidates import THURSDAY, registered

    with django_db_blocker.unblock():
        bergen = scenes.service("4601")
        people = {name: scenes.person(name, "caseworker", of=bergen) for name in NAMES}
        messages = {name: [scenes.report(bergen) for _ in range(RACES)] for name in NAMES}
        yield people, messages, registered(bergen, *(RACES * [THURSDAY]), codes=(11,)), scenes.NOW


def test_of_two_who_tie_the_same_registration_one_has_it(town):
    people, messages, registrations, now = town
    together = Barrier(len(people), timeout=60)

    @scope.operator(by="test")
    def tie_all(name):
        won = 0
        try:
            for message, registration in zip(messages[name], registrations, strict=True):
                together.wait()
                try:
                    ties.accept(delivery=message, registration=registration.pk, by=people[name], now=now, expected_version=0)
                    won += 1
                except (ties.NotFree, pointing.ReferenceTaken):
                    pass
        finally:
            connections["default"].close()
        return won

    with ThreadPoolExecutor(len(people)) as pool:
        won = sum(pool.map(tie_all, NAMES))

    assert won == Tie.objects.filter(feed_import__isnull=True).count() == RACES
    assert Delivery.objects.filter(channel="portal", state="arrived").count() == RACES
    assert Delivery.objects.filter(channel="portal", state="unconfirmed").count() == RACES
