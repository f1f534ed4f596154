"""What was typed and not sent stays on the computer only as long as its writer does."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.support import pages
from tests.support.server import Server

FORM = "/register/petition_main"
ACCUSED = "村干部私分补偿款"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with pages.town(tmp_path_factory.mktemp("drafts")) as running:
        yield running


def typed(page: Page, server: Server) -> None:
    """Linhai has begun a petition, and the computer has kept it."""
    pages.sit_down(page, server.url, "linhai", FORM)
    pages.form_ready(page)
    pages.fill(page, {"姓名": "万有田", "反映的主要问题": ACCUSED})
    page.wait_for_function(f"{STORE}.includes('{ACCUSED}')")


STORE = "JSON.stringify(localStorage)"


def test_logging_out_forgets_what_was_not_sent(page: Page, server: Server) -> None:
    typed(page, server)
    page.locator("details.user summary").click()
    page.get_by_role("button", name="退出").click()
    expect(page).to_have_url(f"{server.url}/login")
    assert ACCUSED not in page.evaluate(STORE)


def test_the_next_person_does_not_find_it(page: Page, server: Server) -> None:
    """The first one closed the page without logging out."""
    typed(page, server)
    pages.sit_down(page, server.url, "wangxiaohua")
    expect(page.get_by_role("heading", name="我的待办")).to_be_visible()
    assert ACCUSED not in page.evaluate(STORE)


def test_one_finds_ones_own_again(page: Page, server: Server) -> None:
    typed(page, server)
    pages.sit_down(page, server.url, "linhai", FORM)
    expect(page.get_by_text("未提交的内容")).to_be_visible()
    assert ACCUSED in page.evaluate(STORE)
