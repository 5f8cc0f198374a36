from collections.abc import Iterable, Sequence
from datetime import date, datetime

from django.db import models, transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from apps.registry import queries, reference
from apps.registry.addressing import Area
from apps.registry.models import District, Municipality, Policy, Service, ServiceArea


class CodeTaken(Exception):
    """Another service, perhaps an ended one, has this code."""


class NothingCovered(Exception):
    """A service covers at least one municipality or district."""


class UnknownArea(Exception):
    """No such municipality today, or no such district in it; `args[0]` is the Area."""


@transaction.atomic
def load_reference_data() -> None:
    """Bring the tables of data/ into the database, and make the services they ask for: one per current municipality and one per district with its own.

    Repeatable: only what is new or different is written. Policies and services that exist stay as people have left them.
    """
    queries.wait_for_turn()
    _bring(reference.municipalities(), key=["code"], says=["name", "county", "orgnr", "valid_from", "valid_to"])
    _bring(reference.changes(), key=["old_id", "new_id"], says=["date", "kind"])
    _bring(reference.districts(), key=["municipality_id", "number"], says=["name", "has_own_service"])
    names = set(Policy.objects.values_list("name", flat=True))
    Policy.objects.bulk_create(policy for policy in reference.policies() if policy.name not in names)
    _make_missing_services()


@transaction.atomic
def make_service(*, code: str, name: str, areas: Iterable[tuple[str, str]], by: str, now: datetime) -> Service:
    """Make a service that covers `areas` (municipality number, district number or "") from the Oslo day of `now` on.

    Each area leaves the service that had it; a service left with nothing is ended that day and keeps what it owns.
    Raises CodeTaken, NothingCovered, UnknownArea.
    """
    day = timezone.localdate(now)
    wanted = [Area(*area) for area in dict.fromkeys(areas)]
    queries.wait_for_turn()
    if not wanted:
        raise NothingCovered
    if Service.objects.filter(code=code).exists():
        raise CodeTaken(code)
    _check_they_exist(wanted, day=day)

    service = Service.objects.create(code=code, name=name, valid_from=day)
    given_up = _running(wanted)
    givers = set(given_up.values_list("service_id", flat=True))
    given_up.update(valid_to=day)
    ServiceArea.objects.bulk_create(
        ServiceArea(service=service, municipality_id=area.municipality, district=area.district, valid_from=day, placed_by=by) for area in wanted
    )
    covers_something = Exists(ServiceArea.objects.filter(service=OuterRef("pk"), valid_to__isnull=True))
    Service.objects.filter(~covers_something, pk__in=givers).update(valid_to=day)
    return service


def _bring(rows: Sequence[models.Model], *, key: list[str], says: list[str]) -> None:
    """Write the rows that are not there, or say something else."""
    model = type(rows[0])
    known = set(model._default_manager.values_list(*key, *says))
    changed = [row for row in rows if tuple(getattr(row, name) for name in key + says) not in known]
    model._default_manager.bulk_create(changed, update_conflicts=True, unique_fields=key, update_fields=says)


def _make_missing_services() -> None:
    """A service that exists, or has ended, is left alone: people may have moved what it covers."""
    wanted = {city.code: (city.name, Area(city.code)) for city in Municipality.objects.filter(valid_to__isnull=True)}
    for district in District.objects.filter(has_own_service=True):
        wanted[f"{district.municipality_id}-{district.number}"] = (district.name, Area(district.municipality_id, district.number))
    missing = sorted(wanted.keys() - set(Service.objects.values_list("code", flat=True)))
    services = Service.objects.bulk_create(Service(code=code, name=wanted[code][0]) for code in missing)
    ServiceArea.objects.bulk_create(
        ServiceArea(service=service, municipality_id=area.municipality, district=area.district)
        for service, (_name, area) in ((service, wanted[service.code]) for service in services)
    )


def _check_they_exist(areas: list[Area], *, day: date) -> None:
    municipalities = set(Municipality.objects.on(day).values_list("code", flat=True))
    districts = {Area(*pair) for pair in District.objects.values_list("municipality_id", "number")}
    for area in areas:
        if area.municipality not in municipalities or (area.district and area not in districts):
            raise UnknownArea(area)


def _running(areas: list[Area]) -> models.QuerySet[ServiceArea]:
    wanted = Q()
    for area in areas:
        wanted |= Q(municipality=area.municipality, district=area.district)
    return ServiceArea.objects.filter(wanted, valid_to__isnull=True)
