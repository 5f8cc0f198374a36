import json
from contextlib import contextmanager
from datetime import timedelta

import pytest
import time_machine
from django.core.management import call_command
from django.db import connection, transaction

from apps.audit import anchors
from config.embedded import RUNTIME
from tests import eventful, scenes
from tests.eventful import brought_in_only, portal_id

pytestmark = pytest.mark.django_db


@pytest.fixture
def bergen(settings, tmp_path):
    service = eventful.of_everything()
    settings.ANCHORS = tmp_path
    anchors.keep(now=scenes.NOW)
    return service


@pytest.fixture
def verified(capsys):
    """Runs the command; gives its exit status and what it printed."""

    def run():
        status = 0
        try:
            call_command("verify", "--json")
        except SystemExit as end:
            status = end.code
        return status, json.loads(capsys.readouterr().out)

    return run


@pytest.fixture
def tamper():
    """Runs SQL as the owner of the tables with no trigger in the way, which is how a row could be changed at all."""

    def run(*statements):
        with connection.cursor() as cursor:
            cursor.execute("RESET ROLE")
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            for statement in statements:
                table = statement.split()[{"UPDATE": 1, "DELETE": 2, "INSERT": 2}[statement.split()[0]]]
                cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
                cursor.execute(statement)
                assert cursor.rowcount, statement
                cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
                cursor.execute("SELECT tgname FROM pg_trigger WHERE tgrelid = %s::regclass AND tgname LIKE 'pgtrigger_refuse_%%'", [table])
                for (guard,) in cursor.fetchall():
                    cursor.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {guard}")
            cursor.execute(f"SET ROLE {RUNTIME}")

    return run


def red(told):
    return {result["id"] for result in told["invariants"] if not result["ok"]}


def test_everything_holds_after_imports_and_decisions(bergen, verified):
    status, told = verified()

    assert [result for result in told["invariants"] if not result["ok"]] == []
    assert (status, told["ok"]) == (0, True)


def test_an_empty_database_is_green(verified):
    status, told = verified()

    assert (status, red(told)) == (0, set())


def test_every_invariant_that_applies_is_asked(verified):
    _status, told = verified()

    assert {result["id"] for result in told["invariants"]} == {"I1", "I2", "I3", "I4", "I5", "I6", "I7", "I9", "I10", "I11", "I12", "I14", "I15"}
    assert set(told["not_checked"]) == {"I8", "I11", "I13"}


def test_work_that_is_still_owed_is_no_fault(bergen, verified):
    one, other = scenes.report(bergen), scenes.report(bergen)
    head = "bekymringsmeldingId;correspondenceId;mottattTidspunkt;lagretTidspunkt;resultat;fagsystemMeldingId"
    letter = scenes.uuid()
    rows = [f"{portal_id(each)};{letter};2024-02-01T11:00:00;2024-02-01T11:00:00;mottatt;99" for each in (one, other)]

    brought_in_only(bergen, "mottakslogg", head, *rows)

    with time_machine.travel(scenes.NOW + timedelta(minutes=5)):
        assert verified()[0] == 0


def test_work_that_nobody_takes_is_found(bergen, verified):
    brought_in_only(bergen, "portal-list", "bekymringsmeldingId;innsendt", f"{scenes.uuid()};2024-02-01T10:12:00")

    with time_machine.travel(scenes.NOW + timedelta(hours=2)):
        status, told = verified()

    assert (status, red(told)) == (1, {"I6"})


