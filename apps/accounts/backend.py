from allauth.account.auth_backends import AuthenticationBackend

from apps.accounts import queries
from apps.accounts.models import User


class Passwords(AuthenticationBackend):
    """Address and password; and who a session belongs to, with whether that person has a second factor, in one query."""

    def get_user(self, user_id: int) -> User | None:
        user = queries.signed_in(user_id)
        return user if user and self.user_can_authenticate(user) else None
