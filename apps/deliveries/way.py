"""The list that a person came from, which the address of a delivery's page names, so that it can lead back there and on."""

from django.http import HttpRequest
from django.urls import Resolver404, ResolverMatch, resolve
from django.utils.http import urlencode

LONGEST_LIST = 2000
LISTS = ("worklists:list", "deliveries:list", "deliveries:day-sheet", "deliveries:suggestions")


def list_url(request: HttpRequest) -> str:
    """The list that the person came from, as path and query; empty when there is none, or when it is not one of ours."""
    asked = request.POST.get("list") or request.GET.get("list", "")
    place = found(asked)
    return asked if place and len(asked) <= LONGEST_LIST and place.view_name in LISTS else ""


def found(url: str) -> ResolverMatch | None:
    try:
        return resolve(url.partition("?")[0])
    except Resolver404:
        return None


def with_list(url: str, came_from: str) -> str:
    return f"{url}?{urlencode({'list': came_from})}" if came_from else url
