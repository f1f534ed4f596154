"""值班表 over HTTP: everybody reads, who keeps it changes, the Excel file says what the page says (R18, R83)."""

from __future__ import annotations

import io
from typing import Any

import pytest
from openpyxl import load_workbook

from tests.support.office import Office

CODE = "/rosters/R18.duty"
CLERKS = ("lixiang", "wangxiaohua", "zhaoqian")
TURNS = {"place": "duty", "first": "2026-11-27", "last": "2026-12-01", "people": list(CLERKS)}


@pytest.fixture
def centre(office: Office) -> Office:
    """The town as a service centre whose window clerks take turns; 2026-11-26 09:00."""
    centre_profile(office)
    return office


def centre_profile(office: Office) -> None:
    """Have the town follow the profile that has the roster of window duty."""
    wanted: dict[str, Any] = {
        "profile": "meihua_centre",
        "overlay": None,
        "roll": None,
        "day_end": None,
        "parameters": {},
    }
    office.browser("admin").done("/admin/settings", {**wanted, "recompute": False, "reason": "换配置"})


def on_duty(office: Office, login: str = "linhai") -> dict[str, list[str]]:
    """Who is on duty, as somebody who keeps nothing reads it."""
    told = office.browser(login).told(CODE, first="2026-11-27", last="2026-12-01")
    return {one["day"][5:]: [person["user_id"] for person in one["places"]["duty"]] for one in told["days"]}


def code(answer: Any) -> str:
    return str(answer.json()["error"]["code"])


def test_the_centre_director_keeps_it_and_everybody_reads_it(centre: Office):
    keeper, reader = centre.browser("songtao"), centre.browser("linhai")
    assert keeper.done(f"{CODE}/rotate", TURNS) == {"filled": ["2026-11-27", "2026-11-30", "2026-12-01"], "left": []}
    assert on_duty(centre) == {"11-27": ["lixiang"], "11-30": ["wangxiaohua"], "12-01": ["zhaoqian"]}
    told = reader.told(CODE, first="2026-11-27", last="2026-12-01")
    assert (told["keep"], told["changes"], told["places"][0]["people"]) == (False, [], [])
    told = keeper.told(CODE, first="2026-11-27", last="2026-12-01")
    assert told["keep"] and {one["id"] for one in told["places"][0]["people"]} == set(CLERKS)
    assert told["changes"][0]["told"] == ["2026-11-27至2026-12-01值班人员轮值：无 → 李想、王小华、赵倩"]
    mine = centre.browser("lixiang").told("/rosters")
    assert mine["mine"] == [{"code": "R18.duty", "title": "窗口值班", "day": "2026-11-27", "place": "duty"}]
    assert mine["rosters"] == [{"code": "R18.duty", "title": "窗口值班", "keep": False}]
    assert centre.browser("lixiang").told("/me")["rosters"] is True


def test_who_does_not_keep_it_changes_nothing(centre: Office):
    centre.browser("admin").done(f"{CODE}/rotate", TURNS)
    before = on_duty(centre)
    swap = {"place": "duty", "one": {"day": "2026-11-27", "user_id": "lixiang"},
            "other": {"day": "2026-11-30", "user_id": "wangxiaohua"}}  # fmt: skip
    for login in ("lixiang", "chenjing", "zhengguodong"):
        for path, body in ((f"{CODE}/rotate", TURNS | {"replace": True}), (f"{CODE}/swap", swap),
                           (f"{CODE}/days/2026-11-27", {"places": {"duty": ["zhaoqian"]}})):  # fmt: skip
            assert code(centre.browser(login).post(path, body)) == "access.role", (login, path)
    assert on_duty(centre) == before


def test_a_day_is_set_and_two_days_are_swapped(centre: Office):
    keeper = centre.browser("songtao")
    keeper.done(f"{CODE}/rotate", TURNS)
    body = {"places": {"duty": ["zhaoqian"]}, "was": {"duty": ["wangxiaohua"]}, "reason": "王小华培训"}
    keeper.done(f"{CODE}/days/2026-11-30", body)
    assert code(keeper.post(f"{CODE}/days/2026-11-30", body)) == "roster.changed"
    swap = {"place": "duty", "one": {"day": "2026-11-27", "user_id": "lixiang"},
            "other": {"day": "2026-12-01", "user_id": "zhaoqian"}}  # fmt: skip
    keeper.done(f"{CODE}/swap", swap)
    assert on_duty(centre) == {"11-27": ["zhaoqian"], "11-30": ["zhaoqian"], "12-01": ["lixiang"]}
    notices = [one["text"] for one in centre.browser("lixiang").told("/notices")]
    assert "窗口值班对调：11月27日（星期五）由赵倩值，12月1日（星期二）由李想值。" in notices


