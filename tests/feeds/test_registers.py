"""What the case systems' and the archive's own files come to, from their bytes to the deliveries."""

import io
import json
from datetime import timedelta

import pytest
from django.core.management import call_command

from apps.deliveries import actions as deliveries
from apps.feeds import actions as feeds
from apps.ledger.models import Coverage, ImportState, Reference
from tests import scenes
from tests.scenes import NOW, RECEIVED

pytestmark = pytest.mark.django_db

CASE = "2d6b1f3e-5c4a-4e9b-8f27-6a0d9c8b7a01"
OTHER_CASE = "2d6b1f3e-5c4a-4e9b-8f27-6a0d9c8b7a02"
BERGEN = '<Avgiver Organisasjonsnummer="964338531" Kommunenummer="4601" Versjon="2024"/>'
SANDEFJORD = '<Avgiver Organisasjonsnummer="916882807" Kommunenummer="3907" Versjon="2024"/>'
RECEIVED_DAY = "2024-02-01"


@pytest.fixture
def bergen():
    return scenes.service("4601")


def extract(*content, taken_out=NOW, office=BERGEN):
    return f'<Barnevern DatoUttrekk="{taken_out.isoformat()}">{office}<Sak Journalnummer="2024/1">{"".join(content)}</Sak></Barnevern>'


def melding(case=CASE, day=RECEIVED_DAY, *content, **attributes):
    return f'<Melding Id="{case}" StartDato="{day}"{"".join(f" {name}={value!r}" for name, value in attributes.items())}>{"".join(content)}</Melding>'


def bring_in(service, content, format="register-xml", now=NOW, **options):
    received = feeds.receive_file(service=service, format=format, file_name="file", stream=io.BytesIO(content.encode()), by="test", now=now, **options)
    done = feeds.run(feed_import_id=received.feed_import.pk, clock=lambda: now)
    deliveries.reconcile_owed(now=now)
    assert done.state == ImportState.COMPLETE, done.refusal
    return done


def portal(delivery):
    return Reference.objects.get(delivery=delivery.pk, namespace="portal").value


def accounts(done):
    return done.accepted, done.duplicate, done.rejected


def stored(service):
    lines = io.StringIO()
    call_command("deliveries", service=service.code, stdout=lines)
    return [json.loads(line) for line in lines.getvalue().splitlines()]


def test_a_report_that_only_the_case_system_knows_has_arrived_and_nobody_can_say_how_late(bergen):
    bring_in(bergen, extract(melding(CASE, RECEIVED_DAY, '<Konklusjon SluttDato="2024-02-05" Kode="1"/>')))

    (row,) = stored(bergen)

    assert (row["references"], row["state"], row["source_missing"]) == ([["case", CASE]], "arrived", True)
    assert (row["registered_at"], row["concluded_at"], row["is_late"]) == ("2024-01-31T23:00:00Z", "2024-02-04T23:00:00Z", None)


@pytest.mark.parametrize(("opened_after", "is_late"), [(None, None), (-2, False), (2, None)])
def test_a_registration_known_by_the_day_proves_arrival_and_not_punctuality(bergen, opened_after, is_late):
    """The first of opening and registration counts; where that is the day's, it may have been written later."""
    report = portal(scenes.report(bergen))
    registered = RECEIVED + timedelta(days=3)
    opened = scenes.wall(registered + timedelta(days=opened_after)) if opened_after else ""
    scenes.bring_in(
        bergen,
        "mottakslogg",
        {"bekymringsmeldingId": report, "mottattTidspunkt": scenes.wall(RECEIVED), "resultat": "mottatt", "fagsystemMeldingId": CASE, "apnetTidspunkt": opened},
    )
    bring_in(bergen, extract(melding(CASE, "2024-02-04")))

    (row,) = [row for row in stored(bergen) if ["case", CASE] in row["references"]]

    assert (row["state"], row["is_late"], row["source_missing"]) == ("arrived", is_late, False)


