"""Deadlines: the acceptance vectors, the rules of counting as properties, extensions, explanations (0.3-0.5, 3.4)."""

from __future__ import annotations

import csv
import json
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from office.calendar import Calendar
from office.calendar_table import parse_year_table
from office.deadline_extension import ExtensionRefused, check_extension
from office.deadlines import (
    UNITS_OF_MODE,
    Deadline,
    DeadlineError,
    Mode,
    Unit,
    add_months,
    cli_json,
    compute,
)
from office.profiles import load_profile
from storage.clock import TZ

HERE = Path(__file__).parent
PROFILES = HERE.parents[1] / "processes" / "profiles"
CALENDAR = Calendar()
COMMON = load_profile("town_offices", PROFILES)
VECTORS = list(csv.DictReader((HERE / "deadline_vectors.csv").read_text("utf-8").splitlines()))
VECTOR_IDS = [f"{row['scn']}-{row['code']}-{row['start']}" for row in VECTORS]
OFF = {"legal_overlay": False}
# The profile that each vector's limit is asked of, and what the case gives beside the start.
ASKED: dict[str, tuple[str, str, dict[str, Any]]] = {
    "R03.limit": ("gov_service_centre", "R03.limit", {"n": 5, "unit": "wd"}),
    "R20.return": ("meihua_centre", "R20.return", {}),
    "R27.period": ("town_hall", "R27.period", {}),
    "R09.verify": ("meihua_centre", "R09.verify", {}),
    "R09.reply": ("meihua_centre", "R09.reply", {}),
    "R39.reply": ("service_centre_petition", "R39.reply", {}),
    "R38.close_same_day": ("association", "R38.close_same_day", {}),
    "R40.handle": ("civil_affairs", "R40.handle", {}),
    "R40.reply": ("civil_affairs", "R40.reply", {}),
    "L12": ("civil_affairs", "L12", {}),
    "L12 ext": ("civil_affairs", "L12", {"extension_days": 30}),
    "R45.reply": ("resettlement_bureau", "R45.reply", {}),
    "R45.max": ("resettlement_bureau", "R45.max", {}),
    "R45.max added": ("resettlement_bureau", "R45.max", {}),
    "R47.transfer": ("cppcc", "R47.transfer", {}),
    "R47.handle": ("cppcc", "R47.handle", {}),
    "R47.reply": ("cppcc", "R47.reply", {}),
    "assignment": ("petition_manual", "R58.assignment", {"n": 10}),
    "return": ("petition_manual", "R59.return", {"n": 10}),
    "L5": ("petition_manual", "L5", {}),
    "R63": ("petition_manual", "R63.follow_up", {}),
    "R82.card": ("court", "R82.card", {"n": 20}),
    "R90.small": ("property", "R90.small", {}),
    "R90.large": ("property", "R90.large", {}),
    "R90.follow_up": ("property", "R90.follow_up", {}),
    "R92.follow_up": ("property", "R92.follow_up", {}),
    "L3": ("town_room", "L3", {}),
    "L14": ("town_room", "L14", {}),
    "L15": ("town_room", "L15", {}),
    "L16 request": ("town_room", "L16.request", {}),
    "L16 opinion+8": ("town_room", "L16.opinion", {"stopped_days": 8}),
    "L19": ("town_room", "L19", {}),
    "及时": ("gov_service_centre", "R01.report", {}),
    "迅速": ("gov_service_centre", "R01.handover", {}),
}


def at(text: str) -> datetime:
    """An instant in Asia/Shanghai."""
    return datetime.fromisoformat(text).replace(tzinfo=TZ)


def limit(start: datetime, n: int, unit: Unit, mode: Mode, calendar: Calendar = CALENDAR, **more: Any) -> Deadline:
    """A limit by the common amounts of lights and ladder."""
    return compute("R00.x", start, n=n, unit=unit, mode=mode, calendar=calendar, timing=COMMON.timing, **more)


