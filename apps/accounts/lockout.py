"""Whoever guesses is locked out: an account after 5 wrong attempts, a source (the network address) after 30, each for half an hour or until it is opened.

The attempts are counted by axes in the database, so that all processes and machines count together. A wrong code counts as a wrong password does. A
passkey cannot be guessed, so it opens a locked account: nobody can keep a person with a passkey out by guessing at their password.
"""

from collections.abc import Iterable
from datetime import datetime

from allauth.core.internal.httpkit import get_client_ip
from allauth.mfa.models import Authenticator
from axes.backends import AxesStandaloneBackend
from axes.handlers.database import AxesDatabaseHandler
from axes.handlers.proxy import AxesProxyHandler
from axes.models import AccessAttempt
from django.conf import settings
from django.db.models import Max, QuerySet, Sum
from django.http import HttpRequest

from apps.accounts.models import User

# A whole municipality may come from one address: its people must not be locked out by a few who mistyped.
SOURCE_LIMIT = 30

Refusal = AxesStandaloneBackend


def account(request: HttpRequest, credentials: dict | None) -> str:
    """However it is written, an address is one account; a column holds no more."""
    return ((credentials or {}).get("email") or "").strip().lower()[:255]


def source(request: HttpRequest) -> str | None:
    return get_client_ip(request)


def somebody(*details: object) -> str:
    """What the logs say instead of an address of mail and one of a network; the trail and the page of lock-outs know more."""
    return "somebody"


def note_wrong_code(request: HttpRequest, user: User) -> None:
    AxesProxyHandler.user_login_failed(Authenticator, {"email": user.email}, request)


def is_locked(request: HttpRequest, email: str) -> bool:
    return AxesProxyHandler.is_locked(request, {"email": email})


def accounts_closed(*, emails: Iterable[str], now: datetime) -> dict[str, datetime]:
    """Which of these accounts are locked out at `now`, and until when."""
    return _closed("username", settings.AXES_FAILURE_LIMIT, now, username__in=list(emails))


def sources_closed(*, now: datetime) -> dict[str, datetime]:
    """The sources that are locked out at `now`, and until when."""
    return _closed("ip_address", SOURCE_LIMIT, now, ip_address__isnull=False)


def open_account(email: str) -> int:
    """Forget what was tried with this account; returns how many wrong attempts there were."""
    return _forget(AccessAttempt.objects.filter(username=email))


def open_source(address: str) -> int:
    """Forget what was tried from this source; returns how many wrong attempts there were."""
    return _forget(AccessAttempt.objects.filter(ip_address=address))


def forget(*, before: datetime) -> None:
    """What was tried before a moment so long ago that it counts no more."""
    AccessAttempt.objects.filter(attempt_time__lt=before).delete()


class Attempts(AxesDatabaseHandler):
    def get_failures(self, request: HttpRequest, credentials: dict | None = None) -> int:
        """Measured against the limit of an account: a source has tried as often when it has used up the same part of its own."""
        by_account, by_source = (failures(attempts) for attempts in self.get_user_attempts(request, credentials))
        return max(by_account, by_source * settings.AXES_FAILURE_LIMIT // SOURCE_LIMIT)

    def reset_user_attempts(self, request: HttpRequest, credentials: dict | None = None) -> int:
        """Of the account alone: who signs in to their own must not get new attempts at others'."""
        return self.filter_user_attempts(request, credentials)[0].delete()[0]


def failures(attempts: QuerySet) -> int:
    return attempts.aggregate(total=Sum("failures_since_start"))["total"] or 0


def _forget(attempts: QuerySet) -> int:
    forgotten = failures(attempts)
    attempts.delete()
    return forgotten


def _closed(by: str, limit: int, now: datetime, **which: object) -> dict[str, datetime]:
    """Open again half an hour after the last attempt that was counted, or sooner, as earlier ones fall out."""
    recent = AccessAttempt.objects.filter(attempt_time__gt=now - settings.AXES_COOLOFF_TIME, **which).order_by()
    totals = recent.values(by).annotate(total=Sum("failures_since_start"), last=Max("attempt_time")).filter(total__gte=limit)
    return {row[by]: row["last"] + settings.AXES_COOLOFF_TIME for row in totals}
