"""What a carrier's unknown status means, as somebody said: read so in all that came before and comes after, and never a registration."""

import io
import json
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.accounts.roles import Role
from apps.decisions import actions as decisions
from apps.deliveries import actions as deliveries
from apps.deliveries import hindsight
from apps.deliveries.evidence import evidence
from apps.deliveries.models import Delivery
from apps.deliveries.states import State
from apps.feeds import actions as feeds
from apps.feeds import undoing
from apps.ledger import codes, words
from apps.ledger.models import Event, Word
from tests import scenes

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)
LATER, MUCH_LATER = scenes.NOW + HOUR, scenes.NOW + 2 * HOUR


@pytest.fixture
def bergen():
    return scenes.service("4601")


@pytest.fixture
def anne(bergen):
    return scenes.person("Anne", Role.IMPORT_ADMINISTRATOR, Role.CASEWORKER, of=bergen)


def told(service, *statuses, name=None, now=scenes.NOW):
    """A file of KS SvarUt about one message from the service, with these statuses an hour apart."""
    name = name or scenes.uuid()
    rows = [{"id": name, "status": status, "sisteStatusEndring": (scenes.RECEIVED + number * HOUR).isoformat()} for number, status in enumerate(statuses)]
    return scenes.bring_in_file(service, "svarut-status", "status.json", json.dumps(rows), now=now, direction="outbound"), name


def say(service, native, code, by, *, now=LATER):
    made = words.say(service=service, source="svarut-status", native=native, code=code, reason="Leverandøren sier det.", by=by, now=now)
    deliveries.reconcile_owed(now=now)
    return made


def state(name):
    return scenes.known_as(name).state


def test_what_a_status_means_is_read_in_all_lines_that_came_before(bergen, anne):
    _done, one = told(bergen, "AKSEPTERT", "RETUR")
    _done, other = told(bergen, "AKSEPTERT", "RETUR")
    assert {state(one), state(other)} == {State.IN_TRANSIT}

    say(bergen, "RETUR", "failed", anne)

    assert {state(one), state(other)} == {State.FAILED}
    assert set(Event.objects.filter(native="RETUR").values_list("code", flat=True)) == {"unknown"}
    assert [event.code for event in evidence(delivery=scenes.known_as(one), now=LATER).events] == ["receipted", "failed"]
    call_command("verify")


def test_what_comes_later_is_read_so_without_anything_more(bergen, anne):
    say(bergen, "RETUR", "failed", anne)

    _done, name = told(bergen, "AKSEPTERT", "RETUR", now=MUCH_LATER)

    assert state(name) == State.FAILED
    call_command("verify")


def test_the_newest_word_holds_and_nothing_is_a_word_too(bergen, anne):
    _done, name = told(bergen, "AKSEPTERT", "RETUR")
    say(bergen, "RETUR", "failed", anne)
    say(bergen, "RETUR", "opened", anne)
    assert state(name) == State.ARRIVED

    say(bergen, "RETUR", "unknown", anne)

    assert state(name) == State.IN_TRANSIT
    call_command("verify")


def test_another_service_s_word_and_another_source_s_say_nothing(bergen, anne):
    _done, name = told(bergen, "AKSEPTERT", "RETUR")
    other = scenes.service("5001")

    say(other, "RETUR", "failed", anne)
    words.say(service=bergen, source="svarinn", native="RETUR", code="failed", reason="Prøvd.", by=anne, now=LATER)
    deliveries.reconcile_owed(now=LATER)

    assert state(name) == State.IN_TRANSIT


def test_a_letter_is_one_wherever_the_portal_calls_printing_by_a_new_name(bergen, anne):
    portal = scenes.uuid()
    sent = {"bekymringsmeldingId": portal, "tidspunkt": scenes.wall(scenes.RECEIVED), "tilstand": "TIL_TRYKK"}
    scenes.bring_in(bergen, "portal-history", sent, sent | {"tidspunkt": scenes.wall(scenes.RECEIVED + HOUR), "tilstand": "LEVERT"})
    assert scenes.known_as(portal).fetched_at

    words.say(service=bergen, source="portal-history", native="TIL_TRYKK", code="print_sent", reason="Prøvd.", by=anne, now=LATER)
    deliveries.reconcile_owed(now=LATER)

    assert scenes.known_as(portal).fetched_at is None
    assert scenes.known_as(portal).posted_at == scenes.RECEIVED
    call_command("verify")


def test_before_it_was_said_the_old_reading_holds(bergen, anne):
    _done, name = told(bergen, "AKSEPTERT", "RETUR")
    say(bergen, "RETUR", "failed", anne, now=MUCH_LATER)

    def stood(known_at):
        return hindsight.stood(homes=[scenes.known_as(name).pk], clock=MUCH_LATER, known_at=known_at).state

    assert stood(LATER) == State.IN_TRANSIT
    assert stood(MUCH_LATER) == State.FAILED


def test_a_word_learned_after_a_decision_opens_the_message_again(bergen, anne):
    _done, name = told(bergen, "AVVIST", "RETUR")
    closed(scenes.known_as(name), bergen, anne)
    assert state(name) == State.SETTLED

    say(bergen, "RETUR", "failed", anne, now=MUCH_LATER)

    assert state(name) == State.FAILED
    call_command("verify")


