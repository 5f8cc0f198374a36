"""What is certainly missing: never more than the truth, and as much as can be certain."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.deliveries import shortfall
from apps.deliveries.shortfall import EVER, Known, Registrations, Reports, Rules, Wait, matched
from tests import scenes, worlds
from tests.deliveries.test_candidates import bring_in
from tests.universe import file as written
from tests.worlds import PRIVATE, World

FIRST = date(2024, 1, 8)
DAYS = st.integers(0, 12).map(lambda days: FIRST + timedelta(days=days))
WAITS = st.lists(st.tuples(DAYS, st.integers(0, 6)).map(lambda one: Wait(one[0], one[0] + timedelta(days=one[1]))), max_size=8)
REGISTERED = st.lists(DAYS, max_size=8)


def by_brute_force(waits, registered):
    """The largest matching, by augmenting paths over every pair; slow, and as it stands in every textbook."""
    holder = {}

    def finds_place(report, tried):
        for number, day in enumerate(registered):
            if waits[report].first <= day <= waits[report].last and number not in tried:
                tried.add(number)
                if number not in holder or finds_place(holder[number], tried):
                    holder[number] = report
                    return True
        return False

    return sum(finds_place(report, set()) for report in range(len(waits)))


@settings(max_examples=2000, deadline=None)
@given(waits=WAITS, registered=REGISTERED)
def test_the_matching_is_the_largest_there_is(waits, registered):
    assert matched(waits, [(day, 1) for day in registered]) == by_brute_force(waits, registered)


@settings(max_examples=300, deadline=None)
@given(waits=WAITS, registered=REGISTERED)
def test_what_is_alike_may_be_counted_together(waits, registered):
    together = [Wait(first, last, sum(wait[:2] == (first, last) for wait in waits)) for first, last in {wait[:2] for wait in waits}]

    assert matched(together, [(day, registered.count(day)) for day in set(registered)]) == matched(waits, [(day, 1) for day in registered])


# -- against worlds whose truth is known


def known_of(world):
    kinds = {"PRIVAT": "private", "OFFENTLIG": "public"}
    reports = [Reports(one.day, kinds[one.kind], 1) for one in world.reports]
    registered = [Registrations(one.day, one.code in PRIVATE, one.code not in PRIVATE, 1) for one in world.registrations]
    days = [one.day for one in registered]
    last = max(days) + timedelta(days=60)
    return Known(reports, registered, frozenset(range(2020, 2030)), min(days) - timedelta(days=60), last)


@pytest.mark.parametrize("a_day", [0.2, 1.0, 4.0])
@pytest.mark.parametrize("seed", range(40))
def test_no_more_is_certain_than_is_true(seed, a_day):
    world = World(seed=seed, days=40, a_day=a_day, letters=0.1)
    known = known_of(world)

    for within in (10, 20, EVER):
        for first, last in ((FIRST, FIRST + timedelta(days=60)), (FIRST + timedelta(days=7), FIRST + timedelta(days=13))):
            certain = shortfall.shortfall(known, first=first, last=last, rules=Rules(within, before=7))
            truth = [one for one in world.without_their_own if first <= one.day <= last]
            assert certain.missing <= len(truth)
            assert sum(week.missing for week in certain.weeks) <= certain.missing


def test_a_period_of_which_everything_was_lost_is_certain_to_the_last_report():
    reports = [Reports(FIRST + timedelta(days=number), "public", 2) for number in range(30)]
    known = Known(reports, [], frozenset({2024}), date(2024, 1, 1), date(2024, 12, 1))

    assert shortfall.shortfall(known, first=FIRST, last=date(2024, 3, 1), rules=Rules(10, 7)).missing == 60


def test_loss_by_one_kind_of_reporter_is_seen_behind_registrations_of_the_other():
    reports = [Reports(FIRST, "private", 3), Reports(FIRST, "public", 1)]
    registered = [Registrations(FIRST, False, True, 5), Registrations(FIRST, True, False, 1)]
    known = Known(reports, registered, frozenset({2024}), date(2024, 1, 1), date(2024, 12, 1))

    certain = shortfall.shortfall(known, first=FIRST, last=FIRST, rules=Rules(10, 7))

    assert [(one.reports, one.registrations, one.missing) for one in certain.kinds] == [(3, 1, 2), (1, 5, 0)]


@pytest.mark.parametrize(
    ("begins", "reaches", "years"),
    [
        (date(2024, 1, 1), FIRST + timedelta(days=3), {2024}),  # the data end before the wait does
        (FIRST + timedelta(days=1), date(2024, 12, 1), {2024}),  # and begin after the receipt
        (date(2022, 1, 1), date(2024, 12, 1), {2022}),  # or a whole year is not there
        (None, None, set()),
    ],
)
def test_a_day_that_the_case_systems_data_do_not_cover_proves_nothing(begins, reaches, years):
    known = Known([Reports(FIRST, "public", 2)], [], frozenset(years), begins, reaches)

    certain = shortfall.shortfall(known, first=FIRST, last=FIRST, rules=Rules(10, 7))

    assert (certain.missing, certain.left_out) == (0, 2)


# -- what the sources say


@pytest.mark.django_db
def test_the_database_counts_what_the_world_holds():
    bergen = scenes.service("4601")
    world = World(seed=7, days=40, a_day=1)
    taken_out = datetime(2024, 6, 1, tzinfo=UTC)
    bring_in(bergen, "portal-list", written("portal-list", list(worlds.portal_list(world))).body, now=taken_out)
    bring_in(bergen, "register-xml", worlds.extract(world, taken_out), now=taken_out)

    known = shortfall.known(services=[bergen.pk], first=FIRST, last=date(2024, 5, 1), now=taken_out)[bergen.pk]

    assert sorted(known.reports) == counted((one.day, {"PRIVAT": "private", "OFFENTLIG": "public"}[one.kind]) for one in world.reports)
    assert sorted(known.registrations) == counted((one.day, one.code in PRIVATE, one.code not in PRIVATE) for one in world.registrations)
    assert (known.begins, known.reaches) == (min(one.day for one in world.registrations), date(2024, 5, 31))
    assert shortfall.shortfall(known, first=FIRST, last=date(2024, 5, 1), rules=shortfall.rules(within=10, now=taken_out)).missing <= len(
        world.without_their_own
    )


def counted(cells):
    cells = list(cells)
    return sorted((*cell, cells.count(cell)) for cell in set(cells))


def test_a_wait_ends_on_a_working_day_or_the_weekend_behind_it():
    known = Known([], [], frozenset(), None, None)

    wait = Rules(within=1, before=7).wait(Reports(date(2024, 3, 27), "public", 1), known)

    assert (wait.first, wait.last) == (date(2024, 3, 20), date(2024, 4, 2))
