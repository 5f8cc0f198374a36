"""The levels that figures across services are grouped by. Each service is in one group of each level: what it covers may be parts of several, then named by all."""

from collections import defaultdict
from collections.abc import Callable
from datetime import date

from django.db.models import TextChoices
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from apps.registry import police
from apps.registry.models import Service, ServiceArea


class Level(TextChoices):
    COUNTY = "county", _("County")
    POLICE_DISTRICT = "police-district", _("Police district")
    MUNICIPALITY = "municipality", _("Municipality")
    SERVICE = "service", _("Service")


def police_district(municipality: str) -> str:
    """By today's number; none is known of one that is no longer in use."""
    return police.names().get(police.of_municipalities().get(municipality, ""), "") or _t("Unknown police district")


NAMES: dict[Level, Callable[[ServiceArea], str]] = {
    Level.COUNTY: lambda area: area.municipality.county,
    Level.POLICE_DISTRICT: lambda area: police_district(area.municipality_id),
    Level.MUNICIPALITY: lambda area: f"{area.municipality.name} ({area.municipality_id})",  # names repeat
}


def groups(level: Level) -> dict[int, str]:
    """The group of each service, by id: by what it covers now, or, when that is nothing any more, by what it has covered. Two queries."""
    areas: dict[int, list[ServiceArea]] = defaultdict(list)
    for area in ServiceArea.objects.select_related("municipality").order_by("municipality", "district"):
        areas[area.service_id].append(area)
    named = {}
    for service in Service.objects.all():
        held = areas[service.pk]
        standing = [area for area in held if area.valid_to is None] or held
        names = sorted({NAMES[level](area) for area in standing}) if level in NAMES else []
        named[service.pk] = ", ".join(names) or str(service)
    return named


def expected(*, on: date) -> set[int]:
    """The services that cover something on a day, so that something is to be expected of them."""
    return set(Service.objects.on(on).filter(pk__in=ServiceArea.objects.on(on).values("service")).values_list("pk", flat=True))
