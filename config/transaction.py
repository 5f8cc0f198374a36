"""One transaction for each request, in the scope of whoever is signed in: everything that is read, rendered and written, or nothing of it.

What is answered with 400 or more has changed nothing. An attempt that was denied is told to the trail afterwards, in a transaction of its own; and so is what
a page shows that comes back with what was wrong. A form that is not filled in as it must be is no such attempt (422); one that no page of ours sends is (400).
"""

from collections.abc import Callable

from django.contrib.auth.views import redirect_to_login
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from apps.accounts import queries as accounts
from apps.audit import actions as audit
from apps.audit.verbs import Actor
from apps.walls import scope
from config import login

FAILED, BROKEN = 400, 500
DENIED = (400, 403, 404, 409)
FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
COMES_BACK = (200, 422)
LONGEST = 100_000  # letters in one field; the longest that any form takes has 4,000


class OneTransaction:
    """The outermost of all middleware that touches the database. Until the session says who it is, and for pages of those signed out, there is no scope."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        login.prove()
        with audit.remembering() as reads, scope.acting(None) as request.standing:
            request.standing.has_ended = False  # the connection outlives whoever's session ended on it
            with transaction.atomic():
                response = self.get_response(request)
                if response.status_code in COMES_BACK and is_beyond_any_form(request):
                    response.status_code = FAILED
                if response.status_code >= FAILED or request.standing.has_ended:
                    transaction.set_rollback(True)
            if response.status_code in DENIED:
                tell_of_denial(request, response.status_code)
            if FAILED <= response.status_code < BROKEN:
                audit.tell_again(reads)
        return response

    def process_view(self, request: HttpRequest, view: object, args: object, kwargs: object) -> HttpResponse | None:
        """The first thing that is done for a page: before anybody asks whether the person may see it."""
        if not request.user.is_authenticated:
            return None
        try:
            request.standing.become(scope.person(user=request.user.pk, session=request.session.session_key))
        except scope.Ended:  # a moment ago, or Django would not have taken them for signed in
            request.session = type(request.session)()
            return redirect_to_login(request.get_full_path())
        return None


def is_beyond_any_form(request: HttpRequest) -> bool:
    """Whether it sends what a browser's form does not: a NUL, or far more than any field takes. The page that comes back says so beside the field."""
    if request.method != "POST" or request.content_type not in FORMS:
        return False
    return any("\0" in value or len(value) > LONGEST for _name, values in request.POST.lists() for value in values)


def tell_of_denial(request: HttpRequest, status: int) -> None:
    """Of strangers nothing is told here: what they may try is signing in, and that tells of itself. Of another system's address its key is left out."""
    if key := getattr(request, "key", None):
        told = {"method": request.method or "", "path": request.resolver_match.route, "status": status}
        audit.record_denied(by=Actor.SYSTEM, services=[key.service_id], **told, now=timezone.now())
        return
    user = getattr(request, "user", None)
    if user and user.is_authenticated:
        services = {service for service, _role in accounts.scope(user).held}
        audit.record_denied(by=user, services=services or audit.NATIONAL, method=request.method or "", path=request.path, status=status, now=timezone.now())
