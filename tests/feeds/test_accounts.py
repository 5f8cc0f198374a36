"""Accounts: every line of every file has exactly one fate, the fates add up, and what a repeated line says beside its events is not lost."""

import csv
import io
import json

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.deliveries.models import Delivery
from apps.feeds import actions as feeds
from apps.feeds import catalogue
from apps.feeds.models import Rejection
from apps.feeds.record import Occurrence, Record, Ref
from apps.ledger.models import Duplicate, Event, Import, ImportState, Particulars, Reference
from tests import scenes

pytestmark = pytest.mark.django_db

AT = "2024-02-01T10:12:00"
FOREIGN = "5001"


@pytest.fixture
def bergen():
    scenes.service(FOREIGN)
    return scenes.service("4601")


def receive(service, format, body: bytes, **options):
    stream = io.BytesIO(body)
    return feeds.receive_file(service=service, format=format, file_name="fil", stream=stream, by="test", now=scenes.NOW, **options)


def bring_in(service, format, body: bytes) -> Import:
    return feeds.run(feed_import_id=receive(service, format, body).feed_import.pk, clock=lambda: scenes.NOW)


def as_csv(rows: list[dict[str, str]]) -> bytes:
    text = io.StringIO()
    table = csv.DictWriter(text, list(dict.fromkeys(column for row in rows for column in row)), delimiter=";")
    table.writeheader()
    table.writerows(rows)
    return text.getvalue().encode()


def history(report: str, tilstand="LEVERT", at=AT, **more) -> dict[str, str]:
    return {"bekymringsmeldingId": report, "tidspunkt": at, "tilstand": tilstand, "kommunenummer": "4601", **more}


def listed(report: str, at=AT, **more) -> dict[str, str]:
    return {"bekymringsmeldingId": report, "innsendt": at, "kommunenummer": "4601", **more}


def logged(report: str, **more) -> dict[str, str]:
    named = {"bekymringsmeldingId": report, "mottattTidspunkt": AT, "resultat": "mottatt", "kommunenummer": "4601"}
    return {**named, "lagretTidspunkt": "", "fagsystemMeldingId": "", "apnetTidspunkt": "", **more}


def counts(done: Import) -> tuple[int, int, int, int]:
    return done.read, done.accepted, done.duplicate, done.rejected


def fates(done: Import) -> list[set[int]]:
    """Lines with a new event, lines that repeat, lines that were rejected."""
    accepted = set(Event.objects.filter(feed_import=done).values_list("line", flat=True))
    repeated = set(Duplicate.objects.filter(feed_import=done).values_list("line", flat=True))
    return [accepted, repeated, set(Rejection.objects.filter(feed_import=done).values_list("line", flat=True))]


REPORTS = [scenes.uuid() for _ in range(3)]
TIMES = [AT, "2024-02-02T08:00:00", "2024-02-03"]
good_lines = {
    "portal-history": st.builds(history, st.sampled_from(REPORTS), st.sampled_from(["LEVERT", "AKSEPTERT", "NOE_NYTT"]), st.sampled_from(TIMES)),
    "portal-list": st.builds(listed, st.sampled_from(REPORTS), st.sampled_from(TIMES)),
    "mottakslogg": st.builds(
        lambda report, stored, opened: logged(report, lagretTidspunkt=stored, apnetTidspunkt=opened),
        st.sampled_from(REPORTS),
        st.sampled_from(["", *TIMES]),
        st.sampled_from(["", *TIMES]),
    ),
}
CLOCK = {"portal-history": "tidspunkt", "portal-list": "innsendt", "mottakslogg": "mottattTidspunkt"}
FAULTS = ("no_reference", "no_uuid", "no_time", "no_such_day", "skipped_hour", "foreign", "short_number", "identity_number")


