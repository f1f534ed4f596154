"""Dates, instants, durations, repeating intervals and cron lines."""

import time
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.times import (
    Duration,
    Repeating,
    TimeError,
    parse_cycle,
    parse_date,
    parse_duration,
    parse_instant,
    parse_time,
    shift,
)
from storage.clock import TZ

ARMED = datetime(2026, 1, 31, 0, 0, tzinfo=TZ)


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("2026-12-01T09:00:00+08:00", "2026-12-01T09:00:00+08:00"),
        ("2026-12-01T09:00:00", "2026-12-01T09:00:00+08:00"),
        ("2026-12-01T09:00", "2026-12-01T09:00:00+08:00"),
        ("2026-12-01 09:00:30", "2026-12-01T09:00:30+08:00"),
        ("2026-12-01T01:00:00Z", "2026-12-01T09:00:00+08:00"),
        ("2026-12-01T01:00:00.750Z", "2026-12-01T09:00:00+08:00"),
        ("2026-12-01T10:00:00+0900", "2026-12-01T09:00:00+08:00"),
        ("2026-11-30T20:00:00-05", "2026-12-01T09:00:00+08:00"),
        ("2026-12-01", "2026-12-01T00:00:00+08:00"),
        ("2026-11-30T24:00:00", "2026-12-01T00:00:00+08:00"),
        (" 2026-12-01 ", "2026-12-01T00:00:00+08:00"),
    ],
)
def test_instant(text, iso):
    assert parse_instant(text).isoformat() == iso


@pytest.mark.parametrize(
    "text",
    ["", "x", "2026-02-30", "2026-13-01", "2026-1-1", "20260101", "2026-12-01T25:00", "2026-12-01T09:60",
     "2026-12-01T24:01", "2026-12-01T09:00:00+99:00", "0000-01-01", "２０２６-12-01",
     "2026-12-01T09:00:00 +08:00 x", "0001-01-01T00:00:00+08:30", "9999-12-31T24:00", "1" * 500],
)  # fmt: skip
def test_no_instant(text):
    with pytest.raises(TimeError):
        parse_instant(text)


def test_date_and_time():
    assert parse_date("2026-12-01") == date(2026, 12, 1)
    assert parse_date("2026-11-30T18:00:00Z") == date(2026, 12, 1)  # the day in Shanghai
    assert parse_time("09:30").isoformat() == "09:30:00"
    with pytest.raises(TimeError):
        parse_time("24:30")


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("PT30M", "PT30M"),
        ("P1Y2M3DT4H5M6S", "P1Y2M3DT4H5M6S"),
        ("P2W", "P14D"),
        ("PT36H", "P1DT12H"),
        ("P14M", "P1Y2M"),
        ("PT0.5S", "PT0.5S"),
        ("PT1,5H", "PT1H30M"),
        ("-P1D", "-P1D"),
        ("P0D", "PT0S"),
        ("+PT1H", "PT1H"),
    ],
)
def test_duration(text, iso):
    assert parse_duration(text).iso() == iso
    assert parse_duration(parse_duration(text).iso()) == parse_duration(text)


@pytest.mark.parametrize(
    "text",
    ["", "P", "PT", "P1", "1D", "P1H", "PT1D", "P1.5Y", "P-1D", "P1D2M", "P1W2D", "P2000Y", "P999999999D", "PT1"],
)
def test_no_duration(text):
    with pytest.raises(TimeError):
        parse_duration(text)


def test_a_timer_does_not_run_backwards():
    with pytest.raises(TimeError) as error:
        parse_duration("-PT1H", positive=True)
    assert error.value.code == "time.negative"
    assert parse_duration("PT0S", positive=True).is_zero


@pytest.mark.parametrize(
    ("start", "duration", "end"),
    [
        ("2026-01-31", "P1M", "2026-02-28"),
        ("2028-01-31", "P1M", "2028-02-29"),
        ("2028-02-29", "P1Y", "2029-02-28"),
        ("2026-03-31", "-P1M", "2026-02-28"),
        ("2026-12-15", "P1M10D", "2027-01-25"),
        ("2026-11-30", "P15D", "2026-12-15"),
    ],
)
def test_shift(start, duration, end):
    assert shift(parse_date(start), parse_duration(duration)) == parse_date(end)
    assert shift(parse_instant(start), parse_duration(duration)) == parse_instant(end)


def times(text, armed=ARMED, count=4):
    cycle, at = parse_cycle(text).anchored(armed), armed
    found: list[str] = []
    while len(found) < count and (following := cycle.next_after(at)) is not None:
        found.append(following.strftime("%Y-%m-%dT%H:%M:%S").removesuffix("T00:00:00"))
        at = following
    return found


