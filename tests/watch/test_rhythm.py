"""What is expected of a stream by its history, and when too few is too few."""

import csv
import random
from datetime import date, timedelta

import pytest

from apps.registry import reference
from apps.registry.school_holidays import TABLE, is_school_holiday, known_years
from apps.watch.rhythm import History, Level, Share, at_most, cell

FIRST = date(2023, 1, 2)
DAY = timedelta(days=1)


def workdays(count, a_day):
    return [a_day if (FIRST + DAY * number).weekday() < 5 else 0 for number in range(count)]


def test_weekends_without_messages_are_no_silence():
    history = History(FIRST, workdays(182, 4))

    assert history.judged(FIRST + DAY * 181).level is None


def test_three_working_days_without_any_of_four_a_day_are_said():
    history = History(FIRST, workdays(175, 4) + [0, 0, 0])

    verdict = history.judged(FIRST + DAY * 177)

    assert (verdict.level, verdict.got) == (Level.SILENT, 0)


def test_the_reasoning_names_the_days_and_how_many_were_expected():
    history = History(FIRST, workdays(175, 4) + [0, 0, 0, 0])

    verdict = history.judged(FIRST + DAY * 178)

    assert verdict.since == FIRST + DAY * 173  # the Saturday after the last message
    assert verdict.expected == pytest.approx(16, rel=0.1)
    assert verdict.chance < 0.001


def test_a_day_of_which_the_source_said_that_there_was_nothing_is_no_silence():
    counts = workdays(175, 4) + [0, 0, 0, 0]
    nil = {FIRST + DAY * number for number in range(175, 179)}

    assert History(FIRST, counts, nil).judged(FIRST + DAY * 178).level is None


def test_too_short_a_history_says_nothing():
    assert History(FIRST, [3] * 20 + [0] * 7).judged(FIRST + DAY * 26) is None


def test_half_of_the_usual_is_late_before_it_is_silent():
    rng = random.Random(5)
    counts = [rng.randint(2, 6) for _ in range(200)] + [rng.randint(1, 3) for _ in range(28)]

    assert History(FIRST, counts).judged(FIRST + DAY * 227).level is not None


def test_few_messages_need_a_longer_silence():
    often, seldom = History(FIRST, [3] * 364), History(FIRST, [1 if number % 20 == 0 else 0 for number in range(364)])

    assert often.patience()[Level.LATE] <= 3
    assert 40 < seldom.patience()[Level.LATE] < seldom.patience()[Level.SILENT]


def test_fewer_come_in_school_holidays():
    counts = [1 if is_school_holiday(FIRST + DAY * number) else 6 for number in range(364)]
    fit = History(FIRST, counts).fit(364)

    assert sum(fit.rates[8:13]) < sum(fit.rates[:5]) / 3


def test_a_countys_own_week_counts_where_it_is_known_and_the_common_ones_where_not():
    week = {8: date(2024, 2, 21), 9: date(2024, 2, 28), 10: date(2023, 3, 8)}

    assert [is_school_holiday(week[number], "Oslo") for number in (8, 9)] == [True, False]
    assert [is_school_holiday(week[number], "Rogaland") for number in (8, 9)] == [False, True]
    assert [is_school_holiday(week[number], "Vestland") for number in (8, 9)] == [True, True]
    assert [is_school_holiday(week[10], county) for county in ("Troms", "Oslo", "")] == [True, False, False]
    assert is_school_holiday(week[8]) and is_school_holiday(week[9])
    assert is_school_holiday(date(2022, 2, 23), "Rogaland")  # of which nobody has said anything
    assert known_years("Rogaland", range(2022, 2026)) == {"winter": [2023, 2024], "autumn": [2024]}


def test_a_week_in_which_only_this_countys_schools_are_closed_is_learned_as_a_holiday():
    counts = [2 if is_school_holiday(FIRST + DAY * number, "Rogaland") else 6 for number in range(364)]

    own, common = (History(FIRST, counts, county=county).fit(364) for county in ("Rogaland", ""))

    assert own.dispersion <= common.dispersion
    assert cell(date(2024, 2, 28), "Rogaland") == cell(date(2024, 2, 28)) == cell(date(2024, 2, 28), "Oslo") + 8


def test_every_row_of_the_table_is_of_a_county_of_today_and_names_its_source():
    counties = {row.county for row in reference.municipalities() if row.valid_to is None}

    with TABLE.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))

    assert {row["county"] for row in rows} == counties
    assert all(row["holiday"] in ("winter", "autumn") and row["first"] <= row["last"] and row["source"] for row in rows)


def test_one_in_twenty_lost_shows_in_the_share_that_is_confirmed():
    due = [5] * 260
    amiss = [0 if number % 20 else 1 for number in range(220)] + [0 if number % 2 else 1 for number in range(40)]

    verdict = Share(FIRST, due, amiss).judged(FIRST + DAY * 259)

    assert verdict.level is not None
    assert verdict.got > verdict.expected


def test_a_share_as_it_always_was_is_no_alarm():
    amiss = [0 if number % 10 else 1 for number in range(260)]

    assert Share(FIRST, [5] * 260, amiss).judged(FIRST + DAY * 259).level is None


def test_the_chance_of_none_is_poissons_where_the_rate_is_known_well():
    assert at_most(0, mean=5, seen=1e7) == pytest.approx(0.006738, rel=1e-3)
    assert at_most(9, mean=10, seen=1e7) == pytest.approx(0.4579, rel=1e-3)


def test_a_thousand_expected_and_nearly_all_there_is_nothing_unlikely():
    assert at_most(1068, mean=1126, seen=1e7) == pytest.approx(0.043, rel=0.05)


def test_where_the_rate_is_hardly_known_none_is_less_surprising():
    assert at_most(0, mean=5, seen=5) > 4 * at_most(0, mean=5, seen=1e7)
