from datetime import timedelta

import pytest
import time_machine
from django.contrib.sessions.models import Session
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from apps.accounts import actions
from apps.accounts.models import SignIn, User
from apps.accounts.roles import Role
from tests.accounts import signing
from tests.town import founded

TEXT = "Vi har søkt i fagsystemet tre dager før og etter."
FIELDS = {"email": "ny@example.no", "full_name": "Ny Person", "role": "caseworker", "service": "1"}


@pytest.fixture
def town(db):
    return founded()


@pytest.fixture
def start():
    with time_machine.travel(timezone.now().replace(microsecond=0), tick=False) as clock:
        yield clock


@pytest.fixture
def mads(start, client, town):
    mads = town.person("mads@example.no", ("4601", Role.MANAGER))
    signing.give_password(client, mads.email, town.password)
    return mads


def is_in(client):
    return client.get(reverse("accounts:permissions")).status_code == 200


def test_a_session_lasts_as_long_as_there_is_a_request_each_quarter_of_an_hour(client, mads, start):
    for _round in range(4):
        start.shift(timedelta(minutes=14))
        assert is_in(client)

    start.shift(timedelta(minutes=15, seconds=1))

    assert not is_in(client)


def test_the_sessions_row_itself_is_over_when_the_session_is(client, mads, start):
    expires = Session.objects.get().expire_date

    assert expires == timezone.now() + timedelta(minutes=15)


def test_after_8_hours_it_ends_whatever_happened_in_between(client, mads, start):
    for _round in range(32):
        start.shift(timedelta(minutes=15) - timedelta(seconds=1))
        assert is_in(client)
    start.shift(timedelta(minutes=5))

    assert not is_in(client)


def test_a_page_that_asks_for_itself_keeps_nobody_signed_in(client, mads, start):
    for _round in range(3):
        start.shift(timedelta(minutes=6))
        answer = client.get(reverse("accounts:permissions"), headers={"X-By-Itself": "true"})

    assert answer.status_code == 302


def test_being_there_is_written_down_once_a_minute(client, mads, start):
    written = []

    for _request in range(5):
        start.shift(timedelta(seconds=25))
        with CaptureQueriesContext(connection) as asked:
            client.post(reverse("accounts:stay"))
        written.append(sum('UPDATE "django_session"' in query["sql"] for query in asked.captured_queries))

    assert written == [0, 0, 1, 0, 0]


def test_saying_that_one_is_there_keeps_one_signed_in(client, mads, start):
    start.shift(timedelta(minutes=14))
    assert client.post(reverse("accounts:stay")).status_code == 204
    start.shift(timedelta(minutes=14))

    assert is_in(client)


def test_being_signed_out_is_explained_and_leads_back(client, mads, start):
    client.cookies["django_language"] = "en"
    start.shift(timedelta(minutes=16))

    response = client.get(reverse("accounts:people"))
    page = client.get(response.url)

    assert response.url == f"{reverse('account_login')}?next={reverse('accounts:people')}"
    assert "You were signed out" in page.text
    assert "You were signed out" not in client.get(reverse("account_login")).text


def test_what_was_typed_when_the_session_ended_is_shown_after_signing_in_and_sent_by_a_button(client, mads, town, start):
    start.shift(timedelta(minutes=16))
    fields = FIELDS | {"service": town.service("4601").pk}

    away = client.post(reverse("accounts:people"), fields)
    assert not User.objects.filter(email="ny@example.no").exists()
    back = client.post(away.url, {"login": mads.email, "password": town.password, "next": reverse("accounts:unsent")})
    page = client.get(back.url)

    assert "Ny Person" in page.text
    assert f'action="{reverse("accounts:people")}"' in page.text
    assert client.post(reverse("accounts:people"), dict(page.context["unsent"].fields)).status_code == 200
    assert client.get(reverse("accounts:unsent")).status_code == 302, "what is sent is kept no longer"
    assert User.objects.filter(email="ny@example.no").exists()


def test_what_one_person_typed_is_never_shown_to_another(client, mads, town, start):
    start.shift(timedelta(minutes=16))
    client.post(reverse("accounts:people"), FIELDS)
    siri = town.person("siri@example.no", ("4601", Role.REVIEWER))

    signing.give_password(client, siri.email, town.password)

    assert client.get(reverse("accounts:unsent")).status_code == 302
    assert "unsent" not in client.session


@pytest.mark.parametrize("ended_by", ["another machine", "a manager"])
def test_whoever_was_signed_out_by_somebody_loses_what_they_had(client, mads, town, start, ended_by):
    if ended_by == "a manager":
        User.objects.filter(pk=mads.pk).update(is_active=False)
    else:
        actions.end_sign_ins(sign_ins=mads.sign_ins.all(), by=mads, now=timezone.now())

    response = client.post(reverse("accounts:people"), FIELDS)

    assert response.url.startswith(reverse("account_login"))
    assert "unsent" not in client.session


