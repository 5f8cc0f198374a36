"""The wall inside the database: nothing without a scope, nothing with a false one, and with a true one exactly the services it names."""

import os
from contextlib import closing
from datetime import timedelta

import psycopg
import pytest
from django.apps import apps
from django.contrib.sessions.backends.db import SessionStore
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.utils import timezone

from apps.accounts.roles import Role
from apps.deliveries.models import Delivery
from apps.feeds import keys
from apps.feeds.models import Feed, Fetching, Handover, KnownReceipt, Mapping, Mishap, Place, Preview, Rejection, Repair, RepairedLine, Taken
from apps.ledger.models import Chunk, Duplicate, Event, Import, Owed, Undoing, Work
from apps.walls import scope, tokens
from apps.worklists.models import SavedView
from config import wall
from tests import eventful, scenes

pytestmark = pytest.mark.django_db

TABLES = sorted(model._meta.db_table for model in wall.surrounded())


@pytest.fixture
def bergen():
    return scenes.service("4601")


@pytest.fixture
def asker():
    return scenes.service("3203")


@pytest.fixture
def messages(bergen, asker):
    return scenes.report(bergen), scenes.report(asker)


def ask(sql, params=()):
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchall()


def refusal(act):
    """The SQLSTATE that something is refused with; None when it is not."""
    try:
        with transaction.atomic():
            act()
    except (DatabaseError, scope.Forged, scope.Ended) as refused:
        return refused.__cause__.sqlstate
    return None


def session_of(user, *, lasts=timedelta(hours=1)):
    session = SessionStore()
    session["whose"] = user.pk
    session.set_expiry(timezone.now() + lasts)
    session.save()
    return session.session_key


def services_seen():
    return set(Delivery.objects.values_list("service__code", flat=True))


def test_without_a_scope_every_table_refuses_instead_of_seeming_empty(subtests):
    service = eventful.of_everything()
    eventful.brought_in_only(service, "portal-list", "bekymringsmeldingId;innsendt", f"{scenes.uuid()};2024-02-01T10:12:00")
    feed_import = Import.objects.filter(service=service).first()
    KnownReceipt.objects.create(service=service, feed_import=feed_import, line=99)
    Preview.objects.create(service=service, feed_import=feed_import)
    feed, tor = Feed.objects.filter(service=service).first(), scenes.person("Tor", of=service)
    Mapping.objects.create(service=service, feed=feed, version=1, said={}, by=None, at=scenes.NOW)
    Mishap.objects.create(service=service, feed=feed, at=scenes.NOW, code="zip_broken")
    Fetching.objects.create(service=service, feed=feed)
    SavedView.objects.create(owner=tor, reach="service", service=service, name="Mine", direction="inbound", slug="open", kept_at=scenes.NOW)
    Taken.objects.create(service=service, feed=feed, file_name="a.csv", mark="1", is_refused=False, at=scenes.NOW)
    key = keys.make(feed=feed, name="Fagsystemet", days=30, by=tor, now=scenes.NOW).key
    Handover.objects.create(service=service, key=key, request="1", fingerprint="1", at=scenes.NOW)
    rejection = Rejection.objects.create(service=service, feed_import=feed_import, line=98, code="not_uuid")
    other = Import.objects.filter(service=service).exclude(pk=feed_import.pk).first()
    repair = Repair.objects.create(service=service, of=feed_import, feed_import=other, by=tor, at=scenes.NOW)
    RepairedLine.objects.create(service=service, repair=repair, line=2, rejection=rejection)
    Place.objects.create(service=service, number="9999", is_own=True, by=repair.by, at=scenes.NOW)
    Undoing.objects.create(service=service, feed_import=feed_import, learned_at=scenes.NOW, by="anne@example.no", reason="Feil fil.")
    filled = [table for table in TABLES if ask(f"SELECT FROM {table} LIMIT 1")]

    assert set(TABLES) - set(filled) == set()
    for table in filled:
        with subtests.test(table), scope.acting(None):
            assert refusal(lambda table=table: ask(f"SELECT count(*) FROM {table}")) == "FR001"


@pytest.mark.parametrize("asked", ["SELECT 1 FROM {} WHERE service_id = -1", "SELECT count(*) FROM {}", "DELETE FROM {}"])
def test_without_a_scope_what_finds_nothing_is_refused_too(db, subtests, asked):
    """By the database itself, whoever signs in to it as the application: asked past everything that Django puts before a statement."""
    with scope.acting(None):
        connection.ensure_connection()
        ask("SELECT 1")  # leaves the scope that the test is in
        for table in TABLES:
            with subtests.test(table), pytest.raises(psycopg.Error) as refused, connection.connection.transaction():
                connection.connection.execute(asked.format(table))
            assert refused.value.sqlstate in ("FR001", *(["42501"] if "DELETE" in asked else []))  # what is only added to may not be deleted from at all


