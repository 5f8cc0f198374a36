"""The password that a manager gave is known to the manager: whoever signs in with it chooses one of their own before anything else."""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

OPEN_WITH = {"account_change_password", "account_logout", "accounts:language", "accounts:stay"}


class Replaced:
    """Middleware: leads to where a password is changed. Before that of the second factor, which a manager must not be able to set up for another."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: object, args: object, kwargs: object) -> HttpResponse | None:
        if not request.user.is_authenticated or not request.user.has_first_password or request.resolver_match.view_name in OPEN_WITH:
            return None
        messages.info(request, _("Choose a password of your own first: the one you were given is known to whoever gave it."))
        return redirect("account_change_password")
