"""关联 by hand: two matters refer to each other for whoever may see both; nobody learns of one by the other (R65)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from office.accused import add_accused
from tests.support import pages
from tests.support.office import VISIT, Office
from tests.support.server import Server
from tests.web.test_moves import code, user


def links(office: Office, login: str, case_id: str) -> list[Any]:
    page = office.browser(login).told(f"/cases/{case_id}")
    return [(one["case_id"], one["kind"]) for one in page["links"]]


def test_linked_and_taken_back(office: Office) -> None:
    one, other = office.start(), office.start(name="钱小河", matter="村口路灯不亮")
    wang, body = office.browser("wangxiaohua"), {"other_id": other, "reason": "同一工程引起"}
    wang.done(f"/cases/{one}/links", body)
    assert links(office, "wangxiaohua", one) == [(other, "linked")]
    assert links(office, "wangxiaohua", other) == [(one, "linked")]
    assert code(wang.post(f"/cases/{other}/links", {"other_id": one, "reason": "再来"})) == "link.already"
    steps = [(step["name"], step["remarks"]) for step in wang.told(f"/cases/{one}")["steps"]]
    assert ("登记关联事项", "同一工程引起") in steps
    assert ("登记关联事项", None) in [(step["name"], step["remarks"]) for step in wang.told(f"/cases/{other}")["steps"]]
    wang.done(f"/cases/{other}/links/remove", {"other_id": one, "reason": "不是一回事"})
    assert links(office, "wangxiaohua", one) == links(office, "wangxiaohua", other) == []
    assert code(wang.post(f"/cases/{one}/links/remove", body)) == "link.not_linked"
    assert code(wang.post(f"/cases/{one}/links", body | {"other_id": one})) == "link.itself"


def test_who_may_not_see_one_neither_links_nor_learns_of_it(office: Office) -> None:
    """邓磊 was sent both to read, and is accused in one of them: that one is not there for him."""
    one, secret = office.start(), office.start(name="钱小河", matter="邓磊收受礼品", kind="accusation")
    wang, deng = office.browser("wangxiaohua"), office.browser("denglei")
    for case_id in (one, secret):
        wang.done(f"/cases/{case_id}/copies", {"user_ids": [user(office, "denglei")]})
    with office.banjie.store.begin() as uow:
        add_accused(uow, office.org_id, secret, ["邓磊"], now=office.clock.now(), by="admin")
    body = {"other_id": secret, "reason": "看看"}
    hidden = deng.post(f"/cases/{one}/links", body)
    nothing = deng.post(f"/cases/{one}/links", body | {"other_id": "01NOTHING"})
    assert code(hidden) == "link.unknown" and hidden.json() == nothing.json(), "as if it were not there"
    assert code(deng.post(f"/cases/{secret}/links", {"other_id": one, "reason": "看看"})) == "case.unknown"
    wang.done(f"/cases/{one}/links", {"other_id": secret, "reason": "同一人"})
    number = wang.told(f"/cases/{secret}")["case"]["number"]
    shown = deng.get(f"/cases/{one}").text
    assert links(office, "denglei", one) == [] and number not in shown and secret not in shown
    assert code(deng.post(f"/cases/{one}/links/remove", body)) == "link.unknown"
    assert links(office, "wangxiaohua", one) == [(secret, "linked")]


def _registered(office: Office) -> None:
    pages.then(office).start()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with pages.town(tmp_path_factory.mktemp("links"), _registered) as running:
        yield running


def test_the_hint_at_registration_offers_it_and_the_case_page_takes_it_back(page: Page, server: Server) -> None:
    pages.sit_down(page, server.url, "wangxiaohua", "/register/petition_main")
    pages.form_ready(page)
    pages.fill(page, {
        "渠道": "来访", "姓名": VISIT["name"], "联系电话": VISIT["phone"],
        "反映的主要问题": VISIT["matter"], "诉求": VISIT["demand"],
    })  # fmt: skip
    expect(page.get_by_text("可能重复的事项")).to_be_visible()
    page.get_by_role("button", name="登记", exact=True).click()
    expect(page.get_by_text("登记成功")).to_be_visible()
    page.get_by_role("button", name="关联", exact=True).click()
    expect(page.get_by_text("已关联。")).to_be_visible()
    pages.accessible(page)
    page.screenshot(path=pages.screen("link-after-registration"))
    page.get_by_role("link", name="打开案件").click()
    facts = pages.tab(page, "案情")
    facts.get_by_role("button", name="解除").click()
    box = page.get_by_role("dialog")
    box.get_by_label("关联的理由").fill("不是一回事")
    box.get_by_role("button", name="解除关联").click()
    expect(box).to_have_count(0)
    facts.get_by_role("button", name="关联其他事项").click()
    box.get_by_label("按编号、事项或信访人查找").fill("水渠")
    box.get_by_role("button", name="查找").click()
    box.get_by_role("radio").first.check()
    box.get_by_label("关联的理由").fill("同一条水渠")
    page.set_viewport_size({"width": 390, "height": 800})
    pages.accessible(page)
    page.screenshot(path=pages.screen("link-390"))
    box.get_by_role("button", name="关联", exact=True).click()
    expect(box).to_have_count(0)
    expect(facts.get_by_role("button", name="解除")).to_be_visible()
    page.screenshot(path=pages.screen("linked-390"))
