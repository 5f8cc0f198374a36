"""The guard of a view: which permission it asks for. Whose rows it shows is the matter of `queries.visible_services`."""

from collections.abc import Callable
from functools import wraps

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from apps.accounts import queries
from apps.accounts.roles import Permission, roles_with

View = Callable[..., HttpResponse]


def needs(*any_of: Permission) -> Callable[[View], View]:
    """Let in whoever has one of the permissions in some service; with none named, whoever belongs anywhere.

    Others get a 403 page that says which roles would let them in, or, when they belong nowhere, whom to ask.
    """

    def guard(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
            mine = queries.scope(request.user)
            if not mine.belongs_somewhere:
                return render(request, "accounts/no_membership.html", status=403)
            if any_of and not any(mine.may(permission) for permission in any_of):
                raise PermissionDenied(_explanation(any_of[0]))
            return view(request, *args, **kwargs)

        return guarded

    return guard


def _explanation(permission: Permission) -> str:
    roles = ", ".join(str(role.label) for role in roles_with(permission))
    return _("This page is for those who may: %(permission)s. These roles may: %(roles)s. Ask the manager of your service. Nothing was changed.") % {
        "permission": permission.label,
        "roles": roles,
    }
