"""Recurring duties: every date that the requirements name (A22, A63-A65, A69, A70, A72, A77), and what always holds."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import cache
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from office.calendar import Calendar
from office.calendar_table import YearTable, parse_json
from office.deadline_rules import ProfileError
from office.lunar import lunar_day, lunar_text
from office.organisations import processes_folder
from office.profiles import Profile, list_profiles, load_profile
from office.schedule_rules import parse_rule, parse_schedule
from office.schedule_words import rule_text, words
from office.schedules import Occurrence, next_opening, occurrences, to_json, upcoming
from storage.clock import TZ

CALENDAR = Calendar()
PROFILES = processes_folder() / "profiles"
INVENTED_2027 = (processes_folder().parent / "tests" / "office" / "data" / "calendar_2027_invented.json").read_text()


@cache
def plain(name: str) -> Profile:
    return load_profile(name, PROFILES)


def profile(name: str, **changes: Any) -> Profile:
    return load_profile(name, PROFILES, changes) if changes else plain(name)


def of(name: str, code: str, first: str, last: str, **changes: Any) -> list[Occurrence]:
    return occurrences(profile(name, **changes), code, date.fromisoformat(first), date.fromisoformat(last), CALENDAR)


def days(found: list[Occurrence]) -> list[str]:
    return [one.day.isoformat() for one in found if one.day is not None]


def month(name: str, code: str, text: str, **changes: Any) -> list[int]:
    """The days of a month on which it is, by number."""
    first = date.fromisoformat(f"{text}-01")
    last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    return [int(day[-2:]) for day in days(of(name, code, str(first), str(last), **changes))]


@pytest.mark.parametrize(
    ("name", "code", "text", "wanted"),
    [
        # A64 [R77]
        ("town_dongguan", "R77.secretary", "2026-11", [16]),
        ("town_dongguan", "R77.secretary", "2026-02", [24]),
        ("town_dongguan", "R77.secretary", "2026-08", [17]),
        ("town_dongguan", "R77.director", "2026-11", [30]),
        ("town_dongguan", "R77.director", "2026-10", [30]),
        ("town_dongguan", "R77.director", "2026-05", [29]),
        ("town_dongguan", "R77.director", "2026-02", [28]),
        # A65 [R79]
        ("town_lunar", "R79.session", "2026-12", [1, 4, 7, 11, 14, 17, 21, 24, 31]),
        ("town_lunar", "R79.session", "2026-02", [3, 6, 10, 13, 25]),
        ("town_lunar", "R79.session", "2026-05", [9, 12, 15, 19, 22, 25, 29]),
        # A69 [R81]
        ("resettlement_bureau", "R81.weekly", "2026-02", [2, 9]),
        ("resettlement_bureau", "R81.director", "2026-02", [24]),
        ("resettlement_bureau", "R81.weekly", "2026-09", [7, 14, 21]),
        ("resettlement_bureau", "R81.director", "2026-09", [28]),
        # A70 [R82]
        ("court", "R82.president", "2026-10", [8]),
        ("court", "R82.leader", "2026-10", [12, 19, 26]),
        ("court", "R82.president", "2026-11", [2]),
        ("court", "R82.leader", "2026-11", [9, 16, 23, 30]),
        # A75 [R93]
        ("property", "R93.month", "2026-11", [30]),
        # A22 [R33]: the spring and the autumn check
        ("audit_centre", "R33.burden_check", "2026-05", [29]),
        ("audit_centre", "R33.burden_check", "2026-11", [30]),
        ("audit_centre", "R33.burden_check", "2026-10", []),
        ("union_audit", "R34.year", "2026-12", [31]),
        # A63: the plan of 2027, its calendar not yet announced
        ("town_dongguan", "R76.plan", "2027-01", [29]),
    ],
)
def test_dates_that_the_requirements_name(name, code, text, wanted):
    assert month(name, code, text) == wanted


def test_with_statutory_holidays_alone_a_sunday_stays():
    """A65: 27 December 2026 is a Sunday, lunar 19th; the days in the holiday of February stay out."""
    whole = {"holiday_scope": "statutory_only"}
    assert month("town_lunar", "R79.session", "2026-12", **whole) == [1, 4, 7, 11, 14, 17, 21, 24, 27, 31]
    assert month("town_lunar", "R79.session", "2026-02", **whole) == [3, 6, 10, 13, 25]


def test_every_due_of_the_audit_centre():
    """A22."""
    monthly = days(of("audit_centre", "R33.subsidy_monthly", "2026-01-01", "2026-12-31"))
    assert {"2026-01-30", "2026-02-28", "2026-05-29", "2026-10-30", "2026-11-30"} <= set(monthly)
    assert len(monthly) == 12
    quarterly = of("audit_centre", "R33.audit_quarterly", "2026-01-01", "2026-12-31")
    assert days(quarterly) == ["2026-03-31", "2026-06-30", "2026-09-30", "2026-12-31"]


def test_the_years_report_is_accepted_until_the_end_of_january():
    """A22, R34: yellow meanwhile, red from 1 February."""
    (report,) = of("union_audit", "R34.year", "2026-01-01", "2026-12-31")
    assert report.last == date(2027, 1, 31)
    seen = [report.light(0, day) for day in (date(2026, 12, 31), date(2027, 1, 1), date(2027, 1, 31), date(2027, 2, 1))]
    assert seen == ["green", "yellow", "yellow", "red"]
    assert report.light(1, date(2027, 3, 1)) == "met"


def test_the_plan_opens_with_the_year():
    """A63: opens 2027-01-01, due 2027-01-29, provisional."""
    (plan,) = of("town_dongguan", "R76.plan", "2027-01-01", "2027-12-31")
    assert plan.opens_at == datetime(2027, 1, 1, tzinfo=TZ)
    assert plan.provisional
    assert [plan.light(0, date(2027, 1, n)) for n in (1, 29, 30)] == ["green", "green", "red"]


SECRETARY = ("01-20", "03-05", "05-12", "09-08", "11-10", "11-24")
MAYOR = ("01-15", "03-10", "05-20", "07-08", "09-16")


def lights(code: str, held: tuple[str, ...], on: str) -> list[str]:
    """The lights of a year's windows on a day, from the sessions that were held until then."""
    day = date.fromisoformat(on)
    sessions = [at for at in (date.fromisoformat(f"2026-{text}") for text in held) if at < day]
    found = of("town_dongguan", code, "2026-01-01", "2026-12-31")
    return [one.light(sum(one.nominal <= at <= one.last for at in sessions), day) for one in found]


