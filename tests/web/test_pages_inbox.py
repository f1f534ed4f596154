"""The inbox: groups by light, filters, search, the keyboard, claiming."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from openpyxl import load_workbook
from playwright.sync_api import Page, expect

from tests.support import pages
from tests.support.browser import Watch
from tests.support.office import Office
from tests.support.server import Server
from web.deploying import deploy_files, known

LATE = ("老桥桥墩被冲空", "水表读数与实际不符")
NEW = ("集市占道堵住卫生院大门", "路灯三个月不亮", "村道转角没有凸面镜")


def _matters(office: Office) -> None:
    """Two matters that were left lying for forty days, and three of today."""
    before = pages.then(office, days=40)
    for matter in LATE:
        before.start("linhai", matter=matter, name="唐多福")
    today = pages.then(office)
    for matter in NEW:
        today.start("linhai", matter=matter, name="汪小莲")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with pages.town(tmp_path_factory.mktemp("inbox"), _matters) as running:
        yield running


def test_what_is_late_stands_first_and_everything_can_be_found(page: Page, server: Server) -> None:
    pages.sit_down(page, server.url, "linhai")
    groups = page.locator("tr.group")
    expect(groups.first).to_contain_text("已逾期")
    expect(groups.last).to_contain_text(re.compile("正常|无时限"))
    lights = [row.inner_text() for row in page.locator("tr.task .c-light").all()]
    assert lights == sorted(lights, key=["已逾期", "临近到期", "正常", "无时限"].index) and "正常" in lights
    expect(page.locator("tr.task").first.locator(".c-due")).to_contain_text(re.compile("逾期|超"))
    pages.accessible(page)

    lamp = page.get_by_role("group", name="灯色").get_by_role("button", name=re.compile("已逾期"))
    late = int(lamp.locator("b").inner_text())
    assert late == lights.count("已逾期") >= len(LATE)
    lamp.click()
    expect(page.locator("tr.task")).to_have_count(late)
    lamp.click()
    expect(page.locator("tr.task")).to_have_count(len(lights))

    page.get_by_role("searchbox").fill("卫生院大门")
    expect(page.locator("tr.task")).to_have_count(1)
    expect(page.locator("tr.task .c-matter")).to_contain_text(NEW[0])
    page.get_by_role("searchbox").fill("没有这回事")
    expect(page.get_by_text("没有符合条件的待办事项")).to_be_visible()
    page.get_by_role("searchbox").fill("")
    expect(page.locator("tr.task")).to_have_count(len(lights))

    page.get_by_label("排序").select_option(label="按编号")
    expect(page.locator("tr.group")).to_have_count(0)
    numbers = page.locator("tr.task .c-number").all_inner_texts()
    assert len(numbers) == len(lights)
    expect(page.locator("tr.task .c-number")).to_have_text(sorted(numbers))


def test_keys_move_open_and_claim(page: Page, server: Server) -> None:
    pages.sit_down(page, server.url, "linhai")
    page.get_by_role("searchbox").fill("路灯")
    row = page.locator("tr.task")
    expect(row).to_have_count(1)
    page.get_by_role("searchbox").fill("")
    expect(row.nth(2)).to_be_visible()
    page.get_by_role("heading", name="我的待办").click()
    for key, selected in (("j", 0), ("j", 1), ("j", 2), ("k", 1)):
        page.keyboard.press(key)
        expect(row.nth(selected)).to_have_class(re.compile("selected"))
    matter = row.nth(1).locator(".c-matter").inner_text()
    page.keyboard.press("c")
    expect(page.get_by_text("已签收，可以办理")).to_be_visible()
    claimed = row.filter(has_text=matter)
    expect(claimed.get_by_role("link", name="办理")).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name=matter)).to_be_visible()
    expect(page.get_by_role("button", name="完成", exact=True)).to_be_visible()
    page.go_back()
    page.get_by_role("group", name="范围").get_by_role("button", name="我的").click()
    expect(row).to_have_count(1)
    expect(row).to_contain_text(matter)


def test_what_one_has_claimed_is_no_longer_offered_to_others(
    new_page: Callable[[], Page], server: Server, watch: Watch
) -> None:
    watch.expect("403|409")
    mine, other = new_page(), new_page()
    pages.sit_down(mine, server.url, "linhai")
    pages.sit_down(other, server.url, "guping")
    for page in (mine, other):
        page.get_by_role("searchbox").fill(NEW[2])
        expect(page.locator("tr.task")).to_have_count(1)
    mine.get_by_role("button", name="签收", exact=True).click()
    expect(mine.get_by_role("link", name="办理", exact=True)).to_be_visible()
    other.get_by_role("button", name="签收", exact=True).click()
    expect(other.get_by_role("alert")).to_contain_text("已由他人领取")
    expect(other.get_by_text("没有符合条件的待办事项")).to_be_visible()


def test_on_a_telephone(page: Page, server: Server) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    pages.sit_down(page, server.url, "linhai")
    expect(page.locator("tr.task").first).to_be_visible()
    pages.fits(page)
    pages.accessible(page)


def test_in_english(page: Page, server: Server) -> None:
    pages.sit_down(page, server.url, "linhai")
    page.get_by_role("button", name="Switch to English").click()
    expect(page.get_by_role("heading", name="Inbox")).to_be_visible()
    expect(page.locator("tr.group").first).to_contain_text("Overdue")
    page.reload()
    expect(page.get_by_role("heading", name="Inbox")).to_be_visible()
    assert page.evaluate("document.documentElement.lang") == "en"
    page.get_by_role("link", name="Register", exact=True).click()
    expect(page.get_by_role("heading", name=re.compile("^Register"))).to_be_visible()
    page.get_by_role("link", name="Inbox").click()
    page.locator("tr.task .c-matter a").first.click()
    expect(page.get_by_role("heading", name="Progress")).to_be_visible()
    page.get_by_role("button", name="切换为中文").click()
    expect(page.get_by_role("heading", name="办理进程")).to_be_visible()


def test_views_are_kept_and_shared(new_page: Callable[[], Page], tmp_path: Path) -> None:
    with pages.town(tmp_path, _three_visits) as server:
        mine, other = new_page(), new_page()
        pages.sit_down(mine, server.url, "linhai")
        mine.get_by_role("searchbox").fill("排水沟")
        expect(mine.locator("tr.task")).to_have_count(1)
        mine.get_by_role("button", name="保存当前筛选").click()
        mine.get_by_label("筛选名称").fill("排水")
        mine.get_by_label("共享", exact=True).select_option(label="共享给信访办公室")
        pages.accessible(mine)
        mine.get_by_role("button", name="保存", exact=True).click()
        expect(mine.get_by_role("button", name="排水 1")).to_have_attribute("aria-pressed", "true")
        pages.sit_down(other, server.url, "guping")
        other.get_by_role("button", name="排水 1").click()
        expect(other.locator("tr.task")).to_have_count(1)
        expect(other.get_by_role("button", name="删除筛选：排水")).to_have_count(0)
        mine.get_by_role("button", name="删除筛选：排水").click()
        expect(mine.get_by_role("button", name="排水 1")).to_have_count(0)
        with mine.expect_download() as got:
            mine.get_by_role("button", name="导出 Excel").click()
        book = load_workbook(io.BytesIO(got.value.path().read_bytes()))
        assert [row[4] for row in book.worksheets[0].iter_rows(min_row=3, values_only=True)] == ["屋后排水沟被堵"]


def test_several_are_claimed_at_once(page: Page, tmp_path: Path) -> None:
    with pages.town(tmp_path, _three_visits) as server:
        pages.sit_down(page, server.url, "linhai")
        rows = page.locator("tr.task")
        expect(rows).to_have_count(3)
        for row in rows.all():
            row.get_by_role("checkbox").check()
        pages.accessible(page)
        page.get_by_role("button", name="批量签收（3）").click()
        expect(page.get_by_text("3 件已办妥。")).to_be_visible()
        expect(rows.get_by_role("button", name="签收")).to_have_count(0)
        expect(page.get_by_role("button", name=re.compile("批量办理"))).to_have_count(0)  # each is registered by itself


def _three_visits(office: Office) -> None:
    office = pages.then(office, minutes=10)
    for matter in ("屋后排水沟被堵", "村口路灯不亮", "低保金未到账"):
        office.start("linhai", matter=matter)


CHECKS = """<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL"
  xmlns:camunda="http://camunda.org/schema/1.0/bpmn" targetNamespace="t" id="d">
  <bpmn:process id="site_checks" name="现场核查" isExecutable="true">
    <bpmn:startEvent id="Start" camunda:formKey="start"/>
    <bpmn:adHocSubProcess id="Checks" name="核查" ordering="Sequential">
      <bpmn:userTask id="Measure" name="测量水渠" camunda:candidateGroups="window_clerk"/>
      <bpmn:userTask id="Ask" name="走访邻里" camunda:candidateGroups="window_clerk"/>
    </bpmn:adHocSubProcess>
    <bpmn:endEvent id="End"/>
    <bpmn:sequenceFlow id="f1" sourceRef="Start" targetRef="Checks"/>
    <bpmn:sequenceFlow id="f2" sourceRef="Checks" targetRef="End"/>
  </bpmn:process>
