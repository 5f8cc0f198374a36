"""What stands above every page: who is signed in, the service in view, and the navigation, which shows each role what it uses."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import NoReverseMatch, reverse
from django.utils.functional import SimpleLazyObject
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from apps.accounts import in_view, queries
from apps.accounts.roles import Permission


@dataclass(frozen=True)
class Entry:
    """One job in the navigation: where it leads, and who sees it (everybody when no permission is named)."""

    label: str
    name: str
    permission: Permission | None = None
    args: tuple[str, ...] = ()


NAVIGATION = (
    Entry(_("Today"), "today"),
    Entry(_("Overview"), "overview:page", Permission.SEE_OVERVIEW),
    Entry(_("Worklists"), "worklists:start", Permission.SEE_DELIVERIES),
    Entry(_("Deliveries"), "deliveries:list", Permission.SEE_DELIVERIES),
    Entry(_("Imports"), "imports:list", Permission.SEE_IMPORTS),
    Entry(_("Figures"), "reports:figures", Permission.SEE_FIGURES),
    Entry(_("Incidents"), "incidents:list", Permission.REVIEW_INCIDENTS),
    Entry(_("Trail"), "trail:list", Permission.SEE_TRAIL),
    Entry(_("People"), "accounts:people", Permission.MANAGE_MEMBERS),
    Entry(_("Services"), "accounts:services", Permission.MANAGE_SERVICES),
)


def address(name: str, args: tuple[str, ...] = ()) -> str:
    """Empty for a page that this installation does not have."""
    try:
        return reverse(name, args=args)
    except NoReverseMatch:
        return ""


def is_below(path: str, url: str) -> bool:
    """The start page is above everything, so it counts only as itself; a list's neighbours count as the list."""
    place = url if url.count("/") < 4 else url.rsplit("/", 3)[0] + "/"
    return path == url or (url != "/" and path.startswith(place))


def navigation(request: HttpRequest) -> list[dict[str, object]]:
    mine = queries.scope(request.user)
    entries = []
    for entry in NAVIGATION:
        url = address(entry.name, entry.args)
        if url and (entry.permission is None or mine.may(entry.permission)):
            entries.append({"label": entry.label, "url": url, "is_here": is_below(request.path, url), "is_exactly_here": url == request.path})
    return entries


def described(request: HttpRequest) -> dict[str, object]:
    mine = queries.scope(request.user)
    return {
        "services": in_view.services(request),
        "in_view": in_view.service(request),
        "roles": [role.label for role in mine.roles],
        "navigation": navigation(request),
        "may_search": mine.may(Permission.SEE_DELIVERIES) and bool(address("deliveries:search")),
        "language_url": address("accounts:language"),
        "figures_url": address("reports:figures"),
        "statements_url": address("statements:list") if mine.may(Permission.SEE_DELIVERIES) else "",
        "breaches_url": address("breaches:list") if mine.may(Permission.SEE_BREACHES) else "",
        "readiness_url": address("readiness:page") if mine.may(Permission.SEE_DELIVERIES) else "",
        "here": request.get_full_path(),
        "session": {"seconds": settings.SESSION_COOKIE_AGE, "warning": settings.SESSION_WARNING},
    }


def header(request: HttpRequest) -> dict[str, object]:
    """Context processor; lazy, because a fragment or a redirect has no header. Nothing for someone signed out."""
    if not getattr(request, "user", None) or not request.user.is_authenticated:
        return {}
    return {"header": SimpleLazyObject(lambda: described(request))}


def back(request: HttpRequest) -> str:
    """Where the person was, without the parts of the query that named a service or a page of another list."""
    asked = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(asked, allowed_hosts=None):
        return reverse("today")
    parts = urlsplit(asked)
    query = QueryDict(parts.query, mutable=True)
    for name in ("service", "page"):
        query.pop(name, None)
    return parts._replace(query=query.urlencode()).geturl()


@require_POST
def choose_service(request: HttpRequest) -> HttpResponse:
    in_view.choose(request, request.POST.get("service", ""))
    return redirect(back(request))
