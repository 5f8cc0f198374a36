"""Which registrations are shown for a report that no reference ties to one, and what is said of each."""

import io
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection

from apps.deliveries import actions as deliveries
from apps.deliveries import candidates as matching
from apps.deliveries.matching import Registration, Report, Rivals, Strength, Verdict, police
from apps.deliveries.models import Channel, Delivery
from apps.feeds import actions as feeds
from apps.ledger.models import ImportState, Reference
from tests import scenes, worlds
from tests.scenes import NOW, RECEIVED
from tests.universe import file as written

pytestmark = pytest.mark.django_db

THURSDAY = date(2024, 2, 1)  # on which scenes.RECEIVED is
DAY = timedelta(days=1)


@pytest.fixture
def bergen():
    return scenes.service("4601")


@pytest.fixture(autouse=True)
def _in_english(settings):
    settings.LANGUAGE_CODE = "en"


def bring_in(service, format, body, now=NOW):
    received = feeds.receive_file(service=service, format=format, file_name="file", stream=io.BytesIO(body), by="test", now=now)
    done = feeds.run(feed_import_id=received.feed_import.pk, clock=lambda: now)
    deliveries.reconcile_owed(now=now)
    assert (done.state, done.rejected) == (ImportState.COMPLETE, 0)


def registered(service, *days, codes=(), orgnr="964338531", journal="2024", now=NOW):
    """Registrations that name no carrier's id, on these days; gives their deliveries in that order."""
    cases = [scenes.uuid() for _ in days]
    told = "".join(
        f'<Sak Journalnummer="{journal}/{number}"><Melding Id="{case}" StartDato="{day}">{"".join(f"<Melder Kode={str(code)!r}/>" for code in codes)}</Melding></Sak>'
        for number, (case, day) in enumerate(zip(cases, days, strict=True), start=1)
    )
    office = f'<Avgiver Organisasjonsnummer="{orgnr}" Kommunenummer="{service.code}"/>'
    bring_in(service, "register-xml", f'<Barnevern DatoUttrekk="{now.isoformat()}">{office}{told}</Barnevern>'.encode(), now=now)
    return [scenes.known_as(case) for case in cases]


def found(report):
    return matching.candidates(delivery=scenes.again(report), now=NOW)


def shown(report):
    return [one.registration.delivery for one in found(report).shown]


def said(candidate):
    return {str(one.label): (one.verdict, one.words) for one in candidate.judgements}


# -- the window and the kinds of reporter


def test_the_nearest_registration_comes_first(bergen):
    report = scenes.report(bergen)
    monday, same_day, friday = registered(bergen, THURSDAY + 4 * DAY, THURSDAY, THURSDAY + DAY)

    assert shown(report) == [same_day.pk, friday.pk, monday.pk]
    assert [one.registration.gap for one in found(report).shown] == [0, 1, 2]


def test_what_lies_outside_the_window_is_no_candidate(bergen):
    report = scenes.report(bergen)
    before, first, last, _after = registered(bergen, THURSDAY - 2 * DAY, THURSDAY - DAY, THURSDAY + 14 * DAY, THURSDAY + 15 * DAY)

    assert set(shown(report)) == {first.pk, last.pk}
    assert before.pk not in shown(report)
    assert found(report).shown[0].registration.gap == 10
    assert said(found(report).shown[1])["Day"] == (Verdict.DIFFERS, "dated before it was received")


def test_a_week_with_holidays_is_no_week_to_register_in(bergen):
    wednesday, now = date(2024, 3, 27), datetime(2024, 4, 20, 9, tzinfo=UTC)  # of Easter week; then come three public holidays
    report = scenes.report(bergen, received=datetime(2024, 3, 27, 9, tzinfo=UTC), now=now)
    tuesday, last, _after = registered(bergen, wednesday + 6 * DAY, wednesday + 19 * DAY, wednesday + 20 * DAY, now=now)

    one, other = matching.candidates(delivery=scenes.again(report), now=now).shown

    assert [(each.registration.delivery, each.registration.gap) for each in (one, other)] == [(tuesday.pk, 1), (last.pk, 10)]


def test_a_private_persons_report_is_not_registered_as_a_schools(bergen):
    private, school = scenes.report(bergen, kind="PRIVAT"), scenes.report(bergen, kind="OFFENTLIG")
    (as_school,) = registered(bergen, THURSDAY, codes=(11,))
    (as_neighbour,) = registered(bergen, THURSDAY, codes=(2,))
    (as_both,) = registered(bergen, THURSDAY, codes=(2, 11))
    (as_nobody,) = registered(bergen, THURSDAY)

    assert set(shown(private)) == {as_neighbour.pk, as_both.pk, as_nobody.pk}
    assert set(shown(school)) == {as_school.pk, as_both.pk, as_nobody.pk}
    assert shown(school)[-1] == as_nobody.pk


def test_another_services_registrations_are_no_candidates(bergen):
    report = scenes.report(bergen)
    registered(scenes.service("3907"), THURSDAY, orgnr="916882807")

    assert found(report).shown == []


def test_a_registration_that_a_reference_ties_is_taken(bergen):
    report, other = scenes.report(bergen), scenes.report(bergen)
    scenes.registration(bergen, at=RECEIVED, portal=Reference.objects.get(delivery=other.pk).value, case="17")

    assert found(report).shown == []
    assert found(other) is None


