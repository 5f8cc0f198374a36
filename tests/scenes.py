"""A service with people and messages for tests of what people do: everything is made through the actions, from files as the sources write them."""

import csv
import io
import json
from datetime import UTC, datetime, timedelta
from itertools import count
from uuid import UUID

from apps.accounts import actions as accounts
from apps.accounts.roles import Role
from apps.deliveries import actions as deliveries
from apps.deliveries.models import Delivery
from apps.feeds import actions as feeds
from apps.ledger.models import ImportState, Reference
from apps.registry import reference
from apps.registry.models import Municipality, Policy, Service, ServiceArea

# Seven days after the reports below were received, so that their deadlines have passed; the portal keeps them for three weeks more.
RECEIVED = datetime(2024, 2, 1, 9, 12, tzinfo=UTC)
NOW = RECEIVED + timedelta(days=7)
PASSWORD = "en-lang-prøve-2024"
LIST = ("bekymringsmeldingId", "innsendt", "kommunenummer", "skjemaType", "antallBarn", "virksomhetOrgnr")
HISTORY = ("bekymringsmeldingId", "meldingId", "tidspunkt", "tilstand", "beskrivelse", "kommunenummer")
LOG = (
    "bekymringsmeldingId",
    "forsendelseId",
    "mottattTidspunkt",
    "lagretTidspunkt",
    "resultat",
    "fagsystemMeldingId",
    "apnetTidspunkt",
    "slettetTidspunkt",
    "kommunenummer",
)
COLUMNS = {"portal-list": LIST, "portal-history": HISTORY, "mottakslogg": LOG}
numbers = count(1)


def service(code: str = "4601") -> Service:
    """One service over one municipality, as set-up would make it; all of the country would take a second in every test."""
    place = next(place for place in reference.municipalities() if place.code == code)
    Municipality.objects.get_or_create(code=code, defaults={"name": place.name, "county": place.county, "orgnr": place.orgnr})
    if not Policy.objects.exists():
        Policy.objects.bulk_create(reference.policies())
    made, is_new = Service.objects.get_or_create(code=code, defaults={"name": place.name})
    if is_new:
        ServiceArea.objects.create(service=made, municipality_id=code)
    return made


def person(name: str, *roles: Role, of: Service, now: datetime = RECEIVED):
    """Someone of whom no second factor is asked: what is tried here is what comes after signing in."""
    email = f"{name.lower()}.{next(numbers)}@example.no"
    user = accounts.create_person(email=email, full_name=f"{name} Prøve", password=PASSWORD, by=None, now=now, is_demo=True)
    for role in roles:
        accounts.grant(user=user, role=role, service=of, by=None, now=now)
    return user


def uuid() -> str:
    return str(UUID(int=next(numbers) + (4 << 76) + (8 << 60)))


def wall(at: datetime | None) -> str:
    """The sources' own way of writing a time; February, so Oslo is one hour ahead."""
    return (at + timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%S") if at else ""


def bring_in(service: Service, format: str, *rows: dict[str, object], now: datetime = NOW):
    body = io.StringIO()
    writer = csv.DictWriter(body, COLUMNS[format], delimiter=";")
    writer.writeheader()
    writer.writerows({"kommunenummer": service.code[:4], **row} for row in rows)
    return bring_in_file(service, format, f"{format}.csv", body.getvalue(), now=now)


def bring_in_file(service: Service, format: str, file_name: str, text: str, *, now: datetime = NOW, **options: str):
    stream = io.BytesIO(text.encode())
    received = feeds.receive_file(service=service, format=format, file_name=file_name, stream=stream, by="import@example.no", now=now, **options)
    done = feeds.run(feed_import_id=received.feed_import.pk, clock=lambda: now)
    deliveries.reconcile_owed(now=now)
    assert done.state == ImportState.COMPLETE, (done.refusal, done.rejected)
    assert done.rejected == 0, list(done.rejections.values("code", "details"))
    return done


def report(
    service: Service, *, received: datetime = RECEIVED, kind: str = "OFFENTLIG", children: int | str = 1, sender: str = "", now: datetime = NOW
) -> Delivery:
    """A report that the portal gave a receipt for, and the case system never mentioned."""
    portal = uuid()
    row = {"bekymringsmeldingId": portal, "innsendt": wall(received), "skjemaType": kind, "antallBarn": children, "virksomhetOrgnr": sender}
    bring_in(service, "portal-list", row, now=now)
    return known_as(portal)


def letter(service: Service, *, now: datetime = NOW) -> Delivery:
    """A message from the service that SvarUt could not deliver."""
    sent = uuid()
    told = [{"id": sent, "status": "AVVIST", "sisteStatusEndring": "2024-02-01T10:00:00+01:00"}]
    bring_in_file(service, "svarut-status", "status.json", json.dumps(told), now=now, direction="outbound")
    return known_as(sent)


def registration(service: Service, *, at: datetime, case: str = "", portal: str = "", now: datetime = NOW, **more: object):
    """A line of the case system's log; without `portal` it names a letter that no carrier's file tells of."""
    names = {"bekymringsmeldingId": portal} if portal else {"forsendelseId": uuid()}
    row = {**names, "mottattTidspunkt": wall(at), "lagretTidspunkt": wall(at), "resultat": "mottatt", "fagsystemMeldingId": case}
    return bring_in(service, "mottakslogg", {**row, **more}, now=now)


def known_as(value: str) -> Delivery:
    return Delivery.objects.select_related("service").get(pk=Reference.objects.get(value=value).delivery)


def again(delivery: Delivery) -> Delivery:
    """The delivery as it is now, whatever has been joined to it."""
    return Delivery.objects.select_related("service").get(pk=Reference.objects.get(pk=delivery.pk).delivery)
