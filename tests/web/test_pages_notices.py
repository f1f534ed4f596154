"""How one is told, set on a page; channels and subscriptions of the office, set up by an administrator."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.support import pages
from tests.support.browser import Watch
from tests.support.server import Server


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with pages.town(tmp_path_factory.mktemp("notices")) as running:
        yield running


def test_a_clerk_sets_how_to_be_told(page: Page, server: Server, watch: Watch) -> None:
    pages.sit_down(page, server.url, "linhai")
    page.get_by_label("当前用户：林海").click()
    page.get_by_role("link", name="通知设置").click()
    expect(page.get_by_role("heading", name="通知设置")).to_be_visible()
    fixed = page.get_by_label("时限与催办：邮件")
    expect(fixed).to_be_checked()
    expect(fixed).to_be_disabled()
    page.get_by_label("抄送与讨论：邮件").uncheck()
    page.get_by_label("设置免打扰").check()
    page.get_by_label("开始").fill("20:30")
    page.get_by_label("合成每日汇总").check()
    page.get_by_label("发送时间").fill("21:00")
    pages.accessible(page)
    page.screenshot(path=pages.screen("notice-settings"), full_page=True)
    page.get_by_role("button", name="保存").click()
    watch.expect("422")
    expect(page.get_by_role("alert")).to_contain_text("每日汇总的时间在免打扰时段之内")
    page.get_by_label("发送时间").fill("16:30")
    page.get_by_role("button", name="保存").click()
    expect(page.get_by_text("通知设置已保存")).to_be_visible()
    page.reload()
    expect(page.get_by_label("开始")).to_have_value("20:30")
    expect(page.get_by_label("发送时间")).to_have_value("16:30")
    expect(page.get_by_label("抄送与讨论：邮件")).not_to_be_checked()
    expect(page.get_by_label("抄送与讨论：站内")).to_be_checked()
    page.set_viewport_size({"width": 390, "height": 844})
    pages.fits(page)
    page.screenshot(path=pages.screen("notice-settings-phone"), full_page=True)
    page.get_by_role("button", name="Switch to English").click()
    expect(page.get_by_role("heading", name="How I am told")).to_be_visible()
    pages.accessible(page)
    page.screenshot(path=pages.screen("notice-settings-en"), full_page=True)
