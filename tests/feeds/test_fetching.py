"""Fetching from the carriers: what comes is an import like any other, the cursor moves with it alone, and what is odd is told and ends nothing."""

import json
from datetime import timedelta
from uuid import UUID

import pytest
from django.utils import timezone

from apps.audit.models import Entry
from apps.audit.verbs import Actor, Verb
from apps.deliveries import actions as deliveries
from apps.feeds import actions as feeds
from apps.feeds import fetching, tasks
from apps.feeds.connectors import altinn
from apps.feeds.connectors.client import Session
from apps.feeds.connectors.connection import Connection, Maskinporten
from apps.feeds.connectors.pulling import Walk
from apps.feeds.models import Feed, Fetching
from apps.ledger.models import Event, Import, ImportState
from tests import carriers, scenes
from tests.carriers import Altinn, Fiks, Integrasjonspunkt, Reply

pytestmark = pytest.mark.django_db

NOW = scenes.NOW
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


class Killed(BaseException):
    """As if the process had been ended there."""


STRANGER = "fffffff0-0000-4000-8000-000000000001"


def uuid(number):
    return str(UUID(int=number + (4 << 76) + (8 << 60)))


@pytest.fixture
def bergen():
    return scenes.service("4601")


@pytest.fixture
def key_file(tmp_path):
    (tmp_path / "key.pem").write_text(carriers.PEM)
    return str(tmp_path / "key.pem")


@pytest.fixture
def connected(settings, bergen):
    """Says in the settings that a feed is fetched from a carrier; gives the feed."""

    def connect(connector, format, carrier, *, maskinporten=None, **options):
        headers = {"IntegrasjonId": "integration"}
        row = Connection(
            feed=f"4601.{format}", connector=connector, address=carrier.address, options=options, headers=headers, maskinporten=maskinporten, every=60
        )
        settings.CONNECTIONS = (row,)
        return fetching.feed_for(row, NOW)

    return connect


def quick(connection):
    return Session(connection, sleep=lambda seconds: None)


def run(feed, *, now=NOW):
    return fetching.fetch(feed_id=feed.pk, clock=lambda: now, session_of=quick)


def read(now=NOW):
    """What was fetched, read as any import."""
    for made in Import.objects.filter(state=ImportState.RECEIVED).order_by("pk"):
        done = feeds.run(feed_import_id=made.pk, clock=lambda: now)
        assert (done.state, done.rejected) == (ImportState.COMPLETE, 0), (done.refusal, list(done.rejections.values("code", "details")))
    deliveries.reconcile_owed(now=now)


def codes(feed):
    return [mishap.code for mishap in feed.mishaps.order_by("pk")]


def references():
    return sorted(Event.objects.values_list("reference__value", flat=True).distinct())


# -- Altinn


@pytest.fixture
def letters():
    return {uuid(number): (NOW - number * HOUR, carriers.letter(uuid(number), at=NOW - number * HOUR)) for number in range(1, 8)}


@pytest.fixture
def inbox(letters):
    with carriers.serving(Altinn(letters)) as served:
        yield served


@pytest.fixture
def altinn_feed(connected, inbox, key_file):
    as_whom = Maskinporten(address=inbox.address, client_id="client", scope="altinn:correspondence.read", key_file=key_file, kid="1")
    exchange = "/authentication/api/v1/exchange/maskinporten"
    return connected("altinn", "altinn", inbox, maskinporten=as_whom, resourceId="bekymring", exchange=exchange)


def test_every_letter_of_altinn_comes_with_its_history(altinn_feed, inbox, letters):
    standing = run(altinn_feed)
    read()

    assert references() == sorted(letters)
    assert (standing.failure, standing.lease_until) == (None, None)
    assert standing.cursor == {"listed_to": NOW.isoformat()}
    made = Import.objects.get()
    assert (made.received_by, made.format) == ("connector altinn", "altinn")
    assert Entry.objects.get(verb=Verb.RECEIVED).actor == Actor.WORKER
    assert len(inbox.told("/authentication/.*")) == 1


def test_more_letters_than_a_list_holds_are_found_in_halves(altinn_feed, inbox, letters):
    inbox.most = 3
    altinn_limit = altinn.MOST_LISTED
    altinn.MOST_LISTED = 3
    try:
        run(altinn_feed)
    finally:
        altinn.MOST_LISTED = altinn_limit
    read()

    assert references() == sorted(letters)
    assert codes(altinn_feed) == []


