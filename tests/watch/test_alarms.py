"""Alarms: raised and ended by what stands, once for each cause, told to whoever must see to them, and never muted for ever."""

import json
from datetime import datetime, timedelta
from html import unescape

import pytest
import time_machine
from django.core import mail
from django.db import IntegrityError, transaction
from django.urls import reverse

from apps.accounts import actions as accounts
from apps.accounts.models import User
from apps.accounts.roles import Role
from apps.audit.models import Entry
from apps.audit.verbs import Verb
from apps.feeds.models import Feed
from apps.feeds.rhythm import OSLO
from apps.watch import actions, counting, invariants, sending, telling, words
from apps.watch.findings import Finding
from apps.watch.models import Act, Alarm, Fate, Level, Rhythm, Step, Stream, Telling, What
from apps.watch.webhook import Webhook
from tests import scenes
from tests.pages import signed_in

pytestmark = pytest.mark.django_db
DAY, HOUR = timedelta(days=1), timedelta(hours=1)


@pytest.fixture
def bergen():
    return scenes.service("4601")


@pytest.fixture
def people(bergen):
    return {role: scenes.person(role, role, of=bergen) for role in (Role.MANAGER, Role.IMPORT_ADMINISTRATOR, Role.CASEWORKER)}


@pytest.fixture(autouse=True)
def mails(settings):
    settings.SENDS_MAIL, settings.ALARM_WEBHOOKS = True, ()


def overdue(service, responsible=None, now=scenes.NOW):
    """A feed of which a file is expected each day, and the last came a week and two days before."""
    scenes.report(service, now=now - DAY * 9)
    feed = Feed.objects.get(service=service)
    Feed.objects.filter(pk=feed.pk).update(expected_every=5, expected_in="all", responsible=responsible)
    return feed


def acts():
    return list(Step.objects.order_by("pk").values_list("act", flat=True))


def test_an_expected_file_that_has_not_come_raises_one_alarm_however_often_one_looks(bergen):
    feed = overdue(bergen)

    for minute in range(3):
        actions.beat(now=scenes.NOW + timedelta(minutes=minute))

    [alarm] = Alarm.objects.filter(what=What.OVERDUE)
    assert (alarm.feed, alarm.level, alarm.ended_at) == (feed, Level.LATE, None)
    assert Entry.objects.filter(verb=Verb.ALARMED, object_id=alarm.pk).count() == 1


def test_two_rows_of_one_cause_cannot_be_open_at_once(bergen):
    made = {"service": bergen, "what": What.OWED, "level": Level.STANDS, "since": scenes.NOW, "raised_at": scenes.NOW, "waits_since": scenes.NOW}
    Alarm.objects.create(**made)

    with pytest.raises(IntegrityError), transaction.atomic():
        Alarm.objects.create(**made)


def test_it_becomes_silent_and_ends_when_a_file_comes(bergen):
    overdue(bergen)
    actions.beat(now=scenes.NOW)
    actions.beat(now=scenes.NOW + DAY * 5)
    assert Alarm.objects.get(what=What.OVERDUE).level == Level.SILENT

    scenes.report(bergen, now=scenes.NOW + DAY * 5)
    actions.beat(now=scenes.NOW + DAY * 5 + HOUR)

    assert Alarm.objects.get(what=What.OVERDUE).ended_at == scenes.NOW + DAY * 5 + HOUR
    assert acts() == [Act.RAISED, Act.CHANGED, Act.ENDED]


def test_who_brings_in_files_is_told_by_mail_without_anything_of_a_message(bergen, people):
    overdue(bergen)
    actions.beat(now=scenes.NOW)

    assert telling.send_due(clock=lambda: scenes.NOW, ways=sending.WAYS) == 3  # of the alarm one person, of the day two

    told = next(each for each in mail.outbox if "/status/alarms/\n" not in each.body)
    assert told.to == [people[Role.IMPORT_ADMINISTRATOR].email]
    assert "/status/alarms/" in told.body
    assert Act.TOLD in acts()


