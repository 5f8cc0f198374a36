"""A second factor is required of everybody but the demo's people: until it is set up, a person gets to no other page than those where they do that."""

import base64
import hashlib
from collections.abc import Callable

from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from cryptography.fernet import Fernet
from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from apps.accounts.models import User

# What somebody signed in without one can still do: set one up, and leave.
OPEN_WITHOUT = {
    "mfa_index",
    "mfa_activate_totp",
    "mfa_add_webauthn",
    "account_reauthenticate",
    "account_change_password",
    "account_logout",
    "openid_connect_login",
    "openid_connect_callback",
    "accounts:elsewhere",
    "accounts:language",
    "accounts:stay",
}
PROVEN_ELSEWHERE = "second_factor_elsewhere"  # in a session that began where an identity provider vouched for a second factor of its own
STILL_GOOD = 3  # codes of an app at any time: its own half minute's, the one before and the one after
KEY_OF = b"framme second factor "


def is_missing(request: HttpRequest) -> bool:
    """Whether the person of this request must set one up before anything else."""
    user = request.user
    return user.is_authenticated and not (user.is_demo or user.has_second_factor or request.session.get(PROVEN_ELSEWHERE))


@transaction.atomic
def is_first_use(authenticator: Authenticator, code: str) -> bool:
    """Whether this code of an app was not used before, by any process; remembers the few that could still be tried again."""
    if authenticator.type != Authenticator.Type.TOTP:
        return True  # a recovery code is crossed out when it is used
    kept = Authenticator.objects.select_for_update().get(pk=authenticator.pk)
    used = kept.data.get("used", [])
    kept.data["used"] = [code, *used][:STILL_GOOD]
    kept.save(update_fields=["data"])
    return code not in used


class Required:
    """Middleware: leads to where a second factor is set up. After LoginRequiredMiddleware, so that somebody is signed in."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: object, args: object, kwargs: object) -> HttpResponse | None:
        if request.resolver_match.view_name in OPEN_WITHOUT or not is_missing(request):
            return None
        return redirect("mfa_index")


class Adapter(DefaultMFAAdapter):
    """The seeds of authenticator apps and recovery codes are encrypted with a key that is not in the database."""

    def encrypt(self, text: str) -> str:
        return _cipher().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return _cipher().decrypt(encrypted_text.encode()).decode()

    def generate_authenticator_name(self, user: User, type: str) -> str:
        return _("Passkey")

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        return super().get_public_key_credential_rp_entity() | {"name": "Framme"}


def _cipher() -> Fernet:
    return Fernet(base64.urlsafe_b64encode(hashlib.sha256(KEY_OF + settings.BYTES_KEY.encode()).digest()))
