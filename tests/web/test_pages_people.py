"""The administrator's people page: A/B posts (R05), absences, units, import."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from openpyxl import load_workbook
from playwright.sync_api import Page, expect

from storage.clock import TZ
from tests.support import pages
from tests.support.browser import Watch
from tests.support.server import Server


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with pages.town(tmp_path_factory.mktemp("people")) as running:
        yield running


def test_a_post_is_kept_by_two_people(page: Page, server: Server, watch: Watch) -> None:
    watch.expect("422")
    pages.sit_down(page, server.url, "admin", "/admin/people")
    page.get_by_role("tab", name=re.compile("^A.B 岗")).click()
    rows = page.locator("#panel-posts tbody tr")
    expect(rows.filter(has_text="信访接待")).to_contain_text("林海")
    before = rows.count()
    pages.accessible(page)

    page.get_by_role("button", name="新增 A/B 岗").click()
    box = page.get_by_role("dialog", name="新增 A/B 岗")
    box.get_by_label("岗位", exact=True).fill("档案窗口")
    box.get_by_label("机构").select_option(label="党政办公室")
    box.get_by_label("A 岗").select_option("xuwen")
    box.get_by_label("B 岗").select_option("xuwen")
    pages.accessible(page)
    box.get_by_role("button", name="保存").click()
    expect(box.get_by_role("alert")).to_contain_text("A岗和B岗必须是两个人")
    box.get_by_label("B 岗").select_option("luoyan")
    box.get_by_role("button", name="保存").click()
    expect(rows).to_have_count(before + 1)
    made = rows.filter(has_text="档案窗口")
    expect(made).to_contain_text("徐雯")

    made.get_by_role("button", name="编辑").click()
    box = page.get_by_role("dialog", name="修改 A/B 岗")
    box.get_by_label("岗位", exact=True).fill("档案接待")
    box.get_by_role("button", name="保存").click()
    made = rows.filter(has_text="档案接待")
    expect(made).to_have_count(1)
    made.get_by_role("button", name="撤销").click()
    made.get_by_role("button", name="确认撤销").click()
    expect(rows).to_have_count(before)


def test_the_administrator_enters_an_absence_and_closes_a_unit(page: Page, server: Server, watch: Watch) -> None:
    watch.expect("422")
    pages.sit_down(page, server.url, "admin", "/admin/people")
    page.get_by_role("tab", name=re.compile("^离岗")).click()
    now = datetime.now(TZ)
    page.get_by_label("人员").select_option(label="魏娜")
    page.get_by_label("开始").fill(f"{now + timedelta(days=1):%Y-%m-%dT%H:%M}")
    page.get_by_label("结束").fill(f"{now + timedelta(days=2):%Y-%m-%dT%H:%M}")
    page.get_by_label("事由").fill("年休假")
    page.get_by_role("button", name="补登离岗").click()
    row = page.locator("#panel-absences tbody tr").filter(has_text="魏娜")
    expect(row).to_contain_text("未开始")
    pages.accessible(page)
    row.get_by_role("button", name="撤销").click()
    expect(row).to_contain_text("已结束")

    page.get_by_role("tab", name=re.compile("^机构")).click()
    row = page.locator("#panel-units tbody tr").filter(has_text="柳河村")
    row.get_by_role("button", name="编辑").click()
    box = page.get_by_role("dialog", name="修改机构")
    box.get_by_label("名称").fill("柳河村委会")
    box.get_by_label("上级机构").select_option(label="党政办公室")
    box.get_by_label("受理事项的词").fill("村道、灌渠，灌渠 晒谷场")
    box.get_by_label("次序").fill("7")
    page.screenshot(path=pages.screen("unit-dialog"))
    box.get_by_label("在用").uncheck()
    pages.accessible(page)
    box.get_by_role("button", name="保存").click()
    expect(box.get_by_role("alert")).to_contain_text("单位中还有潘伟")
    box.get_by_label("在用").check()
    box.get_by_role("button", name="保存").click()
    expect(box).to_have_count(0)
    expect(page.locator("#panel-units tbody tr").filter(has_text="柳河村委会")).to_contain_text("村道、灌渠、晒谷场")
    page.screenshot(path=pages.screen("units"), full_page=True)
    found = pages.call(page, server.url, "GET", "/admin/office-log")[0]
    assert [one for one in found["told"] if one.startswith("受理事项的词") and one.endswith("村道、灌渠、晒谷场")]
    pages.accessible(page)


def test_people_are_imported_from_excel(page: Page, server: Server, tmp_path: Path) -> None:
    """Faults first, then all is written and the passwords are shown once; on an office PC, a phone and in English."""
    pages.sit_down(page, server.url, "admin", "/admin/people")
    page.get_by_role("button", name="导入 Excel").click()
    box = page.get_by_role("dialog", name="从 Excel 导入机构、人员和岗位")
    with page.expect_download() as got:
        box.get_by_role("link", name="下载模板").click()
    file = tmp_path / got.value.suggested_filename
    got.value.save_as(file)
    book = load_workbook(file)
    book["机构"].append(("水利站", "农业服务中心", "lixin", "否"))
    book["人员"].append(("lixin", "李新", "站长", "水利所", None, None, None, "承办人、店小二"))
    book.save(file)
    box.locator("input[type=file]").set_input_files(file)
    expect(box.get_by_role("alert")).to_contain_text("有 2 处要改")
    expect(box.locator("tbody tr").first).to_contain_text("没有“水利所”这个机构")
    expect(box.get_by_role("button", name="写入")).to_be_disabled()
    pages.accessible(page)
    page.screenshot(path=pages.screen("people-import-faults"))
    page.set_viewport_size({"width": 390, "height": 844})
    pages.fits(page)
    page.screenshot(path=pages.screen("people-import-faults-phone"))
    page.set_viewport_size({"width": 1366, "height": 768})
    book["人员"]["D3"], book["人员"]["H3"] = "水利站", "承办人"
    book.save(file)
    box.locator("input[type=file]").set_input_files(file)
    expect(box.get_by_role("status")).to_contain_text("新增 2 行，更新 0 行")
    box.get_by_role("button", name="写入").click()
    row = box.locator("tbody tr").filter(has_text="lixin")
    expect(row).to_contain_text(re.compile(r"\w{4}-\w{4}-\w{4}-\w{4}"))
    pages.accessible(page)
    page.screenshot(path=pages.screen("people-import-written"))
    box.get_by_role("button", name="关闭").last.click()
    expect(page.locator("#panel-users tbody tr").filter(has_text="lixin")).to_contain_text("水利站")
