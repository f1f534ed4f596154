"""会签 and 委派 as a clerk and a colleague click them, on an office PC and on a phone."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, ViewportSize, expect

from tests.support import pages
from tests.support.office import REGISTRATION, Office
from tests.support.server import Server

CLASSES: dict[str, pages.Answer] = {"十大类（可多选）": ["③涉及到具体信访事项的"], "已将类别告知信访人": True}
PHONE: ViewportSize = {"width": 390, "height": 844}


def _matters(office: Office) -> None:
    today = pages.then(office)
    for matter in ("会签的水渠", "委派的水渠"):
        case_id = today.start("wangxiaohua", matter=matter)
        today.complete("wangxiaohua", case_id, "CompleteRegistration", REGISTRATION | {"matter": matter})


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with pages.town(tmp_path_factory.mktemp("askings"), _matters) as running:
        yield running


def _look(page: Page, name: str) -> None:
    page.wait_for_load_state("networkidle")
    pages.accessible(page)
    pages.fits(page)
    page.screenshot(path=pages.screen(name), full_page=True)


def _open(page: Page, server: Server, matter: str) -> str:
    pages.sit_down(page, server.url, "wangxiaohua")
    found = pages.call(page, server.url, "POST", "/inbox/search", {"q": matter})["items"]
    task = str(next(one["id"] for one in found if one["element_id"] == "Classify"))
    pages.call(page, server.url, "POST", f"/tasks/{task}/claim")
    page.goto(f"{server.url}/tasks/{task}")
    pages.form_ready(page)
    return task


def test_opinions_of_two(new_page: Callable[[], Page], server: Server) -> None:
    page = new_page()
    task = _open(page, server, "会签的水渠")
    page.get_by_role("button", name="会签、委派").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="发出").click()
    expect(dialog.get_by_role("alert")).to_have_text("请选择要请的工作人员。")
    for name in ("邓磊", "马军"):
        dialog.get_by_label("按姓名查找").fill(name)
        dialog.get_by_role("button", name=name).first.click()
    dialog.get_by_label("事由").fill("请核对类别")
    _look(page, "asking-dialog")
    dialog.get_by_role("button", name="发出").click()
    expect(page.get_by_text("还在等邓磊、马军答复，答复前不能提交。")).to_be_visible()
    expect(page.get_by_role("button", name="完成", exact=True)).to_be_disabled()
    _look(page, "asking-holder")

    other = new_page()
    other.set_viewport_size(PHONE)
    pages.sit_down(other, server.url, "denglei")
    expect(other.get_by_role("heading", name="请我会签、委派给我")).to_be_visible()
    _look(other, "asking-inbox-phone")
    other.get_by_role("region", name="请我会签、委派给我").get_by_role("link", name="会签的水渠").click()
    other.get_by_label("不同意").check()
    other.get_by_role("button", name="提交意见").click()
    expect(other.get_by_role("alert")).to_have_text("请填写意见。")
    other.get_by_label("意见（必填）").fill("应归水利")
    other.reload()
    expect(other.get_by_label("意见（必填）")).to_have_value("应归水利")  # what was typed is kept
    _look(other, "asking-phone")
    other.get_by_role("button", name="提交意见").click()
    expect(other.get_by_text("意见已提交。")).to_be_visible()
    expect(other.get_by_role("heading", name="请我会签、委派给我")).to_have_count(0)

    page.goto(f"{server.url}/tasks/{task}")
    page.get_by_role("button", name="撤销").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("原因").fill("意见已明确")
    dialog.get_by_role("button", name="撤销").click()
    expect(page.get_by_text("已撤销。")).to_be_visible()
    expect(page.get_by_role("button", name="完成", exact=True)).to_be_enabled()
    _look(page, "asking-ended")


def test_delegate(new_page: Callable[[], Page], server: Server) -> None:
    page = new_page()
    task = _open(page, server, "委派的水渠")
    page.get_by_role("button", name="会签、委派").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("委派").check()
    dialog.get_by_label("按姓名查找").fill("邓磊")
    dialog.get_by_role("button", name="邓磊").first.click()
    dialog.get_by_label("事由").fill("熟悉情况")
    dialog.get_by_role("button", name="发出").click()
    expect(page.get_by_text("还在等邓磊答复")).to_be_visible()

    other = new_page()
    pages.sit_down(other, server.url, "denglei")
    other.get_by_role("region", name="请我会签、委派给我").get_by_role("link", name="委派的水渠").click()
    pages.form_ready(other)
    _look(other, "asking-delegate")
    other.get_by_role("button", name="English").click()
    expect(other.get_by_role("heading", level=1)).to_have_text("Delegate: 归类")  # what the diagram calls it stays
    expect(other.get_by_text("given back when done").first).to_be_visible()
    _look(other, "asking-english")
    other.get_by_role("button", name="中文").click()
    pages.fill(other, CLASSES)
    other.get_by_label("意见（必填）").fill("已核对")
    other.get_by_role("button", name="交回").click()
    expect(other.get_by_text("已交回。")).to_be_visible()

    page.goto(f"{server.url}/tasks/{task}")
    expect(page.get_by_role("region", name="会签与委派").get_by_text("已核对")).to_be_visible()
    pages.form_ready(page)
    _look(page, "asking-given-back")
    page.get_by_role("button", name="完成", exact=True).click()  # what the colleague has filled in is enough
    expect(page.get_by_role("heading", name="归类", exact=True)).to_have_count(0)
