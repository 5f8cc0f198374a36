"""The rulebook of 01-domain, rule by rule and boundary by boundary, told by real files of the four formats.

Each case says what the files tell (hours after T), and the state in the last moment before a change and in the first moment after it.
"""

import csv
import io
import json
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import pytest

from apps.deliveries import actions as deliveries
from apps.deliveries.models import Delivery
from apps.feeds import actions as feeds
from apps.ledger import actions as ledger
from apps.ledger.models import ImportState, Reference
from tests import scenes

pytestmark = pytest.mark.django_db

T = datetime(2024, 2, 5, 9, 30, tzinfo=UTC)
YEARS_LATER = datetime(2025, 6, 1, tzinfo=UTC)
REPORT, LETTER, MESSAGE = (f"{digit * 8}-1111-4111-8111-111111111111" for digit in "123")
MICROSECOND = timedelta(microseconds=1)


class Line(NamedTuple):
    format: str
    cells: dict[str, object]


def after(hours: float) -> datetime:
    return T + timedelta(hours=hours)


def text(hours: float | str) -> str:
    return hours if isinstance(hours, str) else after(hours).isoformat()


def portal(tilstand: str, hours: float, **more) -> Line:
    return Line("portal-history", {"bekymringsmeldingId": REPORT, "tidspunkt": text(hours), "tilstand": tilstand, **more})


def listed(hours: float, **more) -> Line:
    return Line("portal-list", {"bekymringsmeldingId": REPORT, "innsendt": text(hours), "kommunenummer": "4601", **more})


def altinn(status: str, hours: float) -> Line:
    return Line("altinn", {"status": status, "statusChanged": text(hours)})


def log(hours: float, resultat: str = "mottatt", about: str = "bekymringsmeldingId", **more) -> Line:
    """A row of the case system's log; times in `more` are hours after T too."""
    times = {name: text(at) for name, at in more.items() if name.endswith("Tidspunkt")}
    message = REPORT if about == "bekymringsmeldingId" else LETTER
    return Line("mottakslogg", {about: message, "mottattTidspunkt": text(hours), "resultat": resultat, "kommunenummer": "4601", **more, **times})


def registered(hours: float | str, about: str = "bekymringsmeldingId", case: str = "17", **more) -> Line:
    """Received and stored at the same time."""
    return log(hours, about=about, lagretTidspunkt=hours, fagsystemMeldingId=case, **more)


def body(format: str, rows: list[dict[str, object]]) -> bytes:
    if format == "altinn":
        return json.dumps({"correspondenceId": LETTER, "recipient": "0192:964338531", "statusHistory": rows}).encode()
    table = io.StringIO()
    writer = csv.DictWriter(table, list(dict.fromkeys(column for row in rows for column in row)), delimiter=";")
    writer.writeheader()
    writer.writerows(rows)
    return table.getvalue().encode()


def tell(*lines: Line, direction: str | None = None, now: datetime = YEARS_LATER) -> None:
    """One file for each format; nothing of it may be rejected."""
    service = scenes.service()
    for format in dict.fromkeys(line.format for line in lines):
        stream = io.BytesIO(body(format, [line.cells for line in lines if line.format == format]))
        received = feeds.receive_file(service=service, format=format, file_name="fil", stream=stream, by="test", now=now, direction=direction)
        done = feeds.run(feed_import_id=received.feed_import.pk, clock=lambda: now)
        assert (done.state, done.rejected) == (ImportState.COMPLETE, 0), (done.refusal, list(done.rejections.values()))


def seen(now: datetime) -> Delivery:
    """The only delivery there is, at that clock."""
    service = scenes.service()
    deliveries.reconcile(service=service, deliveries=Reference.objects.filter(service=service).values_list("delivery", flat=True), now=now)
    return Delivery.objects.get()


class Case(NamedTuple):
    """`state` holds at `hours`, and one microsecond later `then`; where nothing changes, `hours` is None and `state` holds at any later clock.

    `since` and `review` are hours after T, of the last of the two states.
    """

    title: str
    lines: tuple[Line, ...]
    state: str
    hours: float | None = None
    then: str = ""
    since: float | None = None
    review: float | None = None