def spoiled(row: dict[str, str], fault: str, clock: str) -> dict[str, str]:
    wrong = {
        "no_reference": {"bekymringsmeldingId": ""},
        "no_uuid": {"bekymringsmeldingId": "12345"},
        "no_time": {clock: ""},
        "no_such_day": {clock: "2024-02-30T10:00:00"},
        "skipped_hour": {clock: "2024-03-31T02:30:00"},
        "foreign": {"kommunenummer": FOREIGN},
        "short_number": {"kommunenummer": "301"},
        "identity_number": {"bekymringsmeldingId": "01817012345"},
    }
    return {**row, **wrong[fault]}


def facts(format: str, row: dict[str, str]) -> frozenset:
    """What identifies the events of a row, by the keys that formats.md names."""
    about = (format, row["bekymringsmeldingId"])
    if format == "mottakslogg":
        columns = ("mottattTidspunkt", "lagretTidspunkt", "apnetTidspunkt")
        return frozenset((*about, column, row[column]) for column in columns if row[column])
    return frozenset([(*about, row.get("tilstand"), row[CLOCK[format]])])


@st.composite
def files(draw) -> tuple[str, list[tuple[dict[str, str], bool]]]:
    """A format and its rows, each with whether it is spoiled; often the same row twice."""
    format = draw(st.sampled_from(sorted(good_lines)))
    rows = []
    for row in draw(st.lists(good_lines[format], min_size=1, max_size=6)):
        fault = draw(st.none() | st.none() | st.sampled_from(FAULTS))
        rows.append((spoiled(row, fault, CLOCK[format]), True) if fault else (row, False))
    return format, rows


