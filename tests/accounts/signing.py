"""Signing in as somebody at the page does, with an authenticator app on the side."""

import re
import time

from allauth.mfa.totp.internal import auth
from django.urls import reverse


def code(secret, *, at=None):
    """What the app shows."""
    return auth.format_hotp_value(auth.hotp_value(secret, int(at or time.time()) // 30))


def give_password(client, email, password, **more):
    return client.post(reverse("account_login"), {"login": email, "password": password}, **more)


def set_up_app(client):
    """The secret that the page shows, once the app has shown that it knows it."""
    page = client.get(reverse("mfa_activate_totp")).text
    secret = re.search(r'id="secret"[^>]*>([A-Z2-7]+)<', page)[1]
    response = client.post(reverse("mfa_activate_totp"), {"code": code(secret)})
    assert response.status_code == 302, response.text
    return secret
