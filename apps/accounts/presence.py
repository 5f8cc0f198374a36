"""Sessions end by the clock: a quarter of an hour after the last request, and 8 hours after they began, whatever happened in between.

The session's own row in the database expires with the quarter of an hour, so that nothing else that reads the row takes an idle session for an open
one. It is written at most once a minute, and not at all by a page that asks for itself while nobody is there.

What a person had typed when their session ended is kept for them: see `unsent`.
"""

from collections.abc import Callable
from datetime import datetime
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import resolve, reverse
from django.utils import timezone
from django.utils.cache import add_never_cache_headers
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.utils.translation import gettext as _
from django_htmx.http import HttpResponseClientRedirect

from apps.accounts import actions, unsent

BEGAN, SEEN = "began", "seen"  # in the session: seconds since 1970
WRITE_EVERY = 60
BY_ITSELF = "X-By-Itself"  # a request that no person made


class Presence:
    """Middleware, after those for sessions, people and messages."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        now = timezone.now()
        owner = None
        if request.user.is_authenticated:
            if not _is_too_long(request, now):
                return self._present(request, now)
            owner = request.user.pk
            logout(request)
        elif settings.SESSION_COOKIE_NAME in request.COOKIES:
            owner = unsent.owner_of_ended(request.COOKIES[settings.SESSION_COOKIE_NAME], now)
        return self._ended(request, owner) if owner else _beyond_fragments(request, self.get_response(request))

    def _present(self, request: HttpRequest, now: datetime) -> HttpResponse:
        session, key = request.session, request.session.session_key
        seconds = int(now.timestamp())
        session.setdefault(BEGAN, seconds)
        if BY_ITSELF not in request.headers and seconds - session.get(SEEN, 0) >= WRITE_EVERY:
            session[SEEN] = seconds
        unsent.forget_when_sent(request)
        response = self.get_response(request)
        if key and session.session_key and session.session_key != key and request.user.is_authenticated:
            actions.follow_sign_in(session_key=key, to=session.session_key)
        add_never_cache_headers(response)  # nor does the next person at a shared machine find the page by going back
        return response

    def _ended(self, request: HttpRequest, owner: int) -> HttpResponse:
        """Say so on the page for signing in, where whatever else needs somebody leads."""
        messages.info(request, _("You were signed out because nothing had happened for a while, or because it was 8 hours since you signed in."))
        if request.method == "POST" and resolve(request.path).view_name not in unsent.NEVER - {"accounts:unsent-keep"}:
            is_kept = unsent.keep(request, owner=owner, path=request.POST.get(unsent.PATH, request.path))
            back = reverse("accounts:unsent") if is_kept else _page_before(request)
            return _away(request, f"{reverse('account_login')}?{urlencode({'next': back})}")
        return _beyond_fragments(request, self.get_response(request))


def _is_too_long(request: HttpRequest, now: datetime) -> bool:
    return now.timestamp() - request.session.get(BEGAN, now.timestamp()) > settings.SESSION_LONGEST


def _page_before(request: HttpRequest) -> str:
    """Where the form stood; where it was going is no page."""
    before = request.headers.get("referer", "")
    is_ours = url_has_allowed_host_and_scheme(before, allowed_hosts={request.get_host()}, require_https=request.is_secure())
    return urlsplit(before)._replace(scheme="", netloc="").geturl() if is_ours else "/"


def _beyond_fragments(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """The page for signing in does not belong in the middle of another page."""
    is_to_sign_in = response.status_code == 302 and response.url.startswith(reverse("account_login"))
    return _away(request, response.url) if is_to_sign_in and request.htmx else response


def _away(request: HttpRequest, url: str) -> HttpResponse:
    return HttpResponseClientRedirect(url) if request.htmx else redirect(url)