def test_whoever_is_responsible_for_the_feed_is_told_instead(bergen, people):
    overdue(bergen, responsible=people[Role.CASEWORKER])

    actions.beat(now=scenes.NOW)

    assert [one.person for one in Telling.objects.filter(step__isnull=False)] == [people[Role.CASEWORKER]]


def test_at_night_nothing_is_sent_before_seven(bergen, people):
    overdue(bergen)
    night = datetime(2024, 2, 8, 23, 30, tzinfo=OSLO)

    actions.beat(now=night)

    assert {one.due_at for one in Telling.objects.filter(step__isnull=False)} == {datetime(2024, 2, 9, 7, 0, tzinfo=OSLO)}


def test_what_could_not_be_sent_is_owed_and_tried_again_under_the_same_name(bergen, people, monkeypatch):
    overdue(bergen)
    actions.beat(now=scenes.NOW)
    Telling.objects.filter(step__isnull=True).delete()

    def refused(self):
        raise ConnectionRefusedError

    with monkeypatch.context() as broken:
        broken.setattr("django.core.mail.EmailMessage.send", refused)
        broken.setattr("apps.watch.sending.EmailMessage.send", refused)
        assert telling.send_due(clock=lambda: scenes.NOW, ways=sending.WAYS) == 0
    owed = Telling.objects.get()
    assert (owed.fate, owed.tries, owed.failure) == (Fate.OWED, 1, "ConnectionRefusedError")

    assert telling.send_due(clock=lambda: scenes.NOW + HOUR, ways=sending.WAYS) == 1
    assert "once more" in mail.outbox[0].body or "igjen" in mail.outbox[0].body or "ein gong til" in mail.outbox[0].body or "en gang til" in mail.outbox[0].body
    assert mail.outbox[0].extra_headers["Message-ID"].startswith(f"<framme-{owed.pk}@")


def test_what_ended_before_it_was_told_is_told_to_nobody(bergen, people):
    overdue(bergen)
    night = datetime(2024, 2, 8, 23, 30, tzinfo=OSLO)
    actions.beat(now=night)
    scenes.report(bergen, now=night + HOUR)

    actions.beat(now=night + 2 * HOUR)

    assert set(Telling.objects.filter(step__isnull=False).values_list("fate", flat=True)) == {Fate.NEEDLESS}


def test_a_day_without_anybody_taking_it_on_brings_it_to_the_manager_once(bergen, people):
    overdue(bergen)
    for hours in (0, 23, 25, 26):
        actions.beat(now=scenes.NOW + HOUR * hours)

    assert acts().count(Act.ESCALATED) == 1
    assert Telling.objects.filter(step__act=Act.ESCALATED).get().person == people[Role.MANAGER]


def test_what_somebody_has_taken_on_is_told_again_when_their_time_is_over(bergen, people):
    overdue(bergen)
    actions.beat(now=scenes.NOW)
    alarm = Alarm.objects.get()
    actions.acknowledge(alarm=alarm, until=scenes.NOW + DAY, reason="Ringer leverandøren.", by=people[Role.CASEWORKER], now=scenes.NOW)

    actions.beat(now=scenes.NOW + HOUR)
    actions.beat(now=scenes.NOW + DAY)

    assert acts() == [Act.RAISED, Act.ACKNOWLEDGED, Act.CAME_BACK]
    assert Telling.objects.filter(step__act=Act.CAME_BACK).exists()


@pytest.mark.parametrize("until", [scenes.NOW, scenes.NOW + DAY * 7 + HOUR])
def test_nothing_is_muted_for_more_than_a_week_nor_backwards(bergen, people, until):
    overdue(bergen)
    actions.beat(now=scenes.NOW)

    with pytest.raises(actions.Unfit):
        actions.acknowledge(alarm=Alarm.objects.get(), until=until, reason="Senere.", by=people[Role.MANAGER], now=scenes.NOW)


