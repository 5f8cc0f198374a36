from collections.abc import Iterable
from dataclasses import fields
from datetime import date, datetime, timedelta

from django.db import connection
from django.db.models import Count, F, Prefetch

from apps.registry import police
from apps.registry.addressing import Addressing, Area, Facts, address
from apps.registry.models import District, Municipality, MunicipalityChange, Policy, Service, ServiceArea
from apps.registry.policies import Policies, Retention

RETENTIONS = ("portal_retention", "altinn_retention", "svarut_retention")
ARRANGING_SERVICES = 1_919_248_745  # a number of our own for the advisory lock


class PolicyMissing(Exception):
    """No row of this policy holds at that moment; `args` are its name and the moment."""


def addressing(*, service: Service, own: Iterable[str] = ()) -> Addressing:
    """What a row's numbers say about whether it is this service's (formats.md, "Whose it is"). Four queries; load once per import.

    `own` are numbers that somebody said are the service's, a district's as "municipality district"; they count where the register knows none.

    A service's area is all it covers or has covered: a file may reach back to before an area was moved here, or away.
    """
    areas = [(owner, Area(*area)) for owner, *area in ServiceArea.objects.values_list("service_id", "municipality_id", "district")]
    facts = Facts(
        municipalities=dict(Municipality.objects.values_list("code", "orgnr")),
        changes=list(MunicipalityChange.objects.values_list("old_id", "new_id")),
        districts=[Area(*district) for district in District.objects.values_list("municipality_id", "number")],
        served=[area for _owner, area in areas if area.district],
    )
    return address(facts=facts, own=[area for owner, area in areas if owner == service.pk], said=own)


def policies(*, at: datetime) -> Policies:
    """The durations that hold at a moment (aware). Raises PolicyMissing."""
    hours = dict(Policy.objects.on(at).values_list("name", "hours"))
    names = [field.name for field in fields(Policies)]
    for name in names:
        if name not in hours:
            raise PolicyMissing(name, at)
    return Policies(**{name: timedelta(hours=hours[name]) for name in names})


def policy(*, name: str, at: datetime) -> timedelta:
    """One duration by its name, as it holds at a moment (aware). Raises PolicyMissing."""
    hours = Policy.objects.on(at).filter(name=name).values_list("hours", flat=True).first()
    if hours is None:
        raise PolicyMissing(name, at)
    return timedelta(hours=hours)


def share(*, name: str, at: datetime) -> int:
    """How many of a hundred a policy asks for at a moment (aware). Raises PolicyMissing."""
    of_hundred = Policy.objects.on(at).filter(name=name, of_hundred__isnull=False).values_list("of_hundred", flat=True).first()
    if of_hundred is None:
        raise PolicyMissing(name, at)
    return of_hundred


def retentions() -> list[Retention]:
    """How long each carrier keeps contents, with the dates of validity: which one holds depends on when the message was received (01-domain, `gone_at`)."""
    rows = Policy.objects.filter(name__in=RETENTIONS).order_by("name", F("valid_from").asc(nulls_first=True))
    return [Retention(row.name, timedelta(hours=row.hours), row.valid_from, row.valid_to) for row in rows]


def areas_served(*, on: date) -> list[ServiceArea]:
    """Everything that some service covers on a day, with its municipality and service, by number."""
    return list(ServiceArea.objects.on(on).select_related("municipality", "service").order_by("municipality", "district"))


def police_districts(*, services: Iterable[int], on: date) -> dict[str, set[int]]:
    """Which of the services lie in each police district on a day; one over several municipalities may lie in two."""
    found: dict[str, set[int]] = {}
    for service, municipality in ServiceArea.objects.on(on).filter(service__in=list(services)).values_list("service_id", "municipality_id"):
        if municipality in police.of_municipalities():
            found.setdefault(police.of_municipalities()[municipality], set()).add(service)
    return {slug: found[slug] for slug in police.names() if slug in found}


def counties(*, services: Iterable[int], on: date) -> dict[int, str]:
    """The county of each of these services that covers something in one county alone on a day; one query."""
    found: dict[int, set[str]] = {}
    for service, county in ServiceArea.objects.on(on).filter(service__in=list(services)).values_list("service_id", "municipality__county"):
        found.setdefault(service, set()).add(county)
    return {service: next(iter(in_)) for service, in_ in found.items() if len(in_) == 1}


def joint_services(*, on: date) -> list[Service]:
    """Services that cover more than one area on a day; each has `covered`, its areas of that day, and they come by name."""
    running = ServiceArea.objects.on(on).select_related("municipality").order_by("municipality", "district")
    several = ServiceArea.objects.on(on).values("service").annotate(areas=Count("pk")).filter(areas__gt=1).values("service")
    return list(Service.objects.filter(pk__in=several).prefetch_related(Prefetch("areas", running, to_attr="covered")).order_by("name"))


def wait_for_turn() -> None:
    """Hold the right to arrange services until the transaction ends: an advisory lock, since a row lock would stop imports too."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [ARRANGING_SERVICES])