@settings(
    max_examples=20,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(told=st.lists(files(), min_size=1, max_size=4))
def test_the_fate_of_every_line_of_every_file_is_as_the_keys_say(bergen, told):
    known: set = set()
    with transaction.atomic():
        for number, (format, rows) in enumerate(told):
            body = as_csv([row | {"beskrivelse": str(number)} for row, _ in rows])

            done = bring_in(bergen, format, body)

            expected = [set(), set(), set()]
            for line, (row, is_spoiled) in enumerate(rows, start=2):
                says = facts(format, row)
                expected[2 if is_spoiled else 1 if says <= known else 0].add(line)
                if not is_spoiled:
                    known |= says
            assert done.state == ImportState.COMPLETE, done.refusal
            assert fates(done) == expected
            assert counts(done) == (len(rows), *(len(lines) for lines in expected))
            assert done.counted == done.read
        transaction.set_rollback(True)


def test_a_duplicate_points_at_the_event_it_repeats_in_this_file_or_an_earlier_one(bergen):
    one, other = REPORTS[:2]
    first = bring_in(bergen, "portal-history", as_csv([history(one), history(other), history(one)]))
    second = bring_in(bergen, "portal-history", as_csv([history(one, "SENDT_FAGSYSTEM"), history(other)]))

    event = {event.line: event for event in Event.objects.filter(feed_import=first)}
    assert set(event) == {2, 3}
    assert Duplicate.objects.get(feed_import=first, line=4).event == event[2]
    assert Duplicate.objects.get(feed_import=second, line=3).event == event[3]
    assert counts(second) == (2, 1, 1, 0)


def test_the_same_entry_twice_in_a_status_history_is_one_event(bergen):
    entry = {"status": "Read", "statusChanged": "2024-02-01T10:12:00Z"}
    letter = {
        "correspondenceId": REPORTS[0],
        "recipient": "0192:964338531",
        "statusHistory": [entry, {"status": 4, "statusChanged": "2024-02-01T11:12:00+01:00"}],
    }

    done = bring_in(bergen, "altinn", json.dumps([letter, {**letter, "statusHistory": []}]).encode())

    assert counts(done) == (3, 1, 1, 1)
    assert fates(done) == [{1}, {2}, {3}]


def test_a_row_of_several_events_is_accepted_while_one_of_them_is_new_and_else_a_duplicate(bergen):
    report = REPORTS[0]
    stored = logged(report, lagretTidspunkt=AT)
    bring_in(bergen, "mottakslogg", as_csv([stored]))

    more = bring_in(bergen, "mottakslogg", as_csv([logged(report, lagretTidspunkt=AT, apnetTidspunkt="2024-02-02")]))
    less = bring_in(bergen, "mottakslogg", as_csv([logged(report)]))

    assert counts(more) == (1, 1, 0, 0)
    assert Event.objects.filter(feed_import=more).count() == 1
    assert counts(less) == (1, 0, 1, 0)


def test_the_earlier_of_two_lines_is_the_event_even_when_the_later_says_more(bergen):
    rows = [row for number in range(40) for row in (logged(scenes.uuid(), fagsystemMeldingId=str(number)),) * 2]
    rows = [row | ({"lagretTidspunkt": AT} if place % 2 else {}) for place, row in enumerate(rows)]

    done = bring_in(bergen, "mottakslogg", as_csv(rows))

    assert counts(done) == (80, 80, 0, 0)


def test_a_tie_said_by_a_line_that_is_otherwise_a_duplicate_is_not_lost(bergen):
    """Brothers and sisters: one report, stored at one moment, once for each child."""
    report = REPORTS[0]
    bring_in(bergen, "portal-list", as_csv([listed(report, antallBarn="2")]))
    rows = [logged(report, lagretTidspunkt=AT, fagsystemMeldingId=case) for case in ("17", "18")]

    done = bring_in(bergen, "mottakslogg", as_csv(rows))
    scenes.deliveries.reconcile_owed(now=scenes.NOW)

    delivery = scenes.known_as(report)
    assert counts(done) == (2, 1, 1, 0)
    assert (delivery.case_count, delivery.state) == (2, "arrived")


def test_a_tie_said_by_a_duplicate_in_a_later_file_is_not_lost_and_is_reconciled(bergen):
    report = REPORTS[0]
    bring_in(bergen, "portal-list", as_csv([listed(report, antallBarn="2")]))
    for case in ("17", "18"):
        done = bring_in(bergen, "mottakslogg", as_csv([logged(report, lagretTidspunkt=AT, fagsystemMeldingId=case)]))
        scenes.deliveries.reconcile_owed(now=scenes.NOW)

    delivery = scenes.known_as(report)
    assert counts(done) == (1, 0, 1, 0)
    assert (delivery.case_count, delivery.state) == (2, "arrived")


@pytest.mark.parametrize("numbers", [("1", "3"), ("3", "1"), ("", "3"), ("3", "")])
def test_the_largest_number_of_children_counts_whichever_line_came_first(bergen, numbers):
    for number in numbers:
        done = bring_in(bergen, "portal-list", as_csv([listed(REPORTS[0], antallBarn=number)]))
        scenes.deliveries.reconcile_owed(now=scenes.NOW)

    assert counts(done) == (1, 0, 1, 0)
    assert scenes.known_as(REPORTS[0]).children == 3


def test_particulars_that_differ_are_all_kept_and_give_the_same_in_any_order(bergen):
    rows = [listed(REPORTS[0], kanal=channel, skjemaType=kind) for channel, kind in (("A", "PRIVAT"), ("B", "OFFENTLIG"), ("C", "UKJENT"))]
    seen = set()
    for order in (rows, rows[::-1]):
        with transaction.atomic():
            bring_in(bergen, "portal-list", as_csv(order))
            scenes.deliveries.reconcile_owed(now=scenes.NOW)
            assert Particulars.objects.filter(reference__value=REPORTS[0]).count() == 3
            seen.add(scenes.known_as(REPORTS[0]).reporter)
            transaction.set_rollback(True)

    assert len(seen) == 1


@pytest.mark.parametrize("texts", [("2024-02-01", "2024-02-01T00:00:00"), ("2024-02-01T00:00:00", "2024-02-01")])
def test_a_day_and_its_first_moment_give_the_same_in_either_order(bergen, texts):
    """Known by the day only is no measure of lateness; known to the second it is."""
    bring_in(bergen, "portal-list", as_csv([listed(REPORTS[0], at="2024-01-10T10:00:00")]))
    for text in texts:
        bring_in(bergen, "mottakslogg", as_csv([logged(REPORTS[0], lagretTidspunkt=text)]))
    scenes.deliveries.reconcile_owed(now=scenes.NOW)

    assert scenes.known_as(REPORTS[0]).is_late is True


def test_the_same_bytes_again_are_the_same_import(bergen):
    body = as_csv([listed(REPORTS[0]), listed("no uuid")])
    first = bring_in(bergen, "portal-list", body)

    again = receive(bergen, "portal-list", body)

    assert (again.feed_import, again.is_new) == (first, False)
    assert (Import.objects.count(), Event.objects.count()) == (1, 1)


def test_the_same_bytes_as_another_format_are_another_import(bergen):
    body = as_csv([listed(REPORTS[0])])
    bring_in(bergen, "portal-list", body)

    again = receive(bergen, "portal-history", body)

    assert again.is_new


def test_a_refused_file_may_be_tried_again(bergen):
    body = b"not;the;right;columns\n1;2;3;4\n"
    refused = bring_in(bergen, "portal-list", body)

    again = receive(bergen, "portal-list", body)

    assert refused.state == ImportState.REFUSED
    assert again.is_new


def test_the_same_record_in_two_services_is_an_event_of_each(bergen):
    trondheim = scenes.service(FOREIGN)
    row = {"bekymringsmeldingId": REPORTS[0], "innsendt": AT}
    for service in (bergen, trondheim):
        assert counts(bring_in(service, "portal-list", as_csv([row]))) == (1, 1, 0, 0)

    assert Reference.objects.filter(value=REPORTS[0]).count() == 2


@pytest.mark.parametrize("counted", [0, 1, 3])
def test_an_import_whose_lines_do_not_add_up_is_refused_and_leaves_nothing(bergen, monkeypatch, counted):
    def miscounting(reading):
        for line in (1, 2):
            at = scenes.RECEIVED.replace(hour=line).isoformat()
            yield Record(line, (Ref("portal", REPORTS[line]),), (Occurrence("receipted", "receipted", at),))
        reading.counted = counted

    monkeypatch.setitem(catalogue.FORMATS, "portal-list", catalogue.FORMATS["portal-list"]._replace(parse=miscounting))

    done = bring_in(bergen, "portal-list", b"whatever")

    assert (done.state, done.refusal["code"]) == (ImportState.REFUSED, "accounts_differ")
    assert not Event.objects.exists() and not Reference.objects.exists() and not Delivery.objects.exists()


awkward = st.text(st.characters(codec="utf-8"), max_size=120) | st.sampled_from(
    ["\\N", "\\.", "a\\tb", "\\", "\x00", "\u2028", "\x1f", "'; DROP TABLE ledger_event; --", "%s", "{found}", "é" * 300]
)


@settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=awkward, other=awkward)
def test_whatever_stands_in_a_field_its_line_is_accounted_for(bergen, text, other):
    letter = {"correspondenceId": REPORTS[0], "recipient": "0192:964338531", "resourceId": other, "statusHistory": [{"status": text, "statusChanged": AT}]}
    rows = {
        "portal-history": as_csv([history(REPORTS[0], tilstand=text, beskrivelse=other)]),
        "portal-list": as_csv([listed(REPORTS[0], kanal=text, skjemaType=other)]),
        "mottakslogg": as_csv([logged(REPORTS[0], fagsystemMeldingId=text, journalnummer=other, feilkode=text)]),
        "altinn": json.dumps([letter]).encode(),
    }
    with transaction.atomic():
        for format, body in rows.items():
            done = bring_in(bergen, format, body)
            assert done.state in (ImportState.COMPLETE, ImportState.REFUSED)
            if done.state == ImportState.COMPLETE:
                assert done.read == done.counted == done.accepted + done.rejected
        scenes.deliveries.reconcile_owed(now=scenes.NOW)
        transaction.set_rollback(True)