def test_a_webhook_gets_figures_and_no_text_and_only_at_an_address_of_the_settings(bergen, settings):
    settings.ALARM_WEBHOOKS = (Webhook("https://alarms.example.no/framme"),)
    overdue(bergen)
    actions.beat(now=scenes.NOW)
    sent = []

    class Session:
        def __init__(self, connection):
            assert connection.hosts == {"alarms.example.no"}

        def once(self, method, url, body, headers):
            sent.append((method, url, json.loads(body)))
            return 204, b""

    telling.send_due(clock=lambda: scenes.NOW, ways={**sending.WAYS, "webhook": lambda one, now: sending.webhook(one, now, Session)})

    [(method, url, said)] = sent
    assert (method, url, said["what"], said["service"]) == ("POST", "https://alarms.example.no/framme", What.OVERDUE, "4601")


def test_a_webhook_that_was_taken_out_of_the_settings_gets_nothing(bergen, settings):
    settings.ALARM_WEBHOOKS = (Webhook("https://alarms.example.no/framme"),)
    overdue(bergen)
    actions.beat(now=scenes.NOW)
    settings.ALARM_WEBHOOKS = ()

    assert telling.send_due(clock=lambda: scenes.NOW, ways=sending.WAYS) == 0
    assert Telling.objects.get().failure == "no longer in the settings"


def test_the_digest_comes_once_a_day_to_managers_and_who_brings_in_files(bergen, people):
    overdue(bergen)
    for hours in (0, 1, 2):
        actions.beat(now=scenes.NOW + HOUR * hours)

    assert set(Telling.objects.filter(step__isnull=True).values_list("person", flat=True)) == {people[Role.MANAGER].pk, people[Role.IMPORT_ADMINISTRATOR].pk}


def test_a_carrier_that_told_of_a_report_a_day_and_then_of_none_is_quiet(bergen):
    for number in range(60):
        scenes.report(bergen, received=scenes.RECEIVED - DAY * (60 - number), now=scenes.RECEIVED - DAY * (59 - number)) if number % 6 == 0 else None
    rows = [{"bekymringsmeldingId": scenes.uuid(), "innsendt": scenes.wall(scenes.RECEIVED - DAY * number)} for number in range(1, 90)]
    scenes.bring_in(bergen, "portal-list", *rows, now=scenes.RECEIVED)

    actions.beat(now=scenes.RECEIVED + DAY * 40)

    [alarm] = Alarm.objects.filter(what=What.QUIET)
    assert alarm.figures["got"] == 0
    assert alarm.figures["expected"] > 10


def test_a_complete_file_without_rows_is_a_message_and_no_silence(bergen):
    rows = [{"bekymringsmeldingId": scenes.uuid(), "innsendt": scenes.wall(scenes.RECEIVED - DAY * number)} for number in range(1, 90)]
    scenes.bring_in(bergen, "portal-list", *rows, now=scenes.RECEIVED)
    for number in range(1, 20):
        scenes.bring_in_file(bergen, "portal-list", "tom.csv", "bekymringsmeldingId;innsendt" + "\n" * number, now=scenes.RECEIVED + DAY * number)

    actions.beat(now=scenes.RECEIVED + DAY * 20)

    assert not Alarm.objects.filter(what=What.QUIET).exists()


def test_a_portal_whose_receipts_are_never_held_against_the_case_system_is_said(bergen):
    scenes.report(bergen)

    actions.beat(now=scenes.NOW + DAY * 23)

    assert Alarm.objects.get(what=What.UNRECONCILED).figures["reaches"] is None


def test_streams_are_counted_again_when_there_is_news_and_not_each_minute(bergen, django_assert_max_num_queries):
    scenes.report(bergen)
    later = scenes.NOW + HOUR
    actions.beat(now=later)
    counted = Rhythm.objects.get(stream=Stream.FEED).counted_at

    with django_assert_max_num_queries(32):
        actions.beat(now=later + timedelta(minutes=1))

    assert Rhythm.objects.get(stream=Stream.FEED).counted_at == counted == later


