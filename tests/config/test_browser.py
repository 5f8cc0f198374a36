"""What stands between a page and those who mean harm: headers, cookies, the name of the host, and the token of every form."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.test import Client
from django.urls import URLPattern, get_resolver, reverse

from config import browser
from tests import scenes
from tests.pages import signed_in

ROOT = Path(__file__).parents[2]
VARIES = re.compile(r"<[^>]+>")
IN_PUBLIC = """
from config import settings as s
print(s.SESSION_COOKIE_SECURE, s.CSRF_COOKIE_SECURE, s.SECURE_SSL_REDIRECT, s.SECURE_HSTS_SECONDS > 0, s.MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN, s.ALLAUTH_TRUSTED_PROXY_COUNT)
"""


@pytest.fixture
def anne(db):
    return scenes.person("Anne", "caseworker", of=scenes.service("4601"))


def addresses(patterns=None, prefix=""):
    """Every address there is, with something in place of what varies."""
    for pattern in patterns or get_resolver().url_patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLPattern):
            yield "/" + VARIES.sub("1", route)
        else:
            yield from addresses(pattern.url_patterns, route)


def test_every_answer_says_what_a_page_may_ask_of_the_browser(client, anne):
    for response in (client.get(reverse("account_login")), signed_in(anne).get("/"), signed_in(anne).get("/nowhere/")):
        assert response.headers["Permissions-Policy"] == browser.POLICY
        assert response.headers["Referrer-Policy"] == "same-origin"
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert response.headers["X-Frame-Options"] == "DENY"
        assert response.headers["Cross-Origin-Opener-Policy"] == "same-origin"
        assert "unsafe" not in response.headers["Content-Security-Policy"]
        assert "default-src 'none'" in response.headers["Content-Security-Policy"]


def test_a_page_that_one_was_signed_in_for_is_kept_nowhere(anne):
    for page in ("/", "/deliveries/", "/nowhere/"):
        assert "no-store" in signed_in(anne).get(page).headers["Cache-Control"]


def test_no_cookie_is_read_by_scripts_or_sent_along_from_elsewhere(client, anne):
    client.get(reverse("account_login"))
    client.post(reverse("accounts:language"), {"language": "nn"})
    client.post(reverse("account_login"), {"login": anne.email, "password": scenes.PASSWORD})

    assert {"sessionid", "csrftoken", "django_language"} <= set(client.cookies)
    for cookie in client.cookies.values():
        assert (cookie["httponly"], cookie["samesite"], cookie["domain"]) == (True, "Lax", ""), cookie.key


def test_with_a_name_of_its_own_everything_is_for_https_only(tmp_path):
    environment = os.environ | {"ALLOWED_HOSTS": "framme.example.no", "FRAMME_HOME": str(tmp_path)}

    said = subprocess.run([sys.executable, "-c", IN_PUBLIC], cwd=ROOT, env=environment, check=True, capture_output=True, text=True)

    assert said.stdout.split() == ["True", "True", "True", "True", "False", "1"]


@pytest.mark.parametrize("host", ["evil.example.com", "localhost.evil.example.com", "testserver@evil.example.com", "evil.example.com:80"])
def test_another_hosts_name_is_refused_on_every_kind_of_page(anne, host):
    for client, page in ((Client(), reverse("account_login")), (signed_in(anne), "/"), (signed_in(anne), "/deliveries/")):
        assert client.get(page, headers={"host": host}).status_code == 400


def test_every_form_needs_its_token(anne, db):
    client = Client(enforce_csrf_checks=True)
    client.force_login(anne)
    client.cookies["csrftoken"] = "x" * 32

    answered = {
        address: client.post(address).status_code for address in addresses() if not address.startswith("/api/")
    }  # there a key is needed, and no session helps

    assert len(answered) > 50
    assert {address: status for address, status in answered.items() if status != 403} == {}


def test_a_token_from_another_place_does_not_do(anne):
    client = Client(enforce_csrf_checks=True)
    client.force_login(anne)
    client.get("/")
    token = client.cookies["csrftoken"].value

    answer = client.post(reverse("accounts:stay"), headers={"x-csrftoken": token, "origin": "https://evil.example.com"})

    assert answer.status_code == 403
    assert client.post(reverse("accounts:stay"), headers={"x-csrftoken": token}).status_code == 204