def expect(deadline: Deadline, row: dict[str, str]) -> None:
    """The deadline is the one of a vector."""
    assert (deadline.raw.isoformat() if deadline.raw else "") == row["raw"]
    for name in ("due_at", "yellow_at", "e2", "e3"):
        assert getattr(deadline, name) == at(row[name]), name
    assert deadline.e1 == at(row["due_at"]) + timedelta(seconds=1)
    assert deadline.provisional is (row["provisional"] == "true")


@pytest.mark.parametrize("row", VECTORS, ids=VECTOR_IDS)
def test_vector_from_the_amount(row: dict[str, str]) -> None:
    expect(limit(at(row["start"]), int(row["n"]), row["unit"], row["mode"]), row)  # type: ignore[arg-type]


@pytest.mark.parametrize("row", VECTORS, ids=VECTOR_IDS)
def test_vector_from_the_profile(row: dict[str, str]) -> None:
    name, code, given_by_case = ASKED[row["code"]]
    overrides = OFF | ({"reply.extension_mode": "added"} if row["code"].endswith("added") else {})
    expect(load_profile(name, PROFILES, overrides).compute(code, at(row["start"]), CALENDAR, **given_by_case), row)


def test_there_are_42_vectors() -> None:
    assert len(VECTORS) == 42


STARTS = st.datetimes(datetime(2004, 1, 1), datetime(2031, 12, 31)).map(lambda t: t.replace(tzinfo=TZ))
ROLLED = st.tuples(st.sampled_from(["d", "w", "m"]), st.integers(1, 24))
AMOUNTS = st.one_of(
    st.tuples(st.sampled_from(["calendar", "calendar_roll"]), st.sampled_from(["d", "w", "m"]), st.integers(1, 40)),
    st.tuples(st.just("working"), st.just("wd"), st.integers(1, 60)),
    st.tuples(st.just("clock"), st.sampled_from(["h", "min"]), st.integers(1, 200)),
    st.tuples(st.just("same_day"), st.just("sameday"), st.just(0)),
)
CLOSING = st.sampled_from(["23:59:59", "17:30", "12:00", "08:00"])


@given(STARTS, AMOUNTS, CLOSING)
def test_order_of_the_instants(start: datetime, amount: tuple[Mode, Unit, int], closing: str) -> None:
    mode, unit, n = amount
    timing = load_profile("town_offices", PROFILES, {"day_end": closing}).timing
    found = compute("R00.x", start, n=n, unit=unit, mode=mode, calendar=CALENDAR, timing=timing)
    start = start.replace(microsecond=0)
    assert found.due_at and found.yellow_at and found.e1 and found.e2 and found.e3
    assert start <= found.yellow_at <= found.due_at < found.e1 < found.e2 < found.e3
    assert found.due_on == found.due_at.date()
    assert {at.microsecond for at in (found.start, found.due_at, found.yellow_at, found.e2)} == {0}
    assert found.due_at.utcoffset() == timedelta(hours=8)


@given(STARTS, AMOUNTS)
def test_yellow_is_on_the_morning_of_a_working_day_or_at_the_start(
    start: datetime, amount: tuple[Mode, Unit, int]
) -> None:
    mode, unit, n = amount
    found = limit(start, n, unit, mode)
    assert found.yellow_at
    if mode in ("calendar", "calendar_roll", "working") and found.yellow_at != found.start:
        assert found.yellow_at.time() == time(9) and CALENDAR.is_working(found.yellow_at.date())


@given(STARTS, ROLLED)
def test_a_rolled_limit_ends_on_the_first_working_day_from_its_raw_end(
    start: datetime, amount: tuple[Unit, int]
) -> None:
    unit, n = amount
    rolled, plain = limit(start, n, unit, "calendar_roll"), limit(start, n, unit, "calendar")
    assert rolled.raw == plain.raw == plain.due_on
    assert rolled.raw and rolled.due_on and CALENDAR.is_working(rolled.due_on)
    skipped = [rolled.raw + timedelta(days=offset) for offset in range((rolled.due_on - rolled.raw).days)]
    assert not any(map(CALENDAR.is_working, skipped))


