"""How long a case is kept, holds, and who may put it on a list of destruction."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import insert, update

from office import access, accused, case_links, cases, notices, organisations, people, registers, retention
from office.profiles import load_profile
from storage.clock import TZ
from storage.errors import BanjieError
from storage.tables import engine
from storage.tables.office import access_log, case_file, notice
from storage.types import new_id

PROFILES = organisations.processes_folder() / "profiles"
LATER = datetime(2037, 1, 4, 9, tzinfo=TZ)  # ten years after the first of January 2027


def _closed(desk, uow, **answers):
    case_id = desk.open(uow, **answers)
    values = {"state": "closed", "closed_at": desk.now, "updated_at": desk.now}
    uow.conn.execute(update(case_file).where(case_file.c.id == case_id).values(values))
    return case_id


def _viewer(desk, uow, who):
    return access.viewer_of(uow, desk.org, who)


def _due(desk, uow, now=LATER):
    return {one["case_id"] for one in retention.due(uow, _viewer(desk, uow, "boss"), now=now)}


def _code(act, *args, **more):
    with pytest.raises(BanjieError) as refused:
        act(*args, **more)
    return refused.value.code


@given(
    ended=st.dates(date(2000, 1, 1), date(2090, 12, 31)), weight=st.sampled_from(["ordinary", "important", "urgent"])
)
def test_the_years_run_from_the_next_first_of_january(ended, weight):
    profile = load_profile("town_lunar", PROFILES)
    told = retention.kept(profile, weight, ended)
    years = 10 if weight == "ordinary" else 30
    assert told.until == date(ended.year + years + 1, 1, 1) and told.words == f"{years}年"
    assert timedelta(days=365 * years) < told.until - ended <= timedelta(days=366 * (years + 1))
    assert retention.kept(profile, weight, ended, for_good=True) == retention.Kept("永久", None)


def test_what_is_due_and_what_is_not(desk):
    with desk.store.begin() as uow:
        old = _closed(desk, uow)
        important, running, linked, led, held, open_one = (_closed(desk, uow, matter=f"第{n}件") for n in range(6))
        cases.change_case(uow, desk.org, important, now=desk.now, weight="important")
        uow.conn.execute(
            update(case_file).where(case_file.c.id == open_one).values(closed_at=None, state="in_handling")
        )
        instance = {
            "org_id": desk.org, "process_key": "petition_main", "definition_hash": "h", "state": "active", "version": 1,
            "started_at": desk.now, "history_seq": 0, "history_hash": "",
        }  # fmt: skip
        uow.conn.execute(insert(engine.instance).values(id=new_id(), business_key=running, **instance))
        case_links.link_cases(uow, desk.org, linked, running, "related", now=desk.now, by=None)
        registers.add_entry(uow, desk.org, "FM33", {"opinion": "x"}, case_id=led, at=desk.now, by=None)
        hold_id = retention.hold(uow, _viewer(desk, uow, "boss"), held, "诉讼", now=desk.now)
        assert _due(desk, uow) == {old}
        assert _due(desk, uow, datetime(2036, 12, 31, 23, 59, tzinfo=TZ)) == set()
        assert _due(desk, uow, datetime(2057, 1, 1, tzinfo=TZ)) == {old, important}
        retention.lift(uow, _viewer(desk, uow, "boss"), hold_id, "结案", now=desk.now)
        assert _due(desk, uow) == {old, held}


def test_a_refused_matter_counts_from_its_receipt(desk):
    with desk.store.begin() as uow:
        case_id = desk.open(uow)
        cases.set_state(uow, desk.org, case_id, "not_accepted", now=desk.now)
        assert _due(desk, uow) == {case_id}


def test_nobody_destroys_alone(desk):
    with desk.store.begin() as uow:
        people.add_user(
            uow, desk.org, "档案员", "keeper", now=desk.now, user_id="keeper", unit_id="leaders",
            roles=("archivist", "main_leader"),
        )  # fmt: skip
        case_id = _closed(desk, uow)
        keeper, boss, clerk = (_viewer(desk, uow, who) for who in ("keeper", "boss", "lin"))
        assert _code(retention.propose, uow, clerk, [case_id], "x", now=LATER) == "access.role"
        assert _code(retention.propose, uow, keeper, [case_id], " ", now=LATER) == "disposal.no_reason"
        assert _code(retention.propose, uow, keeper, [], "x", now=LATER) == "disposal.empty"
        assert _code(retention.propose, uow, keeper, [case_id], "x", now=desk.now) == "disposal.not_due"
        many = [str(n) for n in range(retention.MOST + 1)]
        assert _code(retention.propose, uow, keeper, many, "x", now=LATER) == "disposal.too_many"
        list_no = retention.propose(uow, keeper, [case_id, case_id], "无保存价值", now=LATER)
        assert list_no == "销毁〔2037〕1号"
        assert _code(retention.propose, uow, keeper, [case_id], "x", now=LATER) == "disposal.not_due", (
            "on a list already"
        )
        assert _code(retention.approve, uow, keeper, list_no, now=LATER) == "disposal.same_person"
        assert _code(retention.approved, uow, keeper, list_no) == "disposal.unknown", "not approved yet"
        retention.approve(uow, boss, list_no, now=LATER)
        assert _code(retention.approve, uow, boss, list_no, now=LATER) == "disposal.unknown"
        assert retention.approved(uow, keeper, list_no) == [case_id]
        assert _code(retention.withdraw, uow, boss, list_no, "", now=LATER) == "disposal.no_reason"
        retention.withdraw(uow, boss, list_no, "还有用", now=LATER)
        assert _code(retention.approved, uow, keeper, list_no) == "disposal.unknown"
        (told,) = retention.lists(uow, keeper)
        assert (told["state"], told["items"][0]["note"]) == ("withdrawn", "还有用")
        assert _due(desk, uow) == {case_id}


def test_the_accused_sees_no_list_of_the_case(desk):
    with desk.store.begin() as uow:
        people.add_user(
            uow, desk.org, "档案员", "keeper", now=desk.now, user_id="keeper", unit_id="hall", roles=("archivist",)
        )
        case_id = _closed(desk, uow, kind="accusation")
        keeper = _viewer(desk, uow, "keeper")
        retention.propose(uow, keeper, [case_id], "x", now=LATER)
        assert retention.lists(uow, keeper)[0]["items"][0]["title"] == access.MASKED_TITLE
        accused.add_accused(uow, desk.org, case_id, ["boss"], now=desk.now, by="wang")
        boss = _viewer(desk, uow, "boss")
        assert retention.lists(uow, boss) == [] and retention.due(uow, boss, now=LATER) == []
        assert _code(retention.approve, uow, boss, "销毁〔2037〕1号", now=LATER) == "disposal.unknown"
        assert _code(retention.hold, uow, boss, case_id, "x", now=LATER) == "case.unknown"


def test_a_hold_needs_a_reason_and_a_right(desk):
    with desk.store.begin() as uow:
        case_id = desk.open(uow)
        boss = _viewer(desk, uow, "boss")
        assert _code(retention.hold, uow, _viewer(desk, uow, "kang"), case_id, "x", now=desk.now) == "access.role"
        assert _code(retention.hold, uow, boss, case_id, " ", now=desk.now) == "hold.no_reason"
        hold_id = retention.hold(uow, boss, case_id, "行政诉讼", now=desk.now)
        assert _code(retention.hold, uow, boss, case_id, "再来", now=desk.now) == "hold.already"
        assert [one["reason"] for one in retention.holds(uow, boss)] == ["行政诉讼"]
        assert _code(retention.lift, uow, boss, hold_id, "", now=desk.now) == "hold.no_reason"
        retention.lift(uow, boss, hold_id, "判决生效", now=desk.now)
        assert _code(retention.lift, uow, boss, hold_id, "再来", now=desk.now) == "hold.unknown"
        (told,) = retention.holds_of(uow, desk.org, case_id)
        assert (told["by_name"], told["lift_reason"]) == ("郑国栋", "判决生效")


def test_old_notices_and_log_entries_are_forgotten(desk):
    with desk.store.begin() as uow:
        for read in (True, False):
            notices.tell(uow, desk.org, "lin", "旧通知", kind="x", key=f"k{read}", now=desk.now)
            if read:
                uow.conn.execute(update(notice).values(read_at=desk.now))
        access.log_access(uow, desk.org, "lin", None, "read", now=desk.now)
        assert retention.forget_old(uow, desk.org, now=desk.now + timedelta(days=700)) == 0
        assert retention.forget_old(uow, desk.org, now=desk.now + timedelta(days=740)) == 1, "what nobody read stays"
        assert retention.forget_old(uow, desk.org, now=desk.now + timedelta(days=3700)) == 1
        assert uow.conn.execute(access_log.select()).all() == []
        assert organisations.profile_of(uow, desk.org).param("retention.notice_years") == 2
