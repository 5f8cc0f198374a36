"""Several people at the same message at the same moment. Committed for real, so in a database of its own."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connections

from apps.walls import scope
from apps.worklists import actions
from apps.worklists.models import Claim, Step

pytestmark = pytest.mark.django_db

PEOPLE, MESSAGES = 6, 20


@pytest.fixture(scope="module")
def town(database_of_its_own, django_db_blocker):
    """A service, its caseworkers, and messages that nobody has."""
    from tests import scenes
    from tests.pages import reports

    with django_db_blocker.unblock():
        bergen = scenes.service("4601")
        people = [scenes.person(f"Per{number}", "caseworker", of=bergen) for number in range(PEOPLE)]
        yield people, reports(bergen, *range(5, 5 + MESSAGES)), scenes.NOW


def test_of_many_who_take_it_at_once_one_wins_and_the_others_are_told_who(town):
    people, messages, now = town
    together = Barrier(PEOPLE)

    @scope.operator(by="test")
    def take_all(person):
        outcomes = []
        try:
            for message in messages:
                together.wait()
                try:
                    actions.claim(delivery=message, by=person, now=now)
                except actions.Taken as error:
                    outcomes.append(("lost", message.pk, error.claim.person_id))
                else:
                    outcomes.append(("won", message.pk, person.pk))
        finally:
            connections["default"].close()
        return outcomes

    with ThreadPoolExecutor(PEOPLE) as pool:
        outcomes = [outcome for each in pool.map(take_all, people) for outcome in each]

    won = {message: person for outcome, message, person in outcomes if outcome == "won"}
    told = [(message, person) for outcome, message, person in outcomes if outcome == "lost"]
    assert len(won) == MESSAGES
    assert len(told) == MESSAGES * (PEOPLE - 1)
    assert all(won[message] == person for message, person in told)
    assert dict(Claim.objects.values_list("reference_id", "person_id")) == won
    assert Step.objects.count() == MESSAGES