def test_a_letter_published_where_two_lists_meet_is_in_one_of_them(inbox, letters, monkeypatch):
    """The carrier lists strictly between two moments."""
    monkeypatch.setattr(altinn, "MOST_LISTED", 2)
    inbox.most = 2
    begin, end = NOW - 8 * HOUR, NOW
    letters.clear()
    letters |= {uuid(number): (begin + (end - begin) * number / 8, carriers.letter(uuid(number), at=NOW)) for number in range(1, 8)}
    inbox.tokens, inbox.is_known = {"x"}, lambda asked: True
    session = quick(Connection(feed="4601.altinn", connector="altinn", address=inbox.address, options={"resourceId": "r"}))

    assert altinn.listed(session, begin, end, []) == set(letters)


def test_a_letter_that_was_opened_is_not_looked_at_again_and_a_waiting_one_is(altinn_feed, inbox, letters):
    letters[uuid(1)] = (NOW - HOUR, carriers.letter(uuid(1), at=NOW - HOUR, status="Read"))
    run(altinn_feed)
    read()
    inbox.asked.clear()

    run(altinn_feed, now=NOW + HOUR)

    looked_at = {each.path.split("/")[-2] for each in inbox.told(".*/details")}
    assert looked_at == letters.keys() - {uuid(1)}


def test_what_happened_to_an_old_letter_later_is_found(altinn_feed, inbox, letters):
    run(altinn_feed)
    read()
    letters[uuid(7)] = (letters[uuid(7)][0], carriers.letter(uuid(7), at=letters[uuid(7)][0], status="Read"))

    run(altinn_feed, now=NOW + 20 * DAY)
    read(NOW + 20 * DAY)

    assert Event.objects.filter(reference__value=uuid(7), code="opened").count() == 1


def test_after_two_months_of_silence_the_run_begins_where_the_last_one_ended(altinn_feed, inbox):
    run(altinn_feed)

    run(altinn_feed, now=NOW + 60 * DAY)

    asked = carriers.utc(inbox.told("/correspondence/api/v1/correspondence")[-1].query["from"])
    assert asked <= NOW


def test_nothing_new_is_the_same_import(altinn_feed, inbox):
    run(altinn_feed)
    run(altinn_feed, now=NOW + HOUR)

    assert Import.objects.count() == 1


def test_a_letter_that_is_listed_and_not_there_is_told_and_ends_nothing(altinn_feed, inbox, letters):
    letters[uuid(3)] = (letters[uuid(3)][0], None)

    run(altinn_feed)
    read()

    assert codes(altinn_feed) == ["letter_gone"]
    assert references() == sorted(letters.keys() - {uuid(3)})


@pytest.mark.parametrize("strange", ["01818012345", "a\0b", "../../secret", "x" * 5000, "<b>"])
def test_whatever_a_carrier_calls_a_letter_can_be_told_of(altinn_feed, inbox, letters, strange):
    letters[strange] = (NOW - HOUR, None)

    run(altinn_feed)

    (mishap,) = altinn_feed.mishaps.all()
    assert "01818012345" not in mishap.details["reference"]
    assert len(mishap.details["reference"]) <= fetching.LONGEST_DETAIL


def test_a_token_that_ends_in_the_middle_of_a_run_is_renewed(altinn_feed, inbox, letters):
    inbox.instead = [None] * 5 + [Reply(status=401)]

    run(altinn_feed)
    read()

    assert references() == sorted(letters)


def test_what_fails_is_told_with_the_feed_and_the_cursor_stays(altinn_feed, inbox):
    inbox.instead = [None, None] + [Reply(status=500)] * 5

    standing = run(altinn_feed)

    assert (standing.cursor, standing.failure["code"]) == ({}, "carrier_silent")
    assert codes(altinn_feed) == ["carrier_silent"]
    assert run(altinn_feed).failure is None


def test_the_same_mishap_is_not_told_over_and_over(altinn_feed, inbox):
    for minute in range(3):
        inbox.instead = [None, None] + [Reply(status=500)] * 5
        run(altinn_feed, now=NOW + minute * HOUR)

    assert codes(altinn_feed) == ["carrier_silent"]


