"""How PostgreSQL goes about the fold. Right after a large import it has no counts of what came in, and a plan made by guess read everything that any service has."""

import pytest
from django.db import connection

from apps.deliveries import reconciliation
from tests import scenes

pytestmark = pytest.mark.django_db
LEDGER = ("ledger_event", "ledger_particulars", "ledger_reference")


def reads_of(tables, node):
    if node.get("Relation Name") in tables and "Scan" in node["Node Type"]:
        yield node
    for part in node.get("Plans", ()):
        yield from reads_of(tables, part)


def planned_reads(tables, statement, params=None):
    """How the server would read these tables for a statement of the fold."""
    with connection.cursor() as cursor:
        cursor.execute(reconciliation.BY_INDEX)
        cursor.execute(f"EXPLAIN (FORMAT JSON) {statement}", params)
        [[plan]] = cursor.fetchone()
    return list(reads_of(tables, plan["Plan"]))


@pytest.fixture
def folded():
    report = scenes.report(scenes.service("4601"))
    reconciliation.reconcile(service_id=report.service_id, deliveries=[report.pk], now=scenes.NOW)
    return report


@pytest.fixture
def taken_for_empty():
    """What the server knows of the ledger's tables when they were looked at before anything came in."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        [role] = cursor.fetchone()
        cursor.execute("RESET ROLE")
        for table in LEDGER:
            told = "'schemaname', 'public', 'relname', %s::text, 'relpages', 1, 'reltuples', 0::real"
            cursor.execute(f"SELECT pg_restore_relation_stats({told})", [table])
        cursor.execute(f"SET ROLE {role}")


@pytest.mark.parametrize("are_words", [False, True])
@pytest.mark.parametrize("is_any_undone", [False, True])
def test_what_is_folded_is_looked_up_message_by_message(taken_for_empty, folded, is_any_undone, are_words):
    reads = planned_reads(LEDGER, *reconciliation.writing(is_any_undone=is_any_undone, are_words=are_words))

    assert {read["Relation Name"] for read in reads} == set(LEDGER)
    assert [read.get("Index Name") for read in reads if "Index Cond" not in read] == []


def test_what_goes_is_found_from_what_was_touched_and_not_by_going_through_all_deliveries(folded):
    for statement in (reconciliation.FORGET_JOINED, reconciliation.FORGET_FALLEN, reconciliation.FORGET_CANARIES):
        reads = planned_reads(("deliveries_delivery",), statement)
        assert [read.get("Index Name") for read in reads if "Index Cond" not in read] == []


def test_what_was_touched_is_looked_up_by_its_number_and_not_by_its_service(folded):
    asked = {"now": scenes.NOW, "homes": [folded.pk], "owed": [], "service": folded.service_id}

    assert [read["Index Name"] for read in planned_reads(LEDGER, reconciliation.TOUCH, asked)] == ["ledger_reference_pkey"]
