"""抄送: colleagues may read a matter from then on, and are told; not those it accuses."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from office.accused import add_accused
from tests.support import pages
from tests.support.office import Office
from tests.support.server import Server
from tests.web.test_moves import code, user


def test_whom_it_is_sent_to_may_read_it(office: Office) -> None:
    case_id = office.start()
    wang, deng = office.browser("wangxiaohua"), office.browser("denglei")
    assert deng.get(f"/cases/{case_id}").status_code == 404
    wang.done(f"/cases/{case_id}/copies", {"user_ids": [user(office, "denglei")], "note": "请了解"})
    page = deng.told(f"/cases/{case_id}")
    assert [(one["name"], one["remarks"]) for one in page["steps"]][-1] == ("抄送：邓磊", "请了解")
    assert any("王小华把" in one["text"] and one["link"] == f"/cases/{case_id}" for one in deng.told("/notices"))
    assert page["tasks"] == wang.told(f"/cases/{case_id}")["tasks"] and deng.told("/inbox")["total"] == 0


def test_not_the_accused_and_not_by_everybody(office: Office) -> None:
    case_id = office.start()
    with office.banjie.store.begin() as uow:
        add_accused(uow, office.org_id, case_id, ["邓磊"], now=office.clock.now(), by="admin")
    body = {"user_ids": [user(office, "majun"), user(office, "denglei")]}
    assert code(office.browser("wangxiaohua").post(f"/cases/{case_id}/copies", body)) == "transfer.accused"
    assert office.browser("majun").get(f"/cases/{case_id}").status_code == 404, "all or nothing"
    assert code(office.browser("majun").post(f"/cases/{case_id}/copies", body)) == "case.unknown"
    alone = {"user_ids": [user(office, "wangxiaohua")]}
    assert code(office.browser("wangxiaohua").post(f"/cases/{case_id}/copies", alone)) == "copy.nobody"


def _registered(office: Office) -> None:
    pages.then(office).start()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with pages.town(tmp_path_factory.mktemp("copies"), _registered) as running:
        yield running


def test_on_the_page(page: Page, server: Server) -> None:
    pages.sit_down(page, server.url, "wangxiaohua")
    case = pages.call(page, server.url, "GET", "/cases")["items"][0]["id"]
    page.goto(f"{server.url}/cases/{case}")
    page.get_by_role("button", name="抄送", exact=True).click()
    box = page.get_by_role("dialog", name="抄送本件")
    box.get_by_label("按姓名查找").fill("邓磊")
    box.get_by_role("button", name="邓磊").first.click()
    pages.accessible(page)
    page.screenshot(path=pages.screen("copy-dialog"))
    box.get_by_role("button", name="抄送", exact=True).click()
    expect(page.get_by_text("已抄送。")).to_be_visible()
    expect(page.get_by_role("region", name="办理进程").get_by_text("抄送：邓磊")).to_be_visible()