def received_and_registered(service, days, registered):
    """So many reports on each of the days before scenes.NOW, and of each day so many of them in the case system; its log reaches to scenes.NOW."""
    received = [(scenes.uuid(), scenes.NOW - DAY * day, number < registered(day)) for day in days for number in range(3)]
    scenes.bring_in(service, "portal-list", *({"bekymringsmeldingId": portal, "innsendt": scenes.wall(at)} for portal, at, _is in received))
    log = [
        {
            "bekymringsmeldingId": portal,
            "mottattTidspunkt": scenes.wall(at),
            "lagretTidspunkt": scenes.wall(at),
            "resultat": "mottatt",
            "fagsystemMeldingId": portal,
        }
        for portal, at, is_registered in received
        if is_registered
    ]
    scenes.bring_in(service, "mottakslogg", *log, now=scenes.NOW)


def test_a_case_system_that_begins_to_lose_reports_is_said_with_how_many_are_missing(bergen):
    received_and_registered(bergen, range(1, 100), lambda day: 2 if 4 < day < 25 and day % 4 == 0 else 3)

    actions.beat(now=scenes.NOW)

    alarm = Alarm.objects.get(what=What.UNCONFIRMED)
    assert 3 <= alarm.figures["got"] <= 5
    assert "mangler" in words.reasoning(alarm) or "lacks" in words.reasoning(alarm)


@pytest.mark.parametrize("role", ["national_coordinator", None])
def test_what_many_services_do_not_hear_at_once_is_told_to_who_speaks_for_all_or_set_the_system_up(role):
    somebody = scenes.person("Nina", of=None)
    if role:
        accounts.grant(user=somebody, role=role, service=None, by=None, now=scenes.RECEIVED)
    User.objects.filter(pk=somebody.pk).update(is_superuser=role is None)
    services = [scenes.service(code) for code in ("4601", "3907", "5001")]
    for service in services[:2]:
        overdue(service)
    actions.beat(now=scenes.NOW)
    assert not Alarm.objects.of_all_services().exists()

    overdue(services[2])
    actions.beat(now=scenes.NOW + HOUR)
    telling.send_due(clock=lambda: scenes.NOW + HOUR, ways=sending.WAYS)

    alarm = Alarm.objects.of_all_services().get()
    assert alarm.figures == {"ways": {"portal-list": [3, 3]}}
    assert [one.to for one in mail.outbox if "/status/\n" in one.body] == [[somebody.email]]
    with time_machine.travel(scenes.NOW + HOUR, tick=False):
        assert words.reasoning(alarm) in unescape(signed_in(scenes.person("Anne", "caseworker", of=services[0])).get(reverse("watch:status")).content.decode())

    scenes.report(services[0], now=scenes.NOW + HOUR)
    actions.beat(now=scenes.NOW + 2 * HOUR)
    assert not Alarm.objects.open().of_all_services().exists()
    assert not [named for invariant in invariants.INVARIANTS for named in invariant.offending(scenes.NOW + 2 * HOUR)]


def test_a_webhook_is_told_that_an_alarm_has_ended(bergen, settings):
    settings.ALARM_WEBHOOKS = (Webhook("https://alarms.example.no/framme"),)
    actions.settle(found=[Finding(bergen.pk, What.OWED, Level.STANDS, scenes.RECEIVED)], now=scenes.NOW)
    actions.settle(found=[], now=scenes.NOW + HOUR)

    assert Telling.objects.filter(fate=Fate.OWED).get().step.act == Act.ENDED


def test_a_night_in_which_all_must_be_counted_again_is_spread_over_minutes(bergen, monkeypatch):
    monkeypatch.setattr(counting, "AT_ONCE", 1)
    for service in (bergen, scenes.service("5001")):
        scenes.report(service)
    later = scenes.NOW + DAY

    assert [counting.with_news(now=later)] == [[bergen.pk]]
    counting.count(services=[bergen.pk], now=later)
    assert len(counting.with_news(now=later)) == 1
    assert counting.with_news(now=later) != [bergen.pk]
