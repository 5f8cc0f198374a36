"""Writers to one chain wait for each other, so that it stays one chain; writers to several never wait in a circle. Committed for real, so in a database of its own."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections, transaction

from apps.audit import actions as audit
from apps.audit import verification
from apps.audit.models import Entry
from apps.audit.verbs import Verb
from apps.ledger.hindsight import snapshot
from apps.walls import scope
from tests import scenes

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("database_of_its_own")]

PEOPLE, TIMES = 4, 25


@scope.operator(by="test")
def write(services):
    try:
        for number in range(TIMES):
            with transaction.atomic():
                audit.record(verb=Verb.EXPORTED, by=None, services=services, now=scenes.NOW, count=number)
                audit.record(verb=Verb.LISTED, by=None, services=services, now=scenes.NOW, count=number)
            audit.seal(now=scenes.NOW)
    finally:
        connections["default"].close()


def test_many_writers_make_one_chain():
    with ThreadPoolExecutor(PEOPLE) as pool:
        list(pool.map(write, [[4], [5, 4], [4, 5], [None, 5, 4]]))
    audit.seal(now=scenes.NOW)

    with snapshot():
        assert list(verification.broken_chains()) == list(verification.broken_seals()) == []
    assert Entry.objects.filter(service_id=4, verb=Verb.EXPORTED).count() == PEOPLE * TIMES
