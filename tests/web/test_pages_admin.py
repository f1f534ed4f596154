"""The administrator's pages: instances with incidents, people with one-time passwords, the year's calendar."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from storage.clock import TZ
from tests.support import pages
from tests.support.browser import Watch
from tests.support.server import Server

FAILING = """<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL"
    xmlns:camunda="http://camunda.org/schema/1.0/bpmn" id="D" targetNamespace="http://banjie">
  <bpmn:process id="well_costs" name="机井费用" isExecutable="true" camunda:historyTimeToLive="P3650D">
    <bpmn:startEvent id="Start" name="申报" camunda:formKey="well"><bpmn:outgoing>F1</bpmn:outgoing></bpmn:startEvent>
    <bpmn:scriptTask id="Share" name="分摊费用" scriptFormat="banjie">
      <bpmn:incoming>F1</bpmn:incoming><bpmn:outgoing>F2</bpmn:outgoing>
      <bpmn:script>share = 100 / (1 if iso(now()) &gt;= "{until}" else 0)</bpmn:script>
    </bpmn:scriptTask>
    <bpmn:endEvent id="End" name="已分摊"><bpmn:incoming>F2</bpmn:incoming></bpmn:endEvent>
    <bpmn:sequenceFlow id="F1" sourceRef="Start" targetRef="Share" />
    <bpmn:sequenceFlow id="F2" sourceRef="Share" targetRef="End" />
  </bpmn:process>
</bpmn:definitions>"""
LETTER = """<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL"
    xmlns:camunda="http://camunda.org/schema/1.0/bpmn" id="D" targetNamespace="http://banjie">
  <bpmn:process id="well_letter" name="机井通知" isExecutable="true" camunda:historyTimeToLive="P3650D">
    <bpmn:startEvent id="Start" name="申报" camunda:formKey="well"><bpmn:outgoing>F1</bpmn:outgoing></bpmn:startEvent>
    <bpmn:serviceTask id="Tell" name="发邮件" camunda:type="external" camunda:topic="mail.send">
      <bpmn:extensionElements><camunda:inputOutput>
        <camunda:inputParameter name="to">shuili@example.gov.cn</camunda:inputParameter>
        <camunda:inputParameter name="subject">机井检修</camunda:inputParameter>
        <camunda:inputParameter name="body">三号机井明日停用。</camunda:inputParameter>
      </camunda:inputOutput></bpmn:extensionElements>
      <bpmn:incoming>F1</bpmn:incoming><bpmn:outgoing>F2</bpmn:outgoing>
    </bpmn:serviceTask>
    <bpmn:endEvent id="End" name="已通知"><bpmn:incoming>F2</bpmn:incoming></bpmn:endEvent>
    <bpmn:sequenceFlow id="F1" sourceRef="Start" targetRef="Tell" />
    <bpmn:sequenceFlow id="F2" sourceRef="Tell" targetRef="End" />
  </bpmn:process>
