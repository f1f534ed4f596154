"""The page of 值班表: filled by turns, a day arranged anew, two days swapped; who keeps nothing only reads."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta

import pytest
from openpyxl import load_workbook
from playwright.sync_api import Locator, Page, expect

from office.calendar import Calendar
from storage.clock import TZ
from tests.support import pages
from tests.support.browser import Watch
from tests.support.office import Office
from tests.support.server import Server
from tests.web.test_rosters import CODE, centre_profile

NEXT = (datetime.now(TZ).date().replace(day=1) + timedelta(days=32)).replace(day=1)
DAYS = [day for n in range(31) if (day := NEXT + timedelta(days=n)).month == NEXT.month and Calendar().is_working(day)]
LEAVE = {"from_at": f"{DAYS[1]}T08:00", "to_at": f"{DAYS[1]}T12:00", "reason": "体检"}


def _prepared(office: Office) -> None:
    centre_profile(office)
    ill = {"user_id": "wangxiaohua", "from_at": f"{DAYS[4]}T08:00", "to_at": f"{DAYS[4]}T18:00"}
    office.browser("admin").done("/absences", LEAVE | ill)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with pages.town(tmp_path_factory.mktemp("rosters"), _prepared) as running:
        yield running


def _row(page: Page, day: date) -> Locator:
    return page.locator("tbody tr").filter(has=page.locator("td.when", has_text=day.isoformat()))


def test_a_roster_is_filled_corrected_swapped_exported_and_read(page: Page, server: Server, watch: Watch) -> None:
    pages.sit_down(page, server.url, "songtao")
    page.get_by_label("当前用户").click()
    page.get_by_role("link", name="值班表").click()
    expect(page.get_by_role("heading", name="值班表 · 窗口值班")).to_be_visible()
    page.get_by_role("button", name="下个月").click()
    expect(page.get_by_role("heading", name=f"{NEXT.year}年{NEXT.month}月")).to_be_visible()
    expect(page.get_by_role("status").filter(has_text=f"有 {len(DAYS)} 天缺人")).to_be_visible()

    page.get_by_role("button", name="轮值编排").click()
    box = page.get_by_role("dialog", name="轮值编排")
    expect(box.get_by_label("从")).to_have_value(NEXT.isoformat())
    box.get_by_role("button", name="上移 王小华").click()
    first = box.locator("ol.order input").first.get_attribute("aria-label") or ""
    pages.accessible(page)
    page.screenshot(path=str(pages.screen("rosters-turns")))
    box.get_by_role("button", name="编排", exact=True).click()
    expect(page.get_by_text(f"已编排 {len(DAYS)} 天")).to_be_visible()
    expect(_row(page, DAYS[0])).to_contain_text(first.removesuffix(" 参加轮值"))
    expect(_row(page, DAYS[4])).not_to_contain_text("王小华")

    _row(page, DAYS[1]).get_by_role("button").click()
    box = page.get_by_role("dialog", name=re.compile(f"安排 {DAYS[1]}"))
    for name in ("李想", "王小华", "赵倩"):
        box.get_by_label(name).set_checked(name == "王小华")
    box.get_by_label("说明").fill("李想培训")
    page.screenshot(path=str(pages.screen("rosters-day")))
    box.get_by_role("button", name="保存").click()
    expect(_row(page, DAYS[1])).to_contain_text("王小华")
    expect(page.get_by_role("region", name="变更记录")).to_contain_text("李想培训")

    before = [_row(page, day).locator(".person").inner_text() for day in (DAYS[0], DAYS[1])]
    page.get_by_role("button", name="两人对调").click()
    box = page.get_by_role("dialog", name="两人对调")
    box.get_by_role("button", name="对调", exact=True).click()
    expect(box.get_by_role("alert")).to_have_text("请选择两个人的两个日期。")
    one = next(
        number for number, day in enumerate(DAYS) if _row(page, day).locator(".person").inner_text() != before[1]
    )
    other = _row(page, DAYS[one]).locator(".person").inner_text()
    box.get_by_label("第一个人").select_option(index=1 + one)
    box.get_by_label("第二个人").select_option(label=_label(box, DAYS[1]))
    box.get_by_role("button", name="对调", exact=True).click()
    expect(_row(page, DAYS[1])).to_contain_text(other)
    expect(_row(page, DAYS[one])).to_contain_text("王小华")

    with page.expect_download() as got:
        page.get_by_role("link", name="导出 Excel").click()
    sheet = load_workbook(io.BytesIO(got.value.path().read_bytes())).active
    assert [row[0] for row in sheet.iter_rows(min_row=3, values_only=True)] == [day.isoformat() for day in DAYS]
    assert next(sheet.iter_rows(min_row=3 + one, values_only=True))[2] == "王小华"


def _label(box: Locator, day: date) -> str:
    there = box.locator("select").last.locator("option", has_text=day.isoformat())
    expect(there).to_have_count(1)
    return there.inner_text().strip()


@pytest.mark.parametrize(("size", "english"), [((1366, 768), False), ((390, 844), True)], ids=["pc", "phone"])
def test_who_is_on_it_reads_it_on_either_screen(
    page: Page, server: Server, watch: Watch, size: tuple[int, int], english: bool
) -> None:
    pages.sit_down(page, server.url, "songtao")
    body = {"places": {"duty": ["lixiang"]}}
    for day in DAYS[:3]:
        pages.call(page, server.url, "POST", f"{CODE}/days/{day}", body)
    pages.sit_down(page, server.url, "admin")
    if not any(one["user_id"] == "lixiang" for one in pages.call(page, server.url, "GET", "/admin/absences")):
        pages.call(page, server.url, "POST", "/absences", {"user_id": "lixiang", **LEAVE})
    pages.sit_down(page, server.url, "lixiang")
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.goto(f"{server.url}/rosters/R18.duty")
    if english:
        page.get_by_role("button", name="Switch to English").click()
    said = ("Next month", "away 08:00–12:00", "Lacks: On duty", "My duties") if english else (
        "下个月", "离岗 08:00–12:00", "缺值班人员", "我的值班")  # fmt: skip
    page.get_by_role("button", name=said[0]).click()
    expect(_row(page, DAYS[1])).to_contain_text(said[1])
    expect(_row(page, DAYS[1])).to_contain_text(said[2])
    expect(page.get_by_role("region", name=said[3])).to_contain_text(DAYS[0].isoformat())
    expect(page.locator("tbody button")).to_have_count(0)
    pages.accessible(page)
    pages.fits(page)
    page.screenshot(path=str(pages.screen(f"rosters-{'phone' if english else 'pc'}")), full_page=True)
    page.emulate_media(media="print")
    expect(page.get_by_role("button", name=said[0])).to_be_hidden()
    page.screenshot(path=str(pages.screen(f"rosters-print-{'phone' if english else 'pc'}")), full_page=True)


def test_two_people_swap_by_agreement(page: Page, server: Server, watch: Watch) -> None:
    pages.sit_down(page, server.url, "songtao")
    for day, who in ((DAYS[6], "lixiang"), (DAYS[7], "zhaoqian")):
        pages.call(page, server.url, "POST", f"{CODE}/days/{day}", {"places": {"duty": [who]}})
    pages.sit_down(page, server.url, "lixiang", "/rosters/R18.duty")
    page.get_by_role("button", name="下个月").click()
    page.get_by_role("button", name=f"请人对调：{DAYS[6]}").click()
    box = page.get_by_role("dialog", name=f"请人对调：{DAYS[6]}")
    box.get_by_label("对方的日期").select_option(label=_label(box, DAYS[7]))
    box.get_by_label("说明").fill("孩子开家长会")
    pages.accessible(page)
    page.screenshot(path=str(pages.screen("rosters-ask")))
    box.get_by_role("button", name="请人对调", exact=True).click()
    mine = page.get_by_role("region", name="我的值班")
    expect(mine).to_contain_text("您请赵倩对调")
    expect(mine.get_by_role("button", name="撤回")).to_be_visible()

    page.set_viewport_size({"width": 390, "height": 844})
    pages.sit_down(page, server.url, "zhaoqian", "/rosters/R18.duty")
    page.get_by_role("button", name="Switch to English").click()
    mine = page.get_by_role("region", name="My duties")
    expect(mine).to_contain_text(re.compile(f"李想 asks you to swap: you take {DAYS[6]}.*孩子开家长会"))
    pages.accessible(page)
    pages.fits(page)
    page.screenshot(path=str(pages.screen("rosters-asked-phone")))
    mine.get_by_role("button", name="Agree").click()
    expect(mine.get_by_role("button", name="Agree")).to_have_count(0)
    page.get_by_role("button", name="Next month").click()
    expect(_row(page, DAYS[6])).to_contain_text("赵倩")
    expect(_row(page, DAYS[7])).to_contain_text("李想")
    page.get_by_role("button", name="切换为中文").click()
