"""How one is told, set on a page; channels and subscriptions of the office, set up by an administrator."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import pytest
from playwright.sync_api import Page, expect

from storage.clock import TZ
from tests.support import pages
from tests.support.browser import Watch
from tests.support.receiver import Receiver, receiving
from tests.support.server import Server
from tests.web.test_webhooks import verified


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """It may call this machine over plain HTTP."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BANJIE_OUTGOING_ALLOW", "127.0.0.0/8")
        patch.setenv("BANJIE_OUTGOING_HTTP", "yes")
        with pages.town(tmp_path_factory.mktemp("notices")) as running:
            yield running


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as found:
        yield found


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


def test_an_administrator_sets_up_a_channel_and_tries_it(
    page: Page, server: Server, receiver: Receiver, watch: Watch
) -> None:
    """The real program sends it, from a process of its own."""
    watch.expect("422")
    pages.sit_down(page, server.url, "admin", "/admin/channels")
    page.get_by_role("button", name="新增渠道").click()
    box = page.get_by_role("dialog", name="新增渠道")
    box.get_by_label("名称").fill("短信平台")
    box.get_by_label("服务").select_option("json")
    expect(box).to_contain_text("json://HOST/PATH")
    box.get_by_label("渠道地址").fill("dingtalk://")
    pages.accessible(page)
    page.screenshot(path=pages.screen("channel-dialog"))
    box.get_by_role("button", name="保存").click()
    expect(box.get_by_role("alert")).to_contain_text("渠道地址不正确")
    box.get_by_label("渠道地址").fill(f"json://:s3cret@127.0.0.1:{receiver.port}/sms/{{address}}")
    box.get_by_role("button", name="保存").click()
    row = page.get_by_role("row").filter(has_text="短信平台")
    expect(row).to_contain_text("每人自填")
    expect(row).to_contain_text("json://＊＊＊")
    receiver.answers = [(403, {}, {}), (200, {}, {})]
    row.get_by_role("button", name="试发").click()
    box = page.get_by_role("dialog", name="试发：短信平台")
    box.get_by_label("发到").fill("13900001234")
    box.get_by_role("button", name="试发").click()
    record = page.get_by_role("group", name="发送记录").get_by_role("row").filter(has_text="短信平台")
    expect(record).to_contain_text("对方没有接收（HTTP 403）")
    expect(record).to_contain_text("已送达 HTTP 200")
    assert [one.path for one in receiver.got] == ["/sms/13900001234"] * 2
    assert "s3cret" not in page.content()
    pages.accessible(page)
    page.screenshot(path=pages.screen("channels"), full_page=True)
    page.goto(f"{server.url}/notice-settings")
    expect(page.get_by_label("短信平台：手机号或账号")).to_be_visible()
    expect(page.get_by_text("已填 ＊＊＊1234")).to_be_visible()
    page.get_by_label("时限与催办：短信平台").check()
    pages.accessible(page)
    page.get_by_role("button", name="保存").click()
    expect(page.get_by_text("通知设置已保存").first).to_be_visible()
    page.set_viewport_size({"width": 390, "height": 844})
    pages.fits(page)
    page.screenshot(path=pages.screen("notice-settings-channel-phone"), full_page=True)
    page.goto(f"{server.url}/admin/channels")
    expect(page.get_by_role("row").filter(has_text="短信平台").first).to_be_visible()
    pages.fits(page)
    page.screenshot(path=pages.screen("channels-phone"), full_page=True)
    page.get_by_role("button", name="Switch to English").click()
    page.set_viewport_size({"width": 1366, "height": 768})
    expect(page.get_by_role("heading", name="Notice channels")).to_be_visible()
    pages.accessible(page)
    page.screenshot(path=pages.screen("channels-en"), full_page=True)
    page.get_by_role("button", name="Delete “短信平台”").click()
    box = page.get_by_role("dialog", name="Delete “短信平台”")
    expect(box).to_contain_text("The record of what went out stays")
    pages.accessible(page)
    page.screenshot(path=pages.screen("channel-delete-en"))
    box.get_by_role("button", name="Delete", exact=True).click()
    expect(page.get_by_text("No channel is set up.")).to_be_visible()
    expect(page.get_by_role("group", name="What went out").get_by_role("row").last).to_contain_text(
        "短信平台 (deleted)"
    )
    expect(page.get_by_role("button", name="Send again")).to_have_count(0)


