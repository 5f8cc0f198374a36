"""Outages and faults: marked with who says so, corrected and never changed, and shown on every message that falls in them."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from django.urls import reverse

from apps.outages import actions, queries
from apps.outages.models import Outage
from config.demo import faults
from tests import scenes as made
from tests.pages import signed_in

MARK = {
    "kind": "outage",
    "channel": "portal",
    "system": "",
    "version": "",
    "precision": "day",
    "what": "Portalen var nede.",
    "said_by": "KS",
    "source": "Driftsmelding",
}
TYPED = MARK | {"service": "4601", "first_day": "31.01.2024", "last_day": "01.02.2024", "said_on": "02.02.2024"}
AT = (made.RECEIVED, made.RECEIVED)


def mark(service=None, by=None, **other):
    days = {"first_day": date(2024, 1, 31), "last_day": date(2024, 2, 1), "said_on": date(2024, 2, 2)}
    return actions.mark(service=service, **{**MARK, **days, **other}, by=by, now=made.NOW)


def found(service=None, channel="portal", between=AT):
    return list(queries.windows(channel=channel, between=between, service=service.pk if service else None))


def test_a_window_reaches_to_the_end_of_its_last_day_in_oslo(scenes):
    outage = mark()

    assert (outage.begins_at, outage.ends_at) == (datetime(2024, 1, 30, 23, tzinfo=UTC), datetime(2024, 2, 1, 23, tzinfo=UTC))
    assert found(between=(outage.ends_at - timedelta(seconds=1),) * 2) == [outage]
    assert found(between=(outage.ends_at,) * 2) == []


def test_months_are_whole_and_minutes_exact(scenes):
    months = mark(precision="month", first_day=date(2020, 9, 17), last_day=date(2023, 5, 2))
    minutes = mark(precision="minute", first_time=time(10), last_time=time(11, 30), last_day=date(2024, 1, 31))

    assert (months.begins_at, months.ends_at) == (datetime(2020, 8, 31, 22, tzinfo=UTC), datetime(2023, 5, 31, 22, tzinfo=UTC))
    assert (minutes.begins_at, minutes.ends_at) == (datetime(2024, 1, 31, 9, tzinfo=UTC), datetime(2024, 1, 31, 10, 30, tzinfo=UTC))


def test_another_channel_or_another_service_does_not_fall_in_it(scenes, bergen, sandefjord):
    outage = mark(service=bergen)

    assert found(bergen) == [outage]
    assert found(bergen, channel="altinn") == []
    assert found(sandefjord) == []


def test_a_fault_of_a_case_system_holds_for_whoever_used_it_until_it_was_mended(scenes, bergen, sandefjord):
    fault = mark(kind="fault", channel="", system="familia", version="40")
    use = {"system": "Familia", "version": "40", "adopted_on": date(2023, 1, 1), "ended_on": None, "by": None, "now": made.NOW}
    actions.arrange(service=bergen, patched_on=None, **use)
    actions.arrange(service=sandefjord, patched_on=date(2024, 1, 31), **use)

    assert found(bergen) == [fault]
    assert found(sandefjord) == []


def test_a_correction_stands_in_the_place_of_what_it_corrects_and_both_are_kept(scenes, bergen, lena):
    first = mark(service=bergen)
    newer = mark(service=bergen, corrects=first, what="Portalen var treg.", by=lena)

    assert found(bergen) == [newer]
    assert Outage.objects.count() == 2
    with pytest.raises(actions.AlreadyCorrected):
        mark(service=bergen, corrects=first)
    actions.take_back(outage=newer, by=lena, now=made.NOW)
    assert found(bergen) == []


def test_a_manager_marks_in_their_service_and_a_coordinator_in_all(scenes, bergen, sandefjord, lena, nina):
    assert mark(service=bergen, by=lena) and mark(by=nina)
    for service, by in ((sandefjord, lena), (None, lena), (bergen, nina)):
        with pytest.raises(actions.NotAllowed):
            mark(service=service, by=by)


def test_it_is_marked_and_shown_on_the_message(scenes, bergen, lena):
    delivery = scenes.report(bergen)
    client = signed_in(lena)

    response = client.post(reverse("outages:list"), TYPED)

    assert response.status_code == 302
    page = client.get(reverse("deliveries:detail", args=[delivery.pk])).content.decode()
    assert "Portalen var nede." in page
    assert reverse("incidents:open") in page
    assert "Portalen var nede." in client.get(reverse("outages:list")).content.decode()


@pytest.mark.parametrize(
    ("other", "field"),
    [
        ({"last_day": "30.01.2024"}, "last_day"),
        ({"precision": "minute"}, "first_time"),
        ({"precision": "minute", "first_time": "12:00", "last_time": "11:00", "last_day": "31.01.2024"}, "last_day"),
        ({"channel": ""}, "channel"),
        ({"version": "40"}, "system"),
        ({"said_on": "09.02.2024"}, "said_on"),
        ({"what": "Barnet 01018012345"}, "what"),
        ({"first_day": "31.02.2024"}, "first_day"),
        ({"service": "3907"}, "service"),
    ],
)
def test_what_cannot_be_is_refused_beside_its_field_and_stays_typed(scenes, bergen, sandefjord, lena, other, field):
    response = signed_in(lena).post(reverse("outages:list"), TYPED | other)

    assert response.status_code == 422
    assert field in response.context["form"].errors
    assert "Driftsmelding" in response.content.decode()
    assert not Outage.objects.exists()


def test_correcting_twice_is_told(scenes, bergen, lena):
    outage = mark(service=bergen)
    client = signed_in(lena)

    asked = client.get(reverse("outages:list"), {"corrects": outage.pk}).context["form"].initial
    answers = [client.post(reverse("outages:list"), TYPED | {"corrects": outage.pk}).status_code for _ in range(2)]

    assert (asked["first_day"], asked["last_day"], asked["what"]) == (date(2024, 1, 31), date(2024, 2, 1), "Portalen var nede.")
    assert answers == [302, 409]
    assert client.post(reverse("outages:take-back", args=[outage.pk])).status_code == 409


@pytest.mark.parametrize("number", ["0", "-1", "9" * 40, "1\x00", "' OR 1=1", "٣" * 30, "x" * 100_000])
def test_a_mark_that_is_not_there_is_neither_corrected_nor_marked_anew(scenes, bergen, lena, number):
    client = signed_in(lena)

    assert client.get(reverse("outages:list"), {"corrects": number}).status_code == 404
    assert client.post(reverse("outages:list"), TYPED | {"corrects": number}).status_code == 404
    assert client.get(reverse("incidents:open"), {"delivery": number}).status_code == 404
    assert not Outage.objects.exists()


def test_which_case_system_a_service_uses_is_said_and_mended_days_are_checked(scenes, bergen, sandefjord, lena):
    client = signed_in(lena)
    said = {"service": "4601", "system": "Familia", "version": "40", "adopted_on": "01.01.2023"}

    early = client.post(reverse("outages:systems"), said | {"patched_on": "31.12.2022"})
    kept = client.post(reverse("outages:systems"), said)
    mended = client.post(reverse("outages:systems"), said | {"patched_on": "01.02.2024"})
    foreign = client.post(reverse("outages:systems"), said | {"service": "3907"})

    assert [one.status_code for one in (early, kept, mended, foreign)] == [422, 302, 302, 422]
    assert list(early.context["form"].errors) == ["patched_on"]
    assert [one.patched_on for one in queries.usages(services=[bergen.pk, sandefjord.pk])] == [date(2024, 2, 1)]


def test_the_demo_marks_the_portals_loss_once_for_all_services(scenes, bergen):
    for _time in range(2):
        faults.mark(made.NOW)

    loss = Outage.objects.get()
    assert (loss.service, loss.precision, loss.last_day) == (None, "month", date(2023, 5, 31))
