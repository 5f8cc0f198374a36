import pytest
from django.urls import reverse
from django.utils import translation

from apps.accounts import actions
from apps.accounts.roles import Role
from tests.town import founded


@pytest.fixture
def town(db):
    return founded()


@pytest.fixture
def anne(town):
    return town.person("anne@example.no", ("4601", Role.CASEWORKER))


def sign_in(client, password, **more):
    return client.post(reverse("account_login"), {"login": "Anne@example.no", "password": password, **more})


def test_a_person_signs_in_by_address_and_password(client, anne, town):
    response = sign_in(client, town.password)

    assert response.status_code == 302
    assert client.session["_auth_user_id"] == str(anne.pk)
    assert client.session.get_expire_at_browser_close()


def test_a_wrong_password_is_told_above_the_form_and_the_address_is_kept(client, anne):
    response = sign_in(client, "feil")

    assert response.status_code == 200
    assert 'role="alert"' in response.text
    assert 'value="Anne@example.no"' in response.text


def test_a_closed_account_is_told_so(client, anne, town):
    anne.is_active = False
    anne.save()

    response = client.get(sign_in(client, town.password).url)

    assert response.status_code == 200
    assert "_auth_user_id" not in client.session


def test_nobody_makes_an_account_for_themselves(client, db):
    assert client.get("/accounts/signup/").status_code == 404
    assert client.post("/accounts/sign-up/", {"email": "x@example.no"}).status_code == 404


def test_signing_out_asks_by_address_and_does_it_by_button(client, anne):
    client.force_login(anne)

    assert client.get(reverse("account_logout")).status_code == 200
    assert "_auth_user_id" in client.session
    client.post(reverse("account_logout"))
    assert "_auth_user_id" not in client.session


def test_too_many_attempts_from_one_place_get_a_page_of_ours(client, db):
    for _attempt in range(31):  # what is allowed in a minute, and one more
        response = client.post(reverse("account_login"), {"login": "nobody@example.no", "password": "guess"}, REMOTE_ADDR="192.0.2.9")

    assert response.status_code == 429
    assert "429.html" in [template.name for template in response.templates]


def test_a_person_changes_their_own_password(client, anne, town):
    client.force_login(anne)
    new = "fire helt andre ord"

    response = client.post(reverse("account_change_password"), {"oldpassword": town.password, "password1": new, "password2": new})

    anne.refresh_from_db()
    assert response.status_code == 302
    assert anne.check_password(new)


def test_a_password_that_a_manager_gave_is_replaced_before_anything_else(client, town):
    mads = town.person("mads@example.no", ("4601", Role.MANAGER))
    given = actions.invite(email="ny@example.no", full_name="Ny", role=Role.CASEWORKER, service=town.service("4601"), by=mads, now=town.now).password
    own = "fire helt andre ord"
    client.post(reverse("account_login"), {"login": "ny@example.no", "password": given})

    for page in ("today", "mfa_index", "mfa_activate_totp", "accounts:permissions"):
        assert client.get(reverse(page)).url == reverse("account_change_password")
    same = client.post(reverse("account_change_password"), {"oldpassword": given, "password1": given, "password2": given})
    assert "id_password1_error" in same.text
    client.post(reverse("account_change_password"), {"oldpassword": given, "password1": own, "password2": own})

    assert client.get(reverse("today")).url == reverse("mfa_index")


def test_a_short_password_is_refused_beside_its_field(client, anne, town):
    client.force_login(anne)

    response = client.post(reverse("account_change_password"), {"oldpassword": town.password, "password1": "kort", "password2": "kort"})

    assert "id_password1_error" in response.text


def test_a_forgotten_password_leads_to_the_manager(client, db):
    assert client.get(reverse("account_reset_password")).status_code == 200


def test_pages_are_in_bokmal_whatever_the_browser_says(client, db):
    response = client.get(reverse("account_login"), headers={"accept-language": "en"})

    assert response.headers["Content-Language"] == "nb"
    assert '<html lang="nb"' in response.text


def test_a_language_can_be_chosen_signed_out(client, db):
    response = client.post(reverse("accounts:language"), {"language": "nn", "next": reverse("account_login")})

    assert response.url == reverse("account_login")
    assert client.get(response.url).headers["Content-Language"] == "nn"


def test_a_chosen_language_follows_the_person_to_another_machine(client, anne, town):
    client.force_login(anne)
    client.post(reverse("accounts:language"), {"language": "en"})
    client.logout()
    client.cookies.clear()

    sign_in(client, town.password)

    anne.refresh_from_db()
    assert anne.language == "en"
    assert client.get(reverse("account_reset_password")).headers["Content-Language"] == "en"


@pytest.mark.parametrize("away", ["https://example.com/", "//example.com/", "javascript:alert(1)", ""])
def test_a_choice_of_language_never_leads_away(client, db, away):
    assert client.post(reverse("accounts:language"), {"language": "nn", "next": away}).url == "/"


def test_a_language_that_is_not_offered_is_refused(client, db):
    assert client.post(reverse("accounts:language"), {"language": "sv"}).status_code == 400


def test_a_request_leaves_no_language_behind(client, db):
    client.post(reverse("accounts:language"), {"language": "en"})

    client.get(reverse("account_login"))

    assert translation.get_language() == "nb"