CYCLES = {
    "R3/PT1H": ["2026-01-31T01:00:00", "2026-01-31T02:00:00", "2026-01-31T03:00:00"],
    "R/P1D": ["2026-02-01", "2026-02-02", "2026-02-03", "2026-02-04"],
    "R-1/P1D": ["2026-02-01", "2026-02-02", "2026-02-03", "2026-02-04"],
    "R/P1M": ["2026-02-28", "2026-03-31", "2026-04-30", "2026-05-31"],
    "R/P1Y": ["2027-01-31", "2028-01-31", "2029-01-31", "2030-01-31"],
    "R2/P1M1D": ["2026-03-01", "2026-04-02"],
    "R3/2026-02-01T09:00:00+08:00/PT1H": ["2026-02-01T09:00:00", "2026-02-01T10:00:00", "2026-02-01T11:00:00"],
    "R3/2026-01-30T23:30:00+08:00/PT1H": ["2026-01-31T00:30:00", "2026-01-31T01:30:00"],
    "R3/2020-01-01/P1D": [],
    "R/2020-01-31/P1M": ["2026-02-28", "2026-03-31", "2026-04-30", "2026-05-31"],
    "R/P1D/2026-02-02T12:00:00": ["2026-02-01", "2026-02-02"],
    "R/2026-02-01/2026-02-08": ["2026-02-01", "2026-02-08", "2026-02-15", "2026-02-22"],
    "0 9 * * 1-5": ["2026-02-02T09:00:00", "2026-02-03T09:00:00", "2026-02-04T09:00:00", "2026-02-05T09:00:00"],
    "0 9 * * MON-FRI": ["2026-02-02T09:00:00", "2026-02-03T09:00:00", "2026-02-04T09:00:00", "2026-02-05T09:00:00"],
    "0 9 * * 7": ["2026-02-01T09:00:00", "2026-02-08T09:00:00", "2026-02-15T09:00:00", "2026-02-22T09:00:00"],
    "*/30 8-9 1,15 * *": ["2026-02-01T08:00:00", "2026-02-01T08:30:00", "2026-02-01T09:00:00", "2026-02-01T09:30:00"],
    "0 0 13 * 5": ["2026-02-06", "2026-02-13", "2026-02-20", "2026-02-27"],
    "0 0 29 2 *": ["2028-02-29", "2032-02-29", "2036-02-29", "2040-02-29"],
    "0 22-2/2 * * *": ["2026-01-31T02:00:00", "2026-01-31T22:00:00", "2026-02-01", "2026-02-01T02:00:00"],
    "@monthly": ["2026-02-01", "2026-03-01", "2026-04-01", "2026-05-01"],
    "0 0 9 ? * MON-FRI": ["2026-02-02T09:00:00", "2026-02-03T09:00:00", "2026-02-04T09:00:00", "2026-02-05T09:00:00"],
    "0 0 9 ? * 2": ["2026-02-02T09:00:00", "2026-02-09T09:00:00", "2026-02-16T09:00:00", "2026-02-23T09:00:00"],
    "0/20 * * * * ?": ["2026-01-31T00:00:20", "2026-01-31T00:00:40", "2026-01-31T00:01:00", "2026-01-31T00:01:20"],
    "0 0 0 L * ?": ["2026-02-28", "2026-03-31", "2026-04-30", "2026-05-31"],
    "0 0 12 ? * 6#3": ["2026-02-20T12:00:00", "2026-03-20T12:00:00", "2026-04-17T12:00:00", "2026-05-15T12:00:00"],
    "0 0 12 ? * 6L": ["2026-02-27T12:00:00", "2026-03-27T12:00:00", "2026-04-24T12:00:00", "2026-05-29T12:00:00"],
    "0 0 0 1 1 ? 2027": ["2027-01-01"],
}


@pytest.mark.parametrize(("text", "expected"), CYCLES.items())
def test_cycle(text, expected):
    assert times(text) == expected


@pytest.mark.parametrize(
    "text",
    ["", "R", "R/", "R0/PT1H", "R/-PT1H", "R/PT0S", "R/PT0.1S", "R3", "R3/x", "R3/PT1H/PT1H/PT1H",
     "R3/2026-02-02/2026-02-01", "Rx/PT1H", "R9999999/PT1H", "PT1H", "2026-01-01", "* * * *", "60 * * * *",
     "* 24 * * *", "* * 0 * *", "* * * 13 *", "* * * * 8", "0 0 30 2 *", "0 0 0 1 1 2", "*/0 * * * *",
     "a b c d e", "0 0 0 ? * 6#6", "0 0 0 W * ?", "1-2-3 * * * *", "0 0 0 1 1 ? 1800", "1 " * 90],
)  # fmt: skip
def test_no_cycle(text):
    with pytest.raises(TimeError):
        parse_cycle(text)


def test_a_long_pause_costs_nothing():
    started = time.perf_counter()
    for text in ("R/1990-01-01/PT1S", "R/1990-01-31/P1M", "R/1990-01-31/P1M1D", "R/1990-01-31/P1MT1S"):
        following = parse_cycle(text).anchored(ARMED).next_after(ARMED)
        assert following is not None and following > ARMED
    assert time.perf_counter() - started < 0.1


def test_months_are_counted_where_the_start_is():
    cycle = parse_cycle("R/2026-01-31T23:00:00-10:00/P1M").anchored(ARMED)
    assert cycle.next_after(parse_instant("2026-02-15")) == parse_instant("2026-02-28T23:00:00-10:00")


@settings(max_examples=300, deadline=None)
@given(
    st.integers(1, 40),
    st.builds(Duration, st.integers(0, 30), st.timedeltas(timedelta(0), timedelta(days=60))).filter(
        lambda d: not d.is_zero
    ),
    st.timedeltas(timedelta(days=-400), timedelta(days=4000)),
)
def test_next_after_is_the_first_of_those_counted_one_by_one(count, every, passed):
    every = Duration(every.months, timedelta(seconds=int(every.rest.total_seconds()) + 1))
    cycle = Repeating(count, every, ARMED)
    all_times = [shift(ARMED, every.times(number)) for number in range(count)]
    expected = next((at for at in all_times if at > ARMED + passed), None)
    assert cycle.next_after(ARMED + passed) == expected


@settings(max_examples=300, deadline=1000)
@given(st.text("R0123456789/PTYMDHSW-:.+* ,LZ?#@", max_size=30))
def test_junk_is_refused(text):
    for read in (
        lambda: parse_cycle(text).anchored(ARMED).next_after(ARMED),
        lambda: parse_instant(text),
        lambda: parse_duration(text),
        lambda: parse_date(text),
        lambda: parse_time(text),
    ):
        try:
            read()
        except TimeError as error:
            assert error.code.startswith("time.")
