"""停止计时 by hand: who may, by which cause, that nothing fires meanwhile, who is warned, and the pages."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from engine.scheduler import run_all
from office.accused import add_accused
from storage.tables import engine as tables
from tests.engine.diagrams import KNOWN, chain, el, end, process, start, timer
from tests.engine.diagrams import user as task
from tests.support import pages
from tests.support.office import Office
from tests.support.server import Server
from tests.web.test_moves import code, user
from web import stopping

KEY = "m_stopped"
DIAGRAM = process(
    start(),
    task("b", name="提出意见", camunda__candidateGroups="window_clerk"),
    el(
        "boundaryEvent", "late", timer("timeCycle", "${deadline('L16.opinion')}"), name="意见期限", attachedToRef="b",
        cancelActivity="false",
    ),
    task("told", name="逾期", camunda__candidateGroups="window_clerk"),
    end(), end("e"), chain("start", "b", "end") + chain("late", "told", "e"), id=KEY,
)  # fmt: skip


def begin(office: Office) -> str:
    """A matter at a step with the one limit that a hearing stops, which 王小华 has; gives the case's id."""
    with office.banjie.store.begin() as uow:
        office.banjie.engine.deploy(uow, office.org_id, KEY, {f"{KEY}.bpmn": DIAGRAM}, KNOWN, actor="admin")
    case_id = office.start()
    with office.banjie.store.begin() as uow:
        office.banjie.engine.start(uow, office.org_id, KEY, business_key=case_id, actor=user(office, "wangxiaohua"))
    office.browser("wangxiaohua").done(f"/tasks/{office.task(case_id, 'b')}/claim")
    return case_id


def later(office: Office, days: int) -> Office:
    office.clock.set(office.clock.now() + timedelta(days=days))
    while run_all(office.banjie.engine):
        pass
    return Office(office.banjie, office.clock, office.org_id)


def limit(office: Office, case_id: str, login: str = "wangxiaohua") -> dict[str, Any]:
    found = office.browser(login).told(f"/cases/{case_id}/changes")["limits"]
    return next(one for one in found if one["code"] == "L16.opinion")


def body(found: dict[str, Any], **more: Any) -> dict[str, Any]:
    told = {"deadline_ids": [found["id"]], "cause": "hearing", "reason": "12月1日听证", "expected_on": "2026-12-03"}
    return told | more


def test_nothing_fires_while_it_stands_still_and_all_of_it_after(office: Office) -> None:
    case_id = begin(office)
    wang, found = office.browser("wangxiaohua"), limit(office, case_id)
    assert found["causes"] == [{"value": "hearing", "label": "听证"}] and found["basis"] == "《信访工作条例》第三十六条"
    wang.done(f"/cases/{case_id}/stop", body(found))
    page = wang.told(f"/cases/{case_id}")
    assert ("停止计时（听证）：意见期限", "12月1日听证（预计2026-12-03结束）") in [
        (one["name"], one["remarks"]) for one in page["steps"]
    ]
    (shown,) = [one for one in page["deadlines"] if one["code"] == "L16.opinion"]
    assert (shown["light"], shown["due_text"]) == ("paused", "停止计时（听证）")
    assert any("2026-11-26 09:00 起停止计时：听证" in line for line in shown["explanation"])
    office = later(office, 60)
    with office.banjie.store.begin(write=False) as uow:
        assert uow.conn.execute(select(tables.task.c.id).where(tables.task.c.element_id == "told")).all() == []
    again = {"deadline_ids": [found["id"]], "reason": "听证结束"}
    office.browser("wangxiaohua").done(f"/cases/{case_id}/resume", again)
    assert limit(office, case_id)["due_at"].startswith("2027-02-24"), "26 December, and the 60 days after the start"
    told = code(office.browser("wangxiaohua").post(f"/cases/{case_id}/resume", again))
    assert told == "stop.not_stopped"
    office = later(office, 60)
    with office.banjie.store.begin(write=False) as uow:
        query = select(tables.task.c.id).where(tables.task.c.element_id == "told")
        assert len(uow.conn.execute(query).all()) == 4, "yellow, red, and what follows: each step of the ladder once"


