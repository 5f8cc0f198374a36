"""The demo tells the story as its tables say, through the real pipeline: built once, and looked at from all sides."""

from collections import Counter
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.test import Client, override_settings
from django.urls import reverse
from django.utils import timezone

from apps.accounts.models import User
from apps.accounts.queries import visible_services
from apps.decisions.models import Decision
from apps.deliveries import actions as deliveries
from apps.deliveries.models import Delivery
from apps.feeds import actions as feeds
from apps.ledger.models import Import, ImportState, Reference
from apps.registry.actions import load_reference_data
from apps.registry.models import Service
from config.demo import scenario, year
from config.demo.people import AUDITOR, PEOPLE
from config.demo.story import FIGURES, SETTLED_LETTER
from tests import universe

pytestmark = pytest.mark.django_db

# What the story says, in words that can be held against published_figures.csv: service, direction, state, number.
TOLD = {
    ("4601", "inbound", "unconfirmed"): FIGURES["bergen_known_24"],
    ("4601", "inbound", "unopened"): FIGURES["bergen_altinn_25"],
    ("4601", "inbound", "opened_late"): 6 + 1,
    ("4601", "inbound", "failed"): 1,
    ("4601", "inbound", "settled"): 1,
    ("4601", "outbound", "unopened"): FIGURES["bergen_outbound_1300"] // 10,
    ("3907", "inbound", "unconfirmed"): FIGURES["sandefjord_suspected_7"],
    ("4204", "inbound", "unconfirmed"): FIGURES["kristiansand_lost_12"],
    ("4204", "inbound", "removed"): 1,
    ("5501", "inbound", "unconfirmed"): FIGURES["tromso_lost_4"],
    ("5501", "inbound", "unopened"): 9,
    ("5501", "inbound", "removed"): 1,
    ("3203", "inbound", "unconfirmed"): FIGURES["asker_lost_3"],
    ("3203", "inbound", "partly_registered"): 1,
    ("0301-02", "inbound", "unconfirmed"): 1,
    ("0301-12", "inbound", "unconfirmed"): 1,
    ("0301-15", "inbound", "unconfirmed"): 1,
    ("3405", "inbound", "unopened"): FIGURES["lillehammer_reports_3"],
    ("5001", "inbound", "opened_late"): FIGURES["trondelag_unread_9"],
}
# How many letters are on their way, and how many days Trondheim's log leaves open, depends on the hour that the demo is built at.
NOT_TOLD = ("arrived", "in_transit")
UNCOVERED = ("5001", "inbound", "unconfirmed")
READY = {
    "1-portal-list.json": ("portal-list", "4601", ImportState.COMPLETE, {"accepted": 5, "duplicate": 0, "rejected": 0}),
    "2-portal-history.json": ("portal-history", "4601", ImportState.COMPLETE, {"accepted": 15, "duplicate": 0, "rejected": 0}),
    "3-mottakslogg.csv": ("mottakslogg", "4601", ImportState.COMPLETE, {"duplicate": 0, "rejected": 0}),
    "4-mottakslogg-komplett.csv": ("mottakslogg", "3907", ImportState.COMPLETE, {"rejected": 0}),
    "5-mottakslogg-to-feil.csv": ("mottakslogg", "4601", ImportState.COMPLETE, {"rejected": 2}),
    "6-portal-history-avkuttet.json": ("portal-history", "4601", ImportState.REFUSED, {}),
    "7-mottakslogg-feil-kolonner.csv": ("mottakslogg", "4601", ImportState.REFUSED, {}),
    "8-annen-tjeneste.csv": ("portal-list", "4601", ImportState.COMPLETE, {"accepted": 0, "rejected": 10}),
}


class Demo:
    """The built demo: when, and where its files lie."""

    def __init__(self, home: Path):
        self.home, self.now = home, timezone.now()

    def take(self, name: str):
        """Import one of the ready files, as an upload would."""
        format, service, *_ = READY[name]
        with (self.home / "demo" / "try" / name).open("rb") as stream:
            received = feeds.receive_file(
                service=Service.objects.get(code=service), format=format, file_name=name, stream=stream, by="import@example.no", now=self.now
            )
        if received.is_new:
            feeds.run(feed_import_id=received.feed_import.pk, clock=lambda: self.now)
            deliveries.reconcile_owed(now=self.now)
        return Import.objects.get(pk=received.feed_import.pk), received.is_new


@pytest.fixture(scope="module")
def demo(database_of_its_own, django_db_blocker, tmp_path_factory):
    """Built once, and committed; what a test does to it is taken back."""
    home = tmp_path_factory.mktemp("demo")
    with django_db_blocker.unblock(), override_settings(HOME=home):
        load_reference_data()
        built = Demo(home)
        scenario.build(now=built.now, say=lambda line: None)
        yield built


def unconfirmed(*services):
    return Delivery.objects.filter(service__code__in=services, state="unconfirmed")


def test_every_number_of_the_story_is_as_it_was_told(demo):
    rows = Delivery.objects.exclude(state__in=NOT_TOLD).values_list("service__code", "direction", "state")

    found = Counter(rows)

    assert found.pop(UNCOVERED) > 5
    assert found == TOLD


