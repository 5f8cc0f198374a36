import pytest
from django.apps import apps
from django.db import ProgrammingError, connection

from config import grants
from config.embedded import RUNTIME

pytestmark = pytest.mark.django_db

OURS = [model for model in apps.get_models(include_auto_created=True) if model._meta.managed and model.__module__.startswith("apps.")]
FACTS = [model for model in OURS if getattr(model, "append_only", False)]


def held(model, privilege):
    with connection.cursor() as cursor:
        cursor.execute("SELECT has_table_privilege(%s, %s, %s)", [RUNTIME, model._meta.db_table, privilege])
        return cursor.fetchone()[0]


def test_tests_run_as_the_role_that_the_application_runs_as():
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")

        assert cursor.fetchone() == (RUNTIME,)


@pytest.mark.parametrize("model", OURS, ids=lambda model: model._meta.label)
def test_no_table_may_be_emptied_and_every_one_read_and_added_to(model):
    assert held(model, "SELECT") and held(model, "INSERT")
    assert not held(model, "TRUNCATE")


@pytest.mark.parametrize("model", FACTS, ids=lambda model: model._meta.label)
def test_facts_are_neither_changed_nor_deleted(model):
    assert not held(model, "UPDATE")
    assert held(model, "DELETE") == getattr(model, "removable", False)


def test_the_runtime_owns_nothing_and_makes_nothing():
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_class WHERE relowner = %s::regrole", [RUNTIME])
        assert cursor.fetchone() == (0,)

        with pytest.raises(ProgrammingError, match="permission denied for schema public"):
            cursor.execute("CREATE TABLE mine (id int)")


def test_a_model_may_let_single_columns_be_changed():
    class Fact:
        append_only = True
        updatable_columns = ("state",)
        _meta = apps.get_model("ledger.Import")._meta

    assert grants.rights(Fact) == ["SELECT", "INSERT", 'UPDATE ("state")']
