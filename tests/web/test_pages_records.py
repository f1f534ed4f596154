"""Registers corrected and exported, an urging answered, the access log read, failed mail sent again."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from openpyxl import load_workbook
from playwright.sync_api import Download, Page, expect

from office import notices, registers
from office.register_catalogue import REGISTERS
from storage.clock import TZ
from tests.support import pages
from tests.support.browser import Watch
from tests.support.office import Office
from tests.support.server import Server

FORMULA = "=HYPERLINK(村口水渠垮塌)"
SECRET = "检举窗口人员收受土特产"
PAPERS = ["1. 2026-10-28 09:10 收到来信来访（王静）", "2. 2026-10-28 09:40 来信来访登记（政协）第1号"]


def _prepared(office: Office) -> None:
    office = pages.then(office, hours=1)
    office.accepted("linhai", matter=FORMULA)
    office.start("linhai", kind="accusation", name="钱密告", matter=SECRET)
    with office.banjie.store.begin() as uow:
        dossier = {"items": PAPERS, "seq": "0001/2026/1"}
        registers.add_entry(uow, office.org_id, "FM29", dossier, case_id=None, at=office.clock.now(), by="linhai")
        mail_id = notices.post(
            uow, office.org_id, "x@example.cn", f"办结提醒：{SECRET}", SECRET, key="k", now=office.clock.now()
        )
        assert mail_id is not None
        notices.mail_failed(uow, office.org_id, mail_id, "ConnectionRefusedError: 111")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with pages.town(tmp_path_factory.mktemp("records"), _prepared) as running:
        yield running


def _book(got: Download) -> Any:
    return load_workbook(io.BytesIO(got.path().read_bytes()))


def test_an_entry_is_corrected_and_the_register_exported(page: Page, server: Server, watch: Watch) -> None:
    pages.sit_down(page, server.url, "linhai", "/registers/FM18a")
    rows = page.locator("section.content tbody tr")
    row = rows.filter(has_text=FORMULA)
    row.get_by_role("button", name="更正").click()
    box = page.get_by_role("dialog", name=re.compile("更正第"))
    expect(box.get_by_label("性别")).to_have_value("male")
    box.get_by_label("职业").fill("村医")
    pages.accessible(page)
    box.get_by_role("button", name="更正").click()
    expect(box.get_by_role("alert")).to_contain_text("请填写更正理由")
    box.get_by_label("更正理由").fill("登记时听错")
    box.get_by_role("button", name="更正").click()
    expect(rows.filter(has_text="更正第")).to_contain_text("村医")
    expect(rows.filter(has_text="已更正")).to_contain_text("农民")
    pages.accessible(page)

    with page.expect_download() as got:
        page.get_by_role("button", name="导出 Excel").click()
    sheet = _book(got.value).worksheets[0]
    labels = list(dict.fromkeys(REGISTERS["FM18a"].columns.values()))
    head = [cell.value for cell in sheet[2]]
    assert head[:3] == ["序号", "登记时间", "案件编号"]
    assert head[3 : 3 + len(labels)] == labels
    assert "青石镇人民政府 FM18a " in str(sheet["A1"].value)
    cells = [cell for line in sheet.iter_rows(min_row=3) for cell in line]
    assert any(cell.value == FORMULA and cell.data_type == "s" for cell in cells)
    assert any(cell.value == "登记时听错" for cell in cells)


@pytest.mark.parametrize(("width", "height"), [(1366, 768), (390, 844)])
def test_each_register_is_read_at_either_size(page: Page, server: Server, width: int, height: int) -> None:
    page.set_viewport_size({"width": width, "height": height})
    pages.sit_down(page, server.url, "linhai")
    kept = [one["register"] for one in pages.call(page, server.url, "GET", "/registers") if one["count"]]
    assert "FM18a" in kept
    for code in kept:
        page.goto(f"{server.url}/registers/{code}")
        row = page.locator("section.content tbody tr").first
        expect(row).to_be_visible()
        chosen = page.locator("nav.list a.on")
        expect(chosen).to_be_in_viewport()
        inside = "a => { const [b, l] = [a, a.closest('nav')].map(one => one.getBoundingClientRect());"
        assert chosen.evaluate(f"{inside} return l.top <= b.top && b.bottom <= l.bottom; }}"), code
        assert page.evaluate("document.documentElement.scrollWidth") == width, code
        heads = page.locator("section.content thead th").all_inner_texts()
        assert len(heads) == len(set(heads)) and not re.search(r"[A-Za-z]", "".join(heads)), heads
        option = page.get_by_text("显示空栏")
        assert option.evaluate("one => one.clientHeight") < 40, "the option stands in one line"


def test_no_field_of_a_register_is_headed_like_a_column_of_the_page() -> None:
    for code, register in REGISTERS.items():
        assert {"序号", "登记时间", "案件编号", "登记人"}.isdisjoint(register.labels.values()), code


def test_a_dossier_is_read_line_by_line(page: Page, server: Server) -> None:
    pages.sit_down(page, server.url, "linhai", "/registers/FM29")
    cells = page.locator("section.content tbody td.cell")
    papers = cells.filter(has_text=PAPERS[0])
    assert papers.inner_text().splitlines() == PAPERS
    number = cells.filter(has_text="0001/2026/1")
    assert number.evaluate("td => getComputedStyle(td).whiteSpace") == "nowrap"
    expect(page.get_by_role("columnheader", name="案件编号")).to_have_count(0)  # no entry of this page has one
    page.get_by_label("显示空栏").check()
    expect(page.get_by_role("columnheader", name="案件编号")).to_be_visible()


def test_the_unit_answers_an_urging_with_a_new_date(new_page: Callable[[], Page], server: Server) -> None:
    chief, clerk = new_page(), new_page()
    pages.sit_down(chief, server.url, "chenjing")
    case = next(one for one in pages.call(chief, server.url, "GET", "/cases")["items"] if one["matter"] == FORMULA)
    told = {"text": "请抓紧办理", "unit_id": "petition_office"}
    pages.call(chief, server.url, "POST", f"/cases/{case['id']}/urge", told)
    pages.sit_down(clerk, server.url, "guping", f"/cases/{case['id']}")
    pages.tab(clerk, "案情").get_by_role("button", name="答复催办").click()
    day = f"{datetime.now(TZ) + timedelta(days=3):%Y-%m-%d}"
    clerk.get_by_label("答复", exact=True).fill("已到现场，三日内修好")
    clerk.get_by_label("承诺办结日期").fill(day)
    pages.accessible(clerk)
    clerk.get_by_role("button", name="发出").click()
    expect(clerk.locator("#panel-facts")).to_contain_text(f"承诺 {day} 前办结")
    expect(clerk.get_by_role("button", name="答复催办")).to_have_count(0)
    chief.reload()
    chief.locator(".bell summary").click()
    expect(chief.locator(".bell-menu")).to_contain_text("催办第1号已答复")


def test_who_read_a_confidential_case_is_seen_by_supervisors(new_page: Callable[[], Page], server: Server) -> None:
    clerk, chief, other = new_page(), new_page(), new_page()
    pages.sit_down(clerk, server.url, "linhai")
    case = next(one for one in pages.call(clerk, server.url, "GET", "/cases")["items"] if one["confidential"])
    clerk.goto(f"{server.url}/cases/{case['id']}")
    expect(clerk.get_by_role("heading", name=SECRET)).to_be_visible()
    pages.sit_down(chief, server.url, "chenjing", "/access-log")
    chief.get_by_role("searchbox").fill(case["number"])
    row = chief.locator("tbody tr").filter(has_text="查看").first
    expect(row).to_contain_text("林海")
    expect(chief.locator("main")).not_to_contain_text(SECRET)
    pages.accessible(chief)
    pages.sit_down(other, server.url, "linhai", "/access-log")
    expect(other.get_by_role("heading", name="无权访问")).to_be_visible()


def test_failed_mail_is_sent_again_and_tells_nothing(page: Page, server: Server) -> None:
    pages.sit_down(page, server.url, "admin", "/admin/mail")
    row = page.locator("tbody tr")
    expect(row).to_contain_text("x@example.cn")
    expect(row).to_contain_text("办结提醒：＊＊＊")
    expect(row).to_contain_text("ConnectionRefusedError")
    expect(page.locator("main")).not_to_contain_text(SECRET)
    pages.accessible(page)
    row.get_by_role("button", name="重发").click()
    expect(page.get_by_text("将在一分钟内重发。")).to_be_visible()
    expect(row.locator("td").nth(3)).to_have_text("0")


def test_lists_and_boards_are_exported_as_they_are_shown(page: Page, server: Server) -> None:
    pages.sit_down(page, server.url, "chenjing", "/cases")
    with page.expect_download() as got:
        page.get_by_role("button", name="导出 Excel").click()
    words = {str(value) for sheet in _book(got.value) for row in sheet.values for value in row}
    assert FORMULA in words and "（保密事项）" in words
    assert SECRET not in words and "钱密告" not in words
    page.goto(f"{server.url}/board")
    with page.expect_download() as got:
        page.get_by_role("link", name="导出 Excel").click()
    assert _book(got.value).sheetnames == ["逾期件", "按单位", "按责任人"]


def test_a_name_that_was_searched_is_in_no_address_and_still_there_on_the_way_back(page: Page, server: Server) -> None:
    """That no address names it is looked at by `Watch`, as on every page."""
    pages.sit_down(page, server.url, "linhai", "/cases?state=open")
    box = page.get_by_role("searchbox")
    rows = page.locator("main tbody tr")
    with page.expect_response(re.compile("/api/cases/search$")):
        box.fill("赵大山")
    expect(rows).to_have_count(1)
    rows.get_by_role("link").first.click()
    expect(page.get_by_role("tab", name=re.compile("^案情"))).to_be_visible()
    page.go_back()
    expect(box).to_have_value("赵大山")
    expect(rows).to_have_count(1)
    assert page.url.endswith("/cases?state=open")
    kept = page.evaluate("() => JSON.stringify([history.state, {...localStorage}, {...sessionStorage}])")
    assert "赵" not in kept
    with page.expect_download() as got:
        page.get_by_role("button", name="导出 Excel").click()
    assert got.value.suggested_filename.startswith("案件清单-")
    assert _book(got.value).worksheets[0].max_row == 3, "title, heading, the one that was found"
    pages.go(page, "我的待办")
    pages.go(page, "案件查询")
    expect(box).to_have_value("")
    expect(rows).not_to_have_count(1)
    page.goto(f"{server.url}/registers/FM18a")
    with page.expect_response(re.compile("/api/registers/FM18a/search$")):
        page.get_by_role("searchbox").fill("赵大山")
    expect(page.locator("section.content tbody tr").first).to_contain_text("赵大山")
