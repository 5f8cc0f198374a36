"""The service in view: one of the person's own, or all of them. `service=CODE` in the URL says it; else what was chosen in the header, kept in the session."""

from django.http import HttpRequest

from apps.accounts import queries
from apps.registry.models import Service

CHOICE = "service_in_view"


def services(request: HttpRequest) -> list[Service]:
    """The services whose messages the person may see, by name."""
    if not hasattr(request, "_services"):
        request._services = queries.services_seen(request.user)
    return request._services


def service(request: HttpRequest) -> Service | None:
    """The one service in view, or None for all of the person's services. A code that is not theirs counts as none."""
    mine = {service.code: service for service in services(request)}
    asked = mine.get(request.GET.get("service", ""))
    return asked or mine.get(request.session.get(CHOICE, ""))


def service_ids(request: HttpRequest) -> list[int]:
    """For `.filter(service__in=...)`: the service in view, or all of the person's; never another's."""
    one = service(request)
    return [one.pk] if one else [each.pk for each in services(request)]


def choose(request: HttpRequest, code: str) -> None:
    """Keep the choice for the session; anything but a code of the person's own services means all of them."""
    known = any(service.code == code for service in services(request))
    request.session[CHOICE] = code if known else ""
