"""Beside the steps of a case: comments that mention, files that are looked at, paper, and the next matter."""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.support import pages
from tests.support.browser import Watch
from tests.support.office import Office
from tests.support.server import Server

MATTER = "村口水渠垮塌无人修"


def _png() -> bytes:
    """A red dot."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0\xff\0\0")) + chunk(b"IEND", b"")
    )


def _registered(office: Office) -> None:
    office = pages.then(office, minutes=10)
    office.start("linhai", matter=MATTER)
    office.start("linhai", matter="路灯不亮")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with pages.town(tmp_path_factory.mktemp("talk"), _registered) as running:
        yield running


def _open(page: Page, server: Server, login: str) -> None:
    pages.sit_down(page, server.url, login)
    case = next(one for one in pages.call(page, server.url, "GET", "/cases")["items"] if one["matter"] == MATTER)
    page.goto(f"{server.url}/cases/{case['id']}")
    expect(page.get_by_role("heading", name=MATTER)).to_be_visible()


def test_a_colleague_is_mentioned_and_told(new_page: Callable[[], Page], server: Server) -> None:
    clerk, chief = new_page(), new_page()
    _open(clerk, server, "linhai")
    pages.tab(clerk, "讨论")
    box = clerk.get_by_label("说点什么")
    box.fill("请指导")
    box.press_sequentially(" @陈")
    clerk.get_by_role("button", name="@陈静").click()
    expect(clerk.get_by_text("将通知：陈静")).to_be_visible()
    pages.accessible(clerk)
    clerk.get_by_role("button", name="发表").click()
    expect(clerk.locator("#panel-talk li")).to_contain_text("请指导 @陈静")
    pages.sit_down(chief, server.url, "chenjing")
    chief.locator(".bell summary").click()
    chief.get_by_role("button", name=re.compile("林海在.*讨论中提到了您")).click()
    expect(pages.tab(chief, "讨论").locator("li")).to_contain_text("请指导 @陈静")


def test_a_picture_is_handed_in_and_shown(page: Page, server: Server, watch: Watch) -> None:
    watch.expect("422")
    _open(page, server, "linhai")
    pages.tab(page, "文书")
    chooser = page.locator("input[type=file]")
    chooser.set_input_files({"name": "现场.pdf", "mimeType": "application/pdf", "buffer": _png()})
    expect(page.get_by_role("alert")).to_contain_text("后缀与内容不符")
    chooser.set_input_files({"name": "现场.png", "mimeType": "image/png", "buffer": _png()})
    row = page.locator("#panel-documents tbody tr").filter(has_text="现场.png")
    expect(row).to_contain_text("林海")
    row.get_by_role("button", name="预览").click()
    picture = page.get_by_role("dialog", name="现场.png").locator("img.picture")
    expect(picture).to_be_visible()
    page.wait_for_function("() => document.querySelector('img.picture').naturalWidth === 1")
    pages.accessible(page)


def test_the_case_is_printed_whole(page: Page, server: Server) -> None:
    page.add_init_script("window.print = () => { window.printed = true; }")
    _open(page, server, "linhai")
    page.get_by_role("button", name="打印").click()
    page.wait_for_function("() => window.printed")
    page.emulate_media(media="print")
    paper = page.locator("article.paper")
    expect(paper).to_be_visible()
    expect(paper).to_contain_text("办理记录")
    expect(paper).to_contain_text("打印人：林海")
    expect(page.locator(".columns")).to_be_hidden()


def test_the_next_matter_opens_after_one_is_done(page: Page, server: Server) -> None:
    pages.sit_down(page, server.url, "wangxiaohua")
    number = next(
        one["number"] for one in pages.call(page, server.url, "GET", "/inbox")["items"] if one["matter"] == MATTER
    )
    pages.open_task(page, number, "完善登记")
    pages.claim(page)
    told = {"性别": "男", "年龄": "56", "职业": "农民", "政治面貌": "群众", "接待人员": "王小华"}
    pages.complete(page, {**told, "复述的要点和诉求": "修复水渠", "已向信访人复述并经其确认": True})
    pages.claim(page)
    pages.complete(page, {"十大类（可多选）": ["③涉及到具体信访事项的"], "已将类别告知信访人": True})
    pages.claim(page)
    pages.complete(page, {"告知": "受理", "告知方式": "书面"})
    pages.claim(page)
    answers = {"轻重缓急": "一般", "拟办意见（初步处理建议）": "现场查看", "拟用方式": "④立案交办"}
    pages.complete(page, answers)
    page.get_by_role("link", name=re.compile("^下一件：")).click()
    expect(page.get_by_role("heading", name="路灯不亮")).to_be_visible()