def test_every_message_is_in_the_state_that_its_fate_leads_to(demo):
    years = list(year.years(demo.now))
    told = [message for place in years for message in (*place.reports, *place.letters, *place.outbound)]
    settled = {at for _, at in year.incidents(SETTLED_LETTER, demo.now)}
    exceptions = {message.id for message in told if message.course.steps and message.course.steps[0].at in settled}.union(*(one.left_out for one in years))
    due = [message for message in told if message.id not in exceptions and demo.now - began(message) > timedelta(days=20)]
    states = dict(Delivery.objects.values_list("pk", "state"))
    homes = dict(Reference.objects.exclude(namespace="case").values_list("value", "delivery"))

    found = {message.id: states[homes[message.id]] for message in due}

    assert len(told) == Delivery.objects.count()
    assert found == universe.truths(due)


def began(message):
    return message.course.steps[0].at if message.course.steps else message.course.log[0].received_at


def test_every_invariant_holds(demo):
    said = StringIO()

    call_command("verify", stdout=said)  # exits otherwise

    assert "All hold." in said.getvalue()


def test_three_of_bergens_reports_can_still_be_saved_and_one_of_them_hardly(demo):
    deadlines = list(unconfirmed("4601").filter(gone_at__gt=demo.now).order_by("gone_at").values_list("gone_at", flat=True))

    assert len(deadlines) == 3
    assert deadlines[0] - demo.now < timedelta(days=2)


def test_two_of_oslos_three_reports_can_still_be_saved(demo):
    assert unconfirmed("0301-02", "0301-12", "0301-15").filter(gone_at__gt=demo.now).count() == 2


def test_only_trondheims_case_system_has_days_that_its_data_do_not_reach(demo):
    waiting = Delivery.objects.inbound().filter(state="unconfirmed")

    assert set(waiting.exclude(pk__in=waiting.covered()).values_list("service__code", flat=True)) == {"5001"}
    assert not waiting.covered().filter(service__code="5001").exists()


def test_the_complete_log_makes_sandefjords_false_alarm_vanish(demo):
    done, _ = demo.take("4-mottakslogg-komplett.csv")

    assert done.accepted == 1
    assert unconfirmed("3907").count() == FIGURES["sandefjord_suspected_7"] - FIGURES["sandefjord_report_1"]


def test_of_what_people_did_one_decision_stands_and_one_waits_for_another_person(demo):
    (standing,) = Decision.objects.filter(look__isnull=False)
    (waiting,) = Decision.objects.filter(needs_look=True, look__isnull=True)

    assert standing.look.agrees
    assert standing.look.by != standing.by
    assert Delivery.objects.get(pk=waiting.reference.delivery).look_waits


def test_lines_are_rejected_and_a_file_refused_as_in_any_service(demo):
    rejected = dict(Import.objects.filter(rejected__gt=0).values_list("service__code", "rejected"))

    assert rejected == {"4601": 2, "3203": 1, "5001": 1}
    assert [refused.refusal["code"] for refused in Import.objects.filter(state=ImportState.REFUSED)] == ["cut_json"]
    assert not Import.objects.never_completed().exists()


@pytest.mark.parametrize("name", READY)
def test_a_ready_file_does_what_its_readme_says(demo, name):
    _, _, state, accounts = READY[name]

    done, is_new = demo.take(name)

    assert is_new
    assert done.state == state, done.refusal
    assert {count: getattr(done, count) for count in accounts} == accounts


def test_the_five_new_reports_leave_one_that_nobody_registered(demo):
    before = unconfirmed("4601").count()

    for name in ("1-portal-list.json", "2-portal-history.json", "3-mottakslogg.csv"):
        demo.take(name)

    assert unconfirmed("4601").count() == before + 1


def test_the_same_file_again_is_recognised(demo):
    tried = demo.home / "demo" / "try"

    assert (tried / "9-samme-fil-igjen.json").read_bytes() == (tried / "1-portal-list.json").read_bytes()


def test_every_ready_file_is_explained(demo):
    tried = demo.home / "demo" / "try"
    explained = (tried / "README.txt").read_text(encoding="utf-8")

    assert [file.name for file in tried.iterdir() if file.name not in explained] == ["README.txt"]


def test_everybody_can_sign_in_with_what_is_printed(demo):
    for _, email, password in scenario.people():
        client = Client()
        client.post(reverse("account_login"), {"login": email, "password": password})
        assert client.get("/").status_code == 200, email


def test_nobody_but_the_auditor_sees_every_service(demo):
    seen = {
        person: set(Service.objects.filter(pk__in=visible_services(User.objects.get(email=person.email))).values_list("code", flat=True)) for person in PEOPLE
    }

    assert seen == {person: set(person.services) for person in PEOPLE}
    assert all(len(services) < len(seen[AUDITOR]) for person, services in seen.items() if person is not AUDITOR)


def test_a_build_that_was_stopped_goes_on_where_it_was(demo):
    User.objects.get(email=AUDITOR.email).memberships.all().delete()
    User.objects.get(email=AUDITOR.email).delete()
    before = (Import.objects.complete().count(), Delivery.objects.count(), Decision.objects.count())

    scenario.build(now=demo.now + timedelta(hours=1), say=lambda line: None)

    assert scenario.is_built()
    assert (Import.objects.complete().count(), Delivery.objects.count(), Decision.objects.count()) == before


def test_the_demo_stays_out_of_a_database_that_is_in_use(demo):
    demo.take("1-portal-list.json")

    with pytest.raises(scenario.AlreadyInUse):
        scenario.build(now=demo.now, say=lambda line: None)