def test_a_person_reaches_the_services_they_belong_to(bergen, messages):
    user = scenes.person("Kari", Role.CASEWORKER, of=bergen)

    with scope.acting(scope.person(user=user.pk, session=session_of(user))):
        assert services_seen() == {"4601"}


def test_a_person_who_belongs_nowhere_reaches_nothing_and_is_not_refused(bergen, messages):
    user = scenes.person("Gro", of=bergen)

    with scope.acting(scope.person(user=user.pk, session=session_of(user))):
        assert services_seen() == set()


def test_owed_work_opens_its_own_service(bergen, messages):
    feed_import = Import.objects.filter(service=bergen).first()
    owed = Owed.objects.create(service=bergen, work=Work.FOLD, feed_import=feed_import, part=7, owed_since=scenes.NOW, fence=3)

    with scope.job(owed=owed.pk, fence=3):
        assert services_seen() == {"4601"}


def test_an_operator_reaches_the_services_they_name_or_all(asker, messages):
    with scope.operator(by="test", services=[asker.pk]):
        assert services_seen() == {"3203"}
    with scope.operator(by="test"):
        assert services_seen() == {"3203", "4601"}


def test_the_innermost_scope_holds_and_the_one_outside_comes_back(bergen, asker, messages):
    with scope.operator(by="test", services=[bergen.pk]):
        with scope.operator(by="test", services=[asker.pk]):
            assert services_seen() == {"3203"}
        assert services_seen() == {"4601"}


def test_what_is_rolled_back_leaves_no_scope_behind(bergen, asker, messages):
    with scope.operator(by="test", services=[bergen.pk]):
        with pytest.raises(ZeroDivisionError), transaction.atomic(), scope.operator(by="test", services=[asker.pk]):
            services_seen()
            raise ZeroDivisionError
        assert services_seen() == {"4601"}


@pytest.mark.parametrize("lasts", [timedelta(hours=1), timedelta(seconds=-1)])
def test_a_session_that_has_ended_is_told_so(bergen, lasts):
    user = scenes.person("Kari", Role.CASEWORKER, of=bergen)

    with scope.acting(scope.person(user=user.pk, session=session_of(user, lasts=lasts))):
        assert refusal(services_seen) == (None if lasts > timedelta() else "FR003")


def test_a_person_who_was_shut_out_has_no_session_any_more(bergen):
    user = scenes.person("Kari", Role.CASEWORKER, of=bergen)
    session = session_of(user)
    type(user).objects.filter(pk=user.pk).update(is_active=False)

    with scope.acting(scope.person(user=user.pk, session=session)):
        assert refusal(services_seen) == "FR003"


def test_work_that_somebody_else_has_opens_nothing(bergen, messages):
    feed_import = Import.objects.filter(service=bergen).first()
    owed = Owed.objects.create(service=bergen, work=Work.FOLD, feed_import=feed_import, part=7, owed_since=scenes.NOW, fence=3)

    with scope.job(owed=owed.pk, fence=2):
        assert refusal(services_seen) == "FR003"


def a_key(service, *, days_ago=0):
    feed, made_at = Feed.objects.filter(service=service).first(), timezone.now() - timedelta(days=days_ago)
    return keys.make(feed=feed, name="Fagsystemet", days=30, by=scenes.person("Anne", of=service), now=made_at).key


def test_a_key_of_another_system_opens_the_service_of_its_feed(bergen, messages):
    key = a_key(bergen)

    with scope.acting(scope.key(key=key.pk, digest=key.digest)):
        assert services_seen() == {bergen.code}


@pytest.mark.parametrize("wrong", [{"digest": "0" * 64}, {"key": 0}])
def test_a_key_that_is_not_kept_opens_nothing(bergen, messages, wrong):
    key = a_key(bergen)

    with scope.acting(scope.key(**{"key": key.pk, "digest": key.digest} | wrong)):
        assert refusal(services_seen) == "FR003"


def test_a_key_that_was_ended_opens_nothing(bergen, messages):
    ended = a_key(bergen)
    keys.end(key=ended, by=ended.made_by, now=timezone.now())

    with scope.acting(scope.key(key=ended.pk, digest=ended.digest)):
        assert refusal(services_seen) == "FR003"


def test_a_key_that_has_expired_opens_nothing(bergen, messages):
    old = a_key(bergen, days_ago=31)

    with scope.acting(scope.key(key=old.pk, digest=old.digest)):
        assert refusal(services_seen) == "FR003"


FORGED = {
    "another key": lambda: tokens.operator(by="test", services=None)[:-1] + "x",
    "another service": lambda: tokens.operator(by="test", services=[1]).replace("|1|", "|*|"),
    "nothing": lambda: "",
    "an unknown kind": lambda: tokens.signed("anybody", "test", "*"),
}


