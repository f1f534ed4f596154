"""Registering a visit: few fields, hints of earlier matters, nothing typed is lost, nothing is registered twice."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import pytest
from playwright.sync_api import Page, Route, expect

from office.town import DEMO_PASSWORD
from storage.clock import TZ
from tests.support import pages
from tests.support.browser import Watch
from tests.support.office import Office
from tests.support.server import Server

EARLIER = "灌渠闸门锈死放不出水"
FORM = "/register/petition_main"


def _matters(office: Office) -> None:
    office.start("linhai", matter=EARLIER, name="龚秀芝", phone="13800000081")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with pages.town(tmp_path_factory.mktemp("register"), _matters) as running:
        yield running


def test_every_regulation_one_may_start_is_offered(page: Page, server: Server) -> None:
    pages.sit_down(page, server.url, "wangxiaohua")
    pages.go(page, "登记")
    expect(page.get_by_role("link", name="信访事项办理")).to_be_visible()
    assert page.locator("a.choice").count() >= 3
    pages.accessible(page)


def test_ten_fields_at_most_on_the_first_screen(page: Page, server: Server) -> None:
    pages.sit_down(page, server.url, "linhai", FORM)
    pages.form_ready(page)
    asked = page.locator(".fjs-form-field:visible:not(.fjs-form-field-group):not(.fjs-powered-by)")
    assert 5 <= asked.count() <= 10
    pages.accessible(page)


def test_a_matter_like_an_earlier_one_is_hinted_at(page: Page, server: Server) -> None:
    pages.sit_down(page, server.url, "linhai", FORM)
    pages.form_ready(page)
    pages.fill(page, {"姓名": "龚秀芝", "联系电话": "13800000081", "反映的主要问题": "灌渠闸门锈死"})
    hint = page.locator("aside").filter(has_text="可能重复的事项")
    expect(hint).to_contain_text(EARLIER)
    expect(hint).to_contain_text("电话相同")
    pages.accessible(page)


def test_what_was_typed_survives_a_reload(page: Page, server: Server) -> None:
    pages.sit_down(page, server.url, "linhai", FORM)
    pages.form_ready(page)
    pages.fill(page, {"姓名": "万有田", "反映的主要问题": "机井电费重复收取", "渠道": "来信"})
    page.reload()
    expect(page.get_by_text("未提交的内容")).to_be_visible()
    expect(pages.field(page, "姓名").locator("input")).to_have_value("万有田")
    expect(pages.field(page, "反映的主要问题").locator("textarea")).to_have_value("机井电费重复收取")
    expect(pages.field(page, "渠道").get_by_label("来信")).to_be_checked()
    page.get_by_role("button", name="清空重填").click()
    page.get_by_role("dialog").get_by_role("button", name="确定").click()
    expect(pages.field(page, "姓名").locator("input")).to_have_value("")


def test_a_double_click_registers_one_matter(page: Page, server: Server) -> None:
    pages.sit_down(page, server.url, "linhai", FORM)
    pages.form_ready(page)
    pages.fill(page, {"姓名": "车向前", "反映的主要问题": "公厕化粪池外溢"})
    page.get_by_role("button", name="登记", exact=True).dblclick()
    expect(page.get_by_text("登记成功")).to_be_visible()
    number = page.locator(".done p b.number").inner_text()
    found = pages.call(page, server.url, "POST", "/cases/search", {"q": "公厕化粪池外溢"})
    assert [one["number"] for one in found["items"]] == [number]
    pages.accessible(page)


def test_a_hint_that_comes_late_is_not_of_the_matter_itself(page: Page, server: Server) -> None:
    held: list[Route] = []
    page.route("**/api/duplicates*", lambda route: held.append(route))
    pages.sit_down(page, server.url, "linhai", FORM)
    pages.form_ready(page)
    pages.fill(page, {"姓名": "车行慢"})
    with page.expect_request("**/api/duplicates*"):
        pages.fill(page, {"反映的主要问题": "公交站牌被撞倒"})
    page.get_by_role("button", name="登记", exact=True).click()
    expect(page.get_by_text("登记成功")).to_be_visible()
    with page.expect_response("**/api/duplicates*") as told:
        for route in held:
            route.continue_()
    assert "公交站牌被撞倒" in told.value.text()
    expect(page.get_by_text("可能重复的事项")).to_have_count(0)


def test_a_missing_answer_is_asked_for_at_its_field(page: Page, server: Server) -> None:
    pages.sit_down(page, server.url, "linhai", FORM)
    pages.form_ready(page)
    page.get_by_role("button", name="登记", exact=True).click()
    expect(pages.field(page, "反映的主要问题")).to_contain_text("此项必填")
    expect(page.get_by_role("alert")).to_contain_text("请检查标红的 1 项")
    expect(pages.field(page, "反映的主要问题").locator("textarea")).to_be_focused()
    pages.fill(page, {"反映的主要问题": "自来水发黄", "来访人数": "0"})
    page.get_by_role("button", name="登记", exact=True).click()
    expect(pages.field(page, "来访人数")).to_contain_text("不能小于 1")
    pages.accessible(page)


def test_an_ended_session_keeps_what_was_typed_and_goes_on(page: Page, server: Server, watch: Watch) -> None:
    watch.expect("401")
    pages.sit_down(page, server.url, "linhai", FORM)
    pages.form_ready(page)
    pages.fill(page, {"姓名": "房小军", "反映的主要问题": "危房鉴定一直没有人来"})
    page.context.clear_cookies()
    page.get_by_role("button", name="登记", exact=True).click()
    box = page.get_by_role("dialog", name="登录已过期")
    expect(box.get_by_label("用户名")).to_have_value("linhai")
    pages.accessible(page)
    box.get_by_label("密码").fill("wrong-password")
    box.get_by_role("button", name="重新登录").click()
    expect(box.get_by_role("alert")).to_contain_text("登录名或密码不正确")
    box.get_by_label("密码").fill(DEMO_PASSWORD)
    box.get_by_role("button", name="重新登录").click()
    expect(page.get_by_text("登记成功")).to_be_visible()
    found = pages.call(page, server.url, "POST", "/cases/search", {"q": "危房鉴定"})
    assert [one["petitioner"] for one in found["items"]] == ["房小军"]


def test_a_password_typed_while_the_dialog_opens_is_kept(page: Page, server: Server, watch: Watch) -> None:
    watch.expect("401")
    pages.sit_down(page, server.url, "linhai", FORM)
    pages.form_ready(page)
    pages.fill(page, {"反映的主要问题": "路灯不亮"})
    motion = page.context.new_cdp_session(page)
    motion.send("Animation.enable")
    motion.send("Animation.setPlaybackRate", {"playbackRate": 0})  # the dialog stays half open
    page.context.clear_cookies()
    page.get_by_role("button", name="登记", exact=True).click()
    box = page.get_by_role("dialog", name="登录已过期")
    box.get_by_label("密码").fill(DEMO_PASSWORD)
    opening = page.locator(".dialog-fade-enter-active")
    expect(opening).to_have_count(1)
    motion.send("Animation.setPlaybackRate", {"playbackRate": 1})
    expect(opening).to_have_count(0)
    box.get_by_role("button", name="重新登录").click()
    expect(page.get_by_text("登记成功")).to_be_visible()


def test_on_a_telephone(page: Page, server: Server) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    pages.sit_down(page, server.url, "linhai", FORM)
    pages.form_ready(page)
    pages.fits(page)
    pages.accessible(page)


def test_a_card_reader_fills_in_gender_and_age(page: Page, server: Server) -> None:
    """A reader types fast and ends with Enter, which must not send the form; a mistyped number is told at once."""
    pages.sit_down(page, server.url, "linhai", "/register/petition_main")
    pages.form_ready(page)
    box = pages.field(page, "身份证号").locator("input")
    box.press_sequentially("110105194912310021")
    expect(page.get_by_text("身份证号校验不符，请核对。")).to_be_visible()
    box.fill("")
    box.press_sequentially("11010519491231002X")
    box.press("Enter")
    expect(pages.field(page, "姓名").locator("input")).to_be_focused()
    expect(pages.field(page, "性别")).to_contain_text("女")
    years = datetime.now(TZ).year - 1949 - (datetime.now(TZ).strftime("%m%d") < "1231")
    expect(pages.field(page, "年龄").locator("input")).to_have_value(str(years))
    kept = page.evaluate("JSON.stringify(localStorage)")
    assert "female" in kept and "11010519491231002X" not in kept
    pages.fill(page, {"姓名": "柳桂英", "反映的主要问题": "房屋漏雨", "诉求": "修缮", "事项性质": "申诉求决"})
    page.get_by_role("button", name="登记", exact=True).click()
    expect(page.get_by_text("登记成功")).to_be_visible()
