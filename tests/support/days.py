"""A person's working day at a screen: of one size, in one language, each station looked at."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Locator, Page, ViewportSize, expect

from office.town import DEMO_PASSWORD
from tests.support import pages
from tests.support.browser import Watch

SIZES: dict[str, ViewportSize] = {"pc": {"width": 1366, "height": 768}, "phone": {"width": 390, "height": 844}}
APP = Path(__file__).parents[2] / "web" / "app" / "src"

# What may stand in Latin letters on a Chinese page: codes, kinds of files, keys, and the way to the other language.
_LATIN = re.compile(
    r"Switch to English|Powered by bpmn.io"
    r"|FM\d+\w?|[RL]\d+(\.\w+)*|E[0-3]|[A-Z]{2,4}-\d{4}-[A-Z]+-\d+"
    r"|QSZ|Excel|PDF|Word|OFD|MB|KB|Enter|English|BPMN\.?iO"
    r"|\w+\.(png|pdf|docx|xlsx)|&amp;"
)
# The words that are seen: text, and what a screen reader says; not what people typed, a diagram or a document.
_SEEN = """skip => {
  const found = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode, box = node.parentElement;
    if (!node.data.trim() || !box || box.closest('script, style, svg, .djs-container, .word, ' + skip)) continue;
    if (box.checkVisibility({ visibilityProperty: true }) || box.closest('option')) found.push(node.data.trim());
  }
  for (const box of document.querySelectorAll('[aria-label], [placeholder], [title]'))
    if (!box.closest('svg, .djs-container, .word, ' + skip) && box.checkVisibility())
      for (const name of ['aria-label', 'placeholder', 'title']) {
        const text = box.getAttribute(name);
        if (text) found.push(text.trim());
      }
  return [...new Set(found)];
}"""
_FORMS = ".fjs-container, #panel-record dl, #panel-registers dl"  # the office's own forms, and what was filled in


@cache
def _chinese_words() -> tuple[frozenset[str], tuple[re.Pattern[str], ...]]:
    """What the pages say in Chinese by their books: fixed words, and those with something put in."""
    fixed, made = set(), []
    for file in APP.rglob("*ords.ts"):
        for text in re.findall(r"'((?:[^'\\]|\\.)*)'", file.read_text(encoding="utf-8")):
            if not re.search("[一-龥]", text) or "defineWords" in text:
                continue
            if "{" in text:
                made.append(re.compile(re.sub(r"\\\{\w+\\\}", ".+", re.escape(text))))
            else:
                fixed.add(text)
    return frozenset(fixed), tuple(made)


# Words of a book that are also the office's own: names of steps, states, roles and units, kept in Chinese everywhere.
_OWN = {
    "中文", "切换为中文", "登记", "办结", "退回", "承办", "答复", "答复信访人", "签收", "信访人", "归类",
        "登记编号", "督办", "是", "否", "受理", "方式"}  # fmt: skip
_LEFT = re.compile(r"还剩 \d+|已超 \d+|今天.*到期|未定承办单位")


@dataclass
class Day:
    """Somebody at a screen; `say(zh, en)` is the word that stands there in the day's language."""

    page: Page
    url: str
    login: str
    size: str
    language: str
    wrong: list[str] = field(default_factory=list)  # what the stations were found to be

    def say(self, zh: str, en: str) -> str:
        return zh if self.language == "zh" else en

    def begin(self) -> None:
        """Sign in by the form and arrive at the inbox."""
        self.page.goto(f"{self.url}/login")
        self.look("login")
        self.page.get_by_label(self.say("用户名", "User name")).fill(self.login)
        self.page.get_by_label(self.say("密码", "Password")).fill(DEMO_PASSWORD)
        self.button("登录", "Sign in").click()
        self.heading("我的待办", "Inbox")

    # ------------------------------------------------------------ clicking

    def button(self, zh: str, en: str, inside: Locator | None = None) -> Locator:
        return (inside or self.page).get_by_role("button", name=self.say(zh, en), exact=True)

    def heading(self, zh: str, en: str | None = None) -> None:
        expect(self.page.get_by_role("heading", name=self.say(zh, zh if en is None else en)).first).to_be_visible()

    def go(self, zh: str, en: str) -> None:
        """By the menu at the top."""
        menu = self.page.get_by_role("navigation", name=self.say("主菜单", "Main menu"))
        menu.get_by_role("link", name=re.compile(rf"^{self.say(zh, en)}\s*\d*$")).click()

    def tab(self, zh: str, en: str) -> Locator:
        return pages.tab(self.page, self.say(zh, en))

    def dialog(self) -> Locator:
        box = self.page.locator(".el-dialog").last  # a calendar that opens is a dialog too
        expect(box).to_be_visible()
        return box

    def told(self, zh: str, en: str) -> None:
        """A message says so."""
        expect(self.page.locator(".el-message", has_text=self.say(zh, en)).first).to_be_visible()

    def find(self, text: str, count: int | None = 1) -> Locator:
        """The rows of the inbox with the text."""
        self.go("我的待办", "Inbox")
        self.page.get_by_role("searchbox").fill(text)
        rows = self.page.locator("tr.task")
        if count is not None:
            expect(rows).to_have_count(count)
        return rows

    def open(self, text: str, claim: bool = True) -> None:
        """Open the one task of the inbox with the text; claim it."""
        self.find(text).locator(".c-matter a").click()
        if claim:
            self.button("签收", "Claim").click()
        expect(self.button("完成", "Complete")).to_be_visible()

    def complete(self, answers: Mapping[str, pages.Answer]) -> None:
        step = self.page.locator("form.task h2").inner_text()
        pages.form_ready(self.page)
        pages.fill(self.page, answers)
        with self.page.expect_response(re.compile("/api/cases/")):
            with self.page.expect_response(re.compile("/complete$")) as sent:
                self.button("完成", "Complete").click()
            assert sent.value.ok, sent.value.text()
        expect(self.page.locator("form.task h2", has_text=re.compile(f"^{re.escape(step)}$"))).to_have_count(0)

    def choose_person(self, name: str, inside: Locator) -> None:
        inside.get_by_label(self.say("按姓名查找", "Find by name")).fill(name)
        inside.get_by_role("button", name=name).first.click()

    def tab_to(self, wanted: Locator) -> None:
        """Press Tab until `wanted` has the focus."""
        for _ in range(90):
            if wanted.evaluate("one => one === document.activeElement"):
                return
            self.page.keyboard.press("Tab")
        raise AssertionError(f"{wanted} is not reached by Tab")

    # ------------------------------------------------------------ looking

    def look(self, name: str, own: frozenset[str] = frozenset()) -> None:
        """A station: accessible, no wider than the screen, of one language, else `wrong` says so; with its picture.

        `own`: names of the office on this page that are words of the program on another.
        """
        self.page.wait_for_load_state("networkidle")
        for check in (pages.accessible, pages.fits):
            try:
                check(self.page)
            except AssertionError as found:
                self.wrong.append(f"{name}: {found}")
        self.page.screenshot(path=pages.screen(f"day-{self.login}-{name}-{self.size}-{self.language}"))
        if self.language == "zh":
            seen = self.page.evaluate(_SEEN, "kbd")
            foreign = [text for text in seen if re.search("[A-Za-z]{2,}", _LATIN.sub("", text))]
        else:
            fixed, made = _chinese_words()
            seen = [
                text for text in self.page.evaluate(_SEEN, _FORMS) if re.search("[一-龥]", text) and text not in own
            ]
            books = fixed - _OWN
            foreign = [
                text for text in seen if _LEFT.search(text) or text in books or any(one.fullmatch(text) for one in made)
            ]
        if foreign:
            self.wrong.append(f"{name}: not of the language of the page: {foreign}")


def begin(browser: Browser, watch: Watch, url: str, login: str, size: str, language: str) -> Day:
    """A day begins: the screen, the language chosen on this computer, signed in by the form."""
    context = browser.new_context(
        locale="zh-CN", timezone_id="Asia/Shanghai", viewport=SIZES[size], reduced_motion="reduce"
    )
    context.add_init_script(f"localStorage.setItem('banjie.language', '{language}')")
    page = context.new_page()
    page.set_default_timeout(pages.PATIENCE)
    watch.over(page)
    day = Day(page, url, login, size, language)
    day.begin()
    return day


def colleague(day: Day, login: str) -> Callable[..., Any]:
    """What somebody else does meanwhile, at a computer elsewhere: call(method, path, body)."""
    browser = day.page.context.browser
    assert browser is not None
    page = browser.new_context().new_page()
    pages.call(page, day.url, "POST", "/login", {"login": login, "password": DEMO_PASSWORD})

    def call(method: str, path: str, body: Any = None) -> Any:
        return pages.call(page, day.url, method, path, body)

    return call
