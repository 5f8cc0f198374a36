"""Test messages of our own are no deliveries: no figure, list, file or command can count them."""

import io
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.urls import reverse

from apps.accounts.roles import Role
from apps.deliveries import actions as deliveries
from apps.deliveries.models import Delivery
from apps.ledger import canaries
from apps.ledger.models import Event, Reference
from apps.reports import queries as reports
from apps.reports.figures import FIGURES
from config.invariants import EVERY
from tests import scenes
from tests.pages import decide, signed_in

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def bergen():
    return scenes.service("4601")


@pytest.fixture
def anne(bergen):
    return scenes.person("Anne", Role.MANAGER, Role.IMPORT_ADMINISTRATOR, of=bergen)


@pytest.fixture
def berit(bergen):
    return scenes.person("Berit", Role.MANAGER, of=bergen)


def brought_in(service, portal):
    scenes.bring_in(service, "portal-list", {"bekymringsmeldingId": portal, "innsendt": scenes.wall(scenes.RECEIVED)})


def registered(service, portal, by, now=scenes.NOW):
    made, reference = canaries.register(service=service, namespace="portal", value=portal, by=by, now=now)
    if reference:
        deliveries.reconcile(service=service, deliveries=[reference.pk], now=now)
    return made


def broken():
    return [(invariant.statement, named) for invariant in EVERY if invariant.id != "I6" for named in list(invariant.offending(scenes.NOW))[:3]]


def test_one_that_was_registered_before_it_was_sent_is_in_no_number_list_or_file(bergen, anne):
    portal = scenes.uuid()
    registered(bergen, portal, anne)

    brought_in(bergen, portal)

    assert Event.objects.filter(reference__value=portal).exists()
    assert not Delivery.objects.exists()
    for tally in (reports.stored(), reports.recomputed(as_of=scenes.NOW, known_at=None), reports.recomputed(as_of=scenes.NOW, known_at=scenes.NOW + HOUR)):
        assert {number for figure in FIGURES for number in figure.of(tally).values()} <= {0}
    client = signed_in(anne)
    for address in (reverse("deliveries:list"), reverse("worklists:list", args=["inbound", "open"])):
        assert client.get(address).context["count"] == 0
        answer = client.get(address, {"format": "csv"})
        assert portal not in b"".join(answer.streaming_content).decode()
    assert portal not in client.get(reverse("today")).content.decode()
    assert not broken()


def test_no_command_tells_of_it(bergen, anne):
    portal = scenes.uuid()
    registered(bergen, portal, anne)
    brought_in(bergen, portal)

    out = io.StringIO()
    call_command("deliveries", stdout=out)
    call_command("figures", "--json", stdout=out)

    assert portal not in out.getvalue()


def test_one_that_is_known_already_could_be_a_report_so_two_must_say_so(bergen, anne, berit):
    portal = scenes.uuid()
    brought_in(bergen, portal)

    registered(bergen, portal, anne)
    assert Delivery.objects.count() == 1
    with pytest.raises(canaries.Known):
        registered(bergen, portal, anne)

    registered(bergen, portal, berit)
    assert not Delivery.objects.exists()
    assert not broken()


def test_what_was_counted_before_it_was_known_for_a_test_is_counted_as_it_was_known_then(bergen, anne, berit):
    portal = scenes.uuid()
    brought_in(bergen, portal)
    for person in (anne, berit):
        registered(bergen, portal, person, now=scenes.NOW + 2 * HOUR)

    assert sum(reports.recomputed(as_of=scenes.NOW, known_at=scenes.NOW + HOUR).values()) == 1
    assert sum(reports.recomputed(as_of=scenes.NOW, known_at=scenes.NOW + 3 * HOUR).values()) == 0


def test_a_withdrawal_makes_it_a_message_again(bergen, anne):
    portal = scenes.uuid()
    made = registered(bergen, portal, anne)
    brought_in(bergen, portal)

    home = canaries.withdraw(canary=made, by=anne, now=scenes.NOW)
    deliveries.reconcile(service=bergen, deliveries=[home.pk], now=scenes.NOW)

    assert Delivery.objects.get().pk == Reference.objects.get(value=portal).delivery
    assert not broken()


def test_what_somebody_has_decided_about_is_no_test(bergen, anne, berit):
    report = scenes.report(bergen)
    decide(report, anne, "note")

    with pytest.raises(canaries.Touched):
        registered(bergen, Reference.objects.get(pk=report.pk).value, berit)


def test_a_canary_of_another_service_hides_nothing_here(bergen, anne):
    portal = scenes.uuid()
    registered(scenes.service("5001"), portal, anne)

    brought_in(bergen, portal)

    assert Delivery.objects.count() == 1