def test_an_absence_shows_on_the_roster_without_its_reason(centre: Office):
    centre.browser("songtao").done(f"{CODE}/rotate", TURNS)
    away = {"from_at": "2026-11-30T08:00", "to_at": "2026-11-30T18:00", "reason": "住院手术"}
    centre.browser("admin").done("/absences", {"user_id": "wangxiaohua", **away})
    answer = centre.browser("linhai").get(CODE, first="2026-11-27", last="2026-12-01")
    (day,) = [one for one in answer.json()["days"] if one["day"] == "2026-11-30"]
    assert day["places"]["duty"] == [{"user_id": "wangxiaohua", "name": "王小华", "away": "全天"}]
    assert day["lacking"] == ["duty"]
    assert "住院" not in answer.text
    notices = [one["text"] for one in centre.browser("songtao").told("/notices")]
    assert "窗口值班：王小华11月30日（星期一）离岗，请在值班表上另行指定人员。" in notices


def test_the_excel_file_says_what_the_page_says(centre: Office):
    centre.browser("songtao").done(f"{CODE}/rotate", TURNS)
    away = {"from_at": "2026-11-30T08:00", "to_at": "2026-11-30T12:00", "reason": "看病"}
    centre.browser("admin").done("/absences", {"user_id": "wangxiaohua", **away})
    answer = centre.browser("linhai").get("/exports/rosters/R18.duty", first="2026-11-27", last="2026-12-01")
    sheet = load_workbook(io.BytesIO(answer.content)).active
    rows = [[cell or "" for cell in row] for row in sheet.iter_rows(min_row=2, values_only=True)]
    assert rows == [
        ["日期", "星期", "值班人员", "备注"],
        ["2026-11-27", "星期五", "李想", ""],
        ["2026-11-30", "星期一", "王小华", "王小华离岗（08:00–12:00）；缺值班人员"],
        ["2026-12-01", "星期二", "赵倩", ""],
    ]


@pytest.mark.parametrize(
    ("path", "body", "expected"),
    [
        ("/rosters/R99.duty/rotate", TURNS, "roster.unknown"),
        (f"{CODE}/rotate", TURNS | {"place": "leader"}, "roster.unknown_place"),
        (f"{CODE}/rotate", TURNS | {"people": []}, "roster.no_people"),
        (f"{CODE}/rotate", TURNS | {"first": "2026-11-25"}, "roster.past"),
        (f"{CODE}/days/2026-11-28", {"places": {"duty": ["lixiang"]}}, "roster.no_duty"),
        (f"{CODE}/days/2026-11-27", {"places": {"duty": ["linhai"]}}, "roster.not_in_pool"),
        (f"{CODE}/days/x", {"places": {}}, "request.invalid"),
        (f"{CODE}/days/9999-12-31", {"places": {}}, "roster.bad_range"),
        (f"{CODE}/days/0001-01-01", {"places": {}}, "roster.bad_range"),
        (f"{CODE}/rotate", TURNS | {"first": "9999-12-01", "last": "9999-12-31"}, "roster.bad_range"),
    ],
)
def test_what_is_refused_says_why(centre: Office, path: str, body: dict[str, Any], expected: str):
    assert code(centre.browser("songtao").post(path, body)) == expected


@pytest.mark.parametrize("query", [{"first": "9999-12-31"}, {"first": "0001-01-01"}, {"last": "2026-10-01"}])
@pytest.mark.parametrize("path", [CODE, "/exports/rosters/R18.duty"])
def test_a_stretch_of_time_that_makes_no_sense_is_refused(sqlite_office: Office, path: str, query: dict[str, str]):
    centre_profile(sqlite_office)
    asked = {"first": "2026-11-01", "last": "9999-12-31"} | query if path.startswith("/exports") else query
    assert code(sqlite_office.browser("songtao").get(path, **asked)) == "roster.bad_range"


def test_an_office_without_a_roster_has_none(sqlite_office: Office):
    assert sqlite_office.browser("admin").told("/rosters") == {"rosters": [], "mine": [], "swaps": []}
    assert sqlite_office.browser("admin").told("/me")["rosters"] is False
    assert sqlite_office.browser("admin").get(CODE).status_code == 404