RECEIPT = portal("AKSEPTERT", 0)
PUBLISHED = altinn("Published", 0)

INBOUND = [
    # 1: arrived
    Case("a registration alone is an arrival", (registered(5),), "arrived", since=5),
    Case("a registration outweighs every failure and every removal", (RECEIPT, portal("AVVIST_FAGSYSTEM", 9), registered(5)), "arrived", since=5),
    Case("a registration outweighs an opening that came late", (PUBLISHED, altinn("Read", 200), registered(210, "correspondenceId")), "arrived", since=210),
    Case("the first registration says since when", (registered(5), registered(9)), "arrived", since=5),
    Case("registered again after it was deleted", (registered(5), log(5, slettetTidspunkt=7), registered(8)), "arrived", since=8),
    Case("registered and deleted in one moment does not hold", (registered(5, slettetTidspunkt=5),), "removed", since=5),
    Case("deleted before it was registered does hold", (registered(5, slettetTidspunkt=4),), "arrived", since=5),
    Case("the number of children is known and every one has a case", (listed(0, antallBarn=2), registered(5), registered(5, case="18")), "arrived", since=5),
    Case("more cases than children", (listed(0, antallBarn=1), registered(5), registered(6, case="18")), "arrived", since=5),
    Case("no case is named, so none is missing", (listed(0, antallBarn=3), log(5, lagretTidspunkt=5)), "arrived", since=5),
    Case("no child is named", (listed(0, antallBarn=0), registered(5)), "arrived", since=5),
    # 3: partly registered
    Case("three children and one case", (listed(0, antallBarn=3), registered(5)), "partly_registered", since=5),
    Case("two cases of three", (listed(0, antallBarn=3), registered(5), registered(6, case="18")), "partly_registered", since=5),
    Case("the same case twice is one case", (listed(0, antallBarn=2), registered(5), registered(6)), "partly_registered", since=5),
    Case("partly registered says more than removed by the carrier", (listed(0, antallBarn=2), registered(5), RECEIPT), "partly_registered", since=5),
    # 4: removed
    Case("the registration was deleted", (RECEIPT, registered(5), log(5, slettetTidspunkt=7)), "removed", since=7),
    Case("deleted without ever being registered", (log(5, "slettet", slettetTidspunkt=6),), "removed", since=6),
    Case("deleted, and the time is that of the receipt", (log(5, "slettet"),), "removed", since=5),
    Case("deleted by the recipient unread", (PUBLISHED, altinn("PurgedByRecipient", 10)), "removed", since=10),
    Case("deleted by the sender unread", (PUBLISHED, altinn("PurgedByAltinn", 10)), "removed", since=10),
    Case("opened after it was removed", (PUBLISHED, altinn("PurgedByRecipient", 10), altinn("Read", 11)), "removed", since=10),
    Case("opened before it was removed", (PUBLISHED, altinn("Read", 10), altinn("PurgedByRecipient", 11)), "in_transit", 82, "unconfirmed", since=82),
    Case("opened and removed in one moment", (PUBLISHED, altinn("Read", 10), altinn("PurgedByRecipient", 10)), "in_transit", 82, "unconfirmed", since=82),
    Case("removed outweighs failed", (PUBLISHED, altinn("Failed", 5), altinn("PurgedByRecipient", 10)), "removed", since=10),
    # 5: failed
    Case("rejected by the case system", (RECEIPT, portal("SENDT_FAGSYSTEM", 1), portal("AVVIST_FAGSYSTEM", 2)), "failed", since=2),
    Case("the letter was rejected", (RECEIPT, portal("SENDT_PRINT", 50), portal("AVVIST_PRINT", 60)), "failed", since=60),
    Case("rejected, and nothing else is known", (portal("AVVIST_FAGSYSTEM", 2),), "failed", since=2),
    Case("the case system says that it failed", (log(5, "feilet"),), "failed", since=5),
    Case("the latest of two failures says since when", (RECEIPT, portal("AVVIST_FAGSYSTEM", 2), portal("AVVIST_FAGSYSTEM", 9)), "failed", since=9),
    Case("sent again after a failure", (RECEIPT, portal("AVVIST_FAGSYSTEM", 2), portal("SENDT_FAGSYSTEM", 3)), "in_transit", 72, "unconfirmed", since=72),
    Case(
        "sent again in the moment of the failure", (RECEIPT, portal("AVVIST_FAGSYSTEM", 2), portal("SENDT_FAGSYSTEM", 2)), "in_transit", 72, "unconfirmed", 72
    ),
    Case("failed after it was opened", (PUBLISHED, altinn("Read", 10), altinn("Failed", 20)), "in_transit", 82, "unconfirmed", since=82),
    Case("opened after it failed", (PUBLISHED, altinn("Failed", 5), altinn("Read", 10)), "in_transit", 82, "unconfirmed", since=82),
    Case(
        "the case system's claim is later than the failure",
        (RECEIPT, portal("AVVIST_FAGSYSTEM", 2), portal("LEVERT", 3)),
        "in_transit",
        75,
        "unconfirmed",
        since=75,
    ),
    # 6: unopened
    Case("lies available for two days", (PUBLISHED,), "in_transit", 48, "unopened", since=48),
    Case("a look through the API is no opening", (PUBLISHED, altinn("Fetched", 3)), "in_transit", 48, "unopened", since=48),
    Case("archived is no opening", (PUBLISHED, altinn("Archived", 3)), "in_transit", 48, "unopened", since=48),
    Case("a receipt beside it changes nothing", (altinn("ReadyForPublish", -1), PUBLISHED), "in_transit", 48, "unopened", since=48),
    Case("a machine of the recipient has it", (PUBLISHED, log(3, about="correspondenceId")), "in_transit", 75, "unconfirmed", since=75),
    # 7: opened late
    Case("opened a week after it was available, to the microsecond", (PUBLISHED, altinn("Read", 168)), "in_transit", 240, "unconfirmed", since=240),
    Case("opened later than that", (PUBLISHED, altinn("Read", 168.001)), "opened_late", since=168.001),
    Case(
        "late by the day it was available, not by the receipt",
        (altinn("ReadyForPublish", -99), PUBLISHED, altinn("Read", 100)),
        "in_transit",
        172,
        "unconfirmed",
        172,
    ),
    Case("late by the receipt where it was never available", (RECEIPT, log(1, apnetTidspunkt=169)), "opened_late", since=169),
    Case("late by the sending where there is no receipt", (portal("SENDT_FAGSYSTEM", 0), log(1, apnetTidspunkt=169)), "opened_late", since=169),
    Case("nothing to count from", (log(1, apnetTidspunkt=999),), "in_transit", 1071, "unconfirmed", since=1071),
    # 8: unconfirmed
    Case("a receipt and nothing else", (RECEIPT,), "in_transit", 72, "unconfirmed", since=72),
    Case("from the list of reports", (listed(0),), "in_transit", 72, "unconfirmed", since=72),
    Case("sent and nothing else", (portal("SENDT_FAGSYSTEM", 0),), "in_transit", 72, "unconfirmed", since=72),
    Case("counted from the receipt, not from the sending", (RECEIPT, portal("SENDT_FAGSYSTEM", -5)), "in_transit", 72, "unconfirmed", since=72),
    Case("counted from the first receipt", (RECEIPT, portal("AKSEPTERT", 5)), "in_transit", 72, "unconfirmed", since=72),
    Case("LEVERT is only a claim", (RECEIPT, portal("LEVERT", 10)), "in_transit", 82, "unconfirmed", since=82),
    Case("received without being stored is only a claim", (RECEIPT, log(10)), "in_transit", 82, "unconfirmed", since=82),
    Case("the first claim counts", (RECEIPT, portal("LEVERT", 10), log(30)), "in_transit", 82, "unconfirmed", since=82),
    Case("opened and never registered", (PUBLISHED, altinn("Read", 10)), "in_transit", 82, "unconfirmed", since=82),
    Case("opened counts before fetched", (RECEIPT, log(10, apnetTidspunkt=20)), "in_transit", 92, "unconfirmed", since=92),
    Case("downloaded is opened", (PUBLISHED, altinn("AttachmentsDownloaded", 10)), "in_transit", 82, "unconfirmed", since=82),
    Case("sent by post", (RECEIPT, portal("SENDT_PRINT", 50)), "in_transit", 170, "unconfirmed", since=170),
    Case("LEVERT after it went to print is a letter", (RECEIPT, portal("SENDT_PRINT", 50), portal("LEVERT", 55)), "in_transit", 170, "unconfirmed", since=170),
    Case("a letter counts before an opening", (RECEIPT, portal("SENDT_PRINT", 50), log(60, apnetTidspunkt=61)), "in_transit", 170, "unconfirmed", since=170),
    # 9: in transit
    Case("waits for the case system", (RECEIPT,), "in_transit", 71, "in_transit", since=0, review=72),
    Case("waits for an opening", (PUBLISHED,), "in_transit", 47, "in_transit", since=0, review=48),
    Case("created, and not yet anywhere", (altinn("Initialized", 0),), "in_transit", 71, "in_transit", since=0, review=72),
    # 10: unknown
    Case("a status that nobody knows decides nothing", (portal("NOE_NYTT", 0),), "unknown", since=0),
    Case("neutral events decide nothing", (altinn("Archived", 3), altinn("Fetched", 2), altinn("Reserved", 4)), "unknown", since=2),
]