LAST_LINK = "SELECT id FROM audit_entry WHERE service_id IS NOT NULL AND position IS NOT NULL ORDER BY position DESC LIMIT 1"
FIRST_EVENT = "(SELECT min(id) FROM ledger_event WHERE source = 'portal-list')"
ARRIVED = "(SELECT min(id) FROM deliveries_delivery WHERE state = 'arrived')"
ANOTHER = "(SELECT id FROM registry_service WHERE code = '0301')"
TAMPERED = {
    "an event's time": ("I7", f"UPDATE ledger_event SET occurred_at = occurred_at + interval '1 hour' WHERE id = {FIRST_EVENT}"),
    "an event's code": ("I5", f"UPDATE ledger_event SET code = 'registered' WHERE id = {FIRST_EVENT}"),
    "whether an event's hour is known": ("I7", f"UPDATE ledger_event SET by_day = NOT by_day WHERE id = {FIRST_EVENT}"),
    "an event's native status": ("I7", f"UPDATE ledger_event SET native = 'LEVERT' WHERE id = {FIRST_EVENT}"),
    "an event's time of learning": ("I2", f"UPDATE ledger_event SET learned_at = learned_at - interval '1 day' WHERE id = {FIRST_EVENT}"),
    "an event's line": ("I1", "UPDATE ledger_event SET line = 2 WHERE source = 'portal-history' AND line = 3"),
    "an event's import": ("I1", f"UPDATE ledger_event SET import_id = import_id + 1 WHERE id = {FIRST_EVENT}"),
    "an event's reference": ("I7", f"UPDATE ledger_event SET reference_id = reference_id + 1 WHERE id = {FIRST_EVENT}"),
    "an event's key": ("I7", f"UPDATE ledger_event SET key = gen_random_uuid() WHERE id = {FIRST_EVENT}"),
    "an event removed": ("I1", f"DELETE FROM ledger_event WHERE id = {FIRST_EVENT}"),
    "a person's event": ("I4", "UPDATE ledger_event SET native = 'lost' WHERE code = 'decided'"),
    "a person's fact": ("I4", "UPDATE ledger_event SET code = 'returned' WHERE code = 'noted'"),
    "the answer to a handover": ("I4", "UPDATE handovers_ending SET \"end\" = 'lapsed' WHERE \"end\" = 'accepted'"),
    "an offer taken back by nobody": ("I4", "DELETE FROM handovers_recall"),
    "a handover never offered": ("I4", "UPDATE handovers_offer SET until = until + interval '1 day'"),
    "a duplicate removed": ("I1", "DELETE FROM ledger_duplicate WHERE id = (SELECT min(id) FROM ledger_duplicate)"),
    "a duplicate of nothing": ("I2", "UPDATE ledger_duplicate SET event_id = -1 WHERE id = (SELECT min(id) FROM ledger_duplicate)"),
    "a signed control's number": ("I12", "UPDATE reports_control SET numbers = jsonb_set(numbers, '{inbound,open}', '0')"),
    "a signed control removed": ("I7", "DELETE FROM reports_control"),
    "a rejection removed": ("I1", "DELETE FROM feeds_rejection WHERE id = (SELECT min(id) FROM feeds_rejection)"),
    "a rejection's line": (
        "I1",
        "UPDATE feeds_rejection SET line = (SELECT max(line) FROM ledger_event e WHERE e.import_id = feeds_rejection.import_id)"
        " WHERE id = (SELECT min(id) FROM feeds_rejection)",
    ),
    "a known receipt removed": ("I1", "DELETE FROM feeds_knownreceipt"),
    "a known receipt's line": ("I1", "UPDATE feeds_knownreceipt SET line = 1"),
    "a known receipt's import": ("I1", "UPDATE feeds_knownreceipt SET import_id = (SELECT min(id) FROM ledger_import)"),
    "what an event is known by": ("I7", "UPDATE ledger_particulars SET attributes = jsonb_build_object('eventId', 'x') WHERE attributes ? 'eventId'"),
    "an import's accounts": ("I1", "UPDATE ledger_import SET accepted = accepted - 1, duplicate = duplicate + 1 WHERE accepted > 0"),
    "an import's state": ("I2", "UPDATE ledger_import SET state = 'received' WHERE id = (SELECT min(id) FROM ledger_import)"),
    "a file waits with nothing to show": ("I6", "UPDATE ledger_import SET state = 'previewed' WHERE id = (SELECT min(id) FROM ledger_import)"),
    "an event's service": ("I2", f"UPDATE ledger_event SET service_id = {ANOTHER} WHERE id = {FIRST_EVENT}"),
    "a duplicate's service": ("I10", f"UPDATE ledger_duplicate SET service_id = {ANOTHER} WHERE id = (SELECT min(id) FROM ledger_duplicate)"),
    "a person's untie's service": ("I10", f"UPDATE ledger_untie SET service_id = {ANOTHER}"),
    "a decision's service": ("I10", f"UPDATE decisions_decision SET service_id = {ANOTHER} WHERE outcome = 'child_known' OR outcome = 'note'"),
    "owed work forgotten": ("I6", "UPDATE ledger_import SET state = 'running' WHERE id = (SELECT min(id) FROM ledger_import)"),
    "a reference's delivery": ("I3", "UPDATE ledger_reference SET delivery = id WHERE delivery <> id"),
    "a reference's value": (
        "I7",
        "UPDATE ledger_reference SET value = '11111111-1111-4111-8111-111111111111' WHERE id = (SELECT min(id) FROM ledger_reference)",
    ),
    "a tie removed": ("I3", "DELETE FROM ledger_tie WHERE id = (SELECT min(id) FROM ledger_tie)"),
    "a tie more": (
        "I3",
        f"INSERT INTO ledger_tie (service_id, one, other, learned_at) SELECT service_id, id, id + 1, now() FROM deliveries_delivery WHERE id = {ARRIVED}",
    ),
    "a person's tie": ("I3", "DELETE FROM ledger_tie WHERE import_id IS NULL AND id NOT IN (SELECT tie_id FROM ledger_untie)"),
    "when a person tied": ("I2", "UPDATE ledger_tie SET learned_at = learned_at - interval '1 day' WHERE import_id IS NULL"),
    "a tie undone": ("I3", "INSERT INTO ledger_untie (service_id, tie_id, learned_at) SELECT service_id, id, now() FROM ledger_tie ORDER BY id DESC LIMIT 1"),
    "a tie no longer undone": ("I2", "DELETE FROM ledger_untie"),
    "particulars changed": ("I7", "UPDATE ledger_particulars SET attributes = '{}' WHERE attributes <> '{}'"),
    "the number of children": ("I5", "UPDATE ledger_particulars SET children = 3 WHERE children = 1"),
    "a chunk's bytes": ("I14", "UPDATE ledger_chunk SET body = set_byte(body, 20, 0) WHERE get_byte(body, 20) <> 0"),
    "a chunk removed": ("I14", "DELETE FROM ledger_chunk WHERE id = (SELECT min(id) FROM ledger_chunk)"),
    "a chunk more": ("I14", "INSERT INTO ledger_chunk (service_id, stored_id, number, body) SELECT service_id, stored_id, 1, body FROM ledger_chunk LIMIT 1"),
    "the name of stored bytes": ("I14", "UPDATE ledger_storedbytes SET size = size + 1 WHERE id = (SELECT min(id) FROM ledger_storedbytes)"),
    "a delivery's state": ("I5", f"UPDATE deliveries_delivery SET state = 'in_transit' WHERE id = {ARRIVED}"),
    "a delivery said to have arrived": ("I4", "UPDATE deliveries_delivery SET state = 'arrived' WHERE state = 'unconfirmed'"),
    "a delivery said to be settled": ("I4", "UPDATE deliveries_delivery SET state = 'settled' WHERE state = 'unconfirmed'"),
    "a delivery's time": ("I5", f"UPDATE deliveries_delivery SET registered_at = registered_at + interval '1 microsecond' WHERE id = {ARRIVED}"),
    "a delivery's deadline": ("I5", "UPDATE deliveries_delivery SET gone_at = NULL WHERE gone_at IS NOT NULL"),
    "a delivery removed": ("I5", f"DELETE FROM deliveries_delivery WHERE id = {ARRIVED}"),
    "a delivery of nothing": ("I3", f"UPDATE deliveries_delivery SET id = -1 WHERE id = {ARRIVED}"),
    "the tally": ("I12", "UPDATE deliveries_tally SET number = number + 1 WHERE id = (SELECT min(id) FROM deliveries_tally WHERE number > 0)"),
    "a row of the tally removed": ("I12", "DELETE FROM deliveries_tally WHERE id = (SELECT min(id) FROM deliveries_tally WHERE number > 0)"),
    "a policy": ("I5", "UPDATE registry_policy SET hours = hours + 1 WHERE name = 'register_grace'"),
    "a decision's outcome": ("I4", "UPDATE decisions_decision SET outcome = 'lost', tried = 'x' WHERE outcome = 'other_document'"),
    "a decision's time": ("I4", "UPDATE decisions_decision SET at = at - interval '1 hour' WHERE outcome = 'note'"),
    "a decision removed": ("I4", "DELETE FROM decisions_decision WHERE outcome = 'note'"),
    "a frozen message removed": ("I7", "DELETE FROM incidents_member WHERE id = (SELECT min(id) FROM incidents_member)"),
    "a frozen message's state": (
        "I7",
        "UPDATE incidents_member SET state = 'arrived' WHERE id = (SELECT min(id) FROM incidents_member WHERE state = 'unconfirmed')",
    ),
    "what an outage corrects": ("I10", "UPDATE outages_outage SET service_id = NULL WHERE corrects_id IS NOT NULL"),
    "the service of an access that ended": ("I10", f"UPDATE readiness_proof SET service_id = {ANOTHER} WHERE is_over"),
    "when an access ended": ("I10", "UPDATE readiness_proof SET at = at - interval '1 day' WHERE is_over"),
    "a proof that was ended removed": ("I10", "DELETE FROM readiness_proof WHERE NOT is_over"),
    "the day until which a channel was not used": ("I10", "UPDATE readiness_unused SET until = until + 1 WHERE is_over"),
    "an answer above what was frozen": ("I12", "UPDATE incidents_answer SET count = 100000"),
    "the number of a breach": ("I12", "UPDATE breaches_breach SET records = records + 1"),
    "why a breach was told late": ("I4", "DELETE FROM breaches_step WHERE act = 'late_reason'"),
    "why those affected were told": ("I4", "DELETE FROM breaches_step WHERE act = 'affected_decided'"),
    "who looked": ("I4", "UPDATE decisions_secondlook SET by_id = (SELECT by_id FROM decisions_decision d WHERE d.id = decision_id)"),
    "a look's verdict": ("I4", "UPDATE decisions_secondlook SET agrees = NOT agrees"),
    "a trail entry's text": ("I7", "UPDATE audit_entry SET text = replace(text, 'decided', 'looked') WHERE verb = 'decided'"),
    "who a trail entry names": ("I7", "UPDATE audit_entry SET person_id = person_id + 1 WHERE verb = 'decided'"),
    "when a trail entry was": ("I7", "UPDATE audit_entry SET at = at + interval '1 microsecond' WHERE verb = 'granted'"),
    "the service of a trail entry": ("I7", f"UPDATE audit_entry SET service_id = service_id + 1000 WHERE id = ({LAST_LINK})"),
    "a trail entry removed": ("I7", "DELETE FROM audit_entry WHERE verb = 'decided' AND position < (SELECT max(position) FROM audit_entry)"),
    "the first trail entry removed": ("I7", "DELETE FROM audit_entry WHERE position = 1"),
    "the last trail entry removed": ("I7", f"DELETE FROM audit_entry WHERE id = ({LAST_LINK})"),
    "two trail entries exchanged": ("I7", f"UPDATE audit_entry SET position = 1000 - position WHERE id = ({LAST_LINK})"),
    "a trail entry more": (
        "I7",
        "INSERT INTO audit_entry (at, service_id, actor, verb, kind, text, position, hash)"
        f" SELECT at, service_id, 'worker', verb, '', text, position + 1, sha256(hash) FROM audit_entry WHERE id = ({LAST_LINK})",
    ),
    "a head": ("I7", "UPDATE audit_head SET hash = sha256(hash)"),
    "a head removed": ("I7", "DELETE FROM audit_head WHERE service_id IS NOT NULL"),
    "what was read": ("I7", "UPDATE audit_entry SET object_id = 1, text = regexp_replace(text, '\"object\":[0-9]+', '\"object\":1') WHERE verb = 'viewed'"),
    "a sealed read removed": ("I7", "DELETE FROM audit_entry WHERE id = (SELECT min(id) FROM audit_entry WHERE verb = 'viewed')"),
    "an unsealed read removed": ("I7", "DELETE FROM audit_entry WHERE id = (SELECT max(id) FROM audit_entry WHERE verb = 'viewed')"),
    "a read that waits for no seal": ("I7", "DELETE FROM audit_unsealed"),
    "an import that a system was told of": (
        "I10",
        "INSERT INTO feeds_handover (service_id, key_id, request, fingerprint, at, answer)"
        """ SELECT service_id, id, 'r', 'f', now(), '{"imports": [{"id": -1}]}' FROM feeds_key""",
    ),
    "an alarm ended without a word": ("I11", "UPDATE watch_alarm SET ended_at = raised_at WHERE ended_at IS NULL"),
    "an alarm taken on for longer": (
        "I11",
        "UPDATE watch_alarm SET acknowledged_until = acknowledged_until + interval '1 day' WHERE acknowledged_until IS NOT NULL",
    ),
    "whose alarm somebody was told of": ("I10", "UPDATE watch_step SET service_id = NULL WHERE act = 'told'"),
    "who was told of an alarm": ("I11", "DELETE FROM watch_step WHERE act = 'told'"),
    "what somebody was owed to be told": ("I11", "UPDATE watch_telling SET fate = 'needless', sent_at = NULL WHERE step_id IS NOT NULL"),
    "a test message of our own removed": ("I7", "DELETE FROM ledger_canary"),
    "a look removed": ("I4", "DELETE FROM decisions_secondlook WHERE agrees"),
}