</bpmn:definitions>"""


def _checks(office: Office) -> None:
    office = pages.then(office, minutes=10)
    files = {"site_checks.bpmn": CHECKS.encode(), "start.form": b'{"type":"default","id":"start","components":[]}'}
    deploy_files(office.banjie, office.org_id, "site_checks", files, known(more={"site_checks"}))
    office.browser("wangxiaohua").done("/starts/site_checks", {"answers": {}})


def test_who_works_chooses_which_step_of_several_is_next(page: Page, tmp_path: Path) -> None:
    with pages.town(tmp_path, _checks) as server:
        pages.sit_down(page, server.url, "wangxiaohua")
        rows = page.locator("tr.task")
        expect(rows).to_have_count(2)
        expect(rows.get_by_text("可选", exact=True)).to_have_count(2)
        pages.accessible(page)
        page.screenshot(path=pages.screen("inbox-offered"))
        rows.filter(has_text="走访邻里").locator(".c-matter a").click()
        expect(page.get_by_text("这一步还没有开始")).to_be_visible()
        pages.accessible(page)
        page.screenshot(path=pages.screen("task-offered"))
        page.get_by_role("button", name="开始", exact=True).click()
        expect(page.get_by_text("“走访邻里”已开始。")).to_be_visible()
        page.get_by_role("button", name="完成", exact=True).click()
        expect(page.get_by_role("heading", name="测量水渠")).to_be_visible()  # the one left has begun by itself
        page.get_by_role("link", name="我的待办").first.click()
        expect(rows).to_have_count(1)
        expect(rows.get_by_text("可选", exact=True)).to_have_count(0)
