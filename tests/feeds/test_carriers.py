"""The carriers' files in the ledger: chains over several of them, statuses that other files explain, lines that carry no event, keys."""

import io
import json
from datetime import timedelta
from itertools import permutations

import pytest
from django.core.management import call_command
from django.db import transaction

from apps.deliveries import actions as deliveries
from apps.deliveries.evidence import evidence
from apps.deliveries.models import Delivery
from apps.feeds import actions as feeds
from apps.feeds import queries
from apps.feeds.queries import Fate
from apps.ledger.models import Event, ImportState, Reference
from tests import scenes

pytestmark = pytest.mark.django_db

BERGEN, SENDER = "964338531", "310000003"
AT = "2024-02-01T10:00:00+01:00"
MESSAGE, FORSENDELSE, LETTER = (f"{kind}0000000-0000-4000-8000-000000000001" for kind in "abc")
RECEIPT = "urn:no:difi:profile:arkivmelding:response:ver1.0"


@pytest.fixture
def bergen():
    return scenes.service("4601")


def bring_in(service, format, *values, **options):
    """One file, reconciled; two files of the same records differ by a blank."""
    stream = io.BytesIO((json.dumps(values) + " " * next(scenes.numbers)).encode())
    received = feeds.receive_file(service=service, format=format, file_name="fil.json", stream=stream, by="test", now=scenes.NOW, **options)
    done = feeds.run(feed_import_id=received.feed_import.pk, clock=lambda: scenes.NOW)
    deliveries.reconcile_owed(now=scenes.NOW)
    assert done.state == ImportState.COMPLETE, done.refusal
    assert done.rejected == 0, list(done.rejections.values("code", "details"))
    return done


def conversation(*statuses, message=MESSAGE, **values):
    told = [{"status": status, "lastUpdate": AT} for status in statuses]
    return {"messageId": message, "serviceIdentifier": "DPO", "receiverIdentifier": f"0192:{BERGEN}", "messageStatuses": told, **values}


def status(status, message=MESSAGE, **values):
    return {"messageId": message, "status": status, "lastUpdate": AT, **values}


def sent(status, **values):
    return {"id": FORSENDELSE, "status": status, "sisteStatusEndring": AT, **values}


def event(number, name="attachmentdownloaded"):
    ids = {"id": f"d0000000-0000-4000-8000-{number:012}", "resourceinstance": LETTER}
    return {**ids, "type": f"no.altinn.correspondence.{name}", "time": AT, "subject": f"urn:altinn:organization:identifier-no:{BERGEN}"}


def known():
    """Every delivery as the command prints it, without its number."""
    lines = io.StringIO()
    call_command("deliveries", stdout=lines)
    return [{name: value for name, value in json.loads(line).items() if name != "id"} for line in lines.getvalue().splitlines()]


def accounts(done):
    return done.read, done.accepted, done.duplicate, done.rejected


def in_every_order(*steps):
    """What is known after the steps, in each order; undone each time."""
    for order in permutations(steps):
        with transaction.atomic():
            for step in order:
                step()
            yield known()
            transaction.set_rollback(True)


CHAIN = {
    "inbound": {"direction": "INCOMING", "receiverIdentifier": f"0192:{BERGEN}"},
    "outbound": {"direction": "OUTGOING", "receiverIdentifier": f"0192:{SENDER}", "senderIdentifier": f"0192:{BERGEN}"},
}


@pytest.mark.parametrize("direction", CHAIN)
def test_a_chain_over_three_carriers_is_one_delivery_in_any_order(bergen, direction):
    recipient = BERGEN if direction == "inbound" else SENDER
    letter = {"correspondenceId": LETTER, "recipient": f"0192:{recipient}", "sendersReference": MESSAGE.upper()}
    history = [{"status": "Published", "statusChanged": AT}]

    outcomes = list(
        in_every_order(
            lambda: bring_in(bergen, "eformidling", conversation("SENDT", **CHAIN[direction])),
            lambda: bring_in(bergen, "svarut-status", sent("AKSEPTERT", eksternRef=MESSAGE, mottakerOrgnr=recipient), direction=direction),
            lambda: bring_in(bergen, "altinn", {**letter, "statusHistory": history}, direction=direction, vantage="sender"),
        )
    )

    assert all(outcome == outcomes[0] for outcome in outcomes)
    (delivery,) = outcomes[0]
    assert delivery["references"] == [["altinn", LETTER], ["eformidling", MESSAGE], ["svarut", FORSENDELSE]]
    assert delivery["direction"] == direction
    assert delivery["sent_at"] == delivery["receipted_at"] == delivery["available_at"] == "2024-02-01T09:00:00Z"
    assert delivery["gone_at"] == "2024-05-01T09:00:00Z"  # SvarUt's 90 days outlast Altinn's 30
    assert delivery["source_missing"] is False