OUTBOUND = [
    Case("opened by the recipient", (PUBLISHED, altinn("Read", 500)), "arrived", since=500),
    Case("opened outweighs removed", (PUBLISHED, altinn("Read", 5), altinn("PurgedByRecipient", 6)), "arrived", since=5),
    Case("our own registration is no arrival at theirs", (PUBLISHED, registered(1, "correspondenceId")), "in_transit", 336, "unopened", since=336),
    Case("removed unread", (PUBLISHED, altinn("PurgedByAltinn", 6)), "removed", since=6),
    Case("handed to the post", (portal("SENDT_PRINT", 5), portal("LEVERT", 6)), "handed_over", since=6),
    Case("LEVERT without a letter is a claim, not handed over", (portal("LEVERT", 6),), "in_transit", 342, "unconfirmed", since=342),
    Case("sent to print is not yet handed over", (portal("SENDT_PRINT", 5),), "in_transit", 341, "unconfirmed", since=341),
    Case("rejected by the printer after it was handed over", (portal("SENDT_PRINT", 5), portal("LEVERT", 6), portal("AVVIST_PRINT", 7)), "failed", since=7),
    Case("handed over again after that", (portal("SENDT_PRINT", 5), portal("AVVIST_PRINT", 7), portal("LEVERT", 8)), "handed_over", since=8),
    Case("failed", (altinn("ReadyForPublish", 0), altinn("Failed", 1)), "failed", since=1),
    Case("two weeks unopened", (PUBLISHED,), "in_transit", 336, "unopened", since=336),
    Case("two weeks without a sign", (altinn("Initialized", 0),), "in_transit", 336, "unconfirmed", since=336),
    Case("counted from the claim", (altinn("Initialized", 0), log(20, about="correspondenceId")), "in_transit", 356, "unconfirmed", since=356),
    Case("unconfirmed first, and unopened when that time comes", (altinn("ReadyForPublish", 0), altinn("Published", 9)), "unconfirmed", 345, "unopened", 345),
    Case("that time is looked at again", (altinn("ReadyForPublish", 0), altinn("Published", 9)), "in_transit", 336, "unconfirmed", since=336, review=345),
    Case("waits for an opening", (PUBLISHED,), "in_transit", 335, "in_transit", since=0, review=336),
    Case("never late by the inbound week", (PUBLISHED, altinn("Archived", 3)), "in_transit", 336, "unopened", since=336),
]