def test_a_line_of_a_log_without_a_carriers_id_is_found_by_its_hour(bergen):
    report = scenes.report(bergen)
    scenes.registration(bergen, at=RECEIVED + timedelta(hours=5), case="18")
    scenes.registration(bergen, at=RECEIVED + timedelta(minutes=5), case="17")

    assert [one.registration.reference for one in found(report).shown] == ["4601:17", "4601:18"]
    assert not found(report).shown[0].registration.by_day


# -- what is said of each


def test_each_field_agrees_differs_or_is_missing_in_words(bergen):
    report = scenes.report(bergen, children=2)
    registered(bergen, THURSDAY + 5 * DAY, codes=(11,))

    (one,) = found(report).shown

    assert said(one) == {
        "Day": (Verdict.DIFFERS, "registered 3 working days after it was received"),
        "Reporter": (Verdict.AGREES, "Public"),
        "Children": (Verdict.MISSING, "one registration of the 2 that this report should have"),
    }
    assert (one.strength, one.why) == (Strength.WEAK, "something differs")
    assert (one.registration.journal, one.registration.by_day) == ("2024/1", True)


@pytest.mark.parametrize(
    ("channel", "codes", "verdict"),
    [
        (Channel.ALTINN, ("8",), Verdict.AGREES),
        (Channel.ALTINN, ("11",), Verdict.DIFFERS),
        (Channel.ALTINN, (), Verdict.MISSING),
        (Channel.PORTAL, ("8",), Verdict.MISSING),
    ],
)
def test_what_came_through_altinn_is_held_against_the_code_of_the_police(channel, codes, verdict):
    report = Report(channel, "", None, RECEIVED)
    registration = Registration(1, "register", "17", "", RECEIVED, True, 0, "", codes)

    assert police(report, registration)[0] == verdict


def test_a_report_alone_with_the_one_registration_of_its_day_is_a_strong_candidate(bergen):
    report = scenes.report(bergen)
    registered(bergen, THURSDAY, codes=(11,))

    assert found(report).shown[0].strength == Strength.STRONG
    assert found(report).competition == ""


def test_where_two_registrations_fit_neither_is_strong(bergen):
    report = scenes.report(bergen)
    registered(bergen, THURSDAY, THURSDAY, codes=(11,))

    assert {one.strength for one in found(report).shown} == {Strength.POSSIBLE}


def test_where_more_reports_than_registrations_compete_all_stay_open_and_it_says_so(bergen):
    reports = [scenes.report(bergen) for _ in range(3)]
    registered(bergen, THURSDAY, THURSDAY, codes=(11,))

    for report in reports:
        assert found(report).rivals == Rivals(reports=3, registrations=2)
        assert {one.strength for one in found(report).shown} == {Strength.WEAK}
        assert found(report).competition == (
            "3 reports compete for 2 registrations, so at least 1 of them are not there. All of them stay open until a person has found which is which."
        )
        assert scenes.again(report).state == "unconfirmed"


def test_a_report_that_arrived_by_a_log_without_a_case_competes_for_the_extracts_registration(bergen):
    report, arrived = scenes.report(bergen), scenes.report(bergen)
    scenes.registration(bergen, at=RECEIVED, portal=Reference.objects.get(delivery=arrived.pk).value)
    registered(bergen, THURSDAY, codes=(11,))

    assert found(report).rivals == Rivals(reports=2, registrations=1)
    assert found(arrived) is None


# -- all at once


def test_all_at_once_says_the_same_as_one_by_one(bergen):
    world = worlds.World(seed=3, days=25, a_day=2)
    bring_in(bergen, "portal-list", written("portal-list", list(worlds.portal_list(world))).body)
    bring_in(bergen, "register-xml", worlds.extract(world, datetime.fromisoformat("2024-03-20T02:00:00+01:00")), now=NOW + 50 * DAY)

    together = {one.report: one for one in matching.suggestions(services=[bergen.pk], now=NOW)}

    seeking = list(Delivery.objects.filter(source_missing=False))
    assert len(seeking) == len(world.reports)
    for report in seeking:
        alone, suggested = found(report), together.get(report.pk)
        assert (alone.shown[0].registration.delivery if alone.shown else None) == (suggested.registration if suggested else None)
        if suggested:
            assert alone.rivals == suggested.rivals


def test_nothing_is_tied_without_a_person(bergen):
    world = worlds.World(seed=5, days=20, a_day=1)
    bring_in(bergen, "portal-list", written("portal-list", list(worlds.portal_list(world))).body)
    bring_in(bergen, "register-xml", worlds.extract(world, datetime.fromisoformat("2024-03-20T02:00:00+01:00")), now=NOW + 50 * DAY)

    matching.suggestions(services=[bergen.pk], now=NOW)

    assert set(Delivery.objects.filter(source_missing=False).values_list("state", flat=True)) == {"unconfirmed"}


def test_the_candidates_of_one_are_found_by_index(bergen):
    """However many messages a service has, only what seeks a registration and what nothing ties is read."""
    report = scenes.report(bergen)
    first, last = (report.receipted_at + days * DAY for days in (-30, 30))
    asked = {"services": [bergen.pk], "deliveries": [report.pk], "shown": 5, "first": first, "last": last, **matching.window(first, last, NOW)}

    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_indexscan = on")
        cursor.execute(f"EXPLAIN {matching.FEW}", asked)
        plan = "\n".join(line for (line,) in cursor)

    assert "delivery_seeking" in plan
    assert "delivery_untied" in plan