def test_a_later_extract_repeats_what_is_known(bergen):
    first = bring_in(bergen, extract(melding()))
    later = bring_in(bergen, extract(melding(), melding(OTHER_CASE), taken_out=NOW + timedelta(days=1)), now=NOW + timedelta(days=1))

    assert (accounts(first), accounts(later)) == ((1, 0, 0), (1, 1, 0))


def test_an_earlier_extract_that_comes_later_changes_nothing(bergen):
    bring_in(bergen, extract(melding(CASE, RECEIVED_DAY, '<Konklusjon SluttDato="2024-02-05" Kode="1"/>')))
    before = stored(bergen)

    bring_in(bergen, extract(melding(), taken_out=NOW - timedelta(days=1)), now=NOW)

    assert stored(bergen) == before


@pytest.mark.parametrize(
    "content",
    [melding(CASE, RECEIVED_DAY, ErSlettet="true"), melding() + f'<Slettet Id="{CASE}" Type="Melding" SluttDato="2024-02-03"/>'],
    ids=["marked", "listed"],
)
def test_a_deleted_report_has_not_arrived(bergen, content):
    report = scenes.report(bergen)
    scenes.registration(bergen, at=RECEIVED + timedelta(hours=1), case=CASE, portal=portal(report))

    bring_in(bergen, extract(content))

    assert scenes.again(report).state == "removed"


def test_an_extract_covers_the_days_until_it_was_taken_out(bergen):
    report = scenes.report(bergen)
    bring_in(bergen, extract(melding(), taken_out=RECEIVED + timedelta(hours=72)))
    assert [row["covered"] for row in stored(bergen) if row["state"] == "unconfirmed"] == [False]

    bring_in(bergen, extract(melding(), taken_out=RECEIVED + timedelta(hours=73)))

    assert [row["covered"] for row in stored(bergen) if row["state"] == "unconfirmed"] == [True]
    assert scenes.again(report).state == "unconfirmed"


def test_an_extract_taken_out_after_now_covers_until_now(bergen):
    bring_in(bergen, extract(melding(), taken_out=NOW + timedelta(days=300)))

    assert Coverage.objects.get(service=bergen).reaches_at == NOW


def test_an_extract_of_another_service_covers_nothing(bergen):
    scenes.service("3907")

    done = bring_in(bergen, extract(melding(), office=SANDEFJORD))

    assert accounts(done) == (0, 0, 1)
    assert [rejection.code for rejection in done.rejections.all()] == ["foreign_service"]
    assert not Coverage.objects.exists()


def test_kostra_s_yearly_report_registers_and_concludes(bergen):
    content = f'<Barnevern>{BERGEN}<Individ Id="I1" Journalnummer="J1"><Melding Id="M1" StartDato="2024-02-01" SluttDato="2024-02-05"><Melder/></Melding>'
    content += '<Melding Id="M2" StartDato="2024-02-02"><Melder Kode="8"/></Melding></Individ></Barnevern>'

    assert accounts(bring_in(bergen, content, format="kostra-xml")) == (1, 0, 1)

    (row,) = stored(bergen)
    assert (row["references"], row["state"], row["is_late"]) == ([["case", "964338531:2024:I1:M2"]], "arrived", None)


def test_a_receipt_of_the_archive_registers_the_message_whose_key_it_holds(bergen):
    report = scenes.report(bergen)
    receipt = {"systemID": OTHER_CASE, "opprettetDato": "2024-02-02T10:00:00+01:00", "referanseEksternNoekkel": {"fagsystem": "x", "noekkel": portal(report)}}

    bring_in(bergen, json.dumps(receipt), format="archive-receipts")
    assert scenes.again(report).state == "unconfirmed"
    bring_in(bergen, json.dumps(receipt), format="archive-receipts", reference="portal")

    assert scenes.again(report).state == "arrived"
    assert scenes.again(report).is_late is False
    assert not Coverage.objects.exists()
