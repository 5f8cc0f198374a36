"""Who can open which channel: proofs only grow, the newest holds, and one person is not enough."""

from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse

from apps.accounts import actions as accounts
from apps.accounts.models import Membership
from apps.audit.models import Entry
from apps.audit.verbs import Verb
from apps.readiness import actions, queries, reminding
from apps.readiness.models import Channel, Proof, Unused
from apps.watch import sending, telling
from tests import scenes
from tests.pages import grant, signed_in

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
TODAY = scenes.NOW.date()


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(scenes.NOW, tick=False):
        yield


@pytest.fixture
def bergen():
    return scenes.service("4601")


@pytest.fixture
def lena(bergen):
    return scenes.person("Lena", "manager", of=bergen)


@pytest.fixture
def anne(bergen):
    return scenes.person("Anne", "caseworker", of=bergen)


def prove(service, person, by, **said):
    said = {"channel": "altinn", "proven_on": TODAY, "expires_on": None, "now": scenes.NOW, **said}
    return actions.prove(service=service, person=person.pk, by=by, **said)


def altinn(service, *, now=scenes.NOW):
    return next(one for one in queries.access(services=[service.pk], now=now) if one.channel == Channel.ALTINN)


def test_a_channel_is_red_until_two_people_can_open_it(bergen, lena, anne):
    assert altinn(bergen).is_red
    prove(bergen, lena, lena)
    assert altinn(bergen).is_red
    prove(bergen, anne, lena)
    assert not altinn(bergen).is_red
    assert Entry.objects.filter(verb=Verb.ACCESS_PROVEN).count() == 2


def test_what_has_expired_or_ended_counts_no_longer_and_is_kept(bergen, lena, anne):
    prove(bergen, lena, lena, expires_on=TODAY)
    proof = prove(bergen, anne, lena)

    assert [one.person for one in altinn(bergen, now=scenes.NOW + DAY).proofs] == [anne]
    actions.end(proof=proof, by=lena, now=scenes.NOW)
    assert [one.person for one in altinn(bergen).proofs] == [lena]
    assert Proof.objects.count() == 3


def test_who_belongs_to_the_service_no_more_opens_nothing_and_is_reminded_of_nothing(settings, bergen, lena, anne):
    settings.SENDS_MAIL = True
    prove(bergen, lena, lena)
    prove(bergen, anne, lena, expires_on=TODAY + DAY)

    accounts.end_membership(membership=Membership.objects.get(user=anne), by=lena, now=scenes.NOW)

    assert [one.person for one in altinn(bergen).proofs] == [lena]
    assert queries.red(services=[bergen.pk], now=scenes.NOW) == 5
    assert reminding.remind(now=scenes.NOW) == 0


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"proven_on": "2024-02-09"}, "proven_on"),
        ({"expires_on": "2024-02-07"}, "expires_on"),
        ({"person": "999999"}, "person"),
        ({"channel": "pigeon"}, "channel"),
    ],
)
def test_what_cannot_be_is_refused_beside_its_field(bergen, lena, said, field):
    typed = {"channel": "altinn", "person": lena.pk, "proven_on": "2024-02-08", "expires_on": "", **said}

    answer = signed_in(lena).post(reverse("readiness:prove"), typed)

    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == [field]
    assert not Proof.objects.exists()


def test_the_page_says_so_with_a_word_and_a_symbol_and_only_managers_may_change_it(settings, bergen, lena, anne):
    settings.LANGUAGE_CODE = "en"
    prove(bergen, anne, lena)
    html = signed_in(anne).get(reverse("readiness:page")).content.decode()

    assert "One person" in html and "Nobody" in html and "symbol--alarm" in html
    assert signed_in(anne).post(reverse("readiness:prove"), {}).status_code == 403


def test_a_managers_day_begins_with_what_one_person_can_open_or_none(bergen, lena, anne):
    client = signed_in(lena)
    [warning] = client.get(reverse("today")).context["warnings"]
    assert (warning["count"], len(client.get(warning["url"]).context["rows"])) == (5, 5)

    for channel in Channel:
        prove(bergen, lena, lena, channel=channel)
        prove(bergen, anne, lena, channel=channel, expires_on=TODAY if channel == Channel.SVARUT else None)
    assert client.get(reverse("today")).context["warnings"] == []

    with time_machine.travel(scenes.NOW + DAY):
        client = signed_in(lena)
        [warning] = client.get(reverse("today")).context["warnings"]
        rows = client.get(warning["url"]).context["rows"]
    assert (warning["count"], [row.channel for row in rows]) == (1, [Channel.SVARUT])


def test_nobody_but_a_manager_is_warned_and_of_the_service_in_view_alone(bergen, lena, anne):
    oslo = scenes.service("0301")
    grant(lena, oslo, role="manager")
    client = signed_in(lena)

    assert signed_in(anne).get(reverse("today")).context["warnings"] == []
    assert client.get(reverse("today")).context["warnings"][0]["count"] == 10
    client.post(reverse("in-view"), {"service": "0301"})
    assert client.get(reverse("today")).context["warnings"][0]["count"] == 5