@pytest.mark.parametrize("token", FORGED.values(), ids=FORGED)
def test_a_forged_token_opens_nothing(token):
    with scope.acting(scope.Scope(token, scope.NO_LIMITS)):
        assert refusal(services_seen) == "FR002"


@pytest.mark.parametrize("minutes", [-6, 6])
def test_a_token_is_taken_for_five_minutes(monkeypatch, minutes):
    there = tokens.issued_at() + minutes * 60
    monkeypatch.setattr(tokens, "issued_at", lambda: there)

    with scope.acting(scope.Scope(lambda: tokens.operator(by="test", services=None), scope.NO_LIMITS)):
        assert refusal(services_seen) == "FR002"


def test_a_scope_cannot_be_widened_by_setting_it(bergen, messages):
    with scope.operator(by="test", services=[bergen.pk]):
        ((held,),) = ask("SELECT current_setting('framme.scope')")
        for false in (held.replace(f"|{bergen.pk}|", "|*|"), "operator|test|*|", "operator|test|*", "x", held.upper()):
            assert refusal(lambda false=false: ask("SELECT set_config('framme.scope', %s, true)", [false]) and services_seen()) == "FR002"


def test_a_scope_cannot_be_carried_to_another_transaction(bergen):
    """Asked on a connection of its own, which has no transaction that the test is in."""
    with scope.operator(by="test"):
        ((held,),) = ask("SELECT current_setting('framme.scope')")

    with closing(connection.copy()) as other, other.cursor() as cursor, pytest.raises(DatabaseError) as refused:
        cursor.execute("SELECT set_config('framme.scope', %s, false)", [held])
        cursor.execute("SELECT wall.services()")
    assert refused.value.__cause__.sqlstate == "FR002"


def test_the_token_never_stands_in_the_text_of_a_statement():
    with closing(connection.copy()) as other, scope.operator(by="somebody", on=other), other.cursor(), other.connection.transaction():
        scope.standing(other).enter()
        with psycopg.connect(os.environ["DATABASE_URL"]) as owner:
            (text,) = owner.execute("SELECT query FROM pg_stat_activity WHERE pid = %s", [other.connection.info.backend_pid]).fetchone()

    assert text.startswith("SELECT wall.enter($1)")


@pytest.mark.parametrize(
    "sql", ["SELECT * FROM wall.key", "SELECT wall.open('operator', 'me', '*')", "SELECT wall.sealed('token', 'x')", "SELECT wall.verified()"]
)
def test_the_application_can_neither_read_the_keys_nor_seal_anything(sql):
    assert refusal(lambda: ask(sql)) == "42501"


def test_nothing_is_written_for_another_service(bergen, asker, messages):
    feed_import = Import.objects.filter(service=asker).first()
    with scope.operator(by="test", services=[bergen.pk]):
        assert refusal(lambda: Duplicate.objects.create(service=asker, feed_import=feed_import, line=1, event_id=1)) == "42501"
        assert Delivery.objects.filter(service=asker).update(children=9) == 0


def test_a_row_points_at_no_row_of_another_service_and_cannot_tell_whether_there_is_one(bergen, asker, messages):
    theirs = Import.objects.filter(service=asker).values_list("stored", flat=True).first()
    told = []
    for stored in (theirs, -1):
        with pytest.raises(IntegrityError) as refused, transaction.atomic():
            Chunk.objects.create(service=bergen, stored_id=stored, number=99, body=b"")
            ask("SET CONSTRAINTS ALL IMMEDIATE")
        told.append((refused.value.__cause__.sqlstate, refused.value.__cause__.diag.constraint_name))

    assert told[0] == told[1] == ("23503", "chunk_within_service")


def test_a_statement_by_itself_has_the_scope_too_and_nothing_is_left_of_it():
    with closing(connection.copy()) as other, other.cursor() as cursor:
        with scope.operator(by="test", on=other):
            cursor.execute("SELECT wall.everywhere()")
            assert cursor.fetchone() == (True,)
            assert other.connection.info.transaction_status is psycopg.pq.TransactionStatus.IDLE
        with pytest.raises(DatabaseError) as refused:
            cursor.execute("SELECT wall.everywhere()")
    assert refused.value.__cause__.sqlstate == "FR001"


def test_every_model_of_a_service_is_behind_the_wall_or_says_why_not():
    of_a_service = {
        model._meta.label for model in apps.get_models() if model._meta.managed and any(f.column == "service_id" for f in model._meta.concrete_fields)
    }

    assert of_a_service == {model._meta.label for model in wall.surrounded()} | wall.OPEN.keys()
    assert Event in wall.surrounded()
