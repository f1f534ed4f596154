"""A day of window duty at the browser: eight points, windows checked together, the handover; then what came of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime

import pytest
from playwright.sync_api import Page, expect

from engine.scheduler import run_all
from storage.clock import TZ
from tests.support import pages
from tests.support.browser import Watch
from tests.support.office import Office
from tests.support.server import Server
from tests.web.test_rosters import CODE, centre_profile
from web import schedules

POINTS = ("卫生保洁", "档案管理", "工作人员出勤", "佩证上岗", "服务态度", "仪态言行", "工作效率", "安全防范")
TODAY = datetime.now(TZ).date()


def _prepared(office: Office) -> None:
    """Today is a working day, 李想 is on duty, and it has become time for the check of the windows too."""
    centre_profile(office)
    admin = office.browser("admin")
    admin.done("/admin/calendar/days", {"day": TODAY.isoformat(), "working": True, "reason": "值班"})
    admin.done(f"{CODE}/days/{TODAY}", {"places": {"duty": ["lixiang"]}})
    admin.done("/admin/schedules/R19.check", {"at": "00:00"})
    schedules.fire_due(office.banjie)
    while run_all(office.banjie.engine):
        pass


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with pages.town(tmp_path_factory.mktemp("duty"), _prepared) as running:
        yield running


def _shown(page: Page, name: str) -> None:
    pages.accessible(page)
    pages.fits(page)
    page.screenshot(path=str(pages.screen(name)), full_page=True)


@pytest.mark.timeout(300)
def test_the_person_on_duty_records_checks_and_hands_over(page: Page, server: Server, watch: Watch) -> None:
    watch.expect("422")
    pages.log_in(page, server.url, "lixiang")
    pages.open_task(page, "窗口值班", "检查并记录")
    pages.form_ready(page)
    expect(page.get_by_text("值班不缺岗、不脱岗")).to_be_visible()
    pages.fill(page, {point: "符合要求" for point in POINTS} | {"佩证上岗": "有问题"})
    _shown(page, "duty-points-pc")
    page.get_by_role("button", name="完成", exact=True).click()
    expect(page.get_by_text("有问题的，请写明存在的问题和处理情况。").first).to_be_visible()
    pages.complete(page, {"存在的问题和处理": "社保窗口一人未佩证，已纠正"})

    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{server.url}/")
    page.get_by_role("button", name="Switch to English").click()
    page.get_by_role("link", name=re.compile("检查窗口|安全检查")).first.click()
    pages.form_ready(page)
    expect(pages.field(page, "窗口").locator("input")).to_have_value("便民服务中心")
    pages.fill(page, {"门窗": "已关好", "电源": "未切断", "重要资料": "已存放好", "隐患和处理情况": "饮水机已断电"})
    _shown(page, "duty-window-phone")
    page.get_by_role("button", name="Complete", exact=True).click()
    expect(page.locator("form.task")).to_have_count(0)
    page.get_by_role("button", name="切换为中文").click()

    page.set_viewport_size({"width": 1366, "height": 768})
    pages.open_task(page, "窗口值班", "办理交接")
    pages.complete(page, {"接班人": "王小华（综合窗口）", "交接手续": "钥匙两把，印章一枚"})
    panel = pages.tab(page, "登记簿")
    expect(panel).to_contain_text("钥匙两把，印章一枚")
    expect(panel).to_contain_text("有问题")
    _shown(page, "duty-record-pc")

    pages.sit_down(page, server.url, "songtao", "/notices")
    expect(page.get_by_text("安全隐患：便民服务中心电源未切断。饮水机已断电")).to_be_visible()
