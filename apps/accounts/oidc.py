"""People who sign in where their municipality, or the state, says who they are. What is kept of that is the provider's own number for the person (`sub`).

Who they are here: whoever has that number already; else whoever has the address, when the provider vouches for it; else, when the table of claims gives
them a role, a new person. Anybody else is told whom to ask. The roles that the claims give are given at each sign-in, and taken again when they no longer
do; what a manager gave by hand is left alone.
"""

from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.stages import AuthenticateStage
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.providers.base.constants import AuthProcess
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from apps.accounts import actions, claims, queries
from apps.accounts.models import User


class Adapter(DefaultSocialAccountAdapter):
    def is_open_for_signup(self, request, sociallogin):
        return False

    def populate_user(self, request, sociallogin, data):
        """The claims are used in this request and kept nowhere: ID-porten's hold an identity number."""
        told, sociallogin.account.extra_data = sociallogin.account.extra_data, {}
        sociallogin.claims = (told.get("userinfo") or {}) | (told.get("id_token") or {})
        sociallogin.proof = told.get("id_token") or {}
        return sociallogin.user

    def pre_social_login(self, request, sociallogin):
        if sociallogin.state.get("process") == AuthProcess.CONNECT:
            return
        now, roles = timezone.now(), claims.given(sociallogin.claims, settings.OIDC_ROLES)
        if not sociallogin.is_existing:
            user = _known(sociallogin.claims) or _new(sociallogin.claims, roles, now)
            if user is None:
                raise ImmediateHttpResponse(render(request, "accounts/unmapped.html", {"provider": settings.OIDC_NAME}, status=403))
            sociallogin.connect(request, user)
        actions.follow_claims(user=sociallogin.user, roles=roles, now=now)
        if is_second_factor(sociallogin.proof):
            request.proven_elsewhere = True

    def get_connect_redirect_url(self, request, socialaccount):
        return reverse("mfa_index")

    def send_notification_mail(self, *args, **kwargs):
        """Framme sends no mail."""


class OwnFactor(AuthenticateStage):
    """The second step of signing in with us, unless the provider vouched for one of its own."""

    def _should_handle(self, request):
        return not getattr(request, "proven_elsewhere", False) and super()._should_handle(request)


def is_second_factor(proof: dict) -> bool:
    """Whether the signed proof says that the person used a second factor there, in one of the ways that the settings name (`acr=...`, `amr=...`)."""
    wanted = (one.partition("=") for one in settings.OIDC_SECOND_FACTOR)
    return any(value in claims.values(proof, claim) for claim, _, value in wanted)


def _known(told: dict) -> User | None:
    """Never who sets the system up: a directory of one municipality must not be able to say that it is them."""
    address = _vouched_address(told)
    return User.objects.filter(email=address, is_superuser=False).first() if address else None


def _new(told: dict, roles: set[claims.Given], now) -> User | None:
    address = _vouched_address(told)
    if not address or User.objects.filter(email=address).exists() or not queries.places(roles=roles, now=now):
        return None
    name = " ".join(claims.values(told, "name")) or address
    return actions.create_person(email=address, full_name=name[:150], password=None, by=None, now=now)


def _vouched_address(told: dict) -> str:
    """The address, when the provider says that it is the person's own, or the settings that the provider may be believed."""
    address = " ".join(claims.values(told, settings.OIDC_EMAIL_CLAIM)).strip().lower()
    try:
        validate_email(address)
    except ValidationError:
        return ""
    return address if settings.OIDC_TRUST_EMAIL or told.get("email_verified") is True else ""