@pytest.mark.parametrize("odd", [[], {}, {"ids": 3}, {"ids": [1, None, {}]}, "text", 3, None])
def test_an_answer_of_another_shape_is_told_and_passes_for_no_empty_list(altinn_feed, inbox, odd):
    inbox.instead = [None, None, Reply(odd)]

    assert run(altinn_feed).cursor == {}
    assert codes(altinn_feed) == ["carrier_odd"]
    assert not Import.objects.exists()


def test_no_letters_are_an_empty_list_also_as_the_description_has_it(altinn_feed, inbox):
    inbox.instead = [None, None, Reply({"ids": None})]

    assert run(altinn_feed).cursor == {"listed_to": NOW.isoformat()}
    assert codes(altinn_feed) == []


# -- eFormidling


@pytest.fixture
def statuses():
    return [carriers.status(number, uuid(number % 30), at=NOW - 2 * DAY + number * timedelta(minutes=1)) for number in range(1, 101)]


@pytest.fixture
def point(statuses):
    with carriers.serving(Integrasjonspunkt(statuses)) as served:
        yield served


@pytest.fixture
def point_feed(connected, point, monkeypatch):
    monkeypatch.setattr(Walk, "__init__", lambda self, session, path, query: walk(self, session, path, query))
    return connected("eformidling", "eformidling", point)


def walk(self, session, path, query):
    """Pages of ten."""
    self.session, self.path, self.query, self.size, self.findings = session, path, query, 10, []


def test_every_message_with_a_status_comes_whole(point_feed, point):
    standing = run(point_feed)
    read()

    assert references() == sorted(uuid(number) for number in range(30))
    assert Event.objects.count() == 100
    assert len(point.told("/api/statuses")) == 10
    assert standing.cursor == {"since": NOW.isoformat()}


def test_the_next_run_asks_for_what_came_since_with_a_day_to_spare(point_feed, point, statuses):
    run(point_feed)
    point.asked.clear()
    statuses.append(carriers.status(101, uuid(500), at=NOW - HOUR))

    run(point_feed, now=NOW + HOUR)
    read()

    assert carriers.utc(point.told("/api/statuses")[0].query["fromDateTime"].rstrip("Z")) == NOW - DAY
    assert uuid(500) in references()


def page(point, number, **changed):
    """What page `number` says, changed."""
    content = sorted(point.statuses, key=lambda each: each["id"])[number * 10 : number * 10 + 10]
    return Reply({"content": content, "totalElements": 100, "totalPages": 10} | changed)


@pytest.mark.parametrize(
    ("changed", "code"),
    [({"content": [], "totalElements": 20, "totalPages": 2}, "page_shrank"), ({"totalElements": 99}, "page_shrank"), ({"content": []}, "page_short")],
)
def test_a_page_that_shrinks_is_told_and_is_not_the_end(point_feed, point, changed, code):
    point.instead = [None, None, page(point, 2, **changed)]

    standing = run(point_feed)

    assert code in codes(point_feed)
    assert len(point.told("/api/statuses")) == 10
    assert standing.cursor == {}
    run(point_feed)
    read()
    assert Event.objects.count() == 100


def test_a_page_that_comes_again_is_told_and_is_not_the_end(point_feed, point):
    point.instead = [None, None, page(point, 1)]

    run(point_feed)

    assert codes(point_feed) == ["page_repeats"]
    assert len(point.told("/api/statuses")) == 10


@pytest.mark.parametrize("odd", [[], {"content": None, "totalPages": 10}, {"content": ["x"], "totalPages": 10}, {"content": [{"id": 900}], "totalPages": 10}])
def test_a_page_of_another_shape_is_told_and_gone_through_again(point_feed, point, odd):
    point.instead = [None, Reply(odd)]

    assert run(point_feed).cursor == {}
    assert "carrier_odd" in codes(point_feed)
    assert len(point.told("/api/statuses")) == 10


def test_a_message_that_was_cleared_away_leaves_its_statuses(point_feed, point):
    point.gone = {uuid(5)}

    run(point_feed)
    read()

    assert uuid(5) in references()
    assert Event.objects.count() == 100


# -- SvarUt and the portal


@pytest.fixture
def sent(bergen):
    """Messages that we know by SvarUt's identifiers, and reports by the portal's."""
    letters = [scenes.uuid() for _ in range(120)]
    rows = [{"forsendelseId": each, "mottattTidspunkt": scenes.wall(NOW - DAY), "resultat": "mottatt"} for each in letters]
    scenes.bring_in(bergen, "mottakslogg", *rows)
    return letters