@given(STARTS, st.timedeltas(timedelta(0), timedelta(days=400)), AMOUNTS)
def test_a_later_start_never_gives_an_earlier_end(
    start: datetime, later: timedelta, amount: tuple[Mode, Unit, int]
) -> None:
    mode, unit, n = amount
    first, second = limit(start, n, unit, mode), limit(start + later, n, unit, mode)
    assert first.due_at and second.due_at and first.due_at <= second.due_at


@given(STARTS, ROLLED, st.integers(0, 60), st.integers(0, 30))
def test_extension_and_stopped_days_are_added_to_the_unrolled_end(
    start: datetime, amount: tuple[Unit, int], more: int, stopped: int
) -> None:
    unit, n = amount
    plain = limit(start, n, unit, "calendar_roll")
    longer = limit(start, n, unit, "calendar_roll", extension_days=more, stopped_days=stopped)
    assert plain.raw and longer.raw == plain.raw + timedelta(days=more + stopped)
    assert longer.due_on == CALENDAR.working_day_after(longer.raw - timedelta(days=1), 1)


@settings(max_examples=60)
@given(STARTS, AMOUNTS)
def test_json_gives_the_same_deadline_back(start: datetime, amount: tuple[Mode, Unit, int]) -> None:
    mode, unit, n = amount
    for found in (limit(start, n, unit, mode), COMMON.compute("R58.x", start, CALENDAR, n=n, unit=unit, mode=mode)):
        assert Deadline.from_json(json.loads(json.dumps(found.to_json()))) == found


@given(st.dates(date(2004, 1, 1), date(2030, 12, 31)), st.integers(0, 60))
def test_months_end_on_the_same_day_number_or_the_last_day(day: date, months: int) -> None:
    end = add_months(day, months)
    assert (end.year * 12 + end.month) - (day.year * 12 + day.month) == months
    assert end.day == day.day or (end.day < day.day and (end + timedelta(days=1)).day == 1)


@pytest.mark.parametrize(
    ("day", "months", "end"),
    [("2026-08-31", 1, "2026-09-30"), ("2026-01-31", 1, "2026-02-28"), ("2027-11-30", 3, "2028-02-29"),
     ("2026-12-31", 12, "2027-12-31")],
)  # fmt: skip
def test_month_ends(day: str, months: int, end: str) -> None:
    assert add_months(date.fromisoformat(day), months) == date.fromisoformat(end)


def test_an_organisations_closing_time_ends_the_day() -> None:
    timing = load_profile("town_offices", PROFILES, {"day_end": "17:30"}).timing
    found = compute(
        "R00.x", at("2026-11-26T10:00"), n=3, unit="d", mode="calendar_roll", calendar=CALENDAR, timing=timing
    )
    assert found.due_at == at("2026-11-30T17:30:00") and found.e1 == at("2026-11-30T17:30:01")
    late = compute(
        "R00.x", at("2026-11-26T18:00"), n=0, unit="sameday", mode="same_day", calendar=CALENDAR, timing=timing
    )
    assert late.due_at == at("2026-11-26T23:59:59")


def test_an_on_the_spot_limit_has_no_instant() -> None:
    found = limit(at("2026-11-26T10:00"), 0, "sameday", "session")
    assert (found.due_at, found.yellow_at, found.e1, found.ladder) == (None, None, None, ())
    assert Deadline.from_json(found.to_json()) == found