</bpmn:definitions>"""
WELL = {
    "type": "default",
    "id": "well",
    "schemaVersion": 18,
    "components": [{"id": "Matter", "type": "textfield", "key": "matter", "label": "事项"}],
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with pages.town(tmp_path_factory.mktemp("admin")) as running:
        yield running


def _fail(page: Page, server: Server, until: datetime) -> None:
    """A matter of a regulation whose calculation fails before `until`."""
    bpmn = FAILING.format(until=until.isoformat(timespec="seconds"))
    known = pages.call(page, server.url, "GET", "/admin/definitions")
    base = next((one["version"] for one in known if one["key"] == "well_costs"), None)
    body = {"key": "well_costs", "bpmn": bpmn, "forms": {"well": WELL}, "base_version": base}
    pages.call(page, server.url, "POST", "/admin/deploy", body)
    pages.call(page, server.url, "POST", "/starts/well_costs", {"answers": {"matter": "三号机井"}})


def test_an_incident_names_its_element_and_is_retried(page: Page, server: Server) -> None:
    pages.sit_down(page, server.url, "admin", "/admin/instances")
    expect(page.get_by_text("没有待处理的异常")).to_be_visible()
    _fail(page, server, datetime.now(TZ) + timedelta(seconds=4))
    page.reload()
    row = page.locator("#panel-incidents tbody tr")
    expect(row).to_have_count(1)
    expect(row).to_contain_text("机井费用")
    expect(row).to_contain_text("分摊费用")
    expect(row).to_contain_text("除数是 0")
    pages.accessible(page)
    for _ in range(100):  # whoever retries too early finds it again
        with page.expect_response(re.compile("/incidents$")) as left:
            row.get_by_role("button", name="重试").click()
        if not left.value.json():
            break
    expect(page.get_by_text("没有待处理的异常")).to_be_visible()
    page.get_by_role("tab", name=re.compile("^实例")).click()
    page.get_by_label("状态").select_option(label="已结束")
    expect(page.locator("#panel-all tbody tr").filter(has_text="机井费用")).to_have_count(1)
    pages.accessible(page)


def test_handlers_that_stopped_are_put_right_or_skipped(page: Page, server: Server, watch: Watch) -> None:
    """No mail server is set: the inputs of one are changed, then all are skipped with a reason."""
    pages.sit_down(page, server.url, "admin", "/admin/instances")
    pages.call(
        page, server.url, "POST", "/admin/deploy", {"key": "well_letter", "bpmn": LETTER, "forms": {"well": WELL}}
    )
    for number in "一二三":
        pages.call(page, server.url, "POST", "/starts/well_letter", {"answers": {"matter": f"{number}号机井"}})
    rows = page.locator("#panel-incidents tbody tr")
    _until(page, lambda: rows.count() == 3)
    expect(rows.first).to_contain_text("没有设置邮件服务器")
    rows.first.get_by_role("button", name="修改输入").click()
    box = page.get_by_role("dialog", name="修改输入")
    text = box.get_by_role("textbox")
    expect(text).to_have_value(re.compile("shuili@example.gov.cn"))
    pages.accessible(page)
    text.fill("{")
    box.get_by_role("button", name="保存并重试").click()
    expect(box.get_by_role("alert")).to_contain_text("不是正确的 JSON")
    text.fill('{"to": "nongye@example.gov.cn", "subject": "机井检修", "body": "三号机井明日停用。"}')
    box.get_by_role("button", name="保存并重试").click()
    expect(page.get_by_text("已重新尝试")).to_be_visible()
    _until(page, lambda: rows.count() == 3)
    rows.first.get_by_role("button", name="修改输入").click()
    expect(text).to_have_value(re.compile("nongye@example.gov.cn"))
    box.get_by_role("button", name="取消").click()
    page.get_by_label("全选").check()
    expect(page.get_by_text("已选 3 条")).to_be_visible()
    pages.accessible(page)
    page.get_by_role("button", name="跳过所选").click()
    asked = page.get_by_role("dialog", name="跳过 3 条异常")
    asked.get_by_role("button", name="跳过").click()
    expect(asked).to_contain_text("请选择是否已经办好")
    asked.get_by_role("radio", name="已经另行办好").check()
    asked.get_by_role("button", name="跳过").click()
    expect(asked).to_contain_text("请填写原因")
    page.screenshot(path=pages.screen("skip-incidents"))
    asked.get_by_role("textbox").fill("已电话通知")
    asked.get_by_role("button", name="跳过").click()
    expect(page.get_by_text("没有待处理的异常")).to_be_visible()
    page.get_by_role("tab", name=re.compile("^实例")).click()
    page.get_by_label("状态").select_option(label="已结束")
    expect(page.locator("#panel-all tbody tr").filter(has_text="机井通知")).to_have_count(3)


def _until(page: Page, there: Callable[[], bool]) -> None:
    """Load the page anew until it shows what the scheduler does in the background."""
    for _ in range(100):
        page.reload()
        expect(page.locator("#panel-incidents tbody tr, #panel-incidents .void").first).to_be_visible()
        if there():
            return
    raise AssertionError("it never happened")


def test_an_instance_is_cancelled_with_a_reason(page: Page, server: Server) -> None:
    pages.sit_down(page, server.url, "admin")
    _fail(page, server, datetime.now(TZ) + timedelta(days=3650))
    page.goto(f"{server.url}/admin/instances")
    page.get_by_role("button", name="终止").click()
    box = page.get_by_role("dialog", name="终止流程实例")
    box.get_by_role("button", name="终止").click()
    expect(box).to_contain_text("请填写原因")
    box.get_by_role("textbox").fill("重复申报")
    pages.accessible(page)
    box.get_by_role("button", name="终止").click()
    expect(page.get_by_text("流程实例已终止")).to_be_visible()
    expect(page.get_by_text("没有待处理的异常")).to_be_visible()
    page.get_by_role("tab", name=re.compile("^实例")).click()
    page.get_by_label("状态").select_option(label="已取消")
    expect(page.locator("#panel-all tbody tr").filter(has_text="机井费用")).to_have_count(1)


def test_a_new_person_must_change_the_one_time_password(
    new_page: Callable[[], Page], server: Server, watch: Watch
) -> None:
    watch.expect("403")  # what must not be opened before the password is changed
    admin, fresh = new_page(), new_page()
    pages.sit_down(admin, server.url, "admin", "/admin/people")
    admin.get_by_role("button", name="新增用户").click()
    box = admin.get_by_role("dialog", name="新增用户")
    box.get_by_label("姓名").fill("鲁小满")
    box.get_by_label("用户名").fill("luxiaoman")
    box.locator("label", has_text=re.compile("^机构")).locator("select").select_option(label="信访办公室")
    box.get_by_label("角色", exact=True).select_option(label="信访专干")
    box.get_by_role("button", name="添加").click()
    pages.accessible(admin)
    box.get_by_role("button", name="保存").click()
    password = box.locator("code").inner_text()
    assert len(password) >= 10
    box.locator("main, .stack").get_by_role("button", name="关闭").click()
    admin.get_by_role("searchbox").fill("luxiaoman")
    expect(admin.locator("#panel-users tbody tr")).to_have_count(1)
    expect(admin.locator("#panel-users tbody tr")).to_contain_text("信访专干")
    pages.accessible(admin)

    fresh.set_default_timeout(pages.PATIENCE)
    fresh.goto(server.url)
    pages.accessible(fresh)
    pages.enter(fresh, "luxiaoman", password)
    expect(fresh.get_by_role("heading", name="修改密码")).to_be_visible()
    fresh.goto(f"{server.url}/cases")
    expect(fresh.get_by_text("请先设置自己的密码")).to_be_visible()
    _change(fresh, password, "short")
    expect(fresh.get_by_role("alert")).to_contain_text("至少")
    fresh.locator("input[name=new]").fill("luxiaoman2027")
    expect(fresh.get_by_role("status")).to_contain_text("太容易被猜到")
    expect(fresh.locator("input[name=new]")).to_have_attribute("type", "password")
    fresh.get_by_role("button", name="显示").nth(1).click()
    expect(fresh.locator("input[name=new]")).to_have_attribute("type", "text")
    fresh.screenshot(path=pages.screen("password-weak"))
    pages.accessible(fresh)
    fresh.locator("input[name=new]").fill("qingshi-heban-denglong")
    expect(fresh.get_by_role("status")).to_contain_text("很强")
    _change(fresh, password, "qingshi-heban-denglong")
    expect(fresh.get_by_role("heading", name=re.compile("我的待办|案件查询"))).to_be_visible()
    pages.go(fresh, "登记")
    expect(fresh.get_by_role("link", name="信访事项办理")).to_be_visible()


def _change(page: Page, old: str, new: str) -> None:
    page.get_by_label("当前密码").fill(old)
    page.get_by_label("新密码", exact=True).or_(page.locator("input[name=new]")).first.fill(new)
    page.locator("input[name=again]").fill(new)
    page.get_by_role("button", name="保存新密码").click()


def test_a_years_calendar_is_uploaded(page: Page, server: Server, watch: Watch) -> None:
    watch.expect("422|400")
    year = datetime.now(TZ).year + 1
    pages.sit_down(page, server.url, "admin", "/admin/calendar")
    expect(page.locator("[title*='国庆']").first).to_be_visible()
    pages.accessible(page)
    page.get_by_label("年份").select_option(str(year))
    expect(page.locator(".keys b")).to_have_text(str(year))

    chooser = page.locator("input[type=file]")
    bad = f"date,kind,name\n{year}-02-30,holiday,春节\n"
    chooser.set_input_files({"name": "bad.csv", "mimeType": "text/csv", "buffer": bad.encode()})
    expect(page.get_by_role("alert").filter(has_text="不是有效日期")).to_be_visible()
    good = f"日期,类型,名称\n{year}-01-01,放假,元旦\n{year}-05-01,放假,劳动节\n{year}-10-01,放假,国庆节\n"
    chooser.set_input_files({"name": "good.csv", "mimeType": "text/csv", "buffer": good.encode()})
    expect(page.get_by_text(re.compile("年度日历已装入|重新计算了"))).to_be_visible()
    expect(page.locator(f"[title^='{year}-10-01']")).to_have_class(re.compile("holiday"))
    expect(page.locator(f"[title^='{year}-10-01']")).to_contain_text("休")
    pages.accessible(page)


def test_a_schedule_shows_its_dates_and_is_changed(page: Page, server: Server, watch: Watch) -> None:
    watch.expect("422")
    pages.sit_down(page, server.url, "admin", "/admin/schedules")
    plan = page.get_by_role("region", name="年度接访计划")
    expect(plan).to_contain_text("1月最后一个工作日；遇节假日提前至上一工作日")
    expect(plan.locator("table").first.locator("tbody tr")).to_have_count(10)
    expect(plan.locator("table").first).to_contain_text("农历")
    pages.accessible(page)
    plan.get_by_role("button", name="修改").click()
    box = page.get_by_role("dialog")
    box.get_by_label("规则").fill("每逢满月")
    box.get_by_role("button", name="保存").click()
    expect(box.get_by_role("alert")).to_contain_text("profile.bad_schedule")
    box.get_by_label("规则").fill("lunar_digits{3,6,9}")
    box.get_by_label("遇节假日").select_option("skip")
    pages.accessible(page)
    box.get_by_role("button", name="保存").click()
    expect(plan).to_contain_text("农历逢三、六、九；遇节假日取消")
    expect(plan).to_contain_text("本单位已修改")
    expect(plan).to_contain_text("为周末")
    pages.accessible(page)
    plan.get_by_role("button", name="修改").click()
    box.get_by_role("button", name="恢复配置原值").click()
    expect(plan).to_contain_text("1月最后一个工作日")


def test_only_administrators_come_here(page: Page, server: Server) -> None:
    pages.sit_down(page, server.url, "linhai", "/admin/people")
    expect(page.get_by_role("heading", name="无权访问")).to_be_visible()
    expect(page.get_by_role("link", name="管理", exact=True)).to_have_count(0)
    pages.accessible(page)
    page.goto(f"{server.url}/nowhere")
    expect(page.get_by_role("heading", name="页面不存在")).to_be_visible()
    pages.accessible(page)
