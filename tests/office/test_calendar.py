"""Working days: the four sources in their order, and the year tables that an administrator uploads (0.3.5-0.3.7)."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from office.calendar import Calendar
from office.calendar_table import CalendarError, YearTable, parse_csv, parse_json, parse_year_table, to_csv, to_json

DATA = Path(__file__).parent / "data"
CALENDARS = Path(__file__).parents[2] / "processes" / "calendars"
CALENDAR = Calendar()


def days(*runs: str) -> set[date]:
    """{"02-15..02-23"} as days of 2026."""
    found = set()
    for run in runs:
        first, _, last = run.partition("..")
        day, end = date.fromisoformat(f"2026-{first}"), date.fromisoformat(f"2026-{last or first}")
        while day <= end:
            found.add(day)
            day += timedelta(days=1)
    return found


OFF_2026 = days("01-01..01-03", "02-15..02-23", "04-04..04-06", "05-01..05-05", "06-19..06-21", "09-25..09-27",
                "10-01..10-07")  # fmt: skip
MAKEUP_2026 = days("01-04", "02-14", "02-28", "05-09", "09-20", "10-10")


def test_the_year_2026_is_the_announced_one() -> None:
    day = date(2026, 1, 1)
    while day.year == 2026:
        expected = day in MAKEUP_2026 or (day.weekday() < 5 and day not in OFF_2026)
        assert CALENDAR.is_working(day) is expected, day
        day += timedelta(days=1)


def test_the_year_2027_falls_back_to_the_thirteen_statutory_days_and_is_provisional() -> None:
    named = {"01-01", "02-05", "02-06", "02-07", "02-08", "04-05", "05-01", "05-02", "06-09", "09-15"}
    named |= {"10-01", "10-02", "10-03"}
    assert {f"{day:%m-%d}" for day in CALENDAR.year_table(2027).holidays} == named
    assert CALENDAR.source_of_year(2027) == "fallback"
    for month_day in named:
        info = CALENDAR.day(date.fromisoformat(f"2027-{month_day}"))
        assert (info.working, info.provisional) == (False, True)
    assert CALENDAR.day(date(2027, 2, 28)).reason == "周末（推算）"
    assert not CALENDAR.day(date(2026, 12, 31)).provisional


@pytest.mark.parametrize(
    ("day", "working", "reason"),
    [
        ("2026-11-22", False, "周末"),
        ("2026-11-23", True, "工作日"),
        ("2026-10-05", False, "国庆节放假"),
        ("2026-10-10", True, "国庆节调休上班"),
        ("2026-09-26", False, "中秋节放假"),
        ("2027-10-01", False, "国庆节放假（推算）"),
    ],
)
def test_every_day_gives_its_reason(day: str, working: bool, reason: str) -> None:
    info = CALENDAR.day(date.fromisoformat(day))
    assert (info.working, info.reason) == (working, reason)


def test_an_override_goes_before_the_table_and_the_table_before_the_package() -> None:
    table = YearTable(2026, {date(2026, 11, 23): "县庆"}, {date(2026, 11, 28): "县庆"})
    calendar = Calendar({date(2026, 11, 28): False, date(2027, 1, 1): True}, {2026: table})
    assert calendar.day(date(2026, 11, 23)).reason == "县庆放假"
    assert calendar.day(date(2026, 11, 28)).reason == "本单位调整放假"
    assert calendar.is_working(date(2026, 10, 5)), "the table replaces the whole year: its own days alone are off"
    override = calendar.day(date(2027, 1, 1))
    assert (override.working, override.source, override.provisional) == (True, "override", False)


def test_a_calendar_cannot_be_changed_from_outside() -> None:
    overrides = {date(2026, 11, 23): False}
    calendar = Calendar(overrides)
    overrides.clear()
    assert not calendar.is_working(date(2026, 11, 23))


def test_a_table_under_another_years_number_is_refused() -> None:
    with pytest.raises(CalendarError) as caught:
        Calendar(years={2028: parse_year_table((DATA / "calendar_2027_invented.json").read_text("utf-8"))})
    assert caught.value.code == "calendar.wrong_year"


@pytest.mark.parametrize(
    ("day", "n", "expected"),
    [("2026-09-23", 5, "2026-10-08"), ("2026-09-28", 5, "2026-10-10"), ("2026-11-27", 1, "2026-11-30"),
     ("2026-02-13", 1, "2026-02-14"), ("2026-12-31", 1, "2027-01-04")],
)  # fmt: skip
def test_the_nth_working_day_after(day: str, n: int, expected: str) -> None:
    assert CALENDAR.working_day_after(date.fromisoformat(day), n) == date.fromisoformat(expected)


def test_the_working_day_before() -> None:
    assert CALENDAR.previous_working_day(date(2026, 10, 8)) == date(2026, 9, 30)
    assert CALENDAR.on_or_before(date(2026, 11, 29)) == date(2026, 11, 27)
    with pytest.raises(CalendarError) as caught:
        CALENDAR.working_day_after(date(2026, 11, 22), 0)
    assert caught.value.code == "calendar.bad_count"


def test_a_calendar_without_working_days_says_so() -> None:
    start = date(2026, 1, 1)
    calendar = Calendar({start + timedelta(days=offset): False for offset in range(800)})
    with pytest.raises(CalendarError) as caught:
        calendar.working_day_after(start, 1)
    assert caught.value.code == "calendar.no_working_day"


@given(st.dates(date(2004, 1, 1), date(2060, 12, 31)), st.integers(1, 30))
def test_counting_working_days_agrees_with_asking_each_day(day: date, n: int) -> None:
    end = CALENDAR.working_day_after(day, n)
    between = [day + timedelta(days=offset) for offset in range(1, (end - day).days + 1)]
    assert CALENDAR.is_working(end) and sum(map(CALENDAR.is_working, between)) == n


def test_the_invented_table_for_2027_reads_alike_from_json_and_csv() -> None:
    from_json = parse_year_table((DATA / "calendar_2027_invented.json").read_text("utf-8"))
    from_csv = parse_year_table("\ufeff" + (DATA / "calendar_2027_invented.csv").read_text("utf-8"))
    assert (from_json.year, from_json.holidays, from_json.makeup) == (2027, from_csv.holidays, from_csv.makeup)
    calendar = Calendar(years={2027: from_json})
    assert calendar.is_working(date(2027, 2, 28)) and not calendar.day(date(2027, 2, 28)).provisional
    assert calendar.day(date(2027, 2, 28)).reason == "元旦调休上班"


def test_the_sample_table_is_the_announced_year_2026() -> None:
    table = parse_year_table((CALENDARS / "2026.json").read_text("utf-8"))
    assert set(table.holidays) == OFF_2026 and set(table.makeup) == MAKEUP_2026


@settings(max_examples=60)
@given(
    st.dictionaries(
        st.dates(date(2027, 1, 1), date(2027, 12, 31)), st.sampled_from(["元旦", "春节", "国庆节"]), min_size=1
    ),
    st.sets(st.dates(date(2027, 1, 1), date(2027, 12, 31))),
)
def test_a_table_survives_writing_and_reading(holidays: dict[date, str], makeup: set[date]) -> None:
    weekend = {day: "元旦" for day in makeup if day.weekday() >= 5 and day not in holidays}
    table = YearTable(2027, holidays, weekend, "通知")
    assert parse_json(to_json(table)) == table
    assert parse_csv(to_csv(table)) == YearTable(2027, holidays, weekend)


@pytest.mark.parametrize(
    ("text", "code", "field"),
    [
        ("{", "calendar.bad_json", "line 1"),
        ('{"year": "2027"}', "calendar.bad_year", "year"),
        ('{"year": 1800}', "calendar.bad_year", "year"),
        ('{"year": 2027, "holidays": []}', "calendar.empty_table", "holidays"),
        ('{"year": 2027, "holidays": [1]}', "calendar.bad_json", "holidays[0]"),
        ('{"year": 2027, "holidays": [{"name": "元旦"}]}', "calendar.missing_field", "holidays[0].from"),
        ('{"year": 2027, "holidays": [{"name": "元旦", "from": "2027-02-30"}]}',
         "calendar.bad_date", "holidays[0].from"),
        ('{"year": 2027, "holidays": [{"name": "元旦", "from": "2027-01-03", "to": "2027-01-01"}]}',
         "calendar.bad_range", "holidays[0].to"),
        ('{"year": 2027, "holidays": [{"name": "元旦", "from": "2026-12-31"}]}', "calendar.wrong_year", "holidays"),
        ('{"year": 2027, "holidays": [{"name": "a", "from": "2027-01-01"}, {"name": "b", "from": "2027-01-01"}]}',
         "calendar.duplicate_day", "holidays[1]"),
        ('{"year": 2027, "holidays": [{"name": "a", "from": "2027-01-01"}], "makeup_days": [{"date": "2027-01-04"}]}',
         "calendar.makeup_not_weekend", "makeup_days"),
        ('{"year": 2027, "holidays": [{"name": "a", "from": "2027-01-02"}], "makeup_days": [{"date": "2027-01-02"}]}',
         "calendar.duplicate_day", "makeup_days"),
        ("day;kind\n", "calendar.bad_header", "line 1"),
        ("", "calendar.bad_header", "line 1"),
        ("date,kind,name\n", "calendar.empty_table", "line 2"),
        ("date,kind,name\n2027-01-01,holiday,元旦\n2027-13-01,holiday,元旦\n", "calendar.bad_date", "line 3: date"),
        ("date,kind,name\n2027-01-01,party,元旦\n", "calendar.bad_kind", "line 2: kind"),
        ("date,kind,name\n2027-01-01,holiday,\n", "calendar.missing_field", "line 2: name"),
        ("date,kind,name\n2027-01-01,holiday,a\n2027-01-01,holiday,a\n", "calendar.duplicate_day", "line 3: date"),
        ("date,kind,name\n2027-01-01,holiday,a\n2028-01-01,holiday,a\n", "calendar.wrong_year", "line 3: date"),
    ],
)  # fmt: skip
def test_a_bad_table_is_refused_with_line_or_field(text: str, code: str, field: str) -> None:
    with pytest.raises(CalendarError) as caught:
        parse_year_table(text)
    assert (caught.value.code, caught.value.field) == (code, field)
