"""Of which days something was told: two sessions read a half of the events each, and together what one would."""

import pytest
from django.db import connection

from apps.statements import coverage
from tests import scenes

pytestmark = pytest.mark.django_db
DAY = coverage.DAY


def test_both_halves_of_the_events_tell_of_the_days_that_all_of_them_tell_of(bergen):
    rows = [
        {"bekymringsmeldingId": scenes.uuid(), "innsendt": scenes.wall(scenes.RECEIVED - days * DAY), "skjemaType": "PRIVAT", "antallBarn": 1}
        for days in range(400)
    ]
    scenes.bring_in(bergen, "portal-list", *rows)
    with connection.cursor() as cursor:
        cursor.execute("SELECT e.ctid::text FROM ledger_event e ORDER BY e.ctid OFFSET 200 LIMIT 1")
        (middle,) = cursor.fetchone()
    values = {
        "service": bergen.pk,
        "known_at": scenes.NOW,
        "begins": scenes.RECEIVED - 500 * DAY,
        "ends": scenes.NOW,
        "middle": middle,
    }

    first, second, whole = (set(coverage.told(values, "true", half)) for half in (0, 1, None))

    assert (len(first), len(second)) == (200, 200)
    assert first | second == whole
    assert len({day for _source, _outbound, day in whole}) == 400
