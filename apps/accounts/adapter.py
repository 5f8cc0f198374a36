from allauth.account.adapter import DefaultAccountAdapter
from django.utils import timezone

from apps.accounts.language import remember
from apps.accounts.models import User
from apps.audit import actions as audit
from apps.audit.verbs import Actor, Kind, Verb


class ClosedSignup(DefaultAccountAdapter):
    """Nobody makes an account for themselves: people are invited by those who manage a service's members. The trail is told who comes and goes."""

    def is_open_for_signup(self, request):
        return False

    def post_login(self, request, user, **kwargs):
        """The language a person once chose follows them to every machine."""
        audit.record(verb=Verb.SIGNED_IN, by=user, now=timezone.now())
        response = super().post_login(request, user, **kwargs)
        return remember(response, user.language) if user.language else response

    def authentication_failed(self, request, **credentials):
        """Told about the account, if there is one; what was typed is not kept, for it may be a password in the wrong field."""
        meant = User.objects.filter(email=credentials.get("email", "").strip().lower()).values_list("pk", flat=True).first()
        audit.record(verb=Verb.SIGN_IN_FAILED, by=Actor.NOBODY, about=(Kind.PERSON, meant) if meant else None, now=timezone.now())

    def logout(self, request):
        if request.user.is_authenticated:
            audit.record(verb=Verb.SIGNED_OUT, by=request.user, now=timezone.now())
        super().logout(request)

    def add_message(self, request, level, message_template=None, message_context=None, extra_tags="", message=None):
        """Signing in and out need no message: the page that follows shows it."""