@pytest.fixture
def fiks():
    with carriers.serving(Fiks({})) as served:
        yield served


def test_the_status_of_every_message_that_we_know_is_asked_for(connected, fiks, sent):
    feed = connected("svarut-status", "svarut-status", fiks, account=uuid(1))
    fiks.told_of |= {each: {"id": each, "status": "LEST", "sisteStatusEndring": "2024-02-07T10:00:00+01:00"} for each in sent}

    standing = run(feed)
    read()

    assert Event.objects.filter(source="svarut-status").count() == 120
    assert standing.cursor == {"after": 0}
    assert codes(feed) == []


def test_a_run_that_stopped_goes_on_where_it_was(connected, fiks, sent):
    feed = connected("svarut-status", "svarut-status", fiks, account=uuid(1))
    fiks.told_of |= {each: {"id": each, "status": "LEST", "sisteStatusEndring": "2024-02-07T10:00:00+01:00"} for each in sent}
    fiks.instead = [None] + [Reply(status=503)] * 5

    stopped = run(feed)
    fiks.asked.clear()
    run(feed)

    assert stopped.cursor["after"] > 0
    assert len(json.loads(fiks.asked[0].body)["forsendelseIds"]) == 50
    assert sorted(each for asked in fiks.asked for each in json.loads(asked.body)["forsendelseIds"]) == sorted(sent)[50:]


def test_messages_of_which_nothing_is_said_and_things_that_nobody_asked_about_are_told(connected, fiks, sent):
    feed = connected("svarut-status", "svarut-status", fiks, account=uuid(1))
    stranger = {"id": STRANGER, "status": "LEST", "sisteStatusEndring": "2024-02-07T10:00:00+01:00"}
    fiks.told_of |= {each: {"id": each, "status": "LEST", "sisteStatusEndring": "2024-02-07T10:00:00+01:00"} for each in sorted(sent)[1:]}
    fiks.told_of[sorted(sent)[1]] = stranger

    run(feed)
    read()

    assert codes(feed) == ["not_asked_for", "not_told"]
    assert not Event.objects.filter(reference__value=STRANGER).exists()


def test_what_happened_to_every_message_is_asked_for_one_by_one(connected, fiks, sent):
    feed = connected("svarut-events", "svarut-history", fiks)
    fiks.told_of |= {each: [{"tidspunkt": "2024-02-07T10:00:00+01:00", "hendelse": "Akseptert for ekspedering"}] for each in sent}

    run(feed)
    read()

    assert Event.objects.filter(source="svarut-history", code="receipted").count() == 120


def test_what_became_of_every_report_is_asked_of_the_portal(connected, fiks, bergen):
    portal = scenes.uuid()
    scenes.bring_in(bergen, "portal-list", {"bekymringsmeldingId": portal, "innsendt": scenes.wall(NOW - DAY), "skjemaType": "OFFENTLIG"})
    feed = connected("portal", "portal-history", fiks, organisation=uuid(1))
    fiks.told_of[portal] = [{"bekymringsmeldingId": portal, "tidspunkt": "2024-02-07T10:00:00", "tilstand": "SENDT_FAGSYSTEM"}]

    run(feed)
    read()

    assert Event.objects.filter(source="portal-history", code="sent").count() == 1


@pytest.mark.parametrize(("odd", "code"), [({"feil": "ukjent"}, "not_told"), ("text", "not_told"), (["text"], "not_asked_for")])
def test_an_answer_without_what_happened_is_told(connected, fiks, bergen, odd, code):
    portal = scenes.uuid()
    scenes.bring_in(bergen, "portal-list", {"bekymringsmeldingId": portal, "innsendt": scenes.wall(NOW - DAY), "skjemaType": "OFFENTLIG"})
    feed = connected("portal", "portal-history", fiks, organisation=uuid(1))
    fiks.told_of[portal] = odd

    run(feed)

    assert codes(feed) == [code]


def test_a_report_that_is_too_old_to_change_is_not_asked_for(connected, fiks, bergen):
    scenes.bring_in(bergen, "portal-list", {"bekymringsmeldingId": scenes.uuid(), "innsendt": scenes.wall(NOW - 60 * DAY), "skjemaType": "OFFENTLIG"})
    feed = connected("portal", "portal-history", fiks, organisation=uuid(1))

    run(feed)

    assert fiks.asked == []