def test_two_month_windows_and_the_year_are_checked_apart():
    """A63: the secretary misses July and August and has his six; the mayor misses the last window and the six."""
    assert lights("R76.two_month", SECRETARY, "2026-08-31") == ["met", "met", "met", "green", "waiting", "waiting"]
    assert lights("R76.two_month", SECRETARY, "2026-09-01") == ["met", "met", "met", "red", "green", "waiting"]
    assert lights("R76.two_month", SECRETARY, "2027-01-01") == ["met", "met", "met", "red", "met", "met"]
    assert lights("R76.annual", SECRETARY, "2026-11-24") == ["green"]
    assert lights("R76.annual", SECRETARY, "2026-11-25") == ["met"]
    assert lights("R76.two_month", MAYOR, "2026-12-31") == ["met"] * 5 + ["green"]
    assert lights("R76.two_month", MAYOR, "2027-01-01") == ["met"] * 5 + ["red"]
    assert lights("R76.annual", MAYOR, "2026-12-31") == ["green"]
    assert lights("R76.annual", MAYOR, "2027-01-01") == ["red"]


def test_a_month_without_meeting():
    """A12: February 2026 yellow from the 24th, red from 1 March."""
    (february,) = of("meihua_centre", "R17.meeting", "2026-02-01", "2026-02-28")
    assert [february.light(0, date(2026, 2, n)) for n in (1, 23, 24, 28)] == ["green", "green", "yellow", "yellow"]
    assert february.light(0, date(2026, 3, 1)) == "red"


def test_weeks_of_the_school():
    """A77: week 41 counts with three working days, week 8 is exempt, week 48 is told on the Monday after."""
    found = {one.nominal.isocalendar().week: one for one in of("school", "R89.week", "2026-01-05", "2026-12-27")}
    assert found[41].day == date(2026, 10, 5) and found[41].light(0, date(2026, 10, 12)) == "red"
    assert found[8].day is None and found[8].light(0, date(2026, 3, 1)) == "exempt" and "整周放假" in found[8].reason
    assert found[48].light(1, date(2026, 11, 30)) == "met"
    assert [found[48].light(0, date(2026, 11, n)) for n in (29, 30)] == ["green", "red"]


