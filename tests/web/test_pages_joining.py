"""并案 and 分案 on the pages: chosen with a preview, marked in case and lists, taken out again; in both languages."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.support import pages
from tests.support.joint import second
from tests.support.office import Office
from tests.support.server import Server

CASES: dict[str, str] = {}
SIZES = ((1366, 768), (390, 844))


def _matters(office: Office) -> None:
    """The petition of 钱小河 is five days older than that of 赵大山."""
    CASES["merged"] = second(pages.then(office, days=5))
    CASES["lead"] = pages.then(office).accepted()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with pages.town(tmp_path_factory.mktemp("joining"), _matters) as running:
        yield running


def look(page: Page, name: str) -> None:
    """A picture at both sizes, and what a blind person would find wrong."""
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        pages.accessible(page)
        page.screenshot(path=pages.screen(f"{name}-{width}"))
    page.set_viewport_size({"width": 1366, "height": 768})


def test_merged_with_a_preview_marked_and_taken_out(page: Page, server: Server) -> None:
    pages.sit_down(page, server.url, "linhai", f"/cases/{CASES['lead']}")
    number = pages.call(page, server.url, "GET", f"/cases/{CASES['merged']}")["case"]["number"]
    facts = pages.tab(page, "案情")
    facts.get_by_role("button", name="并案", exact=True).click()
    box = page.get_by_role("dialog")
    box.get_by_role("button", name="并案", exact=True).click()
    expect(box.get_by_role("alert")).to_have_text("请选择要并入的事项。")
    box.get_by_label("按编号、事项或信访人查找").fill("钱小河")
    box.get_by_role("button", name="查找").click()
    box.get_by_role("checkbox").check()
    told = box.get_by_role("region", name="并案以后")
    expect(told).to_contain_text("拟办（待签收）")
    expect(told).to_contain_text("由主件承接")
    expect(told.get_by_text("原为").first).to_be_visible()
    look(page, "merge-preview")
    box.get_by_label("并案的理由").fill("同一条水渠，一并办理")
    box.get_by_role("button", name="并案", exact=True).click()
    expect(box).to_have_count(0)
    members = facts.get_by_role("list", name="并入本件的事项")
    expect(members).to_contain_text(number)
    expect(members).to_contain_text("同一条水渠，一并办理")
    expect(page.locator("header.head")).to_contain_text("并案 1 件")
    look(page, "merge-lead")
    pages.tab(page, "时限依据")
    expect(page.get_by_text("并入件的同类期限先到").first).to_be_visible()
    pages.tab(page, "案情")
    members.get_by_role("link").click()
    expect(page.locator("header.head")).to_contain_text("已并入主件")
    merged = pages.tab(page, "案情")
    expect(merged).to_contain_text("本件已并入")
    look(page, "merge-merged")
    expect(page.get_by_role("button", name="完成", exact=True)).to_have_count(0)

    page.goto(f"{server.url}/")
    expect(page.get_by_text("并案 1 件")).to_be_visible()
    assert page.get_by_text(number).count() == 0, "the tasks of what is merged rest"
    look(page, "merge-inbox")
    page.goto(f"{server.url}/cases")
    row = page.get_by_role("row").filter(has_text=number)
    expect(row).to_contain_text("已并入主件")
    look(page, "merge-list")

    page.goto(f"{server.url}/cases/{CASES['lead']}")
    facts = pages.tab(page, "案情")
    members = facts.get_by_role("list", name="并入本件的事项")
    members.get_by_role("button", name=f"分案：{number}").click()
    box = page.get_by_role("dialog")
    box.get_by_role("button", name="分案", exact=True).click()
    expect(box.get_by_role("alert")).to_have_text("请填写分案的理由。")
    box.get_by_label("分案的理由").fill("不是同一段水渠")
    look(page, "split")
    box.get_by_role("button", name="分案", exact=True).click()
    expect(box).to_have_count(0)
    expect(members).to_have_count(0)
    expect(pages.tab(page, "办理记录")).to_contain_text("不是同一段水渠")


def test_who_may_not_merge_is_not_offered_it(page: Page, server: Server) -> None:
    pages.sit_down(page, server.url, "xuwen", f"/cases/{CASES['lead']}")
    facts = pages.tab(page, "案情")
    expect(facts).to_contain_text("赵大山")
    expect(facts.get_by_role("button", name="并案", exact=True)).to_have_count(0)


def test_in_english(page: Page, server: Server) -> None:
    pages.sit_down(page, server.url, "linhai", f"/cases/{CASES['lead']}")
    page.evaluate("localStorage.setItem('banjie.language', 'en')")
    page.reload()
    page.get_by_role("tab", name="Facts").click()
    page.get_by_role("button", name="Merge", exact=True).click()
    box = page.get_by_role("dialog")
    box.get_by_label("Number, matter or petitioner").fill("钱小河")
    box.get_by_role("button", name="Find").click()
    box.get_by_role("checkbox").check()
    expect(box.get_by_role("region", name="After the merge")).to_contain_text("kept by the lead")
    look(page, "merge-english")
