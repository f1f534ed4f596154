"""Takes the pictures of the README: the sample town in a temporary database, its pages at 1366 by 768.

.venv/bin/python scripts/screens.py [FOLDER]        (docs/images without FOLDER)
"""

from __future__ import annotations

import re
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, Page, expect, sync_playwright

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from tests.support import pages  # noqa: E402
from tests.support.browser import launch  # noqa: E402
from tests.support.server import Server  # noqa: E402

HANDLED = "排水沟去年修路时被填"  # of the sample matters: one that a unit is handling


def main() -> None:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "images"
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as made:
        demo = Server(f"sqlite:///{made}/demo.db", log=Path(made) / "log", arguments=("demo",), patience=240)
        with demo, sync_playwright() as playwright, launch(playwright) as browser:
            _clerk(_desk(browser, demo, "linhai"), demo, folder)
            _unit(_desk(browser, demo, "pengfei"), folder)
            _leader(_desk(browser, demo, "chenjing"), demo, folder)
            _administrator(_desk(browser, demo, "admin"), demo, folder)


def _desk(browser: Browser, server: Server, login: str) -> Page:
    context = browser.new_context(
        locale="zh-CN", timezone_id="Asia/Shanghai", viewport={"width": 1366, "height": 768}, reduced_motion="reduce"
    )
    page = context.new_page()
    pages.sit_down(page, server.url, login)
    return page


def _take(page: Page, file: Path) -> None:
    page.evaluate("document.fonts.ready")
    page.screenshot(path=file, animations="disabled")
    print(file)


def _clerk(page: Page, server: Server, folder: Path) -> None:
    expect(page.locator("tr.task").first).to_be_visible()
    _take(page, folder / "inbox.png")
    page.goto(f"{server.url}/register/petition_main")
    pages.form_ready(page)
    pages.fill(
        page,
        {
            "渠道": "来访",
            "姓名": "高长福",
            "联系电话": "13800000011",
            "住址或工作单位": "上青村三组",
            "反映的主要问题": "承包地旁的排水沟被填，汛期受淹",
            "诉求": "恢复排水沟",
        },
    )
    expect(page.get_by_text("可能重复的事项")).to_be_visible()
    page.evaluate("() => { document.activeElement.blur(); window.scrollTo(0, 0); }")
    _take(page, folder / "register.png")


def _unit(page: Page, folder: Path) -> None:
    page.get_by_role("link", name=re.compile(HANDLED)).first.click()
    expect(page.locator("li.now").first).to_be_visible()
    pages.claim(page)
    expect(page.locator("li.now").first).to_contain_text("彭飞")
    pages.form_ready(page)
    pages.fill(page, {"承办情况": "报结果", "查明的事实": "现场勘查属实：原排水沟被路基回填，两次受淹四亩。"})
    page.evaluate("() => { document.activeElement.blur(); window.scrollTo(0, 0); }")
    _take(page, folder / "case.png")
    pages.tab(page, "流程图")
    expect(page.locator(".djs-element.el-now").first).to_be_visible()
    _take(page, folder / "diagram.png")


def _leader(page: Page, server: Server, folder: Path) -> None:
    page.goto(f"{server.url}/board")
    expect(page.get_by_role("heading", name="各单位在办")).to_be_visible()
    _take(page, folder / "board.png")


def _administrator(page: Page, server: Server, folder: Path) -> None:
    page.goto(f"{server.url}/admin/modeler/petition_filing")
    expect(page.get_by_text("没有发现问题")).to_be_visible()
    page.locator('.djs-element[data-element-id="ApproveFiling"] > .djs-hit').first.click(force=True)
    expect(page.locator(".bio-properties-panel-header-label")).to_have_text("审批立案")
    _take(page, folder / "modeler.png")


if __name__ == "__main__":
    main()
