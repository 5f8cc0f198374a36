"""Sandefjord, June 2023, from files to statements: seven suspects on the 5th, none lost on the 6th, and why. The numbers are those that were published."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.urls import reverse

from tests import scenes
from tests.pages import signed_in
from tests.statements.told import causes, explained, issue, number, settle

pytestmark = pytest.mark.django_db

SUSPECTED, FALSE_ALARM, LOST = 7, 1, 0  # sandefjord_suspected_7, sandefjord_report_1, sandefjord_lost_0
FIRST_DAY, SECOND_DAY = (datetime(2023, 6, day, 12, tzinfo=UTC) for day in (5, 6))
IN_USE = datetime(2022, 3, 1, 9, tzinfo=UTC)
PERIOD = {"from_day": date(2022, 1, 1), "to_day": date(2023, 6, 4)}
ARRIVED = 12


def log_line(portal, at, case):
    return {
        "bekymringsmeldingId": portal,
        "mottattTidspunkt": scenes.wall(at),
        "lagretTidspunkt": scenes.wall(at),
        "resultat": "mottatt",
        "fagsystemMeldingId": case,
    }


@pytest.fixture
def sandefjord():
    return scenes.service("3907")


@pytest.fixture
def people(sandefjord):
    return [scenes.person(name, role, of=sandefjord, now=IN_USE) for name, role in (("Lena", "manager"), ("Anne", "caseworker"), ("Berit", "reviewer"))]


def test_seven_suspects_on_the_first_day_and_none_lost_on_the_next(sandefjord, people):
    manager, anne, berit = people
    sent = [(scenes.uuid(), IN_USE + timedelta(days=20 * place)) for place in range(SUSPECTED + ARRIVED)]
    suspects, arrived = sent[:SUSPECTED], sent[SUSPECTED:]
    receipts = [{"bekymringsmeldingId": portal, "innsendt": scenes.wall(at), "skjemaType": "OFFENTLIG", "antallBarn": 1} for portal, at in sent]
    scenes.bring_in(sandefjord, "portal-list", *receipts, now=FIRST_DAY)
    scenes.bring_in(sandefjord, "mottakslogg", *[log_line(portal, at, f"a{place}") for place, (portal, at) in enumerate(arrived)], now=FIRST_DAY)
    first = issue(sandefjord, by=manager, now=FIRST_DAY, method="Leverandørens fremgangsmåte, ikke bekreftet.", **PERIOD)

    # The log had left a day out; and six were documents of another kind, as a person says who has read them, and another.
    false_alarms, documents = suspects[:FALSE_ALARM], suspects[FALSE_ALARM:]
    scenes.bring_in(sandefjord, "mottakslogg", *[log_line(portal, at, "b1") for portal, at in false_alarms], now=SECOND_DAY)
    for portal, _at in documents:
        settle(scenes.known_as(portal), by=anne, look_by=berit, now=SECOND_DAY, category="case_document")
    second = issue(sandefjord, by=manager, now=SECOND_DAY, replaces=first, is_final=True, **PERIOD)

    assert [number(one, "needs_a_person") for one in (first, second)] == [SUSPECTED, LOST]
    assert [number(one, "states", "arrived") for one in (first, second)] == [ARRIVED, ARRIVED + FALSE_ALARM]
    assert number(second, "settled", "lost") == LOST
    assert number(second, "settled", "other_document") == SUSPECTED - FALSE_ALARM
    assert causes(first, second) == {"late_feed": FALSE_ALARM, "decision": SUSPECTED - FALSE_ALARM}
    assert explained(first, second).whole["inbound"]["needs_a_person"] == {"": LOST - SUSPECTED}
    page = signed_in(manager).get(reverse("statements:difference", args=[second.pk]))
    assert [count for _cause, count, _url in page.context["causes"]] == [FALSE_ALARM, SUSPECTED - FALSE_ALARM]
