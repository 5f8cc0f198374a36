from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.feeds.sources.moments import OSLO, instant, moment
from apps.feeds.sources.unfit import Unfit


def utc(*parts):
    return datetime(*parts, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("2023-05-01T10:11:12", utc(2023, 5, 1, 8, 11, 12)),
        ("2023-01-01T10:11:12", utc(2023, 1, 1, 9, 11, 12)),
        ("2023-05-01 10:11", utc(2023, 5, 1, 8, 11)),
        ("  2023-05-01T10:11:12  ", utc(2023, 5, 1, 8, 11, 12)),
        ("2023-05-01T10:11:12,5", utc(2023, 5, 1, 8, 11, 12, 500000)),
        ("01.05.2023 10:11:12", utc(2023, 5, 1, 8, 11, 12)),
        ("01.05.2023 10:11", utc(2023, 5, 1, 8, 11)),
        ("2018-10-28T02:30:00", utc(2018, 10, 28, 0, 30)),
    ],
)
def test_a_time_without_an_offset_is_oslo_time_and_says_so(text, at):
    assert moment(text, "tidspunkt") == (at, False, True)


def test_the_hour_that_happens_twice_is_read_as_the_first():
    assert moment("2023-10-29T02:30:00", "tidspunkt")[0] == utc(2023, 10, 29, 0, 30)


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("2023-05-01T10:11:12Z", utc(2023, 5, 1, 10, 11, 12)),
        ("2023-11-01T10:11:12+02:00", utc(2023, 11, 1, 8, 11, 12)),
        ("2023-11-01T10:11:12+0200", utc(2023, 11, 1, 8, 11, 12)),
        ("2023-03-26T02:30:00+01:00", utc(2023, 3, 26, 1, 30)),
        ("2023-12-31T23:30:00-01:00", utc(2024, 1, 1, 0, 30)),
    ],
)
def test_a_written_offset_is_trusted(text, at):
    assert moment(text, "tidspunkt") == (at, False, False)


@pytest.mark.parametrize(("fraction", "microsecond"), [("1", 100000), ("123456", 123456), ("1234567", 123456), ("9999999", 999999), ("123456789", 123456)])
def test_fractions_beyond_microseconds_are_cut_and_not_rounded(fraction, microsecond):
    assert moment(f"2025-05-16T09:55:28.{fraction}+00:00", "statusChanged")[0].microsecond == microsecond


@pytest.mark.parametrize(("text", "at"), [("2023-05-01", utc(2023, 4, 30, 22)), ("2023-01-01", utc(2022, 12, 31, 23)), ("01.05.2023", utc(2023, 4, 30, 22))])
def test_a_date_alone_is_the_start_of_that_day_in_oslo_known_by_the_day(text, at):
    assert moment(text, "tidspunkt") == (at, True, True)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "missing_value"),
        ("   ", "missing_value"),
        ("2023-03-26T02:30:00", "time_skipped_by_clock_change"),
        ("2018-03-25 02:00", "time_skipped_by_clock_change"),
        ("31.02.2023", "impossible_time"),
        ("2023-02-29", "impossible_time"),
        ("2023-05-01T25:00:00", "impossible_time"),
        ("2023-05-01T10:60:00", "impossible_time"),
        ("2016-12-31T23:59:60", "impossible_time"),
        ("05.13.2023", "impossible_time"),
        ("2023-05-01T10:11:12+25:00", "impossible_time"),
        ("9999-12-31", "year_out_of_range"),
        ("9999-12-31T23:59:59-12:00", "year_out_of_range"),
        ("0001-01-01T00:00:00+14:00", "year_out_of_range"),
        ("1900-01-01T00:00:00", "year_out_of_range"),
        ("01.05.23", "not_a_time"),
        ("05/01/2023", "not_a_time"),
        ("2023-5-1", "not_a_time"),
        ("20230501", "not_a_time"),
        ("2023-W18-1", "not_a_time"),
        ("2023-05-01T10", "not_a_time"),
        ("1682929872000", "not_a_time"),
        ("45000.5", "not_a_time"),
        ("２０２３-05-01", "not_a_time"),
        ("i går", "not_a_time"),
    ],
)
def test_a_time_that_cannot_be_meant_is_told_apart_by_what_is_wrong_with_it(text, code):
    with pytest.raises(Unfit) as unfit:
        moment(text, "tidspunkt")

    assert unfit.value.code == code
    assert unfit.value.details["column"] == "tidspunkt"


@pytest.mark.parametrize("text", ["31.02.2024", "31.02.2024 10:00", "31.03.2024 02:30", "2024-02-31", "2024-02-31T10:00", "31.12.1989"])
def test_what_cannot_be_meant_is_quoted_as_it_was_written(text):
    with pytest.raises(Unfit) as unfit:
        moment(text, "tidspunkt")

    assert unfit.value.details["found"] == text


def test_every_hour_of_three_years_reads_as_a_full_calculation_would():
    for year in (2020, 2023, 2024):
        for day in range(1, 29):
            for month in (3, 10, 7):
                for hour in range(24):
                    text = f"{year}-{month:02}-{day:02}T{hour:02}:15:30"
                    try:
                        at = moment(text, "tidspunkt")[0]
                    except Unfit:
                        continue
                    assert at == datetime.fromisoformat(text).replace(tzinfo=OSLO).astimezone(UTC)


def digits(first, last, width=2):
    return st.integers(first, last).map(lambda number: f"{number:0{width}}")


written = st.builds(
    lambda year, month, day, between, hour, minute, second, fraction, offset: f"{year}-{month}-{day}{between}{hour}:{minute}{second}{fraction}{offset}",
    st.sampled_from(["1989", "1990", "2023", "2100", "2101"]),
    digits(0, 13),
    digits(0, 32),
    st.sampled_from("T "),
    digits(0, 24),
    digits(0, 60),
    st.one_of(st.just(""), digits(0, 60).map(":{}".format)),
    st.one_of(st.just(""), st.builds("{}{}".format, st.sampled_from(".,"), st.text("0123456789", min_size=1, max_size=10))),
    st.sampled_from(["", "Z", "+00:00", "-00:00", "+01:00", "+02:00", "-11:00", "+24:00", "+0200", "+05:30"]),
)


@given(written)
def test_a_time_is_told_as_the_instant_that_it_is(text):
    def of(read):
        try:
            return read(text, "tidspunkt")
        except Unfit as unfit:
            return unfit.code, unfit.details

    expected = of(moment)
    if isinstance(expected[0], datetime):
        expected = (expected[0].isoformat(), *expected[1:])
    assert of(instant) == expected
    assert of(instant) == expected  # the hour is known now
