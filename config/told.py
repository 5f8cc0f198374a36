"""Each request has a reference: a number in its log line and on the page of an error, so that a person can say which one failed."""

import secrets
import time
from collections.abc import Callable

import structlog
from django.contrib.auth import SESSION_KEY
from django.http import HttpRequest, HttpResponse, HttpResponseServerError
from django.template.loader import render_to_string

log = structlog.get_logger("framme.requests")


class Told:
    """The outermost middleware. Logs the page's name, never its address: addresses hold what was searched for."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        begun = time.perf_counter()
        reference = secrets.token_hex(4)
        with structlog.contextvars.bound_contextvars(request=reference):
            response = self.get_response(request)
            log.info(
                "answered",
                method=request.method,
                page=request.resolver_match.view_name if request.resolver_match else None,
                status=response.status_code,
                milliseconds=round((time.perf_counter() - begun) * 1000, 1),
                person=_person(request),
            )
        response["X-Request-ID"] = reference
        return response


def _person(request: HttpRequest) -> str | None:
    """The id of who asked, when the request has read its session anyway."""
    session = getattr(request, "session", None)
    return session.get(SESSION_KEY) if session is not None and session.accessed else None


def failed(request: HttpRequest) -> HttpResponse:
    """The page for what failed in Framme: no internals, and the reference that finds them in the log."""
    reference = structlog.contextvars.get_contextvars().get("request", "")
    return HttpResponseServerError(render_to_string("500.html", {"reference": reference}))  # without the request, whose person may be what failed