def test_managers_find_the_page_from_the_overview_and_the_feeds(bergen, lena):
    client = signed_in(lena)

    for name in ("overview:page", "imports:feeds"):
        assert f'href="{reverse("readiness:page")}"' in client.get(reverse(name)).content.decode()


def leave(service, by, **said):
    said = {"channel": "altinn", "until": TODAY + 30 * DAY, "reason": "Alt går gjennom portalen.", "now": scenes.NOW, **said}
    return actions.leave(service=service, by=by, **said)


def test_a_channel_that_is_said_not_to_be_used_is_not_red_until_that_day_and_says_who_and_why(bergen, lena):
    page = signed_in(lena)
    typed = {"unused-channel": "altinn", "unused-until": str(TODAY + 30 * DAY), "unused-reason": "Alt går gjennom portalen."}

    page.post(reverse("readiness:leave"), typed)

    assert (altinn(bergen).is_unused, altinn(bergen).is_red, queries.red(services=[bergen.pk], now=scenes.NOW)) == (True, False, 4)
    html = page.get(reverse("readiness:page")).content.decode()
    assert "Alt går gjennom portalen." in html and str(lena) in html
    assert altinn(bergen, now=scenes.NOW + 31 * DAY).is_red

    page.post(reverse("readiness:take-up", args=[altinn(bergen).unused.pk]))
    assert altinn(bergen).is_red
    assert list(Entry.objects.filter(verb=Verb.CHANNEL_UNUSED, object_id=bergen.pk).values_list("kind", flat=True)) == ["service"] * 2


def test_a_message_that_comes_through_it_contradicts_the_service_whose_channel_is_red_again(bergen, lena):
    leave(bergen, lena, channel="portal", now=scenes.RECEIVED)
    scenes.report(bergen)

    portal = next(one for one in queries.access(services=[bergen.pk], now=scenes.NOW) if one.channel == Channel.PORTAL)

    assert (portal.is_red, portal.contradicted_at) == (True, scenes.RECEIVED)
    assert queries.red(services=[bergen.pk], now=scenes.NOW) == 5
    assert "symbol--alarm" in signed_in(lena).get(reverse("readiness:page")).content.decode()


@pytest.mark.parametrize(
    ("said", "field"), [({"until": ""}, "until"), ({"until": "2025-02-10"}, "until"), ({"until": "2024-02-07"}, "until"), ({"reason": " "}, "reason")]
)
def test_nothing_is_left_for_ever_nor_without_a_reason(bergen, lena, said, field):
    typed = {"channel": "altinn", "until": str(TODAY + DAY), "reason": "Brukes ikke.", **said}

    answer = signed_in(lena).post(reverse("readiness:leave"), {f"unused-{name}": value for name, value in typed.items()})

    assert (answer.status_code, list(answer.context["unused_form"].errors)) == (422, [field])
    assert not Unused.objects.exists()


def test_whoever_opened_a_channel_and_the_managers_are_reminded_two_weeks_and_three_days_before_that_ends(settings, bergen, lena, anne, mailoutbox):
    settings.SENDS_MAIL = True
    proof = prove(bergen, anne, lena, expires_on=TODAY + 20 * DAY)

    def sent(days):
        at = scenes.NOW + days * DAY
        reminding.remind(now=at)
        telling.send_due(clock=lambda: at, ways=sending.WAYS)
        return len(mailoutbox)

    assert [sent(days) for days in (5, 6, 7, 17)] == [0, 2, 2, 4]
    assert {one.to[0] for one in mailoutbox} == {anne.email, lena.email}
    assert all(reverse("readiness:page") in one.body and "Anne" not in one.body for one in mailoutbox)

    other = prove(bergen, lena, lena, channel="svarut", expires_on=TODAY + 20 * DAY)
    reminding.remind(now=scenes.NOW + 17 * DAY)
    for one in (proof, other):
        actions.end(proof=one, by=lena, now=scenes.NOW + 17 * DAY)
    assert sent(18) == 4


def test_the_managers_are_reminded_before_a_channel_is_no_longer_said_not_to_be_used_until_that_is_said_anew(settings, bergen, lena, anne, mailoutbox):
    settings.SENDS_MAIL = True
    leave(bergen, lena, channel="portal", until=TODAY + 20 * DAY)

    def sent(days):
        at = scenes.NOW + days * DAY
        reminding.remind(now=at)
        telling.send_due(clock=lambda: at, ways=sending.WAYS)
        return len(mailoutbox)

    assert [sent(days) for days in (5, 6, 7)] == [0, 1, 1]
    assert mailoutbox[0].to == [lena.email]
    assert reverse("readiness:page") in mailoutbox[0].body
    reminding.remind(now=scenes.NOW + 17 * DAY)
    leave(bergen, lena, channel="portal", until=TODAY + 200 * DAY, now=scenes.NOW + 17 * DAY)
    assert sent(18) == 1
