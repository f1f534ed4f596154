"""Every page in English, on an office PC and on a phone: none of the program's words is Chinese, nothing is cut off."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser

from tests.support import pages
from tests.support.browser import Watch
from tests.support.days import SIZES, Day, begin
from tests.support.office import Office
from tests.support.server import Server

STAFF = (
    "/", "/register", "/cases", "/board", "/supervision", "/statistics", "/registers", "/registers/FM18a", "/deadline",
    "/retention", "/notices", "/notice-settings", "/absence", "/security", "/password", "/heat/petition_main",
)  # fmt: skip
ADMIN = (
    "definitions", "definitions/petition_main/versions", "definitions/petition_main/migration", "instances", "people",
    "papers", "mail", "channels", "webhooks", "settings", "safety", "calendar", "schedules",
)  # fmt: skip
# What the office calls its forms, limits and posts.
OWN = frozenset(("督办卡", "代办登记", "送达回证", "催办", "性别", "年龄", "职业", "反映的主要问题", "当日", "整改期限",
                 "承办人", "督办人", "接访领导", "无", "代表人数上限"))  # fmt: skip
# Tables and text that one would have to push aside to read to the end.
CUT = """() => [...document.querySelectorAll('.scroll-x, .card, .el-dialog')]
  .filter(one => one.scrollWidth > one.clientWidth + 1 && getComputedStyle(one).overflowX !== 'visible')
  .map(one => one.getAttribute('aria-label') ?? one.className)"""
SCHEDULE = re.compile("星期|农历|每月|每年|每周|节假日|顺延|提前至|放假|周末|启动|登记|调休")
_NAMES = ".muted.words, h2"  # of the office: the words of the regulation, and what the duty is called


def _matters(office: Office) -> None:
    pages.then(office, days=40).start("linhai", matter="老桥桥墩被冲空")
    today = pages.then(office)
    today.accepted("linhai")
    admin = office.browser("admin")
    admin.done("/admin/channels", {"name": "群机器人", "address": "json://1.2.4.8"})
    admin.done("/admin/webhooks", {"name": "县平台", "address": "https://1.2.4.8/hook", "events": ["case.closed"]})
    own = {"profile": "town_lunar", "overlay": True, "roll": None, "day_end": None, "parameters": {}}
    admin.done("/admin/settings", {**own, "recompute": False, "reason": "县里通知"})


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with pages.town(tmp_path_factory.mktemp("english"), _matters) as running:
        yield running


@pytest.fixture
def someone(browser: Browser, server: Server, watch: Watch) -> Iterator[Callable[[str, str], Day]]:
    """sit(login, size): at an English screen; what the stations were found to be fails the test at the end."""
    days: list[Day] = []

    def sit(login: str, size: str) -> Day:
        days.append(begin(browser, watch, server.url, login, size, "en"))
        return days[-1]

    yield sit
    wrong = [fault for day in days for fault in day.wrong]
    for day in days:
        day.page.context.close()
    if wrong := [*wrong, *watch.problems()]:
        pytest.fail("\n".join(wrong), pytrace=False)


@pytest.mark.timeout(420)
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(("login", "paths"), [("chenjing", STAFF), ("admin", [f"/admin/{one}" for one in ADMIN])])
def test_every_page(someone: Callable[[str, str], Day], login: str, paths: list[str], size: str) -> None:
    day = someone(login, size)
    for path in paths:
        day.page.goto(f"{day.url}{path}")
        name = path.strip("/").replace("/", "-") or "inbox"
        day.look(f"english-{name}", OWN)
        cut = day.page.evaluate(CUT) if size == "phone" or "registers" not in path else []
        if cut:
            day.wrong.append(f"{name} {size}: cut off at the side: {cut}")


def test_the_recurring_duties(someone: Callable[[str, str], Day]) -> None:
    """Rules, weekdays, lunar days and why a date was moved are said by the server in Chinese."""
    day = someone("admin", "pc")
    day.page.goto(f"{day.url}/admin/schedules")
    day.page.locator("section.card").first.wait_for()
    said = day.page.locator("section.card").evaluate_all(
        f"""all => all.flatMap(one => [...one.querySelectorAll('p, td')].map(part => {{
          const copy = part.cloneNode(true);
          copy.querySelectorAll('{_NAMES}').forEach(name => name.remove());
          return copy.textContent;
        }}))"""
    )
    assert len(said) > 30
    assert [text for text in said if SCHEDULE.search(text)] == []
    text = "\n".join(said)
    for words in ("Lunar days that end in 3, 6, 9", "On a day off: dropped", ": none"):
        assert words in text
