"""What the ledger holds stays as it is: the grants refuse the application, and the triggers refuse everybody, the owner included."""

import pytest
from django.apps import apps
from django.db import DatabaseError, ProgrammingError, connection, transaction

from apps.ledger import actions as ledger
from apps.ledger.models import Event, Reference
from config.embedded import RUNTIME
from tests import scenes

pytestmark = pytest.mark.django_db

FACTS = [model for model in apps.get_models() if getattr(model, "append_only", False) and model._meta.app_label in ("ledger", "feeds")]
NAMES = {model.__name__ for model in FACTS}
CHANGES = {
    "update": "UPDATE {table} SET {column} = {column}",
    "delete": "DELETE FROM {table}",
    "truncate": "TRUNCATE {table} CASCADE",
}


@pytest.fixture
def told():
    """At least one row in every table of facts."""
    service = scenes.service()
    report = scenes.uuid()
    row = {"bekymringsmeldingId": report, "innsendt": "2024-02-01T10:12:00"}
    scenes.bring_in(service, "portal-list", row, row)
    scenes.registration(service, at=scenes.RECEIVED, case="17", portal=report)
    home = Reference.objects.get(value=report).pk
    ledger.tie(service=service, one=home, namespace="case", value="4601:18", by="anne@example.no", now=scenes.NOW)
    ledger.untie(service=service, one=home, namespace="case", value="4601:18", by="anne@example.no", now=scenes.NOW)
    return home


@pytest.fixture
def as_owner():
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # what is still to be checked would refuse to be emptied first
        cursor.execute("RESET ROLE")
        yield
        cursor.execute(f"SET ROLE {RUNTIME}")


def attempt(model, change: str) -> None:
    column = next(field.column for field in model._meta.concrete_fields if not field.primary_key)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(CHANGES[change].format(table=model._meta.db_table, column=column))


def test_events_ties_duplicates_and_stored_bytes_are_facts():
    assert {"Event", "Tie", "Untie", "Duplicate", "StoredBytes", "Chunk"} <= NAMES


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("model", FACTS, ids=lambda model: model.__name__)
def test_the_application_may_not_change_a_fact(told, model, change):
    # The pieces of a file may go when their time is over: until then a trigger refuses what the grants let through.
    may_ask = getattr(model, "removable", False) and change == "delete"
    with pytest.raises(DatabaseError, match="Cannot delete" if may_ask else "permission denied"):
        attempt(model, change)


@pytest.mark.parametrize("change", CHANGES)
def test_the_owner_may_not_change_a_fact_either(told, as_owner, change):
    for model in FACTS:
        if not model.objects.exists() and change != "truncate":
            continue  # a row is what the trigger guards
        with pytest.raises(DatabaseError, match="Cannot (update|delete|truncate)"):
            attempt(model, change)


def test_the_name_of_a_reference_may_not_be_changed(told):
    with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        Reference.objects.filter(pk=told).update(value="another")


def test_one_event_may_not_be_changed_through_the_models(told):
    event = Event.objects.first()
    event.code = "registered"
    with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        event.save()
