"""Every page, on an office PC and on a phone: nothing serious for axe-core, no wider than the window, no complaint."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect

from tests.support import pages
from tests.support.browser import Watch
from tests.support.office import Office
from tests.support.server import Server

SIZES: dict[str, ViewportSize] = {"pc": {"width": 1366, "height": 768}, "phone": {"width": 390, "height": 844}}
STAFF = (
    "/", "/register", "/register/petition_main", "/cases", "/board", "/registers", "/registers/FM18a", "/deadline",
    "/notices", "/notice-settings", "/absence", "/access-log", "/heat/petition_main", "/password", "/nowhere",
    "/forbidden",
)  # fmt: skip
ADMIN = (
    "definitions", "definitions/petition_main/versions", "definitions/first_inquiry/forms/track", "instances",
    "people", "calendar", "schedules", "settings", "safety", "mail", "channels", "webhooks", "modeler/first_inquiry",
)  # fmt: skip
# How a message that is closed looks until it is gone, frame by frame.
GOING = """() => new Promise(done => {
  const message = document.querySelector('.el-message'), seen = [];
  const look = () => {
    if (!message.isConnected) return done(seen);
    seen.push(getComputedStyle(message).opacity);
    requestAnimationFrame(look);
  };
  message.querySelector('.el-message__closeBtn').click();
  look();
})"""
CASE_TABS = ("案情", "流程图", "办理记录", "登记簿", "文书", "讨论", "时限依据")


def _matters(office: Office) -> None:
    pages.then(office, days=40).start("linhai", matter="老桥桥墩被冲空")
    today = pages.then(office)
    today.accepted("linhai")
    today.start("linhai", kind="accusation", name="钱密告", matter="检举窗口人员")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with pages.town(tmp_path_factory.mktemp("all"), _matters) as running:
        yield running


def _look(page: Page) -> None:
    page.wait_for_load_state("networkidle")
    expect(page.locator("main h1, main h2, main header").first).to_be_visible()
    pages.accessible(page)
    pages.fits(page)


@pytest.mark.timeout(420)
@pytest.mark.parametrize("size", SIZES)
def test_the_pages_of_staff(page: Page, server: Server, size: str) -> None:
    page.set_viewport_size(SIZES[size])
    page.goto(f"{server.url}/login")
    _look(page)
    pages.sit_down(page, server.url, "chenjing")
    for path in STAFF:
        page.goto(f"{server.url}{path}")
        _look(page)
    case = next(one for one in pages.call(page, server.url, "GET", "/cases")["items"] if one["state"] == "accepted")
    page.goto(f"{server.url}/cases/{case['id']}")
    for name in CASE_TABS:
        pages.tab(page, name)
        _look(page)


@pytest.mark.timeout(420)
@pytest.mark.parametrize("size", SIZES)
def test_the_pages_of_administrators(page: Page, server: Server, size: str) -> None:
    page.set_viewport_size(SIZES[size])
    pages.sit_down(page, server.url, "admin")
    for path in ADMIN:
        page.goto(f"{server.url}/admin/{path}")
        _look(page)
    page.goto(f"{server.url}/admin/people")
    for name in ("机构", "A.B 岗", "离岗"):
        page.get_by_role("tab", name=re.compile(f"^{name}")).click()
        _look(page)
    page.goto(f"{server.url}/admin/settings")
    for name in ("时限", "变更记录"):
        page.get_by_role("tab", name=re.compile(f"^{name}")).click()
        _look(page)


def test_nothing_fades_for_who_wants_no_movement(browser: Browser, watch: Watch, server: Server) -> None:
    context = browser.new_context(locale="zh-CN", timezone_id="Asia/Shanghai", reduced_motion="reduce")
    page = context.new_page()
    watch.over(page)
    pages.sit_down(page, server.url, "chenjing", "/notice-settings")
    page.get_by_role("button", name="保存", exact=True).click()
    expect(page.locator(".el-message")).to_be_visible()
    assert set(page.evaluate(GOING)) <= {"0", "1"}
    context.close()
    assert watch.problems() == []
