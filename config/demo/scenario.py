"""Builds the demo: its people, a year of feed files in the sources' own formats brought in through the real pipeline, and what people had done about it so far."""

from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.utils import timezone

from apps.accounts import actions as accounts
from apps.accounts.models import User
from apps.decisions import actions as decisions
from apps.decisions.models import Decision
from apps.decisions.outcomes import Contact, Outcome
from apps.decisions.queries import version
from apps.deliveries import actions as deliveries
from apps.deliveries.models import Delivery
from apps.feeds import actions as feeds
from apps.feeds import arrangements
from apps.feeds.models import Days, Feed
from apps.ledger.models import Import, Reference
from apps.registry.models import Service
from apps.walls import scope
from config.demo import faults, files, openings, ready, story, year
from config.demo.files import FeedFile
from config.demo.messages import DAY, Letter, Report
from config.demo.people import ADMINISTRATOR, AUDITOR, CASEWORKER, PASSWORD, PEOPLE, REVIEWER, Person
from config.demo.story import Incident
from config.demo.year import PlaceYear

BY = "demo"
EXPECTED_DAILY = ("portal-list", "mottakslogg")
NO_REPORT = "Journalen har et saksdokument fra samme dag og samme avsender, og ingen bekymringsmelding. Lest av mottaksteamet."
Say = Callable[[str], object]


class AlreadyInUse(Exception):
    """The database holds somebody's imports: the demo, whose password everybody knows, stays out of it."""


def people() -> list[tuple[str, str, str]]:
    """Role, e-mail address and password of everybody who can sign in."""
    return [(str(person.role.label), person.email, PASSWORD) for person in PEOPLE]


def is_built() -> bool:
    """The auditor comes last, when everything else is there."""
    return User.objects.filter(email=AUDITOR.email).exists()


@scope.operator(by="demo")
def build(*, now: datetime, say: Say = print) -> None:
    """Write the files below $FRAMME_HOME/demo and import them; what a stopped build has done already is kept. Raises AlreadyInUse."""
    if Import.objects.exclude(received_by=BY).exists():
        raise AlreadyInUse
    home = Path(settings.HOME) / "demo"
    now = begun(home, now)
    told = list(year.years(now))
    ready.written(told, home / "try", now)
    bring_in(files.written(told, home / "files", now), say=say)
    say("Holding receipts against what the case systems registered ...")
    deliveries.reconcile_owed(now=now)
    for person in PEOPLE:
        if person is not AUDITOR:
            settle_in(person, now)
    arrange_feeds(now)
    faults.mark(now)
    openings.prove(now)
    deal_with(told, now)
    settle_in(AUDITOR, now)
    say(f"The demo holds {Delivery.objects.count()} messages. Files to try an upload with: {home / 'try'}")


def begun(home: Path, now: datetime) -> datetime:
    """The moment that the demo counts back from: that of the first attempt, so that a second one writes the same files."""
    kept = home / "counted-from.txt"
    if not kept.exists():
        home.mkdir(parents=True, exist_ok=True)
        kept.write_text(now.isoformat())
    return datetime.fromisoformat(kept.read_text())


def bring_in(written: Iterable[FeedFile], *, say: Say) -> None:
    """Receive and import each file as of the time it was exported, the oldest first, whatever place it is of."""
    services = {service.code: service for service in Service.objects.filter(code__in=[place.service for place in story.PLACES])}
    in_time = sorted(written, key=lambda file: file.exported_at)
    for number, file in enumerate(in_time):
        if number % 25 == 0:
            say(f"Importing feed files: {number} of {len(in_time)} ...")
        take(file, services[file.service])


def take(file: FeedFile, service: Service) -> None:
    at = file.exported_at
    with file.path.open("rb") as stream:
        received = feeds.receive_file(
            service=service, format=file.format, file_name=file.path.name, stream=stream, by=BY, now=at, direction=file.direction, vantage=file.vantage
        )
    feeds.run(feed_import_id=received.feed_import.pk, clock=lambda: at)