def test_what_was_tampered_with_is_found(bergen, verified, tamper, subtests):
    scenes.service("0301")

    for what, (invariant, statement) in TAMPERED.items():
        with subtests.test(what), undone():
            tamper(statement)

            status, told = verified()

            assert status == 1
            assert invariant in red(told)


@contextmanager
def undone():
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def test_offending_rows_are_named_twenty_at_most(bergen, verified, tamper):
    for _ in range(5):
        scenes.bring_in(bergen, "portal-list", *({"bekymringsmeldingId": scenes.uuid(), "innsendt": "2024-02-01T10:12:00"} for _ in range(5)))
    tamper("UPDATE deliveries_delivery SET state = 'unknown' WHERE state = 'unconfirmed'")

    _status, told = verified()

    broken = next(result for result in told["invariants"] if result["id"] == "I5")
    assert (len(broken["offending"]), broken["more"]) == (20, True)
    assert broken["offending"][0].endswith(": state")


@pytest.mark.parametrize("change", ["DISABLE TRIGGER USER", "ENABLE TRIGGER USER"], ids=["off", "off for replicas"])
def test_a_trigger_that_is_switched_off_is_found(verified, change):
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")
        cursor.execute(f"ALTER TABLE ledger_event {change}")
        cursor.execute(f"SET ROLE {RUNTIME}")

    status, told = verified()

    assert (status, red(told)) == (1, {"I7"})