def test_weeks_outside_the_terms_of_a_school_are_exempt():
    terms = {"R89.week": {"terms": ["03-01..07-10", "09-01..01-20"]}}
    found = {o.nominal.isocalendar().week: o for o in of("school", "R89.week", "2026-01-05", "2026-12-31", **terms)}
    assert [found[week].day is None for week in (2, 3, 4, 5, 9, 10, 28, 29, 35, 36, 53)] == [
        False,
        False,
        False,
        True,
        True,
        False,
        False,
        True,
        True,
        False,
        False,
    ]  # fmt: skip  (week 4 begins on 19 January; week 9 ends on Sunday 1 March: no working day in the term)
    assert "学期" in found[29].reason


def test_shifts_of_the_village():
    """A72: none on Monday 5 October (holiday), none on Saturday 10 October (make-up day)."""
    assert month("village", "R86.shift", "2026-10") == [8, 9, *range(12, 17), *range(19, 24), *range(26, 31)]


def test_make_up_days_are_duty_days_of_the_centre_unless_it_says_so():
    assert 10 in month("meihua_centre", "R18.duty", "2026-10")
    none = {"R18.duty": {"makeup_days": False}}
    assert 10 not in month("meihua_centre", "R18.duty", "2026-10", **none)
    (why,) = [o.reason for o in of("meihua_centre", "R18.duty", "2026-10-10", "2026-10-10", **none)]
    assert "调休" in why


def test_why_a_date_is_not_where_the_rule_says():
    (moved,) = of("town_dongguan", "R77.secretary", "2026-11-01", "2026-11-30")
    assert moved.reason == "11月15日（星期日）为周末，顺延至11月16日（星期一）"
    (back,) = of("town_dongguan", "R77.director", "2026-10-01", "2026-10-31")
    assert back.reason == "10月31日（星期六）为周末，提前至10月30日（星期五）"
    left_out = [one.reason for one in of("resettlement_bureau", "R81.weekly", "2026-02-01", "2026-02-28")]
    assert left_out == ["", "", "2月16日（星期一）春节放假，不安排", "2月23日（星期一）由“局长接待日”代替"]


def test_two_dates_thrown_on_one_day_are_held_once():
    """Lunar 29th, 3rd and 6th of the spring festival of 2026 all go to the first working day after it."""
    both = {"R79.session": {"on_holiday": "next_workday"}}
    found = of("town_lunar", "R79.session", "2026-02-14", "2026-02-28", **both)
    assert days(found) == ["2026-02-24", "2026-02-25"]
    assert [one.reason.split("，")[-1] for one in found if one.day is None] == ["并入2月24日（星期二）"] * 2


def test_sessions_open_ahead_of_their_day_at_an_hour():
    early = {"R79.session": {"ahead": 7, "at": "08:30"}}
    (one,) = of("town_lunar", "R79.session", "2026-12-17", "2026-12-17", **early)
    assert one.opens_at == datetime(2026, 12, 10, 8, 30, tzinfo=TZ)


def test_the_next_ten_dates_whatever_the_rule():
    for name, code, held in (("town_lunar", "R79.session", 10), ("union_audit", "R34.year", 10),
                             ("audit_centre", "R33.audit_quarterly", 10), ("town_room", "R83.daily", 10)):  # fmt: skip
        found = upcoming(profile(name), code, date(2026, 11, 26), CALENDAR)
        assert len(days(found)) == held, code
        assert days(found)[0] >= "2026-11-26"
    assert "2026-12-27" not in days(upcoming(profile("town_lunar"), "R79.session", date(2026, 12, 25), CALENDAR))


def test_next_opening_is_strictly_later():
    at = datetime(2026, 12, 17, tzinfo=TZ)
    lunar = profile("town_lunar", **{"R79.session": {"ahead": 0}})
    assert next_opening(lunar, "R79.session", at - timedelta(seconds=1), CALENDAR) == at
    assert next_opening(lunar, "R79.session", at, CALENDAR) == datetime(2026, 12, 21, tzinfo=TZ)
    plan = next_opening(profile("town_dongguan"), "R76.plan", at, CALENDAR)
    assert plan == datetime(2027, 1, 1, tzinfo=TZ)


