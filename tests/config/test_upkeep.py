"""An index whose rows have gone keeps its pages until it is made anew, and then it is left alone."""

import pytest
from django.db import connection

from config import upkeep


@pytest.mark.django_db
def test_an_index_of_few_rows_that_once_were_many_is_made_anew_once():
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")
        cursor.execute("CREATE TABLE message AS SELECT n, 'open' AS state FROM generate_series(1, 200000) AS n")
        cursor.execute("CREATE INDEX message_open ON message (n) WHERE state = 'open'")
        cursor.execute("UPDATE message SET state = 'arrived' WHERE n % 100 > 0")
        cursor.execute("ANALYZE message")

    assert [upkeep.make_hollow_indexes_anew(connection) for _ in range(2)] == [["message_open"], []]
