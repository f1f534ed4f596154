"""The case page and the lists around it: conflicts, secrecy, the live diagram, the board, the registers."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.support import pages
from tests.support.browser import Watch
from tests.support.office import REGISTRATION, Office
from tests.support.server import Server

PLAIN, LATE, SECRET, CONTESTED = "打谷场被占用", "征地补偿款未到账", "农机补贴被截留", "校门口没有斑马线"


class _Cases:
    """The ids of the matters of this module, by what they are about."""

    ids: dict[str, str] = {}  # noqa: RUF012


def _matters(office: Office) -> None:
    _Cases.ids[LATE] = pages.then(office, days=40).start("linhai", matter=LATE, name="葛大勇")
    office = pages.then(office)
    _Cases.ids[PLAIN] = office.accepted("linhai", matter=PLAIN, name="苗翠花")
    _Cases.ids[CONTESTED] = office.start("linhai", matter=CONTESTED, name="符家旺")
    secret = office.start(
        "linhai", matter=SECRET, name="不愿透露", kind="accusation", flags=["confidential"], phone="13800000099"
    )
    _Cases.ids[SECRET] = secret
    accused = {"accused_units": ["agriculture_centre"], "matter": SECRET, "name": "不愿透露"}
    office.complete("linhai", secret, "CompleteRegistration", REGISTRATION | accused)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with pages.town(tmp_path_factory.mktemp("case"), _matters) as running:
        yield running


def test_the_case_page_shows_what_was_done_what_is_open_and_why(page: Page, server: Server) -> None:
    pages.sit_down(page, server.url, "linhai", f"/cases/{_Cases.ids[PLAIN]}")
    expect(page.get_by_role("heading", name=PLAIN)).to_be_visible()
    expect(page.locator("li.past b", has_text="告知受理情况").first).to_be_visible()
    expect(page.locator("li.now b")).to_have_text("拟办")
    expect(page.locator("li.coming").first).to_be_visible()
    why = pages.tab(page, "时限依据")
    expect(why).to_contain_text("为什么是这个日期")
    expect(why).to_contain_text("起算")
    facts = pages.tab(page, "案情")
    expect(facts).to_contain_text("苗翠花")
    for name in ("案情", "办理记录", "登记簿", "时限依据"):
        said = pages.tab(page, name).inner_text()
        assert not re.search(r"\b[a-z]+_[a-z_]+\b", said), f"{name} speaks of identifiers:\n{said}"
        pages.accessible(page)


def test_the_live_diagram_shows_where_the_matter_stands(page: Page, server: Server) -> None:
    pages.sit_down(page, server.url, "linhai", f"/cases/{_Cases.ids[CONTESTED]}")
    pages.tab(page, "流程图")
    expect(page.get_by_role("group", name="流程图：当前环节 完善登记")).to_be_visible()
    expect(page.locator('.djs-element.el-now[data-element-id="CompleteRegistration"]')).to_be_visible()
    expect(page.locator('.djs-overlays[data-container-id="CompleteRegistration"] .token-badge')).to_have_text("1")
    pages.accessible(page)


def test_a_step_that_somebody_else_did_keeps_the_text(
    new_page: Callable[[], Page], server: Server, watch: Watch
) -> None:
    watch.expect("409")
    mine, elsewhere = new_page(), new_page()
    pages.sit_down(mine, server.url, "linhai", f"/cases/{_Cases.ids[CONTESTED]}")
    pages.claim(mine)
    pages.fill(mine, {"复述的要点和诉求": "要求划斑马线，已复述", "已向信访人复述并经其确认": True})
    pages.sit_down(elsewhere, server.url, "linhai", f"/cases/{_Cases.ids[CONTESTED]}")
    pages.complete(
        elsewhere,
        {
            "性别": "男",
            "年龄": "40",
            "职业": "教师",
            "政治面貌": "群众",
            "复述的要点和诉求": "划斑马线",
            "已向信访人复述并经其确认": True,
            "接待人员": "林海",
        },
    )
    mine.get_by_role("button", name="完成", exact=True).click()
    expect(mine.get_by_role("alert")).to_contain_text("这一步已经由他人办理或已取消")
    expect(pages.field(mine, "复述的要点和诉求").locator("textarea")).to_have_value("要求划斑马线，已复述")
    mine.get_by_role("button", name="重新载入").click()
    expect(mine.locator("li.now b")).to_have_text("归类")


def test_a_refusal_of_the_office_stands_at_its_field(page: Page, server: Server, watch: Watch) -> None:
    watch.expect("422")
    pages.sit_down(page, server.url, "linhai", f"/cases/{_Cases.ids[LATE]}")
    pages.claim(page)
    pages.form_ready(page)
    pages.fill(page, {"复述的要点和诉求": "补偿款未到账", "已向信访人复述并经其确认": True})
    page.get_by_role("button", name="完成", exact=True).click()
    there = pages.field(page, "性别")
    expect(there).to_have_class(re.compile("fjs-has-errors"))
    expect(there.locator(".fjs-form-field-error")).to_have_text(re.compile("[一-龥]"))
    expect(page.locator("li.now b").first).to_have_text("完善登记")


def test_an_accused_unit_cannot_find_the_matter(new_page: Callable[[], Page], server: Server, watch: Watch) -> None:
    watch.expect("404|403")
    accused, clerk = new_page(), new_page()
    pages.sit_down(accused, server.url, "pengfei", "/cases")
    accused.get_by_role("searchbox").fill(SECRET)
    expect(accused.get_by_text("没有符合条件的案件")).to_be_visible()
    accused.goto(f"{server.url}/cases/{_Cases.ids[SECRET]}")
    expect(accused.get_by_role("heading", name="页面不存在")).to_be_visible()
    assert SECRET not in accused.content() and "不愿透露" not in accused.content()
    pages.go(accused, "我的待办")
    expect(accused.get_by_text("没有待办事项")).to_be_visible()
    pages.sit_down(clerk, server.url, "linhai", f"/cases/{_Cases.ids[SECRET]}")
    expect(clerk.locator("header.head")).to_contain_text("保密")


def test_the_leaders_board_shows_open_matters_by_light_and_unit(page: Page, server: Server) -> None:
    pages.sit_down(page, server.url, "sunlihua", "/board")
    red = page.locator("section").filter(has=page.get_by_role("heading", name="逾期清单"))
    expect(red.locator("tbody tr").filter(has_text=LATE)).to_have_count(1)
    tile = page.locator(".tiles li")
    expect(tile.filter(has_text="在办")).to_contain_text(re.compile(r"\d+"))
    total = int(tile.filter(has_text="在办").locator("b").inner_text())
    parts = [int(tile.filter(has_text=light).locator("b").inner_text()) for light in ("已逾期", "临近到期", "正常")]
    assert total >= sum(parts) >= 3 and parts[0] >= 1
    bar = page.get_by_role("img", name=re.compile("信访办公室：逾期"))
    expect(bar).to_be_visible()
    pages.accessible(page)
    page.get_by_role("link", name="信访办公室").click()
    expect(page.get_by_role("heading", name="案件查询")).to_be_visible()
    expect(page.locator("tbody tr").filter(has_text=LATE)).to_have_count(1)
    pages.accessible(page)


def test_the_registers_can_be_searched(page: Page, server: Server) -> None:
    pages.sit_down(page, server.url, "linhai", "/registers")
    page.get_by_role("navigation", name="登记簿清单").get_by_role("link", name=re.compile("FM18a")).click()
    rows = page.locator("tbody tr")
    expect(rows.filter(has_text="苗翠花")).to_have_count(1)
    heads = page.locator("thead th").all_inner_texts()
    assert all(re.search("[一-龥]", head) for head in heads), heads
    page.get_by_role("searchbox").fill("苗翠花")
    expect(rows).to_have_count(1)
    pages.accessible(page)
    page.get_by_role("searchbox").fill("没有这个人")
    expect(page.get_by_text("没有登记记录")).to_be_visible()


def test_on_a_telephone(page: Page, server: Server) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    pages.sit_down(page, server.url, "linhai", f"/cases/{_Cases.ids[PLAIN]}")
    expect(page.get_by_role("heading", name=PLAIN)).to_be_visible()
    for name in ("案情", "办理记录", "登记簿", "时限依据"):
        pages.tab(page, name)
        pages.fits(page)
    pages.accessible(page)