def check(case: Case) -> None:
    if case.hours is None:
        for now in (after(1000), YEARS_LATER):
            assert seen(now).state == case.state
    else:
        assert seen(after(case.hours)).state == case.state
        assert seen(after(case.hours) + MICROSECOND).state == case.then
    delivery = Delivery.objects.get()
    assert case.since is None or delivery.since == after(case.since)
    assert delivery.review_at == (None if case.review is None else after(case.review))


@pytest.mark.parametrize("case", INBOUND, ids=lambda case: case.title)
def test_to_the_service(case):
    tell(*case.lines)
    check(case)


@pytest.mark.parametrize("case", OUTBOUND, ids=lambda case: case.title)
def test_from_the_service(case):
    tell(*case.lines, direction="outbound")
    check(case)


@pytest.mark.parametrize("reverse", [False, True], ids=["letter first", "answer first"])
@pytest.mark.parametrize("between", [-1, 0, 1])
def test_levert_is_a_letter_only_at_or_after_its_sendt_print_whatever_the_order(between, reverse):
    lines = [portal("SENDT_PRINT", 10), portal("LEVERT", 10 + between / 3.6e9)]
    for line in reversed(lines) if reverse else lines:
        tell(line)

    delivery = seen(after(11))
    is_claim = between < 0
    assert (delivery.fetched_at is not None, delivery.posted_at) == (is_claim, after(10))