def closed(delivery, service, by):
    seen = decisions.queries.version(delivery)
    fields = {"reason": "Skulle til skolen.", "passed_on_to": "Skolen", "confirmed_day": scenes.NOW.date()}
    made = decisions.decide(delivery=delivery, outcome="misaddressed", fields=fields, by=by, now=LATER, expected_version=seen)
    other = scenes.person("Berit", Role.REVIEWER, of=service)
    decisions.give_second_look(decision=made, agrees=True, reason="Sett.", by=other, now=LATER)


def test_what_is_undone_takes_what_was_read_in_it_along(bergen, anne):
    done, name = told(bergen, "AKSEPTERT", "RETUR")
    _done, _name = told(bergen, "AKSEPTERT", name=name, now=LATER)
    say(bergen, "RETUR", "failed", anne)

    undoing.undo(feed_import=done, reason="Feil fil.", by=anne, now=MUCH_LATER)
    deliveries.reconcile_owed(now=MUCH_LATER)

    assert state(name) == State.IN_TRANSIT
    call_command("verify")


@pytest.mark.parametrize("code", [*codes.REGISTERED, *codes.CONCLUDED, *codes.WITHDRAWN, *codes.PERSON])
def test_no_word_can_mean_that_a_message_was_registered(bergen, anne, code):
    with pytest.raises(IntegrityError, match="word_proves_no_registration"), transaction.atomic():
        say(bergen, "RETUR", code, anne)


def test_where_nothing_was_said_nobody_asks_what_words_mean(bergen, django_assert_num_queries):
    _done, name = told(bergen, "AKSEPTERT", "RETUR")
    assert not Word.objects.exists()

    with connection.execute_wrapper(refusing_words):
        deliveries.reconcile(service=bergen, deliveries=[scenes.known_as(name).pk], now=LATER)


def refusing_words(execute, sql, params, many, context):
    assert "words" not in sql
    return execute(sql, params, many, context)


# Statuses that SvarUt has, by what they mean, so that what is said of a new one can be held against a file that says it in the old words.
OLD = {"failed": "AVVIST", "notified": "VARSLET", "print_sent": "SENDT_PRINT", "printed": "PRINTET", "purged_by_sender": "SLETTET", "receipted": "AKSEPTERT"}
NEW = ("NY_EN", "NY_TO")
steps = st.lists(
    st.one_of(
        st.tuples(st.just("file"), st.lists(st.tuples(st.integers(0, 1), st.sampled_from([*NEW, "MOTTATT"]), st.integers(0, 3)), min_size=1, max_size=3)),
        st.tuples(st.just("say"), st.sampled_from(NEW), st.sampled_from([*OLD, "unknown"])),
        st.tuples(st.just("undo"), st.integers(0, 3)),
        st.tuples(st.just("fold")),
    ),
    min_size=2,
    max_size=8,
)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=steps)
def test_any_order_of_files_words_and_withdrawals_reads_as_if_the_files_had_said_it(bergen, anne, steps):
    names = [scenes.uuid(), scenes.uuid()]
    with transaction.atomic():
        standing, meant, now = [], {}, scenes.NOW
        for number, (kind, *given) in enumerate(steps):
            now = scenes.NOW + number * timedelta(seconds=1)
            if kind == "file":
                standing.append((bring_in(bergen, names, given[0], now), given[0]))
            elif kind == "say":
                words.say(service=bergen, source="svarut-status", native=given[0], code=given[1], reason="Prøvd.", by=anne, now=now)
                meant[given[0]] = given[1]
            elif kind == "undo" and given[0] < len(standing):
                undoing.undo(feed_import=standing.pop(given[0])[0], reason="Feil fil.", by=anne, now=now)
            elif kind == "fold":
                deliveries.reconcile_owed(now=now)
        deliveries.reconcile_owed(now=now)
        read = folded(names)
        call_command("verify")
        transaction.set_rollback(True)
    with transaction.atomic():
        for _done, rows in standing:
            bring_in(bergen, names, [(which, OLD.get(meant.get(status, ""), status), at) for which, status, at in rows], now)
        deliveries.reconcile_owed(now=now)
        as_said = folded(names)
        transaction.set_rollback(True)

    assert read == as_said


def bring_in(service, names, rows, now):
    """A file of its own, whatever it holds; it is not reconciled yet."""
    told = [{"id": names[which], "status": status, "sisteStatusEndring": (scenes.RECEIVED + at * HOUR).isoformat()} for which, status, at in rows]
    body = json.dumps(told) + " " * next(scenes.numbers)
    received = feeds.receive_file(
        service=service, format="svarut-status", file_name="", stream=io.BytesIO(body.encode()), by="test", now=now, direction="outbound"
    )
    return feeds.run(feed_import_id=received.feed_import.pk, clock=lambda: now)


FOLDED = ("state", "since", "sent_at", "receipted_at", "available_at", "posted_at", "failed_at", "removed_at", "review_at")


def folded(names):
    rows = Delivery.objects.filter(pk__in=[event.reference_id for event in Event.objects.filter(reference__value__in=names)])
    return {Event.objects.filter(reference=row.pk).first().reference.value: [getattr(row, name) for name in FOLDED] for row in rows}
