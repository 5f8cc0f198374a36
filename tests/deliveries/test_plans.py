"""How PostgreSQL goes about the fold. Right after a large import it has no counts of what came in, and a plan made by guess read everything that any service has."""

import pytest
from django.db import connection

from apps.deliveries import reconciliation
from tests import scenes

pytestmark = pytest.mark.django_db
LEDGER = ("ledger_event", "ledger_particulars", "ledger_reference")


def reads_of_the_ledger(node):
    if node.get("Relation Name") in LEDGER:
        yield node
    for part in node.get("Plans", ()):
        yield from reads_of_the_ledger(part)


@pytest.mark.parametrize("is_any_undone", [False, True])
def test_what_is_folded_is_looked_up_message_by_message(is_any_undone):
    bergen = scenes.service("4601")
    report = scenes.report(bergen)
    reconciliation.reconcile(service_id=bergen.pk, deliveries=[report.pk], now=scenes.NOW)
    sql, params = reconciliation.writing(is_any_undone=is_any_undone)

    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off")
        cursor.execute(f"EXPLAIN (FORMAT JSON) {sql}", params)
        [[plan]] = cursor.fetchone()

    reads = list(reads_of_the_ledger(plan["Plan"]))
    assert {read["Relation Name"] for read in reads} == set(LEDGER)
    assert [read.get("Index Name") for read in reads if "Index Cond" not in read] == []