def test_two_answers_around_a_letter_are_a_claim_and_a_letter():
    tell(portal("LEVERT", 5), portal("SENDT_PRINT", 10), portal("LEVERT", 15))

    delivery = seen(after(20))
    assert (delivery.fetched_at, delivery.posted_at, delivery.progress_at) == (after(5), after(10), after(15))


def test_a_message_type_that_says_failed_is_no_letter_whatever_its_state():
    tell(portal("SENDT_PRINT", 5), portal("LEVERT", 9, meldingstype="no.ks.fiks.bekymringsmelding.feilet.v1", meldingId=MESSAGE))

    assert seen(after(10)).state == "failed"


# --- What stands beside the state ---------------------------------------------------------------------------------------------------------------------

LATENESS = [
    ("opened in time", (PUBLISHED, altinn("Read", 168)), False),
    ("opened late", (PUBLISHED, altinn("Read", 168.001)), True),
    ("registered late", (RECEIPT, registered(169)), True),
    ("counted from the receipt, before availability", (altinn("ReadyForPublish", 0), altinn("Published", 10), altinn("Read", 170)), True),
    ("the first of opening and registration counts", (RECEIPT, log(1, apnetTidspunkt=100, lagretTidspunkt=300)), False),
    ("registered by the day only", (RECEIPT, registered("2024-03-20")), None),
    ("opened to the second before a registration by the day", (RECEIPT, log(1, apnetTidspunkt=400, lagretTidspunkt="2024-03-20")), True),
    ("registered by the day before an opening to the second", (RECEIPT, log(1, apnetTidspunkt=900, lagretTidspunkt="2024-02-20")), None),
    ("neither opened nor registered", (RECEIPT,), None),
    ("nothing to count from", (registered(900),), None),
]


@pytest.mark.parametrize(("lines", "is_late"), [case[1:] for case in LATENESS], ids=[case[0] for case in LATENESS])
def test_lateness(lines, is_late):
    tell(*lines)

    assert seen(YEARS_LATER).is_late is is_late


