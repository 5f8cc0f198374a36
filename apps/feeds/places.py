"""Numbers of municipalities and districts that no register knows, and that somebody said are this service's own: an import reads them so from then on.

A register that comes to know a number knows it better. Every word about a number is kept, and the newest holds.
"""

from django.db.models import OuterRef, QuerySet, Subquery

from apps.feeds.models import Place, Rejection
from apps.registry import queries as registry
from apps.registry.addressing import Addressing
from apps.registry.models import Service

UNKNOWN = "unknown_municipality"


def own(*, service: Service) -> QuerySet[Place]:
    """The numbers that are read as the service's own, each with the newest word about it."""
    newest = Place.objects.filter(service=service, number=OuterRef("number")).order_by("-pk").values("pk")[:1]
    return Place.objects.filter(service=service, pk=Subquery(newest), is_own=True).select_related("by").order_by("number")


def addressing(*, service: Service) -> Addressing:
    """What a row's numbers say about whether it is this service's, by the registers and by what was said here."""
    return registry.addressing(service=service, own=own(service=service).values_list("number", flat=True))


def number_of(rejection: Rejection) -> str:
    """The number that a line was rejected for: the municipality's, or with the district's where it is that which nobody knows. "" for another reason."""
    if rejection.code != UNKNOWN:
        return ""
    municipality, _blank, rest = rejection.details.get("found", "").partition(" ")
    is_known = municipality in registry.addressing(service=rejection.feed_import.service).municipalities
    return f"{municipality} {rest.partition(' ')[0]}" if is_known else municipality