def test_who_may_and_for_what(office: Office) -> None:
    case_id = begin(office)
    wang, found = office.browser("wangxiaohua"), limit(office, case_id)
    page = wang.told(f"/cases/{case_id}/changes")["limits"]
    others = [one for one in page if one["code"] != "L16.opinion"]
    assert others and all(one["causes"] == [] for one in others)
    told = wang.post(f"/cases/{case_id}/stop", body(others[0]))
    assert code(told) == "stop.cause" and "可以申请延期" in told.json()["error"]["message"]
    assert code(wang.post(f"/cases/{case_id}/stop", body(found, cause="appraisal"))) == "stop.cause"
    both = body(found, deadline_ids=[found["id"], others[0]["id"]])
    assert code(wang.post(f"/cases/{case_id}/stop", both)) == "stop.cause" and limit(office, case_id)["stop"] is None
    assert code(wang.post(f"/cases/{case_id}/stop", body(found, document_id="x"))) == "document.unknown"
    wang.done(f"/cases/{case_id}/copies", {"user_ids": [user(office, "denglei")]})
    reader = office.browser("denglei")
    assert reader.told(f"/cases/{case_id}")["may"]["change"] is False
    assert code(reader.post(f"/cases/{case_id}/stop", body(found))) == "case.not_yours"
    with office.banjie.store.begin() as uow:
        add_accused(uow, office.org_id, case_id, ["邓磊"], now=office.clock.now(), by="admin")
    assert code(reader.post(f"/cases/{case_id}/stop", body(found))) == "case.unknown"


def test_who_stopped_it_is_warned_once_when_the_end_has_passed(office: Office) -> None:
    case_id = begin(office)
    office.browser("wangxiaohua").done(f"/cases/{case_id}/stop", body(limit(office, case_id)))
    assert stopping.warn_expired(office.banjie) == 0
    office = later(office, 8)
    assert (stopping.warn_expired(office.banjie), stopping.warn_expired(office.banjie)) == (1, 0)
    told = [one["text"] for one in office.browser("wangxiaohua").told("/notices") if one["kind"] == "stop_expired"]
    assert len(told) == 1 and "预计2026-12-03结束，现已过期" in told[0]
    assert limit(office, case_id)["stop"] is not None, "it stands still until somebody lets it go on"


def _begun(office: Office) -> None:
    begin(pages.then(office))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with pages.town(tmp_path_factory.mktemp("stops"), _begun) as running:
        yield running


@pytest.mark.parametrize("width", [1366, 390])
def test_on_the_page(page: Page, server: Server, width: int, tmp_path: Path) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    pages.sit_down(page, server.url, "wangxiaohua")
    case = pages.call(page, server.url, "GET", "/cases")["items"][0]["id"]
    page.goto(f"{server.url}/cases/{case}")
    page.get_by_role("button", name="事项变化", exact=True).click()
    box = page.get_by_role("dialog", name="事项变化")
    box.get_by_role("tab", name="停止计时").click()
    box.get_by_role("combobox", name="事由").select_option("听证")
    box.get_by_label("预计结束日期").fill("2030-12-03")
    box.get_by_label("情况说明").fill("12月1日举行听证")
    pages.accessible(page)
    page.screenshot(path=pages.screen(f"stop-{width}"))
    box.get_by_role("button", name="停止计时", exact=True).click()
    expect(box).to_have_count(0)
    pages.tab(page, "时限依据")
    expect(page.get_by_text("停止计时（听证）").first).to_be_visible()
    page.screenshot(path=pages.screen(f"stopped-{width}"))
    page.goto(f"{server.url}/")
    expect(page.get_by_text("中止中：听证").first).to_be_visible()
    page.screenshot(path=pages.screen(f"stopped-inbox-{width}"))
    page.goto(f"{server.url}/cases/{case}")
    page.get_by_role("button", name="事项变化", exact=True).click()
    box.get_by_role("tab", name="停止计时").click()
    box.get_by_label("恢复计时的原因").fill("听证结束")
    page.screenshot(path=pages.screen(f"resume-{width}"))
    box.get_by_role("button", name="恢复计时", exact=True).click()
    expect(box).to_have_count(0)
    expect(page.locator("header.head")).not_to_contain_text("停止计时")
