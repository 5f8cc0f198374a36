from datetime import timedelta

import pytest
import time_machine
from axes.models import AccessAttempt
from django.core.cache import cache
from django.urls import reverse
from django.utils import timezone

from apps.accounts.roles import Role
from tests.accounts import signing
from tests.town import founded

HERE, ELSEWHERE = {"REMOTE_ADDR": "192.0.2.1"}, {"REMOTE_ADDR": "198.51.100.1"}
CLOSED = "Nobody can sign in with this address"


@pytest.fixture
def town(db):
    cache.clear()
    return founded()


@pytest.fixture(autouse=True)
def bokmal_is_not_the_matter(settings):
    settings.LANGUAGE_CODE = "en"


@pytest.fixture
def anne(town):
    return town.person("anne@example.no", ("4601", Role.CASEWORKER))


def guess(client, times, email="anne@example.no", **source):
    client.logout()
    return [signing.give_password(client, email, f"guess {number}", **source) for number in range(times)][-1]


def is_let_in(client, town, email="anne@example.no", **source):
    client.logout()
    signing.give_password(client, email, town.password, **source)
    return "_auth_user_id" in client.session


def test_the_fifth_wrong_password_closes_the_account_wherever_it_is_tried(client, anne, town):
    guess(client, 4)
    assert is_let_in(client, town)

    told = guess(client, 5)

    assert told.status_code == 200, "what was counted must stay counted, so it is said on the page"
    assert CLOSED in told.text
    assert not is_let_in(client, town)
    assert not is_let_in(client, town, **ELSEWHERE)


def test_however_the_address_is_written_it_is_one_account(client, anne, town):
    for email in ("anne@example.no", "ANNE@example.no", " Anne@Example.no ", "anne@EXAMPLE.NO", "aNNe@example.no"):
        guess(client, 1, email=email)

    assert not is_let_in(client, town)


def test_an_address_that_nobody_has_is_answered_the_same(client, anne):
    known, unknown = guess(client, 6), guess(client, 6, email="nobody@example.no")

    assert (CLOSED in known.text, CLOSED in unknown.text) == (True, True)


def test_the_others_of_a_closed_persons_network_come_in(client, anne, town):
    town.person("siri@example.no", ("4601", Role.REVIEWER))

    guess(client, 10, **HERE)

    assert is_let_in(client, town, email="siri@example.no", **HERE)


def test_a_source_that_tries_many_accounts_is_closed(client, anne, town):
    cache.clear()
    for number in range(30):
        guess(client, 1, email=f"person{number}@example.no", **HERE)
        cache.clear()

    assert not is_let_in(client, town, **HERE)
    assert is_let_in(client, town, **ELSEWHERE)


def test_signing_in_to_ones_own_account_gives_no_new_attempts_at_others(client, anne, town):
    town.person("siri@example.no", ("4601", Role.REVIEWER))
    for number in range(30):
        cache.clear()
        if number == 20:
            assert is_let_in(client, town, email="siri@example.no", **HERE)
            client.logout()
        guess(client, 1, email=f"person{number}@example.no", **HERE)

    cache.clear()
    assert not is_let_in(client, town, **HERE)


def test_after_half_an_hour_it_is_open_again_although_somebody_went_on_guessing(client, anne, town):
    now = timezone.now()
    guess(client, 5)
    with time_machine.travel(now + timedelta(minutes=29)):
        guess(client, 3)
        assert not is_let_in(client, town)

    with time_machine.travel(now + timedelta(minutes=31)):
        assert is_let_in(client, town)


def test_wrong_codes_count_as_wrong_passwords_do(client, town):
    anne = town.person("anne@example.no", ("4601", Role.CASEWORKER), is_demo=False)
    signing.give_password(client, anne.email, town.password)
    secret = signing.set_up_app(client)
    client.logout()
    cache.clear()
    signing.give_password(client, anne.email, town.password)

    for _attempt in range(5):
        client.post(reverse("mfa_authenticate"), {"code": "000000"})
    response = client.post(reverse("mfa_authenticate"), {"code": signing.code(secret)})

    assert response.status_code == 200
    assert "_auth_user_id" not in client.session
    assert CLOSED in response.text
    assert not is_let_in(client, town)


def test_nothing_typed_is_kept_with_the_attempts(client, anne):
    guess(client, 2)

    kept = AccessAttempt.objects.get()
    assert kept.failures_since_start == 2
    assert "guess" not in kept.post_data
    assert "anne" not in kept.post_data