def test_a_fixed_date_is_not_rolled_and_its_size_is_the_days_from_the_start() -> None:
    found = limit(at("2026-11-23T10:00"), 0, "date", "date", on=date(2026, 12, 12))  # A43, a Saturday
    assert (found.due_at, found.raw, found.n) == (at("2026-12-12T23:59:59"), date(2026, 12, 12), 19)
    assert found.yellow_at == at("2026-12-07T09:00:00")


def test_backward_limits() -> None:
    swap = limit(at("2026-12-01T09:00"), 2, "d", "backward", on=date(2026, 12, 17))  # A66
    assert swap.due_at == at("2026-12-15T23:59:59")
    shift = limit(at("2026-11-20T09:00"), 0, "min", "backward", on=at("2026-11-25T09:00"))  # A73
    assert shift.due_at == at("2026-11-25T08:59:59")


def test_starts_in_other_zones_and_without_zone_are_taken_to_shanghai() -> None:
    utc = limit(datetime(2026, 11, 26, 16, 30, tzinfo=UTC), 3, "d", "calendar_roll")
    assert utc.start == at("2026-11-27T00:30") and utc.raw == date(2026, 11, 30)
    assert limit(datetime(2026, 11, 26, 10), 3, "d", "calendar_roll").start == at("2026-11-26T10:00")


@pytest.mark.parametrize(
    ("n", "unit", "mode", "more", "code"),
    [
        (0, "d", "calendar", {}, "deadline.bad_amount"),
        (-1, "wd", "working", {}, "deadline.bad_amount"),
        (99999, "d", "calendar", {}, "deadline.bad_amount"),
        (True, "d", "calendar", {}, "deadline.bad_amount"),
        (1, "wd", "calendar", {}, "deadline.bad_mode"),
        (1, "d", "someday", {}, "deadline.bad_mode"),
        (0, "date", "date", {}, "deadline.date_required"),
        (2, "d", "backward", {}, "deadline.date_required"),
        (0, "date", "date", {"on": date(2026, 11, 25)}, "deadline.date_before_start"),
        (1, "d", "calendar", {"extension_days": -1}, "deadline.bad_amount"),
        (30, "min", "clock", {"extension_days": 1}, "deadline.cannot_extend"),
        (5, "wd", "working", {"stopped_days": 1}, "deadline.cannot_stop"),
    ],
)
def test_what_cannot_be_worked_out_is_refused(n: int, unit: Unit, mode: Mode, more: dict[str, Any], code: str) -> None:
    with pytest.raises(DeadlineError) as caught:
        limit(at("2026-11-26T10:00"), n, unit, mode, **more)
    assert caught.value.code == code


def test_every_mode_has_units() -> None:
    assert set(UNITS_OF_MODE) == {
        "calendar",
        "calendar_roll",
        "working",
        "clock",
        "same_day",
        "session",
        "date",
        "backward",
    }


def test_the_explanation_names_start_days_left_out_roll_yellow_and_calendar() -> None:
    counted = "".join(limit(at("2026-09-23T09:30"), 5, "wd", "working").explanation)  # A05
    for part in (
        "2026年9月23日（周三）09:30",
        "当日不计入",
        "9月25日至9月27日（中秋节放假）",
        "10月1日至10月7日（国庆节放假）",
        "期限5个工作日",
        "2026年按国务院公布的放假安排",
    ):
        assert part in counted
    rolled = "".join(limit(at("2026-11-26T10:00"), 3, "d", "calendar_roll").explanation)  # A27
    assert "11月29日（周末）" in rolled and "顺延至2026年11月30日（周一）" in rolled
    assert "黄灯：2026年11月27日（周五）09:00" in rolled
    provisional = "".join(limit(at("2026-11-30T10:00"), 3, "m", "calendar_roll").explanation)  # A34
    assert "2027年按法定节假日推算（暂定）" in provisional and "导入正式安排后将重新计算" in provisional
    makeup = "".join(limit(at("2026-09-28T10:00"), 5, "wd", "working").explanation)  # A56
    assert "计入：10月10日（国庆节调休上班）" in makeup