DAYS = 24
RETENTION = [
    ("the portal keeps thirty days", (RECEIPT,), 30 * DAYS),
    ("Altinn keeps thirty days from when it is available", (altinn("ReadyForPublish", 0), altinn("Published", 5)), 5 + 30 * DAYS),
    ("Altinn's copy is gone when it was removed", (PUBLISHED, altinn("PurgedByRecipient", 7)), 7),
    ("the last of two copies counts", (RECEIPT, PUBLISHED, log(2, correspondenceId=LETTER)), 30 * DAYS),
    ("a removal counts for its own carrier only", (RECEIPT, PUBLISHED, altinn("PurgedByRecipient", 7), log(2, correspondenceId=LETTER)), 30 * DAYS),
    ("deleted in the case system says nothing of the carrier", (RECEIPT, log(1, "slettet")), 30 * DAYS),
    ("no carrier has said that it holds it", (registered(1),), None),
    ("sent is not held", (portal("SENDT_FAGSYSTEM", 0),), None),
]


@pytest.mark.parametrize(("lines", "hours"), [case[1:] for case in RETENTION], ids=[case[0] for case in RETENTION])
def test_when_the_carriers_copy_is_gone(lines, hours):
    tell(*lines)

    assert seen(YEARS_LATER).gone_at == (None if hours is None else after(hours))


@pytest.mark.parametrize(
    ("received", "gone"),
    [
        ("2023-06-02T14:29:59.999999", datetime(2023, 6, 16, 12, 29, 59, 999999, tzinfo=UTC)),
        ("2023-06-02T14:30:00", datetime(2023, 7, 2, 12, 30, tzinfo=UTC)),
        # Elapsed time: Oslo's clock is set back in between, and 30 days are 720 hours.
        ("2023-10-15T12:00:00", datetime(2023, 11, 14, 10, 0, tzinfo=UTC)),
        ("2024-02-10T12:00:00", datetime(2024, 3, 11, 11, 0, tzinfo=UTC)),
    ],
)
def test_how_long_the_portal_keeps_depends_on_when_it_was_received(received, gone):
    tell(listed(0, innsendt=received))

    assert seen(YEARS_LATER).gone_at == gone


@pytest.mark.parametrize(
    ("written", "deadline"),
    [
        ("2024-03-29T12:00:00", datetime(2024, 4, 1, 11, 0, tzinfo=UTC)),
        ("2024-10-25T12:00:00", datetime(2024, 10, 28, 10, 0, tzinfo=UTC)),
        ("2024-10-27T02:30:00", datetime(2024, 10, 30, 0, 30, tzinfo=UTC)),  # the hour that comes twice: the first is meant
        ("2024-10-27T02:30:00+01:00", datetime(2024, 10, 30, 1, 30, tzinfo=UTC)),
        ("2024-02-27T12:00:00", datetime(2024, 3, 1, 11, 0, tzinfo=UTC)),
        ("2024-02-29", datetime(2024, 3, 2, 23, 0, tzinfo=UTC)),
    ],
)
def test_days_are_elapsed_time_over_clock_changes_and_leap_days(written, deadline):
    tell(listed(0, innsendt=written))

    assert seen(deadline).state == "in_transit"
    assert seen(deadline).review_at == deadline
    assert seen(deadline + MICROSECOND).state == "unconfirmed"
    assert seen(deadline + MICROSECOND).since == deadline


@pytest.mark.parametrize(
    ("lines", "is_missing"),
    [((registered(1),), True), ((RECEIPT, registered(1)), False), ((PUBLISHED,), False)],
    ids=["case system only", "both", "carrier only"],
)
def test_the_source_is_missing_when_only_the_case_system_tells_of_it(lines, is_missing):
    tell(*lines)

    assert seen(YEARS_LATER).source_missing is is_missing


@pytest.mark.parametrize(("reach", "is_covered"), [(72, False), (72 + 1 / 3.6e6, True)])
def test_covered_means_that_the_case_systems_data_reach_beyond_the_deadline(reach, is_covered):
    other = Line("mottakslogg", {"forsendelseId": MESSAGE, "mottattTidspunkt": text(reach), "resultat": "mottatt", "kommunenummer": "4601"})
    tell(RECEIPT, other)
    deliveries.rebuild(now=after(100))

    waiting = Delivery.objects.filter(pk=Reference.objects.get(value=REPORT).delivery)
    assert waiting.get().state == "unconfirmed"
    assert waiting.covered().exists() is is_covered