# -- the cursor, and who runs


@pytest.mark.parametrize("killed_at", ["receive_file", "keep", "end"])
def test_a_run_that_is_killed_skips_nothing(point_feed, point, monkeypatch, killed_at):
    of = fetching.actions if killed_at == "receive_file" else fetching
    genuine = getattr(of, killed_at)

    def killed(*args, **kwargs):
        genuine(*args, **kwargs)
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(of, killed_at, killed)
        with pytest.raises(Killed):
            run(point_feed)
    kept = Fetching.objects.get().cursor
    later = NOW + HOUR
    run(point_feed, now=later)
    read(later)

    assert kept in ({}, {"since": NOW.isoformat()})
    assert Event.objects.count() == 100


@pytest.mark.parametrize("killed_at", ["receive_file", "note"])
def test_the_cursor_never_moves_without_the_bytes_that_it_passed(connected, fiks, sent, monkeypatch, killed_at):
    feed = connected("svarut-status", "svarut-status", fiks, account=uuid(1))
    fiks.told_of |= {each: {"id": each, "status": "LEST", "sisteStatusEndring": "2024-02-07T10:00:00+01:00"} for each in sorted(sent)[1:]}
    of = fetching.actions if killed_at == "receive_file" else fetching

    with monkeypatch.context() as patched:
        patched.setattr(of, killed_at, lambda *args, **kwargs: (_ for _ in ()).throw(Killed))
        with pytest.raises(Killed):
            run(feed)
    moved = Fetching.objects.get().cursor
    run(feed, now=NOW + HOUR)
    read(NOW + HOUR)

    assert moved == {}
    assert Event.objects.filter(source="svarut-status").count() == 119


def test_one_run_at_a_time(point_feed):
    fetching.claim(point_feed, NOW)

    assert run(point_feed) is None
    assert run(point_feed, now=NOW + fetching.LEASE) is not None


def test_a_run_that_was_overtaken_keeps_nothing_more(point_feed, point, monkeypatch):
    genuine = fetching.keep
    monkeypatch.setattr(fetching, "keep", lambda standing, *more: (Fetching.objects.update(fence=99), genuine(standing, *more)))

    assert run(point_feed) is None
    assert not Import.objects.exists()


def turn(*, now=NOW):
    return fetching.fetch_due(clock=lambda: now, session_of=quick)


def test_a_connector_runs_when_its_time_has_come(point_feed):
    assert [turn(), turn(now=NOW + 59 * timedelta(minutes=1)), turn(now=NOW + HOUR)] == [1, 0, 1]


def test_connectors_take_turns_the_longest_waiting_first_and_no_turn_is_endless(settings, connected, point, fiks, sent, monkeypatch):
    portal = connected("portal", "portal-history", fiks, organisation=uuid(1))
    rows = settings.CONNECTIONS
    point_feed = connected("eformidling", "eformidling", point)
    settings.CONNECTIONS += rows
    Fetching.objects.create(service=portal.service, feed=portal, ended_at=NOW - 2 * HOUR)
    Fetching.objects.create(service=portal.service, feed=point_feed, ended_at=NOW - 3 * HOUR)

    assert fetching.due(now=NOW) == [point_feed, portal]
    monkeypatch.setattr(fetching, "LONGEST_TURN", -HOUR)
    assert turn() == 0


def test_nobody_fetches_while_somebody_does(point_feed):
    fetching.claim(point_feed, NOW)

    assert turn(now=NOW + timedelta(minutes=1)) == 0
    assert turn(now=NOW + fetching.LEASE) == 1


def test_the_task_does_what_is_due(point_feed):
    tasks.fetch_due()

    assert Fetching.objects.get(feed=point_feed).ended_at <= timezone.now()


def test_a_connection_for_a_service_that_is_not_there_is_left_alone(settings, bergen):
    settings.CONNECTIONS = (Connection(feed="9999.eformidling", connector="eformidling", address="http://127.0.0.1:9"),)

    assert turn() == 0
    assert not Feed.objects.exists()


def test_a_feed_that_the_settings_do_not_name_is_not_fetched(settings, point_feed):
    settings.CONNECTIONS = ()

    assert run(point_feed) is None