def test_the_command_lines_json() -> None:
    shown = cli_json(limit(at("2026-11-26T10:00"), 3, "d", "calendar_roll"))
    explanation = shown.pop("explanation")
    assert shown == {
        "raw": "2026-11-29", "due_at": "2026-11-30T23:59:59+08:00", "yellow_at": "2026-11-27T09:00:00+08:00",
        "e1": "2026-12-01T00:00:00+08:00", "e2": "2026-12-03T09:00:00+08:00", "e3": "2026-12-09T09:00:00+08:00",
        "provisional": False,
    }  # fmt: skip
    assert isinstance(explanation, list) and len(explanation) >= 5
    assert json.loads(json.dumps(shown)) == shown


def test_stopped_days_count_both_ends_and_each_day_once() -> None:
    stops = [("2026-11-24", "2026-12-01", "听证"), ("2026-11-30", "2026-12-02", "听证")]
    assert limit(at("2026-11-20T10:00"), 30, "d", "calendar", stops=stops[:1]).stopped_days == 8
    longer = limit(at("2026-11-20T10:00"), 30, "d", "calendar", stops=stops)
    assert (longer.stopped_days, longer.raw) == (9, date(2026, 12, 29))
    assert (
        "停止计时：听证11月24日至12月1日、听证11月30日至12月2日，共9日不计入，末日为2026年12月29日（周二）。"
        in longer.explanation
    )
    with pytest.raises(DeadlineError) as caught:
        limit(at("2026-11-20T10:00"), 30, "d", "calendar", stops=[("2026-12-01", "2026-11-30", "听证")])
    assert caught.value.code == "deadline.bad_period"


@pytest.mark.parametrize(
    ("first", "last", "raw", "due_on"),
    [
        ("2026-08-01", "2026-08-10", "2026-08-11", "2026-08-11"),
        ("2026-08-02", "2026-08-10", "2026-08-01", "2026-08-11"),
        ("2026-08-03", "2026-08-03", "2026-08-01", "2026-08-04"),
        ("2026-08-03", "2026-08-07", "2026-08-01", "2026-08-10"),
    ],
)
def test_no_limit_ends_on_a_day_that_stands_still(first: str, last: str, raw: str, due_on: str) -> None:
    """The last day is Saturday, 1 August, rolled to Monday: the stop begins on it, or on a day it is rolled over."""
    worked = limit(at("2026-07-23T10:00"), 9, "d", "calendar_roll", stops=[(first, last, "鉴定")])
    assert (str(worked.raw), str(worked.due_on)) == (raw, due_on)


@given(
    day=st.dates(date(2026, 1, 5), date(2026, 9, 30)),
    n=st.integers(1, 60),
    kind=st.sampled_from(["calendar", "calendar_roll", "working"]),
    pauses=st.lists(st.tuples(st.integers(0, 20), st.integers(0, 15)), max_size=4),
)
def test_days_counted_and_days_stopped_are_the_whole_span(
    day: date, n: int, kind: Mode, pauses: list[tuple[int, int]]
) -> None:
    """Each stop begins before the limit, with the stops so far, is over - none can begin later."""
    start = datetime.combine(day, time(10))
    unit: Unit = "wd" if kind == "working" else "d"
    stops: list[tuple[str, str, str]] = []
    begun = day
    for later, length in pauses:
        begun += timedelta(later)
        if begun > (limit(start, n, unit, kind, stops=stops).due_on or day):
            break
        stops.append((begun.isoformat(), (begun + timedelta(length)).isoformat(), "鉴定"))
    worked = limit(start, n, unit, kind, stops=stops)
    still = {
        date.fromisoformat(first) + timedelta(more)
        for first, last, _ in stops
        for more in range((date.fromisoformat(last) - date.fromisoformat(first)).days + 1)
    } - {day}
    assert worked.stopped_days == len(still)
    assert worked.raw is not None and worked.due_on is not None and worked.due_on not in still
    rolled = {one for one in still if one > worked.raw}  # they began on the days over which the last one is rolled
    assert not rolled or (kind == "calendar_roll" and max(rolled) < worked.due_on)
    still -= rolled
    span = [day + timedelta(more) for more in range(1, (worked.raw - day).days + 1)]
    if kind == "working":
        counted = [one for one in span if CALENDAR.day(one).working and one not in still]
        assert len(counted) == n and worked.raw in counted
        assert len(span) == n + len(still) + sum(not CALENDAR.day(one).working and one not in still for one in span)
    else:
        assert len(span) == n + len(still)


