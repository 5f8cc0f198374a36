"""Work is shared by two sessions that see one moment in one scope; what a transaction has written already is counted by itself."""

from threading import Event

import pytest
from django.db import connection

from apps.ledger import halves
from apps.ledger.models import Reference

pytestmark = pytest.mark.django_db


def asked(sql):
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchone()[0]


def test_each_half_has_a_session_of_its_own_that_sees_the_same_moment_in_the_same_scope():
    def work(half):
        return half, asked("SELECT pg_backend_pid()"), asked("SELECT pg_current_snapshot()::text"), Reference.objects.exists()

    first, second = halves.each(work)

    assert (first[0], second[0]) == (0, 1)
    assert len({asked("SELECT pg_backend_pid()"), first[1], second[1]}) == 3
    assert first[2:] == second[2:]


def test_both_halves_work_at_the_same_time():
    begun = [Event(), Event()]

    def work(half):
        begun[half].set()
        return begun[1 - half].wait(10)

    assert halves.each(work) == [True, True]


def test_what_is_written_of_the_ledger_and_no_other_session_sees_yet_is_counted_here(bergen):
    assert [half for half, _none in halves.each(lambda half: (half, Reference.objects.exists()))] == [0, 1]

    Reference.objects.create(service=bergen, namespace="portal", value="p1", delivery=0)

    assert halves.each(lambda half: (half, Reference.objects.exists())) == [(None, True)]


def test_what_fails_in_one_half_fails_at_once():
    def work(half):
        return 1 / half

    with pytest.raises(ZeroDivisionError):
        halves.each(work)


def test_a_message_is_in_exactly_one_half():
    numbers = range(0, 5 * halves.HOMES_TOGETHER, halves.HOMES_TOGETHER // 2)
    counted = [asked(f"SELECT count(*) FROM unnest(ARRAY[{', '.join(map(str, numbers))}]) n WHERE {halves.condition('n', half)}") for half in (0, 1, None)]

    assert counted[0] and counted[1] and counted[0] + counted[1] == counted[2] == len(numbers)
