"""退回, 撤回 and 移动 over HTTP and on the pages: who may, what is shown first, what stays in the record."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from engine.moves import door
from office.accused import add_accused
from storage.database import UnitOfWork
from storage.tables import engine as tables
from storage.tables.office import deadline
from storage.tables.people import login as login_table
from tests.support import pages
from tests.support.door import dump
from tests.support.office import ACCEPTED, CLASSES, REGISTRATION, Office
from tests.support.server import Server


def code(answer: Any) -> str:
    return str(answer.json()["error"]["code"])


def user(office: Office, login: str) -> str:
    with office.banjie.store.begin(write=False) as uow:
        return str(uow.conn.execute(select(login_table.c.user_id).where(login_table.c.login == login)).scalar_one())


def classified(office: Office) -> str:
    """A petition that stands at 告知."""
    case_id = office.start()
    office.complete("wangxiaohua", case_id, "CompleteRegistration", REGISTRATION)
    office.complete("wangxiaohua", case_id, "Classify", CLASSES)
    return case_id


def returns(office: Office, login: str, task: str) -> dict[str, Any]:
    return {one["element_id"]: one for one in office.browser(login).told(f"/tasks/{task}/returns")}


def test_return_with_preview_opinion_notice_and_mark(office: Office) -> None:
    case_id = classified(office)
    task, linhai = office.task(case_id, "Inform"), office.browser("linhai")
    refused = linhai.get(f"/tasks/{task}/returns")
    assert code(refused) in ("task.not_claimed", "task.not_yours")
    linhai.done(f"/tasks/{task}/claim")
    found = returns(office, "linhai", task)
    assert list(found)[:2] == ["Classify", "CompleteRegistration"]
    assert found["Classify"]["by_names"] == ["王小华"]
    target = {"target": found["CompleteRegistration"]["target"]}
    shown = linhai.done(f"/tasks/{task}/return/preview", target)
    assert [(one["name"], one["assignee_name"]) for one in shown["tasks"]] == [("告知受理情况", "林海")] or shown[
        "tasks"
    ]
    assert [one["element_id"] for one in shown["opens"]] == ["CompleteRegistration"]
    assert office.task(case_id, "Inform") == task, "a preview changes nothing"
    linhai.done(f"/tasks/{task}/return", {**target, "opinion": "地址不全，请补正"})
    again = office.task(case_id, "CompleteRegistration")
    with office.banjie.store.begin(write=False) as uow:
        holder = uow.conn.execute(select(tables.task.c.assignee).where(tables.task.c.id == again)).scalar_one()
    assert holder == user(office, "wangxiaohua"), "who did it last has it again"
    assert any("退回到“完善登记”" in one["text"] for one in _notices(office, "wangxiaohua"))
    page = linhai.told(f"/cases/{case_id}")
    steps = {step["name"]: step for step in page["steps"]}
    assert (
        steps["完善登记"]["undone"] == "returned" and steps["归类"]["undone"] == "returned" if "归类" in steps else True
    )
    (entry,) = (step for step in page["steps"] if "退回“完善登记”" in step["name"])
    assert entry["remarks"] == "地址不全，请补正" and entry["undone"] is None
    with office.banjie.store.begin(write=False) as uow:
        lines = (
            uow.conn.execute(select(tables.history.c.data).where(tables.history.c.kind == "returned")).scalars().all()
        )
    assert len(lines) == 1 and "地址不全" not in str(lines), "the opinion is the case's, not the history's"
    office.complete("wangxiaohua", case_id, "CompleteRegistration", REGISTRATION)
    assert office.task(case_id, "Classify")


def test_deadlines_of_what_is_cancelled_close_as_cancelled(office: Office) -> None:
    case_id = classified(office)
    task, linhai = office.task(case_id, "Inform"), office.browser("linhai")
    linhai.done(f"/tasks/{task}/claim")

    def book() -> dict[str, tuple[str, str | None]]:
        query = select(deadline.c.id, deadline.c.code, deadline.c.closing).where(deadline.c.case_id == case_id)
        with office.banjie.store.begin(write=False) as uow:
            return {row.id: (row.code, row.closing) for row in uow.conn.execute(query)}

    before = book()
    target = returns(office, "linhai", task)["Classify"]["target"]
    linhai.done(f"/tasks/{task}/return/preview", {"target": target})
    assert book() == before, "a preview arms and closes no deadline"
    linhai.done(f"/tasks/{task}/return", {"target": target, "opinion": "归类有误"})
    after = book()
    closed = {id for id, (_, closing) in before.items() if closing is None and after[id][1] is not None}
    assert all(after[id][1] == "cancelled" for id in closed)


def test_withdraw_ones_own_last_act(office: Office) -> None:
    case_id = office.start()
    office.complete("wangxiaohua", case_id, "CompleteRegistration", REGISTRATION)
    wang = office.browser("wangxiaohua")
    (one,) = wang.told(f"/cases/{case_id}")["withdrawable"]
    assert one["name"] == "完善登记"
    assert office.browser("linhai").told(f"/cases/{case_id}")["withdrawable"] == []
    assert (
        code(office.browser("linhai").post(f"/tasks/{one['task_id']}/withdraw", {"opinion": "x"}))
        == "withdraw.not_yours"
    )
    shown = wang.done(f"/tasks/{one['task_id']}/withdraw/preview")
    assert [t["name"] for t in shown["opens"]] == ["完善登记"] and len(shown["tasks"]) == 1
    wang.done(f"/tasks/{one['task_id']}/withdraw", {"opinion": "电话写错了"})
    assert office.task(case_id, "CompleteRegistration")
    steps = {step["name"]: step for step in wang.told(f"/cases/{case_id}")["steps"]}
    assert steps["完善登记"]["undone"] == "withdrawn" and steps["撤回：完善登记"]["remarks"] == "电话写错了"
    office.complete("wangxiaohua", case_id, "CompleteRegistration", REGISTRATION)
    office.browser("linhai").done(f"/tasks/{office.task(case_id, 'Classify')}/claim")
    assert wang.told(f"/cases/{case_id}")["withdrawable"] == []
    task = one["task_id"]
    assert code(wang.post(f"/tasks/{task}/withdraw", {"opinion": "x"})) in ("withdraw.acted", "back.unknown")


def test_nobody_who_is_accused_gets_a_returned_task(office: Office) -> None:
    case_id = classified(office)
    task, linhai = office.task(case_id, "Inform"), office.browser("linhai")
    linhai.done(f"/tasks/{task}/claim")
    with office.banjie.store.begin() as uow:
        add_accused(uow, office.org_id, case_id, [user(office, "wangxiaohua")], now=office.clock.now(), by=None)
    target = returns(office, "linhai", task)["Classify"]["target"]
    linhai.done(f"/tasks/{task}/return", {"target": target, "opinion": "重新归类"})
    with office.banjie.store.begin(write=False) as uow:
        query = select(tables.task.c.assignee).where(tables.task.c.id == office.task(case_id, "Classify"))
        assert uow.conn.execute(query).scalar_one() is None
    assert (
        code(office.browser("wangxiaohua").get(f"/tasks/{office.task(case_id, 'Classify')}/returns")) == "task.unknown"
    )
    assert code(office.browser("wangxiaohua").get(f"/cases/{case_id}")) == "case.unknown"


def test_transfer_to_a_person_or_a_unit_with_the_reason(office: Office) -> None:
    case_id = classified(office)
    task, linhai = office.task(case_id, "Inform"), office.browser("linhai")
    wang = user(office, "wangxiaohua")
    body = {"user_id": wang, "reason": "出差，请代为告知"}
    assert code(linhai.post(f"/tasks/{task}/transfer", body)) == "task.not_claimed"
    linhai.done(f"/tasks/{task}/claim")
    assert code(linhai.post(f"/tasks/{task}/transfer", {"reason": "x"})) == "transfer.nobody"
    assert code(linhai.post(f"/tasks/{task}/transfer", {**body, "user_id": user(office, "linhai")})) == "transfer.same"
    assert code(linhai.post(f"/tasks/{task}/transfer", {"unit_id": "nowhere", "reason": "x"})) == "transfer.unit"
    linhai.done(f"/tasks/{task}/transfer", body)
    assert code(linhai.post(f"/tasks/{task}/complete", {"answers": ACCEPTED})) == "task.not_yours"
    steps = {step["name"]: step for step in linhai.told(f"/cases/{case_id}")["steps"]}
    assert steps["转办：告知受理情况 → 王小华"]["remarks"] == "出差，请代为告知"
    assert any("转给您办理" in one["text"] for one in _notices(office, "wangxiaohua"))
    page = office.browser("wangxiaohua")
    page.done(f"/tasks/{task}/transfer", {"unit_id": "petition_office", "reason": "请信访办告知"})
    with office.banjie.store.begin(write=False) as uow:
        row = uow.conn.execute(select(tables.task).where(tables.task.c.id == task)).one()
        groups = (
            uow.conn.execute(select(tables.task_group.c.group_name).where(tables.task_group.c.task_id == task))
            .scalars()
            .all()
        )
    assert row.assignee is None and row.candidate_groups == ["unit:petition_office"] == list(groups)
    office.browser("linhai").done(f"/tasks/{task}/claim")
    office.complete("linhai", case_id, "Inform", ACCEPTED)
    with office.banjie.store.begin(write=False) as uow:
        left = uow.conn.execute(select(tables.task_group).where(tables.task_group.c.task_id == task)).all()
    assert left == []


def _notices(office: Office, login: str) -> list[Any]:
    told = office.browser(login).told("/notices")
    return list(told["items"] if isinstance(told, dict) else told)


def test_never_transferred_to_the_accused_or_their_unit(office: Office) -> None:
    case_id = classified(office)
    task, linhai = office.task(case_id, "Inform"), office.browser("linhai")
    linhai.done(f"/tasks/{task}/claim")
    with office.banjie.store.begin() as uow:
        add_accused(uow, office.org_id, case_id, ["agriculture_centre"], now=office.clock.now(), by=None)
        add_accused(uow, office.org_id, case_id, [user(office, "wangxiaohua")], now=office.clock.now(), by=None)
    before = dump(office.banjie.store)
    for to in ({"user_id": user(office, "wangxiaohua")}, {"unit_id": "agriculture_centre"}):
        assert code(linhai.post(f"/tasks/{task}/transfer", {**to, "reason": "x"})) == "transfer.accused"
    after = dump(office.banjie.store, but=frozenset({"session"}))
    assert {name: rows for name, rows in before.items() if name != "session"} == after


def instance_of(office: Office, case_id: str) -> str:
    table = tables.instance
    query = select(table.c.id).where(table.c.business_key == case_id, table.c.process_key == "petition_main")
    with office.banjie.store.begin(write=False) as uow:
        return str(uow.conn.execute(query).scalar_one())


def test_administrators_move_with_reason_and_not_against_themselves(office: Office) -> None:
    case_id = office.start()
    instance, admin = instance_of(office, case_id), office.browser("admin")
    assert code(office.browser("wangxiaohua").get(f"/admin/instances/{instance}/places")) == "access.role"
    told = admin.told(f"/admin/instances/{instance}/places")
    (token,) = (one for one in told["tokens"] if one["element_id"] == "CompleteRegistration")
    assert token["inside"] and {"Classify", "Inform"} <= {one["id"] for one in told["elements"]}
    body = {"token_id": token["token_id"], "element_id": "Classify"}
    shown = admin.done(f"/admin/instances/{instance}/move/preview", body)
    assert [one["name"] for one in shown["tasks"]] == ["完善登记"]
    assert code(admin.post(f"/admin/instances/{instance}/move", body)) == "request.invalid"
    admin.done(f"/admin/instances/{instance}/move", {**body, "reason": "纸面登记已完成"})
    assert office.task(case_id, "Classify")
    page = office.browser("wangxiaohua").told(f"/cases/{case_id}")
    (step,) = (step for step in page["steps"] if step["name"].startswith("管理员移动"))
    assert step["remarks"] == "纸面登记已完成"
    with office.banjie.store.begin() as uow:
        add_accused(uow, office.org_id, case_id, [user(office, "admin")], now=office.clock.now(), by=None)
    assert code(admin.get(f"/admin/instances/{instance}/places")) == "instance.unknown"
    assert code(admin.post(f"/admin/instances/{instance}/move", {**body, "reason": "x"})) == "instance.unknown"
    assert code(admin.post(f"/admin/instances/{instance}/move/preview", body)) == "instance.unknown"


def test_an_administrator_accused_while_a_move_waits_for_the_instance_does_not_move(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    case_id = office.start()
    instance, admin = instance_of(office, case_id), office.browser("admin")
    (token,) = (
        one for one in admin.told(f"/admin/instances/{instance}/places")["tokens"]
        if one["element_id"] == "CompleteRegistration"
    )  # fmt: skip
    lock = door.lock

    def another_was_quicker(uow: UnitOfWork, org_id: str, instance_id: str) -> None:
        lock(uow, org_id, instance_id)
        add_accused(uow, org_id, case_id, [user(office, "admin")], now=office.clock.now(), by=None)

    monkeypatch.setattr(door, "lock", another_was_quicker)
    body = {"token_id": token["token_id"], "element_id": "Classify", "reason": "纸面登记已完成"}
    assert code(admin.post(f"/admin/instances/{instance}/move", body)) == "instance.unknown"


# -- the pages ---------------------------------------------------------------------------------------------------------


def prepare(office: Office) -> None:
    for name in ("赵大山", "钱小河"):
        case_id = office.start(name=name)
        office.complete("wangxiaohua", case_id, "CompleteRegistration", REGISTRATION | {"name": name})
        office.complete("wangxiaohua", case_id, "Classify", CLASSES)
    assert ACCEPTED


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with pages.town(tmp_path_factory.mktemp("moves"), prepare) as running:
        yield running


def test_return_on_the_page(page: Page, server: Server) -> None:
    pages.sit_down(page, server.url, "linhai")
    pages.open_task(page, "QSZ-2026-V-0001", "告知受理情况")
    pages.claim(page)
    page.get_by_role("button", name="退回", exact=True).click()
    box = page.get_by_role("dialog", name=re.compile("^退回“"))
    expect(box.get_by_text("重新开始")).to_be_visible()
    box.get_by_role("radio", name=re.compile("完善登记")).check()
    expect(box.get_by_role("region", name="将会取消和开始")).to_contain_text("完善登记")
    box.get_by_role("button", name="退回", exact=True).click()
    expect(box.get_by_role("alert")).to_contain_text("请填写意见")
    box.get_by_label(re.compile("^意见")).fill("地址不全，请补正")
    pages.accessible(page)
    page.screenshot(path=pages.screen("return-dialog"))
    box.get_by_role("button", name="退回", exact=True).click()
    expect(page.get_by_text("已退回到“完善登记”")).to_be_visible()
    timeline = page.get_by_role("region", name="办理进程")
    expect(timeline.get_by_text("已退回").first).to_be_visible()
    expect(timeline).to_contain_text("地址不全，请补正")
    pages.accessible(page)


def test_withdraw_on_the_page(page: Page, server: Server) -> None:
    pages.sit_down(page, server.url, "wangxiaohua", "/cases")
    page.get_by_role("row").filter(has_text="QSZ-2026-V-0002").get_by_role("link").first.click()
    page.get_by_role("button", name=re.compile("^撤回“")).click()
    box = page.get_by_role("dialog", name=re.compile("^撤回“"))
    expect(box.get_by_text("重新开始")).to_be_visible()
    box.get_by_label(re.compile("^意见")).fill("归类选错了")
    pages.accessible(page)
    page.screenshot(path=pages.screen("withdraw-dialog"))
    box.get_by_role("button", name="撤回", exact=True).click()
    expect(page.get_by_text("已撤回，请重新办理")).to_be_visible()
    expect(page.get_by_role("region", name="办理进程").get_by_text("已撤回").first).to_be_visible()


def test_move_on_the_page(page: Page, server: Server) -> None:
    pages.sit_down(page, server.url, "admin", "/admin/instances")
    page.get_by_role("tab", name=re.compile("^实例")).click()
    page.locator("#panel-all tbody tr").filter(has_text="QSZ-2026-V-0002").get_by_role("button", name="移动").click()
    box = page.get_by_role("dialog", name=re.compile("^移动"))
    box.locator("label", has_text=re.compile("^移到")).locator("select").select_option("CompleteRegistration")
    expect(box.get_by_text("重新开始")).to_be_visible()
    box.get_by_label(re.compile("^原因")).fill("登记有误，重新登记")
    pages.accessible(page)
    page.screenshot(path=pages.screen("move-dialog"))
    box.get_by_role("button", name="确定").click()
    expect(page.get_by_text("已移动")).to_be_visible()


def test_transfer_on_the_page(page: Page, server: Server) -> None:
    pages.sit_down(page, server.url, "linhai")
    page.get_by_role("link", name=re.compile("我的待办")).first.click()
    page.locator("tr.task .c-matter a").first.click()
    page.get_by_role("button", name="签收", exact=True).click()
    page.get_by_role("button", name="转办", exact=True).click()
    box = page.get_by_role("dialog", name=re.compile("^转办“"))
    box.get_by_role("button", name="转办", exact=True).click()
    expect(box.get_by_role("alert")).to_contain_text("请选择转给哪一位")
    option = box.locator("select[name=person] option", has_text="王小华")
    box.locator("select[name=person]").select_option(option.get_attribute("value"))
    box.get_by_label(re.compile("转办原因")).fill("出差，请代为办理")
    pages.accessible(page)
    page.screenshot(path=pages.screen("transfer-dialog"))
    box.get_by_role("button", name="转办", exact=True).click()
    expect(page.get_by_text("已转办")).to_be_visible()
