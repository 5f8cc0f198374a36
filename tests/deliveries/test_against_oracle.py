"""Random histories in random order, cut and repeated at random: the database must say what the oracle says, whatever the order."""

import dataclasses
import io
import json
import os
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from itertools import groupby

import pytest
from django.core.management import call_command
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.deliveries import actions as deliveries
from apps.deliveries import hindsight
from apps.deliveries import invariants as of_deliveries
from apps.feeds import actions as feeds
from apps.feeds import catalogue
from apps.feeds import invariants as of_feeds
from apps.ledger import actions as ledger
from apps.ledger import invariants as of_the_ledger
from apps.ledger.hindsight import snapshot
from apps.ledger.models import Import, ImportState
from apps.registry.queries import policies
from apps.reports import queries as figures
from tests import oracle, scenes
from tests.deliveries import histories
from tests.deliveries.histories import Written

pytestmark = pytest.mark.django_db

OF_FACTS = (*of_the_ledger.INVARIANTS, *of_feeds.INVARIANTS, *of_deliveries.INVARIANTS)
LATER = datetime(2026, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
# EXAMPLES=500 looks further than every run can afford; without it the same few histories are tried each time.
EXAMPLES = int(os.environ.get("EXAMPLES", "0"))
modest = settings(
    max_examples=EXAMPLES or 25,
    derandomize=not EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
few = settings(modest, max_examples=EXAMPLES or 10)


@pytest.fixture
def bergen():
    return scenes.service("4601")


def bring_in(service, written: list[Written], *, any_code=False, direction="inbound", note=""):
    """One file of one format; every record of it must be accepted or a duplicate."""
    stream = io.BytesIO(histories.as_file(written, any_code=any_code, note=note))
    asked = {"service": service, "format": written[0].format, "direction": direction, "file_name": "prøve", "by": "test"}
    received = feeds.receive_file(**asked, stream=stream, now=LATER)
    done = feeds.run(feed_import_id=received.feed_import.pk, clock=lambda: LATER)
    assert done.state == ImportState.COMPLETE, done.refusal
    assert done.rejected == 0, list(done.rejections.values("code", "details"))
    assert done.read == sum(len(record.said) for record in written)
    return done


def cut(written: list[Written], data) -> Iterable[list[Written]]:
    """Files of one format each, of neighbours in this order."""
    for _, run in groupby(written, key=lambda record: record.format):
        rows = list(run)
        while rows:
            size = data.draw(st.integers(1, len(rows)), label="records in the file")
            yield rows[:size]
            rows = rows[size:]


def stored(service) -> dict:
    """Every delivery of the service as the command prints it, by its references."""
    lines = io.StringIO()
    call_command("deliveries", service=service.code, stdout=lines)
    rows = [json.loads(line) for line in lines.getvalue().splitlines()]
    return {frozenset(map(tuple, row["references"])): {key: value for key, value in row.items() if key not in ("id", "service")} for row in rows}


def expected(records: list[oracle.Said], now: datetime) -> dict:
    """What the rules say, written as the command writes it."""
    rows = oracle.deliveries(records, now=now)
    return {names: {key: written(value) for key, value in row.items()} for names, row in rows.items()}


def written(value):
    if isinstance(value, datetime):
        text = f"{value.astimezone(UTC):%Y-%m-%dT%H:%M:%S}"
        return f"{text}.{value.microsecond:06}Z" if value.microsecond else f"{text}Z"
    return [list(name) for name in value] if isinstance(value, list) else value


def clocks(records: list[oracle.Said], data) -> list[datetime]:
    """A few moments at, just before and just after deadlines of these deliveries."""
    folds = [oracle.fold(names, [record for record in records if record.names[0] in names]) for names in oracle.sets(records)]
    moments = sorted({moment for fold in folds for moment in oracle.deadlines(fold)})
    picked = st.sampled_from(moments) if moments else st.just(LATER)
    near = st.tuples(picked, st.sampled_from([-MICROSECOND, timedelta(0), MICROSECOND])).map(sum_of)
    return data.draw(st.lists(near, min_size=3, max_size=3), label="clocks")


def sum_of(pair):
    return pair[0] + pair[1]


def check(service, written: list[Written], data, **options):
    """Bring the records in, in some order and some cut, and ask at some clocks."""
    is_outbound = options.get("direction") == "outbound"
    records = [replaced(said, is_outbound) for record in written for said in record.said]
    for file in cut(data.draw(st.permutations(written), label="order"), data):
        bring_in(service, file, **options)
        if data.draw(st.booleans(), label="reconcile now"):
            deliveries.reconcile_owed(now=LATER)
    deliveries.reconcile_owed(now=LATER)

    assert stored(service) == expected(records, LATER)
    for now in clocks(records, data):
        deliveries.rebuild(now=now)
        assert stored(service) == expected(records, now), now
    assert at_once(now) == figures.stored()


def at_once(clock: datetime):
    """The deliveries counted by what tells them apart, all folded in one go."""
    with snapshot():
        asked = {"clock": clock, "known_at": figures.FOR_EVER, "graces": policies(at=clock)}
        touched, rest = hindsight.of_everything(services=None, name="at_once", **asked)
        return figures.counted(figures.COUNT, *touched) + figures.counted(figures.COUNT, *rest)


def replaced(said: oracle.Said, is_outbound: bool) -> oracle.Said:
    return dataclasses.replace(said, outbound=is_outbound)


@modest
@given(written=histories.in_our_formats, data=st.data())
def test_any_history_in_our_formats_gives_what_the_rules_say(bergen, written, data):
    with transaction.atomic():
        check(bergen, written, data)
        transaction.set_rollback(True)


@modest
@given(written=histories.of_any_code, direction=st.sampled_from(["inbound", "outbound"]), data=st.data())
def test_any_codes_of_any_source_give_what_the_rules_say(bergen, monkeypatch, written, direction, data):
    monkeypatch.setattr(catalogue, "FORMATS", catalogue.FORMATS | histories.FORMATS_OF_ANY_CODE)
    with transaction.atomic():
        check(bergen, written, data, any_code=True, direction=direction)
        transaction.set_rollback(True)


@few
@given(written=histories.in_our_formats, data=st.data())
def test_the_same_records_in_other_files_change_nothing(bergen, written, data):
    with transaction.atomic():
        for file in cut(written, data):
            bring_in(bergen, file)
        deliveries.reconcile_owed(now=LATER)
        before = stored(bergen)

        for file in cut(data.draw(st.permutations(written)), data):
            again = bring_in(bergen, file, note="igjen")
            assert (again.accepted, again.duplicate) == (0, again.read)
        deliveries.reconcile_owed(now=LATER)

        assert stored(bergen) == before
        transaction.set_rollback(True)


@few
@given(written=histories.in_our_formats, data=st.data())
def test_what_is_reconciled_as_the_clock_goes_equals_what_is_reconciled_at_once(bergen, written, data):
    """The sweep looks at nothing but `review_at`, so that must name every change."""
    records = [said for record in written for said in record.said]
    with transaction.atomic():
        for file in cut(written, data):
            bring_in(bergen, file)
        moments = sorted(clocks(records, data))
        deliveries.reconcile_owed(now=moments[0])
        for now in moments:
            deliveries.reconcile_due(now=now)

        assert stored(bergen) == expected(records, moments[-1])
        transaction.set_rollback(True)


@few
@given(written=histories.in_our_formats, data=st.data())
def test_what_is_undone_is_as_if_it_had_never_come(bergen, written, data):
    """Files that repeat each other, some taken back at any time, some of those brought in again: what stands is what the others said."""
    with transaction.atomic():
        files = [*cut(written, data), *cut(data.draw(st.permutations(written), label="again, in other files"), data)]
        standing = {number: bring_in(bergen, file, note=str(number)) for number, file in enumerate(files)}
        for number in data.draw(st.lists(st.integers(0, len(files) - 1), max_size=4), label="taken back, or brought in again"):
            if data.draw(st.booleans(), label="reconcile first"):
                deliveries.reconcile_owed(now=LATER)
            if number in standing:
                undo(standing.pop(number))
            else:
                standing[number] = bring_in(bergen, files[number], note=str(number))
        deliveries.reconcile_owed(now=LATER)

        records = [said for number in standing for record in files[number] for said in record.said]
        assert stored(bergen) == expected(records, LATER)
        assert not [line for invariant in OF_FACTS for line in invariant.offending(LATER)]
        transaction.set_rollback(True)


def undo(feed_import: Import) -> None:
    ledger.undo(feed_import=Import.objects.get(pk=feed_import.pk), by="test", reason="Feil fil.", now=LATER)
