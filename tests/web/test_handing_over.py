"""移交: all open work of a person goes to another, over HTTP and on the administrator's page."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from office.accused import add_accused
from tests.support import pages
from tests.support.joint import merge, two
from tests.support.office import REGISTRATION, Office
from tests.support.server import Server
from tests.web.test_moves import code, user


def _work(office: Office) -> tuple[str, str]:
    """王小华 has a step of one case and is asked about another's; gives both cases."""
    mine = office.start()
    office.browser("wangxiaohua").done(f"/tasks/{office.task(mine, 'CompleteRegistration')}/claim")
    other = office.start("linhai", matter="老桥桥墩被冲空")
    task = office.task(other, "CompleteRegistration")
    linhai = office.browser("linhai")
    linhai.done(f"/tasks/{task}/claim")
    asked = {"kind": "before", "user_ids": [user(office, "wangxiaohua")], "reason": "核对"}
    linhai.done(f"/tasks/{task}/askings", asked)
    return mine, other


def _kinds(work: list[dict[str, Any]]) -> set[str]:
    return {one["kind"] for one in work}


def test_all_work_goes_to_another(office: Office) -> None:
    mine, other = _work(office)
    admin, wang = office.browser("admin"), user(office, "wangxiaohua")
    found = admin.told(f"/admin/users/{wang}/work")
    assert {"task", "asking"} <= _kinds(found) and all(one["number"] for one in found)
    assert "水渠" not in str(found), "an administrator opens no case"
    assert code(admin.post(f"/admin/users/{wang}/hand-over", {"to": wang, "reason": "调离"})) == "handover.receiver"
    told = admin.done(f"/admin/users/{wang}/hand-over", {"to": user(office, "lixiang"), "reason": "调离"})
    assert len(told) == len(found) and not [one for one in told if "why" in one]
    assert admin.told(f"/admin/users/{wang}/work") == []

    li = office.browser("lixiang")
    assert any(f"{len(found)}项工作移交给您" in one["text"] for one in li.told("/notices"))
    assert len(li.told("/askings")) == 1 and office.browser("wangxiaohua").told("/askings") == []
    li.done(f"/tasks/{office.task(mine, 'CompleteRegistration')}/complete", {"answers": REGISTRATION})
    steps = li.told(f"/cases/{mine}")["steps"]
    assert [one["remarks"] for one in steps if one["name"].startswith("移交：")] == ["调离"]
    asking = li.told("/askings")[0]["id"]
    li.done(f"/askings/{asking}/answer", {"agrees": True})
    assert office.task(other, "CompleteRegistration")


def test_what_the_receiver_must_not_have_stays(office: Office) -> None:
    mine, _ = _work(office)
    with office.banjie.store.begin() as uow:
        add_accused(uow, office.org_id, mine, ["李想"], now=office.clock.now(), by="admin")
    admin, wang = office.browser("admin"), user(office, "wangxiaohua")
    told = admin.done(f"/admin/users/{wang}/hand-over", {"to": user(office, "lixiang"), "reason": "调离"})
    stays = [one for one in told if "why" in one]
    assert "task" in _kinds(stays) and all("被反映" in one["why"] for one in stays)
    assert [one["id"] for one in admin.told(f"/admin/users/{wang}/work")] == [one["id"] for one in stays]


def test_a_receiver_who_takes_part_and_was_accused_since_gets_nothing(office: Office) -> None:
    mine, _ = _work(office)
    office.browser("wangxiaohua").done(f"/cases/{mine}/copies", {"user_ids": [user(office, "lixiang")]})
    with office.banjie.store.begin() as uow:
        add_accused(uow, office.org_id, mine, ["李想"], now=office.clock.now(), by="admin")
    wang = user(office, "wangxiaohua")
    admin = office.browser("admin")
    told = admin.done(f"/admin/users/{wang}/hand-over", {"to": user(office, "lixiang"), "reason": "调离"})
    assert {one["kind"] for one in told if "why" in one} >= {"task"}


def test_what_rests_in_a_merged_case_goes_along_and_is_the_receivers_after_a_split(office: Office) -> None:
    lead, other = two(office)
    linhai, task = office.browser("linhai"), office.task(other, "ProposeWay")
    linhai.done(f"/tasks/{task}/claim")
    asked = {"kind": "before", "user_ids": [user(office, "lixiang")], "reason": "核对"}
    linhai.done(f"/tasks/{task}/askings", asked)
    merge(office, lead, other)
    admin, lin, li = office.browser("admin"), user(office, "linhai"), user(office, "lixiang")
    (found,) = [one for one in admin.told(f"/admin/users/{lin}/work") if one["kind"] == "task"]
    assert (found["id"], found["name"], found["resting"]) == (task, "拟办", True)
    (question,) = [one for one in admin.told(f"/admin/users/{li}/work") if one["kind"] == "asking"]
    assert question["resting"] is True
    wang = user(office, "wangxiaohua")
    for leaving in (lin, li):
        told = admin.done(f"/admin/users/{leaving}/hand-over", {"to": wang, "reason": "调离"})
        assert not [one for one in told if one["kind"] == "task" and "why" in one]
    assert admin.told(f"/admin/users/{lin}/work") == []
    stays = [one for one in told if "why" in one]
    assert [one["why"] for one in stays] == ["不能请承办人自己会签。"]
    xiaohua = office.browser("wangxiaohua")
    assert other not in str(xiaohua.told("/inbox", filter="mine")["items"]), "it still rests"
    xiaohua.done(f"/cases/{lead}/split", {"case_id": other, "reason": "各办各的"})
    assert task in [one["id"] for one in xiaohua.told("/inbox", filter="mine")["items"]]


def test_the_administrator_alone_hands_over(office: Office) -> None:
    _work(office)
    wang, li = user(office, "wangxiaohua"), office.browser("lixiang")
    assert li.get(f"/admin/users/{wang}/work").status_code == 403
    assert li.post(f"/admin/users/{wang}/hand-over", {"to": wang, "reason": "x"}).status_code == 403
    assert code(office.browser("admin").get("/admin/users/nobody/work")) == "user.unknown"


def _in_hand(office: Office) -> None:
    _work(pages.then(office))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with pages.town(tmp_path_factory.mktemp("leaving"), _in_hand) as running:
        yield running


def test_on_the_page(page: Page, server: Server) -> None:
    pages.sit_down(page, server.url, "admin", "/admin/people")
    row = page.locator("#panel-users tbody tr").filter(has_text="王小华")
    row.get_by_role("button", name="移交工作").click()
    box = page.get_by_role("dialog", name="移交王小华的工作")
    expect(box.get_by_role("cell", name="完善登记", exact=True)).to_be_visible()
    box.get_by_role("button", name="移交", exact=True).click()
    expect(box.get_by_role("alert")).to_have_text("请选择接收人。")
    box.get_by_label("移交给").select_option(label="李想（民政社保窗口）")
    box.get_by_label("原因（记入办理记录）").fill("调离")
    pages.accessible(page)
    page.screenshot(path=pages.screen("hand-over"))
    box.get_by_role("button", name="移交", exact=True).click()
    expect(page.get_by_text("已移交")).to_be_visible()
    expect(box).to_have_count(0)