def test_a_table_of_the_year_moves_what_is_to_come():
    """The invented table of 2027 makes Sunday 28 February a working day."""
    loaded = Calendar(years={2027: parse_json(INVENTED_2027)})
    dates = [
        occurrences(profile("property"), "R93.month", date(2027, 2, 1), date(2027, 2, 28), calendar)[0]
        for calendar in (CALENDAR, loaded)
    ]
    assert [one.day for one in dates] == [date(2027, 2, 26), date(2027, 2, 28)]
    assert [one.provisional for one in dates] == [True, False]


def test_what_the_command_line_prints():
    told = to_json(profile("town_lunar"), "R79.session", date(2026, 12, 1), date(2026, 12, 31), CALENDAR)
    assert told["dates"][:3] == ["2026-12-01", "2026-12-04", "2026-12-07"]
    sunday = next(one for one in told["occurrences"] if one["nominal"] == "2026-12-27")
    assert (sunday["day"], sunday["reason"]) == (None, "12月27日（星期日）为周末，不安排")
    first = told["occurrences"][0]
    assert (first["weekday"], first["lunar"]) == ("星期二", "农历十月廿三")


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ("first_weekday(month, MON)", "每月第一个星期一"), ("last_weekday(month, FRI)", "每月最后一个星期五"),
        ("weekday(SUN)", "每周的星期日"), ("day(15)", "每月15日"), ("last_day(month)", "每月最后一日"),
        ("last_workday(quarter)", "每季度最后一个工作日"), ("last_workday(5, 11)", "5、11月最后一个工作日"),
        ("lunar_digits{3,6,9}", "农历逢三、六、九"), ("once_in_months(2)", "每2个月至少一次"),
        ("times_a_year(6)", "每年至少6次"), ("every_workday", "每个工作日"),
    ],
)  # fmt: skip
def test_rules_in_words(rule, words):
    assert rule_text(rule) == words


def test_every_schedule_can_be_told_in_words():
    for name, code in ALL:
        assert all(words(profile(name).schedule(code)).values())


def test_lunar_words():
    assert lunar_text(date(2026, 11, 11)) == "农历十月初三"
    assert lunar_text(date(2025, 7, 30)) == "农历闰六月初六"


@pytest.mark.parametrize("rule", ["", "now and then", "day(0)", "day(32)", "weekday(MO)", "once_in_months(5)",
                                  "lunar_digits{0}", "lunar_digits{}", "last_workday(13)", "day(15)x",
                                  "first_weekday(year, MON)", "mon_to_fri(1)"])  # fmt: skip
def test_a_rule_that_is_none_is_refused(rule):
    with pytest.raises(ProfileError) as refused:
        parse_rule(rule)
    assert refused.value.code == "profile.bad_schedule"


@pytest.mark.parametrize(
    "change",
    [{"code": "R1"}, {"words": "x"}, {"rule": "day(0)"}, {"ahead": 61}, {"ahead": "7"}, {"at": "24:00"}, {"at": 8},
     {"hours": "09:00-12:00"}, {"hours": ["9-12"]}, {"on_holiday": "rest"}, {"missed": "never"}, {"opens": "soon"},
     {"accepted_until": "02-29"}, {"accepted_until": "13-01"}, {"terms": ["09-01"]}, {"variables": {"a": [1]}},
     {"variables": "a"}, {"starts": None, "message": "m"}, {"active": "no"}, {"excluding": "R1.gone"},
     {"yellow_days": 0}, "daily"],
)  # fmt: skip
def test_a_change_that_cannot_be_is_refused(change):
    with pytest.raises(ProfileError) as refused:
        profile("town_lunar", **{"R79.session": change})
    assert refused.value.code in ("profile.bad_schedule", "profile.unknown_schedule")


def test_two_schedules_do_not_give_way_to_each_other():
    with pytest.raises(ProfileError) as refused:
        profile("court", **{"R82.president": {"excluding": "R82.leader"}})
    assert refused.value.field == "R82.president.excluding"


# -- what always holds -------------------------------------------------------------------------------------------------

ALL = [(name, code) for name in list_profiles(PROFILES) for code in sorted(profile(name).schedules)]
starts = st.dates(date(2005, 1, 1), date(2060, 12, 31))
calendars = st.builds(
    lambda off, worked: Calendar({**dict.fromkeys(off, False), **dict.fromkeys(worked, True)}),
    st.frozensets(st.dates(date(2026, 1, 1), date(2026, 12, 31)), max_size=40),
    st.frozensets(st.dates(date(2026, 1, 1), date(2026, 12, 31)), max_size=40),
)


