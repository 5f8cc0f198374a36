from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context
from django.conf import settings
from django.contrib import messages
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.accounts import actions, fresh, lockout, second_factor, unsent
from apps.accounts.language import remember
from apps.accounts.models import User
from apps.audit import actions as audit
from apps.audit.verbs import Actor, Kind, Verb

LOCKED_OUT = _(
    "Too many wrong attempts. Nobody can sign in with this address, or from this network, for half an hour. The manager of your service can open it sooner."
)
# What allauth would send a mail about is told to the trail.
TOLD = {
    "account/email/password_changed": Verb.PASSWORD_CHANGED,
    "mfa/email/totp_activated": Verb.FACTOR_ADDED,
    "mfa/email/totp_deactivated": Verb.FACTOR_REMOVED,
    "mfa/email/webauthn_added": Verb.FACTOR_ADDED,
    "mfa/email/webauthn_removed": Verb.FACTOR_REMOVED,
    "mfa/email/recovery_codes_generated": Verb.FACTOR_ADDED,
}


class Adapter(DefaultAccountAdapter):
    """Nobody makes an account for themselves: people are invited by those who manage a service's members. The trail is told who comes and goes."""

    error_messages = DefaultAccountAdapter.error_messages | {"too_many_login_attempts": LOCKED_OUT}

    def is_open_for_signup(self, request):
        return False

    def get_login_stages(self):
        return ["apps.accounts.oidc.OwnFactor" if stage == "allauth.mfa.stages.AuthenticateStage" else stage for stage in super().get_login_stages()]

    def get_reauthentication_methods(self, user):
        """Whoever has no password here signs in again where they did."""
        methods = super().get_reauthentication_methods(user)
        elsewhere = {
            "id": "elsewhere",
            "description": _("Sign in again with %(provider)s") % {"provider": settings.OIDC_NAME},
            "url": reverse("accounts:elsewhere"),
        }
        return methods if user.is_anonymous or user.has_usable_password() or not settings.OIDC_NAME else [elsewhere, *methods]

    def login(self, request, user):
        super().login(request, user)
        if getattr(request, "proven_elsewhere", False):
            request.session[second_factor.PROVEN_ELSEWHERE] = True
        device, source = self.get_http_user_agent(request), lockout.source(request)
        actions.begin_sign_in(user=user, session_key=request.session.session_key, source=source, device=device, now=timezone.now())

    def post_login(self, request, user, **kwargs):
        """The language a person once chose follows them to every machine."""
        audit.record(verb=Verb.SIGNED_IN, by=user, now=timezone.now())
        response = super().post_login(request, user, **kwargs)
        return remember(response, user.language) if user.language else response

    def authentication_failed(self, request, **credentials):
        """Told about the account, if there is one; what was typed is not kept, for it may be a password in the wrong field.

        That somebody is locked out is said on the page, with the form, and not by another status: what was counted must stay counted.
        """
        is_locked_out = getattr(request, "axes_locked_out", False)
        meant = User.objects.filter(email=lockout.account(request, credentials)).values_list("pk", flat=True).first()
        verb = Verb.LOCKED_OUT if is_locked_out else Verb.SIGN_IN_FAILED
        audit.record(verb=verb, by=Actor.NOBODY, about=(Kind.PERSON, meant) if meant else None, now=timezone.now())
        if is_locked_out:
            raise self.validation_error("too_many_login_attempts")

    def reauthenticate(self, user, password):
        found = self.authenticate(context.request, email=user.email, password=password)
        is_theirs = found is not None and found.pk == user.pk
        if is_theirs:
            audit.record(verb=Verb.CONFIRMED, by=user, now=timezone.now())
        return is_theirs

    def is_reauthentication_required(self, *, app, **kwargs):
        return not fresh.is_fresh(context.request)

    def logout(self, request):
        if request.user.is_authenticated:
            audit.record(verb=Verb.SIGNED_OUT, by=request.user, now=timezone.now())
        unsent_before = request.session.get(unsent.KEPT)
        super().logout(request)
        if unsent_before and request.resolver_match.view_name == "openid_connect_callback":  # on the way to signing in again
            request.session[unsent.KEPT] = unsent_before

    def send_notification_mail(self, template_prefix, user, context=None, email=None):
        """Framme sends no mail."""
        if verb := TOLD.get(template_prefix):
            audit.record(verb=verb, by=user, about=(Kind.PERSON, user.pk), now=timezone.now(), what=template_prefix.rsplit("/", 1)[1])

    def get_password_change_redirect_url(self, request):
        messages.success(request, _("Your password is changed."))
        return reverse("today")

    def add_message(self, request, level, message_template=None, message_context=None, extra_tags="", message=None):
        """Signing in and out need no message: the page that follows shows it. What went wrong does."""
        if message:
            super().add_message(request, level, extra_tags=extra_tags, message=message)
