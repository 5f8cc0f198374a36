import io
import json
from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import CommandError, call_command

from apps.deliveries.models import Delivery
from apps.feeds import actions as feeds
from apps.ledger.models import Owed
from tests import scenes

pytestmark = pytest.mark.django_db

KEYS = (
    "id service direction references state since sent_at receipted_at available_at posted_at fetched_at opened_at registered_at failed_at removed_at "
    "withdrawn_at unread_at concluded_at children case_count is_late source_missing covered gone_at review_at"
).split()


@pytest.fixture
def bergen():
    return scenes.service("4601")


@pytest.fixture
def oslo():
    return scenes.service("0301")


@pytest.fixture
def printed(capsys):
    """Runs a command and gives the lines it printed."""

    def run(*arguments):
        call_command(*arguments)
        return capsys.readouterr().out.splitlines()

    return run


@pytest.fixture
def wrong(capsys):
    """Runs a command that must be refused; gives its exit status and the sentence."""

    def run(*arguments):
        with pytest.raises(CommandError) as refused:
            call_command(*arguments)
        return refused.value.returncode, str(refused.value)

    return run


def deliveries(lines):
    return [json.loads(line) for line in lines]


def test_a_delivery_is_printed_with_exactly_the_agreed_keys_in_their_order(bergen, printed):
    report = scenes.report(bergen)

    (told,) = deliveries(printed("deliveries"))

    assert list(told) == KEYS
    assert told["id"] == report.pk
    assert told["service"] == "4601"
    assert told["direction"] == "inbound"
    assert told["state"] == "unconfirmed"
    assert told["children"] == 1
    assert told["case_count"] == 0
    assert (told["is_late"], told["source_missing"], told["covered"]) == (None, False, False)


def test_times_are_utc_with_z_and_null_when_unset(bergen, printed):
    scenes.report(bergen)

    (told,) = deliveries(printed("deliveries"))

    assert told["receipted_at"] == "2024-02-01T09:12:00Z"
    assert told["since"] == "2024-02-04T09:12:00Z"
    assert told["gone_at"] == "2024-03-02T09:12:00Z"
    assert told["registered_at"] is None
    assert told["review_at"] is None


def test_six_fraction_digits_are_printed_only_when_they_are_not_all_zero(bergen, printed):
    row = {"bekymringsmeldingId": scenes.uuid(), "innsendt": "2024-02-01T10:12:00.1234567", "skjemaType": "PRIVAT"}
    scenes.bring_in(bergen, "portal-list", row)

    (told,) = deliveries(printed("deliveries"))

    assert told["receipted_at"] == "2024-02-01T09:12:00.123456Z"


def test_references_are_sorted_pairs(bergen, printed):
    report = scenes.report(bergen)
    portal = report_reference(report)
    scenes.registration(bergen, at=scenes.RECEIVED, portal=portal, case="17")

    (told,) = deliveries(printed("deliveries"))

    assert told["references"] == [["case", "4601:17"], ["portal", portal]]
    assert told["state"] == "arrived"
    assert told["case_count"] == 1


def report_reference(report):
    return scenes.Reference.objects.get(pk=report.pk).value


def test_a_delivery_is_covered_when_the_case_system_s_data_reach_beyond_its_deadline(bergen, printed):
    scenes.report(bergen)
    scenes.registration(bergen, at=scenes.RECEIVED + timedelta(days=4))

    told = deliveries(printed("deliveries"))

    assert [(one["state"], one["covered"]) for one in told] == [("unconfirmed", True), ("arrived", False)]


def test_one_service_or_one_state_can_be_asked_for(bergen, oslo, printed):
    mine, other = scenes.report(bergen), scenes.report(oslo)

    assert [told["id"] for told in deliveries(printed("deliveries", "--service", "0301"))] == [other.pk]
    assert [told["id"] for told in deliveries(printed("deliveries", "--state", "unconfirmed", "--format", "jsonl"))] == [mine.pk, other.pk]
    assert printed("deliveries", "--state", "arrived") == []


@pytest.mark.parametrize(
    "arguments",
    [
        ("deliveries", "--service", "9999"),
        ("deliveries", "--state", "lost"),
        ("reconcile", "--now", "yesterday"),
        ("reconcile", "--now", "2024-02-31T10:00"),
        ("reconcile", "--now", "0001-01-01"),
    ],
)
def test_what_cannot_be_answered_gets_one_sentence(arguments, wrong, bergen):
    _status, sentence = wrong(*arguments)

    assert sentence.count("\n") == 0
    assert arguments[2] in sentence


def test_an_unknown_service_ends_with_exit_two(wrong, bergen):
    status, sentence = wrong("deliveries", "--service", "9999")

    assert (status, sentence) == (2, "There is no service with the code '9999'.")


def counts(lines):
    return {state: count for state, count in json.loads(lines[0]).items() if count}


@pytest.mark.parametrize(
    "now, state",
    [
        ("2024-02-04T10:12:00", "in_transit"),
        ("2024-02-04T10:12:00.000001", "unconfirmed"),
        ("2024-02-04T09:12:00Z", "in_transit"),
        ("2024-02-04T09:12:00.000001+00:00", "unconfirmed"),
        ("2024-02-04", "in_transit"),
    ],
)
def test_the_clock_may_be_given_and_is_oslo_time_without_an_offset(bergen, printed, now, state):
    scenes.report(bergen)

    assert counts(printed("reconcile", "--now", now, "--json")) == {state: 1}


def test_the_clock_may_go_forward_and_back(bergen, printed):
    scenes.report(bergen, now=scenes.RECEIVED)

    told = [counts(printed("reconcile", "--now", now, "--json")) for now in ("2024-02-02", "2030-01-01", "2024-02-02")]

    assert told == [{"in_transit": 1}, {"unconfirmed": 1}, {"in_transit": 1}]


def test_everything_is_stated_by_the_clock_that_was_given(bergen, printed):
    scenes.report(bergen)

    printed("reconcile", "--all", "--now", "2024-02-02T00:00:00Z")

    assert Delivery.objects.get().clock == datetime(2024, 2, 2, tzinfo=UTC)


def test_what_is_owed_is_reconciled_whatever_clock_is_given(bergen, printed):
    body = f"bekymringsmeldingId;innsendt;kommunenummer\n{scenes.uuid()};2024-02-01T10:12:00;4601\n".encode()
    asked = {"service": bergen, "format": "portal-list", "file_name": "list.csv", "by": "import@example.no"}
    received = feeds.receive_file(**asked, stream=io.BytesIO(body), now=scenes.NOW)
    feeds.run(feed_import_id=received.feed_import.pk, clock=lambda: scenes.NOW)

    told = counts(printed("reconcile", "--now", "2024-02-02", "--json"))

    assert told == {"in_transit": 1}
    assert not Owed.objects.exists()


def test_every_state_is_counted_for_people_too(bergen, printed):
    scenes.report(bergen)

    lines = [line.split() for line in printed("reconcile", "--now", "2024-02-09")]

    assert ["1", "unconfirmed"] in lines
    assert ["0", "arrived"] in lines