def test_passwords_and_pages_that_are_not_ours_are_not_kept(client, mads, start):
    start.shift(timedelta(minutes=16))

    client.post(reverse("account_change_password"), {"oldpassword": "a", "password1": "b", "password2": "b"})
    assert "unsent" not in client.session
    client.post(reverse("accounts:unsent-keep"), {"unsent_path": "https://example.com/", "reason": TEXT})
    assert "unsent" not in client.session


def test_the_page_hands_in_what_was_typed_when_it_notices_first(client, mads, town, start):
    start.shift(timedelta(minutes=16))

    away = client.post(reverse("accounts:unsent-keep"), {"unsent_path": reverse("accounts:people"), "full_name": TEXT})
    client.post(away.url, {"login": mads.email, "password": town.password})

    assert TEXT in client.get(reverse("accounts:unsent")).text


def test_a_button_without_a_text_leads_back_to_its_page_and_not_to_where_only_buttons_lead(client, mads, start):
    start.shift(timedelta(minutes=16))
    people = reverse("accounts:people")

    away = client.post(reverse("accounts:sign-ins-end"), headers={"referer": "http://testserver/people/"})

    assert away.url == f"{reverse('account_login')}?next={people.replace('/', '%2F')}"


def test_a_file_is_not_kept(client, mads, start):
    start.shift(timedelta(minutes=16))

    client.post(reverse("accounts:people"), FIELDS | {"file": SimpleUploadedFile("a.csv", b"a;b")})

    assert "unsent" not in client.session


def test_what_is_over_is_forgotten_after_half_a_day(client, mads, start):
    start.shift(timedelta(minutes=16))
    client.post(reverse("accounts:people"), FIELDS)
    assert Session.objects.count() == 2

    start.shift(timedelta(hours=12, minutes=20))
    actions.forget_ended(now=timezone.now())

    assert (Session.objects.count(), SignIn.objects.count()) == (0, 0)


def test_a_fragment_of_a_page_is_not_answered_with_the_page_for_signing_in(client, mads, start):
    start.shift(timedelta(minutes=16))

    answer = client.get(reverse("accounts:people"), headers={"HX-Request": "true"})

    assert answer.status_code == 200
    assert answer.headers["HX-Redirect"].startswith(reverse("account_login"))


def test_shutting_a_person_out_ends_their_session_at_the_next_request(client, mads):
    User.objects.filter(pk=mads.pk).update(is_active=False)

    assert not is_in(client)


def test_ones_own_sessions_are_listed_and_ended_one_by_one_or_all_others(client, mads, town):
    others = [Client(headers={"user-agent": f"Browser {number}"}) for number in range(3)]
    for other in others:
        signing.give_password(other, mads.email, town.password)
    page = client.get(reverse("accounts:sign-ins")).text
    assert [f"Browser {number}" in page for number in range(3)] == [True] * 3

    client.post(reverse("accounts:sign-in-end", args=[SignIn.objects.get(device="Browser 0").pk]))
    assert [is_in(other) for other in others] == [False, True, True]
    client.post(reverse("accounts:sign-ins-end"))
    assert [is_in(other) for other in others] == [False, False, False]
    assert is_in(client)


def test_nobody_ends_anothers_session(client, mads, town):
    siri, other = town.person("siri@example.no", ("4601", Role.REVIEWER)), Client()
    signing.give_password(other, siri.email, town.password)

    assert client.post(reverse("accounts:sign-in-end", args=[siri.sign_ins.get().pk])).status_code == 404
    assert is_in(other)


def test_a_session_is_still_listed_after_the_password_was_changed_in_it(client, mads, town):
    new = "fire helt andre ord"
    client.post(reverse("account_change_password"), {"oldpassword": town.password, "password1": new, "password2": new})

    assert is_in(client)
    assert [sign_in.session_key for sign_in in mads.sign_ins.all()] == [client.session.session_key]


def test_sessions_that_are_over_are_forgotten(client, mads, town, start):
    start.shift(timedelta(hours=1))

    signing.give_password(client, mads.email, town.password)

    assert mads.sign_ins.count() == 1


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/139.0 Safari/537.36 Edg/139.0", "Edge, Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Mobile Safari/604.1", "Safari, iPhone"),
        ("curl/8.0", "curl/8.0"),
    ],
)
def test_a_browser_is_named_in_two_words(said, shown):
    assert SignIn(device=said).browser == shown
