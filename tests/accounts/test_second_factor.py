import pytest
from allauth.mfa.models import Authenticator
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from apps.accounts.roles import Role
from tests.accounts import signing
from tests.town import founded


@pytest.fixture
def town(db):
    cache.clear()  # where allauth notes which code was used
    return founded()


@pytest.fixture
def anne(town):
    return town.person("anne@example.no", ("4601", Role.CASEWORKER), is_demo=False)


@pytest.fixture
def secret(client, anne, town):
    """Anne's app is set up, and nobody is signed in."""
    signing.give_password(client, anne.email, town.password)
    secret = signing.set_up_app(client)
    client.logout()
    cache.clear()
    return secret


@pytest.mark.parametrize("page", ["today", "deliveries:list", "accounts:permissions", "accounts:sign-ins"])
def test_without_a_second_factor_every_page_leads_to_setting_one_up(client, anne, town, page):
    signing.give_password(client, anne.email, town.password)

    response = client.get(reverse(page))

    assert response.url == reverse("mfa_index")
    assert client.get(response.url).status_code == 200


def test_a_person_without_one_can_still_leave(client, anne, town):
    signing.give_password(client, anne.email, town.password)

    client.post(reverse("account_logout"))

    assert "_auth_user_id" not in client.session


def test_setting_up_an_app_asks_for_nothing_twice_and_shows_recovery_codes_once(client, anne, town):
    signing.give_password(client, anne.email, town.password)

    signing.set_up_app(client)

    codes = client.get(reverse("mfa_view_recovery_codes"))
    again = client.get(reverse("mfa_view_recovery_codes"))
    assert codes.text.count("<li><code>") == 10
    assert again.text.count("<li><code>") == 0
    assert client.get(reverse("today")).status_code == 200


def test_the_demos_people_need_none(client, town):
    demo = town.person("demo@example.no", ("4601", Role.CASEWORKER), is_demo=True)

    signing.give_password(client, demo.email, town.password)

    assert client.get(reverse("today")).status_code == 200


def test_nobody_becomes_one_of_the_demos_people_by_an_invitation(client, town):
    client.force_login(town.person("mads@example.no", ("4601", Role.MANAGER)))
    client.post(reverse("accounts:people"), {"email": "ny@example.no", "full_name": "Ny", "role": "caseworker", "service": town.service("4601").pk})

    assert not town.service("4601").memberships.get(user__email="ny@example.no").user.is_demo


def test_the_password_alone_does_not_sign_in_whoever_has_an_app(client, anne, town, secret):
    response = signing.give_password(client, anne.email, town.password)

    assert response.url == reverse("mfa_authenticate")
    assert "_auth_user_id" not in client.session
    assert client.get(reverse("today")).url.startswith(reverse("account_login"))


def test_password_and_code_do(client, anne, town, secret):
    signing.give_password(client, anne.email, town.password)

    client.post(reverse("mfa_authenticate"), {"code": signing.code(secret)})

    assert client.session["_auth_user_id"] == str(anne.pk)


def test_a_code_opens_once_whichever_process_is_asked(client, anne, town, secret):
    other = Client()
    for one in (client, other):
        cache.clear()  # what one process remembers
        signing.give_password(one, anne.email, town.password)
        one.post(reverse("mfa_authenticate"), {"code": signing.code(secret)})

    assert "_auth_user_id" in client.session
    assert "_auth_user_id" not in other.session


def test_a_recovery_code_opens_once(client, anne, town, secret):
    (code, *_) = Authenticator.objects.get(user=anne, type=Authenticator.Type.RECOVERY_CODES).wrap().get_unused_codes()
    signed_in = []

    for _attempt in range(2):
        signing.give_password(client, anne.email, town.password)
        client.post(reverse("mfa_authenticate"), {"code": code})
        signed_in.append("_auth_user_id" in client.session)
        client.logout()

    assert signed_in == [True, False]


def test_secrets_are_not_readable_in_the_database(anne, secret):
    kept = [str(authenticator.data) for authenticator in Authenticator.objects.filter(user=anne)]

    assert len(kept) == 2
    assert not any(secret in text for text in kept)
    assert Authenticator.objects.get(user=anne, type=Authenticator.Type.TOTP).wrap().validate_code(signing.code(secret))


def test_whoever_takes_the_last_one_away_sets_up_another_first(client, anne, town, secret):
    signing.give_password(client, anne.email, town.password)
    client.post(reverse("mfa_authenticate"), {"code": signing.code(secret)})

    client.post(reverse("mfa_deactivate_totp"))

    assert client.get(reverse("today")).url == reverse("mfa_index")


@pytest.mark.parametrize("page", ["mfa_index", "mfa_activate_totp", "mfa_add_webauthn", "account_reauthenticate", "mfa_generate_recovery_codes"])
def test_each_page_of_the_second_factor_is_ours(client, town, page):
    client.force_login(town.person("demo@example.no", ("4601", Role.CASEWORKER)))

    response = client.get(reverse(page))

    assert response.status_code == 200
    assert '<main id="main"' in response.text
    assert "base.html" in [template.name for template in response.templates]