@given(which=st.sampled_from(ALL), first=starts, length=st.integers(0, 120), cut=st.integers(0, 120))
def test_a_stretch_of_time_is_the_sum_of_its_parts(which, first, length, cut):
    """Nothing is lost or doubled at a border, and no day is held twice."""
    name, code = which
    last = first + timedelta(days=length)
    middle = first + timedelta(days=min(cut, length))
    whole = occurrences(profile(name), code, first, last, CALENDAR)
    parts = occurrences(profile(name), code, first, middle, CALENDAR)
    if middle < last:
        parts += [
            one for one in occurrences(profile(name), code, middle + timedelta(days=1), last, CALENDAR)
            if one not in parts  # a window that lies on both sides
        ]  # fmt: skip
    assert whole == parts
    held = [one.day for one in whole if one.day is not None]
    assert len(held) == len(set(held))
    assert all(bool(one.reason) == (one.day != one.nominal) for one in whole)


@given(calendar=calendars, which=st.sampled_from(ALL), first=st.dates(date(2026, 2, 15), date(2026, 11, 1)))
def test_no_date_is_on_a_day_off_whatever_the_calendar(calendar, which, first):
    name, code = which
    town = profile(name)
    schedule, rule = town.schedule(code), parse_rule(town.schedule(code).rule)
    for one in occurrences(town, code, first, first + timedelta(days=45), calendar):
        if rule.is_window or one.day is None:
            continue
        assert calendar.is_working(one.day)
        if schedule.on_holiday == "next_workday":
            assert one.day == calendar.working_day_after(one.nominal - timedelta(days=1), 1)
        elif schedule.on_holiday == "prev_workday":
            assert one.day == calendar.on_or_before(one.nominal)
        else:
            assert one.day == one.nominal


@given(first=starts)
def test_lunar_sessions_are_on_their_digits_and_never_on_the_thirtieth(first):
    for one in occurrences(profile("town_lunar"), "R79.session", first, first + timedelta(days=60), CALENDAR):
        assert lunar_day(one.nominal) in (3, 6, 9, 13, 16, 19, 23, 26, 29)


@given(which=st.sampled_from(ALL), after=starts)
def test_the_next_opening_is_the_first_of_those_that_follow(which, after):
    name, code = which
    at = datetime(after.year, after.month, after.day, 12, tzinfo=TZ)
    found = next_opening(profile(name), code, at, CALENDAR)
    assert found is not None and found > at
    opened = [one.opens_at for one in occurrences(profile(name), code, after, found.date(), CALENDAR) if one.day]
    assert [instant for instant in opened if at < instant < found] == []


def test_a_month_wholly_off_leaves_no_date_behind():
    off = Calendar(years={2026: YearTable(2026, {date(2026, 3, 1) + timedelta(days=n): "停工" for n in range(31)})})
    found = occurrences(profile("town_dongguan"), "R77.director", date(2026, 2, 1), date(2026, 4, 30), off)
    assert days(found) == ["2026-02-27", "2026-04-30"]  # March goes back to where February is already


def test_a_duty_may_open_on_the_working_day_before() -> None:
    found = of("town_room", "R83.daily", "2026-11-25", "2026-11-30")
    assert [one.opens_at.isoformat()[5:16] for one in found] == [
        "11-24T16:00", "11-25T16:00", "11-26T16:00", "11-27T16:00",  # the last is for Monday
    ]  # fmt: skip
    holiday = of("town_room", "R83.daily", "2026-10-08", "2026-10-08")[0]
    assert holiday.opens_at == datetime(2026, 9, 30, 16, tzinfo=TZ)
    after = datetime(2026, 9, 30, 16, tzinfo=TZ)
    opens = next_opening(plain("town_room"), "R83.daily", after - timedelta(seconds=1), CALENDAR)
    assert opens == after


def test_a_roster_names_its_places_and_who_keeps_it() -> None:
    duty = plain("meihua_centre").schedule("R18.duty")
    assert (duty.roster, duty.roster_by) == (
        {"duty": "window_clerk,window_head"},
        ("centre_director", "office_director"),
    )
    with pytest.raises(ProfileError) as caught:
        parse_schedule("X", {"words": "x", "rule": "every_workday", "on_holiday": "skip", "source": "[D]",
                             "roster": {"cook": "staff"}}, "x.toml")  # fmt: skip
    assert caught.value.code == "profile.bad_schedule"
