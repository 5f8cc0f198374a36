from allauth.account.adapter import DefaultAccountAdapter

from apps.accounts.language import remember


class ClosedSignup(DefaultAccountAdapter):
    """Nobody makes an account for themselves: people are invited by those who manage a service's members."""

    def is_open_for_signup(self, request):
        return False

    def post_login(self, request, user, **kwargs):
        """The language a person once chose follows them to every machine."""
        response = super().post_login(request, user, **kwargs)
        return remember(response, user.language) if user.language else response

    def add_message(self, request, level, message_template=None, message_context=None, extra_tags="", message=None):
        """Signing in and out need no message: the page that follows shows it."""
