"""A request is one transaction in one scope: all of it happens, or nothing of it, and what was denied is told."""

import pytest
from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, connection
from django.http import HttpResponse
from django.template import engines
from django.template.response import TemplateResponse
from django.urls import include, path

from apps.accounts.models import User
from apps.accounts.roles import Role
from apps.audit.models import Entry
from apps.audit.verbs import Verb
from apps.deliveries.models import Delivery
from apps.feeds.models import Feed
from apps.walls import scope
from tests import scenes
from tests.pages import signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.urls(__name__)]


def write(request, status):
    Feed.objects.create(service_id=request.GET["service"], format="written", created_at=scenes.NOW)
    return HttpResponse(status=status)


def fail(request):
    Feed.objects.create(service_id=request.GET["service"], format="written", created_at=scenes.NOW)
    raise ZeroDivisionError


def count_late(request):
    """Asked only while the answer is rendered, after the view has returned."""
    return TemplateResponse(request, engines["django"].from_string("{{ rows.count }}"), {"rows": Delivery.objects.all()})


@login_not_required
def count_signed_out(request):
    return HttpResponse(Delivery.objects.count())


def limits(request):
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('statement_timeout'), current_setting('lock_timeout')")
        return HttpResponse(" ".join(cursor.fetchone()))


urlpatterns = [
    path("write/<int:status>/", write),
    path("fail/", fail),
    path("late/", count_late),
    path("signed-out/", count_signed_out),
    path("limits/", limits),
    path("", include("config.urls")),
]


@pytest.fixture
def bergen():
    return scenes.service("4601")


@pytest.fixture
def kari(bergen):
    return scenes.person("Kari", Role.CASEWORKER, of=bergen)


@pytest.fixture
def client(kari):
    client = signed_in(kari)
    client.raise_request_exception = False
    return client


def was_written():
    return Feed.objects.filter(format="written").exists()


@pytest.mark.parametrize(("status", "is_kept"), [(200, True), (302, True), (400, False), (404, False), (422, False), (500, False)])
def test_what_is_answered_with_400_or_more_has_changed_nothing(client, bergen, status, is_kept):
    assert client.get(f"/write/{status}/", {"service": bergen.pk}).status_code == status

    assert was_written() == is_kept


def test_what_fails_has_changed_nothing(client, bergen):
    assert client.get("/fail/", {"service": bergen.pk}).status_code == 500

    assert not was_written()


def test_what_is_rendered_is_read_in_the_same_scope(client, bergen):
    scenes.report(bergen)
    scenes.report(scenes.service("3203"))

    assert client.get("/late/").content == b"1"


def test_nothing_of_another_service_can_be_written(client):
    assert client.get("/write/200/", {"service": scenes.service("3203").pk}).status_code == 500

    assert not was_written()


def test_a_page_for_those_signed_out_reaches_no_service(bergen, client):
    scenes.report(bergen)
    client.logout()

    with pytest.raises(DatabaseError) as refused:
        client.raise_request_exception = True
        client.get("/signed-out/")

    assert refused.value.__cause__.sqlstate == "FR001"


def test_a_denied_attempt_is_told_although_the_request_was_rolled_back(client, kari, bergen):
    client.get("/deliveries/1099511627776/")

    (told,) = Entry.objects.filter(verb=Verb.DENIED)
    assert (told.person_id, told.service_id) == (kari.pk, bergen.pk)


def shutting_out(person):
    """In place of scope.person: the person is shut out after Django has taken them for signed in."""
    original = scope.person

    def ended(*args, **options):
        User.objects.filter(pk=person.pk).update(is_active=False)
        return original(*args, **options)

    return ended


def test_a_session_that_ends_while_the_page_is_asked_for_leads_to_signing_in(client, kari, monkeypatch):
    monkeypatch.setattr(scope, "person", shutting_out(kari))

    response = client.get("/late/")

    assert response.status_code == 302
    assert response.url.startswith("/accounts/sign-in/")
    assert client.cookies["sessionid"].value == ""


def test_what_the_next_one_does_on_that_connection_is_kept(client, bergen, monkeypatch):
    ola = scenes.person("Ola", Role.CASEWORKER, of=bergen)
    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(scope, "person", shutting_out(ola))
        assert signed_in(ola).get("/late/").status_code == 302

    assert client.get("/write/200/", {"service": bergen.pk}).status_code == 200

    assert was_written()


def test_a_page_takes_a_minute_at_most_and_waits_for_no_lock_longer_than_twenty_seconds(client):
    assert client.get("/limits/").content == b"1min 20s"


def test_after_the_answer_the_connection_has_nobodys_scope(client):
    client.get("/late/")

    with scope.acting(None), connection.cursor() as cursor, pytest.raises(DatabaseError):
        cursor.execute("SELECT wall.everywhere()")