A79 = load_profile("town_room", PROFILES).compute("L12", at("2026-08-06T10:00"), CALENDAR)
REASON = "情况复杂，需补充调查"


@pytest.mark.parametrize("asked", ["2026-09-30T10:00:00", "2026-10-08T23:59:59"])
def test_an_extension_in_time_is_allowed(asked: str) -> None:
    check_extension(A79, 30, most=30, asked_at=at(asked), approved_at=at("2026-10-08T23:59:59"), reason=REASON)


@pytest.mark.parametrize(
    ("days", "change", "code"),
    [
        (31, {}, "extension.too_long"),
        (0, {}, "extension.bad_days"),
        (30, {"earlier": 1}, "extension.used"),
        (30, {"asked_at": at("2026-10-09T00:00:00")}, "extension.late"),
        (30, {"approved_at": at("2026-10-09T00:00:00")}, "extension.late"),
        (30, {"reason": " "}, "extension.reason_missing"),
        (30, {"most": 0}, "extension.not_allowed"),
    ],
)
def test_a79_extensions_that_are_refused(days: int, change: dict[str, Any], code: str) -> None:
    arguments: dict[str, Any] = {"most": 30, "asked_at": at("2026-10-08T10:00"), "reason": REASON} | change
    with pytest.raises(ExtensionRefused) as caught:
        check_extension(A79, days, **arguments)
    assert (caught.value.code, caught.value.status) == (code, 422)


def test_an_extended_limit_is_not_extended_again() -> None:
    extended = load_profile("town_room", PROFILES).compute("L12", A79.start, CALENDAR, extension_days=30)
    with pytest.raises(ExtensionRefused) as caught:
        check_extension(extended, 1, most=30, asked_at=at("2026-10-20T10:00"), reason=REASON)
    assert caught.value.code == "extension.used"


def test_the_years_that_a_deadline_touches_include_those_of_its_ladder() -> None:
    assert limit(at("2026-11-23T09:00"), 1, "m", "calendar_roll").years == {2026, 2027}, "E3 is on 2027-01-04"
    assert limit(at("2026-11-26T10:00"), 3, "d", "calendar_roll").years == {2026}


def test_a81_the_loaded_table_moves_what_it_must_and_clears_the_flag() -> None:
    table = parse_year_table((HERE / "data" / "calendar_2027_invented.json").read_text("utf-8"))
    loaded = Calendar(years={2027: table})
    profile = load_profile("civil_affairs", PROFILES, OFF)
    first = profile.compute("L12", at("2026-11-02T10:00"), CALENDAR)
    second = profile.compute("R40.handle", at("2026-11-30T10:00"), CALENDAR)
    assert (first.due_on, first.raw, first.provisional) == (date(2027, 1, 4), date(2027, 1, 1), True)
    assert (second.due_on, second.raw, second.provisional) == (date(2027, 3, 1), date(2027, 2, 28), True)
    first, second = (profile.recompute(Deadline.from_json(old.to_json()), loaded) for old in (first, second))
    assert (first.due_on, first.provisional) == (date(2027, 1, 4), False)
    assert (second.due_on, second.provisional) == (date(2027, 2, 28), False)
    assert "2027年按已导入的年度放假安排" in "".join(second.explanation)