def test_an_administrator_subscribes_another_system_to_events(
    page: Page, server: Server, receiver: Receiver, watch: Watch
) -> None:
    watch.expect("422")
    pages.sit_down(page, server.url, "admin", "/admin/webhooks")
    page.get_by_role("button", name="新增推送").click()
    box = page.get_by_role("dialog", name="新增推送")
    box.get_by_label("名称").fill("县级平台")
    box.get_by_label("接收地址").fill("https://[fd00::1]/hook")
    box.get_by_role("button", name="保存").click()
    expect(box.get_by_role("alert")).to_contain_text("请至少选择一种事件")
    for event in ("已登记编号", "办结", "逾期"):
        box.get_by_label(event, exact=True).check()
    box.get_by_role("button", name="保存").click()
    watch.expect("400")
    expect(box.get_by_role("alert")).to_contain_text("这个地址在内网或本机")
    pages.accessible(page)
    page.screenshot(path=pages.screen("webhook-dialog"))
    box.get_by_label("接收地址").fill(f"http://127.0.0.1:{receiver.port}/hook")
    box.get_by_role("button", name="保存").click()
    shown = page.get_by_role("dialog", name="签名密钥")
    secret = shown.locator("code").inner_text()
    assert secret.startswith("whsec_")
    page.screenshot(path=pages.screen("webhook-secret"))
    shown.get_by_role("button", name="关闭").last.click()
    row = page.get_by_role("group", name="事件推送").get_by_role("row").filter(has_text="县级平台")
    row.get_by_role("button", name="试推").click()
    record = page.get_by_role("group", name="发送记录").get_by_role("row").filter(has_text="县级平台")
    expect(record).to_contain_text("已送达 HTTP 200")
    assert verified(receiver.got[0], secret, datetime.now(TZ))["type"] == "webhook.test"
    row.get_by_role("button", name="换密钥").click()
    page.get_by_role("dialog").get_by_role("button", name="换密钥").click()
    fresh = shown.locator("code").inner_text()
    assert fresh not in ("", secret)
    shown.get_by_role("button", name="关闭").last.click()
    expect(row).to_contain_text("旧密钥用到")
    record.get_by_role("button", name="重发").click()
    expect(record).to_contain_text("2")
    page.wait_for_function("() => document.querySelectorAll('.el-message').length === 0")
    pages.accessible(page)
    page.screenshot(path=pages.screen("webhooks"), full_page=True)
    page.set_viewport_size({"width": 390, "height": 844})
    pages.fits(page)
    page.screenshot(path=pages.screen("webhooks-phone"), full_page=True)
    page.get_by_role("button", name="Switch to English").click()
    page.set_viewport_size({"width": 1366, "height": 768})
    expect(page.get_by_role("heading", name="Webhooks")).to_be_visible()
    pages.accessible(page)
    page.screenshot(path=pages.screen("webhooks-en"), full_page=True)
    page.get_by_role("button", name="Delete “县级平台”").click()
    page.get_by_role("dialog", name="Delete “县级平台”").get_by_role("button", name="Cancel").click()
    page.get_by_role("button", name="Delete “县级平台”").click()
    page.get_by_role("dialog", name="Delete “县级平台”").get_by_role("button", name="Delete", exact=True).click()
    expect(page.get_by_text("No webhook is set up.")).to_be_visible()
    expect(page.get_by_role("group", name="What went out").get_by_role("row").last).to_contain_text(
        "县级平台 (deleted)"
    )
