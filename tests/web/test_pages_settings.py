"""The administrator's settings and single days of the calendar: what is changed moves open deadlines, or does not."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime

import pytest
from playwright.sync_api import Page, expect

from storage.clock import TZ
from tests.support import pages
from tests.support.browser import Watch
from tests.support.office import Office
from tests.support.server import Server


def _registered(office: Office) -> None:
    pages.then(office, minutes=5).start("linhai")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with pages.town(tmp_path_factory.mktemp("settings"), _registered) as running:
        yield running


def test_own_values_are_saved_with_a_reason(page: Page, server: Server, watch: Watch) -> None:
    watch.expect("422")
    pages.sit_down(page, server.url, "admin", "/admin/settings")
    row = page.locator("tr[data-name='group.size']")
    expect(row).to_contain_text("集体访人数下限")
    expect(row).to_contain_text("本产品默认")
    pages.accessible(page)
    row.get_by_role("button", name="修改").click()
    box = page.get_by_role("dialog", name="集体访人数下限")
    box.get_by_label("本单位的值").fill("10")
    pages.accessible(page)
    box.get_by_role("button", name="确定").click()
    expect(box).to_have_count(0)
    expect(row.locator("b")).to_have_text("10")
    expect(page.get_by_text("1 项改动未保存")).to_be_visible()

    save = page.get_by_role("button", name="保存设置")
    save.click()
    expect(page.get_by_role("alert")).to_contain_text("请填写原因")
    page.get_by_label("调整原因").fill("县信访局来函")
    save.click()
    expect(page.get_by_role("alert")).to_contain_text("请选择未到期的时限如何处理")
    page.get_by_label("保持不变").check()
    save.click()
    expect(page.get_by_text("设置已保存。")).to_be_visible()
    expect(page.get_by_text("0 项改动未保存")).to_be_visible()
    page.get_by_role("tab", name="变更记录").click()
    line = page.locator("#panel-log tbody tr").filter(has_text="集体访人数下限")
    expect(line).to_contain_text("集体访人数下限：无 → 10")
    expect(line).to_contain_text("县信访局来函")
    pages.accessible(page)


def test_another_limit_moves_what_is_open(page: Page, server: Server) -> None:
    pages.sit_down(page, server.url, "admin", "/admin/settings")
    due = pages.call(page, server.url, "GET", "/admin/settings")
    code = next(one["code"] for one in due["limits"] if one["code"] == "R39.reply")
    page.get_by_role("tab", name=re.compile("^时限")).click()
    page.get_by_label(f"{code} 数量").fill("9")
    page.get_by_label(f"{code} 数量").blur()
    page.get_by_label("调整原因").fill("人手不足")
    page.get_by_label("按新设置重新计算").check()
    page.get_by_role("button", name="保存设置").click()
    expect(page.get_by_text(re.compile("设置已保存"))).to_be_visible()
    expect(page.get_by_label(f"{code} 数量")).to_have_value("9")
    pages.accessible(page)


def test_a_day_off_moves_deadlines_and_is_taken_back(page: Page, server: Server) -> None:
    pages.sit_down(page, server.url, "linhai")
    due = pages.call(page, server.url, "GET", "/inbox")["items"][0]["due_at"]
    pages.sit_down(page, server.url, "admin", "/admin/calendar")
    day = datetime.fromisoformat(due)
    name = f"{day:%Y-%m-%d}"
    if day.year != datetime.now(TZ).year:
        page.get_by_label("年份").select_option(str(day.year))
    page.locator(f"[title^='{name}']").click()
    box = page.get_by_role("dialog", name=f"调整 {name}")
    box.get_by_label("放假").check()
    box.get_by_role("button", name="保存").click()
    expect(box.get_by_role("alert")).to_contain_text("请填写原因")
    box.get_by_label("原因").fill("停电检修")
    pages.accessible(page)
    box.get_by_role("button", name="保存").click()
    expect(page.locator(f"[title^='{name}']")).to_have_class(re.compile("holiday"))
    expect(page.locator("table.changes tbody tr").first).to_contain_text("-V-0001")
    expect(page.get_by_text("停电检修")).to_be_visible()
    pages.accessible(page)
    page.locator(f"[title^='{name}']").click()
    box = page.get_by_role("dialog", name=f"调整 {name}")
    box.get_by_label("按年度表").check()
    box.get_by_label("原因").fill("检修取消")
    box.get_by_role("button", name="保存").click()
    expect(page.locator(f"[title^='{name}']")).not_to_have_class(re.compile("holiday"))