def test_a_code_that_is_a_limit_and_a_schedule_is_changed_as_either(centre: Office):
    admin = centre.browser("admin")
    admin.done("/admin/schedules/R19.check", {"at": "17:00"})
    wanted = {"profile": "meihua_centre", "overlay": None, "roll": None, "day_end": None, "recompute": False}
    limit = {"R19.check": {"unit": "wd", "n": 1}}
    admin.done("/admin/settings", {**wanted, "parameters": limit, "reason": "次日补查"})

    def now() -> tuple[str, Any]:
        (duty,) = [one for one in admin.told("/admin/schedules") if one["code"] == "R19.check"]
        (rule,) = [one for one in admin.told("/admin/settings")["limits"] if one["code"] == "R19.check"]
        return duty["at"], rule["own"]

    assert now() == ("17:00", {"unit": "wd", "n": 1})
    admin.done("/admin/schedules/R19.check", {"reset": True})
    assert now() == ("16:00", {"unit": "wd", "n": 1})
    admin.done("/admin/schedules/R19.check", {"at": "17:30"})
    admin.done("/admin/settings", {**wanted, "parameters": {}, "reason": "恢复"})
    assert now() == ("17:30", None)


ASKED = {"place": "duty", "day": "2026-11-27", "other": {"day": "2026-12-01", "user_id": "zhaoqian"}, "reason": "开会"}


def test_two_people_agree_to_a_swap(centre: Office):
    centre.browser("songtao").done(f"{CODE}/rotate", TURNS)
    asks, asked = centre.browser("lixiang"), centre.browser("zhaoqian")
    swap_id = asks.done(f"{CODE}/swaps", ASKED)["id"]
    (shown,) = asked.told("/rosters")["swaps"]
    assert (shown["mine"], shown["name"], shown["day"], shown["other_day"]) == (
        False, "李想", "2026-11-27", "2026-12-01",
    )  # fmt: skip
    assert "窗口值班：李想请您对调，11月27日（星期五）由您值" in asked.told("/notices")[0]["text"]
    assert code(asks.post(f"{CODE}/swaps", ASKED)) == "roster.already_asked"
    assert code(asks.post(f"/rosters/swaps/{swap_id}/answer", {"agree": True})) == "roster.swap_answered"
    assert code(centre.browser("songtao").post(f"/rosters/swaps/{swap_id}/answer", {"agree": True})) == (
        "roster.unknown_swap"
    )
    assert on_duty(centre)["11-27"] == ["lixiang"], "nothing is changed before the other agrees"
    asked.done(f"/rosters/swaps/{swap_id}/answer", {"agree": True})
    assert on_duty(centre) == {"11-27": ["zhaoqian"], "11-30": ["wangxiaohua"], "12-01": ["lixiang"]}
    assert "窗口值班对调：11月27日（星期五）由赵倩值" in asks.told("/notices")[0]["text"]
    assert code(asked.post(f"/rosters/swaps/{swap_id}/answer", {"agree": False})) == "roster.swap_answered"
    assert asks.told("/rosters")["swaps"] == []


def test_a_swap_is_refused_or_withdrawn_and_nothing_changes(centre: Office):
    centre.browser("songtao").done(f"{CODE}/rotate", TURNS)
    before = on_duty(centre)
    for who, said in (("zhaoqian", "赵倩不同意"), ("lixiang", "李想撤回了")):
        swap_id = centre.browser("lixiang").done(f"{CODE}/swaps", ASKED)["id"]
        centre.browser(who).done(f"/rosters/swaps/{swap_id}/answer", {"agree": False})
        other = "lixiang" if who == "zhaoqian" else "zhaoqian"
        assert any(said in one["text"] for one in centre.browser(other).told("/notices"))
    assert on_duty(centre) == before


def test_a_swap_is_asked_with_ones_own_day_and_answered_while_it_holds(centre: Office):
    centre.browser("songtao").done(f"{CODE}/rotate", TURNS)
    of_another = ASKED | {"day": "2026-11-30"}
    assert code(centre.browser("lixiang").post(f"{CODE}/swaps", of_another)) == "roster.not_on_roster"
    swap_id = centre.browser("lixiang").done(f"{CODE}/swaps", ASKED)["id"]
    centre.browser("songtao").done(f"{CODE}/days/2026-11-27", {"places": {"duty": ["wangxiaohua"]}})
    answer = centre.browser("zhaoqian").post(f"/rosters/swaps/{swap_id}/answer", {"agree": True})
    assert code(answer) == "roster.not_on_roster"
    assert on_duty(centre)["12-01"] == ["zhaoqian"]
