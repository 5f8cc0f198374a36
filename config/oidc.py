"""Signing in with an identity provider (Entra ID, ID-porten, Keycloak and their like), by environment alone; the README has an example of each."""

import json
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured

from apps.accounts import claims

PROVIDER = "oidc"  # part of the address that the provider leads back to: /accounts/oidc/callback/
THIS_MACHINE = {"localhost", "127.0.0.1", "::1"}


def settings(env: environ.Env) -> dict[str, Any]:
    """The settings that the OIDC variables make, or those of an installation without. Raises ImproperlyConfigured with a sentence."""
    issuer = env("OIDC_ISSUER", default="").rstrip("/")
    made: dict[str, Any] = {
        "OIDC_PROVIDER": PROVIDER,
        "OIDC_NAME": env("OIDC_NAME", default="OpenID Connect") if issuer else "",
        "OIDC_EMAIL_CLAIM": env("OIDC_EMAIL_CLAIM", default="email"),
        "OIDC_TRUST_EMAIL": env.bool("OIDC_TRUST_EMAIL", default=False),
        "OIDC_SECOND_FACTOR": env.list("OIDC_SECOND_FACTOR", default=[]),
        "OIDC_ROLES": _table(env("OIDC_ROLES", default="[]")),
        "SOCIALACCOUNT_PROVIDERS": {},
    }
    if not issuer:
        return made
    address = urlsplit(issuer)
    if address.scheme != "https" and address.hostname not in THIS_MACHINE:
        raise ImproperlyConfigured("OIDC_ISSUER must be an https address: what it says is believed because of it")
    app = {
        "provider_id": PROVIDER,
        "name": made["OIDC_NAME"],
        "client_id": env("OIDC_CLIENT_ID"),
        "secret": env("OIDC_CLIENT_SECRET"),
        "settings": {"server_url": issuer, "oauth_pkce_enabled": True, "scope": env("OIDC_SCOPE", default="openid profile email").split()},
    }
    if method := env("OIDC_TOKEN_AUTH", default=""):
        app["settings"]["token_auth_method"] = method
    if levels := [value for claim, _, value in (wanted.partition("=") for wanted in made["OIDC_SECOND_FACTOR"]) if claim == "acr"]:
        app["settings"]["auth_params"] = {"acr_values": " ".join(levels)}
    return made | {"SOCIALACCOUNT_PROVIDERS": {"openid_connect": {"APPS": [app]}}}


def _table(text: str) -> tuple[claims.Row, ...]:
    """Given as JSON, or as the path of a file that holds it."""
    try:
        return claims.table(json.loads(text if text.lstrip().startswith("[") else Path(text).read_text(encoding="utf-8")))
    except (claims.UnfitRow, ValueError, OSError, TypeError) as problem:
        raise ImproperlyConfigured(f"OIDC_ROLES cannot be used. {problem}") from problem