def test_a_letter_of_altinn_is_the_one_that_the_integrasjonspunkt_names(bergen):
    bring_in(bergen, "eformidling", conversation("LEVERT", serviceIdentifier="DPV", externalSystemReference=LETTER))
    bring_in(bergen, "altinn-events", event(1, "correspondencereceiverread"))
    bring_in(bergen, "svarinn", {"id": FORSENDELSE, "date": 1706778000000, "status": "Akseptert", "eksternRef": MESSAGE, "tittel": "Bekymringsmelding"})
    bring_in(bergen, "svarut-history", {"forsendelseId": FORSENDELSE, "tidspunkt": "01.02.2024 12:00:00", "hendelse": "Lest eksternt"})

    (delivery,) = known()

    assert delivery["references"] == [["altinn", LETTER], ["eformidling", MESSAGE], ["svarut", FORSENDELSE]]
    assert delivery["opened_at"] == "2024-02-01T09:00:00Z"
    assert Delivery.objects.get().category == "report"


def test_where_titles_differ_what_could_be_a_report_is_taken_for_one(bergen):
    bring_in(bergen, "svarinn", {"id": FORSENDELSE, "date": 1706778000000, "status": "Akseptert", "eksternRef": MESSAGE, "tittel": "Dokument i sak 12"})
    assert Delivery.objects.get().category == "case_document"

    bring_in(bergen, "eformidling", conversation("SENDT", messageTitle="Bekymringsmelding"))

    assert Delivery.objects.get().category == "report"


@pytest.mark.parametrize(
    ("service", "native", "rungs"),
    [
        ("DPO", "LEVERT", {"fetched_at"}),
        ("DPF", "LEVERT", {"fetched_at"}),
        ("DPV", "LEVERT", {"available_at"}),
        ("DPE", "LEVERT", {"fetched_at"}),
        ("DPO", "LEST", {"opened_at"}),
        ("DPF", "LEST", {"fetched_at"}),
        ("DPI", "LEST", {"opened_at"}),
    ],
)
def test_a_status_without_its_service_is_read_by_the_conversation_in_any_order(bergen, service, native, rungs):
    counted = []

    def pages():
        counted.append(accounts(bring_in(bergen, "eformidling", status(native))))

    def conversations():
        counted.append(accounts(bring_in(bergen, "eformidling", conversation(native, serviceIdentifier=service))))

    one, other = in_every_order(pages, conversations)

    assert one == other
    assert {rung for rung in ("available_at", "fetched_at", "opened_at") if one[0][rung]} == rungs
    assert counted == [(1, 1, 0, 0), (1, 0, 1, 0)] * 2  # the same status at the same moment is the same fact


def test_the_page_of_a_delivery_shows_the_event_as_it_is_read(bergen):
    bring_in(bergen, "eformidling", status("LEVERT"))
    bring_in(bergen, "eformidling", conversation("LEVERT"))

    shown = evidence(delivery=Delivery.objects.get(), now=scenes.NOW)

    assert [one.code for one in shown.events] == ["fetched"]
    assert [rung.step.name for rung in shown.ladder if rung.is_filled and rung.event] == ["fetched"]


def test_who_has_read_is_told_by_the_kind_of_recipient_in_any_order(bergen):
    person = "01818012345"

    outcomes = list(
        in_every_order(
            lambda: bring_in(bergen, "svarut-status", sent("LEST"), direction="outbound"),
            lambda: bring_in(bergen, "svarut-status", sent("LEST", mottakerOrgnr=person), direction="outbound"),
        )
    )

    assert [[(one["state"], one["opened_at"], one["fetched_at"]) for one in outcome] for outcome in outcomes] == [
        [("arrived", "2024-02-01T09:00:00Z", None)]
    ] * 2


@pytest.mark.parametrize(("said", "direction"), [("OUTGOING", "outbound"), ("INCOMING", "inbound")])
def test_the_direction_that_a_message_names_wins_over_the_feed_s_in_any_order(bergen, said, direction):
    outcomes = in_every_order(
        lambda: bring_in(bergen, "eformidling", status("SENDT"), direction="inbound"),
        lambda: bring_in(bergen, "eformidling", conversation("SENDT", "MOTTATT", direction=said), direction="inbound" if said == "OUTGOING" else "outbound"),
    )

    assert [[one["direction"] for one in outcome] for outcome in outcomes] == [[direction], [direction]]