@pytest.mark.parametrize("right", ["UPDATE", "DELETE", "TRUNCATE", "UPDATE (code)"])
def test_a_right_too_many_is_found(verified, right):
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")
        cursor.execute(f"GRANT {right} ON ledger_event TO {RUNTIME}")
        cursor.execute(f"SET ROLE {RUNTIME}")

    status, told = verified()

    assert (status, red(told)) == (1, {"I7"})


def test_people_get_a_line_for_each_invariant(bergen, tamper, capsys):
    tamper(f"UPDATE deliveries_delivery SET state = 'unknown' WHERE id = {ARRIVED}")

    with pytest.raises(SystemExit):
        call_command("verify")

    lines = capsys.readouterr().out.splitlines()
    assert any(line.startswith("ok   I1 ") for line in lines)
    assert any(line.startswith("RED  I5 ") for line in lines)
    assert lines[-1] == "NOT ALL HOLD."


def test_a_chain_whose_end_was_cut_off_with_its_head_is_found_by_the_anchor(bergen, verified, tamper):
    tamper(
        f"DELETE FROM audit_entry WHERE id = ({LAST_LINK})",
        "DELETE FROM audit_entry WHERE verb = 'viewed'",
        "DELETE FROM audit_unsealed",
        f"UPDATE audit_head h SET (position, hash) = (SELECT position, hash FROM audit_entry WHERE id = ({LAST_LINK}))"
        f" WHERE service_id = (SELECT service_id FROM audit_entry WHERE id = ({LAST_LINK}))",
    )

    status, told = verified()

    assert status == 1
    (broken,) = [result for result in told["invariants"] if not result["ok"]]
    assert broken["statement"].startswith("The trail and the other facts hold what their exported anchors say")


def test_an_anchor_that_was_changed_is_found(bergen, verified, tmp_path):
    (anchor,) = tmp_path.glob("*.json")
    anchor.write_text(anchor.read_text().replace("2024", "2025", 1))

    status, told = verified()

    assert (status, red(told)) == (1, {"I7"})
