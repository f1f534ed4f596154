"""The modeler: open, edit, check, deploy; running matters stay on their version; nobody overwrites another's work."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.support import pages
from tests.support.browser import Watch
from tests.support.office import Office
from tests.support.server import Server

MATTER = "垃圾清运不及时"


class _Running:
    """The matter that began before the regulation was changed."""

    case_id = ""


def _matter(office: Office) -> None:
    _Running.case_id = pages.then(office).start("linhai", matter=MATTER, name="覃水清")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with pages.town(tmp_path_factory.mktemp("modeler"), _matter) as running:
        yield running


def _open(page: Page, server: Server, key: str) -> None:
    """Open a regulation in the modeler, from the list."""
    pages.sit_down(page, server.url, "admin", "/admin/definitions")
    row = page.locator("tbody tr").filter(has=page.get_by_text(key, exact=True))
    row.get_by_role("link", name="设计").click()
    expect(page.locator(".djs-shape").first).to_be_visible()
    expect(_checks(page)).to_contain_text("没有发现问题")


def _checks(page: Page) -> Locator:
    return page.get_by_role("region", name="检查结果")


def _shape(page: Page, element: str) -> Locator:
    return page.locator(f'.djs-element[data-element-id="{element}"] > .djs-hit').first


def _rename(page: Page, element: str, name: str) -> None:
    """Double-click an element and write another name on it."""
    _shape(page, element).dblclick(force=True)
    text = page.locator(".djs-direct-editing-content")
    expect(text).to_be_visible()
    text.fill(name)
    page.locator("svg[data-element-id]").or_(page.locator(".djs-container > svg")).first.click(
        position={"x": 300, "y": 5}
    )
    expect(page.get_by_text("有未发布的修改")).to_be_visible()


def _publish(page: Page) -> None:
    page.get_by_role("button", name="发布", exact=True).click()
    box = page.get_by_role("dialog", name="发布制度")
    expect(box).to_contain_text("正在办理的事项仍按原版本办完")
    box.get_by_role("button", name="发布").click()


def test_a_task_is_renamed_and_running_matters_keep_the_old_name(new_page: Callable[[], Page], server: Server) -> None:
    admin, clerk = new_page(), new_page()
    _open(admin, server, "petition_registration")
    pages.accessible(admin)
    _rename(admin, "Classify", "按十类归类")
    expect(admin.locator('.djs-element[data-element-id="Classify"]')).to_contain_text("按十类归类")
    _publish(admin)
    expect(admin.get_by_text("已发布第 2 版")).to_be_visible()
    expect(admin.get_by_text("有未发布的修改")).to_be_hidden()
    admin.get_by_role("link", name="制度清单").click()
    row = admin.locator("tbody tr").filter(has=admin.get_by_text("petition_registration", exact=True))
    expect(row.locator("td").nth(2)).to_have_text("2")
    pages.accessible(admin)
    row.get_by_role("link", name="版本记录").click()
    expect(admin.locator("tbody tr")).to_have_count(2)
    expect(admin.locator("tbody tr").first).to_contain_text("现行")
    pages.accessible(admin)

    pages.sit_down(clerk, server.url, "linhai", f"/cases/{_Running.case_id}")
    expect(clerk.locator("li.coming").first).to_contain_text("归类")
    expect(clerk.get_by_text("按十类归类")).to_have_count(0)
    clerk.goto(f"{server.url}/register/petition_main")
    pages.form_ready(clerk)
    pages.fill(clerk, {"姓名": "覃水清", "反映的主要问题": "河道漂浮物无人打捞"})
    clerk.get_by_role("button", name="登记", exact=True).click()
    clerk.get_by_role("link", name="打开案件").click()
    expect(clerk.locator("li.coming").first).to_contain_text("按十类归类")


def test_a_broken_diagram_is_named_by_element_and_not_deployed(page: Page, server: Server) -> None:
    _open(page, server, "supervision")
    flow = page.locator(".djs-connection").first
    name = flow.get_attribute("data-element-id")
    page.locator(f'.djs-connection[data-element-id="{name}"] > .djs-hit').first.click(force=True)
    expect(page.locator(f'.djs-connection.selected[data-element-id="{name}"]')).to_have_count(1)
    page.keyboard.press("Delete")
    expect(page.locator(f'[data-element-id="{name}"]')).to_have_count(0)
    finding = _checks(page).locator("li").first
    expect(finding).to_contain_text(re.compile("永远走不到|没有"))
    element = finding.locator(".id").first.inner_text()
    finding.get_by_role("button").click()
    expect(page.locator(f'.djs-element.selected[data-element-id="{element}"]')).to_have_count(1)
    pages.accessible(page)

    page.get_by_role("button", name="撤销").click()
    expect(_checks(page)).to_contain_text("没有发现问题")

    bpmn = pages.call(page, server.url, "GET", "/admin/definitions/supervision/files")["bpmn"]
    broken = bpmn.replace('camunda:formKey="supervise"', 'camunda:formKey="no_such_form"')
    assert broken != bpmn
    page.locator("input[type=file]").set_input_files(
        {"name": "督办.bpmn", "mimeType": "application/xml", "buffer": broken.encode()}
    )
    page.get_by_role("dialog", name="未发布的修改").get_by_role("button", name="放弃修改").click()
    expect(page.get_by_text("已打开“督办.bpmn”")).to_be_visible()
    expect(_checks(page).locator("li").first).to_contain_text(re.compile("错误.*督促检查帮助"))
    page.get_by_role("button", name="发布", exact=True).click()
    expect(page.get_by_text(re.compile("检查发现 [0-9]+ 个错误"))).to_be_visible()
    versions = pages.call(page, server.url, "GET", "/admin/definitions/supervision/versions")
    assert [one["version"] for one in versions] == [1]


def test_the_later_of_two_editors_is_told(new_page: Callable[[], Page], server: Server, watch: Watch) -> None:
    watch.expect("409")
    first, second = new_page(), new_page()
    for page in (first, second):
        _open(page, server, "first_inquiry")
    _rename(first, "Handle", "当场办理")
    _publish(first)
    expect(first.get_by_text("已发布第 2 版")).to_be_visible()
    _rename(second, "Handle", "马上办理")
    _publish(second)
    expect(second.get_by_text(re.compile("他人已发布了更新的版本"))).to_be_visible()
    expect(second.get_by_text("有未发布的修改")).to_be_visible()
    versions = pages.call(second, server.url, "GET", "/admin/definitions/first_inquiry/versions")
    assert [one["version"] for one in versions] == [2, 1]


def test_properties_speak_chinese(page: Page, server: Server) -> None:
    _open(page, server, "petition_filing")
    _shape(page, "ApproveFiling").click(force=True)
    panel = page.get_by_role("complementary", name="属性")
    expect(panel.get_by_text("可签收的岗位").or_(panel.get_by_text("由谁办理")).first).to_be_attached()
    expect(panel.locator(".bio-properties-panel-header-label")).to_have_text("审批立案")
    for refused in ("任务监听器", "执行监听器", "异步执行"):  # deployment would refuse them
        expect(panel.get_by_text(refused, exact=True)).to_have_count(0)


def test_forms_and_tables_can_be_looked_at(page: Page, server: Server) -> None:
    pages.sit_down(page, server.url, "admin", "/admin/definitions/petition_registration/forms")
    expect(page.get_by_text("classify", exact=False).first).to_be_visible()
    pages.accessible(page)
