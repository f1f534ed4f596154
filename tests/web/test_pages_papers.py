"""A letter looked at and issued, an opinion served, a sheet printed, a template replaced: as people click."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from office import documents
from tests.support import pages
from tests.support.browser import Watch
from tests.support.office import Office
from tests.support.server import Server


def _prepared(office: Office) -> None:
    office = pages.then(office, hours=1)
    case_id = office.accepted("linhai")
    with office.banjie.store.begin() as uow:
        fields = {"facts": "经查，水渠于九月垮塌。", "opinion": "年底前修复。", "legal_basis": "《水法》第二十五条"}
        documents.make(uow, office.org_id, case_id, "FM26", fields, now=office.clock.now(), by="linhai")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with pages.town(tmp_path_factory.mktemp("papers"), _prepared) as running:
        yield running


def test_documents_are_issued_served_and_printed(page: Page, server: Server, watch: Watch) -> None:
    watch.expect("422")  # a way of serving is not chosen
    pages.sit_down(page, server.url, "linhai", "/cases")
    page.locator("main tbody tr").filter(has_text="村口水渠").get_by_role("link").first.click()
    panel = pages.tab(page, "文书")
    panel.get_by_role("button", name="出具文书").click()
    box = page.get_by_role("dialog", name="出具文书")
    box.locator("select[name=form]").select_option(label="便函")
    box.get_by_label("主送").fill("")
    box.get_by_role("button", name="预览").click()
    expect(box.get_by_role("alert")).to_contain_text("请填写“主送”")
    box.get_by_label("主送").fill("县水利局")
    box.get_by_label("请求事项").fill("请核查并书面回复。")
    pages.accessible(page)
    box.get_by_role("button", name="预览").click()
    paper = page.get_by_role("dialog", name="预览：便函")
    expect(paper.locator("section.word")).to_contain_text("县水利局：")
    expect(paper.locator("section.word")).to_contain_text("（预览，未编号）")
    page.screenshot(path=pages.screen("paper-draft"))
    pages.accessible(page)
    page.keyboard.press("Escape")
    box.get_by_role("button", name="出具", exact=True).click()
    rows = panel.locator("tbody tr")
    letter = rows.filter(has_text="便函")
    expect(letter).to_have_count(1)

    opinion = rows.filter(has_text="信访事项处理意见书")
    opinion.get_by_role("button", name="送达回证").click()
    receipt = page.get_by_role("dialog", name="送达回证")
    expect(receipt.locator("section.word")).to_contain_text("赵大山")
    page.keyboard.press("Escape")
    opinion.get_by_role("button", name="登记送达").click()
    box = page.get_by_role("dialog", name="登记送达")
    box.get_by_role("button", name="登记送达").click()
    expect(box.get_by_role("alert")).to_contain_text("请选择送达方式")
    box.get_by_label("送达方式").select_option(label="直接送达")
    expect(box.get_by_label("受送达人")).to_have_value("赵大山")
    pages.accessible(page)
    page.screenshot(path=pages.screen("paper-serve"))
    box.get_by_role("button", name="登记送达").click()
    expect(page.get_by_text("请求复查的三十日自送达之日起算")).to_be_visible()
    expect(opinion).to_contain_text("直接送达")
    opinion.get_by_role("button", name="预览").click()
    shown = page.get_by_role("dialog", name="信访事项处理意见书")
    expect(shown.locator("section.word")).to_contain_text("年底前修复")
    link = shown.get_by_role("link", name="PDF")
    answer = page.context.request.get(f"{server.url}{link.get_attribute('href')}")
    assert answer.headers["content-type"] == "application/pdf" and answer.body().startswith(b"%PDF-")
    page.screenshot(path=pages.screen("paper-opinion"))
    page.keyboard.press("Escape")
    page.screenshot(path=pages.screen("paper-list"), full_page=True)

    page.goto(f"{server.url}/registers/FM18a")
    page.locator("section.content tbody tr").first.get_by_role("button", name="打印").click()
    sheet = page.get_by_role("dialog", name="来信来访登记")
    expect(sheet.locator("section.word")).to_contain_text("村口水渠垮塌无人修")
    page.screenshot(path=pages.screen("paper-sheet"))
    page.emulate_media(media="print")
    page.evaluate("document.body.classList.add('printing-word')")
    expect(page.locator("header.app-head")).to_be_hidden()
    expect(sheet.get_by_role("button", name="打印")).to_be_hidden()
    expect(sheet.locator("section.word")).to_be_visible()


def test_an_administrator_replaces_a_template(page: Page, server: Server, watch: Watch, tmp_path: Path) -> None:
    watch.expect("422")  # a file that is no template
    pages.sit_down(page, server.url, "admin", "/admin/papers")
    row = page.locator("tbody tr").filter(has_text="便函").first
    pages.accessible(page)
    page.screenshot(path=pages.screen("paper-templates"), full_page=True)
    with page.expect_download() as got:
        row.get_by_role("link", name="下载").click()
    own = tmp_path / "自己的便函.docx"
    got.value.save_as(own)
    row.get_by_role("button", name="可用栏目").click()
    names = page.get_by_role("dialog", name="“便函”可用的栏目")
    expect(names).to_contain_text("案件编号")
    page.keyboard.press("Escape")
    row.get_by_role("button", name="更换").click()
    box = page.get_by_role("dialog", name="更换“便函”的模板")
    wrong = tmp_path / "不是模板.docx"
    wrong.write_bytes(b"nothing")
    box.get_by_label("模板文件").set_input_files(wrong)
    box.get_by_label("理由").fill("换抬头")
    box.get_by_role("button", name="上传并启用").click()
    expect(box.get_by_role("alert")).to_contain_text("不是 Word 文档")
    box.get_by_label("模板文件").set_input_files(own)
    pages.accessible(page)
    box.get_by_role("button", name="上传并启用").click()
    expect(row).to_contain_text("本单位模板")
    expect(page.locator("section.history")).to_contain_text("换抬头")
    row.get_by_role("button", name="试印").click()
    expect(page.get_by_role("dialog", name="便函").locator("section.word")).to_contain_text("〔主送〕")
    page.screenshot(path=pages.screen("paper-sample"))
    page.keyboard.press("Escape")
    row.get_by_role("button", name="恢复自带").click()
    box = page.get_by_role("dialog", name="恢复“便函”的自带模板")
    box.get_by_label("理由").fill("改回")
    box.get_by_role("button", name="恢复自带").click()
    expect(row).to_contain_text("系统自带")
