"""Window duty where the scenarios do not go: a cancelled shift, shifts in a row, a hall without clerks (R18, R19)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import select

from engine.scheduler import run_all
from office import people, schedule_book
from storage.clock import FixedClock
from storage.tables import engine as tables
from storage.tables.office import notice, register_entry
from tests.support.office import Office, open_office
from tests.web.test_rosters import CODE, centre_profile
from web import schedules

GOOD = dict.fromkeys(
    ("cleaning", "archive", "attendance", "badges", "attitude", "manner", "efficiency", "safety"), "good"
)


class Centre:
    """The town as a service centre, from the evening of 2026-11-26 on."""

    def __init__(self, office: Office) -> None:
        self.office = office
        office.clock.set(datetime(2026, 11, 27))
        centre_profile(office)

    def at(self, text: str) -> None:
        """Let it be `text` and what falls due be done; everybody logs in anew."""
        self.office.clock.set(datetime.fromisoformat(text))
        self.office = Office(self.office.banjie, self.office.clock, self.office.org_id)
        while schedules.fire_due(self.office.banjie) or run_all(self.office.banjie.engine):
            pass

    def on(self, day: str, *user_ids: str) -> None:
        self.office.browser("songtao").done(f"{CODE}/days/{day}", {"places": {"duty": list(user_ids)}})
        while run_all(self.office.banjie.engine):
            pass

    def case(self, code: str, day: str) -> dict[str, Any]:
        with self.office.banjie.store.begin(write=False) as uow:
            found = schedule_book.dates(uow, self.office.org_id, code=code)
        return next(one for one in found if one["day"].isoformat() == day)

    def tasks(self, code: str, day: str) -> list[tuple[str, str | None]]:
        table, case_id = tables.task, self.case(code, day)["case_id"]
        query = select(table.c.element_id, table.c.assignee).where(
            table.c.business_key == case_id, table.c.state == "open"
        )
        with self.office.banjie.store.begin(write=False) as uow:
            return sorted((row.element_id, row.assignee) for row in uow.conn.execute(query))

    def texts(self, column: Any) -> list[Any]:
        with self.office.banjie.store.begin(write=False) as uow:
            return list(uow.conn.execute(select(column)).scalars())


@pytest.fixture
def centre(database_url: str, clock: FixedClock) -> Iterator[Centre]:
    office = open_office(database_url, clock)
    yield Centre(office)
    office.banjie.close()


def test_a_shift_that_was_cancelled_holds_nobody_up(centre: Centre):
    centre.on("2026-11-27", "lixiang")
    centre.on("2026-11-30", "zhaoqian")
    centre.at("2026-11-27T08:00")
    assert centre.tasks("R18.duty", "2026-11-27") == [("CheckPoints", "lixiang")]
    instance = centre.case("R18.duty", "2026-11-27")["instance_id"]
    centre.office.browser("admin").done(f"/admin/instances/{instance}/cancel", {"reason": "停电放假"})
    centre.at("2026-11-30T08:00")
    assert centre.tasks("R18.duty", "2026-11-30") == [("CheckPoints", "zhaoqian")]


def test_shifts_that_wait_begin_one_after_the_other(centre: Centre):
    for day, who in (("2026-11-27", "lixiang"), ("2026-11-30", "zhaoqian"), ("2026-12-01", "wangxiaohua")):
        centre.on(day, who)
        centre.at(f"{day}T08:00")
    assert centre.tasks("R18.duty", "2026-11-30") == centre.tasks("R18.duty", "2026-12-01") == []
    for day, who in (("2026-11-27", "lixiang"), ("2026-11-30", "zhaoqian")):
        case_id = centre.case("R18.duty", day)["case_id"]
        centre.office.complete(who, case_id, "CheckPoints", GOOD)
        centre.office.complete(who, case_id, "HandOver", {"handed_to": "wangxiaohua", "handover": f"{who}的钥匙"})
        centre.at("2026-12-01T09:00")
    assert centre.tasks("R18.duty", "2026-12-01") == [("CheckPoints", "wangxiaohua")]
    shown = centre.office.browser("wangxiaohua").told(
        f"/tasks/{centre.office.task(centre.case('R18.duty', '2026-12-01')['case_id'], 'CheckPoints')}"
    )
    assert shown["data"]["previous_handover"] == "赵倩：zhaoqian的钥匙"


def test_a_centre_without_window_clerks_is_checked_as_one_hall_by_the_director(centre: Centre):
    with centre.office.banjie.store.begin() as uow:
        for user_id in ("lixiang", "zhaoqian", "wangxiaohua"):
            people.revoke(uow, centre.office.org_id, user_id, "window_clerk")
    centre.at("2026-11-27T16:00")
    assert centre.tasks("R19.check", "2026-11-27") == [("CheckWindow", None)]
    case_id = centre.case("R19.check", "2026-11-27")["case_id"]
    task_id = centre.office.task(case_id, "CheckWindow")
    centre.office.browser("songtao").done(f"/tasks/{task_id}/claim")
    answers = {"doors": "fault", "power": "good", "papers": "good", "daily": "正常", "remarks": "已关窗"}
    centre.office.complete("songtao", case_id, "CheckWindow", answers)
    centre.at("2026-11-27T16:30")
    (entry,) = [fields for fields in centre.texts(register_entry.c.fields) if "doors" in fields]
    assert (entry["window"], entry["checker"]) == ("服务大厅", "宋涛")
    assert "安全隐患：服务大厅门窗未关好。已关窗" in centre.texts(notice.c.text)
