"""Step-up: before what would hurt most in others' hands (lists taken out, roles given) a person signs in again, unless they just did."""

import time
from collections.abc import Callable
from functools import wraps

from allauth.account.internal.flows.login import get_authentication_records
from allauth.core.exceptions import ReauthenticationRequired
from django.conf import settings
from django.http import HttpRequest, HttpResponse


def is_fresh(request: HttpRequest) -> bool:
    """Whether the person proved who they are within the last minutes: a password, a code or a passkey, at sign-in or again."""
    proofs = get_authentication_records(request, request.user)
    return bool(proofs) and time.time() - proofs[-1]["at"] < settings.ACCOUNT_REAUTHENTICATION_TIMEOUT


def ask(request: HttpRequest) -> None:
    """Raises ReauthenticationRequired, which allauth's middleware answers: it asks for password, code or passkey, and then goes on with this very request."""
    if not is_fresh(request):
        raise ReauthenticationRequired


def needed(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Let a view act only upon a fresh sign-in; to look at its page needs none."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        if request.method == "POST":
            ask(request)
        return view(request, *args, **kwargs)

    return guarded
