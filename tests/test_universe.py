"""The truth of the universe is what the application finds, in whatever order, pieces and repetitions it is told."""

from collections import Counter
from random import Random
from unittest import mock

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from apps.deliveries import actions as deliveries
from apps.deliveries import queries
from apps.feeds import actions as feeds
from apps.feeds import pipeline
from apps.ledger.models import ImportState
from config.demo.messages import LETTER_FATES, OUTBOUND_FATES, REPORT_FATES
from tests import scenes, universe
from tests.universe import BERGEN, NOW, Universe

pytestmark = pytest.mark.django_db

WORLD = Universe()
REPORTS = [WORLD.report(number, fate) for number, fate in enumerate(list(REPORT_FATES) * 2)]
LETTERS = [WORLD.letter(number, fate) for number, fate in enumerate(LETTER_FATES)]
SENDINGS = [WORLD.sending(number, fate) for number, fate in enumerate(OUTBOUND_FATES)]
LINES = {
    "portal-list": list(universe.portal_list(REPORTS)),
    "portal-history": list(universe.portal_history(REPORTS)),
    "mottakslogg": list(universe.mottakslogg([*REPORTS, *LETTERS])),
}

# Each example is a dozen imports; one that fails says its seed, and needs no smaller one.
FEW = settings(max_examples=6, deadline=None, phases=[Phase.generate], suppress_health_check=[HealthCheck.function_scoped_fixture])


def take(service, file):
    received = feeds.receive_file(
        service=service, format=file.format, file_name=file.name, stream=file.stream(), by="test", now=NOW, direction=file.direction, vantage=file.vantage
    )
    return feeds.run(feed_import_id=received.feed_import.pk, clock=lambda: NOW)


def told_of(files):
    """What `deliveries` prints once the files are in, without the ids, which depend on what came first."""
    service = scenes.service(BERGEN)
    with transaction.atomic():
        for file in files:
            done = take(service, file)
            assert (done.state, done.read, done.rejected) == (ImportState.COMPLETE, file.read, file.rejected)
            assert done.read == done.accepted + done.duplicate + done.rejected
        deliveries.reconcile_owed(now=NOW)
        found = sorted(({**delivery, "id": None} for delivery in queries.told(service_code=BERGEN, state=None)), key=lambda delivery: delivery["references"])
        transaction.set_rollback(True)
    return found


def in_order():
    outbound = universe.files("altinn", universe.altinn(SENDINGS), direction="outbound")
    return universe.all_files(REPORTS, LETTERS) + outbound


def test_every_message_is_found_to_be_what_it_is():
    found = {value: delivery["state"] for delivery in told_of(in_order()) for _, value in delivery["references"]}

    truths = universe.truths([*REPORTS, *LETTERS, *SENDINGS])
    assert {id: found[id] for id in truths} == truths


@FEW
@given(seed=st.integers(0, 2**32), parts=st.integers(1, 3), repeats=st.integers(0, 20), as_json=st.booleans(), remembered=st.sampled_from([1, 10_000]))
def test_order_cuts_repetitions_and_what_is_remembered_of_a_file_change_nothing(seed, parts, repeats, as_json, remembered):
    random = Random(seed)
    shuffled = universe.all_files(REPORTS, LETTERS, random=random, parts=parts, repeats=repeats, as_json=as_json)
    shuffled += universe.files("altinn", universe.altinn(SENDINGS), direction="outbound", random=random, parts=parts)
    random.shuffle(shuffled)

    with mock.patch.object(pipeline, "MOST_REMEMBERED", remembered):
        assert told_of(shuffled) == told_of(in_order())


def test_telling_everything_twice_changes_nothing():
    assert told_of([*in_order(), *universe.all_files(REPORTS, LETTERS, random=Random(2))]) == told_of(in_order())


@pytest.mark.parametrize("format", universe.GARBAGE)
@FEW
@given(seed=st.integers(0, 2**32))
def test_garbled_lines_are_rejected_and_take_nobody_along(format, seed):
    clean = [file for file in in_order() if file.format != format]

    garbled = universe.files(format, [*LINES[format], *universe.garbage(format)], random=Random(seed), parts=2)

    assert sum(file.rejected for file in garbled) == len(universe.GARBAGE[format])
    assert told_of([*clean, *garbled]) == told_of(in_order())


def test_the_same_seed_gives_the_same_messages_and_every_fate():
    again = Universe(seed=7)

    assert list(again.reports(50)) == list(Universe(seed=7).reports(50))
    assert set(Counter(report.fate for report in again.reports(500))) == set(REPORT_FATES)
