"""A message that is taken over, sent back and taken back at the same moment: one of the three happens, and the others are told.

Committed for real, so in a database of its own.
"""

import time
from concurrent.futures import ThreadPoolExecutor
from random import Random
from threading import Barrier

import pytest
from django.db import connections

from apps.deliveries.models import Delivery
from apps.handovers import actions
from apps.handovers.models import End, Ending, Offer
from apps.walls import scope
from apps.worklists import actions as worklists
from config.invariants import EVERY

pytestmark = pytest.mark.django_db

RACES = 20


@pytest.fixture(scope="module")
def town(database_of_its_own, django_db_blocker):
    """A person of the service that hands over, two of the other, and messages that are offered to it."""
    from tests import scenes
    from tests.pages import reports

    with django_db_blocker.unblock():
        bergen, asker = scenes.service("4601"), scenes.service("3203")
        anne = scenes.person("Anne", "caseworker", of=bergen)
        stine, olav = (scenes.person(name, "caseworker", of=asker) for name in ("Stine", "Olav"))
        messages = reports(bergen, *(5 + number / 24 for number in range(RACES)))
        made = [worklists.hand_over(delivery=one, to=asker, reason="Barnet bor i Asker.", by=anne, now=scenes.NOW) for one in messages]
        actions.carry(now=scenes.NOW)
        yield anne, stine, olav, [(message, Offer.objects.get(number=one.number)) for message, one in zip(messages, made, strict=True)], scenes.NOW


def test_of_two_answers_and_taking_it_back_one_wins_and_the_others_are_told(town):
    anne, stine, olav, offers, now = town
    together = Barrier(3, timeout=60)

    def carry(_offer):
        actions.carry(now=now)

    def accept(offer):
        actions.accept(offer=offer, by=stine, now=now)

    def decline(offer):
        actions.decline(offer=offer, reason="Ukjent her.", by=olav, now=now)

    @scope.operator(by="test")
    def try_all(act):
        told, chance = {}, Random(act.__name__)
        try:
            for message, offer in offers:
                if act is carry:
                    actions.take_back(delivery=message, by=anne, now=now)
                together.wait()
                time.sleep(chance.random() / (50 if act is carry else 5))  # or the worker, who has the most to do, were never first
                try:
                    act(offer)
                except (actions.Answered, actions.TakenBack) as error:
                    told[offer.pk] = error
        finally:
            connections["default"].close()
        return told

    with ThreadPoolExecutor(3) as pool:
        _asked, accepting, declining = pool.map(try_all, (carry, accept, decline))
    actions.carry(now=now)

    ends = {ending.handover.number: ending.end for ending in Ending.objects.select_related("handover")}
    for _message, offer in offers:
        end, told = ends.pop(offer.number), (accepting.get(offer.pk), declining.get(offer.pk))
        if end == End.TAKEN_BACK:
            assert all(isinstance(error, actions.TakenBack) for error in told)
        else:
            first, second = told if end == End.ACCEPTED else reversed(told)
            assert first is None
            assert second.reply.by == (stine if end == End.ACCEPTED else olav)
    assert ends == {}
    assert Delivery.objects.filter(channel="handover").count() == Ending.objects.filter(end=End.ACCEPTED).count()
    assert [(one.id, words) for one in EVERY for words in one.offending(now)] == []