def test_an_incoming_message_for_another_municipality_is_foreign_and_an_outgoing_one_is_not(bergen):
    scenes.service("5001")
    trondheim = "0192:942110464"
    incoming = conversation("SENDT", direction="INCOMING", receiverIdentifier=trondheim)
    outgoing = conversation("SENDT", direction="OUTGOING", receiverIdentifier=trondheim, message=LETTER)
    stream = io.BytesIO(json.dumps([incoming, outgoing]).encode())

    received = feeds.receive_file(service=bergen, format="eformidling", file_name="fil", stream=stream, by="test", now=scenes.NOW)
    done = feeds.run(feed_import_id=received.feed_import.pk, clock=lambda: scenes.NOW)

    assert accounts(done) == (2, 1, 0, 1)
    assert done.rejections.get().code == "foreign_service"


# -- lines that carry no event


def test_a_receipt_is_accepted_without_an_event_and_its_line_can_be_looked_up(bergen):
    receipt = conversation("SENDT", "MOTTATT", processIdentifier=RECEIPT, message=LETTER)

    done = bring_in(bergen, "eformidling", conversation("SENDT"), receipt, conversation("LEVERT"))

    assert accounts(done) == (4, 4, 0, 0)
    assert set(Event.objects.values_list("line", flat=True)) == {1, 4}
    assert set(Reference.objects.values_list("value", flat=True)) == {MESSAGE}
    lines = queries.page(feed_import=done, fate=Fate.ACCEPTED).lines
    assert [(line.number, len(line.events)) for line in lines] == [(1, 1), (2, 0), (3, 0), (4, 1)]
    assert queries.line(feed_import=done, number=3).fate == Fate.ACCEPTED
    assert [line.number for line in queries.page(feed_import=done, fate=None, after=1, size=2).lines] == [2, 3]


def test_a_file_of_receipts_alone_is_complete_and_touches_nothing(bergen):
    done = bring_in(bergen, "eformidling", conversation("SENDT", processIdentifier=RECEIPT))
    again = bring_in(bergen, "eformidling", conversation("SENDT", processIdentifier=RECEIPT))

    assert accounts(done) == accounts(again) == (1, 1, 0, 0)
    assert known() == []
    assert not done.owed.exists()


def test_every_invariant_holds_with_receipts_and_events_of_the_same_moment(bergen):
    bring_in(bergen, "eformidling", conversation("SENDT"), conversation("SENDT", processIdentifier=RECEIPT), status("LEVERT"))
    bring_in(bergen, "altinn-events", event(1), event(2))
    bring_in(bergen, "svarut-status", sent("LEST"))

    call_command("verify", stdout=io.StringIO())  # exits when one does not


# -- keys


def test_two_events_of_altinn_differ_by_their_ids_alone(bergen):
    first = bring_in(bergen, "altinn-events", event(1), event(2))

    again = bring_in(bergen, "altinn-events", event(2), event(1), event(3))

    assert (accounts(first), accounts(again)) == ((2, 2, 0, 0), (3, 1, 2, 0))


@pytest.mark.parametrize(
    ("format", "value", "other"),
    [
        ("svarut-status", sent("AKSEPTERT"), sent("LEST")),
        ("svarut-status", sent("AKSEPTERT"), sent("AKSEPTERT", sisteStatusEndring="2024-02-01T10:00:00.001+01:00")),
        ("svarinn", {"id": FORSENDELSE, "date": 1, "status": "LEST"}, {"id": LETTER, "date": 1, "status": "LEST"}),
        ("eformidling", status("SENDT"), status("MOTTATT")),
        ("eformidling", status("SENDT"), status("SENDT", message=LETTER)),
    ],
)
def test_the_same_fact_in_another_file_is_a_duplicate_and_another_is_not(bergen, format, value, other):
    values = [{**one, "date": 1706778000000} if "date" in one else one for one in (value, other)]
    bring_in(bergen, format, values[0])

    again = bring_in(bergen, format, *values)

    assert accounts(again) == (2, 1, 1, 0)


def test_a_time_written_with_another_offset_is_the_same_moment(bergen):
    bring_in(bergen, "svarut-status", sent("AKSEPTERT"))

    assert accounts(bring_in(bergen, "svarut-status", sent("AKSEPTERT", sisteStatusEndring="2024-02-01T09:00:00Z"))) == (1, 0, 1, 0)


# -- whose copy is gone when


@pytest.mark.parametrize(("native", "days"), [("AKSEPTERT", 90), ("SLETTET", 0)])
def test_svarut_keeps_what_it_gave_a_receipt_for_until_it_is_deleted(bergen, native, days):
    bring_in(bergen, "svarut-status", sent("AKSEPTERT"), sent(native))

    delivery = Delivery.objects.get()

    assert delivery.gone_at == delivery.receipted_at + timedelta(days=days)