def settle_in(person: Person, now: datetime) -> None:
    """Give the person an account and the role in each of their services, or in none where they belong to none, since long before the story begins."""
    since = now - files.BEGINNING
    if User.objects.filter(email=person.email).exists():
        return
    user = accounts.create_person(email=person.email, full_name=person.name, password=PASSWORD, by=None, now=since, is_demo=True)
    for service in Service.objects.filter(code__in=person.services) if person.services else (None,):
        accounts.grant(user=user, role=person.role, service=service, by=None, now=since)


def arrange_feeds(now: datetime) -> None:
    """The administrator sees to what carriers and case systems should send every working day; of the other feeds nobody has said anything yet."""
    administrator = User.objects.get(email=ADMINISTRATOR.email)
    for feed in Feed.objects.filter(service__code__in=ADMINISTRATOR.services, format__in=EXPECTED_DAILY, responsible=None):
        arrangements.arrange(feed=feed, expected_every=1, expected_in=Days.WORKING, responsible=administrator, by=administrator, now=now - DAY)


def deal_with(told: Iterable[PlaceYear], now: datetime) -> None:
    """What people have done so far: two letters of the police that came by post as well, and what Sandefjord's journal says of its suspects."""
    by_service = {year.place.service: year for year in told}
    bergen, sandefjord = by_service[story.BERGEN], by_service[story.SANDEFJORD]
    caseworker, reviewer = (User.objects.get(email=person.email) for person in (CASEWORKER, REVIEWER))
    (settled,) = deliveries_of(bergen.letters, story.SETTLED_LETTER, now)
    (waiting,) = deliveries_of(bergen.letters, story.LETTER_IN_REVIEW, now)
    if decided := decide(settled, Outcome.ARRIVED_OTHERWISE, came_by_post(settled), by=caseworker, now=now - 3 * DAY):
        decisions.give_second_look(decision=decided, agrees=True, reason="Brevet ligger i journalen, skannet inn samme uke.", by=reviewer, now=now - 2 * DAY)
    decide(waiting, Outcome.ARRIVED_OTHERWISE, came_by_post(waiting), by=caseworker, now=now - DAY)
    suspects = deliveries_of(sandefjord.reports, story.NO_REPORTS, now)
    for suspect in suspects:
        decide(suspect, Outcome.NOTE, {"reason": NO_REPORT}, by=caseworker, now=now - DAY)
    for service, touched in ((settled.service, (settled, waiting)), (suspects[0].service, suspects)):
        deliveries.reconcile(service=service, deliveries=[delivery.pk for delivery in touched], now=now)


def deliveries_of(told: Iterable[Report | Letter], incident: Incident, now: datetime) -> list[Delivery]:
    """The deliveries that the incident's messages became."""
    moments = {at for _, at in year.incidents(incident, now)}
    ids = [message.id for message in told if message.fate == incident.fate and message.course.steps[0].at in moments]
    homes = Reference.objects.filter(service__code=incident.service, value__in=ids).values("delivery")
    return list(Delivery.objects.select_related("service").filter(pk__in=homes).order_by("first_at"))


def decide(delivery: Delivery, outcome: str, fields: dict[str, object], *, by: User, now: datetime) -> Decision | None:
    """Decide as the person would; None when a build that was stopped had come so far already."""
    if version(delivery):
        return None
    return decisions.decide(delivery=delivery, outcome=outcome, fields=fields, by=by, now=now, expected_version=0)


def came_by_post(delivery: Delivery) -> dict[str, object]:
    """What `arrived_otherwise` asks for."""
    came_on = timezone.localdate((delivery.available_at or delivery.first_at) + 4 * DAY)
    return {
        "channel": Contact.LETTER,
        "day": came_on,
        "case_reference": f"{came_on:%Y}-00817-{delivery.pk % 10**7:07}",
        "children": 1,
        "tried": "Ingen hos oss har rollen som gir tilgang til fortrolig post i Altinn.",
        "reason": "Politiet sendte samme brev i posten. Det er lest og registrert i journalen.",
    }
