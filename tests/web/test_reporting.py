"""事项变化: what a matter waits for is reported on its page, by whom the diagram names, and by nobody else."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from office.accused import add_accused
from tests.engine.diagrams import KNOWN, chain, el, end, event, extension, process, properties, start
from tests.engine.diagrams import user as task
from tests.support import pages
from tests.support.office import Office
from tests.support.server import Server
from tests.web.test_moves import code, user
from web.paths import PROCESSES
from web.play import play

KEY = "m_reported"
OFFICE_ALONE = process(
    start(),
    task("b", name="等待", camunda__candidateGroups="window_clerk"),
    el(
        "boundaryEvent", "m",
        extension(properties(messageTitle="主任收到来函", messageGroups="petition_office_head", register="FM24")),
        event("message", "m1"), attachedToRef="b",
    ),
    end(), end("e"), chain("start", "b", "end") + chain("m", "e"), id=KEY,
)  # fmt: skip


def test_a_petition_is_withdrawn(office: Office) -> None:
    case_id = office.accepted()
    wang, deng = office.browser("wangxiaohua"), office.browser("denglei")
    (offer,) = wang.told(f"/cases/{case_id}/changes")["reports"]
    assert (offer["title"], offer["interrupts"], offer["form"]) == ("信访人要求撤回", True, None)
    wang.done(f"/cases/{case_id}/copies", {"user_ids": [user(office, "denglei")]})
    assert deng.told(f"/cases/{case_id}/changes") == {"limits": [], "reports": []}
    assert deng.told(f"/cases/{case_id}")["may"]["change"] is False
    assert code(deng.post(f"/cases/{case_id}/reports", {"id": offer["id"]})) == "message.not_yours"
    with office.banjie.store.begin() as uow:
        add_accused(uow, office.org_id, case_id, ["邓磊"], now=office.clock.now(), by="admin")
    assert code(deng.post(f"/cases/{case_id}/reports", {"id": offer["id"]})) == "case.unknown"
    wang.done(f"/cases/{case_id}/reports", {"id": offer["id"]})
    assert office.task(case_id, "RecordWithdrawal")
    page = wang.get(f"/cases/{case_id}")
    assert "petition.withdrawn" not in page.text
    assert [step["actor_name"] for step in page.json()["steps"] if step["name"] == "信访人要求撤回"] == ["王小华"]
    assert code(wang.post(f"/cases/{case_id}/reports", {"id": offer["id"]})) == "message.unwanted"


def test_only_the_posts_that_the_diagram_names(office: Office) -> None:
    with office.banjie.store.begin() as uow:
        office.banjie.engine.deploy(uow, office.org_id, KEY, {f"{KEY}.bpmn": OFFICE_ALONE}, KNOWN, actor="admin")
    case_id = office.start()
    with office.banjie.store.begin() as uow:
        office.banjie.engine.start(uow, office.org_id, KEY, business_key=case_id, actor=user(office, "wangxiaohua"))
    wang = office.browser("wangxiaohua")
    wang.done(f"/tasks/{office.task(case_id, 'b')}/claim")
    titles = [one["title"] for one in wang.told(f"/cases/{case_id}/changes")["reports"]]
    assert "主任收到来函" not in titles, "to have the task is not enough where the diagram names a post"
    head = office.browser("chenjing")
    offer = next(one for one in head.told(f"/cases/{case_id}/changes")["reports"] if one["title"] == "主任收到来函")
    assert code(wang.post(f"/cases/{case_id}/reports", {"id": offer["id"]})) == "message.not_yours"
    head.done(f"/cases/{case_id}/reports", {"id": offer["id"]})
    page = head.told(f"/cases/{case_id}")
    assert [one["register"] for one in page["registers"]] == ["FM24"], "registers are kept as by a task"
    assert "等待" not in [one["step"] for one in page["tasks"]]


@pytest.mark.parametrize(
    "name", ["petition_main/scenarios/withdrawn_urgent_anonymous", "one_time_notification/scenarios/a03_breach"]
)
def test_scenarios_report_by_the_page(name: str, sqlite_url: str) -> None:
    outcome = play(PROCESSES / f"{name}.toml", sqlite_url, http=True)
    assert not outcome.differences, "\n".join(outcome.differences)


def _registered(office: Office) -> None:
    office = pages.then(office)
    office.accepted()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with pages.town(tmp_path_factory.mktemp("reports"), _registered) as running:
        yield running


def test_on_the_page(page: Page, server: Server, tmp_path: Path) -> None:
    pages.sit_down(page, server.url, "wangxiaohua")
    case = pages.call(page, server.url, "GET", "/cases")["items"][0]["id"]
    page.goto(f"{server.url}/cases/{case}")
    page.get_by_role("button", name="事项变化", exact=True).click()
    box = page.get_by_role("dialog", name="事项变化")
    box.get_by_role("button", name="登记", exact=True).click()
    expect(box.get_by_text("请选择发生了什么。")).to_be_visible()
    box.get_by_role("radio", name="信访人要求撤回").check()
    expect(box.get_by_text("正在办理的环节随即停止")).to_be_visible()
    pages.accessible(page)
    page.screenshot(path=pages.screen("report-1366"))
    page.set_viewport_size({"width": 390, "height": 800})
    page.screenshot(path=pages.screen("report-390"))
    box.get_by_role("button", name="登记", exact=True).click()
    expect(box).to_have_count(0)
    expect(page.get_by_role("region", name="办理进程").get_by_text("记录撤回").first).to_be_visible()