def test_a_file_reaches_no_further_than_the_moment_it_was_imported():
    tell(RECEIPT)
    tell(Line("mottakslogg", {"forsendelseId": MESSAGE, "mottattTidspunkt": "2099-01-01", "resultat": "mottatt"}), now=after(70))
    deliveries.rebuild(now=after(100))

    assert not Delivery.objects.covered().exists()


# --- Decisions ----------------------------------------------------------------------------------------------------------------------------------------


def decide(outcome: str, hours: float, code: str = "decided") -> None:
    home = Reference.objects.order_by("pk").first().pk
    ledger.record(service=scenes.service(), reference=home, code=code, native=outcome, occurred_at=after(hours), by="anne@example.no", now=after(hours))


def test_a_decision_that_stands_settles_and_a_withdrawn_one_does_not():
    tell(RECEIPT)
    decide("arrived_otherwise", 100)
    assert (seen(after(101)).state, seen(after(101)).since) == ("settled", after(100))

    decide("arrived_otherwise", 102, "withdrawn")
    assert (seen(after(103)).state, seen(after(103)).since) == ("unconfirmed", after(72))


def test_a_proposal_settles_nothing_before_its_second_look():
    tell(RECEIPT)
    decide("lost", 100, "proposed")

    delivery = seen(after(101))
    assert (delivery.state, delivery.look_waits) == ("unconfirmed", True)


def test_a_registration_is_stronger_than_a_decision():
    tell(RECEIPT)
    decide("arrived_otherwise", 100)
    tell(registered(5))

    assert seen(after(101)).state == "arrived"


def test_a_partly_registered_report_may_be_settled():
    tell(listed(0, antallBarn=2), registered(5))
    decide("arrived_otherwise", 100)

    assert seen(after(101)).state == "settled"


def test_found_registered_is_looked_at_again_when_no_case_system_shows_it_in_thirty_days():
    tell(RECEIPT)
    decide("found_registered", 100)

    last = after(100 + 30 * DAYS)
    assert (seen(last).state, seen(last).review_at) == ("settled", last)
    assert seen(last + MICROSECOND).state == "unconfirmed"


CONTRADICTIONS = [
    ("failed after it was delivered", (RECEIPT, portal("LEVERT", 3)), portal("AVVIST_FAGSYSTEM", 4), "failed"),
    ("an older failure, learned now", (RECEIPT, portal("LEVERT", 3)), portal("AVVIST_FAGSYSTEM", 2), "settled"),
    ("removed unread", (PUBLISHED,), altinn("PurgedByRecipient", 9), "removed"),
    ("removed after it was opened", (PUBLISHED, altinn("Read", 8)), altinn("PurgedByRecipient", 9), "settled"),
    ("deleted in the case system", (RECEIPT,), log(9, "slettet"), "removed"),
    ("one more receipt", (RECEIPT,), portal("AKSEPTERT", 200), "settled"),
]


@pytest.mark.parametrize(("before", "later", "state"), [case[1:] for case in CONTRADICTIONS], ids=[case[0] for case in CONTRADICTIONS])
def test_a_settled_delivery_reopens_when_what_is_learned_later_contradicts(before, later, state):
    tell(*before)
    decide("arrived_otherwise", 100)
    assert seen(after(300)).state == "settled"

    tell(later)

    assert seen(after(300)).state == state


def test_a_deletion_of_a_registration_that_was_made_again_contradicts_nothing():
    tell(listed(0, antallBarn=2), registered(5))
    decide("arrived_otherwise", 100)

    tell(log(5, slettetTidspunkt=6), registered(7))

    assert seen(after(300)).state == "settled"


def test_what_was_known_when_the_decision_was_made_contradicts_nothing():
    tell(PUBLISHED, altinn("PurgedByRecipient", 9))
    decide("arrived_otherwise", 100)

    assert seen(after(300)).state == "settled"
