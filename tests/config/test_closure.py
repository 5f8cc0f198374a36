"""The wall as the catalog tells it: it stands after the migrations, and each mistake that somebody could make with it is found."""

import json
import tempfile
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest
from django.core.management import call_command
from django.db import connection

from apps.walls import scope
from config import closure, embedded, login
from config.embedded import DEFINER, OWNER, RUNTIME
from tests import scenes

pytestmark = pytest.mark.django_db

MISTAKES = {
    "not forced on the owner": "ALTER TABLE ledger_event NO FORCE ROW LEVEL SECURITY",
    "switched off": "ALTER TABLE ledger_event DISABLE ROW LEVEL SECURITY",
    "a policy more": "CREATE POLICY extra ON ledger_event USING (true)",
    "another policy": "ALTER POLICY wall ON ledger_event USING (true)",
    "a policy for writing alone": "ALTER POLICY wall ON ledger_event WITH CHECK (true)",
    "no policy": "DROP POLICY wall ON ledger_event",
    "a right for everybody": "GRANT SELECT ON ledger_event TO PUBLIC",
    "a right too many": f"GRANT TRIGGER ON ledger_event TO {RUNTIME}",
    "a table of a service without a policy": "CREATE TABLE forgotten (service_id bigint)",
    "a materialised view": "CREATE MATERIALIZED VIEW copied AS SELECT 1 AS one",
    "a view that reads as its owner": "CREATE VIEW seen AS SELECT * FROM ledger_event",
    "a foreign key that does not carry the service": "ALTER TABLE ledger_owed ADD CONSTRAINT bare FOREIGN KEY (import_id) REFERENCES ledger_import",
    "a key in others' hands": f"GRANT SELECT ON wall.key TO {RUNTIME}",
    "a way to open the wall for oneself": f"GRANT EXECUTE ON FUNCTION wall.across(text, bigint, timestamptz) TO {RUNTIME}",
    "figures of others in everybody's hands": "GRANT EXECUTE ON FUNCTION wall.figures(bigint, timestamptz) TO PUBLIC",
    "a function in everybody's hands": "GRANT EXECUTE ON FUNCTION wall.open(text, text, text) TO PUBLIC",
}


def told(capsys):
    with suppress(SystemExit):
        call_command("verify", "--json")
    results = json.loads(capsys.readouterr().out)["invariants"]
    return {result["id"] for result in results if not result["ok"]}


def test_the_wall_stands_after_the_migrations(capsys):
    assert list(closure.gaps_in_the_wall(scenes.NOW)) == []
    assert told(capsys) == set()


@pytest.mark.parametrize("mistake", MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_is_found(mistake, capsys):
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")
        cursor.execute(f"SET ROLE {DEFINER}" if "wall." in mistake else "RESET ROLE")
        cursor.execute(mistake)
        cursor.execute(f"RESET ROLE; SET ROLE {RUNTIME}")

    assert list(closure.gaps_in_the_wall(scenes.NOW)) != []
    assert "I10" in told(capsys)


@pytest.fixture(scope="module")
def cluster(django_db_setup, django_db_blocker):
    """A server of its own, because roles are the whole server's: gives its superuser's connection, and lets the application sign in there."""
    home = Path(tempfile.mkdtemp(prefix="framme-roles-"))
    here = connection.settings_dict.copy()
    with django_db_blocker.unblock(), scope.acting(None), embedded.throwaway(home):
        where = embedded.databases(home=home, url="")["default"]
        connection.close()
        connection.settings_dict.update(NAME=where["NAME"], USER=where["USER"], PASSWORD=where["PASSWORD"], OPTIONS={"host": where["HOST"]})
        with psycopg.connect(
            host=where["HOST"], dbname=where["NAME"], user="postgres", password=embedded.secret(home, "postgres"), autocommit=True
        ) as superuser:
            yield superuser
        connection.close()
        connection.settings_dict.update(here)


POWERS = {
    "BYPASSRLS": (f"ALTER ROLE {RUNTIME} BYPASSRLS", f"ALTER ROLE {RUNTIME} NOBYPASSRLS"),
    "superuser": (f"ALTER ROLE {RUNTIME} SUPERUSER", f"ALTER ROLE {RUNTIME} NOSUPERUSER"),
    "in the owner": (f"GRANT {OWNER} TO {RUNTIME}", f"REVOKE {OWNER} FROM {RUNTIME}"),
    "in the definer": (f"GRANT {DEFINER} TO {RUNTIME}", f"REVOKE {DEFINER} FROM {RUNTIME}"),
}


@pytest.mark.parametrize(("given", "taken"), POWERS.values(), ids=POWERS)
def test_a_role_too_powerful_is_found_and_the_application_does_not_start_as_it(cluster, django_db_blocker, given, taken):
    assert list(closure.powerful_roles(scenes.NOW)) == []
    login.check()
    cluster.execute("REVOKE framme_runtime FROM framme_owner")  # the owner of tests may play the application; nobody may be in the other
    cluster.execute(given)

    try:
        assert list(closure.powerful_roles(scenes.NOW)) != []
        with pytest.raises(login.TooPowerful, match="does not start as framme_runtime"):
            login.check()
    finally:
        cluster.execute(taken)
